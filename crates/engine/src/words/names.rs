//! When two entity names mean one thing.
//!
//! Spelling only: normal form, numbers and trigrams. Who was mentioned with whom, and the alias table, are the
//! entity resolver's business, which calls in here.

use std::collections::BTreeSet;

use unicode_normalization::UnicodeNormalization;

/// Trigram similarity from which two names may be one, if nothing else speaks against it.
pub const ALIKE: f32 = 0.6;

/// The form under which a name is looked up: NFKC, lower-case, possessive ending dropped, punctuation and white space as
/// single spaces. `+` and `#` stay, since C, C++ and C# are three things. A name of punctuation alone stays as it is.
pub fn normal_form(name: &str) -> String {
    let folded: String = name.nfkc().flat_map(char::to_lowercase).nfkc().collect();
    let folded = folded.replace('ß', "ss").replace('ς', "σ").replace(['\u{2019}', '\u{2bc}'], "'");
    let mut words = Vec::new();
    for word in folded.split_whitespace() {
        let word = word.trim_end_matches(|c: char| !is_name_char(c));
        let word = word.strip_suffix("'s").unwrap_or(word);
        let parts = word.split(|c: char| !is_name_char(c) && c != '\'').map(|p| p.replace('\'', ""));
        words.extend(parts.filter(|p| p.chars().any(is_name_char)));
    }
    if words.is_empty() { folded.trim().to_owned() } else { words.join(" ") }
}

/// The digit groups of a name in order, leading zeros aside; two names may only be one if these agree.
pub fn numbers(name: &str) -> Vec<String> {
    let digits: String = name.nfkc().collect();
    digits
        .split(|c: char| !c.is_ascii_digit())
        .filter(|g| !g.is_empty())
        .map(|g| match g.trim_start_matches('0') {
            "" => "0".to_owned(),
            group => group.to_owned(),
        })
        .collect()
}

/// Shared trigrams over all trigrams of both names, 0 to 1, as PostgreSQL's pg_trgm counts them: each word padded with two
/// spaces before and one behind.
pub fn similarity(a: &str, b: &str) -> f32 {
    let (a, b) = (trigrams(a), trigrams(b));
    let shared = a.intersection(&b).count();
    let all = a.len() + b.len() - shared;
    if all == 0 { 0.0 } else { shared as f32 / all as f32 }
}

/// Whether two names are spelled so alike that they may be one: equal numbers, and equal or [`ALIKE`] in normal form.
pub fn alike(a: &str, b: &str) -> bool {
    let (na, nb) = (normal_form(a), normal_form(b));
    na == nb || (numbers(&na) == numbers(&nb) && similarity(&na, &nb) >= ALIKE)
}

fn is_name_char(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, '+' | '#') || super::script::is_mark(c)
}

fn trigrams(name: &str) -> BTreeSet<[char; 3]> {
    let lower = name.to_lowercase();
    let mut found = BTreeSet::new();
    for word in lower.split(|c: char| !is_name_char(c)).filter(|w| !w.is_empty()) {
        let padded: Vec<char> = "  ".chars().chain(word.chars()).chain([' ']).collect();
        found.extend(padded.windows(3).map(|w| [w[0], w[1], w[2]]));
    }
    found
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn case_punctuation_width_and_possession_do_not_part_names() {
        for (name, form) in [
            ("  Dr.  Maria   O'Neill's ", "dr maria oneill"),
            ("MARIA’s", "maria"),
            ("Straße", "strasse"),
            ("ＡＢＣ-12", "abc 12"),
            ("C++", "c++"),
            ("C#", "c#"),
            ("Node.js", "node js"),
            ("東京タワー", "東京タワー"),
            ("?!", "?!"),
        ] {
            assert_eq!(normal_form(name), form, "`{name}`");
        }
    }

    #[test]
    fn numbers_part_names_that_look_alike() {
        assert_eq!(numbers("Flight LH 0454 on 12.3"), ["454", "12", "3"]);
        assert!(!alike("Project Phoenix 2023", "Project Phoenix 2024"));
        assert!(alike("Project Phoenix 07", "project phoenix 7"));
    }

    #[test]
    fn similarity_counts_as_pg_trgm_does() {
        // The example of PostgreSQL's own manual.
        assert!((similarity("word", "two words") - 0.363_636).abs() < 1e-4);
        assert!((similarity("same", "SAME") - 1.0).abs() < f32::EPSILON);
        assert!(similarity("", "x").abs() < f32::EPSILON);
    }

    #[test]
    fn a_misspelling_is_alike_and_another_person_is_not() {
        assert!(alike("Katharina Schmidt", "Katarina Schmidt"));
        assert!(!alike("Maria Schmidt", "Martin Schulz"));
        assert!(!alike("C++", "C#"));
        assert!(!alike("Java", "JavaScript"));
    }

    proptest! {
        #[test]
        fn the_normal_form_is_its_own_normal_form(name in "[a-zA-ZäßÉ0-9 '’.#+_-]{0,24}") {
            let once = normal_form(&name);
            prop_assert_eq!(normal_form(&once), once);
        }

        #[test]
        fn similarity_is_symmetric_and_bounded(a in any::<String>(), b in any::<String>()) {
            let s = similarity(&a, &b);
            prop_assert!((0.0..=1.0).contains(&s));
            prop_assert!((s - similarity(&b, &a)).abs() < f32::EPSILON);
            prop_assert!(alike(&a, &a));
        }
    }
}

//! Names in a sentence, by spelling alone: capitals in mid-sentence and short quoted titles.
//!
//! Scripts without capitals yield none, and German, which capitalises every noun, only runs of two and more.
//! Called by `rules`; a model finds more and better.

use super::Mention;
use super::statements::is_cjk;
use std::collections::HashSet;

/// Most names of one sentence.
const MOST: usize = 10;
/// Longest quoted title, in words.
const LONGEST_QUOTED: usize = 5;

/// Capitalised words that are no names.
const NO_NAMES: &str = "i i'm i've i'll i'd ok okay mr mrs ms dr prof monday tuesday wednesday thursday friday saturday \
    sunday january february march april may june july august september october november december montag dienstag \
    mittwoch donnerstag freitag samstag sonntag januar februar märz mai juni juli oktober dezember lundi mardi \
    mercredi jeudi vendredi samedi dimanche christmas easter god user assistant";

/// Small words inside a name, between two capitalised ones.
const INSIDE: &[&str] =
    &["of", "de", "da", "do", "di", "van", "von", "der", "den", "del", "la", "le", "el", "du", "bin"];

/// Words that show that a text is German.
const GERMAN: &[&str] =
    &["ich", "und", "der", "die", "das", "ist", "nicht", "ein", "eine", "mit", "wir", "auf", "für", "bin"];

/// One word of a sentence.
struct Word<'a> {
    text: &'a str,
    /// Nothing but white space stands between it and the word before.
    adjoins: bool,
    first: bool,
}

/// The names of a sentence in order, each once. `known` are names, in lower case, that may also stand at the
/// beginning, where a capital means nothing.
pub(super) fn names(sentence: &str, known: &HashSet<String>) -> Vec<Mention> {
    let words = words(sentence);
    let german = words.iter().filter(|word| GERMAN.contains(&word.text.to_lowercase().as_str())).count() >= 2;
    let mut found: Vec<String> = quoted(sentence);
    let mut at = 0;
    while at < words.len() {
        let end = run_end(&words, at);
        let run = words.get(at..end).unwrap_or_default();
        if let Some(name) = name(run, german, known) {
            found.push(name);
        }
        at = end.max(at + 1);
    }
    let mut seen = HashSet::new();
    found.retain(|name| seen.insert(name.to_lowercase()));
    found.truncate(MOST);
    found.into_iter().map(|name| Mention { name, kind: None }).collect()
}

/// Where a run of capitalised words ends that begins at `at`; `at` when none does.
fn run_end(words: &[Word<'_>], at: usize) -> usize {
    let mut end = at;
    while let Some(word) = words.get(end) {
        if end > at && !word.adjoins {
            break;
        }
        let follows =
            |offset: usize| words.get(end + offset).is_some_and(|next| next.adjoins && is_capital(next.text));
        let numbered = end > at && word.text.chars().all(|c| c.is_ascii_digit());
        let inside = end > at
            && INSIDE.contains(&word.text)
            && (follows(1) || words.get(end + 1).is_some_and(|w| INSIDE.contains(&w.text)) && follows(2));
        if !(is_capital(word.text) || numbered || inside) {
            break;
        }
        end += 1;
    }
    end
}

/// The name that a run is, if it is one.
fn name(run: &[Word<'_>], german: bool, known: &HashSet<String>) -> Option<String> {
    let join = |run: &[Word<'_>]| run.iter().map(|word| word.text).collect::<Vec<_>>().join(" ");
    let first = run.first()?;
    let whole = join(run);
    if known.contains(&whole.to_lowercase()) {
        return Some(whole);
    }
    let mut run = run;
    // "The Beatles" keeps its article only in mid-sentence; "Yesterday Maria" is Maria.
    while let Some((head, rest)) = run.split_first()
        && (is_no_name(head.text) || (head.first && (is_common(head.text) || rest.is_empty())))
    {
        run = rest;
    }
    let begins = run.first().is_some_and(|word| word.first);
    let enough = run.len() >= if german { 2 } else { 1 };
    let digits_only = run.iter().all(|word| word.text.chars().all(|c| c.is_ascii_digit()));
    let alone = run.len() == 1 && begins;
    let shouted =
        first.first && run.len() > 3 && run.iter().all(|word| word.text.chars().all(|c| !c.is_lowercase()));
    (!run.is_empty() && enough && !digits_only && !alone && !shouted).then(|| join(run))
}

fn is_no_name(word: &str) -> bool {
    let lower = word.to_lowercase();
    NO_NAMES.split_whitespace().any(|no| no == lower)
}

/// A word that often begins a sentence.
fn is_common(word: &str) -> bool {
    let lower = word.to_lowercase();
    [
        "yesterday",
        "today",
        "tomorrow",
        "then",
        "later",
        "also",
        "recently",
        "currently",
        "maybe",
        "since",
        "remember",
    ]
    .contains(&lower.as_str())
        || crate::words::query_terms(&format!("{lower} zzz")).len() < 2
}

/// Begins with a capital, or has one inside as `iPhone` has; no script without capitals.
fn is_capital(word: &str) -> bool {
    let letters = word.chars().filter(|c| c.is_alphabetic()).count();
    letters > 1
        && (word.chars().next().is_some_and(char::is_uppercase)
            || word.chars().skip(1).any(char::is_uppercase))
}

fn words(sentence: &str) -> Vec<Word<'_>> {
    let mut found: Vec<Word<'_>> = Vec::new();
    let mut adjoins = false;
    for token in sentence.split_whitespace() {
        // Addresses, handles and paths are no names.
        if token.contains(['@', '/', '\\', '_']) || token.starts_with(['#', '$']) {
            adjoins = false;
            continue;
        }
        let inner = token.trim_matches(|c: char| !c.is_alphanumeric());
        let opens = !token.starts_with(inner.chars().next().unwrap_or(' '));
        let closes = token.ends_with(|c: char| !c.is_alphanumeric() && c != '.');
        let stop = token.ends_with('.') && inner.chars().count() > 3;
        let text = inner.strip_suffix("'s").or_else(|| inner.strip_suffix("\u{2019}s")).unwrap_or(inner);
        if text.is_empty() || text.chars().any(is_cjk) {
            adjoins = false;
            continue;
        }
        found.push(Word { text, adjoins: adjoins && !opens, first: found.is_empty() });
        adjoins = !closes && !stop && text.len() == inner.len();
    }
    found
}

/// Short titles in quotation marks.
fn quoted(sentence: &str) -> Vec<String> {
    let mut found = Vec::new();
    for (open, close) in [('“', '”'), ('„', '“'), ('«', '»'), ('"', '"')] {
        let mut rest = sentence;
        while let Some((_, behind)) = rest.split_once(open) {
            let Some((inner, after)) = behind.split_once(close) else { break };
            let inner = inner.trim();
            let words = inner.split_whitespace().count();
            if (1..=LONGEST_QUOTED).contains(&words)
                && inner.chars().next().is_some_and(char::is_uppercase)
                && !inner.ends_with(['.', '!', '?', ','])
                && !inner.chars().any(is_cjk)
            {
                found.push(inner.to_owned());
            }
            rest = after;
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(sentence: &str) -> Vec<String> {
        names(sentence, &HashSet::from(["ana".to_owned()])).into_iter().map(|mention| mention.name).collect()
    }

    #[test]
    fn capitals_in_mid_sentence_are_names() {
        for (sentence, want) in [
            ("I live in Lisbon with my sister Clara.", &["Lisbon", "Clara"][..]),
            (
                "We met Maria Schmidt's son at the University of Lisbon.",
                &["Maria Schmidt", "University of Lisbon"],
            ),
            (
                "My team moved Project Phoenix 2023 to GitHub, Jira and NASA.",
                &["Project Phoenix 2023", "GitHub", "Jira", "NASA"],
            ),
            ("Maria Schmidt works with me on Mondays.", &["Maria Schmidt", "Mondays"]),
            ("I fly on Monday in March.", &[]),
            ("Yesterday Tom called.", &["Tom"]),
            ("Rowing is fun.", &[]),
        ] {
            assert_eq!(found(sentence), want, "`{sentence}`");
        }
    }

    #[test]
    fn the_first_word_is_a_name_only_when_it_is_known() {
        assert_eq!(found("Ana rows."), ["Ana"]);
        assert!(found("Bob sails.").is_empty());
    }

    #[test]
    fn german_nouns_are_no_names() {
        assert_eq!(found("Ich bin mit dem Fahrrad und Anna Weber in der Stadt gewesen."), ["Anna Weber"]);
    }

    #[test]
    fn quoted_titles_are_names_and_quoted_speech_is_not() {
        assert_eq!(found("I read “The Waves” twice."), ["The Waves"]);
        assert!(found("She said \"come here now.\" and left.").is_empty());
    }

    #[test]
    fn scripts_without_capitals_and_addresses_yield_none() {
        assert!(found("私は東京に住んでいます。").is_empty());
        assert!(found("Mail me at Bob@Example.org or Https://A.b/C.").is_empty());
    }
}

//! Which content words a question shares with a fact: the measure of how little the set can be answered by
//! matching words. The README of the set says in words what this file does. Called by `it/retrieval_set` and
//! by the table, which tells both kinds of question apart.

use super::set::folder;
use std::collections::{BTreeMap, BTreeSet};
use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// What of a word is compared: its first characters, after the ending is gone.
const STEM: usize = 6;

/// Endings that are dropped, the first that leaves at least three characters.
const ENDINGS: [(&str, &[&str]); 3] = [
    ("en", &["ing", "ed", "es", "s", "ly", "er"]),
    ("de", &["en", "er", "es", "em", "e", "n", "s", "t"]),
    ("es", &["os", "as", "es", "o", "a", "e", "s"]),
];

/// Knows the stop words of each language and the names of people.
pub struct ContentWords {
    stop: BTreeMap<String, BTreeSet<String>>,
    names: BTreeSet<String>,
    /// Names in Chinese characters, the longest first: they are cut out before characters are paired.
    written_names: Vec<String>,
}

impl ContentWords {
    /// Reads `stopwords.json` and `people.txt` of the set.
    ///
    /// # Errors
    /// When one of them is missing or is not what the README says.
    pub fn load() -> std::io::Result<Self> {
        let text = std::fs::read_to_string(folder().join("stopwords.json"))?;
        let lists: BTreeMap<String, String> = serde_json::from_str(&text)?;
        let stop = lists
            .into_iter()
            .map(|(lang, words)| (lang, words.split_whitespace().map(str::to_owned).collect()))
            .collect();
        let people = std::fs::read_to_string(folder().join("people.txt"))?;
        let mut written_names: Vec<String> =
            people.lines().filter(|name| name.chars().any(is_han)).map(str::to_owned).collect();
        written_names.sort_by_key(|name| std::cmp::Reverse(name.chars().count()));
        let names = people.lines().flat_map(words).collect();
        Ok(Self { stop, names, written_names })
    }

    /// The content words of a text, each in the form in which they are compared.
    pub fn of(&self, text: &str, lang: &str) -> BTreeSet<String> {
        match lang {
            "zh" | "ja" => self.characters(text, lang),
            _ => self.stems(text, lang),
        }
    }

    fn is_stop(&self, word: &str, lang: &str) -> bool {
        self.stop.get(lang).is_some_and(|words| words.contains(word))
    }

    fn is_name(&self, word: &str) -> bool {
        self.names.contains(word) || word.strip_suffix('s').is_some_and(|word| self.names.contains(word))
    }

    fn stems(&self, text: &str, lang: &str) -> BTreeSet<String> {
        words(text)
            .into_iter()
            .filter(|word| word.chars().count() > 1 && !self.is_stop(word, lang) && !self.is_name(word))
            .map(|word| stem(&word, lang))
            .collect()
    }

    /// Pairs of neighbouring Chinese characters (in Japanese a lone one too), words of katakana, Latin words.
    fn characters(&self, text: &str, lang: &str) -> BTreeSet<String> {
        let mut text: String = text.nfc().collect();
        for name in &self.written_names {
            text = text.replace(name.as_str(), "\n");
        }
        let mut found = BTreeSet::new();
        for (script, run) in runs(&text) {
            match (script, run.as_slice()) {
                (Script::Han, [one]) if lang == "ja" => drop(found.insert(one.to_string())),
                (Script::Han, run) => found.extend(run.windows(2).map(String::from_iter)),
                (Script::Katakana, [_]) => {}
                (Script::Katakana | Script::Latin, run) => {
                    found.insert(run.iter().collect::<String>().to_lowercase());
                }
            }
        }
        found.retain(|word| !self.is_stop(word, lang));
        found
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Script {
    Han,
    Katakana,
    Latin,
}

fn is_han(sign: char) -> bool {
    matches!(sign, '\u{4e00}'..='\u{9fff}' | '々')
}

/// Hiragana, punctuation and blanks have no script here: they only part the runs.
fn script(sign: char) -> Option<Script> {
    match sign {
        '\u{30a1}'..='\u{30ff}' => Some(Script::Katakana),
        sign if is_han(sign) => Some(Script::Han),
        sign if sign.is_ascii_alphanumeric() => Some(Script::Latin),
        _ => None,
    }
}

fn runs(text: &str) -> Vec<(Script, Vec<char>)> {
    let mut runs: Vec<(Script, Vec<char>)> = Vec::new();
    let mut before = None;
    for sign in text.chars() {
        let now = script(sign);
        match (now, runs.last_mut()) {
            (Some(_), Some((_, run))) if now == before => run.push(sign),
            (Some(script), _) => runs.push((script, vec![sign])),
            (None, _) => {}
        }
        before = now;
    }
    runs
}

/// Lower case, without accents, parted at everything that is no letter or digit.
fn words(text: &str) -> Vec<String> {
    let folded: String = text.to_lowercase().nfkd().filter(|sign| !is_combining_mark(*sign)).collect();
    let parts = folded.split(|sign: char| !sign.is_alphanumeric());
    parts.filter(|word| !word.is_empty()).map(str::to_owned).collect()
}

fn stem(word: &str, lang: &str) -> String {
    let endings = ENDINGS.iter().find(|(of, _)| *of == lang).map_or(&[][..], |(_, endings)| endings);
    let bare = endings
        .iter()
        .filter_map(|ending| word.strip_suffix(ending))
        .find(|rest| rest.chars().count() >= 3)
        .unwrap_or(word);
    bare.chars().take(STEM).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shared(question: &str, fact: &str, lang: &str) -> Vec<String> {
        let words = ContentWords::load().expect("the set is there");
        words.of(question, lang).intersection(&words.of(fact, lang)).cloned().collect()
    }

    #[test]
    fn names_and_stop_words_do_not_count_as_shared() {
        assert!(shared("Where is Priya's cat now?", "Priya's flat is where she is", "en").is_empty());
    }

    #[test]
    fn inflected_words_count_as_shared() {
        assert_eq!(
            shared("Which boats does she restore?", "Elsa restored an old boat", "en"),
            ["boat", "restor"]
        );
        assert_eq!(shared("Welche Hunde?", "Frieda ist ein Hund", "de"), ["hund"]);
        assert_eq!(shared("¿Qué gatas?", "Lucía tiene una gata", "es"), ["gat"]);
    }

    #[test]
    fn two_common_characters_in_a_row_count_as_shared() {
        assert_eq!(shared("雨桐的导航软件", "陈雨桐做导航", "zh"), ["导航"]);
        assert_eq!(shared("カメラはどこ", "フィルムと新しいカメラ", "ja"), ["カメラ"]);
        assert!(shared("健一さんの妻", "佐藤健一は図書館", "ja").is_empty());
    }
}

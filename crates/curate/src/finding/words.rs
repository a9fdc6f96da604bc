//! Texts as sets of words: what two facts are compared by. Pure.

use std::collections::HashSet;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::sync::LazyLock;

/// Words of a text that count; a text of a megabyte is compared by its first ones.
const MOST_WORDS: usize = 200;

/// Words that say nothing about what a sentence is about.
const EMPTY: &[&str] = &[
    "a",
    "an",
    "and",
    "are",
    "as",
    "at",
    "be",
    "been",
    "being",
    "but",
    "by",
    "did",
    "do",
    "does",
    "for",
    "from",
    "had",
    "has",
    "have",
    "he",
    "her",
    "his",
    "i",
    "in",
    "is",
    "it",
    "its",
    "me",
    "my",
    "of",
    "on",
    "or",
    "our",
    "she",
    "so",
    "that",
    "the",
    "their",
    "them",
    "then",
    "there",
    "they",
    "this",
    "to",
    "very",
    "was",
    "we",
    "were",
    "which",
    "who",
    "will",
    "with",
    "you",
    "your",
    "s",
    "now",
    "currently",
    "also",
];

/// Those words by their hashes: each word of each fact is looked for here.
static EMPTY_HASHES: LazyLock<HashSet<u64>> = LazyLock::new(|| EMPTY.iter().map(|word| hash(word)).collect());
static NEGATIVE_HASHES: LazyLock<HashSet<u64>> =
    LazyLock::new(|| NEGATIVE.iter().map(|word| hash(word)).collect());

/// Words that turn a sentence round: two that differ in one of these do not say the same.
const NEGATIVE: &[&str] =
    &["not", "no", "never", "none", "without", "nicht", "kein", "keine", "nie", "t", "nor"];

/// A hash that is the same in one run of the program.
pub(super) fn hash(text: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    text.hash(&mut hasher);
    hasher.finish()
}

fn short(text: &str) -> u32 {
    (hash(text) >> 32) as u32
}

/// A text as words.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Words {
    /// Hash of all its words in their order, without case and signs.
    pub(super) all: u64,
    /// The words that count, each once, sorted: plain ones by their stem.
    pub(super) set: Box<[u32]>,
    /// Its numbers and negations, each once, sorted: they decide whether two texts can say the same.
    pub(super) hard: Box<[u32]>,
}

/// Takes a text apart.
pub(super) fn words(text: &str) -> Words {
    let mut all = DefaultHasher::new();
    let (mut set, mut hard) = (Vec::new(), Vec::new());
    let mut small = String::new();
    for word in split(text) {
        let word = lower(word, &mut small);
        word.hash(&mut all);
        if set.len() >= MOST_WORDS {
            continue;
        }
        let whole = hash(word);
        if word.chars().any(char::is_numeric) || NEGATIVE_HASHES.contains(&whole) {
            hard.push((whole >> 32) as u32);
        }
        if !EMPTY_HASHES.contains(&whole) {
            let stem = stem(word);
            set.push(if stem.len() == word.len() { (whole >> 32) as u32 } else { short(stem) });
        }
    }
    Words { all: all.finish(), set: sorted(set), hard: sorted(hard) }
}

/// A word in small letters. Most are of ASCII, which needs no new text each time.
fn lower<'a>(word: &'a str, small: &'a mut String) -> &'a str {
    small.clear();
    if word.is_ascii() {
        small.push_str(word);
        small.make_ascii_lowercase();
    } else {
        small.push_str(&word.to_lowercase());
    }
    small
}

/// The words of a text, as they stand.
pub(super) fn split(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty())
}

/// The hash under which a word stands in a set.
pub(super) fn known(word: &str) -> u32 {
    short(stem(&word.to_lowercase()))
}

/// Without the most common endings of English: "lives", "lived" and "living" are one word.
fn stem(word: &str) -> &str {
    if word.len() < 5 || !word.is_ascii() {
        return match word.len() > 3 && word.is_ascii() && !word.ends_with("ss") {
            true => word.strip_suffix('s').unwrap_or(word),
            false => word,
        };
    }
    for ending in ["ing", "ed", "es", "s", "e"] {
        if let Some(stem) = word.strip_suffix(ending)
            && stem.len() >= 3
        {
            return stem;
        }
    }
    word
}

pub(super) fn sorted(mut set: Vec<u32>) -> Box<[u32]> {
    set.sort_unstable();
    set.dedup();
    set.into_boxed_slice()
}

/// How many two sorted sets have in common.
pub(super) fn common(a: &[u32], b: &[u32]) -> usize {
    let (mut i, mut j, mut both) = (0, 0, 0);
    while let (Some(x), Some(y)) = (a.get(i), b.get(j)) {
        match x.cmp(y) {
            std::cmp::Ordering::Less => i += 1,
            std::cmp::Ordering::Greater => j += 1,
            std::cmp::Ordering::Equal => (i, j, both) = (i + 1, j + 1, both + 1),
        }
    }
    both
}

/// The part of all words that two sets share, from 0 to 1.
pub(super) fn overlap(a: &[u32], b: &[u32]) -> f64 {
    let both = common(a, b);
    let all = a.len() + b.len() - both;
    if all == 0 { 0.0 } else { both as f64 / all as f64 }
}

//! Whether a question asks how things are now.
//!
//! Such questions want the newest facts first; what "newest" weighs is recall's business.

use std::sync::OnceLock;

use super::{
    languages,
    lexicon::{cut, stands},
    tokens::{Token, tokens},
};
use crate::words::script::{Script, unspaced};

/// Whether the text says "now", "currently", "latest", "still" or the like, in any of the six languages.
pub fn asks_for_latest(text: &str) -> bool {
    static PHRASES: OnceLock<Vec<Vec<String>>> = OnceLock::new();
    let phrases = PHRASES.get_or_init(|| {
        languages::ALL.iter().flat_map(|l| l.latest.split('|')).map(cut).filter(|p| !p.is_empty()).collect()
    });
    let tokens = tokens(text);
    (0..tokens.len()).any(|at| {
        phrases.iter().any(|phrase| stands(phrase, &tokens, at) && !is_part_of_a_word(phrase, &tokens, at))
    })
}

/// 今 alone is "now"; in 今日 or 昨今 it is half a word.
fn is_part_of_a_word(phrase: &[String], tokens: &[Token], at: usize) -> bool {
    let han = |i: Option<usize>| {
        let first = i.and_then(|i| tokens.get(i)).and_then(|t| t.text.chars().next());
        first.and_then(unspaced) == Some(Script::Han)
    };
    phrase.len() == 1 && han(Some(at)) && (han(at.checked_sub(1)) || han(Some(at + 1)))
}

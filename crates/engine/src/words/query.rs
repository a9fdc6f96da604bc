//! What a question asks of the full-text table.
//!
//! Turns free text into search terms and terms into a MATCH expression that no text can break out of. Document
//! frequencies come from the caller; nothing here touches the table. Called by recall and by the fact lists' search.

use std::collections::HashSet;

use unicode_normalization::UnicodeNormalization;

use super::{
    script::{Script, is_mark, unspaced},
    stop::{is_particle, is_stop_word},
};

/// The most terms worth asking for (hindsight 1.1: 16 rarest).
pub const MAX_TERMS: usize = 16;

/// Runs of an unspaced script up to this long are asked for as they stand; a longer one is a clause, not a word.
const WHOLE_RUN: usize = 4;

/// One thing to look for: a word, or a phrase of single characters of a script without spaces.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Term {
    /// Tokens as the table cuts them, parted by one space.
    text: String,
}

impl Term {
    /// A term from any text: cut into tokens as the table would cut it.
    pub fn new(text: &str) -> Self {
        Self { text: pieces(text).collect::<Vec<_>>().join(" ") }
    }

    /// The tokens, in order; several mean a phrase. Lower-case, accents kept, not stemmed.
    pub fn tokens(&self) -> impl Iterator<Item = &str> {
        self.text.split(' ').filter(|t| !t.is_empty())
    }

    /// Whether the term needs its tokens side by side.
    pub fn is_phrase(&self) -> bool {
        self.text.contains(' ')
    }

    /// The tokens parted by spaces.
    pub fn as_str(&self) -> &str {
        &self.text
    }
}

/// The terms of a question in their order, each once. Stop words and lone particles are dropped, unless nothing else is
/// there. A run without spaces is one phrase up to four characters and overlapping pairs beyond: a whole clause
/// never stands in another text letter for letter.
pub fn query_terms(question: &str) -> Vec<Term> {
    let lower: String = question.nfkc().flat_map(char::to_lowercase).collect();
    let mut kept = Vec::new();
    let mut all = Vec::new();
    for word in lower.split(|c: char| !(c.is_alphanumeric() || is_mark(c) || is_apostrophe(c))) {
        for run in runs(word) {
            if run.chars().next().and_then(unspaced).is_some() {
                let terms = unspaced_terms(run);
                if terms.is_empty() {
                    all.push(Term::new(run));
                }
                all.extend(terms.iter().cloned());
                kept.extend(terms);
                continue;
            }
            // "don't" is a stop word as a whole; "maria's" is a name and a leftover.
            let whole = is_stop_word(&plain(run));
            for piece in run.split(is_apostrophe).filter(|p| p.chars().any(char::is_alphanumeric)) {
                all.push(Term::new(piece));
                if !whole && !is_stop_word(&plain(piece)) {
                    kept.push(Term::new(piece));
                }
            }
        }
    }
    let mut seen = HashSet::new();
    let mut terms = if kept.is_empty() { all } else { kept };
    terms.retain(|t| !t.text.is_empty() && seen.insert(t.clone()));
    terms
}

/// The `n` terms that narrow the search most, rarest first. `df` says in how many facts a term stands; terms in
/// none come last, since they may only be written otherwise there. Ties keep the question's order.
pub fn rarest(mut terms: Vec<Term>, df: impl Fn(&Term) -> u64, n: usize) -> Vec<Term> {
    terms.sort_by_cached_key(|t| df(t).wrapping_sub(1));
    terms.truncate(n);
    terms
}

/// A MATCH expression that finds any of the terms; empty when there is nothing to ask, and then the caller must
/// not ask. Every term is quoted, so none of it is ever read as an operator, a column or a prefix.
pub fn fts_query(terms: &[Term]) -> String {
    let quoted: Vec<String> = terms
        .iter()
        .filter(|t| t.text.chars().any(char::is_alphanumeric))
        .map(|t| format!("\"{}\"", t.text.replace('"', "\"\"")))
        .collect();
    quoted.join(" OR ")
}

/// Text cut as the table cuts it: runs of letters and digits, and single characters of unspaced scripts.
fn pieces(text: &str) -> impl Iterator<Item = String> {
    let spaced = super::index_text(text).to_lowercase();
    let words: Vec<String> = spaced
        .split(|c: char| !(c.is_alphanumeric() || is_mark(c)))
        .filter(|w| w.chars().any(char::is_alphanumeric))
        .map(|w| w.trim_start_matches(is_mark).to_owned())
        .collect();
    words.into_iter()
}

fn is_apostrophe(c: char) -> bool {
    matches!(c, '\'' | '\u{2019}' | '\u{2bc}')
}

/// A word without accents and apostrophes, for the stop lists.
fn plain(word: &str) -> String {
    word.nfd().filter(|c| !is_mark(*c) && !is_apostrophe(*c)).collect()
}

/// Cuts where a spaced script meets an unspaced one.
fn runs(word: &str) -> impl Iterator<Item = &str> {
    let mut cuts = vec![0];
    let mut last: Option<bool> = None;
    for (at, c) in word.char_indices().filter(|(_, c)| !is_mark(*c)) {
        let now = unspaced(c).is_some();
        if last.is_some_and(|was| was != now) {
            cuts.push(at);
        }
        last = Some(now);
    }
    cuts.push(word.len());
    let spans: Vec<_> = cuts.windows(2).map(|w| w[0]..w[1]).collect();
    spans
        .into_iter()
        .filter_map(|r| word.get(r))
        .map(|r| r.trim_start_matches(is_mark))
        .filter(|r| !r.is_empty())
}

/// Terms of one run of unspaced scripts.
fn unspaced_terms(run: &str) -> Vec<Term> {
    let mut clusters: Vec<(Script, String)> = Vec::new();
    for c in run.chars() {
        match (unspaced(c), clusters.last_mut()) {
            (Some(script), _) if !is_mark(c) => clusters.push((script, c.to_string())),
            (_, Some((_, cluster))) => cluster.push(c),
            (script, None) => clusters.push((script.unwrap_or(Script::SouthEastAsian), c.to_string())),
        }
    }
    let particle = |c: &(Script, String)| c.1.chars().next().is_some_and(is_particle);
    let lead = clusters.iter().take_while(|c| particle(c)).count();
    let trail = clusters.iter().skip(lead).rev().take_while(|c| particle(c)).count();
    let inner = clusters.get(lead..clusters.len() - trail).unwrap_or_default();
    let korean = inner.iter().all(|(s, _)| *s == Script::Hangul);
    if inner.len() <= if korean { 2 } else { WHOLE_RUN } {
        return phrase(inner).into_iter().collect();
    }
    let mut terms = Vec::new();
    for piece in inner.chunk_by(|a, b| a.0 == b.0) {
        let script = piece.first().map(|c| c.0);
        if script == Some(Script::Katakana) {
            terms.extend(phrase(piece));
        } else if piece.len() == 1 {
            // One kana between other signs is an ending; one Chinese character may be a word.
            terms.extend(
                phrase(piece).filter(|_| script != Some(Script::Hiragana) && !piece.iter().any(particle)),
            );
        } else {
            // A pair with a particle in it straddles two words; keep it only where nothing better is left.
            let clean = |pair: &&[(Script, String)]| !pair.iter().any(particle);
            terms.extend(piece.windows(2).filter(clean).filter_map(phrase));
        }
    }
    if terms.is_empty() {
        terms.extend(inner.windows(2).filter_map(phrase));
    }
    terms
}

fn phrase(clusters: &[(Script, String)]) -> Option<Term> {
    let text = clusters.iter().map(|c| c.1.as_str()).collect::<Vec<_>>().join(" ");
    text.chars().any(char::is_alphanumeric).then_some(Term { text })
}

#[cfg(test)]
#[path = "query_tests.rs"]
mod tests;

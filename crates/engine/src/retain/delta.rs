//! Which pieces of a document are new, which stand already and which are gone, by their hashes alone.

use super::items::{Draft, cut, with_strategy};
use crate::config::Config;
use sha2::{Digest as _, Sha256};
use std::collections::{HashMap, HashSet, VecDeque};
use std::ops::Range;

/// A piece of a draft: where it stands in which item's text.
#[derive(Clone, Debug)]
pub(super) struct Piece {
    pub(super) item: usize,
    pub(super) range: Range<usize>,
    pub(super) hash: String,
}

impl Piece {
    pub(super) fn text<'a>(&self, draft: &'a Draft) -> &'a str {
        draft.items.get(self.item).and_then(|item| item.content.get(self.range.clone())).unwrap_or_default()
    }
}

/// SHA-256 in hex, as documents and chunks keep it.
pub(crate) fn hash(text: &str) -> String {
    hex::encode(Sha256::digest(text.as_bytes()))
}

/// The pieces of a draft in order, without blanks at their ends. A blank one is none.
pub(super) fn pieces(draft: &Draft, config: &Config) -> Vec<Piece> {
    let mut pieces = Vec::new();
    for (at, item) in draft.items.iter().enumerate() {
        for range in cut(&item.content, &with_strategy(config, item.strategy.as_deref())) {
            // The blanks behind a piece depend on what follows it; with them, appending would change it.
            let text = item.content.get(range.clone()).unwrap_or_default().trim_end();
            let range = range.start..range.start + text.len();
            if !text.is_empty() {
                pieces.push(Piece { item: at, hash: hash(text), range });
            }
        }
    }
    pieces
}

/// A chunk that stands in the tables.
#[derive(Clone, Debug)]
pub(super) struct Known {
    pub(super) no: i64,
    pub(super) idx: i64,
    pub(super) hash: String,
}

/// What is to be done with a document's chunks.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Delta {
    /// Chunk, its piece, and whether its place changed.
    pub(super) kept: Vec<(i64, usize, bool)>,
    /// Pieces that have no chunk yet.
    pub(super) fresh: Vec<usize>,
    /// Chunks that have no piece any more.
    pub(super) gone: Vec<i64>,
}

/// Compares. A text that stands twice needs two chunks.
pub(super) fn compare(known: &[Known], pieces: &[Piece]) -> Delta {
    let mut by_hash: HashMap<&str, VecDeque<&Known>> = HashMap::new();
    for chunk in known {
        by_hash.entry(&chunk.hash).or_default().push_back(chunk);
    }
    let mut delta = Delta::default();
    for (at, piece) in pieces.iter().enumerate() {
        match by_hash.get_mut(piece.hash.as_str()).and_then(VecDeque::pop_front) {
            Some(chunk) => {
                delta.kept.push((chunk.no, at, usize::try_from(chunk.idx) != Ok(at)));
            }
            None => delta.fresh.push(at),
        }
    }
    let kept: HashSet<i64> = delta.kept.iter().map(|(no, ..)| *no).collect();
    delta.gone = known.iter().map(|chunk| chunk.no).filter(|no| !kept.contains(no)).collect();
    delta
}

#[cfg(test)]
mod tests {
    use super::*;

    fn piece(hash: &str) -> Piece {
        Piece { item: 0, range: 0..0, hash: hash.into() }
    }

    fn known(no: i64, idx: i64, hash: &str) -> Known {
        Known { no, idx, hash: hash.into() }
    }

    #[test]
    fn equal_chunks_stay_moved_ones_are_told_and_others_go() {
        let known = [known(1, 0, "a"), known(2, 1, "b"), known(3, 2, "c")];
        let delta = compare(&known, &[piece("a"), piece("x"), piece("b")]);
        assert_eq!(delta.kept, [(1, 0, false), (2, 2, true)]);
        assert_eq!((delta.fresh, delta.gone), (vec![1], vec![3]));
    }

    #[test]
    fn a_text_that_stands_twice_needs_two_chunks() {
        let delta = compare(&[known(1, 0, "a")], &[piece("a"), piece("a")]);
        assert_eq!((delta.kept.len(), delta.fresh), (1, vec![1]));
    }

    #[test]
    fn the_hash_is_the_one_that_the_api_shows() {
        assert_eq!(
            hash("USER: Dora swims."),
            "5a99fa315b14d7945a0d71c9cf0056e47d1a92acf1774eedb2fce8e5c37c01ae"
        );
    }
}

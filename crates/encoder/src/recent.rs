//! The vectors of the latest queries, so that a question asked again costs nothing.
//!
//! Called by `local` under its lock. The texts stay in memory only as long as their vectors.

use std::collections::HashMap;
use std::sync::Arc;

/// How many queries are remembered: 256 vectors take 400 KB.
const KEPT: usize = 256;
/// A query longer than this, in bytes, is not remembered; the texts together stay below 1 MB.
const LONGEST: usize = 4_096;

/// Vectors by text, the one that was not asked for longest goes first.
#[derive(Default)]
pub(super) struct Recent {
    vectors: HashMap<String, (u64, Arc<[f32]>)>,
    asked: u64,
}

impl Recent {
    /// The vector of `text`, which thereby is the latest.
    pub(super) fn get(&mut self, text: &str) -> Option<Arc<[f32]>> {
        self.asked += 1;
        let (last, vector) = self.vectors.get_mut(text)?;
        *last = self.asked;
        Some(Arc::clone(vector))
    }

    /// Remembers a vector, and forgets one when there are too many.
    pub(super) fn insert(&mut self, text: String, vector: Arc<[f32]>) {
        if text.len() > LONGEST {
            return;
        }
        self.asked += 1;
        self.vectors.insert(text, (self.asked, vector));
        // 256 comparisons are nothing beside the vector that was just computed.
        if self.vectors.len() > KEPT
            && let Some(oldest) = self.vectors.iter().min_by_key(|(_, (last, _))| *last)
        {
            let oldest = oldest.0.clone();
            self.vectors.remove(&oldest);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn vector(number: usize) -> Arc<[f32]> {
        Arc::from([number as f32])
    }

    #[test]
    fn the_query_that_was_not_asked_for_longest_is_forgotten() {
        let mut recent = Recent::default();
        for number in 0..KEPT {
            recent.insert(number.to_string(), vector(number));
        }
        assert_eq!(recent.get("0"), Some(vector(0)));
        recent.insert("new".to_owned(), vector(7));
        assert_eq!(recent.get("0"), Some(vector(0)), "it was asked for again");
        assert_eq!(recent.get("1"), None);
        assert_eq!(recent.get("2"), Some(vector(2)));
        assert_eq!(recent.vectors.len(), KEPT);
    }

    #[test]
    fn a_huge_query_is_not_kept() {
        let mut recent = Recent::default();
        let huge = "x".repeat(LONGEST + 1);
        recent.insert(huge.clone(), vector(1));
        assert_eq!(recent.get(&huge), None);
    }
}

//! Pairs of facts that a person wants both of: which of them a check leaves out, and which are another pair by now.
//!
//! A pair is known by both ids and stands as long as both texts are what they were when it was decided. `finding`
//! shows it every fact it reads and asks which pairs stand; rows are in `rearview-store`.

use rearview_hindsight::Fact;
use rearview_store::KeptPair;
use sha2::{Digest as _, Sha256};
use std::collections::{HashMap, HashSet};

/// What tells two texts apart.
pub fn digest(text: &str) -> String {
    hex::encode(Sha256::digest(text.as_bytes()))
}

/// The kept pairs of a bank during one check of it.
#[derive(Debug, Default)]
pub struct KeptPairs {
    pairs: Vec<KeptPair>,
    /// Facts of these pairs, with the digest of the text that was read.
    texts: HashMap<String, Option<String>>,
}

impl KeptPairs {
    /// These pairs, before any fact was read.
    pub fn new(pairs: Vec<KeptPair>) -> Self {
        let sides = pairs.iter().flat_map(|pair| [&pair.first.id, &pair.second.id]);
        let texts = sides.map(|id| (id.clone(), None)).collect();
        Self { pairs, texts }
    }

    /// Looks at a fact that was read.
    pub(crate) fn saw(&mut self, fact: &Fact) {
        if let Some(text) = self.texts.get_mut(&fact.id) {
            *text = Some(digest(&fact.text));
        }
    }

    /// Pairs of which both facts were read and say what they said, by the ids of their facts, the smaller first.
    pub(crate) fn standing(&self) -> HashSet<(String, String)> {
        let stands = |pair: &&KeptPair| {
            self.says(&pair.first.id, &pair.first.digest) == Some(true)
                && self.says(&pair.second.id, &pair.second.digest) == Some(true)
        };
        self.pairs.iter().filter(stands).map(ids).collect()
    }

    /// Pairs of which a fact was read that says something else now. A fact that was not read tells nothing: it may be
    /// invalidated and restored later.
    pub fn changed(&self) -> Vec<(String, String)> {
        let changed = |pair: &&KeptPair| {
            self.says(&pair.first.id, &pair.first.digest) == Some(false)
                || self.says(&pair.second.id, &pair.second.digest) == Some(false)
        };
        self.pairs.iter().filter(changed).map(ids).collect()
    }

    fn says(&self, id: &str, then: &str) -> Option<bool> {
        self.texts.get(id)?.as_deref().map(|now| now == then)
    }
}

fn ids(pair: &KeptPair) -> (String, String) {
    (pair.first.id.clone(), pair.second.id.clone())
}

/// Whether a pair is among these, whichever fact is named first.
pub(crate) fn holds(standing: &HashSet<(String, String)>, one: &str, other: &str) -> bool {
    let (first, second) = if one <= other { (one, other) } else { (other, one) };
    !standing.is_empty() && standing.contains(&(first.to_owned(), second.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use rearview_domain::time::Time;
    use rearview_store::KeptSide;

    fn fact(id: &str, text: &str) -> Fact {
        serde_json::from_value(serde_json::json!({"id": id, "text": text})).unwrap()
    }

    fn kept(one: &str, other: &str) -> KeptPair {
        let side = |id: &str| KeptSide { id: id.to_owned(), digest: digest(id), text: id.to_owned() };
        KeptPair::of(side(one), side(other), Time::now())
    }

    #[test]
    fn a_pair_stands_while_both_texts_are_what_they_were() {
        let mut pairs = KeptPairs::new(vec![kept("b", "a"), kept("c", "d"), kept("e", "f"), kept("a", "c")]);
        // `d` was reworded, `f` was not read.
        for (id, text) in [("a", "a"), ("b", "b"), ("c", "c"), ("d", "d, reworded"), ("e", "e"), ("z", "z")] {
            pairs.saw(&fact(id, text));
        }
        let standing = pairs.standing();
        assert!(holds(&standing, "a", "b") && holds(&standing, "b", "a") && holds(&standing, "c", "a"));
        assert!(!holds(&standing, "c", "d") && !holds(&standing, "e", "f") && !holds(&standing, "b", "c"));
        assert_eq!(pairs.changed(), [("c".to_owned(), "d".to_owned())]);
    }
}

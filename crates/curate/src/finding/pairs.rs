//! Exact and near duplicates among all facts, without comparing each with each.
//!
//! Near ones through an index of words: two sets that share 75 % of their words share one of the rarest words of
//! each (prefix filtering, Bayardo et al. 2007), so only facts with such a word in common are compared. Exact
//! among them: none is missed but where a word is in too many facts, which is counted.

use super::Stop;
use super::sketch::Sketch;
use super::words::{common, overlap};
use std::collections::HashMap;

/// From this part of shared words on, two facts of the same entity or document are near duplicates.
pub(super) const NEAR: f64 = 0.75;
/// Facts that one word may lead to; a bank of one template would compare each with each.
const MOST_PER_WORD: usize = 400;
/// Words under which a text is too short to be compared: "Yes." is like "Yes, ok."
pub(super) const FEWEST_WORDS: usize = 3;

/// Two facts with the reason, the older first.
pub(super) type Pair = (u32, u32, String);

/// Near duplicates.
#[derive(Default)]
pub(super) struct Near {
    pub(super) pairs: Vec<Pair>,
    /// Comparisons that were left out.
    pub(super) uncompared: u64,
}

/// Facts with the same words in the same order; observations are compared among themselves.
pub(super) fn exact(sketches: &[Sketch]) -> Vec<Pair> {
    let mut first: HashMap<(u64, bool), u32> = HashMap::new();
    let mut pairs = Vec::new();
    for (at, sketch) in by_age(sketches) {
        if sketch.words.set.is_empty() {
            continue;
        }
        let key = (sketch.words.all, sketch.is_observation());
        match first.get(&key) {
            Some(older) => pairs.push((*older, at, "The words are the same.".to_owned())),
            None => drop(first.insert(key, at)),
        }
    }
    pairs
}

/// Facts with nearly the same words. Of a cluster of n only n − 1 pairs are given: each with one that is there. Ends
/// early when it is told to stop.
pub(super) fn near(sketches: &[Sketch], stop: &Stop) -> Near {
    let mut frequency: HashMap<u32, u32> = HashMap::new();
    for sketch in sketches {
        for word in &sketch.words.set {
            *frequency.entry(*word).or_default() += 1;
        }
    }
    let mut index: HashMap<u32, Vec<u32>> = HashMap::new();
    let mut cluster = Clusters::of(sketches.len());
    let mut near = Near::default();
    let mut compared_with: Vec<u32> = vec![u32::MAX; sketches.len()];
    for (at, sketch) in by_age(sketches) {
        let set = &sketch.words.set;
        if set.len() < FEWEST_WORDS {
            continue;
        }
        if stop.told() {
            break;
        }
        let mut rare: Vec<u32> = set.to_vec();
        rare.sort_unstable_by_key(|word| (frequency.get(word).copied().unwrap_or_default(), *word));
        rare.truncate(set.len() - (set.len() as f64 * NEAR).ceil() as usize + 1);
        for word in &rare {
            let Some(others) = index.get(word) else { continue };
            near.uncompared += others.len().saturating_sub(MOST_PER_WORD) as u64;
            for other in others.iter().rev().take(MOST_PER_WORD) {
                let (Some(seen), Some(theirs)) =
                    (compared_with.get_mut(*other as usize), sketches.get(*other as usize))
                else {
                    continue;
                };
                if std::mem::replace(seen, at) == at {
                    continue;
                }
                if alike(sketch, theirs) && cluster.join(at, *other) {
                    near.pairs.push((*other, at, why(sketch, theirs)));
                }
            }
        }
        for word in rare {
            index.entry(word).or_default().push(at);
        }
    }
    near
}

/// Whether two say nearly the same about the same.
fn alike(a: &Sketch, b: &Sketch) -> bool {
    let (short, long) = (a.words.set.len().min(b.words.set.len()), a.words.set.len().max(b.words.set.len()));
    // With other numbers or a "not" they say something else, however alike the words are.
    (short as f64) >= NEAR * long as f64
        && a.words.hard == b.words.hard
        && a.words.all != b.words.all
        && a.is_observation() == b.is_observation()
        && (common(&a.entities, &b.entities) > 0 || (a.document.is_some() && a.document == b.document))
        && overlap(&a.words.set, &b.words.set) >= NEAR
}

fn why(a: &Sketch, b: &Sketch) -> String {
    let both = common(&a.words.set, &b.words.set);
    let all = a.words.set.len() + b.words.set.len() - both;
    let about = match a.shared_name(b) {
        Some(name) => format!("both about {name}"),
        None => "both of one document".to_owned(),
    };
    format!("{both} of {all} words are the same, {about}.")
}

/// From the oldest to the youngest; those without a date come first, in the order of the list.
fn by_age(sketches: &[Sketch]) -> Vec<(u32, &Sketch)> {
    let mut order: Vec<(u32, &Sketch)> = (0u32..).zip(sketches).collect();
    order.sort_by_key(|(_, sketch)| sketch.at);
    order
}

/// Which facts are tied together already.
struct Clusters(Vec<u32>);

impl Clusters {
    fn of(count: usize) -> Self {
        Self((0u32..).take(count).collect())
    }

    fn root(&mut self, mut at: u32) -> u32 {
        while let Some(up) = self.0.get(at as usize).copied()
            && up != at
        {
            let above = self.0.get(up as usize).copied().unwrap_or(up);
            if let Some(slot) = self.0.get_mut(at as usize) {
                *slot = above;
            }
            at = up;
        }
        at
    }

    /// Ties two together; false when they were.
    fn join(&mut self, a: u32, b: u32) -> bool {
        let (a, b) = (self.root(a), self.root(b));
        if a != b
            && let Some(slot) = self.0.get_mut(a as usize)
        {
            *slot = b;
        }
        a != b
    }
}

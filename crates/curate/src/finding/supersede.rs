//! Facts that a later one may have replaced: the same thing said of the same entity with another value.
//!
//! A guess by words, and told as one: "may be superseded". Two facts share an entity and a word that says what
//! is said of it ("lives", "works"), differ in the rest, and carry different dates.

use super::Stop;
use super::pairs::Pair;
use super::sketch::Sketch;
use super::words::{common, known, overlap};
use std::collections::{HashMap, HashSet};

/// Words for what has one value at a time. With one of these in common, fewer other words have to be the same.
const ONE_AT_A_TIME: &[&str] = &[
    "lives",
    "live",
    "works",
    "work",
    "job",
    "employer",
    "employed",
    "address",
    "phone",
    "email",
    "married",
    "single",
    "age",
    "aged",
    "favourite",
    "favorite",
    "prefers",
    "preferred",
    "uses",
    "drives",
    "deadline",
    "scheduled",
    "version",
    "password",
    "title",
    "role",
    "manager",
    "salary",
    "price",
    "costs",
    "weighs",
    "located",
    "based",
    "status",
    "moved",
    "switched",
    "resides",
    "studies",
    "runs",
    "plan",
    "diet",
    "wohnt",
    "arbeitet",
    "heißt",
    "fährt",
    "habite",
    "travaille",
    "vive",
    "trabaja",
];
/// Words in common, of all, with such a word and without.
const ENOUGH_OF_ONE: f64 = 0.34;
const ENOUGH: f64 = 0.6;
/// Words in which each side may differ: a longer rest is another story.
const MOST_DIFFERING: usize = 6;
/// Facts about one thing that are looked at around each other, by date.
const WINDOW: usize = 8;
/// Seconds by which two dates have to differ.
const LATER: i64 = 3_600;

/// Pairs of an older fact and the next younger one that may have replaced it.
/// Ends early when it is told to stop.
pub(super) fn superseded(sketches: &[Sketch], stop: &Stop) -> Vec<Pair> {
    let one: HashSet<u32> = ONE_AT_A_TIME.iter().map(|word| known(word)).collect();
    // Facts that say something of an entity, by entity and word, the oldest first. One sorted list: a map of lists would
    // take as much memory again, in hundreds of thousands of pieces.
    let mut told: Vec<(u32, u32, i64, u32)> = Vec::new();
    for (place, sketch) in (0u32..).zip(sketches) {
        let Some(at) = sketch.at.filter(|_| !sketch.is_observation()) else { continue };
        let said = sketch.words.set.iter().filter(|word| sketch.entity_words.binary_search(word).is_err());
        for word in said {
            told.extend(sketch.entities.iter().map(|entity| (*entity, *word, at, place)));
        }
    }
    told.sort_unstable();
    // The best younger fact for each older one.
    let mut best: HashMap<u32, (f64, u32)> = HashMap::new();
    for facts in told.chunk_by(|a, b| (a.0, a.1) == (b.0, b.1)) {
        let [(_, word, ..), _, ..] = facts else { continue };
        if stop.told() {
            break;
        }
        let enough = if one.contains(word) { ENOUGH_OF_ONE } else { ENOUGH };
        for (place, (.., older)) in facts.iter().enumerate() {
            for (.., younger) in facts.iter().skip(place + 1).take(WINDOW) {
                let (Some(a), Some(b)) = (sketches.get(*older as usize), sketches.get(*younger as usize))
                else {
                    continue;
                };
                if let Some(shared) = replaced(a, b, enough)
                    && best.get(older).is_none_or(|(least, other)| (shared, *younger) > (*least, *other))
                {
                    best.insert(*older, (shared, *younger));
                }
            }
        }
    }
    drop(told);
    let mut pairs: Vec<(f64, Pair)> = best
        .into_iter()
        .filter_map(|(older, (shared, younger))| {
            let (a, b) = (sketches.get(older as usize)?, sketches.get(younger as usize)?);
            let name = a.shared_name(b).unwrap_or("the same entity");
            let days = (b.at? - a.at?) / 86_400;
            let later = if days == 0 { "hours".to_owned() } else { format!("{days} days") };
            let why = format!("May be superseded: something like it was said of {name} {later} later.");
            Some((shared, (older, younger, why)))
        })
        .collect();
    pairs.sort_by(|(a, x), (b, y)| b.total_cmp(a).then((x.0, x.1).cmp(&(y.0, y.1))));
    pairs.into_iter().map(|(_, pair)| pair).collect()
}

/// The part of shared words, when the younger may have replaced the older.
fn replaced(older: &Sketch, younger: &Sketch, enough: f64) -> Option<f64> {
    let later = younger.at? - older.at? >= LATER;
    if !later || older.kind != younger.kind || older.words.all == younger.words.all {
        return None;
    }
    let (a, b) = (&older.words.set, &younger.words.set);
    // What is so much longer differs in too much, whatever they share.
    if a.len().abs_diff(b.len()) > MOST_DIFFERING {
        return None;
    }
    let both = common(a, b);
    let (rest_a, rest_b) = (a.len() - both, b.len() - both);
    // One without a rest of its own is a shorter form of the other, no other value.
    let another = rest_a > 0 && rest_b > 0 || older.words.hard != younger.words.hard;
    if !another || rest_a > MOST_DIFFERING || rest_b > MOST_DIFFERING {
        return None;
    }
    // The other value must not be another entity of which the same is said: "Ana knows Ben", "Ana knows Cem" –
    // but with a word for what has one value at a time, a place or a firm is just that.
    let shared = overlap(a, b);
    (shared >= enough).then_some(shared)
}

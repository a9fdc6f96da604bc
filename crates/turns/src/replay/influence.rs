//! Which memory mattered: every injected memory is left out once, and what the answers then look like is held against
//! how much the turn's own answers vary.
//!
//! **Arms.** The turn as it was; no memory at all; each memory left out; each group of near-duplicates left out
//! together. When nothing of this but `no memory` changed anything, memories may say the same in different words: then
//! pairs are left out, at most `PAIRS` of them, those with the most words in common first.
//!
//! **Rule.** `away` is how far the answers of an arm are from the turn's own (`likeness::between`), `own` how far the
//! turn's own are from each other (`likeness::within`), `noise` the greater of `own` and the arm's own spread. An arm
//! *changed* the answer when `away - noise >= CHANGE`. It *did not* when `away - noise <= SAME` and `noise <= NOISE`:
//! where answers vary by themselves, no change to be seen is no finding. Everything else is not clear, and so is
//! everything when there are fewer than two answers of the turn's own or none of the arm.
//!
//! **Verdicts.** Decisive: leaving it out changed the answer. Redundant: leaving it out alone did not, and a group or
//! pair with it did, none of whose members alone did. Inert: leaving it out did not change the answer, nor did any
//! group or pair with it. Unclear: the rest.
//!
//! What it cannot see: memories that say the same in different words, while another memory is decisive; and what is
//! said with the same words but means another thing.

use super::likeness::{between, same_words, within};
use rearview_domain::memory::RecalledMemory;
use rearview_domain::replay::{
    Arm, ArmMemory, FEWEST_SAMPLES, InfluenceMark, InfluenceVerdict, Replay, ReplaySample, SampleState,
};
use std::collections::BTreeSet;

/// From here on above the noise an answer has changed. Another name in a sentence of ten words is about 0.2.
pub const CHANGE: f64 = 0.15;
/// Up to here above the noise an answer has not changed.
pub const SAME: f64 = 0.05;
/// Above this an arm varies too much by itself for "no change" to mean anything.
pub const NOISE: f64 = 0.35;
/// Memories that share this much of their words are near-duplicates.
pub const NEAR: f64 = 0.6;
/// Pairs that are left out when nothing else changed anything.
pub const PAIRS: usize = 6;

/// The arms that are always sent. The first is the turn as it was. Where all memories are left out together anyway, as
/// a pair of two or as one group, that is the request without memory, and it is not sent twice.
pub fn arms(injected: &[&RecalledMemory]) -> Vec<Arm> {
    let all: Vec<String> = injected.iter().map(|memory| memory.id.clone()).collect();
    let groups = if all.len() == 2 { vec![all.clone()] } else { groups(injected) };
    let mut arms = vec![Arm::as_it_was()];
    if all.len() > 2 && groups.iter().all(|group| group.len() < all.len()) {
        arms.push(Arm::no_memory());
    }
    arms.extend(all.into_iter().map(|id| Arm::without(vec![id])));
    arms.extend(groups.into_iter().map(Arm::without));
    arms
}

/// Groups of two and more near-duplicates, in the order of the block. What is near a member is near the group.
pub fn groups(injected: &[&RecalledMemory]) -> Vec<Vec<String>> {
    let mut group: Vec<usize> = (0..injected.len()).collect();
    for (at, one) in injected.iter().enumerate() {
        for (other_at, other) in injected.iter().enumerate().skip(at + 1) {
            if same_words(&one.text, &other.text) >= NEAR {
                let (keep, drop) = (group[at].min(group[other_at]), group[at].max(group[other_at]));
                group.iter_mut().filter(|of| **of == drop).for_each(|of| *of = keep);
            }
        }
    }
    let members = |of: usize| {
        let inside = injected.iter().zip(&group).filter(move |(_, group)| **group == of);
        inside.map(|(memory, _)| memory.id.clone()).collect::<Vec<_>>()
    };
    (0..injected.len()).map(members).filter(|group| group.len() > 1).collect()
}

/// Pairs that are tried when nothing else changed anything: those with the most words in common first, at most `PAIRS`,
/// and none that was left out together before.
pub fn pairs(injected: &[&RecalledMemory]) -> Vec<Arm> {
    if injected.len() < 3 {
        return Vec::new();
    }
    let groups = groups(injected);
    let mut pairs: Vec<(f64, Vec<String>)> = Vec::new();
    for (at, one) in injected.iter().enumerate() {
        for other in &injected[at + 1..] {
            let pair = vec![one.id.clone(), other.id.clone()];
            if !groups.iter().any(|group| pair.iter().all(|id| group.contains(id))) {
                pairs.push((same_words(&one.text, &other.text), pair));
            }
        }
    }
    pairs.sort_by(|a, b| b.0.total_cmp(&a.0));
    pairs.into_iter().take(PAIRS).map(|(_, pair)| Arm::without(pair)).collect()
}

/// The texts that count of every arm, in the order of the arms: whole answers, with what they called, and for the
/// first arm the answer that the turn itself got.
pub fn texts(replay: &Replay, samples: &[ReplaySample]) -> Vec<Vec<String>> {
    let of = |arm: usize| {
        let original = replay.original.iter().filter(|_| arm == 0).map(|original| original.text.clone());
        let own = samples
            .iter()
            .filter(|sample| sample.arm as usize == arm && sample.state == SampleState::Finished)
            .map(words);
        original.chain(own).collect()
    };
    (0..replay.arms.len()).map(of).collect()
}

/// What is compared of a sample: its words, and the tools that it called.
fn words(sample: &ReplaySample) -> String {
    let calls = sample.calls.iter().map(|call| format!("{} {}", call.name, call.arguments));
    std::iter::once(sample.text.clone()).chain(calls).collect::<Vec<_>>().join("\n")
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Effect {
    Changed,
    Same,
    Unclear,
}

/// What an arm did to the answer, by the rule above.
fn effect(base: &[&str], arm: &[&str]) -> Effect {
    let (Some(own), Some(away)) = (within(base), between(base, arm)) else { return Effect::Unclear };
    let noise = own.max(within(arm).unwrap_or(0.0));
    match away - noise {
        above if above >= CHANGE => Effect::Changed,
        above if above <= SAME && noise <= NOISE => Effect::Same,
        _ => Effect::Unclear,
    }
}

/// An arm that left memories out.
struct Left<'a> {
    without: BTreeSet<&'a str>,
    effect: Effect,
    texts: Vec<&'a str>,
}

/// Whether pairs are to be tried: no memory, and no group of near-duplicates, changed anything when it was left out,
/// and leaving out all of them did.
pub fn wants_pairs(replay: &Replay, texts: &[Vec<String>]) -> bool {
    let (base, left) = read(replay, texts);
    let none = replay.arms.iter().position(|arm| arm.arm == Arm::no_memory());
    let none = none.and_then(|at| texts.get(at)).map(|texts| texts.iter().map(String::as_str).collect());
    let none: Vec<&str> = none.unwrap_or_default();
    effect(&base, &none) == Effect::Changed && left.iter().all(|left| left.effect != Effect::Changed)
}

/// The marks of the memories that were left out alone, in the order of the arms.
pub fn marks(replay: &Replay, texts: &[Vec<String>]) -> Vec<InfluenceMark> {
    let (base, left) = read(replay, texts);
    let own = within(&base);
    let single = |id: &str| left.iter().find(|left| left.without.len() == 1 && left.without.contains(id));
    let mut marks = Vec::new();
    for one in left.iter().filter(|left| left.without.len() == 1) {
        let Some(id) = one.without.first().copied() else { continue };
        let together: Vec<&Left<'_>> =
            left.iter().filter(|left| left.without.len() > 1 && left.without.contains(id)).collect();
        let alone_same = |id: &&str| single(id).is_some_and(|left| left.effect == Effect::Same);
        let enough = together
            .iter()
            .find(|group| group.effect == Effect::Changed && group.without.iter().all(alone_same));
        let verdict = match (one.effect, enough) {
            (Effect::Changed, _) => InfluenceVerdict::Decisive,
            (Effect::Same, Some(_)) => InfluenceVerdict::Redundant,
            (Effect::Same, None) if together.iter().all(|group| settled(group, &left)) => {
                InfluenceVerdict::Inert
            }
            _ => InfluenceVerdict::Unclear,
        };
        let with = match (verdict, enough) {
            (InfluenceVerdict::Redundant, Some(group)) => {
                group.without.iter().filter(|other| **other != id).map(|other| (*other).to_owned()).collect()
            }
            _ => Vec::new(),
        };
        let samples = u32::try_from(one.texts.len()).unwrap_or(u32::MAX);
        let of_base = u32::try_from(base.len()).unwrap_or(u32::MAX);
        marks.push(InfluenceMark {
            memory_id: id.to_owned(),
            verdict,
            with,
            samples,
            away: between(&base, &one.texts),
            own,
            anecdote: samples.min(of_base) < FEWEST_SAMPLES,
        });
    }
    marks
}

/// Whether what a group did is known and does not speak against its members: it changed nothing, or one of its
/// members alone explains the change.
fn settled(group: &Left<'_>, left: &[Left<'_>]) -> bool {
    match group.effect {
        Effect::Same => true,
        Effect::Unclear => false,
        Effect::Changed => left.iter().any(|one| {
            one.without.len() == 1 && one.effect == Effect::Changed && one.without.is_subset(&group.without)
        }),
    }
}

/// The texts of the turn as it was, and the arms that left memories out.
fn read<'a>(replay: &'a Replay, texts: &'a [Vec<String>]) -> (Vec<&'a str>, Vec<Left<'a>>) {
    let of = |at: usize| -> Vec<&'a str> {
        texts.get(at).map(|texts| texts.iter().map(String::as_str).collect()).unwrap_or_default()
    };
    let base = of(0);
    let left = replay.arms.iter().enumerate().filter_map(|(at, arm)| {
        let Arm { memory: ArmMemory::Recorded { without, edited }, placement: None, model: None } = &arm.arm
        else {
            return None;
        };
        if without.is_empty() || !edited.is_empty() {
            return None;
        }
        let texts = of(at);
        let without = without.iter().map(String::as_str).collect();
        Some(Left { without, effect: effect(&base, &texts), texts })
    });
    let left = left.collect();
    (base, left)
}

#[cfg(test)]
mod tests;

//! Fusion: one score out of similarity, words, neighbours, entities, causes, dates, age and proof.
//!
//! A weighted sum of the raw scores, since ranks throw away how much better the first is than the second. All
//! constants are from measurements on retrieval sets unless they say otherwise. Arms are computed elsewhere;
//! here they meet. Called by `recall` within a blocking task.

use super::keyword::Hit;
use super::request::{Ask, FEWEST_SEMANTIC};
use super::temporal::{self, Window};
use super::{graph, semantic};
use crate::resident::{Bits, Held, Resident};
use crate::unit::Kind;
use std::collections::{BTreeSet, HashMap, HashSet};

/// What the best keyword score is worth beside a cosine of 1 (the surface is flat from 0.2 to 0.5).
const WORDS: f32 = 0.4;
/// The share of the base of the fact before or behind it in its document: what belongs together was said together.
const NEIGHBOUR: f32 = 0.2;
/// How far age moves a score, at most half of it either way …
const RECENCY: f32 = 0.1;
/// … and when the question asks how things are now.
const RECENCY_LATEST: f32 = 0.2;
/// How far the number of sources moves an observation's score, half of it either way (hindsight 1.1).
const PROOF: f32 = 0.1;
/// Age at which a memory is as old as can be (hindsight 1.1).
const OLDEST_DAYS: f32 = 365.0;
/// What is left of recency then (hindsight 1.1).
const OLDEST: f32 = 0.1;
/// What has no date (hindsight 1.1).
const DATELESS: f32 = 0.5;
/// Cosine from which an observation and a fact say the same (hindsight 1.1 uses it for observations).
const SAME_THING: f32 = 0.97;
/// Cosine from which two memories say the same in the same words; "paid 30" and "paid 40" are below.
const SAME_WORDS: f32 = 0.999;
/// What is left of the score of a memory that says again what a better one says.
const REPEATED: f32 = 0.5;
/// The best answers among which repetitions are looked for.
const LOOKED_THROUGH: usize = 60;
const DAY_MS: f32 = 86_400_000.0;

/// A memory that may be answered, with everything that speaks for it.
#[derive(Clone, Debug)]
pub(crate) struct Candidate {
    pub(crate) unit: i64,
    pub(crate) kind: Kind,
    pub(crate) tokens: u32,
    /// Of the question's vector with its own, at least 0; `None` when one of them has none.
    pub(crate) cosine: Option<f32>,
    /// BM25.
    pub(crate) keyword: Option<f64>,
    /// Places in the arms that brought it, from 1.
    pub(crate) ranks: Ranks,
    /// The parts of the sum.
    pub(crate) words: f32,
    pub(crate) neighbour: f32,
    pub(crate) graph: f32,
    pub(crate) temporal: f32,
    /// 0 to 1.
    pub(crate) recency: f32,
    /// 0 to 1; 0.5 for facts.
    pub(crate) proof: f32,
    /// What the sum is multiplied with.
    pub(crate) factor: f32,
    /// The memory that it repeats.
    pub(crate) repeats: Option<i64>,
    pub(crate) score: f32,
}

/// Places in the arms, from 1.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Ranks {
    pub(crate) semantic: Option<u32>,
    pub(crate) keyword: Option<u32>,
    pub(crate) graph: Option<u32>,
    pub(crate) temporal: Option<u32>,
}

impl Candidate {
    /// Similarity and words.
    pub(crate) fn base(&self) -> f32 {
        self.cosine.unwrap_or(0.0) + self.words
    }

    /// The sum before age and proof.
    pub(crate) fn sum(&self) -> f32 {
        self.base() + self.neighbour + self.graph + self.temporal
    }

    fn settle(&mut self) {
        self.score = self.sum() * self.factor * if self.repeats.is_some() { REPEATED } else { 1.0 };
    }
}

/// What fusion works on.
pub(crate) struct Table<'a> {
    pub(crate) bank: &'a Resident,
    pub(crate) ask: &'a Ask,
    pub(crate) vector: Option<&'a [f32]>,
    /// Allowed only; best first.
    pub(crate) hits: &'a [Hit],
    /// Entities that the question names, by `no`; `None` when the graph is off.
    pub(crate) named: Option<&'a [i64]>,
    pub(crate) window: Option<Window>,
    /// The question asks how things are now.
    pub(crate) latest: bool,
    pub(crate) allowed: &'a Bits,
}

impl Table<'_> {
    /// Everything that an arm brings, scored but for causes, best first.
    pub(crate) fn candidates(&self) -> Vec<Candidate> {
        let bank = self.bank;
        let cosines = semantic::cosines(bank, self.vector, self.allowed);
        let words = self.words();
        let base = |place: usize| {
            cosines.get(place).copied().unwrap_or(0.0).max(0.0) + words.get(&place).map_or(0.0, |w| w.0)
        };
        let floor = self.ask.min_scores.semantic.unwrap_or(semantic::FLOOR) as f32;
        let most = self.ask.candidates.max(FEWEST_SEMANTIC);
        let near = match self.vector {
            Some(_) => semantic::nearest(bank, &cosines, self.allowed, floor, most),
            None => Vec::new(),
        };
        let slots = self.slots(&cosines, base);

        let mut places: BTreeSet<usize> = near.iter().copied().collect();
        places.extend(words.keys());
        places.extend(&slots);
        let neighbours: Vec<usize> = places.iter().flat_map(|place| self.beside(*place)).collect();
        places.extend(neighbours);

        let mut candidates: HashMap<usize, Candidate> = HashMap::with_capacity(places.len());
        for place in places {
            let Some(held) = bank.at(place) else { continue };
            let mut candidate = self.candidate(held, cosines.get(place).copied(), words.get(&place));
            let best = self.beside(place).into_iter().map(base).fold(0.0, f32::max);
            candidate.neighbour = NEIGHBOUR * best;
            candidates.insert(place, candidate);
        }
        let mut number = |places: &[usize], rank: fn(&mut Ranks) -> &mut Option<u32>| {
            for (place, number) in places.iter().zip(1..) {
                if let Some(candidate) = candidates.get_mut(place) {
                    *rank(&mut candidate.ranks) = Some(number);
                }
            }
        };
        number(&near, |ranks| &mut ranks.semantic);
        number(&slots, |ranks| &mut ranks.temporal);
        let mut ordered: Vec<(usize, Candidate)> = candidates.into_iter().collect();
        if let Some(named) = self.named {
            ordered.sort_by(|a, b| (b.1.sum()).total_cmp(&a.1.sum()).then(a.1.unit.cmp(&b.1.unit)));
            let seeds: Vec<usize> = ordered.iter().take(graph::SEEDS).map(|(place, _)| *place).collect();
            let weights = graph::weights(bank, named, &seeds);
            for (place, candidate) in &mut ordered {
                candidate.graph = bank.at(*place).map_or(0.0, |held| graph::bonus(&held.entities, &weights));
            }
        }
        let mut candidates: Vec<Candidate> = ordered.into_iter().map(|(_, candidate)| candidate).collect();
        order(&mut candidates);
        candidates
    }

    /// Adds what causes are worth, looks for repetitions and puts all in their final order.
    pub(crate) fn finish(&self, candidates: &mut Vec<Candidate>, causal: &BTreeSet<i64>) {
        let known: HashSet<i64> = candidates.iter().map(|candidate| candidate.unit).collect();
        for place in causal.iter().filter(|unit| !known.contains(unit)).filter_map(|u| self.bank.place(*u)) {
            if let Some(held) = self.bank.at(place).filter(|_| self.allowed.has(place)) {
                let mut only = Bits::new(self.bank.span());
                only.add(place);
                let cosine = semantic::cosines(self.bank, self.vector, &only).get(place).copied();
                candidates.push(self.candidate(held, cosine, None));
            }
        }
        for candidate in candidates.iter_mut().filter(|candidate| causal.contains(&candidate.unit)) {
            candidate.graph += graph::CAUSAL_BONUS;
            candidate.settle();
        }
        order(candidates);
        self.find_repetitions(candidates);
        number_graph(candidates);
    }

    fn candidate(&self, held: &Held, cosine: Option<f32>, words: Option<&(f32, f64, u32)>) -> Candidate {
        let now = self.ask.now.timestamp().as_millisecond();
        let recency = recency(held, now);
        let proof = proof(held);
        let weight = if self.latest { RECENCY_LATEST } else { RECENCY };
        let mut candidate = Candidate {
            unit: held.unit,
            kind: held.kind,
            tokens: held.tokens,
            cosine: cosine.filter(|_| held.encoded && self.vector.is_some()).map(|cosine| cosine.max(0.0)),
            keyword: words.map(|words| words.1),
            ranks: Ranks { keyword: words.map(|words| words.2), ..Ranks::default() },
            words: words.map_or(0.0, |words| words.0),
            neighbour: 0.0,
            graph: 0.0,
            temporal: if self.window.is_some_and(|window| window.holds(held)) {
                temporal::BONUS
            } else {
                0.0
            },
            recency,
            proof,
            factor: (1.0 + weight * (recency - 0.5)) * (1.0 + PROOF * (proof - 0.5)),
            repeats: None,
            score: 0.0,
        };
        candidate.settle();
        candidate
    }

    /// The hits by place: worth, BM25, rank.
    fn words(&self) -> HashMap<usize, (f32, f64, u32)> {
        let floor = self.ask.min_scores.keyword.unwrap_or(0.0);
        let best = self.hits.first().map_or(0.0, |hit| hit.score);
        let kept = self.hits.iter().filter(|hit| hit.score >= floor).zip(1..);
        kept.filter_map(|(hit, rank)| {
            let place = self.bank.place(hit.unit).filter(|place| self.allowed.has(*place))?;
            let worth = if best > 0.0 { (hit.score / best) as f32 } else { 1.0 };
            Some((place, (WORDS * worth.clamp(0.0, 1.0), hit.score, rank)))
        })
        .collect()
    }

    /// The places that the window brings, in the order in which it does.
    fn slots(&self, cosines: &[f32], base: impl Fn(usize) -> f32) -> Vec<usize> {
        let Some(window) = self.window else { return Vec::new() };
        let near = |place: usize| cosines.get(place).is_some_and(|cosine| *cosine >= temporal::FLOOR);
        let inside = self
            .bank
            .iter()
            .filter(|(place, held)| self.allowed.has(*place) && window.holds(held))
            .filter(|(place, held)| self.vector.is_none() || !held.encoded || near(*place))
            .filter_map(|(place, held)| Some((place, temporal::date(held)?, base(place))))
            .collect();
        temporal::slots(inside)
    }

    /// The allowed memories before and behind one in its document.
    fn beside(&self, place: usize) -> Vec<usize> {
        let Some(held) = self.bank.at(place) else { return Vec::new() };
        let siblings = self.bank.siblings(held);
        let at = siblings.partition_point(|other| {
            self.bank.at(*other as usize).is_some_and(|other| other.order() < held.order())
        });
        let allowed = |place: &usize| self.allowed.has(*place);
        let before = siblings.get(..at).unwrap_or_default().iter().rev().map(|p| *p as usize).find(allowed);
        let behind = siblings.get(at + 1..).unwrap_or_default().iter().map(|p| *p as usize).find(allowed);
        before.into_iter().chain(behind).collect()
    }

    /// Puts what a better one already says further back; nothing is dropped, since even the same words twice are
    /// two memories.
    fn find_repetitions(&self, candidates: &mut [Candidate]) {
        let matrix = self.bank.matrix();
        let places: Vec<Option<usize>> = candidates
            .iter()
            .take(LOOKED_THROUGH)
            .map(|candidate| self.bank.place(candidate.unit).filter(|_| candidate.cosine.is_some()))
            .collect();
        let looked: Vec<(i64, Kind, usize)> = candidates
            .iter()
            .zip(&places)
            .filter_map(|(candidate, place)| Some((candidate.unit, candidate.kind, (*place)?)))
            .collect();
        for (index, (unit, kind, place)) in looked.iter().enumerate() {
            let better = looked.get(..index).unwrap_or_default();
            let others: Vec<usize> = better.iter().map(|(.., other)| *other).collect();
            let alike = matrix.among(*place, &others);
            let original = better.iter().zip(alike).find(|((_, other_kind, _), alike)| {
                let mixed = (*kind == Kind::Observation) != (*other_kind == Kind::Observation);
                *alike >= if mixed { SAME_THING } else { SAME_WORDS }
            });
            if let Some(((original, ..), _)) = original
                && let Some(candidate) = candidates.iter_mut().find(|candidate| candidate.unit == *unit)
            {
                candidate.repeats = Some(*original);
                candidate.settle();
            }
        }
        order(candidates);
    }
}

/// Best first; of equals the one written first.
fn order(candidates: &mut [Candidate]) {
    candidates.iter_mut().for_each(Candidate::settle);
    candidates.sort_by(|a, b| b.score.total_cmp(&a.score).then(a.unit.cmp(&b.unit)));
}

/// Places by what the graph gave.
fn number_graph(candidates: &mut [Candidate]) {
    let mut by_graph: Vec<&mut Candidate> = candidates.iter_mut().filter(|c| c.graph > 0.0).collect();
    by_graph.sort_by(|a, b| b.graph.total_cmp(&a.graph).then(a.unit.cmp(&b.unit)));
    for (candidate, rank) in by_graph.into_iter().zip(1..) {
        candidate.ranks.graph = Some(rank);
    }
}

/// 1 for today and the future, falling to [`OLDEST`] within a year.
fn recency(held: &Held, now: i64) -> f32 {
    match temporal::date(held) {
        Some(at) => (1.0 - (now.saturating_sub(at) as f32 / DAY_MS) / OLDEST_DAYS).clamp(OLDEST, 1.0),
        None => DATELESS,
    }
}

/// How well an observation is proved: 0.5 for one source, more by the logarithm (hindsight 1.1); facts 0.5.
fn proof(held: &Held) -> f32 {
    match held.kind {
        Kind::Observation => (0.5 + (held.proof.max(1) as f32).ln() / 10.0).clamp(0.0, 1.0),
        Kind::World | Kind::Experience => 0.5,
    }
}

#[cfg(test)]
#[path = "fuse_tests.rs"]
mod tests;

//! The walk through the gates: the recall as it was asked, and reruns that lift one gate each.

use super::find::{Found, find};
use super::{Expected, WhyChange, WhyGate, WhyNot, change, filter, steps};
use crate::stage::{Candidate, Fate, Stages};
use rearview_domain::BankId;
use rearview_domain::memory::{Budget, FactType, MinScores};
use rearview_hindsight::{Client, Fact, MemoryState, RecallAnswer, RecallRequest, Result};
use serde_json::{Value, json};
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

/// Below every cosine: what has nothing to do with a question is often less than 0 near to it.
pub(super) const NO_FLOOR: f64 = -1.0;
/// Gates in a row that are climbed before giving up.
const MOST_GATES: usize = 6;
/// Answered observations that are looked into for the one that was made of a fact.
const LOOKED_INTO: usize = 20;

/// What is asked.
#[derive(Clone, Copy, Debug)]
pub struct Asked<'a> {
    /// The memory server.
    pub client: &'a Client,
    /// The bank that is recalled from.
    pub bank: &'a BankId,
    /// How it is recalled from.
    pub request: &'a RecallRequest,
    /// The fact that was expected.
    pub expected: &'a Expected,
    /// How many facts a turn takes of the answer; `None` for all.
    pub max_memories: Option<u32>,
}

/// One recall that was made.
struct Seen {
    answer: RecallAnswer,
    stages: Stages,
}

impl Seen {
    fn place(&self, id: &str) -> Option<u32> {
        self.answer.results.iter().zip(1..).find(|(one, _)| one.id == id).map(|(_, rank)| rank)
    }
}

/// The recalls of one explanation; none is made twice.
struct Recalls<'a> {
    client: &'a Client,
    bank: BankId,
    made: HashMap<String, Arc<Seen>>,
    count: u32,
}

impl Recalls<'_> {
    async fn ask(&mut self, request: &RecallRequest) -> Result<Arc<Seen>> {
        let mut request = request.clone();
        request.trace = Some(true);
        let key = format!("{} {}", self.bank, json!(request));
        if let Some(seen) = self.made.get(&key) {
            return Ok(Arc::clone(seen));
        }
        self.count += 1;
        let answer = self.client.recall(&self.bank, &request).await?.value;
        let stages = Stages::of(&request, &answer);
        let seen = Arc::new(Seen { answer, stages });
        self.made.insert(key, Arc::clone(&seen));
        Ok(seen)
    }

    async fn place(&mut self, request: &RecallRequest, id: &str) -> Result<Option<u32>> {
        Ok(self.ask(request).await?.place(id))
    }

    async fn candidate(&mut self, request: &RecallRequest, id: &str) -> Result<Option<Candidate>> {
        Ok(self.ask(request).await?.stages.candidate(id).cloned())
    }
}

/// Names the first gate that stopped a fact and the smallest change that lets it in, proved by a recall.
///
/// # Errors
/// The server's. Nothing is changed on it.
pub async fn why_not(asked: Asked<'_>) -> Result<WhyNot> {
    let (bank, fact) = match find(asked.client, asked.bank, asked.expected).await? {
        Found::In(bank, fact) => (bank, *fact),
        Found::Waiting(operations) => {
            let wait = WhyChange { field: "wait".to_owned(), from: json!(operations), to: Value::Null };
            return Ok(not_found(&asked, WhyGate::NotExtracted { operations }, vec![wait]));
        }
        Found::Nowhere => return Ok(not_found(&asked, WhyGate::NotThere, Vec::new())),
    };
    let mut recalls = Recalls { client: asked.client, bank: bank.clone(), made: HashMap::new(), count: 0 };
    let mut walk = Walk { request: asked.request.clone(), changes: Vec::new(), changed: false };
    let mut first = None;
    if bank != *asked.bank {
        walk.changes.push(changed("bank", json!(asked.bank), json!(bank)));
        first = Some(WhyGate::OtherBank { bank_id: bank.clone() });
    }
    let mut proved = Some(false);
    for _ in 0..MOST_GATES {
        let gate = gate(&mut recalls, &walk.request, &fact, asked.max_memories).await?;
        let word = gate.word();
        let stopped = first.get_or_insert_with(|| gate.clone()).clone();
        match gate {
            WhyGate::In { .. } => {
                proved = Some(true);
                break;
            }
            WhyGate::Invalidated { .. } => {
                walk.changes.push(changed("state", json!("invalidated"), json!("valid")));
                proved = None;
                break;
            }
            WhyGate::OwnCap { rank, most } => {
                walk.changes.push(changed("max_memories", json!(most), json!(rank)));
                proved = Some(true);
                break;
            }
            gate => {
                tracing::debug!(gate = word, first = stopped.word(), "a fact was stopped");
                if !walk.over(&mut recalls, &gate, &fact).await? {
                    break;
                }
            }
        }
    }
    let gate = first.unwrap_or(WhyGate::NotKnown { why: "Nothing was recalled.".to_owned() });
    if proved == Some(false) {
        // What does not let it in is no way in.
        walk = Walk { request: asked.request.clone(), changes: Vec::new(), changed: false };
    }
    let own_words = match &gate {
        WhyGate::In { .. } | WhyGate::Invalidated { .. } => None,
        _ => {
            let own = change::own_words(asked.request, &fact).request;
            recalls.place(&own, &fact.id).await?
        }
    };
    let capped = asked.max_memories.is_some();
    Ok(WhyNot {
        steps: steps(&gate, capped),
        gate,
        bank_id: bank,
        fact: Some(fact),
        request: walk.changed.then_some(walk.request),
        changes: walk.changes,
        proved,
        own_words,
        recalls: recalls.count,
    })
}

fn changed(field: &str, from: Value, to: Value) -> WhyChange {
    WhyChange { field: field.to_owned(), from, to }
}

fn not_found(asked: &Asked<'_>, gate: WhyGate, changes: Vec<WhyChange>) -> WhyNot {
    WhyNot {
        fact: None,
        bank_id: asked.bank.clone(),
        steps: steps(&gate, asked.max_memories.is_some()),
        gate,
        changes,
        request: None,
        proved: None,
        own_words: None,
        recalls: 0,
    }
}

/// The request on its way over the gates.
struct Walk {
    request: RecallRequest,
    changes: Vec<WhyChange>,
    changed: bool,
}

impl Walk {
    /// Takes the smallest step that lets the fact in; else the smallest that leads to a later gate. False when no step
    /// leads anywhere.
    async fn over(&mut self, recalls: &mut Recalls<'_>, gate: &WhyGate, fact: &Fact) -> Result<bool> {
        let stages = recalls.ask(&self.request).await?.stages.clone();
        let steps = change::steps(&self.request, gate, fact, &stages);
        for step in &steps {
            if recalls.place(&step.request, &fact.id).await?.is_some() {
                self.take(step.clone());
                return Ok(true);
            }
        }
        for step in steps {
            let next = self::gate(recalls, &step.request, fact, None).await?;
            if next.word() != gate.word() && !matches!(next, WhyGate::NotKnown { .. }) {
                self.take(step);
                return Ok(true);
            }
        }
        Ok(false)
    }

    fn take(&mut self, step: change::Step) {
        self.request = step.request;
        self.changes.push(step.change);
        self.changed = true;
    }
}

/// The first gate that stops a fact which the asked bank holds.
async fn gate(
    recalls: &mut Recalls<'_>,
    request: &RecallRequest,
    fact: &Fact,
    max_memories: Option<u32>,
) -> Result<WhyGate> {
    let seen = recalls.ask(request).await?;
    if let Some(rank) = seen.place(&fact.id) {
        return Ok(match max_memories.filter(|most| rank > *most) {
            Some(most) => WhyGate::OwnCap { rank, most },
            None => WhyGate::In { rank },
        });
    }
    if fact.state == Some(MemoryState::Invalidated) {
        let (reason, at) = (fact.invalidation_reason.clone(), fact.invalidated_at.clone());
        return Ok(WhyGate::Invalidated { reason, at });
    }
    if let Some(gate) = filter::kind(request, fact).or_else(|| filter::tags(request, fact)) {
        return Ok(gate);
    }
    let fuzzy = request.tag_groups.iter().any(|group| filter::fits_group(group, &fact.tags).is_none());
    if fuzzy {
        let without = RecallRequest { tag_groups: Vec::new(), ..request.clone() };
        if recalls.place(&without, &fact.id).await?.is_some() {
            return Ok(WhyGate::Tags { tags: fact.tags.clone() });
        }
    }
    if let Some(window) = &request.temporal_window {
        let without = RecallRequest { temporal_window: None, ..request.clone() };
        if recalls.place(&without, &fact.id).await?.is_some() {
            return Ok(WhyGate::Window { start: window.start.clone(), end: window.end.clone() });
        }
    }
    match seen.stages.candidate(&fact.id) {
        Some(candidate) => of_candidate(recalls, request, fact, &seen, candidate).await,
        None => of_nobody(recalls, request, fact, &seen).await,
    }
}

/// How many a server hands to its reranker (Hindsight 1.1).
const RERANKED: u32 = 300;

/// The floor that must have taken a candidate which the fusion cannot have cut: the traces of Hindsight 1.1 show
/// what is left behind the last floor, and no score of what fell.
fn final_floor_of(request: &RecallRequest, fused: Option<u32>) -> Option<(&'static str, f64)> {
    let floors = request.min_scores.as_ref().filter(|_| fused.is_some_and(|rank| rank <= RERANKED))?;
    floors.r#final.map(|floor| ("final", floor)).or(floors.reranker.map(|floor| ("reranker", floor)))
}

/// The gate of a fact that an arm brought.
async fn of_candidate(
    recalls: &mut Recalls<'_>,
    request: &RecallRequest,
    fact: &Fact,
    seen: &Seen,
    candidate: &Candidate,
) -> Result<WhyGate> {
    Ok(match &candidate.fate {
        Fate::Answered { rank } => WhyGate::In { rank: *rank },
        Fate::Prefiltered => match final_floor_of(request, candidate.fused_rank) {
            Some((which, floor)) => WhyGate::FinalFloor { which: which.to_owned(), floor, score: None },
            None => WhyGate::Cap { stage: "fusion".to_owned(), rank: candidate.fused_rank, most: None },
        },
        Fate::MinScore { which, floor, score } => {
            WhyGate::FinalFloor { which: which.clone(), floor: *floor, score: *score }
        }
        Fate::Cap { most } => WhyGate::Cap { stage: "rerank".to_owned(), rank: candidate.rank, most: *most },
        Fate::Tokens { over } => {
            // A covered fact would not have fitted either: the earlier gate is the answer.
            let may = request.prefer_observations != Some(false);
            let cause = match may && made_of(recalls, seen, fact).await?.is_some() {
                true => covered(recalls, request, fact, seen, None).await?,
                false => None,
            };
            let max_tokens = seen.stages.max_tokens;
            cause.unwrap_or(WhyGate::Tokens { over: *over, rank: candidate.rank, max_tokens })
        }
        Fate::Covered { by } => {
            let unknown = || WhyGate::NotKnown {
                why: "It was ranked and not answered, and no documented step explains it.".to_owned(),
            };
            covered(recalls, request, fact, seen, by.clone()).await?.unwrap_or_else(unknown)
        }
        Fate::NotKnown => {
            let roomy = RecallRequest {
                max_tokens: Some(
                    seen.stages.max_tokens.unwrap_or(4096).saturating_mul(2).saturating_add(256),
                ),
                ..request.clone()
            };
            match recalls.place(&roomy, &fact.id).await? {
                Some(_) => WhyGate::Tokens {
                    over: candidate.tokens,
                    rank: candidate.rank,
                    max_tokens: seen.stages.max_tokens,
                },
                None => WhyGate::NotKnown {
                    why: "It was ranked and not answered, and the trace does not tell why.".to_owned(),
                },
            }
        }
    })
}

/// Whether an observation took its place: with observations not preferred it is answered, or another gate stops it.
async fn covered(
    recalls: &mut Recalls<'_>,
    request: &RecallRequest,
    fact: &Fact,
    seen: &Seen,
    by: Option<String>,
) -> Result<Option<WhyGate>> {
    let off = RecallRequest { prefer_observations: Some(false), ..request.clone() };
    let lifted = recalls.ask(&off).await?;
    let still = lifted.stages.candidate(&fact.id).map(|one| &one.fate);
    if lifted.place(&fact.id).is_none() && matches!(still, Some(Fate::Covered { .. } | Fate::NotKnown)) {
        return Ok(None);
    }
    let by = match by {
        Some(by) => Some(by),
        None => made_of(recalls, seen, fact).await?,
    };
    let named = seen.answer.results.iter().find(|one| Some(&one.id) == by.as_ref());
    Ok(Some(WhyGate::Covered { text: named.map(|one| one.text.clone()), by }))
}

/// The answered observation that was made of a fact.
async fn made_of(recalls: &Recalls<'_>, seen: &Seen, fact: &Fact) -> Result<Option<String>> {
    let observations = seen.answer.results.iter().filter(|one| one.fact_type == Some(FactType::Observation));
    for one in observations.take(LOOKED_INTO) {
        if one.source_fact_ids.contains(&fact.id) {
            return Ok(Some(one.id.clone()));
        }
        let whole = recalls.client.memory(&recalls.bank, &one.id).await?;
        if whole.source_memory_ids.contains(&fact.id) {
            return Ok(Some(one.id.clone()));
        }
    }
    Ok(None)
}

/// The gate of a fact that no arm brought: a floor of the request, the server's own floor, or the arms' size.
async fn of_nobody(
    recalls: &mut Recalls<'_>,
    request: &RecallRequest,
    fact: &Fact,
    seen: &Seen,
) -> Result<WhyGate> {
    let floors = request.min_scores.clone().unwrap_or_default();
    if floors.semantic.is_some() || floors.keyword.is_some() {
        let lifted = with_floors(request, MinScores { semantic: None, keyword: None, ..floors.clone() });
        if let Some(candidate) = recalls.candidate(&lifted, &fact.id).await? {
            let score = |arm: &str| candidate.arms.get(arm).and_then(|place| place.score);
            let (semantic, keyword) = (score("semantic"), score("bm25"));
            let below = |score: Option<f64>, floor: Option<f64>| matches!((score, floor), (Some(s), Some(f)) if s < f);
            return Ok(match below(semantic, floors.semantic) || !below(keyword, floors.keyword) {
                true => {
                    WhyGate::LaneFloor { arm: "semantic".to_owned(), floor: floors.semantic, score: semantic }
                }
                false => {
                    WhyGate::LaneFloor { arm: "keyword".to_owned(), floor: floors.keyword, score: keyword }
                }
            });
        }
    }
    let no_floor =
        with_floors(request, MinScores { semantic: Some(NO_FLOOR), keyword: None, ..floors.clone() });
    let semantic = |candidate: &Candidate| candidate.arms.get("semantic").and_then(|place| place.score);
    if let Some(score) = recalls.candidate(&no_floor, &fact.id).await?.as_ref().and_then(semantic) {
        return Ok(WhyGate::LaneFloor {
            arm: "semantic".to_owned(),
            floor: floors.semantic,
            score: Some(score),
        });
    }
    let budget = seen.stages.query.as_ref().and_then(|query| query.budget);
    let high = RecallRequest { budget: Some(Budget::High), ..request.clone() };
    let high_no_floor = RecallRequest { budget: Some(Budget::High), ..no_floor };
    for wider in [&high, &high_no_floor] {
        if let Some(candidate) = recalls.candidate(wider, &fact.id).await? {
            return Ok(WhyGate::NoLane { budget, ranks: ranks(&candidate) });
        }
    }
    let own = change::own_words(request, fact).request;
    Ok(match recalls.candidate(&own, &fact.id).await? {
        Some(_) => WhyGate::NoLane { budget, ranks: BTreeMap::new() },
        None => WhyGate::NotKnown {
            why:
                "No arm brings it, not even when it is asked for in its own words. It may not be indexed yet."
                    .to_owned(),
        },
    })
}

fn ranks(candidate: &Candidate) -> BTreeMap<String, u32> {
    let arms = candidate.arms.iter();
    arms.filter_map(|(arm, place)| Some((arm.clone(), place.kind_rank.or(place.rank)?))).collect()
}

fn with_floors(request: &RecallRequest, floors: MinScores) -> RecallRequest {
    let min_scores = (floors != MinScores::default()).then_some(floors);
    RecallRequest { min_scores, ..request.clone() }
}

//! What became of each candidate. The embedded engine says it; of a server that does not, the documented steps are
//! gone through again: floors, observations in place of their facts, twice the budget, tokens.

use super::{Candidate, Make, Stages};
use rearview_domain::memory::FactType;
use rearview_hindsight::{RecallAnswer, RecallRequest, Trace};
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use ts_rs::TS;

/// What became of a candidate.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
#[serde(tag = "kind", rename_all = "snake_case", rename_all_fields = "camelCase")]
#[ts(export)]
pub enum Fate {
    /// It was answered.
    Answered {
        /// Its place in the answer, from 1.
        rank: u32,
    },
    /// An arm found it, and it did not come as far as the rerank.
    Prefiltered,
    /// Below a floor of the request.
    MinScore {
        /// `final` or `reranker`.
        which: String,
        /// The floor.
        floor: f64,
        /// Its score; `None` when the trace does not tell.
        score: Option<f64>,
    },
    /// An observation made of it was answered in its place.
    Covered {
        /// That observation, when it is known.
        by: Option<String>,
    },
    /// Behind as many as can be answered at most.
    Cap {
        /// That many.
        most: Option<u32>,
    },
    /// It did not fit into what was left of the tokens.
    Tokens {
        /// So many tokens are missing.
        over: u32,
    },
    /// The trace does not tell.
    NotKnown,
}

pub(super) fn decide(stages: &mut Stages, request: &RecallRequest, answer: &RecallAnswer, trace: &Trace) {
    let places: HashMap<&str, u32> = answer.results.iter().map(|one| one.id.as_str()).zip(1..).collect();
    let said: HashMap<&str, &str> =
        trace.fusion.iter().filter_map(|one| Some((one.node_id.as_str(), one.gate.as_deref()?))).collect();
    let covered = covered(answer);
    let may_prefer = may_prefer(request, answer);
    let (make, most, limit) = (stages.make, stages.most, stages.max_tokens);
    let (mut used, mut counted) = (0_u32, 0_u32);
    for candidate in &mut stages.candidates {
        let place = places.get(candidate.id.as_str()).copied();
        if place.is_none() && candidate.rank.is_none() {
            candidate.fate = Fate::Prefiltered;
            continue;
        }
        let over = limit.map_or(0, |limit| used.saturating_add(candidate.tokens).saturating_sub(limit));
        candidate.fate = match (place, said.get(candidate.id.as_str()).copied()) {
            (Some(rank), _) => Fate::Answered { rank },
            // The engine said so, and it may have been a floor that the trace does not show.
            (None, Some("min_score")) => below(request, candidate, make).unwrap_or(Fate::NotKnown),
            (None, Some("prefer_observations")) => {
                Fate::Covered { by: covered.get(candidate.id.as_str()).cloned() }
            }
            (None, Some("budget")) => Fate::Cap { most },
            (None, Some("packed_out")) => Fate::Tokens { over: over.max(1) },
            (None, Some(_)) => Fate::NotKnown,
            (None, None) => derived(candidate, request, make, &covered, may_prefer, (counted, most), over),
        };
        if !matches!(candidate.fate, Fate::MinScore { .. } | Fate::Covered { .. }) {
            counted += 1;
        }
        if place.is_some() {
            used = used.saturating_add(candidate.tokens);
        }
    }
}

fn derived(
    candidate: &Candidate,
    request: &RecallRequest,
    make: Make,
    covered: &HashMap<&str, String>,
    may_prefer: bool,
    (counted, most): (u32, Option<u32>),
    over: u32,
) -> Fate {
    if let Some(fate) = below(request, candidate, make) {
        return fate;
    }
    if may_prefer && let Some(by) = covered.get(candidate.id.as_str()) {
        return Fate::Covered { by: Some(by.clone()) };
    }
    if most.is_some_and(|most| counted >= most) {
        return Fate::Cap { most };
    }
    if over > 0 {
        return Fate::Tokens { over };
    }
    // It would have fitted: the one step left takes facts out for their observations.
    match may_prefer && candidate.fact_type.is_none_or(|kind| kind != FactType::Observation) {
        true => Fate::Covered { by: None },
        false => Fate::NotKnown,
    }
}

fn below(request: &RecallRequest, candidate: &Candidate, make: Make) -> Option<Fate> {
    let floors = request.min_scores.clone().unwrap_or_default();
    let fate = |which: &str, floor, score| Fate::MinScore { which: which.to_owned(), floor, score };
    if let Some(floor) = floors.r#final
        && candidate.score.is_some_and(|score| score < floor)
    {
        return Some(fate("final", floor, candidate.score));
    }
    let floor = floors.reranker?;
    match make {
        Make::Reranked => {
            let reranker = candidate.factors.iter().find(|one| one.name == "cross_encoder");
            let score = reranker.map(|one| one.times).filter(|score| *score < floor)?;
            Some(fate("reranker", floor, Some(score)))
        }
        // There is no reranker; the engine takes the place in the order for its score and does not tell it.
        Make::Summed => Some(fate("reranker", floor, None)),
        Make::Untraced => None,
    }
}

/// The facts of answered observations, as far as source facts were asked for.
fn covered(answer: &RecallAnswer) -> HashMap<&str, String> {
    let observations = answer.results.iter();
    observations
        .flat_map(|one| one.source_fact_ids.iter().map(move |fact| (fact.as_str(), one.id.clone())))
        .collect()
}

/// Whether facts may have been left out for their observations: that takes both kinds to be asked for. A request
/// that says nothing leaves it to the bank.
fn may_prefer(request: &RecallRequest, answer: &RecallAnswer) -> bool {
    let asked = |kind: FactType| request.types.is_empty() || request.types.contains(&kind);
    request.prefer_observations != Some(false)
        && asked(FactType::Observation)
        && (asked(FactType::World) || asked(FactType::Experience))
        && answer.results.iter().any(|one| one.fact_type == Some(FactType::Observation))
}

/// The tokens that let a candidate in that did not fit, or fewer than are allowed when it fits already. The server
/// walks in its order and skips what does not fit; with more tokens some that were skipped before it fit too.
pub fn tokens_needed(stages: &Stages, id: &str) -> Option<u32> {
    let eligible = |one: &&Candidate| matches!(one.fate, Fate::Answered { .. } | Fate::Tokens { .. });
    let order: Vec<&Candidate> = stages.candidates.iter().filter(eligible).collect();
    let at = order.iter().position(|one| one.id == id)?;
    let own = order.get(at)?.tokens;
    let before: Vec<u32> = order.iter().take(at).map(|one| one.tokens).collect();
    let used = |limit: u32| {
        before.iter().fold(0_u32, |used, tokens| match used.saturating_add(*tokens) {
            more if more <= limit => more,
            _ => used,
        })
    };
    let mut limit = stages.max_tokens.unwrap_or(0).max(own);
    loop {
        let needed = used(limit).saturating_add(own);
        if needed <= limit {
            return Some(limit);
        }
        limit = needed;
    }
}

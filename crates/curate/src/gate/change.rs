//! The smallest steps over each gate, as changed requests. The one that is tried first is the smallest; a rerun
//! proves it.

use super::filter::{fits_group, fits_tags};
use super::{WhyChange, WhyGate};
use crate::stage::{Stages, tokens_needed};
use rearview_domain::memory::{Budget, FactType, MinScores, TagsMatch};
use rearview_hindsight::{Fact, RecallRequest};
use serde::Serialize;
use serde_json::{Value, json};

/// A changed request and what changed in it.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Step {
    pub(super) request: RecallRequest,
    pub(super) change: WhyChange,
}

fn step(request: RecallRequest, field: &str, from: impl Serialize, to: impl Serialize) -> Step {
    let from = serde_json::to_value(from).unwrap_or_default();
    let to = serde_json::to_value(to).unwrap_or_default();
    Step { request, change: WhyChange { field: field.to_owned(), from, to } }
}

/// The steps over a gate that the request can take, the smallest first. `stages` are those of the recall that
/// met the gate.
pub(super) fn steps(request: &RecallRequest, gate: &WhyGate, fact: &Fact, stages: &Stages) -> Vec<Step> {
    match gate {
        WhyGate::FactType { fact_type, .. } | WhyGate::NotConsolidated { fact_type, .. } => {
            vec![with_type(request, *fact_type)]
        }
        WhyGate::Tags { .. } => tags(request, fact),
        WhyGate::Window { .. } => {
            let without = RecallRequest { temporal_window: None, ..request.clone() };
            vec![step(without, "temporal_window", &request.temporal_window, Value::Null)]
        }
        WhyGate::LaneFloor { arm, score, .. } => lane_floor(request, arm, *score),
        WhyGate::NoLane { .. } => {
            let mut steps = budgets(request);
            steps.push(own_words(request, fact));
            steps
        }
        WhyGate::Cap { .. } => {
            let mut steps = budgets(request);
            steps.extend(
                fact.fact_type.filter(|kind| request.types != [*kind]).map(|kind| only_type(request, kind)),
            );
            steps.push(own_words(request, fact));
            steps
        }
        WhyGate::FinalFloor { which, score, .. } => final_floor(request, which, *score),
        WhyGate::Covered { .. } => {
            let off = RecallRequest { prefer_observations: Some(false), ..request.clone() };
            vec![step(off, "prefer_observations", request.prefer_observations, false)]
        }
        WhyGate::Tokens { over, .. } => max_tokens(request, fact, stages, *over),
        _ => Vec::new(),
    }
}

fn with_type(request: &RecallRequest, kind: FactType) -> Step {
    let mut types = request.types.clone();
    types.push(kind);
    types.sort();
    if types.len() >= 3 {
        types.clear();
    }
    let to = types.clone();
    step(RecallRequest { types, ..request.clone() }, "types", &request.types, to)
}

fn only_type(request: &RecallRequest, kind: FactType) -> Step {
    step(RecallRequest { types: vec![kind], ..request.clone() }, "types", &request.types, [kind])
}

/// A weaker match of the same tags, else none of the tags; then the groups that do not fit.
fn tags(request: &RecallRequest, fact: &Fact) -> Vec<Step> {
    let now = request.tags_match.unwrap_or_default();
    if !fits_tags(&request.tags, now, &fact.tags) {
        // From strict to lenient; what stands before the present one is no weaker.
        let weaker =
            [TagsMatch::Exact, TagsMatch::AllStrict, TagsMatch::AnyStrict, TagsMatch::All, TagsMatch::Any];
        let at = weaker.iter().position(|how| *how == now).unwrap_or(0);
        let fitting = weaker.iter().skip(at + 1).find(|how| fits_tags(&request.tags, **how, &fact.tags));
        return vec![match fitting.filter(|_| !request.tags.is_empty()) {
            Some(how) => {
                let weaker = RecallRequest { tags_match: Some(*how), ..request.clone() };
                step(weaker, "tags_match", now, how)
            }
            None => {
                let without = RecallRequest { tags: Vec::new(), tags_match: None, ..request.clone() };
                let field = if request.tags.is_empty() { "tags_match" } else { "tags" };
                let from = if request.tags.is_empty() { json!(now) } else { json!(request.tags) };
                step(without, field, from, Value::Null)
            }
        }];
    }
    let fitting: Vec<Value> = request
        .tag_groups
        .iter()
        .filter(|group| fits_group(group, &fact.tags) == Some(true))
        .cloned()
        .collect();
    let to = fitting.clone();
    vec![step(
        RecallRequest { tag_groups: fitting, ..request.clone() },
        "tag_groups",
        &request.tag_groups,
        to,
    )]
}

fn lane_floor(request: &RecallRequest, arm: &str, score: Option<f64>) -> Vec<Step> {
    let floors = request.min_scores.clone().unwrap_or_default();
    let lowered = score.map(just_below);
    let (from, floors) = match arm {
        "keyword" => (floors.keyword, MinScores { keyword: lowered, ..floors }),
        _ => (floors.semantic, MinScores { semantic: lowered, ..floors }),
    };
    vec![step(with_floors(request, floors), &format!("min_scores.{arm}"), from, lowered)]
}

fn final_floor(request: &RecallRequest, which: &str, score: Option<f64>) -> Vec<Step> {
    let floors = request.min_scores.clone().unwrap_or_default();
    let lowered = score.map(just_below);
    let (from, floors) = match which {
        "reranker" => (floors.reranker, MinScores { reranker: lowered, ..floors }),
        _ => (floors.r#final, MinScores { r#final: lowered, ..floors }),
    };
    vec![step(with_floors(request, floors), &format!("min_scores.{which}"), from, lowered)]
}

fn with_floors(request: &RecallRequest, floors: MinScores) -> RecallRequest {
    let min_scores = (floors != MinScores::default()).then_some(floors);
    RecallRequest { min_scores, ..request.clone() }
}

/// Three digits suffice to be read and stay below. A score of 0 may stand for any below, where a server cuts it off there.
fn just_below(score: f64) -> f64 {
    if score <= 0.0 {
        return super::ask::NO_FLOOR;
    }
    let floor = (score * 1000.0).floor() / 1000.0;
    // Small scores vanish in three digits.
    if floor > 0.0 { floor } else { score * 0.999 }
}

/// The larger budgets, the next one first.
fn budgets(request: &RecallRequest) -> Vec<Step> {
    let now = request.budget.unwrap_or_default();
    let larger: &[Budget] = match now {
        Budget::Low => &[Budget::Mid, Budget::High],
        Budget::Mid => &[Budget::High],
        Budget::High => &[],
    };
    let to = |budget: &Budget| {
        step(RecallRequest { budget: Some(*budget), ..request.clone() }, "budget", now, budget)
    };
    larger.iter().map(to).collect()
}

/// The query in the fact's own words.
pub(super) fn own_words(request: &RecallRequest, fact: &Fact) -> Step {
    let query: String = fact.text.chars().take(OWN_WORDS).collect();
    step(RecallRequest { query: query.clone(), ..request.clone() }, "query", &request.query, query)
}

/// Servers cut queries at 500 tokens.
const OWN_WORDS: usize = 1500;

fn max_tokens(request: &RecallRequest, fact: &Fact, stages: &Stages, over: u32) -> Vec<Step> {
    let now = request.max_tokens.or(stages.max_tokens).unwrap_or(0);
    let computed = tokens_needed(stages, &fact.id).filter(|needed| *needed > now);
    // Where a server counts otherwise, a tenth more is tried before giving up.
    let needed = computed.unwrap_or_else(|| now.saturating_add(over.max(1)));
    let roomy = needed.saturating_add(needed / 10).saturating_add(16);
    let to = |tokens: u32| {
        step(RecallRequest { max_tokens: Some(tokens), ..request.clone() }, "max_tokens", now, tokens)
    };
    vec![to(needed), to(roomy)]
}

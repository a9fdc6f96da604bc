//! What a recall did to each candidate, stage by stage: arms, fusion, rerank, floors, observations, tokens.
//!
//! Pure: an answer with its trace goes in, the stages come out. The recall lab draws them, `gate` reads from them
//! where a fact fell out. Traces list survivors and name no reasons, but for the embedded engine; what is derived
//! here follows the server's documented order, and what does not follow is `Fate::NotKnown`.

mod factor;
mod fate;
mod record;

pub use factor::{Factor, PartOfSum};
pub use fate::{Fate, tokens_needed};

use rearview_domain::memory::FactType;
use rearview_hindsight::{Phase, RecallAnswer, RecallRequest, Reranked, Trace, TraceQuery};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, HashMap};
use ts_rs::TS;

/// How a server comes to its order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
#[ts(export)]
pub enum Make {
    /// Arms, reciprocal ranks, a reranker whose score is multiplied.
    Reranked,
    /// One sum of scores, as the embedded engine does; there are no reciprocal ranks and no reranker.
    Summed,
    /// There was no trace.
    Untraced,
}

/// What one arm found among one kind of facts.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export)]
pub struct StageArm {
    /// The arm: `semantic`, `bm25`, `graph`, `temporal`.
    pub method: String,
    /// The kind of facts.
    pub fact_type: Option<FactType>,
    /// How many it found.
    pub count: u32,
    /// How long it took; `None` when it was not measured by itself.
    pub seconds: Option<f64>,
}

/// The place of a candidate in an arm.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export)]
pub struct ArmPlace {
    /// From 1, over all kinds.
    pub rank: Option<u32>,
    /// From 1, within its kind.
    pub kind_rank: Option<u32>,
    /// The arm's score.
    pub score: Option<f64>,
    /// What that score is.
    pub score_name: Option<String>,
}

/// One candidate on its way.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export)]
pub struct Candidate {
    /// The fact.
    pub id: String,
    /// Its text, as far as the trace tells it.
    pub text: Option<String>,
    /// Its kind.
    pub fact_type: Option<FactType>,
    /// The arms that found it.
    pub arms: BTreeMap<String, ArmPlace>,
    /// Place after fusion, from 1.
    pub fused_rank: Option<u32>,
    /// Fusion's score: a sum of 1/(60+rank), or of scores.
    pub fused_score: Option<f64>,
    /// Place in the final order, from 1.
    pub rank: Option<u32>,
    /// The score of that order.
    pub score: Option<f64>,
    /// What the final score is multiplied of.
    pub factors: Vec<Factor>,
    /// What a sum is made of; servers that rerank have none.
    pub parts: Vec<PartOfSum>,
    /// The better candidate that already says the same.
    pub repeats: Option<String>,
    /// Tokens of its text, counted as o200k.
    pub tokens: u32,
    /// What became of it.
    pub fate: Fate,
}

/// A recall, stage by stage.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export)]
pub struct Stages {
    /// How the server comes to its order.
    pub make: Make,
    /// What was searched with.
    pub query: Option<TraceQuery>,
    /// The arms, each by kind.
    pub arms: Vec<StageArm>,
    /// The candidates in their final order; behind them those that came less far.
    pub candidates: Vec<Candidate>,
    /// What took how long.
    pub phases: Vec<Phase>,
    /// The whole recall on the server, in seconds.
    pub seconds: Option<f64>,
    /// Tokens of the answered texts.
    pub tokens: u32,
    /// Tokens that were allowed.
    pub max_tokens: Option<u32>,
    /// How many candidates could be answered at most: twice the budget.
    pub most: Option<u32>,
}

/// The number of o200k tokens in a text, which servers count with.
pub fn tokens(text: &str) -> u32 {
    let words = tiktoken_rs::o200k_base_singleton();
    u32::try_from(words.encode_ordinary(text).len()).unwrap_or(u32::MAX)
}

impl Stages {
    /// Reads them from an answer to a request.
    pub fn of(request: &RecallRequest, answer: &RecallAnswer) -> Self {
        let none = Trace::default();
        let trace = answer.trace.as_ref().unwrap_or(&none);
        let make = match answer.trace {
            None => Make::Untraced,
            Some(_) if !trace.fusion.is_empty() => Make::Summed,
            Some(_) => Make::Reranked,
        };
        let budget = trace.query.as_ref().and_then(|query| query.budget);
        let summary = trace.summary.clone().unwrap_or_default();
        let mut stages = Self {
            make,
            query: trace.query.clone(),
            arms: arms(trace),
            candidates: candidates(answer, trace),
            phases: summary.phase_metrics,
            seconds: summary.total_duration_seconds,
            tokens: 0,
            max_tokens: trace.query.as_ref().and_then(|query| query.max_tokens).or(request.max_tokens),
            most: budget.map(|budget| budget.saturating_mul(2)),
        };
        fate::decide(&mut stages, request, answer, trace);
        let answered = stages.candidates.iter().filter(|c| matches!(c.fate, Fate::Answered { .. }));
        stages.tokens = answered.map(|candidate| candidate.tokens).sum();
        stages
    }

    /// A candidate by its id.
    pub fn candidate(&self, id: &str) -> Option<&Candidate> {
        self.candidates.iter().find(|candidate| candidate.id == id)
    }
}

fn arms(trace: &Trace) -> Vec<StageArm> {
    let arm = |arm: &rearview_hindsight::ArmResult| StageArm {
        method: arm.method_name.clone(),
        fact_type: arm.fact_type,
        count: u32::try_from(arm.results.len()).unwrap_or(u32::MAX),
        seconds: arm.duration_seconds.filter(|seconds| *seconds > 0.0),
    };
    trace.retrieval_results.iter().map(arm).collect()
}

/// Everybody whom the trace names, those who came furthest first.
fn candidates(answer: &RecallAnswer, trace: &Trace) -> Vec<Candidate> {
    let mut all: Vec<Candidate> = Vec::new();
    let mut at: HashMap<String, usize> = HashMap::new();
    let mut entry = |all: &mut Vec<Candidate>, id: &str| -> usize {
        *at.entry(id.to_owned()).or_insert_with(|| {
            all.push(Candidate::new(id));
            all.len() - 1
        })
    };
    let mut reranked: Vec<&Reranked> = trace.reranked.iter().collect();
    reranked.sort_by_key(|one| one.rerank_rank.unwrap_or(u32::MAX));
    for (place, one) in (1_u32..).zip(&reranked) {
        let index = entry(&mut all, &one.node_id);
        if let Some(candidate) = all.get_mut(index) {
            candidate.rank = one.rerank_rank.or(Some(place));
            candidate.score = one.rerank_score.or(one.score_components.combined_score);
            candidate.fused_rank = one.rrf_rank;
            candidate.fused_score = one.score_components.rrf_score;
            candidate.text = one.text.clone();
        }
    }
    for result in &answer.results {
        let index = entry(&mut all, &result.id);
        if let Some(candidate) = all.get_mut(index) {
            candidate.text = Some(result.text.clone());
            candidate.fact_type = result.fact_type;
            candidate.score = candidate.score.or(result.scores.r#final);
        }
    }
    for fused in &trace.rrf_merged {
        let index = entry(&mut all, &fused.node_id);
        if let Some(candidate) = all.get_mut(index) {
            candidate.fused_rank = fused.final_rrf_rank.or(candidate.fused_rank);
            candidate.fused_score = fused.rrf_score.or(candidate.fused_score);
            candidate.text = candidate.text.take().or_else(|| fused.text.clone());
            for (arm, rank) in &fused.source_ranks {
                let arm = arm.strip_suffix("_rank").unwrap_or(arm);
                candidate.arms.entry(arm.to_owned()).or_default().rank = Some(*rank);
            }
        }
    }
    for arm in &trace.retrieval_results {
        for hit in &arm.results {
            let index = entry(&mut all, &hit.node_id);
            if let Some(candidate) = all.get_mut(index) {
                candidate.fact_type = candidate.fact_type.or(arm.fact_type);
                candidate.text = candidate.text.take().or_else(|| hit.text.clone());
                let place = candidate.arms.entry(arm.method_name.clone()).or_default();
                place.kind_rank = hit.rank;
                place.score = hit.score;
                place.score_name = hit.score_name.clone();
            }
        }
    }
    factor::explain(&mut all, trace);
    for candidate in &mut all {
        candidate.tokens = candidate.text.as_deref().map_or(0, tokens);
    }
    all
}

impl Candidate {
    fn new(id: &str) -> Self {
        Self {
            id: id.to_owned(),
            text: None,
            fact_type: None,
            arms: BTreeMap::new(),
            fused_rank: None,
            fused_score: None,
            rank: None,
            score: None,
            factors: Vec::new(),
            parts: Vec::new(),
            repeats: None,
            tokens: 0,
            fate: Fate::NotKnown,
        }
    }
}

#[cfg(test)]
mod tests;

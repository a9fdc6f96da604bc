//! What a score is made of: multipliers of a server that reranks, addends of one that sums.
//!
//! The trace tells raw values between 0 and 1; how far each moves a score is documented of Hindsight 1.1 and not
//! in the trace. Whatever the known multipliers leave unexplained is told as such and never dropped.

use super::Candidate;
use rearview_hindsight::{Fusion, Reranked, ScoreComponents, Trace};
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use ts_rs::TS;

/// How far recency and closeness to a window move a score, half of it either way (hindsight 1.1).
const RECENCY: f64 = 0.2;
const TEMPORAL: f64 = 0.2;
/// How far the number of facts behind an observation moves it (hindsight 1.1, and the embedded engine).
const PROOF: f64 = 0.1;
/// What is left of the score of a memory that repeats a better one (the embedded engine).
const REPEATED: f64 = 0.5;
/// Relative difference up to which a product counts as explained; the embedded engine tells six digits.
const EXPLAINED: f64 = 1e-4;

/// One multiplier of a score.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export)]
pub struct Factor {
    /// `cross_encoder`, `sum`, `recency`, `temporal`, `proof`, `repeats`, or `other`: what the known ones leave.
    pub name: String,
    /// The raw value in the trace.
    pub raw: Option<f64>,
    /// What the score is multiplied with.
    pub times: f64,
}

/// One addend of a sum.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export)]
pub struct PartOfSum {
    /// `semantic`, `keyword`, `neighbour`, `graph`, `temporal`.
    pub name: String,
    /// What it adds.
    pub value: f64,
}

/// Gives every candidate its factors and parts.
pub(super) fn explain(candidates: &mut [Candidate], trace: &Trace) {
    let reranked: HashMap<&str, &Reranked> =
        trace.reranked.iter().map(|one| (one.node_id.as_str(), one)).collect();
    let summed: HashMap<&str, &Fusion> = trace.fusion.iter().map(|one| (one.node_id.as_str(), one)).collect();
    for candidate in candidates {
        let components = reranked.get(candidate.id.as_str()).map(|one| one.score_components);
        if let Some(fusion) = summed.get(candidate.id.as_str()) {
            candidate.parts = parts(fusion);
            candidate.factors = of_sum(fusion, components.unwrap_or_default());
            candidate.repeats = fusion.repeats.clone();
            candidate.score = candidate.score.or(fusion.score);
            candidate.rank = candidate.rank.or(fusion.rank);
        } else if let Some(components) = components {
            candidate.factors = of_rerank(&components, candidate.score);
        }
    }
}

fn parts(fusion: &Fusion) -> Vec<PartOfSum> {
    let named = [
        ("semantic", fusion.semantic),
        ("keyword", fusion.keyword),
        ("neighbour", fusion.neighbour),
        ("graph", fusion.graph),
        ("temporal", fusion.temporal),
    ];
    let part = |(name, value): (&str, Option<f64>)| Some(PartOfSum { name: name.to_owned(), value: value? });
    named.into_iter().filter_map(part).collect()
}

fn moved(raw: Option<f64>, how_far: f64) -> Option<f64> {
    raw.map(|raw| 1.0 + how_far * (raw - 0.5))
}

fn of_rerank(components: &ScoreComponents, score: Option<f64>) -> Vec<Factor> {
    let mut factors = Vec::new();
    let mut add = |name: &str, raw: Option<f64>, times: Option<f64>| {
        factors.extend(times.map(|times| Factor { name: name.to_owned(), raw, times }));
    };
    add("cross_encoder", components.cross_encoder_score, components.cross_encoder_score_normalized);
    add("recency", components.recency, moved(components.recency, RECENCY));
    add("temporal", components.temporal, moved(components.temporal, TEMPORAL));
    add("proof", components.proof_norm, moved(components.proof_norm, PROOF));
    with_rest(factors, components.combined_score.or(score))
}

fn of_sum(fusion: &Fusion, components: ScoreComponents) -> Vec<Factor> {
    let sum: f64 = parts(fusion).iter().map(|part| part.value).sum();
    let mut factors = vec![Factor { name: "sum".to_owned(), raw: components.rrf_score, times: sum }];
    let proof = moved(components.proof_norm, PROOF).unwrap_or(1.0);
    if let Some(factor) = fusion.factor {
        // The engine tells the product of age and proof; how far age counts depends on the question.
        let recency = factor / proof;
        factors.push(Factor { name: "recency".to_owned(), raw: components.recency, times: recency });
        factors.push(Factor { name: "proof".to_owned(), raw: components.proof_norm, times: proof });
    }
    if fusion.repeats.is_some() {
        factors.push(Factor { name: "repeats".to_owned(), raw: None, times: REPEATED });
    }
    with_rest(factors, fusion.score)
}

/// Adds what is missing to the score, if something is.
fn with_rest(mut factors: Vec<Factor>, score: Option<f64>) -> Vec<Factor> {
    let product: f64 = factors.iter().map(|factor| factor.times).product();
    if let Some(score) = score
        && !factors.is_empty()
        && product != 0.0
        && ((score - product) / product).abs() > EXPLAINED
    {
        factors.push(Factor { name: "other".to_owned(), raw: None, times: score / product });
    }
    factors
}

//! The trace of a recall in the API's shape: what each arm brought, how it was fused, who was answered and why not.
//!
//! The API's lists are filled with what this engine computes in their place: `rrf_score` is the sum of its own fusion,
//! which adds scores instead of reciprocal ranks; there is no reranker, so the cross encoder's scores are left
//! out; and `fusion`, which is this engine's own, has the parts of each sum.

use super::answer::Fact;
use super::fuse::{Candidate, Ranks};
use super::pack::Gate;
use super::{Found, graph};
use crate::time::iso;
use serde_json::{Map, Value, json};
use std::collections::HashMap;
use std::future::Future;
use std::time::{Duration, Instant};

/// The best candidates are explained, and whatever is answered; more would be megabytes (hindsight 1.1 reranks 300).
pub(super) const EXPLAINED: usize = 300;
/// Entry points that the trace lists (hindsight 1.1).
const ENTRY_POINTS: usize = 10;

/// Measures the phases of a recall.
pub(super) struct Clock {
    began: Instant,
    last: Instant,
    phases: Vec<Value>,
}

impl Clock {
    pub(super) fn start() -> Self {
        let now = Instant::now();
        Self { began: now, last: now, phases: Vec::new() }
    }

    /// What was done since the last phase.
    pub(super) fn phase(&mut self, name: &str) {
        let took = std::mem::replace(&mut self.last, Instant::now()).elapsed();
        self.phases.push(json!({"phase_name": name, "duration_seconds": took.as_secs_f64(), "details": {}}));
    }

    /// A part of the phase that is still to be named; not to be summed.
    pub(super) fn part(&mut self, name: &str, took: Duration) {
        self.phases.push(json!({
            "phase_name": name, "duration_seconds": took.as_secs_f64(), "details": {"diagnostic": true},
        }));
    }
}

/// A future's value and how long it took.
pub(super) async fn timed<T>(future: impl Future<Output = T>) -> (T, Duration) {
    let began = Instant::now();
    (future.await, began.elapsed())
}

/// The whole trace. `candidates` and `gates` are in their final order, `facts` has the texts of those to
/// explain.
pub(super) fn build(
    found: &Found,
    candidates: &[Candidate],
    gates: &[Gate],
    facts: &HashMap<i64, Fact>,
    results: &[Fact],
    mut clock: Clock,
) -> Value {
    let all: Vec<(&Candidate, &Fact)> =
        candidates.iter().filter_map(|candidate| Some((candidate, facts.get(&candidate.unit)?))).collect();
    let fused = fused(&all);
    let before: HashMap<i64, usize> =
        fused.iter().zip(1..).map(|((candidate, _), rank)| (candidate.unit, rank)).collect();
    let nearest = by_rank(&all, |ranks| ranks.semantic);
    let entry_points: Vec<Value> = nearest
        .iter()
        .take(ENTRY_POINTS)
        .map(|(rank, candidate, fact)| {
            json!({
                "node_id": fact.id, "text": fact.text, "rank": rank,
                "similarity_score": candidate.cosine.map(number),
            })
        })
        .collect();
    let budget = found.ask.candidates;
    let best = fused.first().map_or(1.0, |(best, _)| best.sum()).max(f32::MIN_POSITIVE);
    let rrf_merged = fused.iter().zip(1_usize..).map(|((candidate, fact), rank)| {
        json!({
            "node_id": fact.id, "text": fact.text, "rrf_score": number(candidate.sum()),
            "source_ranks": source_ranks(&candidate.ranks), "final_rrf_rank": rank,
        })
    });
    let rrf_merged: Vec<Value> = rrf_merged.collect();
    let reranked: Vec<Value> = all
        .iter()
        .zip(1_usize..)
        .map(|((candidate, fact), rank)| {
            let before = before.get(&candidate.unit).copied().unwrap_or(rank);
            json!({
                "node_id": fact.id, "text": fact.text, "rerank_score": number(candidate.score),
                "rerank_rank": rank, "rrf_rank": before, "rank_change": before as i64 - rank as i64,
                "score_components": {
                    "rrf_score": number(candidate.sum()), "rrf_normalized": number(candidate.sum() / best),
                    "temporal": temporal(candidate), "recency": number(candidate.recency),
                    "proof_norm": number(candidate.proof), "combined_score": number(candidate.score),
                },
            })
        })
        .collect();
    let fates: HashMap<i64, Gate> =
        candidates.iter().zip(gates).map(|(candidate, gate)| (candidate.unit, *gate)).collect();
    let fusion: Vec<Value> =
        all.iter().zip(1_usize..).map(|((c, fact), rank)| fusion(c, fact, rank, &fates, facts)).collect();
    let by_unit: HashMap<i64, (usize, &Candidate)> = all
        .iter()
        .zip(1_usize..)
        .map(|((candidate, _), rank)| (candidate.unit, (rank, *candidate)))
        .collect();
    let answered: Vec<(usize, &Candidate, &Fact)> = results
        .iter()
        .filter_map(|fact| by_unit.get(&fact.unit).map(|(rank, candidate)| (*rank, *candidate, fact)))
        .collect();
    let visits: Vec<Value> =
        answered.iter().zip(1_usize..).map(|((rank, c, fact), step)| visit(step, *rank, c, fact)).collect();
    let final_results: Vec<Value> =
        answered.iter().map(|(_, candidate, fact)| final_result(candidate, fact, &before)).collect();
    clock.phase("trace_finalize");
    json!({
        "query": query(found),
        "retrieval_results": arms(found, &all),
        "rrf_merged": rrf_merged,
        "reranked": reranked,
        "fusion": fusion,
        "entry_points": entry_points,
        "visits": visits,
        "summary": {
            "total_nodes_visited": candidates.len(),
            "entry_points_found": nearest.len().min(ENTRY_POINTS),
            "budget_used": candidates.len().min(budget),
            "budget_remaining": budget.saturating_sub(candidates.len()),
            "total_duration_seconds": clock.began.elapsed().as_secs_f64(),
            "results_returned": results.len(),
            "phase_metrics": clock.phases,
        },
        "final_results": final_results,
    })
}

fn query(found: &Found) -> Value {
    let ask = &found.ask;
    json!({
        "query_text": ask.query,
        "query_embedding": found.vector.as_deref().unwrap_or_default(),
        "timestamp": utc(ask.now.timestamp().as_millisecond()),
        "budget": ask.candidates,
        "max_tokens": ask.max_tokens,
        "tags": ask.tags,
        "tags_match": ask.tags_match,
        "temporal_constraint":
            found.window.map(|window| json!({"start": utc(window.start), "end": utc(window.end)})),
    })
}

type Arm = (&'static str, &'static str, fn(&Ranks) -> Option<u32>, fn(&Candidate) -> Value);

/// What each arm brought of each kind that was asked for, best first.
fn arms(found: &Found, all: &[(&Candidate, &Fact)]) -> Vec<Value> {
    let semantic: Arm = ("semantic", "similarity", |r| r.semantic, |c| json!(c.cosine.map(number)));
    let words: Arm = ("bm25", "bm25_score", |r| r.keyword, |c| json!(c.keyword));
    let graph: Arm = ("graph", "activation", |r| r.graph, |c| number(c.graph));
    let temporal: Arm = ("temporal", "temporal_score", |r| r.temporal, |c| number(c.base()));
    let arms = [
        found.vector.is_some().then_some(semantic),
        Some(words),
        found.named.is_some().then_some(graph),
        found.window.is_some().then_some(temporal),
    ];
    let mut lists = Vec::new();
    for kind in &found.ask.kinds {
        for (method, score_name, rank, score) in arms.into_iter().flatten() {
            let of_kind = by_rank(all, rank).into_iter().filter(|(_, candidate, _)| candidate.kind == *kind);
            let results: Vec<Value> = of_kind
                .zip(1_usize..)
                .map(|((_, candidate, fact), rank)| {
                    json!({
                        "rank": rank, "node_id": fact.id, "text": fact.text,
                        "context": fact.context.as_deref().unwrap_or_default(),
                        "event_date": utc(fact.event_at), "fact_type": kind.word(),
                        "score": score(candidate), "score_name": score_name,
                    })
                })
                .collect();
            let mut metadata = Map::new();
            let limit = if matches!(method, "semantic" | "bm25") { "limit" } else { "budget" };
            metadata.insert(limit.to_owned(), json!(found.ask.candidates));
            if let Some(window) = found.window.filter(|_| method == "temporal") {
                let constraint = json!({"start": utc(window.start), "end": utc(window.end)});
                metadata.insert("constraint".to_owned(), constraint);
            }
            lists.push(json!({
                "method_name": method, "fact_type": kind.word(), "results": results,
                "duration_seconds": 0.0, "metadata": metadata,
            }));
        }
    }
    lists
}

/// The parts of a candidate's score and what became of it.
fn fusion(
    candidate: &Candidate,
    fact: &Fact,
    rank: usize,
    gates: &HashMap<i64, Gate>,
    facts: &HashMap<i64, Fact>,
) -> Value {
    json!({
        "node_id": fact.id, "text": fact.text, "rank": rank,
        "base": number(candidate.base()),
        "semantic": number(candidate.cosine.unwrap_or(0.0)),
        "keyword": number(candidate.words),
        "neighbour": number(candidate.neighbour),
        "graph": number(candidate.graph),
        "causal": candidate.graph >= graph::CAUSAL_BONUS,
        "temporal": number(candidate.temporal),
        "recency": number(candidate.recency),
        "proof": number(candidate.proof),
        "factor": number(candidate.factor),
        "repeats": candidate.repeats.and_then(|unit| facts.get(&unit)).map(|other| &other.id),
        "final": number(candidate.score),
        "gate": gates.get(&candidate.unit).map(|gate| gate.word()),
    })
}

fn visit(step: usize, rank: usize, candidate: &Candidate, fact: &Fact) -> Value {
    json!({
        "step": step, "node_id": fact.id, "text": fact.text,
        "context": fact.context.as_deref().unwrap_or_default(), "event_date": utc(fact.event_at),
        "is_entry_point": candidate.ranks.semantic.is_some_and(|rank| rank as usize <= ENTRY_POINTS),
        "weights": {
            "activation": number(candidate.graph),
            "semantic_similarity": number(candidate.cosine.unwrap_or(0.0)),
            "recency": number(candidate.recency), "frequency": 0.0,
            "final_weight": number(candidate.score),
            "activation_contribution": number(candidate.graph),
            "semantic_contribution": number(candidate.cosine.unwrap_or(0.0)),
            "recency_contribution": number(candidate.sum() * (candidate.factor - 1.0)),
            "frequency_contribution": 0.0,
        },
        "final_rank": rank,
    })
}

fn final_result(candidate: &Candidate, fact: &Fact, before: &HashMap<i64, usize>) -> Value {
    let mut result = json!({
        "id": fact.id, "text": fact.text, "fact_type": fact.kind, "context": fact.context,
        "event_date": utc(fact.event_at), "occurred_start": fact.occurred_start,
        "occurred_end": fact.occurred_end, "mentioned_at": fact.mentioned_at,
        "document_id": fact.document_id, "chunk_id": fact.chunk_id, "tags": fact.tags,
        "metadata": fact.metadata.to_string(), "attachment_ids": null,
        "semantic_similarity": candidate.cosine.map(number), "bm25_score": candidate.keyword,
        "rrf_score": number(candidate.sum()), "rrf_rank": before.get(&candidate.unit), "temporal": temporal(candidate),
        "recency": number(candidate.recency), "proof_norm": number(candidate.proof),
        "combined_score": number(candidate.score), "weight": number(candidate.score),
        "activation": number(candidate.graph),
    });
    if let Some(result) = result.as_object_mut() {
        result.extend(source_ranks(&candidate.ranks));
    }
    result
}

/// In the order before age, proof and repetitions.
fn fused<'a>(all: &[(&'a Candidate, &'a Fact)]) -> Vec<(&'a Candidate, &'a Fact)> {
    let mut fused = all.to_vec();
    fused.sort_by(|a, b| b.0.sum().total_cmp(&a.0.sum()).then(a.0.unit.cmp(&b.0.unit)));
    fused
}

fn by_rank<'a>(
    all: &[(&'a Candidate, &'a Fact)],
    rank: fn(&Ranks) -> Option<u32>,
) -> Vec<(u32, &'a Candidate, &'a Fact)> {
    let mut found: Vec<_> = all
        .iter()
        .filter_map(|(candidate, fact)| Some((rank(&candidate.ranks)?, *candidate, *fact)))
        .collect();
    found.sort_by_key(|(rank, ..)| *rank);
    found
}

fn source_ranks(ranks: &Ranks) -> Map<String, Value> {
    let named = [
        ("semantic_rank", ranks.semantic),
        ("bm25_rank", ranks.keyword),
        ("graph_rank", ranks.graph),
        ("temporal_rank", ranks.temporal),
    ];
    named.into_iter().filter_map(|(name, rank)| Some((name.to_owned(), json!(rank?)))).collect()
}

/// 1 inside the window, else 0.5, which is the API's word for "no window".
fn temporal(candidate: &Candidate) -> f64 {
    if candidate.temporal > 0.0 { 1.0 } else { 0.5 }
}

/// With as many digits as mean something.
fn number(value: f32) -> Value {
    json!((f64::from(value) * 1e6).round() / 1e6)
}

/// As the trace writes times.
fn utc(ms: i64) -> String {
    iso(ms).replace("+00:00", "Z")
}

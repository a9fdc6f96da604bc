//! The trace of a recall: which arm found what, how ranks were fused, how they were reranked.
//!
//! Everything is optional, because servers differ in what they compute. `recall` keeps the whole trace as JSON
//! beside these typed parts, without the query's embedding, which is most of its size and of no use to people.

use crate::lenient;
use rearview_domain::memory::FactType;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::{Map, Value};
use std::collections::{BTreeMap, HashMap};
use ts_rs::TS;

/// How a server came to what it recalled.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, TS)]
#[serde(default, rename_all(serialize = "camelCase"))]
#[ts(export, rename_all = "camelCase")]
pub struct Trace {
    /// What was searched with.
    #[serde(deserialize_with = "lenient::option")]
    pub query: Option<TraceQuery>,
    /// What each arm found, for each kind of fact.
    #[serde(deserialize_with = "lenient::list")]
    pub retrieval_results: Vec<ArmResult>,
    /// What fusion made of it.
    #[serde(deserialize_with = "lenient::list")]
    pub rrf_merged: Vec<Fused>,
    /// What reranking made of that.
    #[serde(deserialize_with = "lenient::list")]
    pub reranked: Vec<Reranked>,
    /// What the embedded engine computes in place of ranks and a reranker, and what became of each candidate.
    #[serde(deserialize_with = "lenient::list")]
    pub fusion: Vec<Fusion>,
    /// Where the graph arm started.
    #[serde(deserialize_with = "lenient::list")]
    pub entry_points: Vec<EntryPoint>,
    /// Counts and durations.
    #[serde(deserialize_with = "lenient::option")]
    pub summary: Option<Summary>,
}

/// Reads a trace as JSON and takes the query's embedding out of it; a trace that is no object is none.
pub(crate) fn without_embedding<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Value>, D::Error> {
    let mut raw: Option<Value> = Option::deserialize(from)?.filter(Value::is_object);
    if let Some(query) = raw.as_mut().and_then(|raw| raw.get_mut("query")?.as_object_mut()) {
        query.shift_remove("query_embedding");
    }
    Ok(raw)
}

impl Trace {
    /// The ranks of each fact in the arms that found it, by the fact's id.
    pub fn arms(&self) -> HashMap<&str, BTreeMap<String, u32>> {
        let ranks = |fused: &Fused| {
            let named = fused.source_ranks.iter();
            named.map(|(arm, rank)| (arm.strip_suffix("_rank").unwrap_or(arm).to_owned(), *rank)).collect()
        };
        self.rrf_merged.iter().map(|fused| (fused.node_id.as_str(), ranks(fused))).collect()
    }
}

/// What was searched with.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, TS)]
#[serde(default, rename_all(serialize = "camelCase"))]
#[ts(export, rename_all = "camelCase")]
pub struct TraceQuery {
    /// The text.
    #[serde(deserialize_with = "lenient::option")]
    pub query_text: Option<String>,
    /// The moment that relative dates are seen from.
    #[serde(deserialize_with = "lenient::option")]
    pub timestamp: Option<String>,
    /// Candidates an arm.
    #[serde(deserialize_with = "lenient::option")]
    pub budget: Option<u32>,
    /// Tokens of facts.
    #[serde(deserialize_with = "lenient::option")]
    pub max_tokens: Option<u32>,
    /// The window that dates in the query, or the caller, gave.
    #[serde(deserialize_with = "lenient::option")]
    pub temporal_constraint: Option<TemporalConstraint>,
}

/// A window in time.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, TS)]
#[serde(default, rename_all(serialize = "camelCase"))]
#[ts(export, rename_all = "camelCase")]
pub struct TemporalConstraint {
    /// First moment.
    #[serde(deserialize_with = "lenient::option")]
    pub start: Option<String>,
    /// Last moment.
    #[serde(deserialize_with = "lenient::option")]
    pub end: Option<String>,
}

/// What one arm found among one kind of facts.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
#[serde(rename_all(serialize = "camelCase"))]
#[ts(export, rename_all = "camelCase")]
pub struct ArmResult {
    /// The arm: `semantic`, `bm25`, `graph`, `temporal`.
    pub method_name: String,
    /// The kind of facts.
    #[serde(default, deserialize_with = "lenient::option")]
    pub fact_type: Option<FactType>,
    /// What it found, best first.
    #[serde(default, deserialize_with = "lenient::list")]
    pub results: Vec<ArmHit>,
    /// How long it took in seconds; 0 when it was not measured by itself.
    #[serde(default, deserialize_with = "lenient::option")]
    pub duration_seconds: Option<f64>,
}

/// One find of an arm.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
#[serde(rename_all(serialize = "camelCase"))]
#[ts(export, rename_all = "camelCase")]
pub struct ArmHit {
    /// The fact.
    pub node_id: String,
    /// Its text.
    #[serde(default, deserialize_with = "lenient::option")]
    pub text: Option<String>,
    /// Place in the arm, from 1.
    #[serde(default, deserialize_with = "lenient::option")]
    pub rank: Option<u32>,
    /// The arm's score.
    #[serde(default, deserialize_with = "lenient::option")]
    pub score: Option<f64>,
    /// What that score is: `similarity`, `bm25_score`, `activation`, `temporal_score`.
    #[serde(default, deserialize_with = "lenient::option")]
    pub score_name: Option<String>,
}

/// A fact after fusion.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
#[serde(rename_all(serialize = "camelCase"))]
#[ts(export, rename_all = "camelCase")]
pub struct Fused {
    /// The fact.
    pub node_id: String,
    /// Its text.
    #[serde(default, deserialize_with = "lenient::option")]
    pub text: Option<String>,
    /// Sum of 1/(60+rank) over the arms; the sum of its parts where an engine fuses otherwise.
    #[serde(default, deserialize_with = "lenient::option")]
    pub rrf_score: Option<f64>,
    /// Place after fusion, from 1.
    #[serde(default, deserialize_with = "lenient::option")]
    pub final_rrf_rank: Option<u32>,
    /// Ranks in the arms, by names such as `semantic_rank`.
    #[serde(default, deserialize_with = "lenient::map")]
    pub source_ranks: BTreeMap<String, u32>,
}

/// A fact after reranking.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
#[serde(rename_all(serialize = "camelCase"))]
#[ts(export, rename_all = "camelCase")]
pub struct Reranked {
    /// The fact.
    pub node_id: String,
    /// Its text.
    #[serde(default, deserialize_with = "lenient::option")]
    pub text: Option<String>,
    /// The score that decides.
    #[serde(default, deserialize_with = "lenient::option")]
    pub rerank_score: Option<f64>,
    /// Place after reranking, from 1.
    #[serde(default, deserialize_with = "lenient::option")]
    pub rerank_rank: Option<u32>,
    /// Place before.
    #[serde(default, deserialize_with = "lenient::option")]
    pub rrf_rank: Option<u32>,
    /// Places gained.
    #[serde(default, deserialize_with = "lenient::option")]
    pub rank_change: Option<i64>,
    /// What the score is made of.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub score_components: ScoreComponents,
}

/// What a rerank score is made of.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize, TS)]
#[serde(default, rename_all(serialize = "camelCase"))]
#[ts(export, rename_all = "camelCase")]
pub struct ScoreComponents {
    /// The cross encoder's raw score.
    #[serde(deserialize_with = "lenient::option")]
    pub cross_encoder_score: Option<f64>,
    /// The same between 0 and 1.
    #[serde(deserialize_with = "lenient::option")]
    pub cross_encoder_score_normalized: Option<f64>,
    /// Fusion's score.
    #[serde(deserialize_with = "lenient::option")]
    pub rrf_score: Option<f64>,
    /// The same between 0 and 1.
    #[serde(deserialize_with = "lenient::option")]
    pub rrf_normalized: Option<f64>,
    /// Closeness to the window.
    #[serde(deserialize_with = "lenient::option")]
    pub temporal: Option<f64>,
    /// Age.
    #[serde(deserialize_with = "lenient::option")]
    pub recency: Option<f64>,
    /// How many facts stand behind it.
    #[serde(deserialize_with = "lenient::option")]
    pub proof_norm: Option<f64>,
    /// All together.
    #[serde(deserialize_with = "lenient::option")]
    pub combined_score: Option<f64>,
}

/// The parts of a candidate's score in the embedded engine: the sum of `semantic`, `keyword`, `neighbour`, `graph` and
/// `temporal`, times `factor`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
#[serde(rename_all(serialize = "camelCase"))]
#[ts(export, rename_all = "camelCase")]
pub struct Fusion {
    /// The fact.
    pub node_id: String,
    /// Place in the final order, from 1.
    #[serde(default, deserialize_with = "lenient::option")]
    pub rank: Option<u32>,
    /// Cosine similarity to the query.
    #[serde(default, deserialize_with = "lenient::option")]
    pub semantic: Option<f64>,
    /// What its words are worth.
    #[serde(default, deserialize_with = "lenient::option")]
    pub keyword: Option<f64>,
    /// What stands beside it in its document is worth.
    #[serde(default, deserialize_with = "lenient::option")]
    pub neighbour: Option<f64>,
    /// What shared entities and causes are worth.
    #[serde(default, deserialize_with = "lenient::option")]
    pub graph: Option<f64>,
    /// What being inside the window is worth.
    #[serde(default, deserialize_with = "lenient::option")]
    pub temporal: Option<f64>,
    /// What age and proof multiply the sum with.
    #[serde(default, deserialize_with = "lenient::option")]
    pub factor: Option<f64>,
    /// The better candidate that already says the same; halves the score.
    #[serde(default, deserialize_with = "lenient::option")]
    pub repeats: Option<String>,
    /// The score that decides.
    #[serde(rename(deserialize = "final"), default, deserialize_with = "lenient::option")]
    #[ts(rename = "score")]
    pub score: Option<f64>,
    /// What became of it: `injected`, `min_score`, `prefer_observations`, `budget`, `packed_out`.
    #[serde(default, deserialize_with = "lenient::option")]
    pub gate: Option<String>,
}

/// Where the graph arm started.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
#[serde(rename_all(serialize = "camelCase"))]
#[ts(export, rename_all = "camelCase")]
pub struct EntryPoint {
    /// The fact.
    pub node_id: String,
    /// Its similarity to the query.
    #[serde(default, deserialize_with = "lenient::option")]
    pub similarity_score: Option<f64>,
    /// Its place, from 1.
    #[serde(default, deserialize_with = "lenient::option")]
    pub rank: Option<u32>,
}

/// Counts and durations of a recall.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, TS)]
#[serde(default, rename_all(serialize = "camelCase"))]
#[ts(export, rename_all = "camelCase")]
pub struct Summary {
    /// The whole recall on the server, in seconds.
    #[serde(deserialize_with = "lenient::option")]
    pub total_duration_seconds: Option<f64>,
    /// How many facts were returned.
    #[serde(deserialize_with = "lenient::option")]
    pub results_returned: Option<u32>,
    /// Its phases.
    #[serde(deserialize_with = "lenient::list")]
    pub phase_metrics: Vec<Phase>,
}

/// One phase of a recall.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
#[serde(rename_all(serialize = "camelCase"))]
#[ts(export, rename_all = "camelCase")]
pub struct Phase {
    /// Its name, e.g. `parallel_retrieval`.
    pub phase_name: String,
    /// How long it took, in seconds.
    #[serde(default, deserialize_with = "lenient::option")]
    pub duration_seconds: Option<f64>,
    /// More about it. With `diagnostic: true` it is a part of another phase and must not be added up.
    #[serde(default, deserialize_with = "lenient::or_default")]
    #[ts(type = "Record<string, unknown>")]
    pub details: Map<String, Value>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::recall::RecallAnswer;
    use serde_json::json;

    const SAMPLE: &str = include_str!("../tests/data/recall-1.1.json");

    fn sample() -> RecallAnswer {
        serde_json::from_str(SAMPLE).unwrap()
    }

    #[test]
    fn the_embedding_is_dropped_and_everything_else_is_kept() {
        let mut sent: Value = serde_json::from_str(SAMPLE).unwrap();
        let embedding = sent["trace"]["query"].as_object_mut().unwrap().remove("query_embedding");
        assert!(embedding.unwrap().is_array());
        assert_eq!(sample().raw_trace.as_ref(), Some(&sent["trace"]));
    }

    #[test]
    fn arms_fusion_and_rerank_are_read_from_a_real_trace() {
        let trace = sample().trace.unwrap();
        assert_eq!(trace.query.unwrap().budget, Some(300));
        let semantic = trace
            .retrieval_results
            .iter()
            .find(|arm| arm.method_name == "semantic" && !arm.results.is_empty());
        assert_eq!(semantic.unwrap().results[0].score_name.as_deref(), Some("similarity"));
        assert_eq!(trace.rrf_merged[0].final_rrf_rank, Some(1));
        assert_eq!(trace.reranked[0].score_components.recency, Some(0.1));
        assert_eq!(trace.entry_points[0].rank, Some(1));
        let summary = trace.summary.unwrap();
        assert!(
            summary.phase_metrics.iter().any(|phase| phase.details.get("diagnostic") == Some(&json!(true)))
        );
    }

    #[test]
    fn a_trace_of_another_make_is_kept_whole() {
        let raw = json!({"fusion": [1], "rrf_merged": [{"no": "id"}, {"node_id": "n", "source_ranks": {"graph_rank": 2}}]});
        let answer: RecallAnswer = serde_json::from_value(json!({"results": [], "trace": raw})).unwrap();
        assert_eq!(answer.raw_trace.as_ref(), Some(&raw));
        assert_eq!(answer.trace.unwrap().arms()["n"], BTreeMap::from([("graph".to_owned(), 2)]));
    }
}

//! Memories as a turn sees them: the kinds of facts, how they are asked for, what came back.
//!
//! Names and value lists follow the Hindsight HTTP API 1.1. The wire structs of that API live in
//! `rearview-hindsight`.

use crate::id::DocumentId;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use ts_rs::TS;

/// The kind of a fact.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
#[ts(export)]
pub enum FactType {
    /// About the person, other people, the world.
    World,
    /// What the assistant itself did or said.
    Experience,
    /// A statement merged from several facts.
    Observation,
}

impl FactType {
    /// The server's spelling.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::World => "world",
            Self::Experience => "experience",
            Self::Observation => "observation",
        }
    }
}

/// How hard recall or reflect looks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
#[ts(export)]
pub enum Budget {
    /// 100 candidates an arm on a default server.
    Low,
    /// 300 candidates an arm.
    #[default]
    Mid,
    /// 1,000 candidates an arm.
    High,
}

/// How tags filter what is recalled.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
#[ts(export)]
pub enum TagsMatch {
    /// Any of the tags, or untagged.
    #[default]
    Any,
    /// All of the tags, or untagged.
    All,
    /// Any of the tags.
    AnyStrict,
    /// All of the tags.
    AllStrict,
    /// Exactly these tags.
    Exact,
}

/// Floors under which a memory is left out. `semantic` and `keyword` cut inside their own arm only.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct MinScores {
    /// Floor of the semantic arm, cosine similarity.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub semantic: Option<f64>,
    /// Floor of the keyword arm, unbounded.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub keyword: Option<f64>,
    /// Floor of the reranker's score.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reranker: Option<f64>,
    /// Floor of the final score.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub r#final: Option<f64>,
}

/// A window in time that replaces the server's reading of dates in the query. It ranks, it does not filter.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct TemporalWindow {
    /// First moment, ISO 8601.
    pub start: String,
    /// Last moment, ISO 8601.
    pub end: String,
}

/// The raw scores of a recalled memory. They compare within one query only and are no percentages.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, TS)]
#[serde(default)]
#[ts(export)]
pub struct Scores {
    /// After fusion, rerank and boosts.
    pub r#final: Option<f64>,
    /// The reranker's own score.
    pub reranker: Option<f64>,
    /// Cosine similarity.
    pub semantic: Option<f64>,
    /// Keyword score.
    pub keyword: Option<f64>,
}

/// A memory that recall returned.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export)]
pub struct RecalledMemory {
    /// The fact's id on its server.
    pub id: String,
    /// The fact.
    pub text: String,
    /// Its kind; `None` when the server did not say.
    pub fact_type: Option<FactType>,
    /// Names of the entities in it.
    #[serde(default)]
    pub entities: Vec<String>,
    /// Where it came up.
    pub context: Option<String>,
    /// When it happened, from.
    pub occurred_start: Option<String>,
    /// When it happened, to.
    pub occurred_end: Option<String>,
    /// When it was said.
    pub mentioned_at: Option<String>,
    /// The document it came from.
    pub document_id: Option<DocumentId>,
    /// The chunk it came from.
    pub chunk_id: Option<String>,
    /// Its tags.
    #[serde(default)]
    pub tags: Vec<String>,
    /// Its metadata.
    #[serde(default)]
    pub metadata: BTreeMap<String, String>,
    /// Raw scores.
    #[serde(default)]
    pub scores: Scores,
    /// Place in the server's order, from 1.
    pub rank: u32,
    /// Ranks in the arms that found it, from the trace: `semantic`, `bm25`, `graph`, `temporal`.
    #[serde(default)]
    pub arms: BTreeMap<String, u32>,
    /// Tokens of the text, counted as o200k.
    pub tokens: u32,
}

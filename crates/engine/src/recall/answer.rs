//! The answer as the API writes it, and its texts out of the tables.
//!
//! Entities, chunks and source facts that go along are in `include`.

use super::fuse::Candidate;
use crate::error::{Result, during};
use crate::time::iso;
use crate::unit::Kind;
use serde::Serialize;
use serde_json::{Map, Value};
use sqlx::Row as _;
use sqlx::sqlite::{SqlitePool, SqliteRow};
use std::collections::HashMap;

/// What a recall answers.
#[derive(Debug, Default, Serialize)]
pub(crate) struct Recalled {
    /// Best first.
    pub(crate) results: Vec<Fact>,
    pub(crate) trace: Option<Value>,
    pub(crate) entities: Option<Map<String, Value>>,
    pub(crate) chunks: Option<Map<String, Value>>,
    pub(crate) source_facts: Option<Map<String, Value>>,
    /// Set when source facts were asked for.
    pub(crate) source_facts_truncated: Option<bool>,
}

/// A memory as recall answers it.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Fact {
    pub(crate) id: String,
    pub(crate) text: String,
    #[serde(rename = "type")]
    pub(crate) kind: &'static str,
    /// `None` when it has none, or they were switched off.
    pub(crate) entities: Option<Vec<String>>,
    pub(crate) context: Option<String>,
    pub(crate) occurred_start: Option<String>,
    pub(crate) occurred_end: Option<String>,
    pub(crate) mentioned_at: Option<String>,
    pub(crate) document_id: Option<String>,
    pub(crate) metadata: Value,
    pub(crate) chunk_id: Option<String>,
    pub(crate) tags: Vec<String>,
    /// Of an observation, when source facts were asked for.
    pub(crate) source_fact_ids: Option<Vec<String>>,
    pub(crate) scores: Option<Scores>,
    /// This engine keeps none.
    pub(crate) attachments: Option<Value>,
    #[serde(skip)]
    pub(crate) unit: i64,
    /// Its chunk's `no`.
    #[serde(skip)]
    pub(crate) chunk: Option<i64>,
    /// The date that orders it.
    #[serde(skip)]
    pub(crate) event_at: i64,
    #[serde(skip)]
    pub(crate) tokens: u32,
}

/// What a memory's place rests on.
#[derive(Clone, Copy, Debug, Serialize)]
pub(crate) struct Scores {
    /// What the order is by.
    pub(crate) r#final: f64,
    /// Always null: nothing reranks.
    pub(crate) reranker: Option<f64>,
    /// Cosine, if the semantic arm brought it.
    pub(crate) semantic: Option<f64>,
    /// BM25, if the keyword arm brought it.
    pub(crate) keyword: Option<f64>,
}

impl Scores {
    pub(super) fn of(candidate: &Candidate) -> Self {
        Self {
            r#final: f64::from(candidate.score),
            reranker: None,
            semantic: candidate.ranks.semantic.and(candidate.cosine).map(f64::from),
            keyword: candidate.ranks.keyword.and(candidate.keyword),
        }
    }
}

/// The id of a chunk, as the API writes it.
pub(crate) fn chunk_id(bank: &str, document: &str, idx: i64) -> String {
    format!("{bank}_{document}_{idx}")
}

/// Reads memories by their `no`; one that went meanwhile is not there.
pub(super) async fn facts(db: &SqlitePool, bank: &str, units: &[i64]) -> Result<HashMap<i64, Fact>> {
    let action = "read recalled memories";
    let rows = sqlx::query(
        "SELECT u.no, u.id, u.text, u.kind, u.context, u.occurred_start, u.occurred_end, u.mentioned_at, \
         u.event_at, u.tokens, u.metadata, u.tags, u.chunk, d.id AS document_id, c.idx \
         FROM json_each(?1) asked JOIN unit u ON u.no = asked.value \
         LEFT JOIN document d ON d.no = u.document LEFT JOIN chunk c ON c.no = u.chunk WHERE u.state = 0",
    )
    .bind(Value::from(units.to_vec()).to_string())
    .fetch_all(db)
    .await
    .map_err(during(action))?;
    let read = |row: SqliteRow| Ok((row.try_get("no")?, fact(&row, bank)?));
    rows.into_iter().map(read).collect::<sqlx::Result<_>>().map_err(during(action))
}

fn fact(row: &SqliteRow, bank: &str) -> sqlx::Result<Fact> {
    let time = |name: &str| row.try_get::<Option<i64>, _>(name).map(|at| at.map(iso));
    let document: Option<String> = row.try_get("document_id")?;
    let idx: Option<i64> = row.try_get("idx")?;
    let metadata: Option<&str> = row.try_get("metadata")?;
    Ok(Fact {
        id: row.try_get("id")?,
        text: row.try_get("text")?,
        kind: Kind::from_column(row.try_get("kind")?).word(),
        entities: None,
        context: row.try_get("context")?,
        occurred_start: time("occurred_start")?,
        occurred_end: time("occurred_end")?,
        mentioned_at: time("mentioned_at")?,
        chunk_id: document.as_ref().zip(idx).map(|(document, idx)| chunk_id(bank, document, idx)),
        document_id: document,
        metadata: metadata
            .and_then(|text| serde_json::from_str(text).ok())
            .filter(Value::is_object)
            .unwrap_or_else(|| Value::Object(Map::new())),
        tags: serde_json::from_str(row.try_get("tags")?).unwrap_or_default(),
        source_fact_ids: None,
        scores: None,
        attachments: None,
        unit: row.try_get("no")?,
        chunk: row.try_get("chunk")?,
        event_at: row.try_get("event_at")?,
        tokens: u32::try_from(row.try_get::<i64, _>("tokens")?).unwrap_or(u32::MAX),
    })
}

//! The list of memories: filters, order, pages.

use super::tagged::Tagged;
use super::way::Way;
use super::words::push_holds;
use crate::bank::Bank;
use crate::error::{EngineError, Result, during};
use crate::time::{iso, parse};
use crate::unit::Kind;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use serde_json::{Value, json};
use sqlx::sqlite::{SqlitePool, SqliteRow};
use sqlx::{QueryBuilder, Row as _, Sqlite};
use uuid::Uuid;

/// A time of a memory by which a list may be cut and ordered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum TimeField {
    CreatedAt,
    UpdatedAt,
    MentionedAt,
    OccurredStart,
    OccurredEnd,
}

impl TimeField {
    fn column(self) -> &'static str {
        match self {
            Self::CreatedAt => "u.created_at",
            Self::UpdatedAt => "u.updated_at",
            Self::MentionedAt => "u.mentioned_at",
            Self::OccurredStart => "u.occurred_start",
            Self::OccurredEnd => "u.occurred_end",
        }
    }
}

/// Which memories.
#[derive(Clone, Debug, Default)]
pub(crate) struct Filter {
    /// The API's word; one that is none finds nothing.
    pub(crate) kind: Option<String>,
    /// Words that the text or the context holds.
    pub(crate) q: String,
    pub(crate) document_id: Option<String>,
    /// `<bank>_<document>_<index>`.
    pub(crate) chunk_id: Option<String>,
    pub(crate) entity_id: Option<Uuid>,
    pub(crate) tagged: Option<Tagged>,
    pub(crate) invalidated: bool,
    pub(crate) consolidation: Option<Consolidation>,
    pub(crate) time_field: Option<TimeField>,
    /// From this time on, in milliseconds.
    pub(crate) start: Option<i64>,
    /// Before this time.
    pub(crate) end: Option<i64>,
}

/// How far consolidation is with a fact.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Consolidation {
    Failed,
    Pending,
    Done,
}

/// Reads `state`: false for valid, true for invalidated.
pub(crate) fn invalidated(state: Option<&str>) -> Result<bool> {
    match state {
        None | Some("valid") => Ok(false),
        Some("invalidated") => Ok(true),
        Some(other) => {
            Err(EngineError::bad_request(format!("Invalid state '{other}': it is 'valid' or 'invalidated'")))
        }
    }
}

/// Reads `consolidation_state`.
pub(crate) fn consolidation(state: Option<&str>) -> Result<Option<Consolidation>> {
    Ok(Some(match state {
        None => return Ok(None),
        Some("failed") => Consolidation::Failed,
        Some("pending") => Consolidation::Pending,
        Some("done") => Consolidation::Done,
        Some(other) => {
            return Err(EngineError::bad_request(format!(
                "Invalid consolidation_state '{other}': it is 'failed', 'pending' or 'done'"
            )));
        }
    }))
}

/// Reads a time of a query string.
pub(crate) fn time(name: &str, text: Option<&str>) -> Result<Option<i64>> {
    let Some(text) = text.filter(|text| !text.is_empty()) else { return Ok(None) };
    // In a query string `+` may have been meant and sent as it is.
    let found = parse(text).or_else(|| parse(&text.replace(' ', "+")));
    let wrong = || EngineError::bad_request(format!("Invalid {name}: '{text}' is no ISO 8601 time"));
    found.map(Some).ok_or_else(wrong)
}

impl Filter {
    /// The column by which this list is cut and ordered, when it is not the usual one.
    fn time_column(&self) -> Option<&'static str> {
        let cut = self.start.is_some() || self.end.is_some();
        self.time_field.or(cut.then_some(TimeField::CreatedAt)).map(TimeField::column)
    }

    /// Whether nothing but its text or its tags tells if a memory passes: then no index leads to those that do.
    fn reads_each(&self) -> bool {
        let read = !self.q.is_empty() || self.tagged.is_some();
        let led = self.document_id.is_some()
            || self.chunk_id.is_some()
            || self.entity_id.is_some()
            || self.consolidation.is_some()
            || self.start.is_some()
            || self.end.is_some();
        read && !led
    }

    /// Adds ` FROM unit u WHERE …`.
    fn push(&self, query: &mut QueryBuilder<Sqlite>, bank: &Bank, way: Way) {
        query.push(" FROM unit u").push(way.hint());
        query.push(" WHERE u.bank = ").push_bind(bank.no);
        query.push(format!(" AND u.state = {}", i64::from(self.invalidated)));
        if let Some(word) = &self.kind {
            query.push(" AND u.kind = ").push_bind(Kind::from_word(word).map_or(-1, |kind| kind as i64));
        }
        if let Some(id) = &self.document_id {
            query.push(" AND u.document = (SELECT no FROM document WHERE bank = ").push_bind(bank.no);
            query.push(" AND id = ").push_bind(id.clone()).push(")");
        }
        if let Some(id) = &self.chunk_id {
            query.push(" AND u.chunk IN (SELECT c.no FROM chunk c JOIN document d ON d.no = c.document ");
            query.push("WHERE d.bank = ").push_bind(bank.no).push(" AND ").push_bind(bank.id.clone());
            query.push(" || '_' || d.id || '_' || c.idx = ").push_bind(id.clone()).push(")");
        }
        if let Some(id) = &self.entity_id {
            query.push(" AND u.no IN (SELECT ue.unit FROM unit_entity ue JOIN entity e ON e.no = ue.entity ");
            query.push("WHERE e.bank = ").push_bind(bank.no).push(" AND e.id = ").push_bind(id.to_string());
            query.push(")");
        }
        match self.consolidation {
            None => {}
            Some(Consolidation::Failed) => {
                query.push(" AND u.consolidation_failed_at IS NOT NULL");
            }
            Some(Consolidation::Done) => {
                query.push(" AND u.consolidated_at IS NOT NULL");
            }
            Some(Consolidation::Pending) => {
                query.push(
                    " AND u.kind < 3 AND u.consolidated_at IS NULL AND u.consolidation_failed_at IS NULL",
                );
            }
        }
        if let Some(tagged) = &self.tagged {
            query.push(" AND ");
            tagged.push(query);
        }
        if let Some(column) = self.time_column() {
            query.push(format!(" AND {column} IS NOT NULL"));
            if let Some(start) = self.start {
                query.push(format!(" AND {column} >= ")).push_bind(start);
            }
            if let Some(end) = self.end {
                query.push(format!(" AND {column} < ")).push_bind(end);
            }
        }
        push_holds(query, &["u.text", "u.context"], &self.q);
    }

    /// How many memories it lets pass, and the `no`s of a page of them in the list's order.
    pub(crate) async fn find(
        &self,
        db: &SqlitePool,
        bank: &Bank,
        limit: i64,
        offset: i64,
    ) -> Result<(i64, Vec<i64>)> {
        let way = if self.reads_each() { Way::through(db, bank).await? } else { Way::Index };
        let total = self.count(db, bank, way).await?;
        let page = match limit {
            0 => Vec::new(),
            limit => self.page(db, bank, way.to_page(total, limit, offset), (limit, offset)).await?,
        };
        Ok((total, page))
    }

    async fn count(&self, db: &SqlitePool, bank: &Bank, way: Way) -> Result<i64> {
        let mut query = QueryBuilder::new("SELECT count(*)");
        self.push(&mut query, bank, way);
        query.build_query_scalar().fetch_one(db).await.map_err(during("count memories"))
    }

    async fn page(
        &self,
        db: &SqlitePool,
        bank: &Bank,
        way: Way,
        (limit, offset): (i64, i64),
    ) -> Result<Vec<i64>> {
        let mut query = QueryBuilder::new("SELECT u.no");
        self.push(&mut query, bank, way);
        match self.time_column() {
            Some(column) => query.push(format!(" ORDER BY {column} DESC, u.created_at DESC, u.no DESC")),
            None => query.push(" ORDER BY u.mentioned_at DESC, u.created_at DESC, u.no DESC"),
        };
        query.push(" LIMIT ").push_bind(limit).push(" OFFSET ").push_bind(offset);
        query.build_query_scalar().fetch_all(db).await.map_err(during("list memories"))
    }
}

/// Columns of [`Fields::read`].
pub(crate) const COLUMNS: &str = "u.no, u.id, u.kind, u.text, u.context, u.occurred_start, u.occurred_end, \
    u.mentioned_at, u.event_at, u.proof, u.tags, u.metadata, u.observation_scopes, u.origin, u.state, \
    u.invalidation_reason, u.invalidated_at, u.consolidated_at, u.consolidation_failed_at, u.edited_at, \
    u.created_at, u.updated_at, d.id AS document_id, c.idx AS chunk_index, \
    (SELECT json_group_array(e.name) FROM unit_entity ue JOIN entity e ON e.no = ue.entity WHERE ue.unit = u.no) AS names, \
    CASE WHEN u.kind = 3 THEN (SELECT json_group_array(f.id) FROM source s JOIN unit f ON f.no = s.unit \
     WHERE s.observation = u.no) ELSE '[]' END AS sources";
/// Tables of [`COLUMNS`].
pub(crate) const TABLES: &str =
    "unit u LEFT JOIN document d ON d.no = u.document LEFT JOIN chunk c ON c.no = u.chunk";

/// What every answer about a memory is made of.
#[derive(Debug)]
pub(crate) struct Fields {
    pub(crate) no: i64,
    pub(crate) kind: Kind,
    pub(crate) names: Vec<String>,
    pub(crate) sources: Vec<String>,
    pub(crate) event_at: i64,
    pub(crate) created_at: i64,
    pub(crate) proof: i64,
    pub(crate) observation_scopes: Value,
    pub(crate) updated_at: i64,
    /// What the list and the single memory answer alike.
    pub(crate) shared: Shared,
}

/// What the list and the single memory answer alike, as the API spells it.
#[derive(Debug, Serialize)]
pub(crate) struct Shared {
    pub(crate) id: String,
    pub(crate) text: String,
    pub(crate) context: String,
    pub(crate) date: String,
    pub(crate) document_id: Option<String>,
    pub(crate) chunk_id: Option<String>,
    pub(crate) mentioned_at: Option<String>,
    pub(crate) occurred_start: Option<String>,
    pub(crate) occurred_end: Option<String>,
    pub(crate) tags: Box<RawValue>,
    pub(crate) metadata: Box<RawValue>,
    pub(crate) consolidated_at: Option<String>,
    pub(crate) consolidation_failed_at: Option<String>,
    pub(crate) state: &'static str,
    pub(crate) invalidation_reason: Option<String>,
    pub(crate) invalidated_at: Option<String>,
    pub(crate) edited_at: Option<String>,
    pub(crate) origin: Option<String>,
}

/// A memory as the list answers it.
#[derive(Debug, Serialize)]
pub(crate) struct Item {
    #[serde(flatten)]
    shared: Shared,
    fact_type: &'static str,
    /// With commas between; none of an observation.
    entities: String,
    proof_count: i64,
    /// Hindsight 1.1 sorts by `created_at` and does not say it; a list must be able to show its order.
    created_at: String,
    updated_at: String,
    source_memory_ids: Vec<String>,
}

impl Fields {
    /// From a row of [`COLUMNS`].
    pub(crate) fn read(row: &SqliteRow, bank: &Bank) -> sqlx::Result<Self> {
        let at = |column: &str| row.try_get::<Option<i64>, _>(column).map(|ms| ms.map(iso));
        let text = |column: &str| row.try_get::<Option<&str>, _>(column);
        let owned = |column: &str| row.try_get::<Option<String>, _>(column);
        // Stored as JSON and answered as it stands, not taken apart between.
        let raw = |column: &str, empty: &str| -> sqlx::Result<Box<RawValue>> {
            let stored = text(column)?.and_then(|text| serde_json::from_str(text).ok());
            Ok(stored.or_else(|| serde_json::from_str(empty).ok()).unwrap_or_default())
        };
        let list = |column: &str| -> sqlx::Result<Vec<String>> {
            Ok(serde_json::from_str(row.try_get(column)?).unwrap_or_default())
        };
        let event_at: i64 = row.try_get("event_at")?;
        let document = text("document_id")?;
        let chunk: Option<i64> = row.try_get("chunk_index")?;
        let chunk_id = document.zip(chunk).map(|(document, index)| format!("{}_{document}_{index}", bank.id));
        let state: i64 = row.try_get("state")?;
        Ok(Self {
            no: row.try_get("no")?,
            kind: Kind::from_column(row.try_get("kind")?),
            names: list("names")?,
            sources: list("sources")?,
            event_at,
            created_at: row.try_get("created_at")?,
            proof: row.try_get("proof")?,
            observation_scopes: text("observation_scopes")?
                .and_then(|text| serde_json::from_str(text).ok())
                .unwrap_or_default(),
            updated_at: row.try_get("updated_at")?,
            shared: Shared {
                id: row.try_get("id")?,
                text: row.try_get("text")?,
                context: owned("context")?.unwrap_or_default(),
                date: iso(event_at),
                document_id: document.map(str::to_owned),
                chunk_id,
                mentioned_at: at("mentioned_at")?,
                occurred_start: at("occurred_start")?,
                occurred_end: at("occurred_end")?,
                tags: raw("tags", "[]")?,
                metadata: raw("metadata", "{}")?,
                consolidated_at: at("consolidated_at")?,
                consolidation_failed_at: at("consolidation_failed_at")?,
                state: if state == 0 { "valid" } else { "invalidated" },
                invalidation_reason: owned("invalidation_reason")?,
                invalidated_at: at("invalidated_at")?,
                edited_at: at("edited_at")?,
                origin: owned("origin")?,
            },
        })
    }

    /// As the list answers it.
    fn item(self) -> Item {
        Item {
            shared: self.shared,
            fact_type: self.kind.word(),
            entities: if self.kind == Kind::Observation { String::new() } else { self.names.join(", ") },
            proof_count: self.proof,
            created_at: iso(self.created_at),
            updated_at: iso(self.updated_at),
            source_memory_ids: self.sources,
        }
    }
}

/// These memories with their fields, in this order; ones that are gone are left out.
pub(crate) async fn fields(db: &SqlitePool, bank: &Bank, units: &[i64]) -> Result<Vec<Fields>> {
    let action = "read memories";
    // The list's numbers as JSON: one statement however many there are.
    let rows = sqlx::query(sqlx::AssertSqlSafe(format!(
        "SELECT {COLUMNS} FROM json_each(?1) j CROSS JOIN {} WHERE u.no = j.value ORDER BY j.key",
        TABLES
    )))
    .bind(json!(units).to_string())
    .fetch_all(db)
    .await
    .map_err(during(action))?;
    rows.iter().map(|row| Fields::read(row, bank)).collect::<sqlx::Result<_>>().map_err(during(action))
}

/// These memories as the list answers them.
pub(crate) async fn items(db: &SqlitePool, bank: &Bank, units: &[i64]) -> Result<Vec<Item>> {
    Ok(fields(db, bank, units).await?.into_iter().map(Fields::item).collect())
}

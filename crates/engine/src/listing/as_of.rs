//! What a bank knew at a time: each memory as it stood then, from the versions that were kept.
//!
//! The time is the one at which memories were stored and changed, never the one at which things happened. A memory
//! that a person deleted for good is in no answer, for any time.

use super::words::push_holds;
use crate::bank::Bank;
use crate::error::{Result, during};
use crate::time::iso;
use crate::unit::Kind;
use serde::Serialize;
use serde_json::value::RawValue;
use sqlx::sqlite::{SqlitePool, SqliteRow};
use sqlx::{QueryBuilder, Row as _, Sqlite};

/// Which memories, at which time.
#[derive(Clone, Debug, Default)]
pub(crate) struct AsOf {
    /// In milliseconds.
    pub(crate) at: i64,
    /// The API's word; one that is none finds nothing.
    pub(crate) kind: Option<String>,
    /// Words that the text held then.
    pub(crate) q: String,
    /// Only these; empty for all.
    pub(crate) ids: Vec<String>,
}

/// A memory as it stood.
#[derive(Debug, Serialize)]
pub(crate) struct Stood {
    id: String,
    text: String,
    context: String,
    fact_type: &'static str,
    entities: Box<RawValue>,
    tags: Box<RawValue>,
    occurred_start: Option<String>,
    occurred_end: Option<String>,
    mentioned_at: Option<String>,
    /// When it was first stored.
    created_at: String,
    /// Since when it stood like this.
    stood_from: String,
    /// Until when it stood like this; null when it still does.
    stood_to: Option<String>,
    /// What ended that: edited, invalidated, consolidated, removed.
    change: Option<String>,
}

/// A page of what stood.
#[derive(Debug, Serialize)]
pub(crate) struct Page {
    pub(crate) items: Vec<Stood>,
    pub(crate) total: i64,
    /// Memories that were there and whose version of then is no longer kept.
    pub(crate) unknown: i64,
    pub(crate) limit: i64,
    pub(crate) offset: i64,
}

/// The version of each memory that stood at a time in a bank: the one kept that reached beyond it, else the memory as it
/// is now. Both are whole numbers and written into the text, because the filters behind it bind by place.
const STOOD: &str = "WITH stood AS ( \
    SELECT h.unit_id AS id, h.version ->> 'text' AS text, h.version ->> 'context' AS context, \
      h.version ->> 'kind' AS kind, h.version ->> 'state' AS state, h.version -> 'entities' AS entities, \
      h.version -> 'tags' AS tags, h.version ->> 'occurred_start' AS occurred_start, \
      h.version ->> 'occurred_end' AS occurred_end, h.version ->> 'mentioned_at' AS mentioned_at, \
      (SELECT min(f.stood_from) FROM history f WHERE f.bank = ?1 AND f.unit_id = h.unit_id) AS created_at, \
      h.stood_from, h.stood_to, h.change \
    FROM history h WHERE h.bank = ?1 AND h.stood_from <= ?2 AND h.stood_to > ?2 \
    UNION ALL \
    SELECT u.id, u.text, u.context, u.kind, u.state, \
      (SELECT json_group_array(e.name) FROM unit_entity ue JOIN entity e ON e.no = ue.entity WHERE ue.unit = u.no), \
      u.tags, u.occurred_start, u.occurred_end, u.mentioned_at, u.created_at, \
      coalesce((SELECT max(h.stood_to) FROM history h WHERE h.bank = ?1 AND h.unit_id = u.id), u.created_at), \
      NULL, NULL \
    FROM unit u WHERE u.bank = ?1 AND u.created_at <= ?2 AND u.origin <> 'pending' \
      AND NOT EXISTS (SELECT 1 FROM history h WHERE h.bank = ?1 AND h.unit_id = u.id AND h.stood_to > ?2)) ";

impl AsOf {
    /// The page, the one said last first.
    pub(crate) async fn find(&self, db: &SqlitePool, bank: &Bank, limit: i64, offset: i64) -> Result<Page> {
        let action = "list what a bank knew";
        let mut counting = self.query(bank, "SELECT count(*) FROM stood");
        let total = counting.build_query_scalar().fetch_one(db).await.map_err(during(action))?;
        let mut query = self.query(bank, "SELECT * FROM stood");
        query.push(" ORDER BY mentioned_at DESC, created_at DESC, id LIMIT ").push_bind(limit);
        query.push(" OFFSET ").push_bind(offset);
        let rows = match limit {
            0 => Vec::new(),
            _ => query.build().fetch_all(db).await.map_err(during(action))?,
        };
        let items = rows.iter().map(Stood::read).collect::<sqlx::Result<_>>().map_err(during(action))?;
        // Versions of an observation are dropped from the oldest on, so one may begin too late to tell.
        let unknown = sqlx::query_scalar(
            "SELECT count(*) FROM unit u WHERE u.bank = ?1 AND u.created_at <= ?2 \
             AND EXISTS (SELECT 1 FROM history h WHERE h.bank = ?1 AND h.unit_id = u.id AND h.stood_to > ?2) \
             AND NOT EXISTS (SELECT 1 FROM history h WHERE h.bank = ?1 AND h.unit_id = u.id \
                             AND h.stood_from <= ?2 AND h.stood_to > ?2)",
        )
        .bind(bank.no)
        .bind(self.at)
        .fetch_one(db)
        .await
        .map_err(during(action))?;
        Ok(Page { items, total, unknown, limit, offset })
    }

    fn query(&self, bank: &Bank, select: &str) -> QueryBuilder<Sqlite> {
        let stood = STOOD.replace("?1", &bank.no.to_string()).replace("?2", &self.at.to_string());
        let mut query = QueryBuilder::new(stood);
        // What was invalidated then did not count.
        query.push(select).push(" WHERE state = 0");
        if let Some(word) = &self.kind {
            query.push(" AND kind = ").push_bind(Kind::from_word(word).map_or(-1, |kind| kind as i64));
        }
        if !self.ids.is_empty() {
            query.push(" AND id IN (SELECT value FROM json_each(");
            query.push_bind(serde_json::json!(self.ids).to_string()).push("))");
        }
        push_holds(&mut query, &["text", "context"], &self.q);
        query
    }
}

impl Stood {
    fn read(row: &SqliteRow) -> sqlx::Result<Self> {
        let at = |column: &str| row.try_get::<Option<i64>, _>(column).map(|ms| ms.map(iso));
        let raw = |column: &str| -> sqlx::Result<Box<RawValue>> {
            let stored = row.try_get::<Option<&str>, _>(column)?;
            let stored = stored.and_then(|text| serde_json::from_str(text).ok());
            Ok(stored.or_else(|| serde_json::from_str("[]").ok()).unwrap_or_default())
        };
        Ok(Self {
            id: row.try_get("id")?,
            text: row.try_get("text")?,
            context: row.try_get::<Option<String>, _>("context")?.unwrap_or_default(),
            fact_type: Kind::from_column(row.try_get("kind")?).word(),
            entities: raw("entities")?,
            tags: raw("tags")?,
            occurred_start: at("occurred_start")?,
            occurred_end: at("occurred_end")?,
            mentioned_at: at("mentioned_at")?,
            created_at: iso(row.try_get("created_at")?),
            stood_from: iso(row.try_get("stood_from")?),
            stood_to: at("stood_to")?,
            change: row.try_get("change")?,
        })
    }
}

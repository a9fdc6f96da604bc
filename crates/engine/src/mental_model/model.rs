//! A mental model as the table keeps it and as the API answers it.

use super::Trigger;
use crate::bank::Bank;
use crate::time::iso;
use serde::Deserialize;
use serde_json::{Value, json};
use sqlx::Row as _;
use sqlx::sqlite::SqliteRow;

/// Tokens of the content that are aimed at when nothing else is asked for (hindsight 1.1).
pub(crate) const CONTENT_TOKENS: u32 = 2048;

/// How much of a model an answer shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Detail {
    /// Name, tags, times.
    Metadata,
    /// And the question, the content, the trigger.
    Content,
    /// And what the content rests on.
    Full,
}

/// A standing question with its answer. Times are milliseconds since 1970.
#[derive(Clone, Debug)]
pub(crate) struct MentalModel {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) source_query: String,
    /// Markdown; empty until the first refresh.
    pub(crate) content: String,
    pub(crate) tags: Vec<String>,
    pub(crate) max_tokens: u32,
    pub(crate) trigger: Trigger,
    /// What the last refresh rested on, as the API answers it.
    pub(crate) reflect_response: Option<Value>,
    pub(crate) last_refreshed_at: Option<i64>,
    pub(crate) last_full_refreshed_at: Option<i64>,
    /// Memories in scope that are newer make the model stale.
    pub(crate) last_memory_seen_at: Option<i64>,
    /// Set while the last refresh failed; no refresh begins by itself then.
    pub(crate) last_refresh_failed_at: Option<i64>,
    pub(crate) created_at: i64,
    pub(crate) updated_at: i64,
}

impl MentalModel {
    /// What [`MentalModel::read`] wants.
    pub(super) const COLUMNS: &'static str = "id, name, source_query, content, tags, max_tokens, trigger_options, \
        reflect_response, last_refreshed_at, last_full_refreshed_at, last_memory_seen_at, last_refresh_failed_at, \
        created_at, updated_at";

    pub(super) fn read(row: &SqliteRow) -> sqlx::Result<Self> {
        let response: Option<&str> = row.try_get("reflect_response")?;
        Ok(Self {
            id: row.try_get("id")?,
            name: row.try_get("name")?,
            source_query: row.try_get("source_query")?,
            content: row.try_get("content")?,
            tags: serde_json::from_str(row.try_get("tags")?).unwrap_or_default(),
            max_tokens: u32::try_from(row.try_get::<i64, _>("max_tokens")?).unwrap_or(CONTENT_TOKENS),
            trigger: serde_json::from_str(row.try_get("trigger_options")?).unwrap_or_default(),
            reflect_response: response.and_then(|text| serde_json::from_str(text).ok()),
            last_refreshed_at: row.try_get("last_refreshed_at")?,
            last_full_refreshed_at: row.try_get("last_full_refreshed_at")?,
            last_memory_seen_at: row.try_get("last_memory_seen_at")?,
            last_refresh_failed_at: row.try_get("last_refresh_failed_at")?,
            created_at: row.try_get("created_at")?,
            updated_at: row.try_get("updated_at")?,
        })
    }

    /// As the API answers it; `stale` where the answer says so (lists and single reads do, changes do not).
    pub(crate) fn to_json(&self, bank: &Bank, detail: Detail, stale: Option<bool>) -> Value {
        let content = detail != Detail::Metadata;
        let time = |at: Option<i64>| at.map(iso);
        json!({
            "id": self.id,
            "bank_id": bank.id,
            "name": self.name,
            "source_query": content.then_some(&self.source_query),
            "content": content.then_some(&self.content),
            "tags": self.tags,
            "max_tokens": content.then_some(self.max_tokens),
            "trigger": content.then_some(&self.trigger),
            "last_refreshed_at": time(self.last_refreshed_at),
            "last_memory_seen_at": time(self.last_memory_seen_at),
            "last_refresh_failed_at": time(self.last_refresh_failed_at),
            "last_full_refreshed_at": time(self.last_full_refreshed_at),
            "created_at": iso(self.created_at),
            // This engine has no knowledge pages; changes leave the field open as hindsight 1.1 does.
            "is_knowledge_page": stale.map(|_| false),
            "reflect_response": self.reflect_response.as_ref().filter(|_| detail == Detail::Full),
            "is_stale": stale,
        })
    }
}

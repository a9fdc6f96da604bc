//! A document's history: what was done to it, and with what effect on facts and observations.

use crate::db::Write;
use crate::error::{Result, during};
use crate::time::{iso, now_ms};
use serde_json::{Value, json};
use sqlx::sqlite::SqlitePool;

/// Ids told per kind of change (hindsight 1.1).
const MOST_IDS: usize = 100;

/// One change.
#[derive(Debug, Default)]
pub(crate) struct Event<'a> {
    /// retain, append, reprocess, retag, fact_edited, fact_invalidated, fact_restored, fact_deleted,
    /// observations_cleared or consolidation.
    pub(crate) kind: &'a str,
    pub(crate) operation_id: Option<&'a str>,
    pub(crate) fact_id: Option<&'a str>,
    pub(crate) facts_added: usize,
    pub(crate) facts_removed: usize,
    pub(crate) observations_created: &'a [String],
    pub(crate) observations_updated: &'a [String],
    pub(crate) observations_removed: &'a [String],
}

/// Writes a change down. Answers it as an operation's result names it.
pub(crate) async fn add(
    write: &mut Write<'_>,
    bank: i64,
    document_id: &str,
    event: &Event<'_>,
) -> Result<Value> {
    let now = now_ms();
    let ids =
        |ids: &[String]| json!({"count": ids.len(), "ids": ids.iter().take(MOST_IDS).collect::<Vec<_>>()});
    let detail = json!({
        "facts_added": event.facts_added,
        "facts_removed": event.facts_removed,
        "observations_created": ids(event.observations_created),
        "observations_updated": ids(event.observations_updated),
        "observations_removed": ids(event.observations_removed),
    });
    sqlx::query(
        "INSERT INTO document_event (bank, document_id, kind, operation_id, fact_id, detail, created_at) \
         VALUES (?1,?2,?3,?4,?5,?6,?7)",
    )
    .bind(bank)
    .bind(document_id)
    .bind(event.kind)
    .bind(event.operation_id)
    .bind(event.fact_id)
    .bind(detail.to_string())
    .bind(now)
    .execute(write.sql())
    .await
    .map_err(during("write a document's history"))?;
    let mut told = json!({
        "kind": event.kind, "fact_id": event.fact_id, "created_at": iso(now), "document_id": document_id,
    });
    if let (Value::Object(told), Value::Object(detail)) = (&mut told, detail) {
        told.extend(detail);
    }
    Ok(told)
}

/// A page of a document's history, newest first, and how much there is.
pub(crate) async fn list(
    db: &SqlitePool,
    bank: i64,
    document_id: &str,
    limit: i64,
    offset: i64,
) -> Result<(Vec<Value>, i64)> {
    let action = "read a document's history";
    let total: i64 =
        sqlx::query_scalar("SELECT count(*) FROM document_event WHERE bank = ?1 AND document_id = ?2")
            .bind(bank)
            .bind(document_id)
            .fetch_one(db)
            .await
            .map_err(during(action))?;
    type Row = (String, Option<String>, Option<String>, String, i64);
    let rows: Vec<Row> = sqlx::query_as(
        "SELECT kind, operation_id, fact_id, detail, created_at FROM document_event \
         WHERE bank = ?1 AND document_id = ?2 ORDER BY no DESC LIMIT ?3 OFFSET ?4",
    )
    .bind(bank)
    .bind(document_id)
    .bind(limit)
    .bind(offset)
    .fetch_all(db)
    .await
    .map_err(during(action))?;
    let items = rows
        .into_iter()
        .map(|(kind, operation_id, fact_id, detail, created_at)| {
            let mut item = json!({
                "document_id": document_id, "kind": kind, "created_at": iso(created_at),
                "operation_id": operation_id, "fact_id": fact_id,
            });
            let detail = serde_json::from_str::<Value>(&detail).unwrap_or_default();
            if let (Value::Object(item), Value::Object(detail)) = (&mut item, detail) {
                item.extend(detail);
            }
            item
        })
        .collect();
    Ok((items, total))
}

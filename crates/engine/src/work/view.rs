//! Operations as the API shows them: pages, and one with its children and payload.

use crate::bank::Bank;
use crate::error::{Result, during};
use crate::time::{iso, now_ms};
use serde::Deserialize;
use serde_json::{Value, json};
use sqlx::Row as _;
use sqlx::sqlite::{SqlitePool, SqliteRow};
use uuid::Uuid;

/// Which operations.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct Filter {
    status: Option<String>,
    #[serde(rename = "type")]
    kind: Option<String>,
    exclude_parents: Option<bool>,
    pub(crate) limit: Option<i64>,
    pub(crate) offset: Option<i64>,
}

const COLUMNS: &str = "id, kind, state, items, document_id, mental_model_id, result, details, progress, error, \
                       attempts, run_after, created_at, updated_at, completed_at, payload";

/// A page of a bank's operations, newest first.
pub(crate) async fn page(
    db: &SqlitePool,
    bank: &Bank,
    filter: &Filter,
    (limit, offset): (i64, i64),
) -> Result<Value> {
    let action = "list operations";
    const WHICH: &str = "FROM operation WHERE bank = ?1 AND (?2 IS NULL OR state = ?2) AND (?3 IS NULL OR kind = ?3) \
                         AND (NOT ?4 OR kind <> 'batch_retain')";
    let without_parents = filter.exclude_parents.unwrap_or(false);
    let total: i64 = sqlx::query_scalar(sqlx::AssertSqlSafe(format!("SELECT count(*) {WHICH}")))
        .bind(bank.no)
        .bind(&filter.status)
        .bind(&filter.kind)
        .bind(without_parents)
        .fetch_one(db)
        .await
        .map_err(during(action))?;
    let rows = sqlx::query(sqlx::AssertSqlSafe(format!(
        "SELECT {COLUMNS} {WHICH} ORDER BY created_at DESC, idx, rowid DESC LIMIT ?5 OFFSET ?6"
    )))
    .bind(bank.no)
    .bind(&filter.status)
    .bind(&filter.kind)
    .bind(without_parents)
    .bind(limit)
    .bind(offset)
    .fetch_all(db)
    .await
    .map_err(during(action))?;
    let operations: Vec<Value> =
        rows.iter().map(listed).collect::<sqlx::Result<_>>().map_err(during(action))?;
    Ok(json!({
        "bank_id": bank.id, "total": total, "limit": limit, "offset": offset, "operations": operations,
    }))
}

fn listed(row: &SqliteRow) -> sqlx::Result<Value> {
    let id: &str = row.try_get("id")?;
    let kind: &str = row.try_get("kind")?;
    Ok(json!({
        "id": id,
        "task_type": kind,
        "operation_id": id,
        "operation_type": kind,
        "items_count": row.try_get::<i64, _>("items")?,
        "document_id": row.try_get::<Option<&str>, _>("document_id")?,
        "filename": null,
        "mental_model_id": row.try_get::<Option<&str>, _>("mental_model_id")?,
        "details": column(row, "details")?,
        "created_at": iso(row.try_get("created_at")?),
        "updated_at": iso(row.try_get("updated_at")?),
        "status": row.try_get::<&str, _>("state")?,
        "error_message": row.try_get::<Option<&str>, _>("error")?,
        "retry_count": row.try_get::<i64, _>("attempts")?,
        "next_retry_at": next_retry(row)?,
        "progress": progress(row)?,
    }))
}

/// One operation. One that is not there is answered as `not_found`.
pub(crate) async fn get(db: &SqlitePool, bank: &Bank, id: Uuid, with_payload: bool) -> Result<Value> {
    let action = "read an operation";
    let row = sqlx::query(sqlx::AssertSqlSafe(format!(
        "SELECT {COLUMNS} FROM operation WHERE bank = ?1 AND id = ?2"
    )))
    .bind(bank.no)
    .bind(id.to_string())
    .fetch_optional(db)
    .await
    .map_err(during(action))?;
    let Some(row) = row else { return Ok(not_found(id)) };
    let children = sqlx::query(
        "SELECT id, state, idx, items, error, result FROM operation WHERE parent = ?1 ORDER BY idx",
    )
    .bind(id.to_string())
    .fetch_all(db)
    .await
    .map_err(during(action))?;
    shown(&row, &children, with_payload).map_err(during(action))
}

fn not_found(id: Uuid) -> Value {
    json!({
        "operation_id": id, "status": "not_found", "operation_type": null, "id": id, "task_type": null,
        "mental_model_id": null, "created_at": null, "updated_at": null, "completed_at": null,
        "error_message": null, "retry_count": null, "next_retry_at": null, "progress": null,
        "result_metadata": null, "details": null, "child_operations": null, "task_payload": null,
    })
}

fn shown(row: &SqliteRow, children: &[SqliteRow], with_payload: bool) -> sqlx::Result<Value> {
    let (id, kind): (&str, &str) = (row.try_get("id")?, row.try_get("kind")?);
    let state: &str = row.try_get("state")?;
    let parent = kind == "batch_retain";
    let mut result = column(row, "result")?;
    let mut listed = Vec::with_capacity(children.len());
    let (mut facts, mut errors) = (0, 0);
    for child in children {
        let done = column(child, "result")?;
        let number = |name: &str| done.get(name).and_then(Value::as_i64).unwrap_or(0);
        facts += number("unit_ids_count");
        errors += number("extraction_errors_count");
        listed.push(json!({
            "operation_id": child.try_get::<&str, _>("id")?,
            "status": child.try_get::<&str, _>("state")?,
            "sub_batch_index": child.try_get::<i64, _>("idx")?,
            "items_count": child.try_get::<i64, _>("items")?,
            "error_message": child.try_get::<Option<&str>, _>("error")?,
        }));
    }
    if let Value::Object(result) = &mut result {
        if parent && state == "completed" {
            result.insert("unit_ids_count".into(), facts.into());
            result.insert("extraction_errors_count".into(), errors.into());
        }
        let progress = progress(row)?;
        if !progress.is_null() {
            result.insert("progress".into(), progress);
        }
    }
    let completed: Option<i64> = row.try_get("completed_at")?;
    Ok(json!({
        "operation_id": id,
        "status": state,
        "operation_type": kind,
        "id": id,
        "task_type": kind,
        "mental_model_id": row.try_get::<Option<&str>, _>("mental_model_id")?,
        "created_at": iso(row.try_get("created_at")?),
        "updated_at": iso(row.try_get("updated_at")?),
        "completed_at": completed.map(iso),
        "error_message": row.try_get::<Option<&str>, _>("error")?,
        "retry_count": row.try_get::<i64, _>("attempts")?,
        "next_retry_at": next_retry(row)?,
        "progress": progress(row)?,
        "result_metadata": result,
        "details": column(row, "details")?,
        "child_operations": parent.then_some(listed),
        "task_payload": if with_payload && !parent { column(row, "payload")? } else { Value::Null },
    }))
}

fn column(row: &SqliteRow, name: &str) -> sqlx::Result<Value> {
    let text: Option<&str> = row.try_get(name)?;
    Ok(text.and_then(|text| serde_json::from_str(text).ok()).unwrap_or_default())
}

/// The last progress; its `detail` is null when there is none.
fn progress(row: &SqliteRow) -> sqlx::Result<Value> {
    let mut progress = column(row, "progress")?;
    if let Some(detail) = progress.get_mut("detail")
        && detail.as_object().is_some_and(serde_json::Map::is_empty)
    {
        *detail = Value::Null;
    }
    Ok(progress)
}

/// When one that waits is tried again.
fn next_retry(row: &SqliteRow) -> sqlx::Result<Value> {
    let at: i64 = row.try_get("run_after")?;
    let waits = row.try_get::<&str, _>("state")? == "pending" && at > now_ms();
    Ok(if waits { iso(at).into() } else { Value::Null })
}

//! One memory by its id.

use super::memories::{COLUMNS, Fields, TABLES};
use crate::bank::Bank;
use crate::error::{EngineError, Result, during};
use crate::time::iso;
use crate::unit::Kind;
use serde_json::{Value, json};
use sqlx::sqlite::SqlitePool;
use sqlx::{AssertSqlSafe, Row as _, SqliteExecutor};
use uuid::Uuid;

/// Reads a memory's id.
///
/// # Errors
/// 400 when it is no UUID.
pub(crate) fn id(text: &str) -> Result<Uuid> {
    text.parse()
        .map_err(|_| EngineError::bad_request(format!("Invalid memory_id: '{text}' is not a valid UUID")))
}

/// What is answered for a memory that the bank does not have.
pub(crate) fn unknown(id: Uuid) -> EngineError {
    EngineError::not_found(format!("Memory unit '{id}' not found"))
}

/// A memory's fields.
///
/// # Errors
/// 404 when the bank has no such memory.
pub(crate) async fn fields<'e>(db: impl SqliteExecutor<'e>, bank: &Bank, id: Uuid) -> Result<Fields> {
    let action = "read a memory";
    let sql = format!("SELECT {COLUMNS} FROM {TABLES} WHERE u.id = ?1 AND u.bank = ?2");
    let row = sqlx::query(AssertSqlSafe(sql))
        .bind(id.to_string())
        .bind(bank.no)
        .fetch_optional(db)
        .await
        .map_err(during(action))?;
    let row = row.ok_or_else(|| unknown(id))?;
    Fields::read(&row, bank).map_err(during(action))
}

/// A memory as the API answers it by itself; an observation with the facts it rests on and their entities.
pub(crate) async fn read(db: &SqlitePool, bank: &Bank, id: Uuid) -> Result<Value> {
    let found = fields(db, bank, id).await?;
    let mut answer = json!(found.shared);
    answer["type"] = json!(found.kind.word());
    answer["observation_scopes"] = found.observation_scopes;
    let mut names = found.names;
    if found.kind == Kind::Observation {
        answer["history"] = json!([]);
        answer["source_memory_ids"] = json!(found.sources);
        answer["source_memories"] = json!(sources(db, found.no).await?);
        let inherited: Vec<String> = sqlx::query_scalar(
            "SELECT DISTINCT e.name FROM source s JOIN unit_entity ue ON ue.unit = s.unit \
             JOIN entity e ON e.no = ue.entity WHERE s.observation = ?1",
        )
        .bind(found.no)
        .fetch_all(db)
        .await
        .map_err(during("read a memory"))?;
        names.extend(inherited);
        names.sort();
        names.dedup();
    }
    answer["entities"] = json!(names);
    Ok(answer)
}

async fn sources(db: &SqlitePool, observation: i64) -> Result<Vec<Value>> {
    let action = "read an observation's facts";
    let rows = sqlx::query(
        "SELECT f.id, f.text, f.kind, f.context, f.occurred_start, f.mentioned_at FROM source s \
         JOIN unit f ON f.no = s.unit WHERE s.observation = ?1 ORDER BY f.no",
    )
    .bind(observation)
    .fetch_all(db)
    .await
    .map_err(during(action))?;
    let read = |row: &sqlx::sqlite::SqliteRow| -> sqlx::Result<Value> {
        Ok(json!({
            "id": row.try_get::<&str, _>("id")?,
            "text": row.try_get::<&str, _>("text")?,
            "type": Kind::from_column(row.try_get("kind")?).word(),
            "context": row.try_get::<Option<&str>, _>("context")?,
            "occurred_start": row.try_get::<Option<i64>, _>("occurred_start")?.map(iso),
            "mentioned_at": row.try_get::<Option<i64>, _>("mentioned_at")?.map(iso),
        }))
    };
    rows.iter().map(read).collect::<sqlx::Result<_>>().map_err(during(action))
}

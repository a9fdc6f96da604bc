//! One document with its text and what it became.

use super::{find, json};
use crate::bank::Bank;
use crate::error::{Result, during};
use crate::time::iso;
use crate::unit::Kind;
use serde_json::{Map, Value, json};
use sqlx::Row as _;
use sqlx::sqlite::{SqlitePool, SqliteRow};

/// The document as the API answers it.
///
/// # Errors
/// 404 when there is none.
pub(crate) async fn get(db: &SqlitePool, bank: &Bank, id: &str) -> Result<Value> {
    let action = "read a document";
    let no = find(db, bank.no, id).await?;
    let row = sqlx::query(
        "SELECT hash, text, created_at, updated_at, tags, metadata, retain_params, observation_scopes \
         FROM document WHERE no = ?1",
    )
    .bind(no)
    .fetch_one(db)
    .await
    .map_err(during(action))?;
    // An observation counts once, however many facts of the document it rests on.
    let counts: Vec<(i64, i64)> = sqlx::query_as(
        "SELECT kind, count(*) FROM unit WHERE document = ?1 AND state = 0 GROUP BY kind UNION ALL \
         SELECT 3, count(DISTINCT s.observation) FROM unit u JOIN source s ON s.unit = u.no WHERE u.document = ?1",
    )
    .bind(no)
    .fetch_all(db)
    .await
    .map_err(during(action))?;
    answer(bank, id, &row, &counts).map_err(during(action))
}

fn answer(bank: &Bank, id: &str, row: &SqliteRow, counts: &[(i64, i64)]) -> sqlx::Result<Value> {
    let of = |kind: Kind| counts.iter().filter(|(of, _)| *of == kind as i64).map(|(_, n)| n).sum::<i64>();
    let by_kind: Map<String, Value> =
        Kind::ALL.into_iter().map(|kind| (kind.word().to_owned(), of(kind).into())).collect();
    Ok(json!({
        "id": id,
        "bank_id": bank.id,
        "original_text": row.try_get::<Option<&str>, _>("text")?,
        "content_hash": row.try_get::<&str, _>("hash")?,
        "created_at": iso(row.try_get("created_at")?),
        "updated_at": iso(row.try_get("updated_at")?),
        "memory_unit_count": of(Kind::World) + of(Kind::Experience),
        "nodes_by_fact_type": by_kind,
        "tags": json(row.try_get("tags")?),
        "document_metadata": json(row.try_get("metadata")?),
        "retain_params": json(row.try_get("retain_params")?),
        "observation_scopes": json(row.try_get("observation_scopes")?),
        "attachments": null,
    }))
}

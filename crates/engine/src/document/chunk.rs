//! The chunks of documents, by document and by their public id `<bank>_<document>_<index>`.

use crate::bank::Bank;
use crate::error::{EngineError, Result, during};
use crate::time::iso;
use serde_json::{Value, json};
use sqlx::sqlite::SqlitePool;

/// The public id of a chunk.
pub(crate) fn id(bank: &str, document: &str, idx: i64) -> String {
    format!("{bank}_{document}_{idx}")
}

type Row = (i64, String, i64);

fn answer(bank: &str, document: &str, (idx, text, created_at): Row) -> Value {
    json!({
        "chunk_id": id(bank, document, idx), "document_id": document, "bank_id": bank, "chunk_index": idx,
        "chunk_text": text, "created_at": iso(created_at), "attachments": null,
    })
}

/// A page of a document's chunks.
///
/// # Errors
/// 404 when there is no such document.
pub(crate) async fn page(
    db: &SqlitePool,
    bank: &Bank,
    document: &str,
    (limit, offset): (i64, i64),
) -> Result<Value> {
    let action = "list a document's chunks";
    let no = super::find(db, bank.no, document).await?;
    let total: i64 = sqlx::query_scalar("SELECT count(*) FROM chunk WHERE document = ?1")
        .bind(no)
        .fetch_one(db)
        .await
        .map_err(during(action))?;
    let rows: Vec<Row> = sqlx::query_as(
        "SELECT idx, text, created_at FROM chunk WHERE document = ?1 ORDER BY idx LIMIT ?2 OFFSET ?3",
    )
    .bind(no)
    .bind(limit)
    .bind(offset)
    .fetch_all(db)
    .await
    .map_err(during(action))?;
    let items: Vec<Value> = rows.into_iter().map(|row| answer(&bank.id, document, row)).collect();
    Ok(json!({"items": items, "total": total, "limit": limit, "offset": offset}))
}

/// A chunk by its public id.
///
/// # Errors
/// 404 when there is none.
pub(crate) async fn get(db: &SqlitePool, chunk_id: &str) -> Result<Value> {
    let missing = || EngineError::not_found("Chunk not found");
    let (owner, idx) = chunk_id.rsplit_once('_').ok_or_else(missing)?;
    let idx: i64 = idx.parse().map_err(|_| missing())?;
    // Both halves of the id may hold underscores: every bank whose id begins it is a candidate.
    type Found = (String, String, i64, String, i64);
    let found: Option<Found> = sqlx::query_as(
        "SELECT b.id, d.id, c.idx, c.text, c.created_at FROM bank b \
         JOIN document d ON d.bank = b.no AND d.id = substr(?1, length(b.id) + 2) \
         JOIN chunk c ON c.document = d.no AND c.idx = ?2 \
         WHERE substr(?1, 1, length(b.id) + 1) = b.id || '_' LIMIT 1",
    )
    .bind(owner)
    .bind(idx)
    .fetch_optional(db)
    .await
    .map_err(during("find a chunk"))?;
    let (bank, document, idx, text, created_at) = found.ok_or_else(missing)?;
    Ok(answer(&bank, &document, (idx, text, created_at)))
}

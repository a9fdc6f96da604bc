//! Documents once they are retained: listed, read, retagged, deleted, read anew, with their history.
//!
//! How they come in is in `retain`. The HTTP side is in `http/documents` and `http/chunks`.

pub(crate) mod change;
pub(crate) mod chunk;
pub(crate) mod event;
pub(crate) mod list;
pub(crate) mod one;
#[cfg(test)]
mod tests;

use crate::error::{EngineError, Result, during};
use sqlx::SqliteExecutor;

/// The `no` of a document.
///
/// # Errors
/// 404 in the API's words.
pub(crate) async fn find<'e>(db: impl SqliteExecutor<'e>, bank: i64, id: &str) -> Result<i64> {
    sqlx::query_scalar("SELECT no FROM document WHERE bank = ?1 AND id = ?2")
        .bind(bank)
        .bind(id)
        .fetch_optional(db)
        .await
        .map_err(during("find a document"))?
        .ok_or_else(|| EngineError::not_found("Document not found"))
}

/// JSON of a column; null where there is none.
fn json(text: Option<&str>) -> serde_json::Value {
    text.and_then(|text| serde_json::from_str(text).ok()).unwrap_or_default()
}

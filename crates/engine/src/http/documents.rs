//! Documents: listed, read, changed, deleted, read anew, and their chunks and history.

use super::read::{Body, Params, full_page, page};
use crate::bank;
use crate::document::list::Filter;
use crate::document::{change, chunk, event, list, one};
use crate::engine::Engine;
use crate::error::Result;
use axum::extract::{Path, State};
use axum::routing::{get, post};
use axum::{Json, Router};
use serde::Deserialize;
use serde_json::{Value, json};

pub(super) fn routes() -> Router<Engine> {
    Router::new()
        .route("/v1/default/banks/{bank}/documents", get(all))
        .route("/v1/default/banks/{bank}/documents/{document}", get(read).patch(patch).delete(delete))
        .route("/v1/default/banks/{bank}/documents/{document}/chunks", get(chunks))
        .route("/v1/default/banks/{bank}/documents/{document}/history", get(history))
        .route("/v1/default/banks/{bank}/documents/{document}/reprocess", post(reprocess))
}

/// Which page.
#[derive(Deserialize)]
struct Page {
    limit: Option<i64>,
    offset: Option<i64>,
}

async fn all(
    State(engine): State<Engine>,
    Path(bank): Path<String>,
    Params(filter): Params<Filter>,
) -> Result<Json<Value>> {
    let which = page(filter.limit, filter.offset, 100, i64::MAX)?;
    let bank = bank::find(engine.read(), &bank).await?;
    list::page(engine.read(), &bank, &filter, which).await.map(Json)
}

async fn read(
    State(engine): State<Engine>,
    Path((bank, document)): Path<(String, String)>,
) -> Result<Json<Value>> {
    let bank = bank::find(engine.read(), &bank).await?;
    one::get(engine.read(), &bank, &document).await.map(Json)
}

async fn patch(
    State(engine): State<Engine>,
    Path((bank, document)): Path<(String, String)>,
    Body(patch): Body<change::Patch>,
) -> Result<Json<Value>> {
    let bank = bank::find(engine.read(), &bank).await?;
    change::patch(&engine, &bank, &document, patch).await?;
    Ok(Json(json!({"success": true})))
}

async fn delete(
    State(engine): State<Engine>,
    Path((bank, document)): Path<(String, String)>,
) -> Result<Json<Value>> {
    let bank = bank::find(engine.read(), &bank).await?;
    let deleted = change::delete(&engine, &bank, &document).await?;
    Ok(Json(json!({
        "success": true,
        "message": format!("Document '{document}' and {deleted} associated memory units deleted successfully"),
        "document_id": document,
        "memory_units_deleted": deleted,
    })))
}

async fn chunks(
    State(engine): State<Engine>,
    Path((bank, document)): Path<(String, String)>,
    Params(which): Params<Page>,
) -> Result<Json<Value>> {
    let which = full_page(which.limit, which.offset, 100, 1000)?;
    let bank = bank::find(engine.read(), &bank).await?;
    chunk::page(engine.read(), &bank, &document, which).await.map(Json)
}

async fn history(
    State(engine): State<Engine>,
    Path((bank, document)): Path<(String, String)>,
    Params(which): Params<Page>,
) -> Result<Json<Value>> {
    let (limit, offset) = full_page(which.limit, which.offset, 100, 1000)?;
    let bank = bank::find(engine.read(), &bank).await?;
    let (items, total) = event::list(engine.read(), bank.no, &document, limit, offset).await?;
    Ok(Json(json!({
        "document_id": document, "total": total, "limit": limit, "offset": offset, "items": items,
    })))
}

async fn reprocess(
    State(engine): State<Engine>,
    Path((bank, document)): Path<(String, String)>,
) -> Result<Json<Value>> {
    let bank = bank::find(engine.read(), &bank).await?;
    let operation = change::reprocess(&engine, &bank, &document).await?;
    Ok(Json(json!({"success": true, "operation_id": operation, "items_count": 1})))
}

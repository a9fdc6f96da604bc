//! Operations: listed, followed, cancelled, retried, forgotten.

use super::read::{Params, full_page};
use crate::bank::{self, Bank};
use crate::engine::Engine;
use crate::error::{EngineError, Result};
use crate::work::{control, view};
use axum::extract::{Path, State};
use axum::routing::{delete, get, post};
use axum::{Json, Router};
use serde::Deserialize;
use serde_json::{Value, json};
use uuid::Uuid;

pub(super) fn routes() -> Router<Engine> {
    Router::new()
        .route("/v1/default/banks/{bank}/operations", get(all))
        .route("/v1/default/banks/{bank}/operations/{operation}", get(read).delete(cancel))
        .route("/v1/default/banks/{bank}/operations/{operation}/retry", post(retry))
        .route("/v1/default/banks/{bank}/operations/{operation}/delete", delete(forget))
}

#[derive(Deserialize)]
struct Shown {
    include_payload: Option<bool>,
}

async fn find(engine: &Engine, bank: &str, operation: &str) -> Result<(Bank, Uuid)> {
    let id = Uuid::parse_str(operation)
        .map_err(|_| EngineError::bad_request(format!("Invalid operation_id format: {operation}")))?;
    Ok((bank::find(engine.read(), bank).await?, id))
}

async fn all(
    State(engine): State<Engine>,
    Path(bank): Path<String>,
    Params(filter): Params<view::Filter>,
) -> Result<Json<Value>> {
    let page = full_page(filter.limit, filter.offset, 20, 100)?;
    let bank = bank::find(engine.read(), &bank).await?;
    view::page(engine.read(), &bank, &filter, page).await.map(Json)
}

async fn read(
    State(engine): State<Engine>,
    Path((bank, operation)): Path<(String, String)>,
    Params(shown): Params<Shown>,
) -> Result<Json<Value>> {
    let (bank, id) = find(&engine, &bank, &operation).await?;
    view::get(engine.read(), &bank, id, shown.include_payload.unwrap_or(false)).await.map(Json)
}

async fn cancel(
    State(engine): State<Engine>,
    Path((bank, operation)): Path<(String, String)>,
) -> Result<Json<Value>> {
    let (bank, id) = find(&engine, &bank, &operation).await?;
    control::cancel(&engine, &bank, id).await?;
    Ok(done(id, "cancelled"))
}

async fn retry(
    State(engine): State<Engine>,
    Path((bank, operation)): Path<(String, String)>,
) -> Result<Json<Value>> {
    let (bank, id) = find(&engine, &bank, &operation).await?;
    control::retry(&engine, &bank, id).await?;
    Ok(done(id, "queued for retry"))
}

async fn forget(
    State(engine): State<Engine>,
    Path((bank, operation)): Path<(String, String)>,
) -> Result<Json<Value>> {
    let (bank, id) = find(&engine, &bank, &operation).await?;
    control::forget(&engine, &bank, id).await?;
    Ok(done(id, "deleted"))
}

fn done(id: Uuid, what: &str) -> Json<Value> {
    Json(json!({"success": true, "message": format!("Operation {id} {what}"), "operation_id": id}))
}

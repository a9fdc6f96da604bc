//! One chunk: `GET /v1/default/chunks/{chunk_id}`.

use crate::document::chunk;
use crate::engine::Engine;
use crate::error::Result;
use axum::extract::{Path, State};
use axum::routing::get;
use axum::{Json, Router};
use serde_json::Value;

pub(super) fn routes() -> Router<Engine> {
    Router::new().route("/v1/default/chunks/{chunk_id}", get(read))
}

async fn read(State(engine): State<Engine>, Path(chunk_id): Path<String>) -> Result<Json<Value>> {
    chunk::get(engine.read(), &chunk_id).await.map(Json)
}

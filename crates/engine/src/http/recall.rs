//! `POST …/memories/recall`.

use crate::engine::Engine;
use crate::error::Result;
use crate::http::read::Body;
use crate::recall::{self, RecallRequest, Recalled};
use axum::extract::{Path, State};
use axum::routing::post;
use axum::{Json, Router};

pub(super) fn routes() -> Router<Engine> {
    Router::new().route("/v1/default/banks/{bank}/memories/recall", post(recall))
}

async fn recall(
    State(engine): State<Engine>,
    Path(bank): Path<String>,
    Body(request): Body<RecallRequest>,
) -> Result<Json<Recalled>> {
    request.check()?;
    let bank = crate::bank::find(engine.read(), &bank).await?;
    Ok(Json(match request.into_ask(&bank.config)? {
        Some(ask) => recall::recall(&engine, &bank, ask).await?,
        None => Recalled::default(),
    }))
}

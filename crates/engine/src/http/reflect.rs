//! `POST …/reflect`: an answer out of a bank, which is made when it is not there.

use super::read::Body;
use crate::bank;
use crate::engine::Engine;
use crate::error::Result;
use crate::reflect::{self, ReflectRequest};
use axum::extract::{Path, State};
use axum::routing::post;
use axum::{Json, Router};
use serde_json::Value;

pub(super) fn routes() -> Router<Engine> {
    Router::new().route("/v1/default/banks/{bank_id}/reflect", post(answer))
}

/// A client that goes away drops this future, and with it the call of the model.
async fn answer(
    State(engine): State<Engine>,
    Path(id): Path<String>,
    Body(request): Body<ReflectRequest>,
) -> Result<Json<Value>> {
    request.check()?;
    let bank = match bank::look(engine.read(), &id).await? {
        Some(bank) => bank,
        None => {
            let mut write = engine.write().await?;
            let bank = bank::find_or_make(&mut write, &id).await?;
            write.commit().await?;
            bank
        }
    };
    let (question, include) = request.into_question(&bank.config);
    Ok(Json(reflect::reflect(&engine, &bank, &question).await?.to_json(&include)))
}

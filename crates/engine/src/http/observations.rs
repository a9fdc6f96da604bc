//! Consolidation on demand, and observations as a whole: their scopes, clearing them.

use super::read::{Body, Params, page};
use crate::bank;
use crate::engine::Engine;
use crate::error::Result;
use crate::observation;
use axum::extract::{Path, State};
use axum::routing::{delete, get, post};
use axum::{Json, Router};
use serde::Deserialize;
use serde_json::{Value, json};

pub(super) fn routes() -> Router<Engine> {
    Router::new()
        .route("/v1/default/banks/{bank_id}/consolidate", post(consolidate))
        .route("/v1/default/banks/{bank_id}/consolidation/recover", post(recover))
        .route("/v1/default/banks/{bank_id}/observations", delete(clear))
        .route("/v1/default/banks/{bank_id}/observations/scopes", get(scopes))
}

#[derive(Deserialize)]
struct Asked {
    observation_scopes: Option<Vec<Vec<String>>>,
}

async fn consolidate(
    State(engine): State<Engine>,
    Path(bank_id): Path<String>,
    Body(asked): Body<Option<Asked>>,
) -> Result<Json<Value>> {
    let mut write = engine.write().await?;
    let bank = bank::find_or_make(&mut write, &bank_id).await?;
    let scopes = asked.and_then(|asked| asked.observation_scopes);
    let (id, waiting) = observation::consolidate_now(&mut write, &bank, scopes).await?;
    write.commit().await?;
    engine.worker().wake();
    Ok(Json(json!({"operation_id": id, "deduplicated": waiting})))
}

async fn recover(State(engine): State<Engine>, Path(bank_id): Path<String>) -> Result<Json<Value>> {
    let bank = bank::find(engine.read(), &bank_id).await?;
    let mut write = engine.write().await?;
    let retried = observation::recover(&mut write, &bank).await?;
    if retried > 0 {
        observation::consolidate_now(&mut write, &bank, None).await?;
    }
    write.commit().await?;
    engine.worker().wake();
    Ok(Json(json!({"retried_count": retried})))
}

async fn clear(State(engine): State<Engine>, Path(bank_id): Path<String>) -> Result<Json<Value>> {
    let bank = bank::find(engine.read(), &bank_id).await?;
    let mut write = engine.write().await?;
    let cleared = observation::clear::all(&mut write, &bank).await?;
    if engine.synthesis().is_some() {
        observation::queue_consolidation(&engine, &mut write, &bank).await?;
    }
    write.commit().await?;
    engine.worker().wake();
    Ok(Json(
        json!({"success": true, "message": format!("Cleared {cleared} observations"), "deleted_count": cleared}),
    ))
}

#[derive(Deserialize)]
struct Page {
    limit: Option<i64>,
    offset: Option<i64>,
}

async fn scopes(
    State(engine): State<Engine>,
    Path(bank_id): Path<String>,
    Params(asked): Params<Page>,
) -> Result<Json<Value>> {
    let (limit, offset) = page(asked.limit, asked.offset, 100, 1000)?;
    let bank = bank::find(engine.read(), &bank_id).await?;
    let (scopes, total) = observation::clear::scopes(engine.read(), bank.no, limit, offset).await?;
    Ok(Json(json!({"scopes": scopes, "total": total, "limit": limit, "offset": offset})))
}

//! A bank's configuration: read, change key by key, reset.

use super::read::Body;
use crate::bank::{self, Bank};
use crate::config::Config;
use crate::db::Write;
use crate::engine::Engine;
use crate::error::{Result, during};
use crate::time::now_ms;
use axum::extract::{Path, State};
use axum::routing::get;
use axum::{Json, Router};
use serde::Deserialize;
use serde_json::{Map, Value, json};

pub(super) fn routes() -> Router<Engine> {
    Router::new().route("/v1/default/banks/{bank}/config", get(read).patch(change).delete(reset))
}

#[derive(Deserialize)]
struct Updates {
    updates: Map<String, Value>,
}

async fn read(State(engine): State<Engine>, Path(id): Path<String>) -> Result<Json<Value>> {
    Ok(Json(answer(&bank::find(engine.read(), &id).await?)))
}

async fn change(
    State(engine): State<Engine>,
    Path(id): Path<String>,
    Body(body): Body<Updates>,
) -> Result<Json<Value>> {
    let mut write = engine.write().await?;
    let mut bank = bank::find_or_make(&mut write, &id).await?;
    bank.config.change(&body.updates)?;
    save(&mut write, &bank).await?;
    write.commit().await?;
    Ok(Json(answer(&bank)))
}

async fn reset(State(engine): State<Engine>, Path(id): Path<String>) -> Result<Json<Value>> {
    let mut bank = bank::find(engine.read(), &id).await?;
    bank.config = Config::default();
    let mut write = engine.write().await?;
    save(&mut write, &bank).await?;
    write.commit().await?;
    Ok(Json(answer(&bank)))
}

/// Writes a bank's name and what it overrides.
pub(super) async fn save(write: &mut Write<'_>, bank: &Bank) -> Result<()> {
    sqlx::query("UPDATE bank SET name = ?2, config = ?3, updated_at = ?4 WHERE no = ?1")
        .bind(bank.no)
        .bind(&bank.name)
        .bind(bank.config.to_column())
        .bind(now_ms())
        .execute(write.sql())
        .await
        .map_err(during("write a bank's configuration"))?;
    Ok(())
}

/// As hindsight 1.1, and besides which overrides do nothing in this engine.
fn answer(bank: &Bank) -> Value {
    json!({
        "bank_id": bank.id,
        "config": bank.config.resolved(),
        "overrides": bank.config.overrides,
        "without_effect": bank.config.without_effect(),
    })
}

#[cfg(test)]
mod tests {
    use crate::engine::testing::Fresh;
    use serde_json::json;

    const PATH: &str = "/v1/default/banks/b/config";

    #[tokio::test]
    async fn changing_makes_the_bank_and_reading_does_not() {
        let fresh = Fresh::open().await;
        assert_eq!(fresh.ask("GET", PATH, None).await.0, 404);
        let changed = fresh.ok("PATCH", PATH, Some(json!({"updates": {"retain_chunk_size": 500}}))).await;
        assert_eq!(changed["overrides"], json!({"retain_chunk_size": 500}));
        let read = fresh.ok("GET", PATH, None).await;
        assert_eq!(read["config"]["retain_chunk_size"], 500);
        assert_eq!(read["config"].as_object().map(serde_json::Map::len), Some(57));
    }

    #[tokio::test]
    async fn a_refused_change_does_not_make_a_bank() {
        let fresh = Fresh::open().await;
        assert_eq!(fresh.ask("PATCH", PATH, Some(json!({"updates": {"nope": 1}}))).await.0, 400);
        assert_eq!(fresh.ask("PATCH", PATH, Some(json!({}))).await.0, 422);
        assert_eq!(fresh.ask("GET", PATH, None).await.0, 404);
    }

    #[tokio::test]
    async fn resetting_takes_missions_and_dispositions_too() {
        let fresh = Fresh::open().await;
        let updates = json!({"reflect_mission": "Be brief.", "disposition_empathy": 5});
        fresh.ok("PATCH", PATH, Some(json!({"updates": updates}))).await;
        assert_eq!(fresh.ok("DELETE", PATH, None).await["overrides"], json!({}));
    }

    #[tokio::test]
    async fn overrides_that_do_nothing_here_are_named() {
        let fresh = Fresh::open().await;
        let updates = json!({"enable_reranking": false, "retain_mission": "names"});
        let changed = fresh.ok("PATCH", PATH, Some(json!({"updates": updates}))).await;
        assert_eq!(changed["without_effect"], json!(["enable_reranking"]));
    }
}

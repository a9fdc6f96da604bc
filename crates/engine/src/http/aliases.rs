//! A bank's other ids. Each works wherever the bank's own id does.

use super::read::Body;
use crate::bank::{self, Bank};
use crate::db::Write;
use crate::engine::Engine;
use crate::error::{EngineError, Result, during};
use crate::time::now_ms;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::routing::{get, patch};
use axum::{Json, Router};
use serde::Deserialize;
use serde_json::{Value, json};

pub(super) fn routes() -> Router<Engine> {
    Router::new()
        .route("/v1/default/banks/{bank}/aliases", get(list).post(add))
        .route("/v1/default/banks/{bank}/aliases/{alias}", patch(set_primary).delete(remove))
}

#[derive(Deserialize)]
struct NewAlias {
    alias: String,
    #[serde(default)]
    primary: bool,
}

#[derive(Deserialize)]
struct Primary {
    primary: bool,
}

async fn list(State(engine): State<Engine>, Path(id): Path<String>) -> Result<Json<Value>> {
    let bank = bank::find(engine.read(), &id).await?;
    answer(engine.read(), &bank).await
}

async fn add(
    State(engine): State<Engine>,
    Path(id): Path<String>,
    Body(new): Body<NewAlias>,
) -> Result<(StatusCode, Json<Value>)> {
    let bank = bank::find(engine.read(), &id).await?;
    bank::check_id(&new.alias)?;
    if new.alias == bank.id {
        return Err(EngineError::bad_request("A bank's own id cannot be its alias"));
    }
    let mut write = engine.write().await?;
    if bank::look(write.sql(), &new.alias).await?.is_some() {
        return Err(EngineError::conflict(format!("'{}' already names a bank or an alias", new.alias)));
    }
    if new.primary {
        demote(&mut write, &bank).await?;
    }
    sqlx::query("INSERT INTO alias (alias, bank, is_primary, created_at) VALUES (?1, ?2, ?3, ?4)")
        .bind(&new.alias)
        .bind(bank.no)
        .bind(new.primary)
        .bind(now_ms())
        .execute(write.sql())
        .await
        .map_err(during("add an alias"))?;
    write.commit().await?;
    Ok((StatusCode::CREATED, answer(engine.read(), &bank).await?))
}

async fn set_primary(
    State(engine): State<Engine>,
    Path((id, alias)): Path<(String, String)>,
    Body(body): Body<Primary>,
) -> Result<Json<Value>> {
    let bank = bank::find(engine.read(), &id).await?;
    let mut write = engine.write().await?;
    if body.primary {
        demote(&mut write, &bank).await?;
    }
    let changed = sqlx::query("UPDATE alias SET is_primary = ?3 WHERE bank = ?1 AND alias = ?2")
        .bind(bank.no)
        .bind(&alias)
        .bind(body.primary)
        .execute(write.sql())
        .await
        .map_err(during("change an alias"))?;
    if changed.rows_affected() == 0 {
        return Err(unknown(&bank, &alias));
    }
    write.commit().await?;
    answer(engine.read(), &bank).await
}

async fn remove(
    State(engine): State<Engine>,
    Path((id, alias)): Path<(String, String)>,
) -> Result<Json<Value>> {
    let bank = bank::find(engine.read(), &id).await?;
    let mut write = engine.write().await?;
    let gone = sqlx::query("DELETE FROM alias WHERE bank = ?1 AND alias = ?2")
        .bind(bank.no)
        .bind(&alias)
        .execute(write.sql())
        .await
        .map_err(during("remove an alias"))?;
    if gone.rows_affected() == 0 {
        return Err(unknown(&bank, &alias));
    }
    write.commit().await?;
    answer(engine.read(), &bank).await
}

/// At most one alias is the one under which a bank is shown.
async fn demote(write: &mut Write<'_>, bank: &Bank) -> Result<()> {
    sqlx::query("UPDATE alias SET is_primary = 0 WHERE bank = ?1")
        .bind(bank.no)
        .execute(write.sql())
        .await
        .map_err(during("change an alias"))?;
    Ok(())
}

fn unknown(bank: &Bank, alias: &str) -> EngineError {
    EngineError::not_found(format!("Bank '{}' has no alias '{alias}'", bank.id))
}

async fn answer(db: &sqlx::SqlitePool, bank: &Bank) -> Result<Json<Value>> {
    let rows: Vec<(String, bool)> =
        sqlx::query_as("SELECT alias, is_primary FROM alias WHERE bank = ?1 ORDER BY created_at, alias")
            .bind(bank.no)
            .fetch_all(db)
            .await
            .map_err(during("list aliases"))?;
    let aliases: Vec<Value> =
        rows.into_iter().map(|(alias, primary)| json!({"alias": alias, "primary": primary})).collect();
    Ok(Json(json!({"bank_id": bank.id, "aliases": aliases})))
}

#[cfg(test)]
mod tests {
    use crate::engine::testing::Fresh;
    use serde_json::json;

    const PATH: &str = "/v1/default/banks/ana/aliases";

    async fn with_bank() -> Fresh {
        let fresh = Fresh::open().await;
        fresh.ok("PUT", "/v1/default/banks/ana", None).await;
        fresh
    }

    #[tokio::test]
    async fn an_alias_stands_for_the_bank_and_answers_name_the_bank() {
        let fresh = with_bank().await;
        let (status, _, added) = fresh.ask("POST", PATH, Some(json!({"alias": "user-1"}))).await;
        assert_eq!(
            (status.as_u16(), &added["aliases"]),
            (201, &json!([{"alias": "user-1", "primary": false}]))
        );
        let config = fresh.ok("GET", "/v1/default/banks/user-1/config", None).await;
        assert_eq!(config["bank_id"], "ana");
    }

    #[tokio::test]
    async fn a_name_that_is_taken_is_refused() {
        let fresh = with_bank().await;
        fresh.ok("PUT", "/v1/default/banks/bob", None).await;
        fresh.ok("POST", PATH, Some(json!({"alias": "user-1"}))).await;
        for (alias, status) in [("user-1", 409), ("bob", 409), ("ana", 400), ("_x", 400)] {
            let given = Some(json!({"alias": alias}));
            assert_eq!(fresh.ask("POST", PATH, given).await.0, status, "{alias}");
        }
    }

    #[tokio::test]
    async fn only_one_alias_is_shown_in_place_of_the_id() {
        let fresh = with_bank().await;
        fresh.ok("POST", PATH, Some(json!({"alias": "a1", "primary": true}))).await;
        fresh.ok("POST", PATH, Some(json!({"alias": "a2", "primary": true}))).await;
        let listed = fresh.ok("GET", "/v1/default/banks?q=A1", None).await;
        let bank = &listed["banks"][0];
        assert_eq!((&bank["display_alias"], &bank["matched_aliases"]), (&json!("a2"), &json!(["a1"])));
        fresh.ok("PATCH", &format!("{PATH}/a2"), Some(json!({"primary": false}))).await;
        let listed = fresh.ok("GET", "/v1/default/banks", None).await;
        assert_eq!(listed["banks"][0]["display_alias"], json!(null));
    }

    #[tokio::test]
    async fn a_removed_alias_names_nothing_any_more() {
        let fresh = with_bank().await;
        fresh.ok("POST", PATH, Some(json!({"alias": "a1"}))).await;
        assert_eq!(fresh.ok("DELETE", &format!("{PATH}/a1"), None).await["aliases"], json!([]));
        assert_eq!(fresh.ask("GET", "/v1/default/banks/a1/config", None).await.0, 404);
        assert_eq!(fresh.ask("DELETE", &format!("{PATH}/a1"), None).await.0, 404);
    }
}

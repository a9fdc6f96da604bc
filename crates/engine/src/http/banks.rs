//! Banks: list, make, change, delete, clone; and the paths that hindsight 1.1 has given up.

use super::read::{Body, Params, page};
use crate::bank::{self, Bank};
use crate::duplicate::{self, Plan};
use crate::engine::Engine;
use crate::error::{EngineError, Result};
use crate::{curate, listing};
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::routing::{get, post, put};
use axum::{Json, Router};
use serde::Deserialize;
use serde_json::{Map, Value, json};

pub(super) fn routes() -> Router<Engine> {
    Router::new()
        .route("/v1/default/banks", get(list))
        .route("/v1/default/banks/{bank}", put(change).patch(change).delete(remove))
        .route("/v1/default/banks/{bank}/clone", post(clone_bank))
        .route("/v1/default/banks/{bank}/profile", get(gone_profile).put(gone_profile))
        .route("/v1/default/banks/{bank}/background", post(gone_background))
        .route("/v1/default/banks/{bank}/document-transfer", get(gone_transfer))
}

#[derive(Deserialize)]
struct Page {
    q: Option<String>,
    limit: Option<i64>,
    offset: Option<i64>,
}

async fn list(State(engine): State<Engine>, Params(asked): Params<Page>) -> Result<Json<Value>> {
    let (limit, offset) = page(asked.limit, asked.offset, 100, i64::MAX)?;
    let (banks, total) = listing::banks::page(engine.read(), asked.q.as_deref(), limit, offset).await?;
    Ok(Json(json!({"banks": banks, "total": total, "limit": limit, "offset": offset})))
}

#[derive(Deserialize)]
struct Disposition {
    skepticism: i64,
    literalism: i64,
    empathy: i64,
}

/// Null counts as not given. `name`, `mission`, `background`, `disposition` and `disposition_*` are of old;
/// they still work.
#[derive(Deserialize)]
struct Change {
    name: Option<String>,
    mission: Option<String>,
    background: Option<String>,
    disposition: Option<Disposition>,
    disposition_skepticism: Option<i64>,
    disposition_literalism: Option<i64>,
    disposition_empathy: Option<i64>,
    reflect_mission: Option<String>,
    retain_mission: Option<String>,
    observations_mission: Option<String>,
    retain_extraction_mode: Option<String>,
    retain_custom_instructions: Option<String>,
    retain_chunk_size: Option<i64>,
    retain_structured_chunk_size: Option<i64>,
    retain_max_attachments_per_chunk: Option<i64>,
    enable_observations: Option<bool>,
    enable_text_search: Option<bool>,
    enable_temporal_retrieval: Option<bool>,
    enable_graph_retrieval: Option<bool>,
    enable_reranking: Option<bool>,
}

impl Change {
    /// As updates of the configuration. Where an old and a live name say the same thing, the live one counts.
    fn updates(&self) -> Result<Map<String, Value>> {
        let mission = self.reflect_mission.as_ref().or(self.mission.as_ref()).or(self.background.as_ref());
        let old = self.disposition.as_ref();
        let skepticism = self.disposition_skepticism.or(old.map(|old| old.skepticism));
        let literalism = self.disposition_literalism.or(old.map(|old| old.literalism));
        let empathy = self.disposition_empathy.or(old.map(|old| old.empathy));
        for (name, value) in [
            ("disposition_skepticism", skepticism),
            ("disposition_literalism", literalism),
            ("disposition_empathy", empathy),
        ] {
            if value.is_some_and(|value| !(1..=5).contains(&value)) {
                return Err(EngineError::invalid(&[name], "Input should be between 1 and 5"));
            }
        }
        let all = json!({
            "reflect_mission": mission,
            "disposition_skepticism": skepticism,
            "disposition_literalism": literalism,
            "disposition_empathy": empathy,
            "retain_mission": self.retain_mission,
            "observations_mission": self.observations_mission,
            "retain_extraction_mode": self.retain_extraction_mode,
            "retain_custom_instructions": self.retain_custom_instructions,
            "retain_chunk_size": self.retain_chunk_size,
            "retain_structured_chunk_size": self.retain_structured_chunk_size,
            "retain_max_attachments_per_chunk": self.retain_max_attachments_per_chunk,
            "enable_observations": self.enable_observations,
            "enable_text_search": self.enable_text_search,
            "enable_temporal_retrieval": self.enable_temporal_retrieval,
            "enable_graph_retrieval": self.enable_graph_retrieval,
            "enable_reranking": self.enable_reranking,
        });
        let Value::Object(all) = all else { return Ok(Map::new()) };
        Ok(all.into_iter().filter(|(_, value)| !value.is_null()).collect())
    }
}

async fn change(
    State(engine): State<Engine>,
    Path(id): Path<String>,
    Body(change): Body<Change>,
) -> Result<Json<Value>> {
    let updates = change.updates()?;
    let mut write = engine.write().await?;
    let mut bank = bank::find_or_make(&mut write, &id).await?;
    bank.config.change(&updates)?;
    if change.name.is_some() {
        bank.name = change.name;
    }
    super::config::save(&mut write, &bank).await?;
    write.commit().await?;
    Ok(Json(profile(&bank)))
}

fn profile(bank: &Bank) -> Value {
    let mission = bank.config.text("reflect_mission").unwrap_or_default();
    json!({
        "bank_id": bank.id,
        "name": bank.name.as_ref().unwrap_or(&bank.id),
        "disposition": bank.config.disposition(),
        "mission": mission,
        "background": mission,
    })
}

/// A bank that is not there is as good as deleted (hindsight 1.1 answers 200).
async fn remove(State(engine): State<Engine>, Path(id): Path<String>) -> Result<Json<Value>> {
    let (name, deleted) = match bank::look(engine.read(), &id).await? {
        Some(bank) => {
            let deleted = curate::clear::bank(&engine, &bank).await?;
            (bank.id, deleted)
        }
        None => (id, 0),
    };
    Ok(Json(json!({
        "success": true,
        "message": format!("Bank '{name}' was deleted with everything in it"),
        "deleted_count": deleted,
    })))
}

#[derive(Deserialize)]
struct Clone {
    target_bank_id: Option<String>,
    include_data: Option<bool>,
    include_bank_config: Option<bool>,
    include_history: Option<bool>,
}

async fn clone_bank(
    State(engine): State<Engine>,
    Path(id): Path<String>,
    Params(asked): Params<Clone>,
) -> Result<(StatusCode, Json<Value>)> {
    let target_bank_id = asked.target_bank_id.ok_or_else(|| EngineError::Invalid {
        loc: vec!["query".to_owned(), "target_bank_id".to_owned()],
        kind: "missing",
        message: "Field required".to_owned(),
        input: Value::Null,
    })?;
    let plan = Plan {
        target_bank_id,
        include_data: asked.include_data.unwrap_or(true),
        include_bank_config: asked.include_bank_config.unwrap_or(true),
        include_history: asked.include_history.unwrap_or(false),
    };
    let bank = bank::find(engine.read(), &id).await?;
    let operation = duplicate::start(&engine, &bank, &plan).await?;
    Ok((StatusCode::ACCEPTED, Json(json!({"operation_id": operation, "status": "pending"}))))
}

fn gone(message: &str) -> EngineError {
    EngineError::refused(StatusCode::GONE, message)
}

async fn gone_profile() -> EngineError {
    gone(
        "The profile of a bank is gone: missions and dispositions are keys of the bank's config, \
         its name is in the list of banks",
    )
}

async fn gone_background() -> EngineError {
    gone("The background of a bank is gone: set `reflect_mission` in the bank's config, which replaces it")
}

async fn gone_transfer() -> EngineError {
    gone(
        "Exporting within one request is gone: ask for `transfer/export` and fetch the file of that operation",
    )
}

#[cfg(test)]
mod tests {
    use crate::engine::testing::Fresh;
    use serde_json::json;

    #[tokio::test]
    async fn a_bank_is_made_changed_and_listed() {
        let fresh = Fresh::open().await;
        let body = json!({"name": "Ana", "reflect_mission": "Be brief.", "disposition_skepticism": 4});
        let made = fresh.ok("PUT", "/v1/default/banks/ana", Some(body)).await;
        assert_eq!(made["disposition"], json!({"skepticism": 4, "literalism": 3, "empathy": 3}));
        let changed =
            fresh.ok("PATCH", "/v1/default/banks/ana", Some(json!({"retain_mission": "names"}))).await;
        assert_eq!((&changed["name"], &changed["background"]), (&json!("Ana"), &json!("Be brief.")));
        let listed = fresh.ok("GET", "/v1/default/banks?q=ANA", None).await;
        assert_eq!(
            (listed["total"].as_i64(), &listed["banks"][0]["mission"]),
            (Some(1), &json!("Be brief."))
        );
        assert_eq!(fresh.ok("GET", "/v1/default/banks?q=bob", None).await["banks"], json!([]));
    }

    #[tokio::test]
    async fn names_of_old_still_reach_the_configuration() {
        let fresh = Fresh::open().await;
        let disposition = json!({"skepticism": 1, "literalism": 2, "empathy": 5});
        let body = json!({"mission": "Old words.", "disposition": disposition});
        fresh.ok("PUT", "/v1/default/banks/b", Some(body)).await;
        let config = fresh.ok("GET", "/v1/default/banks/b/config", None).await;
        assert_eq!(config["overrides"]["reflect_mission"], "Old words.");
        assert_eq!(config["overrides"]["disposition_empathy"], 5);
        let wrong = Some(json!({"disposition_empathy": 6}));
        assert_eq!(fresh.ask("PUT", "/v1/default/banks/b", wrong).await.0, 422);
    }

    #[tokio::test]
    async fn what_is_no_bank_id_is_refused() {
        let fresh = Fresh::open().await;
        let (longest, longer) = ("x".repeat(192), "x".repeat(193));
        for (id, status) in [
            (longest.as_str(), 200),
            (longer.as_str(), 400),
            ("%20", 200),
            ("a%0Ab", 400),
            ("_x", 400),
            ("a%2Fb", 404),
            ("100%25%20%3F%23%C3%BC", 200),
        ] {
            let path = format!("/v1/default/banks/{id}");
            assert_eq!(fresh.ask("PUT", &path, Some(json!({}))).await.0, status, "{id}");
        }
    }

    #[tokio::test]
    async fn banks_are_paged_and_a_negative_page_is_refused() {
        let fresh = Fresh::open().await;
        for id in ["a", "b", "c"] {
            fresh.ok("PUT", &format!("/v1/default/banks/{id}"), None).await;
        }
        let page = fresh.ok("GET", "/v1/default/banks?limit=2&offset=2", None).await;
        assert_eq!((page["banks"].as_array().map(Vec::len), page["total"].as_i64()), (Some(1), Some(3)));
        let none = fresh.ok("GET", "/v1/default/banks?limit=0", None).await;
        assert_eq!((&none["banks"], none["total"].as_i64()), (&json!([]), Some(3)));
        assert_eq!(fresh.ask("GET", "/v1/default/banks?limit=-1", None).await.0, 422);
    }

    #[tokio::test]
    async fn a_deleted_bank_is_gone_and_deleting_it_again_is_no_error() {
        let fresh = Fresh::open().await;
        fresh.ok("PUT", "/v1/default/banks/b", None).await;
        for _ in 0..2 {
            let deleted = fresh.ok("DELETE", "/v1/default/banks/b", None).await;
            assert_eq!((&deleted["success"], &deleted["deleted_count"]), (&json!(true), &json!(0)));
        }
        assert_eq!(fresh.ask("GET", "/v1/default/banks/b/config", None).await.0, 404);
    }

    #[tokio::test]
    async fn what_the_api_gave_up_answers_gone() {
        let fresh = Fresh::open().await;
        for (method, path) in
            [("GET", "profile"), ("PUT", "profile"), ("POST", "background"), ("GET", "document-transfer")]
        {
            let (status, ..) = fresh.ask(method, &format!("/v1/default/banks/b/{path}"), None).await;
            assert_eq!(status, 410, "{method} {path}");
        }
    }
}

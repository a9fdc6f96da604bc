//! `export` and `import` of a bank's template, and the template's schema.

use crate::bank;
use crate::engine::Engine;
use crate::error::Result;
use crate::http::read::{Body, Params};
use crate::template::{self, Template};
use axum::extract::{Path, State};
use axum::routing::{get, post};
use axum::{Json, Router};
use serde::Deserialize;
use serde_json::Value;

pub(super) fn routes() -> Router<Engine> {
    Router::new()
        .route("/v1/default/banks/{bank_id}/export", get(export))
        .route("/v1/default/banks/{bank_id}/import", post(import))
        .route("/v1/bank-template-schema", get(async || Json(template::schema())))
}

async fn export(State(engine): State<Engine>, Path(bank_id): Path<String>) -> Result<Json<Template>> {
    let bank = bank::find(engine.read(), &bank_id).await?;
    template::export(&engine, &bank).await.map(Json)
}

#[derive(Deserialize)]
struct ImportParams {
    #[serde(default)]
    dry_run: bool,
}

async fn import(
    State(engine): State<Engine>,
    Path(bank_id): Path<String>,
    Params(params): Params<ImportParams>,
    Body(template): Body<Template>,
) -> Result<Json<Value>> {
    template::import(&engine, &bank_id, &template, params.dry_run).await.map(Json)
}

#[cfg(test)]
mod tests {
    use crate::engine::testing::Fresh;
    use serde_json::json;

    #[tokio::test]
    async fn a_bank_is_set_up_as_another_by_its_template() {
        let fresh = Fresh::open().await;
        let config = json!({"updates": {"retain_mission": "names", "disposition_empathy": 5}});
        fresh.ok("PATCH", "/v1/default/banks/a/config", Some(config)).await;
        let mut template = fresh.ok("GET", "/v1/default/banks/a/export", None).await;
        assert_eq!(
            (&template["version"], &template["bank"]["retain_mission"]),
            (&json!("1"), &json!("names"))
        );
        template["directives"] = json!([{"name": "Polite", "content": "Be polite."}]);
        let path = "/v1/default/banks/b/import";
        let dry = fresh.ok("POST", &format!("{path}?dry_run=true"), Some(template.clone())).await;
        assert_eq!((&dry["dry_run"], &dry["directives_created"]), (&json!(true), &json!(["Polite"])));
        assert_eq!(
            fresh.ask("GET", "/v1/default/banks/b/export", None).await.0,
            404,
            "a dry run makes nothing"
        );
        fresh.ok("POST", path, Some(template.clone())).await;
        let again = fresh.ok("POST", path, Some(template)).await;
        assert_eq!(again["directives_updated"], json!(["Polite"]));
        let made = fresh.ok("GET", "/v1/default/banks/b/export", None).await;
        assert_eq!(made["bank"]["disposition_empathy"], 5);
    }

    #[tokio::test]
    async fn a_template_that_is_wrong_somewhere_changes_nothing() {
        let fresh = Fresh::open().await;
        let path = "/v1/default/banks/b/import";
        for wrong in [
            json!({"version": "99"}),
            json!({"version": "1", "bank": {"retain_extraction_mode": "bad"}}),
            json!({"version": "1", "bank": {"retain_mission": "x"}, "directives": [{"name": "", "content": "x"}]}),
        ] {
            assert_eq!(fresh.ask("POST", path, Some(wrong.clone())).await.0, 400, "{wrong}");
        }
        assert_eq!(fresh.ask("GET", "/v1/default/banks/b/export", None).await.0, 404);
    }
}

//! The server itself: health, version, keys, and what it says about words it does not know.

use crate::bank::keys;
use crate::each_server;
use crate::subject::Subject;
use macro_rules_attribute::apply;
use reqwest::Method;
use serde_json::json;

#[apply(each_server)]
async fn a_running_server_is_well(subject: Subject) {
    for path in ["/health", "/health/ready"] {
        let health = subject.get(path).await.ok();
        assert_eq!(
            (&health["status"], &health["database"]),
            (&json!("healthy"), &json!("connected")),
            "{path}"
        );
    }
    let live = subject.get("/health/live").await.ok();
    assert_eq!((&live["status"], &live["version"]), (&json!("alive"), &json!("1.1.0")));
    assert!(live["uptime_seconds"].as_f64().unwrap() > 0.0);
}

#[apply(each_server)]
async fn the_version_names_every_feature_as_on_or_off(subject: Subject) {
    let version = subject.get("/version").await.ok();
    assert_eq!(version["api_version"], "1.1.0");
    for feature in ["observations", "worker", "bank_config_api", "llm_trace", "store_document_text"] {
        assert_eq!(version["features"][feature], true, "{feature}");
    }
    for feature in keys(&version["features"]) {
        assert!(version["features"][feature].is_boolean(), "{feature}");
    }
}

#[apply(each_server)]
async fn the_document_of_the_api_is_served(subject: Subject) {
    let document = subject.get("/openapi.json").await.ok();
    assert_eq!(document["info"]["version"], "1.1.0");
    assert!(document["paths"]["/v1/default/banks/{bank_id}/memories/recall"]["post"].is_object());
    assert!(document["components"]["schemas"]["RecallRequest"].is_object());
}

#[apply(each_server)]
async fn words_it_does_not_know_are_named_and_ignored(subject: Subject) {
    let bank = subject.bank_without_model().await;
    let answer = bank.post("/memories?sooner=1", json!({"items": [], "later": 2})).await;
    let header = answer.header("x-ignored-params").unwrap_or_default().to_owned();
    let mut words: Vec<_> = header.split(',').map(str::trim).collect();
    words.sort_unstable();
    assert_eq!(words, ["later", "sooner"]);
    answer.ok();
    assert_eq!(bank.post("/memories", json!({"items": []})).await.header("x-ignored-params"), None);
}

#[apply(each_server)]
async fn a_path_and_a_method_that_do_not_exist_are_told_apart(subject: Subject) {
    let bank = subject.bank_without_model().await;
    subject.get("/v1/default/nowhere").await.refused(404);
    bank.post("/stats", json!({})).await.refused(405);
}

#[apply(each_server)]
async fn a_body_that_is_no_json_is_invalid(subject: Subject) {
    let path = subject.bank_without_model().await.path("/memories/recall");
    let mut request =
        subject.request(Method::POST, &path).header("content-type", "application/json").body("{bad");
    if let Some(token) = &subject.token {
        request = request.bearer_auth(token);
    }
    let place = subject.sent(Method::POST, &path, request).await.invalid_at();
    assert!(place.starts_with("body"), "{place}");
}

#[apply(each_server)]
async fn without_the_key_nothing_is_told_but_that_the_server_is_well(subject: Subject) {
    let keyed = subject.with_key().await;
    for stranger in [keyed.with_token(None), keyed.with_token(Some("hsk_wrong"))] {
        let words = stranger.get("/v1/default/banks").await.refused(401);
        assert!(!words.is_empty());
        let bank = stranger.new_bank();
        bank.put("", json!({})).await.refused(401);
        bank.post("/memories/recall", json!({"query": "Ana"})).await.refused(401);
        for open in ["/health", "/health/live", "/version"] {
            stranger.get(open).await.ok();
        }
    }
    keyed.get("/v1/default/banks").await.ok();
}

#[apply(each_server)]
async fn the_key_may_stand_alone_or_behind_bearer(subject: Subject) {
    let keyed = subject.with_key().await;
    let token = keyed.token.clone().unwrap();
    let path = "/v1/default/banks";
    for (header, status) in
        [(format!("Bearer {token}"), 200), (token.clone(), 200), (format!("Bearer {token}x"), 401)]
    {
        let request = keyed.request(Method::GET, path).header("authorization", &header);
        assert_eq!(keyed.sent(Method::GET, path, request).await.status, status, "{header}");
    }
    let request = keyed.request(Method::GET, path).header("x-api-key", &token);
    assert_eq!(keyed.sent(Method::GET, path, request).await.status, 401);
}

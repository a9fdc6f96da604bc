//! The lab against a scripted memory server: what is asked, what is told, what one failure costs.

use super::*;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::routing::{get, post};
use axum::{Json, Router};
use rearview_hindsight::Options;
use serde_json::json;
use std::sync::{Arc, Mutex};

fn map(value: Value) -> Map<String, Value> {
    value.as_object().cloned().unwrap_or_default()
}

fn config(config: Value, overrides: Value) -> BankConfig {
    BankConfig { config: map(config), overrides: map(overrides), without_effect: Vec::new() }
}

type Asked = Arc<Mutex<Vec<Value>>>;

async fn dry_run(State(asked): State<Asked>, Json(body): Json<Value>) -> (StatusCode, Json<Value>) {
    asked.lock().unwrap().push(body.clone());
    if body["content"] == "refused" {
        return (StatusCode::UNAUTHORIZED, Json(json!({"detail": "Invalid API key"})));
    }
    if body["content"] == "broken" && body.get("retain_mission").is_some() {
        return (StatusCode::INTERNAL_SERVER_ERROR, Json(json!({"detail": "Fact extraction failed"})));
    }
    let facts = match body["retain_mission"].as_str() {
        Some("boats") => json!([{"text": "Ana rows a boat."}, {"text": "The boat is blue."}]),
        _ => json!([{"text": "Ana rows."}, {"text": "Ben bakes."}]),
    };
    (StatusCode::OK, Json(json!({"facts": facts, "usage": {"input_tokens": 10, "output_tokens": 2}})))
}

async fn document(Path((_, id)): Path<(String, String)>) -> (StatusCode, Json<Value>) {
    if id == "gone" {
        return (StatusCode::NOT_FOUND, Json(json!({"detail": "Document not found"})));
    }
    let text = match id.as_str() {
        "textless" => Value::Null,
        "broken" | "refused" => json!(id),
        _ => json!("Ana rows."),
    };
    let params = json!({"context": "a chat", "event_date": "2026-01-02T03:04:05+00:00", "strategy": "fast"});
    (StatusCode::OK, Json(json!({"id": id, "original_text": text, "retain_params": params})))
}

async fn server() -> (Client, Asked) {
    let asked = Asked::default();
    let app = Router::new()
        .route("/v1/default/banks/{bank}/documents/{id}", get(document))
        .route("/v1/default/banks/{bank}/memories/dry-run-extract", post(dry_run))
        .with_state(asked.clone());
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, app).await });
    (Client::new(&url, None, "scripted", Options::default()).unwrap(), asked)
}

async fn told(documents: &[&str]) -> (Vec<LabEvent>, Result<(), Error>, Vec<Value>) {
    let (client, asked) = server().await;
    let mut events = Vec::new();
    let documents: Vec<DocumentId> = documents.iter().map(|id| DocumentId::from(*id)).collect();
    let draft = map(json!({"retain_mission": "boats"}));
    let bank = BankId::from("b");
    let ended = run(&client, &bank, &BankConfig::default(), &draft, &documents, |event| {
        events.push(event);
        true
    })
    .await;
    let asked = asked.lock().unwrap().clone();
    (events, ended, asked)
}

#[tokio::test]
async fn a_document_is_read_as_it_was_retained_once_under_each_mission() {
    let (events, ended, asked) = told(&["a/b?#"]).await;
    assert!(ended.is_ok());
    assert_eq!(events[0], LabEvent::Started { documents: 1 });
    let LabEvent::Read { id, pairs, before, .. } = &events[1] else { panic!("{events:?}") };
    assert_eq!((id.as_str(), before.input_tokens), ("a/b?#", Some(10)));
    assert_eq!(
        (pairs.same.len(), pairs.reworded.len(), pairs.gained.len(), pairs.lost.len()),
        (0, 1, 1, 1),
        "{pairs:?}"
    );
    assert_eq!(asked.len(), 2);
    for body in &asked {
        assert_eq!(
            (&body["context"], &body["timestamp"], &body["strategy"]),
            (&json!("a chat"), &json!("2026-01-02T03:04:05+00:00"), &json!("fast"))
        );
    }
    assert_eq!(asked.iter().filter(|body| body.get("retain_mission").is_none()).count(), 1);
}

#[tokio::test]
async fn one_document_that_fails_costs_no_other_and_says_what_it_took() {
    let (events, ended, _) = told(&["gone", "textless", "broken", "fine"]).await;
    assert!(ended.is_ok());
    let failures: Vec<_> = events
        .iter()
        .filter_map(|event| match event {
            LabEvent::Failed { id, used, .. } => Some((id.as_str(), used.input_tokens)),
            _ => None,
        })
        .collect();
    assert_eq!(failures.len(), 3, "{events:?}");
    assert!(failures.contains(&("broken", Some(10))));
    assert!(events.iter().any(|event| matches!(event, LabEvent::Read { id, .. } if id.as_str() == "fine")));
}

#[tokio::test]
async fn a_refused_key_ends_the_run_and_what_was_told_stays() {
    let (events, ended, asked) = told(&["refused", "x", "y", "z", "u", "v"]).await;
    assert_eq!(ended.unwrap_err().code, ErrorCode::AuthFailed);
    assert!(events.iter().any(|event| matches!(event, LabEvent::Failed { .. })));
    assert!(asked.len() <= 6, "the documents behind it are not asked for");
}

#[tokio::test]
async fn nobody_listening_ends_the_run() {
    let (client, asked) = server().await;
    let documents = vec![DocumentId::from("a"); 5];
    let none = Map::new();
    let ended = run(&client, &BankId::from("b"), &BankConfig::default(), &none, &documents, |_| false).await;
    assert!(ended.is_ok() && asked.lock().unwrap().is_empty());
}

#[test]
fn nothing_of_what_holds_shows_through_a_draft() {
    let now = config(
        json!({"retain_mission": "old", "retain_extraction_mode": "verbose", "entities_allow_free_form": false,
               "retain_chunk_size": 500, "entity_labels": [{"key": "k"}]}),
        json!({"retain_mission": "old", "retain_extraction_mode": "verbose", "entity_labels": [{"key": "k"}]}),
    );
    let own = overrides(&now, &Map::new(), None);
    assert_eq!(own.retain_mission.as_deref(), Some(""));
    assert_eq!(own.retain_extraction_mode.as_deref(), Some("concise"));
    assert_eq!(own.entity_labels.as_deref(), Some(&[][..]));
    // What the bank did not override stays what the server says.
    assert_eq!((own.entities_allow_free_form, own.retain_chunk_size), (Some(false), Some(500)));
}

#[test]
fn a_strategy_goes_before_the_banks_own_settings() {
    let draft = map(json!({
        "retain_mission": "bank",
        "retain_default_strategy": "short",
        "retain_strategies": {"short": {"retain_mission": "strategy", "retain_chunk_size": 9}, "empty": null},
    }));
    let none = BankConfig::default();
    assert_eq!(overrides(&none, &draft, None).retain_mission.as_deref(), Some("strategy"));
    assert_eq!(overrides(&none, &draft, None).retain_chunk_size, Some(9));
    assert_eq!(overrides(&none, &draft, Some("empty")).retain_mission.as_deref(), Some("bank"));
    assert_eq!(overrides(&none, &draft, Some("unknown")).retain_mission.as_deref(), Some("bank"));
}

#[test]
fn the_reflect_mission_makes_no_difference_to_extraction() {
    let none = BankConfig::default();
    assert!(!differs(&none, &map(json!({"reflect_mission": "x", "disposition_empathy": 5}))));
    assert!(differs(&none, &map(json!({"retain_mission": "x"}))));
    assert!(differs(&none, &map(json!({"retain_strategies": {"a": {}}}))));
}

//! Mental models: standing questions with a kept answer.

use crate::bank::{Bank, sorted};
use crate::each_server;
use crate::subject::Subject;
use macro_rules_attribute::apply;
use serde_json::{Value, json};

/// A bank that knows where Ana lives, with a model of that question, answered.
async fn home(subject: &Subject) -> Bank {
    let bank = subject.new_bank();
    bank.configure(json!({"enable_observations": false})).await;
    bank.say("d", "USER: Ana lives in Lisbon.").await;
    let request = json!({"id": "home", "name": "Home", "source_query": "Where does Ana live?"});
    let answer = bank.post("/mental-models", request).await.ok();
    assert_eq!(answer["mental_model_id"], "home");
    bank.completed(&answer).await;
    bank
}

#[apply(each_server)]
async fn a_model_is_answered_in_the_background(subject: Subject) {
    let bank = home(&subject).await;
    let model = bank.get("/mental-models/home").await.ok();
    assert_eq!(
        (&model["id"], &model["bank_id"], &model["name"]),
        (&json!("home"), &json!(bank.id), &json!("Home"))
    );
    assert_eq!(model["source_query"], "Where does Ana live?");
    assert!(!model["content"].as_str().unwrap().is_empty());
    assert_eq!(
        (&model["max_tokens"], &model["tags"], &model["is_knowledge_page"]),
        (&json!(2048), &json!([]), &json!(false))
    );
    assert_eq!(
        (&model["trigger"]["mode"], &model["trigger"]["refresh_after_consolidation"]),
        (&json!("full"), &json!(false))
    );
    assert!(model["last_refreshed_at"].is_string() && model["created_at"].is_string());
    assert!(model["reflect_response"]["based_on"].is_object(), "{model}");
}

#[apply(each_server)]
async fn a_list_shows_as_much_as_is_asked_for(subject: Subject) {
    let bank = home(&subject).await;
    let full = bank.items("/mental-models").await;
    assert_eq!(sorted(&full, "id"), ["home"]);
    let metadata = bank.items("/mental-models?detail=metadata").await;
    for field in ["source_query", "content", "max_tokens", "trigger"] {
        assert_eq!(metadata[0][field], Value::Null, "{field}");
    }
    assert!(bank.items("/mental-models?detail=content").await[0]["content"].is_string());
}

#[apply(each_server)]
async fn a_model_without_an_id_gets_one_and_an_id_is_used_once(subject: Subject) {
    let bank = home(&subject).await;
    let answer =
        bank.post("/mental-models", json!({"name": "Other", "source_query": "Who is Ana?"})).await.ok();
    assert!(!answer["mental_model_id"].as_str().unwrap().is_empty());
    bank.completed(&answer).await;
    let again = json!({"id": "home", "name": "Home", "source_query": "Where?"});
    bank.post("/mental-models", again).await.refused(409);
    assert_eq!(bank.post("/mental-models", json!({"name": "n"})).await.invalid_at(), "body.source_query");
}

#[apply(each_server)]
async fn a_model_is_renamed_and_deleted(subject: Subject) {
    let bank = home(&subject).await;
    let changed = bank
        .patch("/mental-models/home", json!({"name": "House", "tags": ["x"], "max_tokens": 512}))
        .await
        .ok();
    assert_eq!(
        (&changed["name"], &changed["tags"], &changed["max_tokens"]),
        (&json!("House"), &json!(["x"]), &json!(512))
    );
    assert_eq!(bank.delete("/mental-models/home").await.ok(), json!({"status": "deleted"}));
    for answer in [
        bank.get("/mental-models/home").await,
        bank.delete("/mental-models/home").await,
        bank.patch("/mental-models/home", json!({"name": "x"})).await,
        bank.start("/mental-models/home/refresh").await,
    ] {
        answer.refused(404);
    }
}

#[apply(each_server)]
async fn a_refresh_runs_in_the_background_and_is_kept_in_the_history(subject: Subject) {
    let bank = home(&subject).await;
    let content = bank.get("/mental-models/home").await.ok()["content"].clone();
    let answer = bank.start("/mental-models/home/refresh").await.ok();
    assert_eq!(answer["status"], "queued");
    assert_eq!(bank.completed(&answer).await["operation_type"], "refresh_mental_model");
    let history = bank.get("/mental-models/home/history").await.ok();
    let changes = history.as_array().unwrap();
    assert_eq!(changes[0]["previous_content"], content, "the newest stands first: {history}");
    assert!(changes.iter().all(|change| change["changed_at"].is_string()));
}

#[apply(each_server)]
async fn a_cleared_model_is_empty(subject: Subject) {
    let bank = home(&subject).await;
    let cleared = bank.start("/mental-models/home/clear").await.ok();
    assert!(cleared["content"].as_str().unwrap_or_default().is_empty(), "{cleared}");
    assert_eq!(cleared["name"], "Home");
}

#[apply(each_server)]
async fn a_dry_run_changes_nothing(subject: Subject) {
    let bank = home(&subject).await;
    let before = bank.get("/mental-models/home").await.ok();
    let tried = bank.start("/mental-models/home/dry-run-refresh").await.ok();
    assert_eq!((&tried["mental_model_id"], &tried["requested_mode"]), (&json!("home"), &json!("full")));
    assert!(tried["preview_content"].is_string(), "{tried}");
    assert_eq!(bank.get("/mental-models/home").await.ok(), before);
}

#[apply(each_server)]
async fn a_bank_that_does_not_exist_has_no_models(subject: Subject) {
    subject.new_bank().get("/mental-models").await.refused(404);
}

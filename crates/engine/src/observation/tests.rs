use crate::engine::testing::Fresh;
use crate::llm::scripted::{Scripted, complete};
use crate::synthesis::{Prompt, SynthesisError};
use serde_json::{Value, json};
use std::sync::Arc;

const BANK: &str = "/v1/default/banks/b";

/// A bank of these facts, each a chunk of its own, that consolidates only when told to.
async fn bank_of(facts: &[(&str, &[&str])], model: Arc<Scripted>) -> Fresh {
    let fresh = Fresh::open().await;
    let updates = json!({"retain_extraction_mode": "chunks", "enable_auto_consolidation": false});
    fresh.ok("PATCH", &format!("{BANK}/config"), Some(json!({"updates": updates}))).await;
    for (place, (text, tags)) in facts.iter().enumerate() {
        say(&fresh, &format!("d{place}"), text, tags).await;
    }
    fresh.engine.set_synthesis(Some(model));
    fresh
}

async fn say(fresh: &Fresh, document: &str, text: &str, tags: &[&str]) {
    let item = json!({"content": text, "document_id": document, "tags": tags});
    fresh.ok("POST", &format!("{BANK}/memories"), Some(json!({"items": [item]}))).await;
}

/// Consolidates and waits until it is over: the operation's state and result.
async fn consolidated(fresh: &Fresh) -> (String, Value) {
    let started = fresh.ok("POST", &format!("{BANK}/consolidate"), None).await;
    ended(fresh, started["operation_id"].as_str().unwrap()).await
}

async fn ended(fresh: &Fresh, id: &str) -> (String, Value) {
    loop {
        let (state, result, error): (String, Option<String>, Option<String>) =
            sqlx::query_as("SELECT state, result, error FROM operation WHERE id = ?1")
                .bind(id)
                .fetch_one(fresh.engine.read())
                .await
                .unwrap();
        if !matches!(state.as_str(), "pending" | "processing") || error.is_some() {
            return (state, result.and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default());
        }
        tokio::task::yield_now().await;
    }
}

/// Observations: text, tags, proof.
async fn observations(fresh: &Fresh) -> Vec<(String, String, i64)> {
    sqlx::query_as("SELECT text, tags, proof FROM unit WHERE kind = 3 ORDER BY tags, text")
        .fetch_all(fresh.engine.read())
        .await
        .unwrap()
}

async fn waiting(fresh: &Fresh) -> i64 {
    sqlx::query_scalar(
        "SELECT count(*) FROM unit WHERE kind < 3 AND consolidated_at IS NULL AND consolidation_failed_at IS NULL",
    )
    .fetch_one(fresh.engine.read())
    .await
    .unwrap()
}

fn facts_in(prompt: &Prompt) -> usize {
    prompt.messages[1].content.matches("\n[f").count()
}

fn creates(text: &str) -> String {
    json!({"creates": [{"text": text, "facts": ["f1"]}], "updates": [], "deletes": []}).to_string()
}

#[tokio::test]
async fn facts_become_observations_with_their_sources_and_are_done() {
    let model = Scripted::answers(&[
        r#"{"creates":[{"text":"Ana sails and rows.","facts":["f1","[f2]","f9"]},{"text":"","facts":["f1"]},{"text":"Of nothing.","facts":["f7"]}],
            "updates":[{"observation":"o3","text":"x","facts":["f1"]}],"deletes":[{"observation":"o1"}]}"#,
    ]);
    let fresh = bank_of(&[("Ana sails.", &["x"]), ("Ana rows.", &["x"])], model).await;
    let (state, result) = consolidated(&fresh).await;
    assert_eq!(
        (state.as_str(), &result["processed"], &result["observations_created"]),
        ("completed", &json!(2), &json!(1))
    );
    assert_eq!(observations(&fresh).await, [("Ana sails and rows.".to_owned(), r#"["x"]"#.to_owned(), 2)]);
    assert_eq!(waiting(&fresh).await, 0);
}

#[tokio::test]
async fn an_update_keeps_the_version_before_and_names_the_new_sources() {
    let update =
        r#"{"creates":[],"updates":[{"observation":"o1","text":"Ana sails daily.","facts":["f1"]}]}"#;
    let model = Scripted::answers(&[&creates("Ana sails."), update]);
    let fresh = bank_of(&[("Ana sails.", &[])], model.clone()).await;
    consolidated(&fresh).await;
    fresh.engine.set_synthesis(None);
    say(&fresh, "later", "Ana sails every day.", &[]).await;
    fresh.engine.set_synthesis(Some(model.clone()));
    consolidated(&fresh).await;
    assert!(model.questions()[1].contains("[o1] Ana sails."), "{:?}", model.questions());
    assert_eq!(observations(&fresh).await, [("Ana sails daily.".to_owned(), "[]".to_owned(), 2)]);
    let (version, new, change): (String, String, String) =
        sqlx::query_as("SELECT version, new_sources, change FROM history")
            .fetch_one(fresh.engine.read())
            .await
            .unwrap();
    let later: String = sqlx::query_scalar("SELECT id FROM unit WHERE text = 'Ana sails every day.'")
        .fetch_one(fresh.engine.read())
        .await
        .unwrap();
    assert_eq!(serde_json::from_str::<Value>(&version).unwrap()["text"], "Ana sails.");
    assert_eq!((new, change.as_str()), (json!([later]).to_string(), "consolidated"));
}

#[tokio::test]
async fn the_same_words_make_no_second_observation() {
    let model = Scripted::answers(&[&creates("Ana sails."), &creates("ana sails")]);
    let fresh = bank_of(&[("Ana sails.", &[])], model.clone()).await;
    consolidated(&fresh).await;
    fresh.engine.set_synthesis(None);
    say(&fresh, "later", "Ana sails, she said.", &[]).await;
    fresh.engine.set_synthesis(Some(model));
    consolidated(&fresh).await;
    assert_eq!(observations(&fresh).await.iter().map(|one| one.2).collect::<Vec<_>>(), [2]);
}

#[tokio::test]
async fn facts_of_different_scopes_are_asked_about_apart() {
    let model = Scripted::rule(|prompt| {
        assert_eq!(facts_in(prompt), 1);
        Ok(complete(&creates("Something.")))
    });
    let fresh = bank_of(&[("Ana sails.", &["x"]), ("Bob rows.", &["y"])], model).await;
    consolidated(&fresh).await;
    let tags: Vec<String> = observations(&fresh).await.into_iter().map(|one| one.1).collect();
    assert_eq!(tags, [r#"["x"]"#, r#"["y"]"#]);
    let scopes = fresh.ok("GET", &format!("{BANK}/observations/scopes"), None).await;
    assert_eq!(scopes["total"], 2);
}

#[tokio::test]
async fn a_fact_that_the_model_cannot_manage_is_given_up_and_the_others_are_not() {
    let model = Scripted::rule(|prompt| {
        let bad = prompt.messages[1].content.contains("unspeakable");
        Ok(complete(if bad { "I refuse." } else { r#"{"creates":[]}"# }))
    });
    let fresh = bank_of(&[("Ana sails.", &[]), ("The unspeakable.", &[]), ("Bob rows.", &[])], model).await;
    let (state, result) = consolidated(&fresh).await;
    assert_eq!(
        (state.as_str(), &result["processed"], &result["failed"]),
        ("completed", &json!(2), &json!(1))
    );
    fresh.engine.set_synthesis(Some(Scripted::rule(|_| Ok(complete(r#"{"creates":[]}"#)))));
    let recovered = fresh.ok("POST", &format!("{BANK}/consolidation/recover"), None).await;
    assert_eq!(recovered["retried_count"], 1);
}

#[tokio::test]
async fn a_model_that_is_busy_leaves_the_facts_waiting() {
    let busy = SynthesisError::Unavailable { message: "busy".to_owned(), retry_after_ms: None };
    let fresh = bank_of(&[("Ana sails.", &[])], Scripted::rule(move |_| Err(busy.clone()))).await;
    let (state, _) = consolidated(&fresh).await;
    assert_eq!((state.as_str(), waiting(&fresh).await), ("pending", 1));
}

#[tokio::test]
async fn without_a_model_nothing_is_consolidated_and_the_operation_says_so() {
    let fresh = bank_of(&[("Ana sails.", &[])], Scripted::answers(&[])).await;
    fresh.engine.set_synthesis(None);
    let (state, result) = consolidated(&fresh).await;
    assert_eq!((state.as_str(), waiting(&fresh).await), ("completed", 1));
    assert!(result["skipped"].is_string());
}

#[tokio::test]
async fn clearing_observations_lets_their_facts_wait_again() {
    let fresh = bank_of(&[("Ana sails.", &[])], Scripted::answers(&[&creates("Ana sails.")])).await;
    consolidated(&fresh).await;
    let cleared = fresh.ok("DELETE", &format!("{BANK}/observations"), None).await;
    assert_eq!((&cleared["deleted_count"], waiting(&fresh).await), (&json!(1), 1));
    assert!(observations(&fresh).await.is_empty());
}

#[tokio::test]
async fn a_full_scope_takes_no_further_observation() {
    let model = Scripted::answers(&[&creates("One."), &creates("Two.")]);
    let fresh = bank_of(&[("Ana sails.", &[]), ("Bob rows.", &[])], model).await;
    let updates = json!({"consolidation_llm_batch_size": 1, "max_observations_per_scope": 1});
    fresh.ok("PATCH", &format!("{BANK}/config"), Some(json!({"updates": updates}))).await;
    consolidated(&fresh).await;
    assert_eq!(observations(&fresh).await.len(), 1);
}

//! Consolidation and what it makes: observations, their scopes, their history, clearing them.

use crate::bank::{Bank, sorted};
use crate::each_server;
use crate::subject::Subject;
use macro_rules_attribute::apply;
use serde_json::{Value, json};

/// A bank that consolidates only when told to.
async fn waiting(subject: &Subject) -> Bank {
    let bank = subject.new_bank();
    bank.configure(json!({"enable_auto_consolidation": false})).await;
    bank
}

async fn consolidated(bank: &Bank) -> Value {
    let answer = bank.start("/consolidate").await.ok();
    bank.completed(&answer).await
}

#[apply(each_server)]
async fn facts_become_observations_by_themselves(subject: Subject) {
    let bank = subject.new_bank();
    bank.retain(json!([{"content": "USER: Ana sails.", "document_id": "d", "tags": ["x"]}])).await;
    bank.idle().await;
    let fact = bank.memory("type=world").await;
    assert!(fact["consolidated_at"].is_string(), "{fact}");
    let observation = bank.memory("type=observation").await;
    assert_eq!(observation["source_memory_ids"], json!([fact["id"]]));
    assert_eq!((&observation["proof_count"], &observation["tags"]), (&json!(1), &json!(["x"])));
    assert_eq!((&observation["document_id"], &observation["chunk_id"]), (&Value::Null, &Value::Null));
    assert_eq!((&observation["entities"], &observation["metadata"]), (&json!(""), &json!({})));
}

#[apply(each_server)]
async fn an_observation_reads_with_the_facts_it_was_made_of(subject: Subject) {
    let bank = subject.new_bank();
    bank.say("d", "USER: Ana sails.").await;
    bank.idle().await;
    let id = bank.memory("type=observation").await["id"].as_str().unwrap().to_owned();
    let fact = bank.memory("type=world").await;
    let observation = bank.get(&format!("/memories/{id}")).await.ok();
    assert_eq!((&observation["type"], &observation["history"]), (&json!("observation"), &json!([])));
    let sources = observation["source_memories"].as_array().unwrap();
    let [source] = sources.as_slice() else { panic!("{observation}") };
    assert_eq!(
        (&source["id"], &source["text"], &source["type"]),
        (&fact["id"], &fact["text"], &json!("world"))
    );
}

#[apply(each_server)]
async fn nothing_is_observed_when_observations_are_off(subject: Subject) {
    let bank = subject.new_bank();
    bank.configure(json!({"enable_observations": false})).await;
    bank.say("d", "USER: Ana sails.").await;
    let listed = bank.get("/operations?type=consolidation").await.ok();
    assert_eq!(listed["total"], 0);
    assert!(bank.memories("type=observation").await.is_empty());
}

#[apply(each_server)]
async fn consolidation_waits_to_be_told_when_it_is_not_automatic(subject: Subject) {
    let bank = waiting(&subject).await;
    bank.say("d", "USER: Ana sails. Bob rows.").await;
    assert!(bank.memories("type=observation").await.is_empty());
    assert_eq!(consolidated(&bank).await["operation_type"], "consolidation");
    assert_eq!(bank.memories("type=observation").await.len(), 2);
}

#[apply(each_server)]
async fn what_is_said_again_makes_the_same_observation_stronger(subject: Subject) {
    let bank = waiting(&subject).await;
    bank.say("a", "USER: Ana sails.").await;
    consolidated(&bank).await;
    let before = bank.memory("type=observation").await;
    bank.say("b", "USER: Ana sails.").await;
    consolidated(&bank).await;
    let after = bank.memory("type=observation").await;
    assert_eq!(after["id"], before["id"]);
    assert_eq!(after["proof_count"], 2);
    let facts = sorted(&bank.memories("type=world").await, "id");
    let mut sources: Vec<_> =
        after["source_memory_ids"].as_array().unwrap().iter().map(|id| id.as_str().unwrap()).collect();
    sources.sort_unstable();
    assert_eq!(sources, facts);
}

#[apply(each_server)]
async fn the_history_of_an_observation_tells_what_it_said_before(subject: Subject) {
    let bank = waiting(&subject).await;
    bank.say("a", "USER: Ana sails.").await;
    consolidated(&bank).await;
    let before = bank.memory("type=observation").await;
    bank.say("b", "USER: Ana sails.").await;
    consolidated(&bank).await;
    let history = bank.get(&format!("/memories/{}/history", before["id"].as_str().unwrap())).await.ok();
    let [change] = history.as_array().unwrap().as_slice() else { panic!("{history}") };
    assert_eq!((&change["previous_text"], &change["previous_tags"]), (&before["text"], &json!([])));
    assert!(change["changed_at"].is_string());
    let second = bank.memory("document_id=b").await;
    assert_eq!(change["new_source_memory_ids"], json!([second["id"]]));
    let sources = change["source_facts"].as_array().unwrap();
    let new: Vec<_> = sources.iter().filter(|fact| fact["is_new"] == true).map(|fact| &fact["id"]).collect();
    assert_eq!(new, [&second["id"]]);
}

#[apply(each_server)]
async fn facts_of_different_tags_are_observed_apart(subject: Subject) {
    let bank = waiting(&subject).await;
    bank.retain(json!([{"content": "USER: Ana sails.", "document_id": "a", "tags": ["x"]}])).await;
    bank.retain(json!([{"content": "USER: Ana sails.", "document_id": "b", "tags": ["y"]}])).await;
    bank.retain(json!([{"content": "USER: Ana sails.", "document_id": "c"}])).await;
    consolidated(&bank).await;
    let scopes = bank.get("/observations/scopes").await.ok();
    assert_eq!((&scopes["total"], &scopes["limit"], &scopes["offset"]), (&json!(3), &json!(100), &json!(0)));
    let mut tags: Vec<_> =
        scopes["scopes"].as_array().unwrap().iter().map(|scope| scope["tags"].to_string()).collect();
    tags.sort();
    assert_eq!(tags, [r#"["x"]"#, r#"["y"]"#, "[]"]);
    assert!(scopes["scopes"].as_array().unwrap().iter().all(|scope| scope["count"] == 1), "{scopes}");
}

#[apply(each_server)]
async fn a_scope_for_each_tag_makes_an_observation_for_each(subject: Subject) {
    let bank = waiting(&subject).await;
    bank.retain(json!([{
        "content": "USER: Ana sails.", "document_id": "a", "tags": ["x", "y"], "observation_scopes": "per_tag"
    }]))
    .await;
    consolidated(&bank).await;
    let mut tags: Vec<_> =
        bank.memories("type=observation").await.iter().map(|fact| fact["tags"].to_string()).collect();
    tags.sort();
    assert_eq!(tags, [r#"["x"]"#, r#"["y"]"#]);
}

#[apply(each_server)]
async fn observations_of_one_fact_are_cleared(subject: Subject) {
    let bank = waiting(&subject).await;
    bank.say("d", "USER: Ana sails. Bob rows.").await;
    consolidated(&bank).await;
    let fact = bank.memory("type=world&q=sails").await;
    let cleared = bank.delete(&format!("/memories/{}/observations", fact["id"].as_str().unwrap())).await.ok();
    assert_eq!(cleared["deleted_count"], 1);
    let left = bank.memory("type=observation").await;
    assert_ne!(left["source_memory_ids"], json!([fact["id"]]));
    assert_eq!(
        bank.memories("type=world&consolidation_state=pending").await.len(),
        1,
        "it will be observed again"
    );
}

#[apply(each_server)]
async fn all_observations_are_cleared_and_come_again(subject: Subject) {
    let bank = waiting(&subject).await;
    bank.say("d", "USER: Ana sails. Bob rows.").await;
    consolidated(&bank).await;
    let cleared = bank.delete("/observations").await.ok();
    assert_eq!((&cleared["success"], &cleared["deleted_count"]), (&json!(true), &json!(2)));
    assert!(bank.memories("type=observation").await.is_empty());
    consolidated(&bank).await;
    assert_eq!(bank.memories("type=observation").await.len(), 2);
}

#[apply(each_server)]
async fn what_never_failed_needs_no_recovery(subject: Subject) {
    let bank = waiting(&subject).await;
    bank.say("d", "USER: Ana sails.").await;
    assert_eq!(bank.start("/consolidation/recover").await.ok()["retried_count"], 0);
}

#[apply(each_server)]
async fn invalidating_a_fact_takes_its_observation_along(subject: Subject) {
    let bank = subject.new_bank();
    bank.say("d", "USER: Ana sails.").await;
    bank.idle().await;
    let fact = bank.memory("type=world").await;
    bank.patch(&format!("/memories/{}", fact["id"].as_str().unwrap()), json!({"state": "invalidated"}))
        .await
        .ok();
    bank.idle().await;
    assert!(bank.memories("").await.is_empty());
}

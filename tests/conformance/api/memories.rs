//! Facts one by one: listing, reading, editing, retiring, clearing.

use crate::bank::{Bank, sorted, strings};
use crate::each_server;
use crate::subject::Subject;
use macro_rules_attribute::apply;
use reqwest::Method;
use serde_json::{Value, json};

const NOBODY: &str = "00000000-0000-4000-8000-000000000000";

/// Three facts of three documents, a year apart.
async fn three_years(subject: &Subject) -> Bank {
    let bank = subject.bank_without_model().await;
    bank.retain(json!([
        {"content": "Ana sails.", "document_id": "a", "timestamp": "2023-05-01T00:00:00Z", "tags": ["sea"], "context": "harbour", "entities": [{"text": "Ana"}]},
        {"content": "Bob rows.", "document_id": "b", "timestamp": "2024-05-01T00:00:00Z", "tags": ["sea", "lake"], "entities": [{"text": "Bob"}]},
        {"content": "Eve swims.", "document_id": "c", "timestamp": "2025-05-01T00:00:00Z"}
    ]))
    .await;
    bank
}

async fn one_fact(subject: &Subject) -> (Bank, String) {
    let bank = subject.bank_without_model().await;
    bank.retain(json!([{
        "content": "Ana lives in Lisbon.", "document_id": "d", "context": "a chat", "tags": ["home"],
        "timestamp": "2026-01-02T03:04:05Z", "entities": [{"text": "Ana"}, {"text": "Lisbon"}]
    }]))
    .await;
    let id = bank.memory("").await["id"].as_str().unwrap().to_owned();
    (bank, id)
}

async fn listed(bank: &Bank, query: &str) -> Vec<String> {
    strings(&json!(bank.memories(query).await), "document_id")
}

#[apply(each_server)]
async fn what_was_said_last_is_listed_first(subject: Subject) {
    let bank = three_years(&subject).await;
    assert_eq!(listed(&bank, "").await, ["c", "b", "a"]);
}

#[apply(each_server)]
async fn memories_are_listed_in_pages(subject: Subject) {
    let bank = three_years(&subject).await;
    let page = bank.get("/memories/list?limit=1&offset=1").await.ok();
    assert_eq!((&page["total"], &page["limit"], &page["offset"]), (&json!(3), &json!(1), &json!(1)));
    assert_eq!(strings(&page["items"], "document_id"), ["b"]);
    assert_eq!(bank.get("/memories/list?offset=9").await.ok()["items"], json!([]));
}

#[apply(each_server)]
async fn a_limit_of_nothing_counts_only(subject: Subject) {
    let bank = three_years(&subject).await;
    let page = bank.get("/memories/list?limit=0").await.ok();
    assert_eq!((&page["total"], &page["items"]), (&json!(3), &json!([])));
}

#[apply(each_server)]
async fn a_page_cannot_begin_before_the_first(subject: Subject) {
    let bank = three_years(&subject).await;
    assert_eq!(bank.get("/memories/list?offset=-1").await.invalid_at(), "query.offset");
    assert_eq!(bank.get("/memories/list?limit=-1").await.invalid_at(), "query.limit");
}

#[apply(each_server)]
async fn memories_are_filtered_by_words_in_text_and_context(subject: Subject) {
    let bank = three_years(&subject).await;
    assert_eq!(listed(&bank, "q=SWIM").await, ["c"]);
    assert_eq!(listed(&bank, "q=harb").await, ["a"]);
}

#[apply(each_server)]
async fn memories_are_filtered_by_document_entity_type_and_tags(subject: Subject) {
    let bank = three_years(&subject).await;
    assert_eq!(listed(&bank, "document_id=b").await, ["b"]);
    let entities = bank.items("/entities").await;
    let bob = entities.iter().find(|entity| entity["canonical_name"] == "Bob").unwrap();
    assert_eq!(listed(&bank, &format!("entity_id={}", bob["id"].as_str().unwrap())).await, ["b"]);
    assert_eq!(listed(&bank, "type=world").await.len(), 3);
    assert_eq!(listed(&bank, "type=experience").await.len(), 0);
    assert_eq!(listed(&bank, "type=bogus").await.len(), 0);
    assert_eq!(listed(&bank, "tags=sea&tags=lake&tags_match=all_strict").await, ["b"]);
    assert_eq!(listed(&bank, "tags=sea&tags_match=any_strict").await, ["b", "a"]);
    assert_eq!(listed(&bank, "tags=lake").await, ["c", "b"], "the untagged are there unless it is strict");
}

#[apply(each_server)]
async fn memories_are_filtered_by_a_time_of_theirs(subject: Subject) {
    let bank = three_years(&subject).await;
    let window = "time_field=mentioned_at&start_date=2023-05-01T00:00:00Z&end_date=2025-05-01T00:00:00Z";
    assert_eq!(listed(&bank, window).await, ["b", "a"], "the start is in, the end is not");
    assert_eq!(
        listed(&bank, "time_field=occurred_start").await.len(),
        0,
        "what has no such time is left out"
    );
    assert_eq!(bank.get("/memories/list?time_field=never").await.invalid_at(), "query.time_field");
    bank.get("/memories/list?time_field=created_at&start_date=soon").await.refused(400);
}

#[apply(each_server)]
async fn a_state_is_valid_or_invalidated(subject: Subject) {
    let (bank, _) = one_fact(&subject).await;
    assert_eq!(bank.memories("state=valid").await.len(), 1);
    assert_eq!(bank.memories("state=invalidated").await.len(), 0);
    bank.get("/memories/list?state=gone").await.refused(400);
}

#[apply(each_server)]
async fn facts_wait_for_consolidation_until_it_was_there(subject: Subject) {
    let bank = subject.new_bank();
    bank.configure(json!({"enable_auto_consolidation": false})).await;
    bank.say("d", "USER: Ana lives in Lisbon.").await;
    assert_eq!(bank.memories("type=world&consolidation_state=pending").await.len(), 1);
    let started = bank.start("/consolidate").await.ok();
    bank.completed(&started).await;
    assert_eq!(bank.memories("type=world&consolidation_state=pending").await.len(), 0);
    assert_eq!(bank.memories("type=world&consolidation_state=done").await.len(), 1);
    assert_eq!(bank.memories("type=world&consolidation_state=failed").await.len(), 0);
}

#[apply(each_server)]
async fn a_bank_that_does_not_exist_has_no_list(subject: Subject) {
    let words = subject.new_bank().get("/memories/list").await.refused(404);
    assert!(words.contains("not found"), "{words}");
}

#[apply(each_server)]
async fn one_fact_reads_as_in_the_list_with_its_entities_as_a_list(subject: Subject) {
    let (bank, id) = one_fact(&subject).await;
    let fact = bank.get(&format!("/memories/{id}")).await.ok();
    let in_list = bank.memory("").await;
    for field in [
        "id",
        "text",
        "context",
        "date",
        "mentioned_at",
        "occurred_start",
        "occurred_end",
        "document_id",
        "chunk_id",
        "tags",
        "metadata",
        "state",
        "invalidation_reason",
        "invalidated_at",
        "edited_at",
        "consolidated_at",
        "consolidation_failed_at",
    ] {
        assert_eq!(fact.get(field), in_list.get(field), "{field}");
    }
    assert_eq!((&fact["type"], &fact["observation_scopes"]), (&json!("world"), &Value::Null));
    let mut names: Vec<_> =
        fact["entities"].as_array().unwrap().iter().map(|name| name.as_str().unwrap()).collect();
    names.sort_unstable();
    assert_eq!(names, ["Ana", "Lisbon"]);
}

#[apply(each_server)]
async fn a_fact_that_is_not_there_and_an_id_that_is_none_are_told_apart(subject: Subject) {
    let (bank, _) = one_fact(&subject).await;
    for rest in ["", "/history"] {
        bank.get(&format!("/memories/{NOBODY}{rest}")).await.refused(404);
        bank.get(&format!("/memories/no-uuid{rest}")).await.refused(400);
    }
    bank.patch(&format!("/memories/{NOBODY}"), json!({"text": "x"})).await.refused(404);
    bank.patch("/memories/no-uuid", json!({"text": "x"})).await.refused(400);
}

#[apply(each_server)]
async fn a_fact_of_another_bank_is_not_there(subject: Subject) {
    let (_, id) = one_fact(&subject).await;
    let (other, _) = one_fact(&subject).await;
    other.get(&format!("/memories/{id}")).await.refused(404);
    other.patch(&format!("/memories/{id}"), json!({"text": "x"})).await.refused(404);
}

#[apply(each_server)]
async fn every_field_can_be_edited(subject: Subject) {
    let (bank, id) = one_fact(&subject).await;
    let patch = json!({
        "text": "Ana lives in Porto.", "context": "corrected", "occurred_start": "2026-01-01T00:00:00Z",
        "occurred_end": "2026-01-31", "mentioned_at": "2026-02-01T00:00:00Z", "fact_type": "experience",
        "entities": ["Ana", "Porto"], "resolve_entities": false
    });
    let edited = bank.patch(&format!("/memories/{id}"), patch).await.ok();
    let fact = bank.get(&format!("/memories/{id}")).await.ok();
    assert_eq!(edited["id"], fact["id"]);
    assert_eq!((&fact["text"], &fact["context"]), (&json!("Ana lives in Porto."), &json!("corrected")));
    assert_eq!(fact["occurred_start"], "2026-01-01T00:00:00+00:00");
    assert_eq!(fact["occurred_end"], "2026-01-31T00:00:00+00:00");
    assert_eq!(fact["mentioned_at"], "2026-02-01T00:00:00+00:00");
    assert_eq!(fact["type"], "experience");
    assert!(fact["edited_at"].is_string());
    let mut names: Vec<_> =
        fact["entities"].as_array().unwrap().iter().map(|name| name.as_str().unwrap()).collect();
    names.sort_unstable();
    assert_eq!(names, ["Ana", "Porto"]);
    assert_eq!((&fact["document_id"], &fact["tags"]), (&json!("d"), &json!(["home"])), "the rest stays");
}

#[apply(each_server)]
async fn what_was_edited_is_found_by_its_new_words(subject: Subject) {
    let (bank, id) = one_fact(&subject).await;
    bank.patch(&format!("/memories/{id}"), json!({"text": "Ana collects green umbrellas."})).await.ok();
    let answer = bank.recall(json!({"query": "green umbrellas"})).await;
    assert_eq!(answer["results"][0]["text"], "Ana collects green umbrellas.");
    assert!(answer["results"][0]["scores"]["semantic"].is_number(), "{answer}");
    assert!(answer["results"][0]["scores"]["keyword"].is_number(), "{answer}");
}

#[apply(each_server)]
async fn an_empty_text_clears_a_date(subject: Subject) {
    let (bank, id) = one_fact(&subject).await;
    let path = format!("/memories/{id}");
    bank.patch(&path, json!({"occurred_start": "2026-01-01", "occurred_end": "2026-01-02"})).await.ok();
    bank.patch(&path, json!({"occurred_start": "", "occurred_end": "", "mentioned_at": ""})).await.ok();
    let fact = bank.get(&path).await.ok();
    for field in ["occurred_start", "occurred_end", "mentioned_at"] {
        assert_eq!(fact[field], Value::Null, "{field}");
    }
}

#[apply(each_server)]
async fn a_change_of_nothing_is_invalid(subject: Subject) {
    let (bank, id) = one_fact(&subject).await;
    assert_eq!(bank.patch(&format!("/memories/{id}"), json!({})).await.invalid_at(), "body");
}

#[apply(each_server)]
async fn a_fact_cannot_be_made_an_observation_nor_be_in_a_third_state(subject: Subject) {
    let (bank, id) = one_fact(&subject).await;
    for patch in [json!({"fact_type": "observation"}), json!({"state": "forgotten"})] {
        assert_eq!(bank.patch(&format!("/memories/{id}"), patch).await.invalid_at(), "body");
    }
    bank.patch(&format!("/memories/{id}"), json!({"occurred_start": "soon"})).await.refused(400);
}

#[apply(each_server)]
async fn an_observation_cannot_be_edited(subject: Subject) {
    let bank = subject.new_bank();
    bank.say("d", "USER: Ana lives in Lisbon.").await;
    bank.idle().await;
    let observation = bank.memory("type=observation").await;
    let path = format!("/memories/{}", observation["id"].as_str().unwrap());
    bank.patch(&path, json!({"text": "x"})).await.refused(400);
}

#[apply(each_server)]
async fn an_invalidated_fact_is_kept_aside_with_the_reason(subject: Subject) {
    let (bank, id) = one_fact(&subject).await;
    let path = format!("/memories/{id}");
    bank.patch(&path, json!({"state": "invalidated", "reason": "she moved"})).await.ok();
    let fact = bank.get(&path).await.ok();
    assert_eq!((&fact["state"], &fact["invalidation_reason"]), (&json!("invalidated"), &json!("she moved")));
    assert!(fact["invalidated_at"].is_string());
    assert_eq!(bank.memories("").await.len(), 0);
    assert_eq!(bank.memory("state=invalidated").await["invalidation_reason"], "she moved");
    assert_eq!(bank.recall(json!({"query": "Ana lives in Lisbon"})).await["results"], json!([]));
    bank.patch(&path, json!({"text": "x"})).await.refused(400);
}

#[apply(each_server)]
async fn a_restored_fact_is_back_with_its_id_and_the_entities_that_others_name_too(subject: Subject) {
    let (bank, id) = one_fact(&subject).await;
    bank.retain(json!([{"content": "Ana sails.", "document_id": "e", "entities": [{"text": "Ana"}]}])).await;
    let path = format!("/memories/{id}");
    bank.patch(&path, json!({"state": "invalidated"})).await.ok();
    assert_eq!(bank.get(&path).await.ok()["entities"], json!([]));
    bank.patch(&path, json!({"state": "valid"})).await.ok();
    let fact = bank.get(&path).await.ok();
    assert_eq!((&fact["state"], &fact["invalidation_reason"]), (&json!("valid"), &Value::Null));
    assert_eq!(fact["invalidated_at"], Value::Null);
    assert!(fact["entities"].as_array().unwrap().contains(&json!("Ana")), "{fact}");
    let found = bank.recall(json!({"query": "Ana lives in Lisbon"})).await;
    assert_eq!(found["results"][0]["id"], json!(id));
}

#[apply(each_server)]
async fn the_history_of_a_plain_fact_is_empty(subject: Subject) {
    let (bank, id) = one_fact(&subject).await;
    bank.patch(&format!("/memories/{id}"), json!({"text": "Ana lives in Porto."})).await.ok();
    assert_eq!(bank.get(&format!("/memories/{id}/history")).await.ok(), json!([]));
}

#[apply(each_server)]
async fn editing_a_fact_makes_its_observations_anew(subject: Subject) {
    let bank = subject.new_bank();
    bank.say("d", "USER: Ana lives in Lisbon.").await;
    bank.idle().await;
    let before = bank.memory("type=observation").await;
    let fact = bank.memory("type=world").await;
    bank.patch(
        &format!("/memories/{}", fact["id"].as_str().unwrap()),
        json!({"text": "Ana lives in Porto."}),
    )
    .await
    .ok();
    bank.idle().await;
    let after = bank.memory("type=observation").await;
    assert_ne!(before["id"], after["id"]);
    assert_eq!(after["source_memory_ids"], json!([fact["id"]]));
}

#[apply(each_server)]
async fn a_single_fact_cannot_be_deleted(subject: Subject) {
    let (bank, id) = one_fact(&subject).await;
    bank.delete(&format!("/memories/{id}")).await.refused(405);
}

#[apply(each_server)]
async fn facts_of_one_type_are_cleared(subject: Subject) {
    let bank = subject.new_bank();
    bank.say("d", "USER: Ana lives in Lisbon.").await;
    bank.idle().await;
    assert_eq!(bank.delete("/memories?type=bogus").await.ok()["deleted_count"], 0);
    let cleared = bank.delete("/memories?type=observation").await.ok();
    assert_eq!((&cleared["success"], &cleared["deleted_count"]), (&json!(true), &json!(1)));
    assert_eq!(sorted(&bank.memories("").await, "fact_type"), ["world"]);
    assert_eq!(bank.get("/documents").await.ok()["total"], 1);
}

#[apply(each_server)]
async fn clearing_every_type_clears_the_documents_too(subject: Subject) {
    let bank = three_years(&subject).await;
    assert_eq!(bank.delete("/memories").await.ok()["deleted_count"], 3);
    assert_eq!(bank.get("/documents").await.ok()["total"], 0);
    assert_eq!(bank.memories("").await.len(), 0);
    assert_eq!(bank.items("/entities").await.len(), 0);
}

#[apply(each_server)]
async fn nothing_is_patched_by_a_put(subject: Subject) {
    let (bank, id) = one_fact(&subject).await;
    let path = bank.path(&format!("/memories/{id}"));
    subject.send(Method::PUT, &path, Some(&json!({"text": "x"}))).await.refused(405);
}

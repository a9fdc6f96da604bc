//! Documents and their chunks: listing, reading, retagging, deleting, history, extracting again.

use crate::bank::{Bank, encoded, keys, sorted, strings};
use crate::each_server;
use crate::subject::Subject;
use macro_rules_attribute::apply;
use serde_json::{Value, json};

/// Three documents; `a` and `b` are tagged.
async fn three(subject: &Subject) -> Bank {
    let bank = subject.bank_without_model().await;
    for (id, text, tags) in [
        ("a", "Ana sails.", json!(["x"])),
        ("b", "Bob rows.", json!(["x", "y"])),
        ("c", "Eve swims.", json!([])),
    ] {
        bank.retain(json!([{"content": text, "document_id": id, "tags": tags, "metadata": {"n": id}}])).await;
    }
    bank
}

async fn listed(bank: &Bank, query: &str) -> Vec<String> {
    sorted(&bank.items(&format!("/documents?{query}")).await, "id")
}

#[apply(each_server)]
async fn documents_are_listed_without_their_texts(subject: Subject) {
    let bank = three(&subject).await;
    let page = bank.get("/documents").await.ok();
    assert_eq!((&page["total"], &page["limit"], &page["offset"]), (&json!(3), &json!(100), &json!(0)));
    assert_eq!(page["total_is_estimate"], false);
    let items = page["items"].as_array().unwrap();
    assert_eq!(strings(&page["items"], "id"), ["c", "b", "a"], "the newest stands first");
    let ana = &items[2];
    assert_eq!(
        (&ana["bank_id"], &ana["tags"], &ana["document_metadata"]),
        (&json!(bank.id), &json!(["x"]), &json!({"n": "a"}))
    );
    assert_eq!((&ana["text_length"], &ana["memory_unit_count"]), (&json!("Ana sails.".len()), &json!(1)));
    assert!(
        ana["content_hash"].is_string() && ana["created_at"].is_string() && ana["updated_at"].is_string()
    );
    assert_eq!(ana.get("original_text").unwrap_or(&Value::Null), &Value::Null);
}

#[apply(each_server)]
async fn documents_are_listed_in_pages(subject: Subject) {
    let bank = three(&subject).await;
    let page = bank.get("/documents?limit=1&offset=1").await.ok();
    assert_eq!((&page["total"], strings(&page["items"], "id")), (&json!(3), vec!["b".to_owned()]));
    assert_eq!(bank.get("/documents?offset=-1").await.invalid_at(), "query.offset");
}

#[apply(each_server)]
async fn documents_are_filtered_by_words_in_id_and_text(subject: Subject) {
    let bank = three(&subject).await;
    bank.say("swimming-list", "Nothing.").await;
    let found = bank.items("/documents?q=swim").await;
    assert_eq!(sorted(&found, "id"), ["c", "swimming-list"]);
    let by_id = found.iter().find(|document| document["id"] == "swimming-list").unwrap();
    assert_eq!(by_id["matched_fields"], json!(["id"]));
    let by_text = found.iter().find(|document| document["id"] == "c").unwrap();
    assert_eq!(by_text["matched_fields"], json!(["original_text"]));
}

#[apply(each_server)]
async fn documents_are_filtered_by_tags_strictly_unless_told_otherwise(subject: Subject) {
    let bank = three(&subject).await;
    assert_eq!(listed(&bank, "tags=x").await, ["a", "b"]);
    assert_eq!(listed(&bank, "tags=y&tags_match=any").await, ["b", "c"]);
    assert_eq!(listed(&bank, "tags=x&tags=y&tags_match=all_strict").await, ["b"]);
    assert_eq!(listed(&bank, "tags=x&tags_match=exact").await, ["a"]);
}

#[apply(each_server)]
async fn documents_are_filtered_by_when_they_came(subject: Subject) {
    let bank = three(&subject).await;
    assert_eq!(listed(&bank, "time_field=created_at&start_date=2020-01-01").await.len(), 3);
    assert_eq!(listed(&bank, "time_field=created_at&end_date=2020-01-01").await.len(), 0);
    bank.get("/documents?time_field=created_at&start_date=soon").await.refused(400);
}

#[apply(each_server)]
async fn a_document_reads_with_its_text_and_counts(subject: Subject) {
    let bank = three(&subject).await;
    let document = bank.get("/documents/a").await.ok();
    assert_eq!((&document["id"], &document["original_text"]), (&json!("a"), &json!("Ana sails.")));
    assert_eq!(document["memory_unit_count"], 1);
    assert_eq!(document["nodes_by_fact_type"], json!({"world": 1, "experience": 0, "observation": 0}));
    assert_eq!(document["tags"], json!(["x"]));
}

#[apply(each_server)]
async fn a_document_that_is_not_there_is_not_found_by_any_call(subject: Subject) {
    let bank = three(&subject).await;
    bank.get("/documents/none").await.refused(404);
    bank.patch("/documents/none", json!({"tags": []})).await.refused(404);
    bank.delete("/documents/none").await.refused(404);
    bank.start("/documents/none/reprocess").await.refused(404);
}

#[apply(each_server)]
async fn new_tags_of_a_document_are_the_tags_of_its_facts(subject: Subject) {
    let bank = three(&subject).await;
    assert_eq!(bank.patch("/documents/b", json!({"tags": ["z"]})).await.ok()["success"], true);
    assert_eq!(bank.get("/documents/b").await.ok()["tags"], json!(["z"]));
    assert_eq!(bank.memory("document_id=b").await["tags"], json!(["z"]));
    bank.patch("/documents/b", json!({})).await.refused(422);
}

#[apply(each_server)]
async fn deleting_a_document_deletes_its_facts_and_says_how_many(subject: Subject) {
    let bank = three(&subject).await;
    let deleted = bank.delete("/documents/a").await.ok();
    assert_eq!(
        (&deleted["success"], &deleted["document_id"], &deleted["memory_units_deleted"]),
        (&json!(true), &json!("a"), &json!(1))
    );
    assert!(deleted["message"].is_string());
    bank.get("/documents/a").await.refused(404);
    assert!(bank.memories("document_id=a").await.is_empty());
    assert!(!bank.recalled(json!({"query": "Ana sails"})).await.contains(&"Ana sails.".to_owned()));
}

#[apply(each_server)]
async fn deleting_a_document_deletes_the_observations_made_of_it(subject: Subject) {
    let bank = subject.new_bank();
    bank.say("a", "USER: Ana sails.").await;
    bank.say("b", "USER: Bob rows.").await;
    bank.idle().await;
    assert_eq!(bank.memories("type=observation").await.len(), 2);
    bank.delete("/documents/a").await.ok();
    bank.idle().await;
    let left = bank.memory("type=observation").await;
    assert_eq!(left["source_memory_ids"], json!([bank.memory("type=world").await["id"]]));
}

#[apply(each_server)]
async fn the_chunks_of_a_document_are_its_text_in_order(subject: Subject) {
    let bank = subject.bank_without_model().await;
    bank.configure(json!({"retain_chunk_size": 40})).await;
    bank.say("a/b", "Ana sails on the blue lake at noon.\n\nBob rows on the green river at night.").await;
    let page = bank.get("/documents/a%2Fb/chunks").await.ok();
    let chunks = page["items"].as_array().unwrap();
    assert_eq!((page["total"].as_u64(), chunks.len()), (Some(2), 2));
    for (index, chunk) in chunks.iter().enumerate() {
        assert_eq!(chunk["chunk_id"], format!("{}_a/b_{index}", bank.id));
        assert_eq!(
            (&chunk["chunk_index"], &chunk["document_id"], &chunk["bank_id"]),
            (&json!(index), &json!("a/b"), &json!(bank.id))
        );
    }
    assert_eq!(chunks[1]["chunk_text"], "Bob rows on the green river at night.");
    let second = bank.get("/documents/a%2Fb/chunks?limit=1&offset=1").await.ok();
    assert_eq!(second["items"].as_array().unwrap().len(), 1);
    assert_eq!(second["items"][0]["chunk_index"], 1);
}

#[apply(each_server)]
async fn a_chunk_is_found_by_its_id_alone(subject: Subject) {
    let bank = three(&subject).await;
    let id = format!("{}_a_0", bank.id);
    let chunk = subject.get(&format!("/v1/default/chunks/{}", encoded(&id))).await.ok();
    assert_eq!((&chunk["chunk_id"], &chunk["chunk_text"]), (&json!(id), &json!("Ana sails.")));
    let none = format!("/v1/default/chunks/{}", encoded(&format!("{}_a_7", bank.id)));
    subject.get(&none).await.refused(404);
}

#[apply(each_server)]
async fn a_document_can_be_extracted_again(subject: Subject) {
    let bank = subject.bank_without_model().await;
    bank.say("a", "Ana sails.").await;
    let before = bank.memory("").await;
    let answer = bank.start("/documents/a/reprocess").await.ok();
    assert_eq!((&answer["success"], &answer["items_count"]), (&json!(true), &json!(1)));
    bank.completed(&answer).await;
    let after = bank.memory("").await;
    assert_eq!((&after["text"], &after["document_id"]), (&json!("Ana sails."), &json!("a")));
    assert_ne!(before["id"], after["id"], "the facts are new");
}

#[apply(each_server)]
async fn the_history_of_a_document_tells_what_ran_over_it(subject: Subject) {
    let bank = subject.bank_without_model().await;
    let answer = bank
        .post("/memories", json!({"items": [{"content": "Ana sails.", "document_id": "a"}], "async": true}))
        .await
        .ok();
    bank.completed(&answer).await;
    let answer = bank.start("/documents/a/reprocess").await.ok();
    bank.completed(&answer).await;
    let page = bank.get("/documents/a/history").await.ok();
    let kinds = strings(&page["items"], "kind");
    assert_eq!(kinds, ["reprocess", "retain"], "the newest stands first");
    assert_eq!((&page["document_id"], &page["total"]), (&json!("a"), &json!(2)));
    let retained = &page["items"][1];
    assert_eq!((&retained["facts_added"], &retained["facts_removed"]), (&json!(1), &json!(0)));
    assert!(retained["operation_id"].is_string());
    assert_eq!(keys(&retained["observations_created"]), ["count", "ids"]);
}

#[apply(each_server)]
async fn the_history_of_no_document_is_empty(subject: Subject) {
    let bank = three(&subject).await;
    assert_eq!(bank.get("/documents/none/history").await.ok()["items"], json!([]));
}

#[apply(each_server)]
async fn a_bank_that_does_not_exist_has_no_documents(subject: Subject) {
    subject.new_bank().get("/documents").await.refused(404);
}

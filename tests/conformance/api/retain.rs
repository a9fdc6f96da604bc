//! `POST memories`: what an item may hold, what is refused, replacing, appending, sending again.

use crate::bank::{Bank, sorted};
use crate::each_server;
use crate::subject::Subject;
use macro_rules_attribute::apply;
use serde_json::{Value, json};

/// Two texts of half a chunk each, so that a document of both has two chunks when chunks are that small.
async fn bank_of_small_chunks(subject: &Subject) -> Bank {
    let bank = subject.bank_without_model().await;
    bank.configure(json!({"retain_chunk_size": 100})).await;
    bank
}

fn paragraphs(texts: &[&str]) -> String {
    let long = |text: &&str| format!("{text} {}", "and so on ".repeat(7).trim_end());
    texts.iter().map(long).collect::<Vec<_>>().join("\n\n")
}

async fn ids(bank: &Bank, document: &str) -> Vec<String> {
    sorted(&bank.memories(&format!("document_id={document}")).await, "id")
}

#[apply(each_server)]
async fn every_field_of_an_item_is_kept(subject: Subject) {
    let bank = subject.bank_without_model().await;
    let answer = bank
        .retain(json!([{
            "content": "Ana lives in Lisbon.", "timestamp": "2026-01-02T03:04:05Z", "context": "a chat",
            "metadata": {"source": "test"}, "document_id": "d", "tags": ["one", "two"],
            "entities": [{"text": "Ana", "type": "person"}, {"text": "Lisbon"}]
        }]))
        .await;
    assert_eq!(
        (&answer["success"], &answer["items_count"], &answer["async"]),
        (&json!(true), &json!(1), &json!(false))
    );
    assert_eq!(answer["bank_id"], bank.id);
    let fact = bank.memory("document_id=d").await;
    assert_eq!(fact["text"], "Ana lives in Lisbon.");
    assert_eq!(fact["fact_type"], "world");
    assert_eq!(fact["context"], "a chat");
    assert_eq!(fact["metadata"], json!({"source": "test"}));
    // The real server keeps tags as a set, in an order that changes from one start to the next.
    let tags = |of: &Value| {
        let mut tags: Vec<_> = of["tags"].as_array().unwrap().iter().map(Value::to_string).collect();
        tags.sort_unstable();
        tags
    };
    assert_eq!(tags(&fact), [r#""one""#, r#""two""#]);
    assert_eq!(fact["mentioned_at"], "2026-01-02T03:04:05+00:00");
    assert_eq!(fact["chunk_id"], format!("{}_d_0", bank.id));
    assert_eq!((&fact["state"], &fact["proof_count"]), (&json!("valid"), &json!(1)));
    let mut names: Vec<_> = fact["entities"].as_str().unwrap().split(", ").collect();
    names.sort_unstable();
    assert_eq!(names, ["Ana", "Lisbon"]);
    let document = bank.get("/documents/d").await.ok();
    assert_eq!(document["original_text"], "Ana lives in Lisbon.");
    assert_eq!(tags(&document), [r#""one""#, r#""two""#]);
    assert_eq!(document["document_metadata"], json!({"source": "test"}));
    assert_eq!(document["retain_params"]["context"], "a chat");
}

#[apply(each_server)]
async fn without_a_model_nothing_is_spent(subject: Subject) {
    let bank = subject.bank_without_model().await;
    let answer = bank.say("d", "Ana lives in Lisbon.").await;
    let nothing = json!({"input_tokens": 0, "output_tokens": 0, "total_tokens": 0, "cached_tokens": 0, "thoughts_tokens": 0});
    assert_eq!(answer["usage"], nothing);
}

#[apply(each_server)]
async fn with_a_model_each_sentence_is_a_fact_with_the_names_in_it(subject: Subject) {
    let bank = subject.new_bank();
    let answer = bank.say("d", "USER: Ana lives in Lisbon. Bob sails.").await;
    assert!(answer["usage"]["total_tokens"].as_u64().unwrap() > 0, "{answer}");
    let facts = bank.memories("document_id=d&type=world").await;
    assert_eq!(sorted(&facts, "text"), ["Ana lives in Lisbon.", "Bob sails."]);
    assert_eq!(sorted(&facts, "chunk_id"), [format!("{}_d_0", bank.id), format!("{}_d_0", bank.id)]);
    let bob = facts.iter().find(|fact| fact["text"] == "Bob sails.").unwrap();
    assert_eq!(bob["entities"], "Bob");
}

#[apply(each_server)]
async fn retaining_something_makes_the_bank_and_retaining_nothing_does_not(subject: Subject) {
    let bank = subject.new_bank();
    bank.retain(json!([])).await;
    bank.get("/stats").await.refused(404);
    bank.say("d", "USER: Ana sails.").await;
    assert_eq!(bank.get("/stats").await.ok()["total_documents"], 1);
}

#[apply(each_server)]
async fn no_items_are_retained_as_none(subject: Subject) {
    let bank = subject.bank_without_model().await;
    let answer = bank.retain(json!([])).await;
    assert_eq!((&answer["items_count"], &answer["success"]), (&json!(0), &json!(true)));
}

#[apply(each_server)]
async fn an_item_without_words_is_invalid(subject: Subject) {
    let bank = subject.bank_without_model().await;
    for content in ["", "  \n"] {
        let answer = bank.post("/memories", json!({"items": [{"content": content}]})).await;
        assert_eq!(answer.invalid_at(), "body.items.0.content");
    }
    assert_eq!(bank.post("/memories", json!({"items": [{}]})).await.invalid_at(), "body.items.0.content");
    assert_eq!(bank.post("/memories", json!({})).await.invalid_at(), "body.items");
}

#[apply(each_server)]
async fn metadata_are_texts(subject: Subject) {
    let bank = subject.bank_without_model().await;
    let answer = bank.post("/memories", json!({"items": [{"content": "Ana.", "metadata": {"n": 1}}]})).await;
    assert_eq!(answer.invalid_at(), "body.items.0.metadata.n");
}

#[apply(each_server)]
async fn one_bad_item_stores_none(subject: Subject) {
    let bank = subject.bank_without_model().await;
    let items = json!([{"content": "Ana sails.", "document_id": "good"}, {"content": ""}]);
    bank.post("/memories", json!({"items": items})).await.refused(422);
    assert!(bank.memories("").await.is_empty());
}

#[apply(each_server)]
async fn a_timestamp_is_read_with_and_without_zone_and_as_a_date(subject: Subject) {
    let bank = subject.bank_without_model().await;
    for (document, timestamp, kept) in [
        ("zone", "2026-01-02T03:04:05+02:00", "2026-01-02T01:04:05+00:00"),
        ("none", "2026-01-02T03:04:05", "2026-01-02T03:04:05+00:00"),
        ("date", "2026-01-02", "2026-01-02T00:00:00+00:00"),
        ("fraction", "2026-01-02T03:04:05.123Z", "2026-01-02T03:04:05.123000+00:00"),
    ] {
        bank.retain(json!([{"content": "Ana sails.", "document_id": document, "timestamp": timestamp}]))
            .await;
        let fact = bank.memory(&format!("document_id={document}")).await;
        assert_eq!(fact["mentioned_at"], kept, "{timestamp}");
    }
}

#[apply(each_server)]
async fn a_time_is_kept_to_the_microsecond(subject: Subject) {
    let bank = subject.bank_without_model().await;
    let timestamp = "2026-01-02T03:04:05.123456Z";
    bank.retain(json!([{"content": "Ana sails.", "document_id": "d", "timestamp": timestamp}])).await;
    assert_eq!(bank.memory("document_id=d").await["mentioned_at"], "2026-01-02T03:04:05.123456+00:00");
}

#[apply(each_server)]
async fn a_timestamp_that_is_no_time_is_invalid(subject: Subject) {
    let bank = subject.bank_without_model().await;
    for timestamp in [json!("yesterday-ish"), json!(true)] {
        let items = json!([{"content": "Ana sails.", "timestamp": timestamp}]);
        let place = bank.post("/memories", json!({"items": items})).await.invalid_at();
        assert!(place.starts_with("body.items.0.timestamp"), "{place}");
    }
}

#[apply(each_server)]
async fn an_unset_timestamp_stores_no_time_and_a_missing_one_stores_now(subject: Subject) {
    let bank = subject.bank_without_model().await;
    bank.retain(json!([{"content": "Ana sails.", "document_id": "unset", "timestamp": "unset"}])).await;
    bank.retain(json!([{"content": "Bob rows.", "document_id": "now", "timestamp": null}])).await;
    assert_eq!(bank.memory("document_id=unset").await["mentioned_at"], Value::Null);
    assert!(bank.memory("document_id=now").await["mentioned_at"].is_string());
}

#[apply(each_server)]
async fn a_document_that_is_sent_again_is_replaced(subject: Subject) {
    let bank = subject.bank_without_model().await;
    bank.retain(
        json!([{"content": "Ana sails.", "document_id": "d", "tags": ["old"], "metadata": {"a": "1"}}]),
    )
    .await;
    bank.retain(json!([{"content": "Bob rows.", "document_id": "d", "update_mode": "replace"}])).await;
    let fact = bank.memory("").await;
    assert_eq!((&fact["text"], &fact["tags"]), (&json!("Bob rows."), &json!([])));
    let document = bank.get("/documents/d").await.ok();
    assert_eq!((&document["original_text"], &document["tags"]), (&json!("Bob rows."), &json!([])));
}

#[apply(each_server)]
async fn an_identical_document_keeps_its_facts_and_costs_nothing(subject: Subject) {
    let bank = subject.new_bank();
    bank.say("d", "USER: Ana lives in Lisbon. Bob sails.").await;
    let before = sorted(&bank.memories("type=world").await, "id");
    let again = bank.say("d", "USER: Ana lives in Lisbon. Bob sails.").await;
    assert_eq!(again["usage"]["total_tokens"], 0);
    assert_eq!(sorted(&bank.memories("type=world").await, "id"), before);
}

#[apply(each_server)]
async fn only_the_chunks_that_changed_get_new_facts(subject: Subject) {
    let bank = bank_of_small_chunks(&subject).await;
    bank.say("d", &paragraphs(&["Ana sails", "Bob rows"])).await;
    let before = bank.memories("document_id=d").await;
    assert_eq!(before.len(), 2, "{before:?}");
    bank.say("d", &paragraphs(&["Ana sails", "Carla swims"])).await;
    let after = bank.memories("document_id=d").await;
    assert_eq!(after.len(), 2, "{after:?}");
    let id = |facts: &[Value], word: &str| {
        facts.iter().find(|fact| fact["text"].as_str().unwrap().contains(word)).map(|fact| fact["id"].clone())
    };
    assert_eq!(id(&before, "Ana"), id(&after, "Ana"));
    assert_eq!(id(&after, "Bob"), None);
    assert!(id(&after, "Carla").is_some());
}

#[apply(each_server)]
async fn appending_joins_with_a_line_and_keeps_what_was_there(subject: Subject) {
    let bank = bank_of_small_chunks(&subject).await;
    let first = paragraphs(&["Ana sails"]);
    let second = paragraphs(&["Bob rows"]);
    bank.say("d", &first).await;
    let before = ids(&bank, "d").await;
    bank.retain(json!([{"content": second, "document_id": "d", "update_mode": "append"}])).await;
    assert_eq!(bank.get("/documents/d").await.ok()["original_text"], format!("{first}\n{second}"));
    let after = ids(&bank, "d").await;
    assert_eq!(after.len(), 2);
    assert!(before.iter().all(|id| after.contains(id)), "{before:?} {after:?}");
}

#[apply(each_server)]
async fn appending_replaces_tags_and_metadata_of_the_document_and_of_its_facts(subject: Subject) {
    let bank = bank_of_small_chunks(&subject).await;
    bank.retain(json!([{"content": paragraphs(&["Ana sails"]), "document_id": "d", "tags": ["old"], "metadata": {"a": "1"}}]))
        .await;
    bank.retain(json!([{
        "content": paragraphs(&["Bob rows"]), "document_id": "d", "update_mode": "append", "tags": ["new"],
        "metadata": {"b": "2"}
    }]))
    .await;
    let document = bank.get("/documents/d").await.ok();
    assert_eq!((&document["tags"], &document["document_metadata"]), (&json!(["new"]), &json!({"b": "2"})));
    for fact in bank.memories("document_id=d").await {
        assert_eq!((&fact["tags"], &fact["metadata"]), (&json!(["new"]), &json!({"b": "2"})), "{fact}");
    }
}

#[apply(each_server)]
async fn appending_to_nothing_makes_the_document(subject: Subject) {
    let bank = subject.bank_without_model().await;
    bank.retain(json!([{"content": "Ana sails.", "document_id": "d", "update_mode": "append"}])).await;
    assert_eq!(bank.get("/documents/d").await.ok()["original_text"], "Ana sails.");
}

#[apply(each_server)]
async fn appending_without_a_document_is_refused(subject: Subject) {
    let bank = subject.bank_without_model().await;
    let items = json!([{"content": "Ana sails.", "update_mode": "append"}]);
    assert!(bank.post("/memories", json!({"items": items})).await.refused(400).contains("document_id"));
}

#[apply(each_server)]
async fn an_update_mode_that_does_not_exist_is_invalid(subject: Subject) {
    let bank = subject.bank_without_model().await;
    let items = json!([{"content": "Ana sails.", "document_id": "d", "update_mode": "merge"}]);
    assert_eq!(
        bank.post("/memories", json!({"items": items})).await.invalid_at(),
        "body.items.0.update_mode"
    );
}

#[apply(each_server)]
async fn items_of_one_document_become_one_document(subject: Subject) {
    let bank = subject.bank_without_model().await;
    let answer = bank
        .retain(json!([{"content": "Ana sails.", "document_id": "d"}, {"content": "Bob rows.", "document_id": "d"}]))
        .await;
    assert_eq!(answer["items_count"], 2);
    assert_eq!(bank.get("/documents").await.ok()["total"], 1);
    assert_eq!(sorted(&bank.memories("document_id=d").await, "text"), ["Ana sails.", "Bob rows."]);
}

#[apply(each_server)]
async fn items_without_a_document_share_a_new_one(subject: Subject) {
    let bank = subject.bank_without_model().await;
    bank.retain(json!([{"content": "Ana sails."}, {"content": "Bob rows."}])).await;
    let documents = bank.items("/documents").await;
    assert_eq!(documents.len(), 1, "{documents:?}");
    assert!(!documents[0]["id"].as_str().unwrap().is_empty());
}

#[apply(each_server)]
async fn beside_named_documents_each_unnamed_item_gets_its_own(subject: Subject) {
    let bank = subject.bank_without_model().await;
    bank.retain(json!([{"content": "Ana sails.", "document_id": "d"}, {"content": "Bob rows."}, {"content": "Eve swims."}])).await;
    assert_eq!(bank.get("/documents").await.ok()["total"], 3);
}

#[apply(each_server)]
async fn the_same_words_in_two_documents_are_two_facts(subject: Subject) {
    let bank = subject.bank_without_model().await;
    bank.retain(json!([{"content": "Ana sails."}])).await;
    bank.retain(json!([{"content": "Ana sails."}])).await;
    assert_eq!(bank.memories("").await.len(), 2);
}

#[apply(each_server)]
async fn a_name_that_was_seen_before_is_the_same_entity_whatever_its_case(subject: Subject) {
    let bank = subject.bank_without_model().await;
    bank.retain(json!([{"content": "She sails.", "document_id": "a", "entities": [{"text": "Ana Silva"}]}]))
        .await;
    bank.retain(json!([{"content": "She rows.", "document_id": "b", "entities": [{"text": "ana silva"}], "resolve_entities": false}]))
        .await;
    let entities = bank.items("/entities").await;
    assert_eq!(entities.len(), 1, "{entities:?}");
    assert_eq!(entities[0]["mention_count"], 2);
}

#[apply(each_server)]
async fn content_in_blocks_is_their_text(subject: Subject) {
    let bank = subject.bank_without_model().await;
    let blocks = json!([{"type": "text", "text": "Ana sails."}, {"type": "text", "text": "Bob rows."}]);
    bank.retain(json!([{"content": blocks, "document_id": "d"}])).await;
    let text = bank.get("/documents/d").await.ok()["original_text"].as_str().unwrap().to_owned();
    assert!(text.contains("Ana sails.") && text.contains("Bob rows."), "{text}");
}

#[apply(each_server)]
async fn a_strategy_nobody_defined_is_accepted(subject: Subject) {
    let bank = subject.bank_without_model().await;
    let answer =
        bank.retain(json!([{"content": "Ana sails.", "document_id": "d", "strategy": "no such"}])).await;
    assert_eq!(answer["success"], true);
}

#[apply(each_server)]
async fn a_strategy_changes_the_settings_of_its_items(subject: Subject) {
    let bank = subject.bank_without_model().await;
    bank.configure(json!({"retain_strategies": {"small": {"retain_chunk_size": 100}}})).await;
    let content = paragraphs(&["Ana sails", "Bob rows"]);
    bank.retain(json!([{"content": content, "document_id": "whole"}])).await;
    bank.retain(json!([{"content": content, "document_id": "cut", "strategy": "small"}])).await;
    assert_eq!(bank.memories("document_id=whole").await.len(), 1);
    assert_eq!(bank.memories("document_id=cut").await.len(), 2);
}

#[apply(each_server)]
async fn document_ids_of_any_signs_are_kept(subject: Subject) {
    let bank = subject.bank_without_model().await;
    for id in ["a/b ?#%", "%2F", "ü & +", "../up", "日本"] {
        bank.retain(json!([{"content": "Ana sails.", "document_id": id}])).await;
        let document = bank.get(&format!("/documents/{}", crate::bank::encoded(id))).await.ok();
        assert_eq!(document["id"], id);
    }
}

#[apply(each_server)]
async fn facts_of_one_chunk_are_a_hundredth_of_a_second_apart(subject: Subject) {
    let bank = subject.new_bank();
    let content = "USER: Ana sails. Bob rows. Eve swims.";
    bank.retain(json!([{"content": content, "document_id": "d", "timestamp": "2026-01-02T03:04:05Z"}])).await;
    let times = sorted(&bank.memories("document_id=d").await, "mentioned_at");
    assert_eq!(
        times,
        ["2026-01-02T03:04:05+00:00", "2026-01-02T03:04:05.010000+00:00", "2026-01-02T03:04:05.020000+00:00"]
    );
}

//! Texts and files brought in as one batch, and taken back as one.

use super::At;
use crate::each_server;
use crate::subject::{Subject, Which, new_name};
use macro_rules_attribute::apply;
use serde_json::{Value, json};

async fn uploaded(at: &At, name: &str, content: &[u8]) -> Value {
    use base64::Engine as _;
    let begun: Value = at.app.must("upload.begin", json!({"name": name, "size": content.len()})).await;
    let base64 = base64::engine::general_purpose::STANDARD.encode(content);
    let id = &begun["uploadId"];
    let _: Value = at.app.must("upload.append", json!({"uploadId": id, "offset": 0, "base64": base64})).await;
    let _: Value = at.app.must("upload.finish", json!({"uploadId": id})).await;
    id.clone()
}

async fn brought_in(at: &At, sources: Value) -> Value {
    let plan = at.of(json!({"sources": sources, "voices": "both", "tags": ["old"]}));
    let begun: Value = at.app.must("intake.start", json!({"plan": plan, "label": "A test"})).await;
    settled(at, &begun).await
}

async fn settled(at: &At, batch: &Value) -> Value {
    let found = |list: &Value| {
        list["items"].as_array().unwrap().iter().find(|one| one["id"] == batch["id"]).cloned().unwrap()
    };
    let rests = |list: &Value| !["running", "undoing"].contains(&found(list)["state"].as_str().unwrap());
    found(&at.until("intake.batches", json!({}), rests).await)
}

#[apply(each_server)]
async fn a_text_and_a_note_come_in_with_one_tag_and_go_out_as_one(subject: Subject) {
    let at = At::new(&subject, &new_name()).await;
    let note = uploaded(&at, "note.md", b"# Ana\n\nUSER: My sister Ana moved to Lisbon in March.").await;
    let sources = json!([{"kind": "text", "text": "USER: My brother Bob keeps bees."}, {"kind": "upload", "uploadId": note}]);
    let batch = brought_in(&at, sources).await;
    assert_eq!(
        (&batch["state"], &batch["stored"], &batch["failed"]),
        (&json!("done"), &json!(2), &json!(0)),
        "{batch}"
    );
    let all = at.facts(json!({"limit": 100})).await;
    let said: Vec<&str> = all.iter().map(|fact| fact["text"].as_str().unwrap()).collect();
    assert!(
        said.iter().any(|text| text.contains("bees")) && said.iter().any(|text| text.contains("Lisbon")),
        "{said:?}"
    );
    let tagged = at.facts(json!({"tags": [batch["tag"]], "tagsMatch": "all_strict", "limit": 100})).await;
    let facts = all.iter().filter(|fact| fact["factType"] != "observation").count();
    assert!(tagged.len() >= facts, "{} of {facts} have the tag {}", tagged.len(), batch["tag"]);
    let _: Value = at.app.must("intake.undo", json!({"batchId": batch["id"]})).await;
    let undone = settled(&at, &batch).await;
    assert_eq!((&undone["state"], &undone["removed"]), (&json!("undone"), &json!(2)), "{undone}");
    assert!(at.facts(json!({"limit": 100})).await.iter().all(|fact| fact["factType"] == "observation"));
}

/// A page of HTML: the server turns it into text by itself, where it has the endpoint for files.
#[apply(each_server)]
async fn a_file_that_the_server_reads_itself_comes_in_where_it_can(subject: Subject) {
    let at = At::new(&subject, &new_name()).await;
    let page = uploaded(
        &at,
        "ana.html",
        b"<html><body><p>USER: My sister Ana moved to Lisbon in March.</p></body></html>",
    )
    .await;
    let sources = json!([{"kind": "upload", "uploadId": page}]);
    let plan = at.of(json!({"sources": sources, "voices": "both", "tags": []}));
    let begun: Value = at.app.must("intake.start", json!({"plan": plan, "label": "A page"})).await;
    let batch = settled(&at, &begun).await;
    if subject.which == Which::Embedded {
        assert_eq!(
            (&batch["stored"], &batch["error"]["code"]),
            (&json!(0), &json!("serverIncompatible")),
            "{batch}"
        );
        return;
    }
    assert_eq!((&batch["state"], &batch["stored"]), (&json!("done"), &json!(1)), "{batch}");
    let facts = at.facts(json!({"limit": 100})).await;
    assert!(facts.iter().any(|fact| fact["text"].as_str().unwrap().contains("Lisbon")), "{facts:?}");
    let _: Value = at.app.must("intake.undo", json!({"batchId": batch["id"]})).await;
    let undone = settled(&at, &batch).await;
    assert_eq!((&undone["state"], &undone["removed"]), (&json!("undone"), &json!(1)), "{undone}");
}

#[apply(each_server)]
async fn a_dry_run_tells_facts_and_stores_nothing(subject: Subject) {
    let bank = subject.new_bank();
    bank.say("a", "USER: Ana lives in Lisbon.").await;
    let at = At::the(&bank).await;
    let before = at.facts(json!({"limit": 100})).await.len();
    let plan = at.of(json!({"sources": [{"kind": "text", "text": "USER: My brother Bob keeps bees."}], "voices": "both", "tags": []}));
    let told = at.stream("intake.sample", json!({"plan": plan, "documents": 3})).await;
    let kinds: Vec<&Value> = told.iter().map(|event| &event["kind"]).collect();
    assert_eq!(kinds, [&json!("counted"), &json!("tried"), &json!("estimated")], "{told:?}");
    assert!(!told[1]["document"]["facts"].as_array().unwrap().is_empty(), "{told:?}");
    assert_eq!(at.facts(json!({"limit": 100})).await.len(), before, "a dry run stored something");
}

#[apply(each_server)]
async fn facts_are_written_into_a_file_of_every_format(subject: Subject) {
    let bank = subject.bank_without_model().await;
    bank.say("a", "Ana sails.").await;
    let at = At::the(&bank).await;
    for format in ["json", "jsonl", "csv", "markdown"] {
        let told = at.stream("memory.takeOut", at.of(json!({"filter": {}, "format": format}))).await;
        let done = told.last().unwrap();
        assert_eq!((&done["kind"], &done["facts"]), (&json!("done"), &json!(1)), "{told:?}");
        let written = std::fs::read_to_string(done["path"].as_str().unwrap()).unwrap();
        assert!(written.contains("Ana sails."), "{format}: {written}");
    }
}

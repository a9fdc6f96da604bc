//! Bringing memory in and taking it out, on the real engine: exports, texts, dry runs, batches and their undo, files.

use base64::Engine as _;
use rearview_api::table;
use rearview_tests::gate::PATIENCE;
use rearview_tests::temp_app::TempApp;
use serde_json::{Value, json};
use std::time::Duration;

const EXPORT: &str = r#"[
  {"uuid": "c1", "name": "Moving", "created_at": "2024-05-01T10:00:00Z", "chat_messages": [
    {"uuid": "m1", "sender": "human", "created_at": "2024-05-01T10:00:00Z", "parent_message_uuid": "0",
     "content": [{"type": "text", "text": "My sister Ana moved to Lisbon in March."}]},
    {"uuid": "m2", "sender": "assistant", "created_at": "2024-05-01T10:00:09Z", "parent_message_uuid": "m1",
     "content": [{"type": "text", "text": "A fine town."}]}]},
  {"uuid": "c2", "name": "Secret <b>plans</b>", "created_at": "2024-06-01T10:00:00Z", "chat_messages": [
    {"uuid": "m3", "sender": "human", "created_at": "2024-06-01T10:00:00Z",
     "content": [{"type": "text", "text": "My brother Bob keeps bees."}]}]}
]"#;

async fn uploaded(app: &TempApp, name: &str, content: &[u8]) -> String {
    let begun: Value = app.must("upload.begin", json!({"name": name, "size": content.len()})).await;
    let base64 = base64::engine::general_purpose::STANDARD.encode(content);
    let id = begun["uploadId"].as_str().unwrap().to_owned();
    let _: Value = app.must("upload.append", json!({"uploadId": id, "offset": 0, "base64": base64})).await;
    let _: Value = app.must("upload.finish", json!({"uploadId": id})).await;
    id
}

async fn streamed(app: &TempApp, name: &str, request: Value) -> Result<Vec<Value>, rearview_domain::Error> {
    let (sink, mut events) = tokio::sync::mpsc::unbounded_channel();
    table::stream(app.app(), name, &request.to_string(), Box::new(sink)).await?;
    let mut read = Vec::new();
    while let Some(event) = events.recv().await {
        read.push(serde_json::from_str(&event).unwrap());
    }
    Ok(read)
}

fn plan(sources: Value) -> Value {
    json!({"serverId": "embedded", "bankId": "ana", "sources": sources, "voices": "both", "tags": ["old"]})
}

/// Waits until a batch is not at work any more.
async fn settled(app: &TempApp, id: &Value) -> Value {
    let waiting = async {
        loop {
            let list: Value = app.must("intake.batches", json!({})).await;
            let batch =
                list["items"].as_array().unwrap().iter().find(|one| one["id"] == *id).unwrap().clone();
            if !["running", "undoing"].contains(&batch["state"].as_str().unwrap()) {
                return batch;
            }
            tokio::time::sleep(Duration::from_millis(30)).await;
        }
    };
    tokio::time::timeout(PATIENCE, waiting).await.expect("the batch ends")
}

async fn texts(app: &TempApp) -> Vec<String> {
    let request = json!({"serverId": "embedded", "bankId": "ana", "filter": {}});
    let page: Value = app.must("memory.list", request).await;
    page["items"].as_array().unwrap().iter().map(|fact| fact["text"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn chosen_conversations_come_in_with_their_dates_and_a_batch_goes_out_as_one() {
    let app = TempApp::with_engine().await;
    let upload = uploaded(&app, "conversations.json", EXPORT.as_bytes()).await;
    let seen: Value = app.must("intake.glance", json!({"uploadId": upload})).await;
    assert_eq!(
        (&seen["kind"], &seen["conversations"][1]["title"]),
        (&json!("conversations"), &json!("Secret <b>plans</b>"))
    );

    let sources = json!([{"kind": "upload", "uploadId": upload, "chosen": [0]}]);
    let begun: Value = app.must("intake.start", json!({"plan": plan(sources), "label": "Export"})).await;
    let batch = settled(&app, &begun["id"]).await;
    assert_eq!(
        (&batch["state"], &batch["stored"], &batch["failed"]),
        (&json!("done"), &json!(1), &json!(0)),
        "{batch}"
    );
    let facts = texts(&app).await;
    assert!(facts.iter().any(|fact| fact.contains("Lisbon")), "{facts:?}");
    assert!(
        !facts.iter().any(|fact| fact.contains("bees")),
        "a conversation that was not chosen came in: {facts:?}"
    );
    let request = json!({"serverId": "embedded", "bankId": "ana", "filter": {"tags": [batch["tag"]], "tagsMatch": "all_strict"}});
    let page: Value = app.must("memory.list", request).await;
    assert_eq!(page["items"].as_array().unwrap().len(), facts.len(), "all of it has the batch's tag");
    assert!(page["items"][0]["mentionedAt"].as_str().unwrap().starts_with("2024-05-01"), "{page}");

    // The same again brings nothing in and owns nothing.
    let again = uploaded(&app, "conversations.json", EXPORT.as_bytes()).await;
    let sources = json!([{"kind": "upload", "uploadId": again, "chosen": [0]}]);
    let second: Value = app.must("intake.start", json!({"plan": plan(sources), "label": "Again"})).await;
    let second = settled(&app, &second["id"]).await;
    assert_eq!((&second["stored"], &second["already"]), (&json!(0), &json!(1)));
    let _: Value = app.must("intake.undo", json!({"batchId": second["id"]})).await;
    assert_eq!(settled(&app, &second["id"]).await["removed"], 0);
    assert_eq!(texts(&app).await, facts, "undoing the second batch took what the first brought in");

    let _: Value = app.must("intake.undo", json!({"batchId": batch["id"]})).await;
    let undone = settled(&app, &batch["id"]).await;
    assert_eq!((&undone["state"], &undone["removed"]), (&json!("undone"), &json!(1)));
    assert!(texts(&app).await.is_empty());
    app.refused("intake.resume", json!({"batchId": batch["id"]})).await;
    let _: Value = app.must("intake.forget", json!({"batchId": batch["id"]})).await;
    app.refused("intake.undo", json!({"batchId": batch["id"]})).await;
}

#[tokio::test]
async fn a_dry_run_shows_facts_and_price_and_stores_nothing() {
    let app = TempApp::with_engine().await;
    let text = json!([{"kind": "text", "text": "My sister Ana is allergic to hazelnuts."}]);
    let request = json!({"plan": plan(text), "documents": 3});
    let events = streamed(&app, "intake.sample", request.clone()).await.unwrap();
    let error = &events[1]["document"]["error"];
    assert!(
        error["hint"].as_str().unwrap().contains("new bank is made"),
        "nothing can be tried without one: {events:?}"
    );

    let first = json!([{"kind": "text", "text": "My friend Zoe plays the cello."}]);
    let begun: Value = app.must("intake.start", json!({"plan": plan(first), "label": ""})).await;
    settled(&app, &begun["id"]).await;
    let before = texts(&app).await;
    let events = streamed(&app, "intake.sample", request).await.unwrap();
    let kinds: Vec<_> = events.iter().map(|event| event["kind"].as_str().unwrap()).collect();
    assert_eq!(kinds, ["counted", "tried", "estimated"], "{events:?}");
    assert!(events[1]["document"]["facts"][0]["text"].as_str().unwrap().contains("hazelnuts"));
    assert_eq!(events[2]["price"]["usd"], 0.0);
    assert_eq!(texts(&app).await, before, "a dry run stored something");
}

#[tokio::test]
async fn what_cannot_be_brought_in_is_refused_and_leaves_nothing() {
    let app = TempApp::with_engine().await;
    for (name, content) in
        [("a.json", &b"{}"[..]), ("a.zip", b"PK\x03\x04"), ("a.txt", b"\xff\xfe"), ("b.txt", b" ")]
    {
        let upload = uploaded(&app, name, content).await;
        app.refused("intake.glance", json!({"uploadId": upload})).await;
        let sources = json!([{"kind": "upload", "uploadId": upload}]);
        app.refused("intake.start", json!({"plan": plan(sources), "label": name})).await;
    }
    let dropped = uploaded(&app, "a.md", b"Ana sails.").await;
    let _: Value = app.must("upload.discard", json!({"uploadId": dropped})).await;
    app.refused("intake.glance", json!({"uploadId": dropped})).await;
    app.refused("intake.start", json!({"plan": plan(json!([])), "label": ""})).await;
    let mut elsewhere = plan(json!([{"kind": "text", "text": "x"}]));
    elsewhere["serverId"] = json!("nowhere");
    app.refused("intake.start", json!({"plan": elsewhere, "label": ""})).await;
    let list: Value = app.must("intake.batches", json!({})).await;
    assert!(list["items"].as_array().unwrap().is_empty(), "{list}");
    let left = std::fs::read_dir(app.dir().join("batches")).map(Iterator::count).unwrap_or_default();
    assert_eq!(left, 0, "files of a refused batch were left");
}

#[tokio::test]
async fn a_batch_that_was_stopped_goes_on_and_stores_nothing_twice() {
    let mut app = TempApp::with_engine().await;
    let said = (0..40).map(|day| {
        json!({"sender": "human", "created_at": format!("2024-{:02}-{:02}T10:00:00Z", day / 20 + 1, day % 20 + 1),
            "text": format!("My friend number {day} lives in house {day}.")})
    });
    let export =
        json!([{"uuid": "c", "name": "Friends", "chat_messages": said.collect::<Vec<_>>()}]).to_string();
    let upload = uploaded(&app, "conversations.json", export.as_bytes()).await;
    let sources = json!([{"kind": "upload", "uploadId": upload}]);
    let begun: Value = app.must("intake.start", json!({"plan": plan(sources), "label": "Friends"})).await;
    assert_eq!(begun["total"], 40);
    let _: Value = app.must("intake.stop", json!({"batchId": begun["id"]})).await;
    let stopped = settled(&app, &begun["id"]).await;
    assert_eq!(stopped["state"], "stopped", "{stopped}");
    app.reopen().await;
    let _: Value = app.must("intake.resume", json!({"batchId": begun["id"]})).await;
    let done = settled(&app, &begun["id"]).await;
    assert_eq!(
        (&done["state"], &done["stored"], &done["already"]),
        (&json!("done"), &json!(40), &json!(0)),
        "{done}"
    );
    let facts = texts(&app).await;
    let unique: std::collections::HashSet<_> = facts.iter().collect();
    assert_eq!(unique.len(), facts.len(), "something was stored twice");
}

#[tokio::test]
async fn facts_are_written_into_a_file_of_every_format() {
    let app = TempApp::with_engine().await;
    let text = json!([{"kind": "text", "text": "My sister Ana is allergic to hazelnuts."}]);
    let begun: Value = app.must("intake.start", json!({"plan": plan(text), "label": ""})).await;
    settled(&app, &begun["id"]).await;
    let count = texts(&app).await.len();
    for format in ["json", "jsonl", "csv", "markdown"] {
        let request = json!({"serverId": "embedded", "bankId": "ana", "filter": {}, "format": format});
        let events = streamed(&app, "memory.takeOut", request).await.unwrap();
        let done = events.last().unwrap();
        assert_eq!((&done["kind"], &done["facts"]), (&json!("done"), &json!(count)), "{events:?}");
        let written = std::fs::read_to_string(done["path"].as_str().unwrap()).unwrap();
        assert!(written.contains("hazelnuts"), "{format}: {written}");
    }
    let request = json!({"serverId": "embedded", "bankId": "nobody", "filter": {}, "format": "csv"});
    streamed(&app, "memory.takeOut", request).await.unwrap_err();
}

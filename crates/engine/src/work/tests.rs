//! Background retains and the operations they make, through HTTP.

use crate::engine::testing::Fresh;
use crate::synthesis::SynthesisError;
use crate::work::queue::{self, Claimed, NewOperation};
use serde_json::{Value, json};
use std::time::Duration;
use uuid::Uuid;

const BANK: &str = "/v1/default/banks/b";

async fn submit(fresh: &Fresh, id: Uuid, items: Value) -> Value {
    let body = json!({"items": items, "async": true, "operation_id": id});
    fresh.ok("POST", &format!("{BANK}/memories"), Some(body)).await
}

async fn operation(fresh: &Fresh, id: &str) -> Value {
    fresh.ok("GET", &format!("{BANK}/operations/{id}"), None).await
}

/// Asks until the operation is in this state.
async fn until(fresh: &Fresh, id: &str, state: &str) -> Value {
    let asking = async {
        loop {
            let operation = operation(fresh, id).await;
            if operation["status"] == state {
                return operation;
            }
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(60), asking).await.expect(state)
}

/// A document whose text waits to be read, and the operation that will do so after `after_ms`.
async fn waiting(fresh: &Fresh, after_ms: u64) -> String {
    let item =
        json!({"content": "Ana rows.", "document_id": "d", "tags": ["t"], "entities": [{"text": "Ana"}]});
    fresh.ok("POST", &format!("{BANK}/memories"), Some(json!({"items": [item]}))).await;
    let mut write = fresh.engine.write().await.unwrap();
    for sql in ["UPDATE chunk SET state = 'pending'", "UPDATE unit SET origin = 'pending'"] {
        sqlx::query(sql).execute(write.sql()).await.unwrap();
    }
    write.commit().await.unwrap();
    let bank = crate::bank::find(fresh.engine.read(), "b").await.unwrap();
    let why = SynthesisError::Unavailable { message: "away".into(), retry_after_ms: Some(after_ms) };
    crate::retain::jobs::read_later(&fresh.engine, &bank, &["d".to_owned()], &why).await.unwrap();
    let listed = fresh.ok("GET", &format!("{BANK}/operations?type=retain"), None).await;
    listed["operations"][0]["id"].as_str().unwrap().to_owned()
}

async fn origins(fresh: &Fresh) -> Vec<String> {
    sqlx::query_scalar("SELECT origin FROM unit").fetch_all(fresh.engine.read()).await.unwrap()
}

#[tokio::test]
async fn a_background_retain_is_a_parent_with_children_and_done_once() {
    let fresh = Fresh::open().await;
    let id = Uuid::new_v4();
    let items = json!([{"content": "USER: Dora swims.", "document_id": "doc3"}]);
    let answer = submit(&fresh, id, items.clone()).await;
    assert_eq!(
        answer,
        json!({"success": true, "bank_id": "b", "items_count": 1, "async": true, "operation_id": id,
               "operation_ids": null, "usage": null})
    );
    let parent = until(&fresh, &id.to_string(), "completed").await;
    assert_eq!(submit(&fresh, id, json!([{"content": "other"}])).await["operation_id"], json!(id));
    assert_eq!(parent["operation_type"], "batch_retain");
    assert_eq!(
        parent["result_metadata"],
        json!({"is_parent": true, "document_id": "doc3", "items_count": 1, "total_tokens": 5, "num_sub_batches": 1,
               "unit_ids_count": 1, "extraction_errors_count": 0})
    );
    let child = parent["child_operations"][0].clone();
    assert_eq!((&child["status"], &child["sub_batch_index"]), (&json!("completed"), &json!(1)));
    let child = operation(&fresh, child["operation_id"].as_str().unwrap()).await;
    let result = &child["result_metadata"];
    assert_eq!(
        (&result["document_ids"], &result["unit_ids_count"], &result["parent_operation_id"]),
        (&json!(["doc3"]), &json!(1), &json!(id))
    );
    let history = fresh.ok("GET", &format!("{BANK}/documents/doc3/history"), None).await;
    assert_eq!(
        (&history["total"], &history["items"][0]["kind"], &history["items"][0]["operation_id"]),
        (&json!(1), &json!("retain"), &child["operation_id"])
    );
    let listed = fresh.ok("GET", &format!("{BANK}/operations?type=batch_retain"), None).await;
    assert_eq!((&listed["total"], &listed["operations"][0]["document_id"]), (&json!(1), &json!("doc3")));
    let listed = fresh.ok("GET", &format!("{BANK}/operations?exclude_parents=true"), None).await;
    assert!(
        listed["operations"].as_array().unwrap().iter().all(|one| one["operation_type"] != "batch_retain")
    );
}

#[tokio::test]
async fn an_id_of_something_else_is_refused() {
    let fresh = Fresh::open().await;
    let id = Uuid::new_v4();
    submit(&fresh, id, json!([{"content": "x"}])).await;
    let body = json!({"items": [{"content": "y"}], "async": true, "operation_id": id});
    let (status, ..) = fresh.ask("POST", "/v1/default/banks/other/memories", Some(body)).await;
    assert_eq!(status.as_u16(), 409);
}

#[tokio::test]
async fn a_large_background_retain_is_split() {
    let fresh = Fresh::open().await;
    let id = Uuid::new_v4();
    let text = "one two three four ".repeat(1500);
    let items = json!([{"content": text, "document_id": "a"}, {"content": text, "document_id": "b"}]);
    submit(&fresh, id, items).await;
    let parent = until(&fresh, &id.to_string(), "completed").await;
    assert_eq!(parent["child_operations"].as_array().unwrap().len(), 2);
}

#[tokio::test]
async fn operations_that_are_not_there_are_told_apart() {
    let fresh = Fresh::open().await;
    fresh.ok("PUT", BANK, Some(json!({}))).await;
    let id = Uuid::new_v4();
    assert_eq!(operation(&fresh, &id.to_string()).await["status"], "not_found");
    for (method, path, status) in [
        ("GET", "operations/nouuid".to_owned(), 400),
        ("DELETE", format!("operations/{id}"), 404),
        ("POST", format!("operations/{id}/retry"), 404),
        ("DELETE", format!("operations/{id}/delete"), 404),
        ("GET", "operations?limit=101".to_owned(), 422),
        ("GET", "operations?limit=0".to_owned(), 422),
    ] {
        let (got, ..) = fresh.ask(method, &format!("{BANK}/{path}"), None).await;
        assert_eq!(got.as_u16(), status, "{method} {path}");
    }
}

#[tokio::test]
async fn a_finished_operation_can_only_be_forgotten() {
    let fresh = Fresh::open().await;
    let id = Uuid::new_v4();
    submit(&fresh, id, json!([{"content": "x"}])).await;
    let parent = until(&fresh, &id.to_string(), "completed").await;
    let child = parent["child_operations"][0]["operation_id"].as_str().unwrap().to_owned();
    for id in [id.to_string(), child] {
        for (method, path) in [("DELETE", id.clone()), ("POST", format!("{id}/retry"))] {
            let (got, ..) = fresh.ask(method, &format!("{BANK}/operations/{path}"), None).await;
            assert_eq!(got.as_u16(), 409, "{method} {path}");
        }
    }
    fresh.ok("DELETE", &format!("{BANK}/operations/{id}/delete"), None).await;
    assert_eq!(operation(&fresh, &id.to_string()).await["status"], "not_found");
    let left = fresh.ok("GET", &format!("{BANK}/operations"), None).await;
    assert_eq!(left["total"], 0, "children go with their parent");
}

#[tokio::test]
async fn what_waits_is_read_by_its_operation_and_takes_the_place_of_the_stand_in() {
    let fresh = Fresh::open().await;
    let id = waiting(&fresh, 0).await;
    until(&fresh, &id, "completed").await;
    let read: Vec<(String, String, i64)> = sqlx::query_as(
        "SELECT origin, tags, (SELECT count(*) FROM unit_entity ue WHERE ue.unit = u.no) FROM unit u",
    )
    .fetch_all(fresh.engine.read())
    .await
    .unwrap();
    assert_eq!(read, [("rule".to_owned(), r#"["t"]"#.to_owned(), 1)]);
}

#[tokio::test]
async fn a_cancelled_reading_leaves_the_text_to_be_found_and_can_be_taken_up_again() {
    let fresh = Fresh::open().await;
    let id = waiting(&fresh, 3_600_000).await;
    let waits = operation(&fresh, &id).await;
    assert!(waits["next_retry_at"].is_string(), "{waits}");
    let cancelled = fresh.ok("DELETE", &format!("{BANK}/operations/{id}"), None).await;
    assert_eq!(cancelled["message"], format!("Operation {id} cancelled"));
    assert_eq!(operation(&fresh, &id).await["status"], "cancelled");
    assert_eq!(origins(&fresh).await, ["pending"]);
    let left = fresh.ok("GET", &format!("{BANK}/documents/d"), None).await;
    assert_eq!((&left["original_text"], &left["memory_unit_count"]), (&json!("Ana rows."), &json!(1)));
    fresh.ok("POST", &format!("{BANK}/operations/{id}/retry"), None).await;
    until(&fresh, &id, "completed").await;
    assert_eq!(origins(&fresh).await, ["rule"]);
}

#[tokio::test]
async fn a_reprocessed_document_is_read_anew_with_what_it_was_given() {
    let fresh = Fresh::open().await;
    let item = json!({"content": "Ana rows.", "document_id": "d", "context": "c", "tags": ["t"],
        "timestamp": "2026-01-02T03:04:05Z", "metadata": {"a": "1"}});
    fresh.ok("POST", &format!("{BANK}/memories"), Some(json!({"items": [item]}))).await;
    let all = "SELECT id, text, tags, metadata, context, mentioned_at FROM unit";
    type Row = (String, String, String, String, String, i64);
    let before: Row = sqlx::query_as(all).fetch_one(fresh.engine.read()).await.unwrap();
    let answer = fresh.ok("POST", &format!("{BANK}/documents/d/reprocess"), None).await;
    assert_eq!(answer["items_count"], 1);
    until(&fresh, answer["operation_id"].as_str().unwrap(), "completed").await;
    let after: Row = sqlx::query_as(all).fetch_one(fresh.engine.read()).await.unwrap();
    assert_ne!(after.0, before.0);
    assert_eq!(
        (after.1, after.2, after.3, after.4, after.5),
        (before.1, before.2, before.3, before.4, before.5)
    );
    let history = fresh.ok("GET", &format!("{BANK}/documents/d/history"), None).await;
    let newest = &history["items"][0];
    assert_eq!(
        (&newest["kind"], &newest["facts_added"], &newest["facts_removed"]),
        (&json!("reprocess"), &json!(1), &json!(1))
    );
}

#[tokio::test]
async fn a_text_that_no_operation_knows_of_is_taken_up() {
    let fresh = Fresh::open().await;
    let id = waiting(&fresh, 3_600_000).await;
    fresh.ok("DELETE", &format!("{BANK}/operations/{id}/delete"), None).await;
    crate::retain::catch_up::begin(fresh.engine.clone(), Default::default()).await;
    let listed = fresh.ok("GET", &format!("{BANK}/operations?type=retain"), None).await;
    until(&fresh, listed["operations"][0]["id"].as_str().unwrap(), "completed").await;
    assert_eq!(origins(&fresh).await, ["rule"]);
}

#[tokio::test]
async fn a_bank_is_consolidated_by_one_operation_at_a_time() {
    let fresh = Fresh::open().await;
    fresh.ok("PUT", BANK, Some(json!({}))).await;
    let bank = crate::bank::find(fresh.engine.read(), "b").await.unwrap();
    let mut write = fresh.engine.write().await.unwrap();
    let new = NewOperation { kind: "consolidation", payload: json!({}), ..NewOperation::default() };
    let first = queue::put(&mut write, &bank, &new).await.unwrap();
    let set = "UPDATE operation SET state = ?2 WHERE id = ?1";
    sqlx::query(set).bind(first.to_string()).bind("processing").execute(write.sql()).await.unwrap();
    let second = queue::put(&mut write, &bank, &new).await.unwrap();
    write.commit().await.unwrap();
    let claimed = queue::claim(&fresh.engine).await.unwrap();
    assert!(matches!(claimed, Claimed::Nothing { next_at: None }), "{claimed:?}");
    let mut write = fresh.engine.write().await.unwrap();
    sqlx::query(set).bind(first.to_string()).bind("completed").execute(write.sql()).await.unwrap();
    write.commit().await.unwrap();
    fresh.engine.worker().wake();
    until(&fresh, &second.to_string(), "completed").await;
}

//! Retain through HTTP, without a model: what stands in the tables afterwards.

use crate::engine::testing::Fresh;
use serde_json::{Value, json};

const MEMORIES: &str = "/v1/default/banks/b/memories";

/// A bank whose chunks are its facts.
async fn chunks_bank() -> Fresh {
    let fresh = Fresh::open().await;
    fresh.ok("PUT", "/v1/default/banks/b", Some(json!({}))).await;
    sqlx_set(&fresh, "UPDATE bank SET config = '{\"retain_extraction_mode\": \"chunks\"}'").await;
    fresh
}

async fn sqlx_set(fresh: &Fresh, sql: &'static str) {
    let mut write = fresh.engine.write().await.unwrap();
    sqlx::query(sql).execute(write.sql()).await.unwrap();
    write.commit().await.unwrap();
}

async fn retain(fresh: &Fresh, body: Value) -> Value {
    fresh.ok("POST", MEMORIES, Some(body)).await
}

/// Text, origin, tags, metadata and context of the facts of a document, in their order.
async fn facts(
    fresh: &Fresh,
    document: &str,
) -> Vec<(String, String, String, Option<String>, Option<String>)> {
    sqlx::query_as(
        "SELECT u.text, u.origin, u.tags, u.metadata, u.context FROM unit u JOIN document d ON d.no = u.document \
         WHERE d.id = ?1 ORDER BY u.ord",
    )
    .bind(document)
    .fetch_all(fresh.engine.read())
    .await
    .unwrap()
}

async fn texts(fresh: &Fresh, document: &str) -> Vec<String> {
    facts(fresh, document).await.into_iter().map(|fact| fact.0).collect()
}

async fn ids(fresh: &Fresh) -> Vec<(String, String)> {
    sqlx::query_as("SELECT text, id FROM unit ORDER BY no").fetch_all(fresh.engine.read()).await.unwrap()
}

async fn count(fresh: &Fresh, sql: &'static str) -> i64 {
    sqlx::query_scalar(sql).fetch_one(fresh.engine.read()).await.unwrap()
}

#[tokio::test]
async fn an_empty_retain_makes_no_bank_and_answers_zero() {
    let fresh = Fresh::open().await;
    let answer = retain(&fresh, json!({"items": []})).await;
    assert_eq!(
        answer,
        json!({"success": true, "bank_id": "b", "items_count": 0, "async": false, "operation_id": null,
               "operation_ids": null, "usage": {"input_tokens": 0, "output_tokens": 0, "total_tokens": 0,
               "cached_tokens": 0, "thoughts_tokens": 0}})
    );
    assert_eq!(count(&fresh, "SELECT count(*) FROM bank").await, 0);
}

#[tokio::test]
async fn a_fact_carries_what_its_item_carries() {
    let fresh = chunks_bank().await;
    let item = json!({"content": "Ana rows.", "document_id": "d", "context": "a chat", "tags": ["t"],
        "metadata": {"a": "1"}, "timestamp": "2026-01-02T03:04:05Z", "entities": [{"text": "Ana"}, {"text": "ana"}]});
    retain(&fresh, json!({"items": [item]})).await;
    assert_eq!(
        facts(&fresh, "d").await,
        [(
            "Ana rows.".into(),
            "chunk".into(),
            r#"["t"]"#.into(),
            Some(r#"{"a":"1"}"#.into()),
            Some("a chat".into())
        )]
    );
    assert_eq!(count(&fresh, "SELECT mentioned_at FROM unit").await, 1_767_323_045_000);
    assert_eq!(count(&fresh, "SELECT count(*) FROM unit_entity").await, 1);
}

#[tokio::test]
async fn a_timeless_fact_has_no_time() {
    let fresh = chunks_bank().await;
    retain(&fresh, json!({"items": [{"content": "Water is wet.", "timestamp": "unset"}]})).await;
    assert_eq!(count(&fresh, "SELECT count(*) FROM unit WHERE mentioned_at IS NULL").await, 1);
}

#[tokio::test]
async fn the_same_text_without_a_document_is_there_twice() {
    let fresh = chunks_bank().await;
    for _ in 0..2 {
        retain(&fresh, json!({"items": [{"content": "Ana rows."}]})).await;
    }
    assert_eq!(count(&fresh, "SELECT count(*) FROM unit").await, 2);
    assert_eq!(count(&fresh, "SELECT count(*) FROM document").await, 2);
}

#[tokio::test]
async fn an_identical_document_keeps_its_facts() {
    let fresh = chunks_bank().await;
    let body = json!({"items": [{"content": "Ana rows.", "document_id": "d"}]});
    retain(&fresh, body.clone()).await;
    let before = ids(&fresh).await;
    retain(&fresh, body).await;
    assert_eq!(ids(&fresh).await, before);
}

#[tokio::test]
async fn of_a_changed_document_only_changed_chunks_are_read_again() {
    let fresh = chunks_bank().await;
    sqlx_set(
        &fresh,
        "UPDATE bank SET config = '{\"retain_extraction_mode\": \"chunks\", \"retain_chunk_size\": 12}'",
    )
    .await;
    retain(&fresh, json!({"items": [{"content": "Ana rows.\n\nBob sails.", "document_id": "d"}]})).await;
    let before = ids(&fresh).await;
    retain(&fresh, json!({"items": [{"content": "Eva swims.\n\nBob sails.", "document_id": "d"}]})).await;
    let after = ids(&fresh).await;
    assert_eq!(texts(&fresh, "d").await, ["Eva swims.", "Bob sails."]);
    let bob = |list: &[(String, String)]| list.iter().find(|(text, _)| text == "Bob sails.").cloned();
    assert_eq!(bob(&after), bob(&before));
    assert_eq!(after.len(), 2);
}

#[tokio::test]
async fn items_of_one_document_become_one_document() {
    let fresh = chunks_bank().await;
    let items = json!([{"content": "Ana rows.", "document_id": "d", "context": "x"},
                       {"content": "Bob sails.", "document_id": "d", "context": "y"}]);
    retain(&fresh, json!({"items": items})).await;
    let found = facts(&fresh, "d").await;
    assert_eq!(
        found.iter().map(|fact| (fact.0.as_str(), fact.4.as_deref())).collect::<Vec<_>>(),
        [("Ana rows.", Some("x")), ("Bob sails.", Some("y"))]
    );
    let text: String =
        sqlx::query_scalar("SELECT text FROM document").fetch_one(fresh.engine.read()).await.unwrap();
    assert_eq!(text, "Ana rows.\nBob sails.");
}

#[tokio::test]
async fn an_append_goes_behind_and_gives_all_facts_its_tags() {
    let fresh = chunks_bank().await;
    sqlx_set(
        &fresh,
        "UPDATE bank SET config = '{\"retain_extraction_mode\": \"chunks\", \"retain_chunk_size\": 12}'",
    )
    .await;
    let item = |text: &str, tag: &str| json!({"items": [{"content": text, "document_id": "d", "tags": [tag], "update_mode": "append", "metadata": {"k": tag}}]});
    retain(&fresh, item("Ana rows.", "one")).await;
    retain(&fresh, item("\nBob sails.", "two")).await;
    let text: String =
        sqlx::query_scalar("SELECT text FROM document").fetch_one(fresh.engine.read()).await.unwrap();
    assert_eq!(text, "Ana rows.\n\nBob sails.");
    for fact in facts(&fresh, "d").await {
        assert_eq!((fact.2.as_str(), fact.3.as_deref()), (r#"["two"]"#, Some(r#"{"k":"two"}"#)), "{fact:?}");
    }
}

#[tokio::test]
async fn a_strategy_is_laid_over_the_bank() {
    let fresh = chunks_bank().await;
    sqlx_set(
        &fresh,
        "UPDATE bank SET config = '{\"retain_extraction_mode\": \"chunks\", \"retain_strategies\": {\"small\": {\"retain_chunk_size\": 12}}}'",
    )
    .await;
    let item = |document: &str| json!({"content": "Ana rows.\n\nBob sails.", "document_id": document});
    let mut small = item("small");
    small["strategy"] = "small".into();
    retain(&fresh, json!({"items": [item("plain"), small]})).await;
    assert_eq!((texts(&fresh, "plain").await.len(), texts(&fresh, "small").await.len()), (1, 2));
}

#[tokio::test]
async fn facts_of_a_document_are_ten_milliseconds_apart() {
    let fresh = chunks_bank().await;
    sqlx_set(
        &fresh,
        "UPDATE bank SET config = '{\"retain_extraction_mode\": \"chunks\", \"retain_chunk_size\": 12}'",
    )
    .await;
    let item =
        json!({"content": "Ana rows.\n\nBob sails.\n\nEva swims.", "timestamp": "1970-01-01T00:00:01Z"});
    retain(&fresh, json!({"items": [item]})).await;
    let times: Vec<i64> = sqlx::query_scalar("SELECT mentioned_at FROM unit ORDER BY ord")
        .fetch_all(fresh.engine.read())
        .await
        .unwrap();
    assert_eq!(times, [1000, 1010, 1020]);
}

#[tokio::test]
async fn refusals_have_the_place_and_the_kind_of_the_api() {
    let fresh = Fresh::open().await;
    let (status, _, answer) = fresh.ask("POST", MEMORIES, Some(json!({}))).await;
    assert_eq!((status.as_u16(), &answer["detail"][0]["loc"]), (422, &json!(["body", "items"])));
    let body = json!({"items": [{"content": "x", "metadata": {"a": 1}}]});
    let (status, _, answer) = fresh.ask("POST", MEMORIES, Some(body)).await;
    let told = &answer["detail"][0];
    assert_eq!(
        (status.as_u16(), &told["loc"], &told["type"], &told["input"]),
        (422, &json!(["body", "items", 0, "metadata", "a"]), &json!("string_type"), &json!(1))
    );
    assert_eq!(count(&fresh, "SELECT count(*) FROM bank").await, 0, "a refused retain makes no bank");
}

#[tokio::test]
async fn ten_clients_append_to_one_document_and_nothing_is_lost() {
    let fresh = chunks_bank().await;
    let asked = (0..10).map(|n| {
        retain(
            &fresh,
            json!({"items": [{"content": format!("Line {n}."), "document_id": "d", "update_mode": "append"},
                                        {"content": format!("Own {n}."), "document_id": format!("own{n}")}]}),
        )
    });
    futures_util::future::join_all(asked).await;
    let text: String = sqlx::query_scalar("SELECT text FROM document WHERE id = 'd'")
        .fetch_one(fresh.engine.read())
        .await
        .unwrap();
    let mut lines: Vec<&str> = text.lines().collect();
    lines.sort_unstable();
    assert_eq!(lines, (0..10).map(|n| format!("Line {n}.")).collect::<Vec<_>>());
    assert_eq!(count(&fresh, "SELECT count(*) FROM document").await, 11);
}

#[tokio::test]
async fn a_long_text_is_stored_whole() {
    let fresh = chunks_bank().await;
    let text = "Ana rows on the lake and Bob sails behind her.\n\n".repeat(40_000);
    retain(&fresh, json!({"items": [{"content": text, "document_id": "d"}]})).await;
    assert_eq!(
        count(&fresh, "SELECT count(*) FROM chunk WHERE state = 'done'").await,
        count(&fresh, "SELECT count(*) FROM unit WHERE origin = 'chunk'").await
    );
    assert_eq!(
        // A chunk is kept without the empty line behind it.
        count(&fresh, "SELECT sum(length(text) + 2) FROM chunk").await,
        i64::try_from(text.len()).unwrap()
    );
}

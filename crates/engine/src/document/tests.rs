//! Documents and chunks through HTTP.

use crate::engine::testing::Fresh;
use serde_json::{Value, json};

const BANK: &str = "/v1/default/banks/b";

async fn with(items: Value) -> Fresh {
    let fresh = Fresh::open().await;
    fresh.ok("POST", &format!("{BANK}/memories"), Some(json!({"items": items}))).await;
    fresh
}

async fn ids(fresh: &Fresh, query: &str) -> Vec<String> {
    let page = fresh.ok("GET", &format!("{BANK}/documents?{query}"), None).await;
    let items = page["items"].as_array().unwrap();
    items.iter().map(|item| item["id"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn a_document_is_answered_with_what_it_was_given() {
    let item = json!({"content": "Dora swims.", "document_id": "d", "context": "a chat", "tags": ["t"],
        "metadata": {"a": "1"}, "timestamp": "2026-01-02T03:04:05Z", "entities": [{"text": "Dora", "type": "person"}]});
    let fresh = with(json!([item])).await;
    let got = fresh.ok("GET", &format!("{BANK}/documents/d"), None).await;
    assert_eq!(got["original_text"], "Dora swims.");
    assert_eq!(
        got["retain_params"],
        json!({"context": "a chat", "entities": [{"text": "Dora", "type": "person"}], "metadata": {"a": "1"},
               "event_date": "2026-01-02T03:04:05+00:00", "resolve_entities": true})
    );
    assert_eq!(
        (&got["tags"], &got["document_metadata"], &got["memory_unit_count"]),
        (&json!(["t"]), &json!({"a": "1"}), &json!(1))
    );
    assert_eq!(got["nodes_by_fact_type"], json!({"world": 1, "experience": 0, "observation": 0}));
    let plain = with(json!([{"content": "x", "document_id": "p"}])).await;
    let got = plain.ok("GET", &format!("{BANK}/documents/p"), None).await;
    assert_eq!((&got["retain_params"], &got["document_metadata"]), (&Value::Null, &Value::Null));
}

#[tokio::test]
async fn documents_are_found_by_words_tags_and_time() {
    let fresh = with(json!([
        {"content": "Ana rows.", "document_id": "one", "tags": ["a"]},
        {"content": "Bob sails.", "document_id": "two", "tags": ["a", "b"]},
        {"content": "Nobody.", "document_id": "three"}]))
    .await;
    assert_eq!(ids(&fresh, "").await, ["three", "two", "one"]);
    assert_eq!(ids(&fresh, "limit=1&offset=1").await, ["two"]);
    assert_eq!(ids(&fresh, "q=SAILS").await, ["two"]);
    assert_eq!(ids(&fresh, "tags=a").await, ["two", "one"]);
    assert_eq!(ids(&fresh, "tags=a&tags_match=any").await, ["three", "two", "one"]);
    assert_eq!(ids(&fresh, "tags=a&tags=b&tags_match=all_strict").await, ["two"]);
    assert_eq!(ids(&fresh, "tags=a&tags=b&tags_match=all").await, ["three", "two"]);
    assert_eq!(ids(&fresh, "tags=a&tags_match=exact").await, ["one"]);
    assert_eq!(ids(&fresh, "tags_match=exact").await, ["three"]);
    assert_eq!(ids(&fresh, "end_date=2020-01-01").await, [""; 0]);
    let found = fresh.ok("GET", &format!("{BANK}/documents?q=one"), None).await;
    assert_eq!(found["items"][0]["matched_fields"], json!(["id"]));
}

#[tokio::test]
async fn wrong_filters_are_refused() {
    let fresh = with(json!([{"content": "Ana rows."}])).await;
    for (query, status) in [
        ("tags_match=some", 422),
        ("time_field=mentioned_at", 422),
        ("start_date=bad", 400),
        ("offset=-1", 422),
    ] {
        let (got, ..) = fresh.ask("GET", &format!("{BANK}/documents?{query}"), None).await;
        assert_eq!(got.as_u16(), status, "{query}");
    }
}

#[tokio::test]
async fn deleting_a_document_takes_its_facts_and_says_how_many() {
    let fresh = with(json!([{"content": "Ana rows.", "document_id": "a/b ?"}])).await;
    let path = format!("{BANK}/documents/a%2Fb%20%3F");
    let gone = fresh.ok("DELETE", &path, None).await;
    assert_eq!(
        gone,
        json!({"success": true, "message": "Document 'a/b ?' and 1 associated memory units deleted successfully",
               "document_id": "a/b ?", "memory_units_deleted": 1})
    );
    let (status, _, answer) = fresh.ask("DELETE", &path, None).await;
    assert_eq!((status.as_u16(), &answer["detail"]), (404, &json!("Document not found")));
    let left: i64 =
        sqlx::query_scalar("SELECT count(*) FROM unit").fetch_one(fresh.engine.read()).await.unwrap();
    assert_eq!(left, 0);
}

#[tokio::test]
async fn new_tags_reach_every_fact() {
    let fresh = with(json!([{"content": "Ana rows.", "document_id": "d", "tags": ["old"]}])).await;
    let path = format!("{BANK}/documents/d");
    let (status, _, answer) = fresh.ask("PATCH", &path, Some(json!({}))).await;
    assert_eq!(status.as_u16(), 422);
    assert_eq!(answer["detail"], "At least one field (tags, observation_scopes) must be provided");
    let patch = json!({"tags": ["new"], "observation_scopes": "shared"});
    assert_eq!(fresh.ok("PATCH", &path, Some(patch)).await, json!({"success": true}));
    let fact: (String, String) = sqlx::query_as("SELECT tags, observation_scopes FROM unit")
        .fetch_one(fresh.engine.read())
        .await
        .unwrap();
    assert_eq!(fact, (r#"["new"]"#.into(), r#""shared""#.into()));
    assert_eq!(fresh.ok("GET", &path, None).await["observation_scopes"], "shared");
}

#[tokio::test]
async fn retagging_takes_observations_that_rest_on_the_document_alone() {
    let fresh = with(
        json!([{"content": "Ana rows.", "document_id": "d"}, {"content": "Bob sails.", "document_id": "e"}]),
    )
    .await;
    let mut write = fresh.engine.write().await.unwrap();
    for (no, id) in [(100, "alone"), (101, "shared")] {
        sqlx::query("INSERT INTO unit (no, id, bank, kind, text, event_at, tokens, proof, origin, created_at, updated_at) \
                     VALUES (?1, ?2, 1, 3, 'o', 0, 1, 2, 'model', 0, 0)")
            .bind(no).bind(id).execute(write.sql()).await.unwrap();
    }
    sqlx::query(
        "INSERT INTO source SELECT 100, no FROM unit WHERE text = 'Ana rows.' UNION ALL \
                 SELECT 101, no FROM unit WHERE kind < 3",
    )
    .execute(write.sql())
    .await
    .unwrap();
    sqlx::query("UPDATE unit SET consolidated_at = 1 WHERE kind < 3").execute(write.sql()).await.unwrap();
    write.commit().await.unwrap();
    fresh.ok("PATCH", &format!("{BANK}/documents/d"), Some(json!({"tags": ["new"]}))).await;
    let left: Vec<(String, i64)> = sqlx::query_as("SELECT id, proof FROM unit WHERE kind = 3")
        .fetch_all(fresh.engine.read())
        .await
        .unwrap();
    assert_eq!(left, [("shared".to_owned(), 1)]);
    let waiting: i64 =
        sqlx::query_scalar("SELECT count(*) FROM unit WHERE kind < 3 AND consolidated_at IS NULL")
            .fetch_one(fresh.engine.read())
            .await
            .unwrap();
    assert_eq!(waiting, 2, "both facts are consolidated anew");
    let history = fresh.ok("GET", &format!("{BANK}/documents/d/history"), None).await;
    assert_eq!(
        (&history["items"][0]["kind"], &history["items"][0]["observations_removed"]),
        (&json!("retag"), &json!({"count": 1, "ids": ["alone"]}))
    );
}

#[tokio::test]
async fn a_chunk_is_found_by_its_id_whatever_underscores_the_names_hold() {
    let fresh = Fresh::open().await;
    for (bank, document) in [("b", "c_d"), ("b_c", "e"), ("b_c", "d")] {
        let body = json!({"items": [{"content": format!("{bank} {document}"), "document_id": document}]});
        fresh.ok("POST", &format!("/v1/default/banks/{bank}/memories"), Some(body)).await;
    }
    let chunk = fresh.ok("GET", "/v1/default/chunks/b_c_e_0", None).await;
    assert_eq!(
        (&chunk["chunk_text"], &chunk["bank_id"], &chunk["chunk_id"]),
        (&json!("b_c e"), &json!("b_c"), &json!("b_c_e_0"))
    );
    for missing in ["b_c_e_1", "none", "b_c_e_x"] {
        let (status, _, answer) = fresh.ask("GET", &format!("/v1/default/chunks/{missing}"), None).await;
        assert_eq!((status.as_u16(), &answer["detail"]), (404, &json!("Chunk not found")), "{missing}");
    }
    let page = fresh.ok("GET", "/v1/default/banks/b_c/documents/e/chunks", None).await;
    assert_eq!((&page["total"], &page["items"][0]), (&json!(1), &chunk));
    let (status, ..) = fresh.ask("GET", "/v1/default/banks/b_c/documents/e/chunks?limit=0", None).await;
    assert_eq!(status.as_u16(), 422);
}

#[tokio::test]
async fn the_history_of_an_unknown_document_is_empty() {
    let fresh = with(json!([{"content": "Ana rows."}])).await;
    let history = fresh.ok("GET", &format!("{BANK}/documents/none/history"), None).await;
    assert_eq!(history, json!({"document_id": "none", "total": 0, "limit": 100, "offset": 0, "items": []}));
}

//! The list of the fact browser on the real engine, its tags, and the views of it that are kept.

use rearview_domain::ErrorCode;
use rearview_tests::temp_app::TempApp;
use serde_json::{Value, json};

#[tokio::test]
async fn a_view_is_kept_replaced_and_deleted_and_what_no_menu_can_show_is_refused() {
    let app = TempApp::new().await;
    let view = json!({"filters": {"tags": ["<b>"]}, "sort": {"by": "evidence", "up": true}});
    let saved: Value = app.must("view.save", json!({"name": "  Ana ", "view": view})).await;
    assert_eq!((&saved["name"], &saved["view"]), (&json!("Ana"), &view));
    let replaced = json!({"id": saved["id"], "name": "Ana's", "view": {}});
    let _: Value = app.must("view.save", replaced).await;
    let list: Value = app.must("view.list", json!({})).await;
    assert_eq!(list["items"], json!([{"id": saved["id"], "name": "Ana's", "view": {}}]));

    let too_large = json!({"name": "x", "view": "x".repeat(70_000)});
    let wrong = [json!({"name": " ", "view": {}}), json!({"name": "x".repeat(81), "view": {}}), too_large];
    for request in wrong {
        assert_eq!(app.refused("view.save", request).await.code, ErrorCode::InvalidInput);
    }
    let gone = json!({"id": saved["id"]});
    let _: Value = app.must("view.delete", gone.clone()).await;
    assert_eq!(app.refused("view.delete", gone.clone()).await.code, ErrorCode::NotFound);
    let unknown = json!({"id": saved["id"], "name": "x", "view": {}});
    assert_eq!(app.refused("view.save", unknown).await.code, ErrorCode::NotFound);
}

#[tokio::test]
async fn the_list_of_the_engine_says_when_a_fact_was_stored_and_its_texts_can_be_cut() {
    let app = TempApp::with_engine().await;
    let _: Value = app.must("engine.loadSample", json!({})).await;
    let bank = json!({"serverId": "embedded", "bankId": "sample"});
    let with = |more: Value| {
        let mut request = bank.clone();
        request.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        request
    };
    let filter = json!({"limit": 5, "timeField": "occurred_start"});
    let page: Value = app.must("memory.list", with(json!({"filter": filter, "textChars": 3}))).await;
    for fact in page["items"].as_array().unwrap() {
        assert!(fact["createdAt"].is_string() && fact["occurredStart"].is_string(), "{fact}");
        assert_eq!(fact["text"].as_str().unwrap().chars().count(), 4, "{fact}");
    }
    let all: Value = app.must("memory.list", with(json!({"filter": {"limit": 0}}))).await;
    assert!(all["items"].as_array().unwrap().is_empty() && all["total"].as_u64() > page["total"].as_u64());
    let tags: Value = app.must("memory.tags", with(json!({"filter": {"limit": 3}}))).await;
    assert!(tags["items"].as_array().unwrap().len() <= 3, "{tags}");
}

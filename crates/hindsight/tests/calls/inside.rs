//! What a bank keeps inside, on the wire: where each call goes, with which ids and which body. The embedded engine
//! has no pages and no webhooks, so this is the one place that shows those calls.

use crate::scripted::{Scripted, html, json_answer};
use rearview_domain::{BankId, ErrorCode};
use rearview_hindsight::*;
use serde_json::{Value, json};

/// A bank and an id that would go elsewhere if they were not encoded.
fn bank() -> BankId {
    "a/b".into()
}
const ID: &str = "../x?y";
const B: &str = "/v1/default/banks/a%2Fb";
const ENCODED: &str = "..%2Fx%3Fy";

/// The lines and bodies that arrived.
fn arrived(server: &Scripted) -> Vec<(String, Value)> {
    let read = |body: &str| serde_json::from_str(body).unwrap_or(Value::Null);
    server.requests().iter().map(|got| (got.line.replace(" HTTP/1.1", ""), read(&got.body))).collect()
}

#[tokio::test]
async fn pages_and_folders_are_asked_for_where_they_are() {
    let node = json!({"id": "n", "kind": "folder"});
    let server = Scripted::start([
        json_answer(200, json!({"roots": [node]})),
        json_answer(200, json!({"id": "p", "body": "text"})),
        json_answer(200, json!({"results": [{"id": "p", "score": 0.5}], "total": 1})),
        json_answer(200, json!({"files": [{"path": "a/b.md", "content": "c"}, {"path": 3}]})),
        json_answer(201, node.clone()),
        json_answer(201, json!({"page_id": "p", "mental_model_id": "m"})),
        json_answer(200, node.clone()),
        json_answer(200, json!({"status": "deleted"})),
    ])
    .await;
    let client = server.client(None);
    assert_eq!(client.knowledge_tree(&bank()).await.unwrap().roots.len(), 1);
    assert_eq!(client.knowledge_page(&bank(), ID).await.unwrap().body.as_deref(), Some("text"));
    assert_eq!(client.search_knowledge(&bank(), "a&b", 900).await.unwrap().total, Some(1));
    assert_eq!(client.export_knowledge(&bank()).await.unwrap().files.len(), 1);
    client.create_folder(&bank(), "F", None).await.unwrap();
    let page: NewKnowledgePage =
        serde_json::from_value(json!({"name": "P", "sourceQuery": "Q", "parentId": "n"})).unwrap();
    assert_eq!(client.create_page(&bank(), &page).await.unwrap().page_id.as_deref(), Some("p"));
    let out = KnowledgeNodePatch { to_root: true, ..KnowledgeNodePatch::default() };
    client.patch_node(&bank(), ID, &out).await.unwrap();
    client.delete_node(&bank(), ID).await.unwrap();
    let kb = format!("{B}/knowledge-base");
    assert_eq!(
        arrived(&server),
        [
            (format!("GET {kb}/tree"), Value::Null),
            (format!("GET {kb}/pages/{ENCODED}"), Value::Null),
            (format!("GET {kb}/search?q=a%26b&limit=50"), Value::Null),
            (format!("GET {kb}/export"), Value::Null),
            (format!("POST {kb}/folders"), json!({"name": "F", "parent_id": null})),
            (format!("POST {kb}/pages"), json!({"name": "P", "source_query": "Q", "parent_id": "n"})),
            (format!("PATCH {kb}/nodes/{ENCODED}"), json!({"parent_id": null})),
            (format!("DELETE {kb}/nodes/{ENCODED}"), Value::Null),
        ]
    );
}

#[tokio::test]
async fn a_webhook_s_secret_goes_out_and_never_comes_back() {
    let hook = json!({"id": "w", "url": "https://a", "secret": "hush", "enabled": true});
    let delivery = json!({"id": "d", "status": "failed", "last_response_status": 70000, "attempts": 2});
    let server = Scripted::start([
        json_answer(201, hook.clone()),
        json_answer(200, json!({"items": [hook.clone()], "total": 1})),
        json_answer(200, hook.clone()),
        json_answer(200, json!({"items": [delivery], "next_cursor": "c+1"})),
        json_answer(200, json!({"success": true})),
    ])
    .await;
    let client = server.client(None);
    let new: WebhookPatch =
        serde_json::from_value(json!({"url": "https://a", "secret": "hush", "eventTypes": ["x"]})).unwrap();
    let made = client.create_webhook(&bank(), &new).await.unwrap();
    let listed = client.webhooks(&bank()).await.unwrap();
    assert!(made.has_secret && listed.items[0].has_secret);
    assert!(!serde_json::to_string(&(made, &listed)).unwrap().contains("hush"));
    client
        .patch_webhook(&bank(), ID, &WebhookPatch { enabled: Some(false), ..Default::default() })
        .await
        .unwrap();
    let page = client.webhook_deliveries(&bank(), ID, Some("c+0".to_owned())).await.unwrap();
    assert_eq!((page.next_cursor.as_deref(), page.items[0].last_response_status), (Some("c+1"), None));
    client.delete_webhook(&bank(), ID).await.unwrap();
    assert_eq!(
        arrived(&server),
        [
            (
                format!("POST {B}/webhooks"),
                json!({"url": "https://a", "secret": "hush", "event_types": ["x"]})
            ),
            (format!("GET {B}/webhooks?limit=1000"), Value::Null),
            (format!("PATCH {B}/webhooks/{ENCODED}"), json!({"enabled": false})),
            (format!("GET {B}/webhooks/{ENCODED}/deliveries?cursor=c%2B0"), Value::Null),
            (format!("DELETE {B}/webhooks/{ENCODED}"), Value::Null),
        ]
    );
}

#[tokio::test]
async fn what_a_server_lacks_is_told_as_missing_and_not_as_a_fault() {
    let server = Scripted::start(vec![json_answer(404, json!({"detail": "Not Found"})); 4]).await;
    let client = server.client(None);
    let errors = [
        client.knowledge_tree(&bank()).await.unwrap_err(),
        client.webhooks(&bank()).await.unwrap_err(),
        client.llm_health(&bank()).await.unwrap_err(),
        client.memories_over_time(&bank(), "7d", "created_at").await.unwrap_err(),
    ];
    for error in errors {
        assert!(matches!(error, HindsightError::FeatureMissing { .. }), "{error:?}");
        assert_eq!(error.to_error().code, ErrorCode::ServerIncompatible);
    }
}

#[tokio::test]
async fn a_history_is_a_list_and_nothing_else() {
    let change = json!({"previous_content": "old", "changed_at": "t"});
    let server = Scripted::start([
        json_answer(200, json!([change, 7, {"kind": "failure", "error_message": "no"}])),
        json_answer(200, json!({"items": []})),
        html(200, "<html>[</html>"),
    ])
    .await;
    let client = server.client(None);
    let changes = client.mental_model_history(&bank(), ID).await.unwrap();
    assert_eq!(changes.len(), 2);
    assert_eq!(changes[1].error_message.as_deref(), Some("no"));
    for _ in 0..2 {
        let error = client.mental_model_history(&bank(), ID).await.unwrap_err();
        assert!(matches!(error, HindsightError::Incompatible { .. }), "{error:?}");
    }
    assert_eq!(arrived(&server)[0].0, format!("GET {B}/mental-models/{ENCODED}/history"));
}

#[tokio::test]
async fn a_list_longer_than_a_page_is_read_to_its_end_and_once() {
    let rules = |from: usize, to: usize| -> Vec<Value> {
        (from..to).map(|at| json!({"id": format!("d{at}"), "content": "c"})).collect()
    };
    let server = Scripted::start([
        json_answer(200, json!({"items": rules(0, 1000), "total": 1002})),
        json_answer(200, json!({"items": rules(1000, 1002), "total": 1002})),
        // A server that knows no pages, and one whose total is a lie.
        json_answer(200, json!({"items": rules(0, 1001)})),
        json_answer(200, json!({"items": rules(0, 1001)})),
        json_answer(200, json!({"items": rules(0, 3), "total": 5000})),
        json_answer(200, json!({"items": [], "total": 5000})),
    ])
    .await;
    let client = server.client(None);
    assert_eq!(client.directives(&bank()).await.unwrap().items.len(), 1002);
    assert_eq!(client.directives(&bank()).await.unwrap().items.len(), 1001);
    assert_eq!(client.directives(&bank()).await.unwrap().items.len(), 3);
    let asked: Vec<String> = arrived(&server).into_iter().map(|(call, _)| call).collect();
    let (first, second) = (
        format!("GET {B}/directives?limit=1000&active_only=false"),
        format!("GET {B}/directives?limit=1000&offset=1000&active_only=false"),
    );
    assert_eq!(asked, [&first, &second, &first, &second, &first, &second].map(String::clone));
}

#[tokio::test]
async fn directives_and_models_say_what_they_want_in_the_servers_words() {
    let directive = json!({"id": "d", "content": "c"});
    let server = Scripted::start([
        json_answer(200, json!({"items": [directive.clone()]})),
        json_answer(200, directive),
        json_answer(200, json!({"operation_id": "o", "status": "queued"})),
        json_answer(200, json!({"operation_id": "o"})),
        json_answer(200, json!({"preview_content": "p"})),
        json_answer(200, json!({"items": []})),
        json_answer(200, json!({"items": [], "total": 0})),
        json_answer(200, json!({"buckets": []})),
    ])
    .await;
    let client = server.client(None);
    client.directives(&bank()).await.unwrap();
    client
        .patch_directive(&bank(), ID, &DirectivePatch { priority: Some(-3), ..Default::default() })
        .await
        .unwrap();
    client.refresh_mental_model(&bank(), ID, false).await.unwrap();
    client.refresh_mental_model(&bank(), ID, true).await.unwrap();
    assert_eq!(client.dry_refresh(&bank(), ID, true).await.unwrap().preview_content, "p");
    client.mental_models(&bank(), false).await.unwrap();
    let filter = LlmRequestFilter {
        memory_id: Some("f/1".to_owned()),
        group: Some(true),
        ..LlmRequestFilter::default()
    };
    client.llm_requests(&bank(), &filter).await.unwrap();
    client.audit_volume(&bank(), Some("recall".to_owned()), "1d").await.unwrap();
    let model = format!("{B}/mental-models/{ENCODED}");
    assert_eq!(
        arrived(&server),
        [
            (format!("GET {B}/directives?limit=1000&active_only=false"), Value::Null),
            (format!("PATCH {B}/directives/{ENCODED}"), json!({"priority": -3})),
            (format!("POST {model}/refresh"), json!({})),
            (format!("POST {model}/refresh"), json!({"mode": "full"})),
            (format!("POST {model}/dry-run-refresh"), json!({"mode": "full"})),
            (
                format!("GET {B}/mental-models?limit=1000&detail=content&exclude_knowledge_pages=true"),
                Value::Null
            ),
            (format!("GET {B}/llm-requests?memory_id=f%2F1&group=true"), Value::Null),
            (format!("GET {B}/audit-logs/stats?action=recall&period=1d"), Value::Null),
        ]
    );
}

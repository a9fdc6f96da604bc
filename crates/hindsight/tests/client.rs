//! The client against a scripted server on loopback: what goes over the wire and what comes of each answer.
//!
//! Each test says which raw answers the server gives and looks at the raw requests it got. Whether a real
//! Hindsight server behaves like that is the conformance suite's business, in the package `tests`.

#[cfg(test)]
#[path = "calls/inside.rs"]
mod inside;
#[cfg(test)]
mod scripted;

use rearview_domain::memory::TagsMatch;
use rearview_domain::{BankId, ErrorCode};
use rearview_hindsight::*;
use scripted::{Scripted, answer, html, json_answer};
use serde_json::json;
use std::time::Duration;

fn bank() -> BankId {
    "ana".into()
}

fn query(text: &str) -> RecallRequest {
    RecallRequest { query: text.into(), ..RecallRequest::default() }
}

#[tokio::test]
async fn the_key_goes_as_a_bearer_and_no_key_sends_none() {
    let server =
        Scripted::start([json_answer(200, json!({"banks": []})), json_answer(200, json!({"banks": []}))])
            .await;
    server.client(Some("hsk_1")).banks(None, 1, 0).await.unwrap();
    server.client(None).banks(None, 1, 0).await.unwrap();
    let requests = server.requests();
    assert_eq!(requests[0].header("authorization"), Some("Bearer hsk_1"));
    assert_eq!(requests[1].header("authorization"), None);
}

#[tokio::test]
async fn ids_are_one_segment_on_the_wire_whatever_is_in_them() {
    let server = Scripted::start(vec![json_answer(404, json!({"detail": "Document not found"})); 3]).await;
    let client = server.client(None);
    for (bank, document) in [("Ana's bank", "a/b ?#%"), ("100%", "../x"), ("日本", "%2F")] {
        assert_eq!(client.document(&bank.into(), &document.into()).await.unwrap(), None);
    }
    let lines: Vec<_> = server.requests().into_iter().map(|request| request.line).collect();
    assert_eq!(
        lines,
        [
            "GET /v1/default/banks/Ana%27s%20bank/documents/a%2Fb%20%3F%23%25 HTTP/1.1",
            "GET /v1/default/banks/100%25/documents/..%2Fx HTTP/1.1",
            "GET /v1/default/banks/%E6%97%A5%E6%9C%AC/documents/%252F HTTP/1.1",
        ]
    );
}

#[tokio::test]
async fn an_id_that_would_widen_a_delete_never_leaves_the_house() {
    let server = Scripted::start([]).await;
    let client = server.client(None);
    for id in ["", ".", ".."] {
        let error = client.delete_document(&bank(), &id.into()).await.unwrap_err();
        assert!(matches!(error, HindsightError::UnusableId { .. }), "{error:?}");
    }
    assert!(server.requests().is_empty());
}

#[tokio::test]
async fn a_path_before_the_api_is_kept() {
    let server = Scripted::start([json_answer(200, json!({"api_version": "1.1.0"}))]).await;
    let address = format!("{}/memory/v1/default", server.url());
    Client::new(&address, None, "S", Options::default()).unwrap().version().await.unwrap();
    assert_eq!(server.requests()[0].line, "GET /memory/version HTTP/1.1");
}

#[tokio::test]
async fn filters_become_query_parameters() {
    let server = Scripted::start([json_answer(200, json!({"items": [], "total": 3}))]).await;
    let filter = MemoryFilter {
        q: Some("a&b=c d".into()),
        document_id: Some("x/y".into()),
        tags: vec!["t:1".into(), "t:2".into()],
        tags_match: Some(TagsMatch::AllStrict),
        state: Some(MemoryState::Invalidated),
        limit: Some(0),
        ..MemoryFilter::default()
    };
    let page = server.client(None).memories(&bank(), &filter).await.unwrap();
    assert_eq!((page.items.len(), page.total), (0, Some(3)));
    assert_eq!(
        server.requests()[0].line,
        "GET /v1/default/banks/ana/memories/list?q=a%26b%3Dc+d&document_id=x%2Fy&tags=t%3A1&tags=t%3A2\
         &tags_match=all_strict&state=invalidated&limit=0 HTTP/1.1"
    );
}

#[tokio::test]
async fn recall_gives_the_body_as_sent_and_what_the_server_ignored() {
    let reply = json_answer(200, json!({"results": [{"id": "1", "text": "t"}]}))
        .header("x-ignored-params", "foo, bar");
    let server = Scripted::start([reply]).await;
    let answered = server.client(None).recall(&bank(), &query("Where?")).await.unwrap();
    assert_eq!(answered.ignored_params, ["foo", "bar"]);
    let sent = server.requests()[0].body.clone();
    assert_eq!(sent, answered.body.to_string());
    assert_eq!(sent, r#"{"query":"Where?"}"#);
}

#[tokio::test]
async fn recall_in_a_bank_that_does_not_exist_finds_nothing_and_says_why() {
    let server = Scripted::start([json_answer(404, json!({"detail": "Bank 'ana' not found"}))]).await;
    let answered = server.client(None).recall(&bank(), &query("Where?")).await.unwrap();
    assert_eq!(answered.value, RecallAnswer::new_bank());
    assert!(answered.value.new_bank && answered.value.memories().is_empty());
    assert_eq!(answered.body, json!({"query": "Where?"}));
}

#[tokio::test]
async fn a_404_of_something_that_is_no_hindsight_server_is_no_new_bank() {
    let server =
        Scripted::start([json_answer(404, json!({"detail": "Not Found"})), html(404, "<h1>nginx</h1>")])
            .await;
    for _ in 0..2 {
        let error = server.client(None).recall(&bank(), &query("Where?")).await.unwrap_err();
        assert_eq!(error.to_error().code, ErrorCode::ServerIncompatible);
    }
}

#[tokio::test]
async fn the_trace_arrives_without_the_embedding() {
    let sample: serde_json::Value = serde_json::from_str(include_str!("data/recall-1.1.json")).unwrap();
    let server = Scripted::start([json_answer(200, sample)]).await;
    let request = RecallRequest { trace: Some(true), ..query("Where does Alice work?") };
    let trace = server.client(None).recall(&bank(), &request).await.unwrap().value.raw_trace.unwrap();
    assert!(trace["query"].get("query_embedding").is_none());
    assert_eq!(trace["query"]["query_text"], "Where does Alice work?");
}

#[tokio::test]
async fn both_shapes_of_detail_reach_the_person() {
    let list = json!({"detail": [{"type": "missing", "loc": ["body", "query"], "msg": "Field required"}]});
    let server =
        Scripted::start([json_answer(422, list), json_answer(422, json!({"detail": "No words in query"}))])
            .await;
    let client = server.client(None);
    let fields = client.recall(&bank(), &query("?")).await.unwrap_err();
    assert!(
        matches!(&fields, HindsightError::Invalid { fields, .. } if fields[0].field == "body.query"),
        "{fields:?}"
    );
    let sentence = client.recall(&bank(), &query("?")).await.unwrap_err().to_error();
    assert_eq!(sentence.code, ErrorCode::InvalidInput);
    assert_eq!(sentence.source.unwrap().message.as_deref(), Some("No words in query"));
}

#[tokio::test]
async fn answers_that_no_hindsight_server_gives_are_shown_and_not_guessed_at() {
    let cases = [
        html(200, "<!doctype html><title>Login</title>"),
        answer(200, "application/json", r#"{"results": [{"id": "1", "te"#),
        json_answer(200, json!([])),
        json_answer(200, json!({"hello": "world"})),
        json_answer(200, json!("ok")),
        answer(200, "application/json", ""),
    ];
    let server = Scripted::start(cases.clone()).await;
    let client = server.client(None);
    for case in cases {
        let error = client.recall(&bank(), &query("x")).await.unwrap_err();
        let HindsightError::Incompatible { said, .. } = &error else { panic!("{error:?}") };
        assert!(case.body.starts_with(said.as_str()), "{said}");
        assert_eq!(error.to_error().code, ErrorCode::ServerIncompatible);
    }
}

#[tokio::test]
async fn only_the_first_200_characters_of_a_stray_answer_are_kept() {
    let server = Scripted::start([html(200, &"<p>é</p>".repeat(500))]).await;
    let error = server.client(None).version().await.unwrap_err();
    assert!(
        matches!(&error, HindsightError::Incompatible { said, .. } if said.chars().count() == 200),
        "{error:?}"
    );
}

#[tokio::test]
async fn a_key_that_the_server_repeats_goes_no_further() {
    let words = json!({"detail": "Authentication failed: hsk_hush is not known"});
    let server = Scripted::start([json_answer(401, words), html(200, "<p>hsk_hush</p>")]).await;
    let client = server.client(Some("hsk_hush"));
    for _ in 0..2 {
        let error = client.banks(None, 1, 0).await.unwrap_err();
        let told = format!("{error} {error:?} {:?}", error.to_error());
        assert!(!told.contains("hsk_hush"), "{told}");
    }
}

#[tokio::test]
async fn a_redirect_is_not_followed_because_it_would_take_the_key_along() {
    let elsewhere = Scripted::start([]).await;
    let there = format!("{}/version", elsewhere.url());
    let server = Scripted::start([answer(307, "text/plain", "").header("location", &there)]).await;
    let error = server.client(Some("hsk_1")).version().await.unwrap_err();
    assert!(matches!(&error, HindsightError::Redirected { location, .. } if *location == there), "{error:?}");
    assert!(elsewhere.requests().is_empty());
}

#[tokio::test]
async fn a_busy_server_is_asked_again_after_the_wait_it_names() {
    let busy = json_answer(429, json!({"detail": "slow down"})).header("retry-after", "0.01");
    let down = json_answer(503, json!({"detail": "full"})).header("retry-after", "0");
    let server = Scripted::start([busy, down, json_answer(200, json!({"results": []}))]).await;
    server.client(None).recall(&bank(), &query("x")).await.unwrap();
    assert_eq!(server.requests().len(), 3);
}

#[tokio::test]
async fn after_three_tries_the_last_answer_counts() {
    let busy = json_answer(429, json!({"detail": "slow down"})).header("retry-after", "0");
    let server = Scripted::start(vec![busy; 4]).await;
    let error = server.client(None).version().await.unwrap_err();
    assert_eq!((error.to_error().code, error.retry_after_ms()), (ErrorCode::RateLimited, Some(0)));
    assert_eq!(server.requests().len(), 3);
}

#[tokio::test]
async fn a_server_that_asks_for_a_minute_is_left_alone_for_a_minute() {
    let server =
        Scripted::start([json_answer(429, json!({"detail": "slow down"})).header("retry-after", "60")]).await;
    let error = server.client(None).version().await.unwrap_err().to_error();
    assert_eq!(error.retry_after_ms, Some(60_000));
    assert_eq!(server.requests().len(), 1);
}

#[tokio::test]
async fn what_could_happen_twice_is_sent_once() {
    let busy = json_answer(503, json!({"detail": "full"})).header("retry-after", "0");
    let server = Scripted::start(vec![busy; 5]).await;
    let client = server.client(None);
    let item = RetainItem { content: "x".into(), ..RetainItem::default() };
    let sync = RetainRequest { items: vec![item.clone()], ..RetainRequest::default() };
    let nameless = RetainRequest { items: vec![item], r#async: true, operation_id: None };
    client.retain(&bank(), &sync).await.unwrap_err();
    client.retain(&bank(), &nameless).await.unwrap_err();
    client
        .reflect(&bank(), &ReflectRequest { query: "q".into(), ..ReflectRequest::default() })
        .await
        .unwrap_err();
    client.put_bank(&bank(), &BankPatch::default()).await.unwrap_err();
    client.retry_operation(&bank(), "1").await.unwrap_err();
    assert_eq!(server.requests().len(), 5);
}

#[tokio::test]
async fn an_async_retain_under_an_id_is_sent_again_with_the_same_id() {
    let busy = json_answer(503, json!({"detail": "full"})).header("retry-after", "0");
    let server =
        Scripted::start([busy, json_answer(200, json!({"success": true, "operation_id": "op-1"}))]).await;
    let request = RetainRequest {
        items: vec![RetainItem { content: "x".into(), ..RetainItem::default() }],
        r#async: true,
        operation_id: Some("op-1".into()),
    };
    let answer = server.client(None).retain(&bank(), &request).await.unwrap();
    assert_eq!(answer.operation_id.as_deref(), Some("op-1"));
    let requests = server.requests();
    assert_eq!(requests.len(), 2);
    assert_eq!(requests[0].body, requests[1].body);
}

#[tokio::test]
async fn a_retain_answer_that_says_nothing_is_not_taken_for_success() {
    let server = Scripted::start([json_answer(200, json!({"status": "fine"}))]).await;
    let error = server.client(None).retain(&bank(), &RetainRequest::default()).await.unwrap_err();
    assert!(matches!(error, HindsightError::Incompatible { .. }), "{error:?}");
}

#[tokio::test]
async fn a_refused_connection_names_the_server_and_the_next_step() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    drop(listener);
    let client = Client::new(&address, None, "Team memory", Options::default()).unwrap();
    let error = client.recall(&bank(), &query("x")).await.unwrap_err().to_error();
    assert_eq!((error.code, error.retryable), (ErrorCode::NetworkUnreachable, true));
    assert!(error.message.contains("Team memory") && error.message.contains("`ana`"), "{}", error.message);
    assert!(error.hint.unwrap().contains("address"));
}

#[tokio::test]
async fn a_connection_that_breaks_in_the_answer_is_no_half_answer() {
    let cut = json_answer(200, json!({"results": []})).header("content-length", "500");
    let server = Scripted::start(vec![cut; 3]).await;
    let error = server.client(None).recall(&bank(), &query("x")).await.unwrap_err();
    assert!(matches!(error, HindsightError::Unreachable(_)), "{error:?}");
}

#[tokio::test]
async fn a_silent_server_ends_in_a_timeout_of_ours() {
    let server = Scripted::start([scripted::silence()]).await;
    let options = Options { request_timeout: Duration::from_millis(50), ..Options::default() };
    let client = Client::new(&server.url(), None, "S", options).unwrap();
    let error = client.recall(&bank(), &query("x")).await.unwrap_err().to_error();
    assert_eq!(error.code, ErrorCode::Timeout);
    assert_eq!(server.requests().len(), 1, "a recall that was too slow once is not started again");
}

#[tokio::test]
async fn a_caller_that_stops_waiting_hangs_up() {
    let server = Scripted::start([scripted::silence()]).await;
    let client = server.client(None);
    let recall = tokio::spawn(async move { client.recall(&bank(), &query("x")).await });
    server.arrived().await;
    recall.abort();
    server.hung_up().await;
}

#[tokio::test]
async fn health_falls_back_to_the_process_on_servers_without_it() {
    let server = Scripted::start([
        json_answer(404, json!({"detail": "Not Found"})),
        json_answer(200, json!({"status": "alive", "version": "0.9.1"})),
        json_answer(200, json!({"status": "healthy", "database": "connected", "db_pool_max": 9})),
    ])
    .await;
    let client = server.client(None);
    assert_eq!(client.health().await.unwrap(), Health { status: "alive".into(), database: None });
    assert_eq!(client.health().await.unwrap().database.as_deref(), Some("connected"));
    assert_eq!(server.requests()[1].line, "GET /health/live HTTP/1.1");
}

#[tokio::test]
async fn a_server_without_its_database_is_not_called_alive() {
    let server = Scripted::start([json_answer(503, json!({"status": "unhealthy"}))]).await;
    let error = server.client(None).health().await.unwrap_err();
    assert!(matches!(error, HindsightError::Unavailable { .. }), "{error:?}");
    assert_eq!(server.requests().len(), 1);
}

#[tokio::test]
async fn a_handshake_with_a_0_9_server_hides_what_came_later() {
    let server =
        Scripted::start([json_answer(200, json!({"api_version": "0.9.1"})), html(404, "no docs here")]).await;
    let handshake = server.client(None).handshake().await.unwrap();
    assert!(!handshake.from_paths && handshake.version.features.is_empty());
    assert!(!handshake.features.aliases.available && handshake.features.mental_models.available);
}

#[tokio::test]
async fn a_handshake_with_a_1_1_server_reads_its_own_paths() {
    let version = json!({"api_version": "1.1.0", "features": {"observations": true, "bank_llm_health": false, "new": "?"}});
    let paths = json!({"openapi": "3.1.0", "paths": {
        "/v1/default/banks/{bank_id}/aliases": {"get": {}},
        "/v1/default/banks/{bank_id}/health/llm": {"post": {}},
    }});
    let server = Scripted::start([json_answer(200, version), json_answer(200, paths)]).await;
    let handshake = server.client(None).handshake().await.unwrap();
    assert!(handshake.from_paths && handshake.features.aliases.available);
    assert_eq!(handshake.version.features.get("observations"), Some(&true));
    assert!(handshake.features.bank_llm_health.reason.unwrap().contains("switched off"));
    assert!(!handshake.features.clone.available);
}

#[tokio::test]
async fn bare_answers_of_older_servers_are_enough() {
    let server = Scripted::start([
        json_answer(200, json!({"banks": [{"bank_id": "ana"}]})),
        json_answer(200, json!({"results": [{"id": "1", "text": "t"}]})),
        json_answer(200, json!({"text": "t"})),
        json_answer(200, json!({"items": [{"id": "1", "text": "t"}]})),
        json_answer(200, json!({"id": "d"})),
        json_answer(200, json!({"operation_id": "1", "status": "completed"})),
        json_answer(200, json!({"success": true, "bank_id": "ana", "items_count": 1, "async": false})),
    ])
    .await;
    let client = server.client(None);
    assert_eq!(client.banks(None, 1, 0).await.unwrap().banks[0].id, bank());
    assert_eq!(client.recall(&bank(), &query("x")).await.unwrap().value.results[0].text, "t");
    let reflect = ReflectRequest { query: "q".into(), ..ReflectRequest::default() };
    assert_eq!(client.reflect(&bank(), &reflect).await.unwrap().value.text, "t");
    assert_eq!(client.memories(&bank(), &MemoryFilter::default()).await.unwrap().items[0].id, "1");
    assert_eq!(client.document(&bank(), &"d".into()).await.unwrap().unwrap().id.as_str(), "d");
    assert_eq!(client.operation(&bank(), "1").await.unwrap().status, OperationStatus::Completed);
    assert_eq!(client.retain(&bank(), &RetainRequest::default()).await.unwrap().success, Some(true));
}

#[tokio::test]
async fn an_operation_that_the_server_does_not_know_is_a_status_and_no_error() {
    let server =
        Scripted::start([json_answer(200, json!({"operation_id": "1", "status": "not_found"}))]).await;
    assert_eq!(server.client(None).operation(&bank(), "1").await.unwrap().status, OperationStatus::NotFound);
}

#[tokio::test]
async fn deleting_a_document_that_is_gone_is_no_error() {
    let server = Scripted::start([
        json_answer(404, json!({"detail": "Document not found"})),
        json_answer(200, json!({"success": true, "memory_units_deleted": 2})),
    ])
    .await;
    let client = server.client(None);
    assert_eq!(
        client.delete_document(&bank(), &"d".into()).await.unwrap(),
        Deleted { existed: false, memories: None }
    );
    assert_eq!(
        client.delete_document(&bank(), &"d".into()).await.unwrap(),
        Deleted { existed: true, memories: Some(2) }
    );
}

#[tokio::test]
async fn settings_on_a_server_without_them_are_a_missing_feature() {
    let server = Scripted::start([
        json_answer(404, json!({"detail": "Not Found"})),
        json_answer(405, json!({"detail": "Method Not Allowed"})),
        json_answer(410, json!({"detail": "Gone"})),
        json_answer(404, json!({"detail": "Bank 'ana' not found"})),
    ])
    .await;
    let client = server.client(None);
    for _ in 0..3 {
        let error = client.config(&bank()).await.unwrap_err();
        assert!(matches!(error, HindsightError::FeatureMissing { .. }), "{error:?}");
    }
    let error = client.config(&bank()).await.unwrap_err();
    assert!(matches!(error, HindsightError::NotFound { .. }), "{error:?}");
}

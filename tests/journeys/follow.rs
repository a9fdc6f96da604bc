//! Following a bank: what any client asks of it shows with what the server's logs tell, and nothing of it is kept.

use crate::stage::Stage;
use rearview_domain::ErrorCode;
use rearview_domain::time::Time;
use rearview_tests::scripted_memory::{Endpoint, Mood};
use rearview_tests::temp_app::{TempApp, engine_client};
use serde_json::{Value, json};

const SECRET: &str = "Zanzibar-4711 <img src=x onerror=alert(1)>";

/// An entry that began so many seconds ago.
fn entry(id: &str, ago: i64, more: Value) -> Value {
    let at = Time::now().plus_ms(-1000 * ago);
    let mut entry = json!({"id": id, "action": "recall", "transport": "http", "started_at": at.0,
        "ended_at": at.plus_ms(40).0, "duration_ms": 40, "metadata": {},
        "request": {"query": format!("Where is {SECRET}?"), "budget": "mid"},
        "response": {"results": [{"id": "m2", "text": "In Bremen.", "type": "world", "scores": {"final": 0.25}},
                                 {"id": "m1", "text": "In Lisbon.", "type": "experience"}]}});
    entry.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    entry
}

async fn look(stage: &Stage, newest: Value, known: &[&str]) -> Value {
    let asked =
        json!({"serverId": stage.server, "bankId": "ana", "newest": newest, "known": known, "askKept": true});
    stage.app.must("follow.look", asked).await
}

fn ids(look: &Value) -> Vec<&str> {
    look["calls"].as_array().unwrap().iter().map(|call| call["id"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn entries_show_as_they_come_once_late_ones_too_and_known_ones_are_not_read_again() {
    let stage = Stage::set().await;
    stage.memory.audits(Some(vec![entry("new", 5, json!({}))]));
    let first = look(&stage, Value::Null, &[]).await;
    let call = &first["calls"][0];
    assert_eq!((&first["kept"], &first["total"], &first["from"]), (&json!(true), &json!(1), &Value::Null));
    assert_eq!(call["query"], format!("Where is {SECRET}?"));
    assert_eq!(call["answer"], json!({"kind": "memories", "count": 2}));
    assert_eq!((&call["who"], &call["own"], &call["durationMs"]), (&Value::Null, &Value::Null, &json!(40)));

    // A slow one that began before it is written after it; another one long ago is in no look any more.
    let slow = entry("slow", 200, json!({"action": "reflect", "response": {"text": "It is far."}}));
    let old = entry("old", 4000, json!({}));
    stage.memory.audits(Some(vec![entry("new", 5, json!({})), slow, old]));
    let second = look(&stage, call["startedAt"].clone(), &["new"]).await;
    assert_eq!(ids(&second), ["new", "slow"]);
    assert_eq!(second["calls"][0]["answer"], json!({"kind": "unread"}), "a known one tells nothing twice");
    assert_eq!(second["calls"][1]["answer"], json!({"kind": "paragraph"}));
    assert_eq!((&second["total"], second["from"].is_string()), (&json!(2), true));
    let read: Vec<String> =
        stage.memory.calls(Endpoint::AuditEntry).into_iter().map(|call| call.path).collect();
    assert_eq!(read.len(), 2, "{read:?}");
}

#[tokio::test]
async fn more_than_a_page_is_counted_and_read_over_several_looks() {
    let stage = Stage::set().await;
    let many = (0..130).map(|n| entry(&format!("e{n}"), n, json!({}))).collect();
    stage.memory.audits(Some(many));
    let first = look(&stage, Value::Null, &[]).await;
    assert_eq!((ids(&first).len(), &first["total"]), (50, &json!(130)));
    let read = |look: &Value| -> Vec<String> {
        let calls = look["calls"].as_array().unwrap().iter();
        calls.filter(|call| call["answer"]["kind"] != "unread").map(|call| call["id"].to_string()).collect()
    };
    let known = read(&first);
    assert_eq!(known.len(), 12, "a look is cheap");
    let known: Vec<&str> = known.iter().map(|id| id.trim_matches('"')).collect();
    let second = look(&stage, Value::Null, &known).await;
    assert_eq!(read(&second).len(), 12);
    assert!(read(&second).iter().all(|id| !known.contains(&id.trim_matches('"'))));
}

#[tokio::test]
async fn a_log_that_is_off_a_server_that_fails_and_an_entry_that_cannot_be_read_are_told_apart() {
    let stage = Stage::set().await;
    let off = look(&stage, Value::Null, &[]).await;
    assert_eq!((&off["kept"], ids(&off).len()), (&json!(false), 0));
    let on = json!({"serverId": stage.server, "bankId": "ana", "on": true});
    assert_eq!(stage.app.must::<Value>("audit.switch", on).await, json!({"on": true}));
    assert_eq!(look(&stage, Value::Null, &[]).await["kept"], true);

    stage.memory.audits(Some(vec![entry("one", 1, json!({}))]));
    stage.memory.mood(Endpoint::AuditEntry, Mood::Refuses(500, "no disk"));
    let unread = look(&stage, Value::Null, &[]).await;
    assert_eq!(unread["calls"][0]["answer"]["kind"], "unread");
    assert!(unread["calls"][0]["unread"]["message"].is_string(), "{unread}");
    stage.memory.mood(Endpoint::AuditEntry, Mood::Well);
    assert_eq!(look(&stage, Value::Null, &[]).await["calls"][0]["answer"]["kind"], "memories");

    stage.memory.mood(Endpoint::AuditLog, Mood::Refuses(500, "no disk"));
    let asked =
        json!({"serverId": stage.server, "bankId": "ana", "newest": null, "known": [], "askKept": false});
    let failed = stage.app.refused("follow.look", asked.clone()).await;
    assert_ne!(failed.code, ErrorCode::NotFound, "{failed:?}");
    stage.memory.mood(Endpoint::AuditLog, Mood::HalfJson);
    stage.app.refused("follow.look", asked.clone()).await;
    stage.memory.mood(Endpoint::AuditLog, Mood::Well);
    let back: Value = stage.app.must("follow.look", asked).await;
    assert_eq!((ids(&back), &back["kept"]), (vec!["one"], &Value::Null), "nobody asked whether it is kept");
}

#[tokio::test]
async fn a_call_opens_with_ranks_scores_and_its_model_calls_and_without_what_only_the_client_knows() {
    let stage = Stage::set().await;
    let reflect = entry("r", 9, json!({"action": "reflect", "response": {"text": "Far.", "based_on": null}}));
    let began = reflect["started_at"].clone();
    stage.memory.audits(Some(vec![entry("q", 5, json!({})), reflect]));
    stage
        .memory
        .asked_models(vec![json!({"id": "l1", "operation": "reflect", "trace_id": "t", "started_at": began,
        "input_tokens": 900, "output_tokens": 40, "input": SECRET})]);
    let of = |id: &str| json!({"serverId": stage.server, "bankId": "ana", "entryId": id});
    let view: Value = stage.app.must("follow.read", of("q")).await;
    let memories = &view["record"]["memory"]["memories"];
    assert_eq!((&memories[0]["rank"], &memories[0]["id"]), (&json!(1), &json!("m2")));
    assert_eq!(memories[0]["scores"]["final"], 0.25);
    for unknown in ["injected", "outcome", "answer", "resolved", "retained"] {
        assert_eq!(view["record"][unknown], Value::Null, "{unknown}");
    }
    assert_eq!((&view["stages"], &view["models"]["items"]), (&Value::Null, &json!([])));
    let view: Value = stage.app.must("follow.read", of("r")).await;
    assert_eq!(view["record"]["memory"]["reflect"]["text"], "Far.");
    let models = &view["models"];
    assert_eq!((&models["items"][0]["inputTokens"], &models["runs"]), (&json!(900), &json!(1)));
    assert_eq!(models["items"][0]["input"], Value::Null);
    stage.memory.mood(Endpoint::LlmRequests, Mood::Refuses(500, "gone"));
    let view: Value = stage.app.must("follow.read", of("r")).await;
    assert_eq!(view["models"], Value::Null);
    assert!(view["modelsError"]["message"].is_string(), "{view}");
    assert_eq!(stage.app.refused("follow.read", of("nobody")).await.code, ErrorCode::NotFound);
}

#[tokio::test]
async fn a_turn_of_this_app_is_recognised_and_another_client_with_the_same_words_is_not() {
    let stage = Stage::with_facts(&["Ana lives in Lisbon."]).await;
    let (chat, ended) = stage.say("Where does Ana live?").await;
    stage.app.stored(&ended).await;
    let asked = stage.memory.calls(Endpoint::Recall).pop().unwrap().body;
    let document = ended.turn.document_id();
    let answer = json!({"results": [{"id": "fact-1", "text": "Ana lives in Lisbon."}]});
    stage.memory.audits(Some(vec![
        entry(
            "stored",
            0,
            json!({"action": "retain", "request": {"items": [{"document_id": document.as_str(),
            "content": "x"}]}, "response": {"success": true, "items_count": 1}}),
        ),
        // The server's clock is two minutes behind.
        entry("own", 120, json!({"request": asked, "response": answer})),
        entry("other", 3, json!({"request": asked, "response": {"results": []}})),
    ]));
    let found = look(&stage, Value::Null, &[]).await;
    let calls = &found["calls"];
    assert_eq!(
        (&calls[0]["own"]["part"], &calls[0]["own"]["turnId"]),
        (&json!("retain"), &json!(ended.turn.id))
    );
    assert_eq!((&calls[1]["own"]["part"], &calls[1]["own"]["chatId"]), (&json!("memory"), &json!(chat)));
    assert_eq!(calls[1]["own"]["answerId"], json!(ended.turn.answer_id));
    assert_eq!(calls[2]["own"], Value::Null, "the same words, and another answer came back");
    // A chat that is gone owns nothing.
    let _: Value = stage.app.must("chat.delete", json!({"chatId": chat, "learned": "keep"})).await;
    assert_eq!(look(&stage, Value::Null, &[]).await["calls"][0]["own"], Value::Null);
}

#[tokio::test]
async fn nothing_that_others_asked_is_written_to_disk() {
    let mut stage = Stage::set().await;
    stage.memory.audits(Some(vec![entry("q", 5, json!({}))]));
    assert_eq!(look(&stage, Value::Null, &[]).await["calls"].as_array().unwrap().len(), 1);
    let _: Value = stage
        .app
        .must("follow.read", json!({"serverId": stage.server, "bankId": "ana", "entryId": "q"}))
        .await;
    stage.app.quit().await;
    let mut folders = vec![stage.app.dir().to_owned()];
    let mut files = 0;
    while let Some(folder) = folders.pop() {
        for one in std::fs::read_dir(folder).unwrap() {
            let path = one.unwrap().path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            files += 1;
            let held = std::fs::read(&path).unwrap();
            let leaked = held.windows(13).any(|bytes| bytes == b"Zanzibar-4711");
            assert!(!leaked, "{} holds what another client asked", path.display());
        }
    }
    assert!(files > 0, "there is nothing to look into");
}

#[tokio::test]
async fn the_engine_in_the_app_is_followed_like_any_server() {
    let app = TempApp::with_engine().await;
    let client = engine_client(&app).await;
    let item = serde_json::from_value(json!({"content": "Ana lives in Lisbon."})).unwrap();
    let retain = rearview_hindsight::RetainRequest { items: vec![item], ..Default::default() };
    client.retain(&"ana".into(), &retain).await.unwrap();
    let _: Value =
        app.must("audit.switch", json!({"serverId": "embedded", "bankId": "ana", "on": true})).await;
    client
        .recall(&"ana".into(), &serde_json::from_value(json!({"query": "Lisbon", "trace": true})).unwrap())
        .await
        .unwrap();
    let asked =
        json!({"serverId": "embedded", "bankId": "ana", "newest": null, "known": [], "askKept": true});
    let found: Value = app.must("follow.look", asked).await;
    let call = &found["calls"][0];
    assert_eq!((&call["kind"], &call["query"]), (&json!("recall"), &json!("Lisbon")), "{found}");
    let of = json!({"serverId": "embedded", "bankId": "ana", "entryId": call["id"]});
    let view: Value = app.must("follow.read", of).await;
    assert!(view["record"]["memory"]["memories"][0]["text"].as_str().unwrap().contains("Lisbon"), "{view}");
    assert!(view["stages"]["candidates"].is_array(), "a trace was asked for: {view}");
}

#[tokio::test]
async fn calls_of_models_come_with_a_look_and_are_listed_only_when_some_came() {
    let stage = Stage::set().await;
    stage.memory.audits(Some(vec![entry("q", 5, json!({}))]));
    let at = |ago: i64| Time::now().plus_ms(-1000 * ago).0;
    let model = |id: &str, ago: i64| {
        json!({"id": id, "operation": "retain", "scope": "retain_extract_facts", "trace_id": format!("t-{id}"),
            "started_at": at(ago), "model": "m", "input_tokens": 900, "output_tokens": 40, "duration_ms": 70,
            "status": "success", "input": SECRET, "output": SECRET, "metadata": {"document_id": "d1"}})
    };
    let many: Vec<Value> = (0..90).map(|n| model(&format!("m{n}"), 10 + n)).collect();
    stage.memory.asked_models(many.clone());
    let asked = |mark: Value| {
        json!({"serverId": stage.server, "bankId": "ana", "newest": null, "known": ["q"], "askKept": false,
            "models": mark})
    };
    let first: Value = stage.app.must("follow.look", asked(json!({}))).await;
    let items = first["models"]["items"].as_array().unwrap();
    assert_eq!((items.len(), &first["models"]["mark"]["total"]), (60, &json!(90)));
    assert_eq!(
        (&items[0]["id"], &items[0]["inputTokens"], &items[0]["model"]),
        (&json!("m0"), &json!(900), &json!("m"))
    );
    assert!(!first.to_string().contains(SECRET), "prompts and answers are read by themselves");
    assert_eq!(first["models"]["mark"]["newest"], "m0");

    // Nothing came: one call is asked for, and none told.
    let mark = first["models"]["mark"].clone();
    let still: Value = stage.app.must("follow.look", asked(mark.clone())).await;
    assert_eq!((&still["models"]["items"], &still["models"]["mark"]), (&json!([]), &mark));
    let limits = |stage: &Stage| -> Vec<bool> {
        let calls = stage.memory.calls(Endpoint::LlmRequests);
        calls.iter().map(|call| call.query.contains("limit=1&") || call.query.ends_with("limit=1")).collect()
    };
    assert_eq!(limits(&stage), [false, true]);

    // One came, and a slow one that began before it. Later looks begin at what is known.
    let mut more = vec![model("new", 1), model("slow", 100)];
    more.extend(many);
    stage.memory.asked_models(more);
    let later: Value = stage.app.must("follow.look", asked(mark)).await;
    assert_eq!(limits(&stage), [false, true, true, false]);
    let seen: Vec<&str> =
        later["models"]["items"].as_array().unwrap().iter().map(|one| one["id"].as_str().unwrap()).collect();
    assert!(seen.contains(&"new") && seen.contains(&"slow"), "{seen:?}");
    assert!(later["models"]["mark"]["from"].is_string(), "{later}");

    // It fails by itself; the calls of clients go on. Whoever does not ask is told nothing.
    stage.memory.mood(Endpoint::LlmRequests, Mood::Refuses(500, "gone"));
    let failed: Value = stage.app.must("follow.look", asked(json!({}))).await;
    assert_eq!((ids(&failed), &failed["models"]), (vec!["q"], &Value::Null));
    assert!(failed["modelsError"]["message"].is_string(), "{failed}");
    let unasked = look(&stage, Value::Null, &["q"]).await;
    assert_eq!(
        (&unasked["models"], &unasked["modelsOff"], &unasked["modelsError"]),
        (&Value::Null, &Value::Null, &Value::Null)
    );
}

#[tokio::test]
async fn an_answer_that_the_log_keeps_as_text_is_shown_as_that_and_not_read() {
    let stage = Stage::set().await;
    let kept =
        format!("content=[TextContent(type='text', text='{SECRET}')] structured_content={{'results': [");
    stage.memory.audits(Some(vec![entry("p", 5, json!({"transport": "mcp", "response": {"result": kept}}))]));
    let found = look(&stage, Value::Null, &[]).await;
    assert_eq!(found["calls"][0]["answer"], json!({"kind": "printed"}));
    let of = json!({"serverId": stage.server, "bankId": "ana", "entryId": "p"});
    let view: Value = stage.app.must("follow.read", of).await;
    assert_eq!((&view["printed"], &view["record"]["memory"]), (&json!(kept), &Value::Null));
}

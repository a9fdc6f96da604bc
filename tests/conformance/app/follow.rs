//! What another client asks shows up where its bank is followed, as soon as the server has it in its log.

use super::At;
use crate::each_server;
use crate::subject::{Subject, Which};
use macro_rules_attribute::apply;
use serde_json::{Value, json};

#[apply(each_server)]
async fn what_another_client_recalls_shows_up_with_what_came_back(subject: Subject) {
    let bank = subject.new_bank();
    bank.say("about/ana", "USER: Ana lives in Lisbon with her brother Bob.").await;
    let at = At::the(&bank).await;
    let look = |newest: Value| at.of(json!({"newest": newest, "known": [], "askKept": true}));

    // Off by default on both: nothing shows, and that is said.
    bank.post("/memories/recall", json!({"query": "Before anybody followed"})).await;
    let off = at.app.must::<Value>("follow.look", look(Value::Null)).await;
    assert_eq!((&off["kept"], off["calls"].as_array().unwrap().len()), (&json!(false), 0), "{off}");
    assert_eq!(at.ask("audit.switch", json!({"on": true})).await["on"], true);

    // A plain HTTP client, with none of our code.
    let query = "Where does Ana live? <b>";
    let answer = bank.post("/memories/recall", json!({"query": query, "trace": true})).await;
    let back: Vec<&Value> = answer.body["results"].as_array().unwrap().iter().map(|one| &one["id"]).collect();
    assert!(!back.is_empty(), "nothing was recalled");
    let is_it = |call: &Value| call["kind"] == "recall" && call["query"] == query;
    let seen = at
        .until("follow.look", look(Value::Null), |found| found["calls"].as_array().unwrap().iter().any(is_it))
        .await;
    let call = seen["calls"].as_array().unwrap().iter().find(|call| is_it(call)).unwrap();
    assert_eq!(call["answer"], json!({"kind": "memories", "count": back.len()}));
    assert_eq!((&call["own"], &call["who"]), (&Value::Null, &Value::Null), "the logs name nobody");
    assert!(call["startedAt"].is_string() && call["durationMs"].is_u64(), "{call}");

    let view = at.ask("follow.read", json!({"entryId": call["id"]})).await;
    let memories = view["record"]["memory"]["memories"].as_array().unwrap();
    let ids: Vec<&Value> = memories.iter().map(|memory| &memory["id"]).collect();
    assert_eq!(ids, back, "in the server's order");
    assert!(memories[0]["scores"]["final"].is_number(), "{view}");
    assert!(view["stages"]["candidates"].is_array(), "the trace is in the log: {view}");
    assert_eq!((&view["record"]["injected"], &view["record"]["answer"]), (&Value::Null, &Value::Null));
    assert_eq!(view["modelsError"], Value::Null, "{view}");

    // Later looks begin at what is known, and what comes then is found.
    bank.post("/memories/recall", json!({"query": "Who is Bob?"})).await;
    let newest = call["startedAt"].clone();
    let bob = |call: &Value| call["query"] == "Who is Bob?";
    let later = at
        .until("follow.look", look(newest), |found| found["calls"].as_array().unwrap().iter().any(bob))
        .await;
    assert!(later["from"].is_string(), "{later}");
}

#[apply(each_server)]
async fn a_retain_and_a_reflect_show_up_with_the_model_calls_they_made(subject: Subject) {
    let bank = subject.new_bank();
    bank.say("about/ana", "USER: Ana lives in Lisbon with her brother Bob.").await;
    let at = At::the(&bank).await;
    at.ask("audit.switch", json!({"on": true})).await;
    bank.say("about/bob", "USER: Bob keeps bees in Porto.").await;
    bank.post("/reflect", json!({"query": "Where does Ana live?"})).await;
    let look = at.of(json!({"newest": null, "known": [], "askKept": false}));
    let both = |found: &Value| {
        let calls = found["calls"].as_array().unwrap();
        ["retain", "reflect"].iter().all(|kind| calls.iter().any(|call| call["kind"] == *kind))
    };
    let seen = at.until("follow.look", look, both).await;
    let of = |kind: &str| {
        let calls = seen["calls"].as_array().unwrap();
        json!({"entryId": calls.iter().find(|call| call["kind"] == kind).unwrap()["id"]})
    };
    let reflect = at.ask("follow.read", of("reflect")).await;
    assert!(reflect["record"]["memory"]["reflect"]["text"].is_string(), "{reflect}");
    // Both write the model calls of a reflect into their log a moment after it.
    let models = |view: &Value| view["models"]["items"].as_array().is_some_and(|items| !items.is_empty());
    let reflect = at.until("follow.read", at.of(of("reflect")), models).await;
    assert_eq!((&reflect["models"]["runs"], &reflect["models"]["byDocument"]), (&json!(1), &json!(false)));
    let retain = at.ask("follow.read", of("retain")).await;
    assert!(retain["call"]["query"].as_str().unwrap().contains("bees"), "{retain}");
    assert_eq!(retain["call"]["answer"]["kind"], "taken", "{retain}");
    if subject.which == Which::Hindsight {
        let retain = at.until("follow.read", at.of(of("retain")), models).await;
        assert_eq!(retain["models"]["byDocument"], true);
    }
    // The look tells them too, without being asked for a call, and a retain names the document that finds its own.
    let all = at.of(json!({"newest": null, "known": [], "askKept": false, "models": {}}));
    let of_reflect = |found: &Value| {
        let items = found["models"]["items"].as_array();
        items.is_some_and(|items| items.iter().any(|call| call["operation"] == "reflect"))
    };
    let found = at.until("follow.look", all, of_reflect).await;
    assert_eq!((&found["modelsOff"], &found["modelsError"]), (&Value::Null, &Value::Null), "{found}");
    let calls = found["models"]["items"].as_array().unwrap();
    assert!(calls.iter().all(|call| call["startedAt"].is_string() && call["status"].is_string()), "{found}");
    assert!(calls.iter().all(|call| call["input"].is_null() && call["output"].is_null()), "{found}");
    assert_eq!(found["models"]["mark"]["newest"], calls[0]["id"], "the newest comes first");
    let stored = found["calls"].as_array().unwrap().iter().find(|call| call["kind"] == "retain").unwrap();
    assert_eq!(stored["documents"], json!(["about/bob"]));
    if subject.which == Which::Hindsight {
        let extracted = calls.iter().any(|call| call["metadata"]["document_id"] == "about/bob");
        assert!(extracted, "the server names the document: {found}");
    }
    // Consolidation may go on for a moment; once it is through, a look lists nothing twice.
    let mut mark = found["models"]["mark"].clone();
    for _ in 0..200 {
        let look = json!({"newest": null, "known": [], "askKept": false, "models": mark});
        let look = at.ask("follow.look", look).await;
        if look["models"]["items"].as_array().unwrap().is_empty() {
            return;
        }
        mark = look["models"]["mark"].clone();
        tokio::time::sleep(std::time::Duration::from_millis(200)).await;
    }
    panic!("every look lists model calls: {mark}");
}

/// Programs on MCP: Hindsight serves it beside its API and logs three of its tools with the words of the API. The engine
/// in the app serves none.
#[apply(each_server)]
async fn a_recall_by_mcp_shows_up_with_its_query_and_an_answer_that_is_not_read(subject: Subject) {
    let bank = subject.new_bank();
    bank.say("about/ana", "USER: Ana lives in Lisbon with her brother Bob.").await;
    let at = At::the(&bank).await;
    at.ask("audit.switch", json!({"on": true})).await;
    let door = format!("/mcp/{}/", crate::bank::encoded(&bank.id));
    if subject.which == Which::Embedded {
        let answer = mcp(&subject, &door, None, json!({"jsonrpc": "2.0", "id": 1, "method": "ping"})).await;
        assert_eq!(answer.0, 404, "the engine serves MCP now: try it as the server is tried");
        return;
    }
    let hello = json!({"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": {"protocolVersion": "2025-03-26",
        "capabilities": {}, "clientInfo": {"name": "somebody", "version": "1"}}});
    let (status, session, said) = mcp(&subject, &door, None, hello).await;
    assert_eq!(status, 200, "{said}");
    let ready = json!({"jsonrpc": "2.0", "method": "notifications/initialized"});
    mcp(&subject, &door, session.as_deref(), ready).await;
    let query = "Where does Ana live, by MCP?";
    let call = json!({"jsonrpc": "2.0", "id": 2, "method": "tools/call",
        "params": {"name": "recall", "arguments": {"query": query, "budget": "low"}}});
    let (status, _, said) = mcp(&subject, &door, session.as_deref(), call).await;
    assert!(status == 200 && said.contains("Lisbon"), "{status}: {said}");

    let look = at.of(json!({"newest": null, "known": [], "askKept": false, "models": {}}));
    let is_it = |call: &Value| call["transport"] == "mcp" && call["query"] == query;
    let seen =
        at.until("follow.look", look, |found| found["calls"].as_array().unwrap().iter().any(is_it)).await;
    let call = seen["calls"].as_array().unwrap().iter().find(|call| is_it(call)).unwrap();
    assert_eq!((&call["kind"], &call["action"]), (&json!("recall"), &json!("recall")), "{call}");
    assert_eq!(
        (&call["who"], &call["own"]),
        (&Value::Null, &Value::Null),
        "the client's name is not in the log"
    );
    assert_eq!(call["answer"], json!({"kind": "printed"}), "{call}");
    let view = at.ask("follow.read", json!({"entryId": call["id"]})).await;
    assert!(view["printed"].as_str().unwrap().contains("Lisbon"), "{view}");
    assert_eq!(view["record"]["memory"], Value::Null, "no memories are read out of a printed answer");
}

/// A message to an MCP door: status, the session, and what was said.
async fn mcp(
    subject: &Subject,
    door: &str,
    session: Option<&str>,
    message: Value,
) -> (u16, Option<String>, String) {
    let http = reqwest::Client::builder().no_proxy().build().unwrap();
    let mut request = http
        .post(format!("{}{door}", subject.url))
        .header("accept", "application/json, text/event-stream")
        .json(&message);
    if let Some(token) = &subject.token {
        request = request.bearer_auth(token);
    }
    if let Some(session) = session {
        request = request.header("mcp-session-id", session);
    }
    let answer = request.send().await.unwrap();
    let session = answer.headers().get("mcp-session-id").map(|id| id.to_str().unwrap().to_owned());
    (answer.status().as_u16(), session, answer.text().await.unwrap())
}

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
}

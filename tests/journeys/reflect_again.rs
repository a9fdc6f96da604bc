//! A turn's reflect made again: what its server's model writes now beside what it wrote then, and what the two rest on.
//! Nothing of it is kept, on either side.

use crate::stage::Stage;
use rearview_domain::{ChatId, ErrorCode};
use rearview_tests::gate::Gate;
use rearview_tests::scripted_memory::{Endpoint, Mood};
use rearview_tests::scripted_provider::{Script, ScriptedProvider};
use rearview_tests::temp_app::{Ended, TempApp};
use serde_json::{Value, json};

const QUESTION: &str = "What is Wiebke allergic to?";

/// A turn with a reflect, on a scripted server that says this.
async fn reflected(stage: &Stage, text: &str) -> (ChatId, Value) {
    stage.memory.reflects(text, Value::Null);
    turn(stage, json!({"mode": "reflect"})).await
}

async fn turn(stage: &Stage, settings: Value) -> (ChatId, Value) {
    stage.provider.answer(Script::text("So."));
    let chat = stage.app.chat().await;
    stage.app.update(&chat, json!({"settings": settings})).await;
    let ended: Ended = stage.app.say(&chat, QUESTION).await;
    let of = json!({"chatId": chat, "turnId": ended.turn.id});
    (chat, of)
}

async fn again(app: &TempApp, of: &Value) -> Value {
    app.must("turn.reflectAgain", of.clone()).await
}

#[tokio::test]
async fn on_the_engine_the_two_paragraphs_stand_side_by_side_with_what_became_of_their_memories() {
    let app = TempApp::with_engine().await;
    let _: Value = app.must("engine.loadSample", json!({})).await;
    let provider = ScriptedProvider::start().await.unwrap();
    app.provider(&provider).await;
    provider.answer(Script::text("So."));
    let chat = app.chat().await;
    let settings = json!({"store_conversations": false, "mode": "reflect"});
    app.update(&chat, json!({"settings": settings, "bankId": "sample"})).await;
    let ended: Ended = app.say(&chat, QUESTION).await;
    let of = json!({"chatId": chat, "turnId": ended.turn.id});

    let facts = || async {
        let filter = json!({"serverId": "embedded", "bankId": "sample", "filter": {"limit": 1}});
        app.must::<Value>("memory.list", filter).await["total"].clone()
    };
    let before = facts().await;
    let told = again(&app, &of).await;
    assert_eq!((&told["notAgain"], &told["certainty"]), (&Value::Null, &json!("exact")), "{told:#}");
    assert_eq!(told["then"]["paragraph"]["kind"], "said", "{told:#}");
    assert_eq!(told["then"]["paragraph"], told["now"]["paragraph"], "by rule, of the same memories");
    assert_eq!(told["byRule"], true, "the engine has no model here, and says so");
    assert_eq!((&told["then"]["basedKnown"], &told["now"]["basedKnown"]), (&json!(true), &json!(true)));
    let rows = told["rows"].as_array().unwrap();
    assert!(!rows.is_empty(), "{told:#}");
    for row in rows {
        assert_eq!((&row["had"], &row["then"]), (&row["gets"], &row["now"]), "{row:#}");
        assert_eq!(row["had"]["rank"], Value::Null, "nobody ranks what an answer rests on");
    }
    let held: Value = app.must("turn.record", of.clone()).await;
    assert_eq!(facts().await, before, "asking keeps nothing in the bank");
    assert_eq!(held["memory"]["reflect"]["text"], told["then"]["paragraph"]["text"], "nor in the record");

    // What is known by now is named with what became of it.
    let first = rows[0]["id"].clone();
    let changes = json!([{"id": first, "patch": {"state": "invalidated", "reason": "no longer so"}}]);
    let order =
        json!({"serverId": "embedded", "bankId": "sample", "label": "Change a fact", "changes": changes});
    let _: Value = app.must("memory.change", order).await;
    let told = again(&app, &of).await;
    let row = told["rows"].as_array().unwrap().iter().find(|row| row["id"] == first).unwrap();
    assert_eq!((&row["gets"], &row["now"]["kind"]), (&Value::Null, &json!("retired")), "{row:#}");
    assert_eq!((&row["now"]["reason"], &row["then"]["kind"]), (&json!("no longer so"), &json!("known")));
    assert_ne!(told["then"]["paragraph"], told["now"]["paragraph"]);
}

#[tokio::test]
async fn the_turns_own_request_is_asked_to_the_byte_and_a_server_without_a_past_hides_no_paragraph() {
    let stage = Stage::with_facts(&["Wiebke eats no hazelnuts."]).await;
    let based = |id: &str| {
        json!({"memories": [{"id": id, "text": "Wiebke eats no hazelnuts.", "type": "world"}],
               "directives": [{"id": "d", "name": "tone", "content": "Be brief."}]})
    };
    stage.memory.rests_on(based("fact-1")).reflects("No hazelnuts.", Value::Null);
    let settings = json!({"mode": "reflect", "budget": "high", "max_memory_tokens": 321,
                          "reflect_context": "at table"});
    let (_, of) = turn(&stage, settings).await;
    stage.memory.rests_on(based("fact-2")).reflects("No nuts at all.", Value::Null);
    let told = again(&stage.app, &of).await;
    let text = |side: &str| told[side]["paragraph"]["text"].clone();
    assert_eq!((text("then"), text("now")), (json!("No hazelnuts."), json!("No nuts at all.")), "{told:#}");
    assert_eq!(told["byRule"], false);
    let calls = stage.memory.calls(Endpoint::Reflect);
    assert_eq!(calls.len(), 2);
    assert_eq!(calls[0].body, calls[1].body);
    assert_eq!((&calls[1].body["budget"], &calls[1].body["max_tokens"]), (&json!("high"), &json!(321)));
    assert_eq!(calls[1].body["context"], "at table");

    // This server tells no past: the two answers stand, and what became of their memories is not known.
    assert_eq!((&told["certainty"], told["pastError"].is_object()), (&Value::Null, true), "{told:#}");
    let rows = told["rows"].as_array().unwrap();
    assert_eq!((&rows[0]["id"], &rows[0]["now"]["kind"]), (&json!("fact-1"), &json!("not_known")));
    assert_eq!((&rows[1]["id"], &rows[1]["had"]), (&json!("fact-2"), &Value::Null));
    let others =
        json!([{"kind": "directives", "id": "d", "name": "tone", "then": "Be brief.", "now": "Be brief."}]);
    assert_eq!(told["others"], others);
    // A reflect is neither a turn nor something that was said.
    assert!(stage.memory.calls(Endpoint::Retain).len() <= 1, "the turn's own and nothing else");
}

#[tokio::test]
async fn empty_failed_and_not_said_are_three_things_then_and_now() {
    let stage = Stage::with_facts(&["Wiebke eats no hazelnuts."]).await;
    stage.memory.rests_on(Value::Null);
    let (_, of) = reflected(&stage, "").await;
    stage.memory.reflects("Something.", Value::Null);
    let told = again(&stage.app, &of).await;
    assert_eq!(told["then"]["paragraph"], json!({"kind": "empty"}), "{told:#}");
    let said = json!({"kind": "said", "text": "Something.", "structured": false});
    assert_eq!(told["now"]["paragraph"], said);
    assert_eq!((&told["then"]["basedKnown"], &told["now"]["basedKnown"]), (&json!(false), &json!(false)));

    stage.memory.reflects(" \n", Value::Null);
    assert_eq!(again(&stage.app, &of).await["now"]["paragraph"], json!({"kind": "empty"}));
    stage.memory.reflects("Words.", json!({"eats": "all"}));
    let told = again(&stage.app, &of).await;
    let structured = json!({"kind": "said", "text": r#"{"eats":"all"}"#, "structured": true});
    assert_eq!(told["now"]["paragraph"], structured, "what would go into the prompt");

    stage.memory.mood(Endpoint::Reflect, Mood::Refuses(500, "Connection error."));
    let told = again(&stage.app, &of).await;
    assert_eq!(
        (&told["now"]["paragraph"]["kind"], &told["rows"]),
        (&json!("failed"), &json!([])),
        "{told:#}"
    );
    assert!(told["now"]["paragraph"]["error"].to_string().contains("Connection error."), "{told:#}");
    // A turn whose own reflect failed: it is known that it did, and what it would have said is not.
    let (_, failed) = reflected(&stage, "Never heard.").await;
    stage.memory.mood(Endpoint::Reflect, Mood::Well);
    let told = again(&stage.app, &failed).await;
    assert_eq!(told["then"]["paragraph"]["kind"], "failed", "{told:#}");
    assert_eq!(told["now"]["paragraph"]["text"], "Never heard.");
}

#[tokio::test]
async fn a_hanging_reflect_is_cancelled_and_its_connection_closed() {
    let stage = Stage::with_facts(&["Wiebke eats no hazelnuts."]).await;
    let (_, mut of) = reflected(&stage, "No hazelnuts.").await;
    of["run"] = json!("one");
    stage.memory.mood(Endpoint::Reflect, Mood::After(Gate::new()));
    let (refused, _) = tokio::join!(stage.app.refused("turn.reflectAgain", of), async {
        assert!(stage.memory.until(|memory| memory.calls(Endpoint::Reflect).len() == 2).await);
        let _: Value = stage.app.must("lab.cancel", json!({"run": "one"})).await;
    });
    assert_eq!(refused.code, ErrorCode::Cancelled);
    assert!(stage.memory.hung_up().await);
}

#[tokio::test]
async fn what_cannot_be_reflected_again_says_why_and_asks_nothing() {
    let stage = Stage::set().await;
    let why = |of: Value| {
        let app = &stage.app;
        async move { again(app, &of).await["notAgain"].clone() }
    };
    // No bank of this name is on the server, and a reflect would make it.
    let (_, of) = reflected(&stage, "Nothing yet.").await;
    let asked = stage.memory.calls(Endpoint::Reflect).len();
    assert_eq!(why(of).await, json!({"kind": "bank_gone"}));
    let (_, of) = turn(&stage, json!({})).await;
    assert_eq!(why(of).await, json!({"kind": "recalled"}));
    let (_, of) = turn(&stage, json!({"mode": "reflect", "inject_memories": false})).await;
    assert_eq!(why(of).await, json!({"kind": "not_asked", "why": "setting"}));
    assert_eq!(stage.memory.calls(Endpoint::Reflect).len(), asked);

    let nobody = json!({"chatId": "nobody", "turnId": "nobody"});
    let error = stage.app.refused("turn.reflectAgain", nobody).await;
    assert_eq!(error.code, ErrorCode::NotFound, "{error:?}");
}

#[tokio::test]
async fn a_recall_is_not_asked_of_a_turn_that_reflected() {
    let stage = Stage::with_facts(&["Wiebke eats no hazelnuts."]).await;
    let (_, of) = reflected(&stage, "No hazelnuts.").await;
    let told: Value = stage.app.must("turn.thenAndNow", of).await;
    assert_eq!(told["notAgain"], json!({"kind": "reflected"}));
    assert_eq!(stage.memory.calls(Endpoint::Reflect).len(), 1, "nothing is asked of a model without a press");
}

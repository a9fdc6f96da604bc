//! What a turn knew then and would get now, where the record or the settings leave less to ask; the rest is told on every
//! server in the conformance suite.

use crate::stage::Stage;
use rearview_domain::ErrorCode;
use rearview_tests::scripted_memory::{Endpoint, Mood};
use rearview_tests::scripted_provider::{Script, ScriptedProvider};
use rearview_tests::temp_app::{Ended, TempApp};
use serde_json::{Value, json};

const QUESTION: &str = "What is Wiebke allergic to?";

async fn on_sample(settings: Value) -> (TempApp, Value, ScriptedProvider) {
    let app = TempApp::with_engine().await;
    let _: Value = app.must("engine.loadSample", json!({})).await;
    let provider = ScriptedProvider::start().await.unwrap();
    app.provider(&provider).await;
    for _ in 0..4 {
        provider.answer(Script::text("So."));
    }
    let chat = app.chat().await;
    let mut settings = settings;
    settings["store_conversations"] = json!(false);
    app.update(&chat, json!({"settings": settings, "bankId": "sample"})).await;
    let ended: Ended = app.say(&chat, QUESTION).await;
    let of = json!({"chatId": chat, "turnId": ended.turn.id});
    (app, of, provider)
}

fn with(of: &Value, more: Value) -> Value {
    let mut asked = of.clone();
    asked.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    asked
}

#[tokio::test]
async fn nothing_changed_is_the_same_answer_in_the_same_order() {
    let (app, of, _provider) = on_sample(json!({})).await;
    let told: Value = app.must("turn.thenAndNow", of.clone()).await;
    let rows = told["rows"].as_array().unwrap();
    assert!(rows.len() > 5, "{told:#}");
    for row in rows {
        assert_eq!((&row["had"], &row["then"]), (&row["gets"], &row["now"]), "{row:#}");
        assert!(row["learned"].is_string(), "the engine tells when it learned: {row:#}");
    }
    // Asking is not a turn: nothing of it is in the record or the bank.
    let again: Value = app.must("turn.thenAndNow", of).await;
    assert_eq!(again["rows"], told["rows"]);
}

#[tokio::test]
async fn what_is_said_for_the_chat_and_the_cap_decide_what_would_go_in() {
    let (app, of, _provider) = on_sample(json!({"max_memories": {"kind": "at", "n": 2}})).await;
    let told: Value = app.must("turn.thenAndNow", of.clone()).await;
    let places = |told: &Value| -> Vec<(Value, Value)> {
        let rows = told["rows"].as_array().unwrap().iter().take(3);
        rows.map(|row| (row["had"]["place"].clone(), row["gets"]["place"].clone())).collect()
    };
    assert_eq!(
        places(&told),
        [(json!(1), json!(1)), (json!(2), json!(2)), (Value::Null, Value::Null)],
        "{told:#}"
    );
    let first = &told["rows"][0];
    let said = json!({"chatId": of["chatId"], "serverId": "embedded", "bankId": "sample", "memoryId": first["id"],
                      "kind": "not_here", "text": first["then"]["text"]});
    let _: Value = app.must("chat.setMemory", said).await;
    let told: Value = app.must("turn.thenAndNow", of).await;
    assert_eq!(
        places(&told),
        [(json!(1), Value::Null), (json!(2), json!(1)), (Value::Null, json!(2))],
        "{told:#}"
    );
}

#[tokio::test]
async fn a_turn_without_a_recall_of_its_own_says_why_and_its_bank_can_still_be_asked() {
    let (app, of, _provider) = on_sample(json!({"inject_memories": false})).await;
    let told: Value = app.must("turn.thenAndNow", of.clone()).await;
    assert_eq!(told["notAgain"], json!({"kind": "not_asked", "why": "setting"}));
    assert_eq!((&told["rows"], &told["certainty"]), (&json!([]), &Value::Null));
    let asked = with(&of, json!({"clock": "learned", "q": "hazelnut", "offset": 0}));
    let known: Value = app.must("turn.knownThen", asked).await;
    assert!(known["page"]["total"].as_u64().unwrap() > 0, "{known:#}");

    // The sample is of 2024, and was loaded before the turn; an old date is before it by both clocks.
    let all = |clock: &str, offset: u32| with(&of, json!({"clock": clock, "q": "", "offset": offset}));
    let first: Value = app.must("turn.knownThen", all("learned", 0)).await;
    let next: Value = app.must("turn.knownThen", all("learned", 50)).await;
    assert_eq!(first["page"]["items"].as_array().unwrap().len(), 50);
    assert_ne!(first["page"]["items"][0]["id"], next["page"]["items"][0]["id"]);
    let beyond: Value = app.must("turn.knownThen", all("learned", 1_000_000)).await;
    assert_eq!((&beyond["page"]["items"], &beyond["page"]["total"]), (&json!([]), &first["page"]["total"]));
    let happened: Value = app.must("turn.knownThen", all("happened", 0)).await;
    assert!(
        happened["page"]["items"].as_array().unwrap().iter().all(|item| item["happenedFrom"].is_string())
    );
}

#[tokio::test]
async fn a_kept_answer_points_to_the_turn_that_asked() {
    let (app, of, _provider) = on_sample(json!({"placement": "pinned_per_chat"})).await;
    let chat = serde_json::from_value(of["chatId"].clone()).unwrap();
    let second = app.say(&chat, "And to what else?").await;
    let asked = json!({"chatId": chat, "turnId": second.turn.id});
    let told: Value = app.must("turn.thenAndNow", asked).await;
    assert_eq!(told["notAgain"], json!({"kind": "kept_from", "turnId": of["turnId"]}), "{told:#}");
}

#[tokio::test]
async fn unknown_turns_dead_servers_and_wrong_shapes_are_told() {
    let stage = Stage::with_facts(&["Ana sails."]).await;
    stage.provider.answer(Script::text("So."));
    let (chat, ended) = stage.say(QUESTION).await;
    for endpoint in [Endpoint::Recall, Endpoint::Other] {
        stage.memory.mood(endpoint, Mood::Html);
    }
    let of = json!({"chatId": chat, "turnId": ended.turn.id});
    let nobody = json!({"chatId": chat, "turnId": "nobody"});
    let known = json!({"clock": "learned", "q": "", "offset": 0});
    for (command, more) in [("turn.thenAndNow", json!({})), ("turn.knownThen", known)] {
        let error = stage.app.refused(command, with(&nobody, more.clone())).await;
        assert_eq!(error.code, ErrorCode::NotFound, "{error:?}");
        let error = stage.app.refused(command, with(&of, more)).await;
        assert_eq!(error.code, ErrorCode::ServerIncompatible, "{command}: {error:?}");
    }
    let wrong = with(&of, json!({"clock": "both", "q": "", "offset": 0}));
    let error = stage.app.refused("turn.knownThen", wrong).await;
    assert_eq!(error.code, ErrorCode::InvalidInput, "{error:?}");
}

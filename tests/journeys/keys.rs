//! Keys: they go where they belong and nowhere else; a wrong one is told apart from a dead server.

use crate::stage::Stage;
use rearview_domain::ErrorCode;
use rearview_domain::turn::{MemoryOutcome, RetainState};
use rearview_tests::scripted_memory::{Endpoint, ScriptedMemory};
use rearview_tests::scripted_provider::ScriptedProvider;
use rearview_tests::temp_app::KEY;
use serde_json::{Value, json};

fn provider_config(url: &str) -> Value {
    json!({"id": "scripted", "name": "Scripted", "wire": "openai_chat", "baseUrl": url})
}

#[tokio::test]
async fn a_wrong_key_of_a_provider_is_named_and_a_right_one_works() {
    let stage = Stage::set().await;
    stage.provider.require_key("sk-right");
    let (chat, ended) = stage.say("Hello").await;
    let error = ended.error.unwrap();
    assert_eq!((error.code, error.retryable), (ErrorCode::AuthFailed, false));
    let source = error.source.unwrap();
    assert_eq!(source.message.as_deref(), Some("Incorrect API key provided"));
    assert!(!format!("{:?}", ended.turn).contains(KEY));
    let save = json!({"config": provider_config(&stage.provider.base_url()), "key": " sk-right\n"});
    let saved: Value = stage.app.must("provider.save", save).await;
    assert_eq!(saved["keyPresent"], true);
    assert!(!saved.to_string().contains("sk-right"), "a key was answered");
    assert_eq!(stage.app.say(&chat, "Again").await.said(), "You said: Again");
}

#[tokio::test]
async fn checks_give_a_verdict_for_each_step() {
    let stage = Stage::set().await;
    stage.provider.require_key("sk-right");
    let check =
        |key: &str, url: &str| json!({"config": provider_config(url), "key": key, "model": "scripted-1"});
    let url = stage.provider.base_url();
    let right: Value = stage.app.must("provider.check", check("sk-right", &url)).await;
    for verdict in ["reachable", "modelsListed", "modelAnswers"] {
        assert_eq!(right[verdict]["kind"], "yes", "{verdict}: {right}");
    }
    assert_eq!(right["models"].as_array().unwrap().len(), 2);
    let wrong: Value = stage.app.must("provider.check", check("sk-wrong", &url)).await;
    assert_eq!((&wrong["reachable"]["kind"], &wrong["keyAccepted"]["kind"]), (&json!("yes"), &json!("no")));
    let dead = format!("http://{}/v1", ScriptedMemory::dead_address().unwrap());
    let dead: Value = stage.app.must("provider.check", check("sk-right", &dead)).await;
    assert_eq!((&dead["reachable"]["kind"], &dead["keyAccepted"]["kind"]), (&json!("no"), &json!("unknown")));
}

#[tokio::test]
async fn a_key_does_not_follow_its_provider_to_another_host() {
    let stage = Stage::set().await;
    let elsewhere = ScriptedProvider::start().await.unwrap();
    let check = json!({"config": provider_config(&elsewhere.base_url()), "model": "scripted-1"});
    let _: Value = stage.app.must("provider.check", check).await;
    let save = json!({"config": provider_config(&elsewhere.base_url())});
    let saved: Value = stage.app.must("provider.save", save).await;
    assert_eq!(saved["keyPresent"], false);
    stage.say("Hello").await;
    let got = elsewhere.requests();
    assert!(
        got.len() >= 2 && got.iter().all(|got| got.header("authorization").is_none()),
        "the key travelled"
    );
}

#[tokio::test]
async fn a_wrong_key_of_the_memory_server_is_shown_and_entering_the_right_one_stores_what_waited() {
    let stage = Stage::set().await;
    stage.memory.require_key("hsk_right");
    let (chat, ended) = stage.say("I sail").await;
    let Some(MemoryOutcome::Failed { error }) = ended.turn.memory.clone() else {
        panic!("{:?}", ended.turn.memory)
    };
    assert_eq!(error.code, ErrorCode::AuthFailed);
    assert_eq!(ended.said(), "You said: I sail", "memory broke the chat");
    stage.app.retained(&chat, &ended.turn.id, |state| matches!(state, RetainState::Failed { .. })).await;
    let status: Value = stage.app.must("memory.status", json!({"chatId": chat})).await;
    assert_eq!((&status["failed"], &status["health"]["ok"]), (&json!(1), &json!(false)));

    let config =
        json!({"id": stage.server, "name": "Memory", "baseUrl": stage.memory.url(), "defaultBank": "ana"});
    let save = json!({"config": config, "key": "hsk_right", "makeDefault": true});
    let _: Value = stage.app.must("server.save", save).await;
    stage.app.stored(&ended).await;
    assert_eq!(stage.memory.document(ended.turn.document_id().as_str()).unwrap().stored, 1);
    let status: Value = stage.app.must("memory.status", json!({"chatId": chat})).await;
    assert_eq!((&status["failed"], &status["waiting"]), (&json!(0), &json!(0)));
}

#[tokio::test]
async fn a_memory_server_is_checked_step_by_step() {
    let stage = Stage::with_facts(&["Ana sails."]).await;
    stage.memory.require_key("hsk_right");
    let check = |url: &str, key: &str| json!({"baseUrl": url, "key": key});
    let right: Value = stage.app.must("server.check", check(&stage.memory.url(), "hsk_right")).await;
    assert_eq!((&right["keyAccepted"]["kind"], &right["banks"]), (&json!("yes"), &json!(1)));
    assert_eq!(right["version"]["detail"], "Hindsight 1.1.0");
    let wrong: Value = stage.app.must("server.check", check(&stage.memory.url(), "hsk_wrong")).await;
    assert_eq!((&wrong["version"]["kind"], &wrong["keyAccepted"]["kind"]), (&json!("yes"), &json!("no")));
    let dead = format!("http://{}", ScriptedMemory::dead_address().unwrap());
    let dead: Value = stage.app.must("server.check", check(&dead, "hsk_right")).await;
    assert_eq!((&dead["reachable"]["kind"], &dead["version"]["kind"]), (&json!("no"), &json!("unknown")));
}

#[tokio::test]
async fn keys_are_in_no_file_of_the_data_folder_and_not_in_the_diagnostics() {
    let mut stage = Stage::set().await;
    let config =
        json!({"id": stage.server, "name": "Memory", "baseUrl": stage.memory.url(), "defaultBank": "ana"});
    let save = json!({"config": config, "key": "hsk_secret-0123456789", "makeDefault": true});
    let _: Value = stage.app.must("server.save", save).await;
    let (_, ended) = stage.say("Hello").await;
    stage.app.stored(&ended).await;
    let retain = stage.memory.calls(Endpoint::Retain).pop().unwrap();
    assert_eq!(retain.authorization.as_deref(), Some("Bearer hsk_secret-0123456789"));
    let diagnostics: Value = stage.app.must("app.diagnostics", json!({})).await;
    stage.app.quit().await;
    let mut haystacks = vec![diagnostics.to_string().into_bytes()];
    for entry in std::fs::read_dir(stage.app.dir().join("data")).unwrap() {
        haystacks.push(std::fs::read(entry.unwrap().path()).unwrap());
    }
    for key in [KEY, "hsk_secret-0123456789"] {
        for haystack in &haystacks {
            assert!(!haystack.windows(key.len()).any(|window| window == key.as_bytes()), "{key}");
        }
    }
}

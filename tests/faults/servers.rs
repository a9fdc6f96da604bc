//! Servers that hang or break in the middle. A dead, lying or refusing memory server is a journey.

use rearview_domain::ErrorCode;
use rearview_domain::turn::{MemoryOutcome, TurnState};
use rearview_tests::gate::Gate;
use rearview_tests::scripted_memory::{Endpoint, Mood, ScriptedMemory};
use rearview_tests::scripted_provider::{Script, ScriptedProvider};
use rearview_tests::temp_app::TempApp;
use serde_json::json;

async fn stage() -> (TempApp, ScriptedProvider, ScriptedMemory) {
    let (provider, memory) =
        (ScriptedProvider::start().await.unwrap(), ScriptedMemory::start().await.unwrap());
    let app = TempApp::new().await;
    app.provider(&provider).await;
    app.server(&memory.url(), None).await;
    (app, provider, memory)
}

#[tokio::test]
async fn a_provider_that_takes_the_request_and_says_nothing_can_be_stopped_and_is_hung_up_on() {
    let (app, provider, _memory) = stage().await;
    for model in ["scripted/scripted-1", "claude/scripted-1"] {
        let gate = Gate::new();
        provider.answer(Script::text("never").wait_before(&gate));
        let chat = app.chat().await;
        let started = app.start(&chat, json!({"text": "Hello", "model": model})).await.unwrap();
        assert!(gate.reached().await);
        app.cancel(&started).await;
        let ended = app.finish(&started).await;
        assert_eq!((ended.turn.state, ended.said().as_str()), (TurnState::Cancelled, ""));
        assert!(provider.hung_up().await);
        assert_eq!(app.say(&chat, "Again").await.said(), "You said: Again");
    }
}

#[tokio::test]
async fn an_answer_that_never_ends_is_stopped_by_quitting_and_kept() {
    let (mut app, provider, memory) = stage().await;
    provider.answer(Script::text("It goes on: ").never_ends());
    let chat = app.chat().await;
    let started = app.start(&chat, json!({"text": "Hello"})).await.unwrap();
    assert!(provider.asked(1).await);
    app.quit().await;
    assert!(provider.hung_up().await);
    app.open_again().await;
    assert_eq!(app.turn(&chat, &started.turn.id).await.state, TurnState::Cancelled);
    let _ = memory;
}

#[tokio::test]
async fn a_memory_server_that_hangs_costs_its_time_out_and_no_more() {
    let (app, provider, memory) = stage().await;
    for (endpoint, settings) in [
        (Endpoint::Recall, json!({"recall_timeout_ms": 100})),
        (Endpoint::Reflect, json!({"mode": "reflect", "reflect_timeout_ms": 100})),
    ] {
        memory.mood(endpoint, Mood::After(Gate::new()));
        let chat = app.chat().await;
        let ended = app.send(&chat, json!({"text": "Hello", "settings": settings})).await;
        let Some(MemoryOutcome::Failed { error }) = ended.turn.memory.clone() else {
            panic!("{:?}", ended.turn)
        };
        assert_eq!((error.code, ended.said().as_str()), (ErrorCode::Timeout, "You said: Hello"));
        assert!(memory.hung_up().await, "the server is left thinking");
    }
    assert_eq!(provider.requests().len(), 2);
}

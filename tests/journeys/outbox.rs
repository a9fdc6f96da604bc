//! What was said on its way to memory: kept, repeated, stored once, shown when it cannot be.

use crate::stage::Stage;
use rearview_domain::ErrorCode;
use rearview_domain::time::Time;
use rearview_domain::turn::{MemoryOutcome, RetainState};
use rearview_tests::gate::Gate;
use rearview_tests::scripted_memory::{Endpoint, Mood, ScriptedMemory};
use serde_json::{Value, json};
use sqlx::{Connection, Row};

fn is_failed(state: &RetainState) -> bool {
    matches!(state, RetainState::Failed { .. })
}

/// A look into the database beside the app.
async fn outbox_rows(stage: &Stage) -> Vec<(i64, Option<String>, String)> {
    let url = format!("sqlite://{}?mode=ro", stage.app.dir().join("data/rearview.db").display());
    let mut connection = sqlx::SqliteConnection::connect(&url).await.unwrap();
    let rows = sqlx::query("SELECT attempts, operation_id, stage FROM outbox ORDER BY id");
    let rows = rows.fetch_all(&mut connection).await.unwrap();
    rows.iter().map(|row| (row.get(0), row.get(1), row.get(2))).collect()
}

#[tokio::test]
async fn a_dead_memory_server_costs_nothing_but_memory_and_gets_everything_when_it_is_back() {
    let mut stage = Stage::set().await;
    let address = ScriptedMemory::dead_address().unwrap();
    stage.server = stage.app.server(&format!("http://{address}"), None).await;
    let (chat, ended) = stage.say("I sail").await;
    let Some(MemoryOutcome::Failed { error }) = &ended.turn.memory else { panic!("{:?}", ended.turn.memory) };
    assert_eq!(error.code, ErrorCode::NetworkUnreachable);
    assert_eq!(ended.said(), "You said: I sail");
    let waits = |state: &RetainState| {
        matches!(state, RetainState::Queued { last_error: Some(error), attempts: 1.., .. }
            if error.code == ErrorCode::NetworkUnreachable)
    };
    stage.app.retained(&chat, &ended.turn.id, waits).await;
    stage.app.quit().await;
    let back = ScriptedMemory::start_at(&address.to_string()).await.unwrap();
    stage.app.open_again().await;
    stage.app.stored(&ended).await;
    assert_eq!(back.document(ended.turn.document_id().as_str()).unwrap().stored, 1);
}

#[tokio::test]
async fn a_failed_extraction_is_retried_on_the_server_and_then_shown_and_can_be_tried_by_hand() {
    let stage = Stage::set().await;
    stage.memory.operations_end("failed");
    let (chat, ended) = stage.say("I sail").await;
    assert!(stage.memory.until(|memory| !memory.calls(Endpoint::RetryOperation).is_empty()).await);
    stage.memory.mood(Endpoint::RetryOperation, Mood::Refuses(409, "too late"));
    let failed = stage.app.retained(&chat, &ended.turn.id, is_failed).await;
    let RetainState::Failed { error, .. } = failed else { panic!("{failed:?}") };
    assert!(error.source.is_some() || error.message.contains("model"), "{error:?}");

    stage.memory.operations_end("completed");
    let request = json!({"chatId": chat, "turnId": ended.turn.id});
    let state: RetainState = stage.app.must("turn.retryRetain", request.clone()).await;
    assert!(matches!(state, RetainState::Queued { .. }));
    stage.app.stored(&ended).await;
    let sent = stage.memory.calls(Endpoint::Retain);
    assert_eq!(sent.len(), 2);
    assert_ne!(sent[0].body["operation_id"], sent[1].body["operation_id"], "the failed operation is dead");
    assert_eq!(stage.app.refused("turn.retryRetain", request).await.code, ErrorCode::NotFound);
}

#[tokio::test]
async fn the_operation_id_is_on_disk_before_anything_is_sent_by_hand_too() {
    let stage = Stage::set().await;
    stage.memory.mood(Endpoint::Retain, Mood::Refuses(422, "no"));
    let (chat, ended) = stage.say("I sail").await;
    stage.app.retained(&chat, &ended.turn.id, is_failed).await;
    let gate = Gate::new();
    stage.memory.mood(Endpoint::Retain, Mood::After(gate.clone()));
    let request = json!({"chatId": chat, "turnId": ended.turn.id});
    let _: RetainState = stage.app.must("turn.retryRetain", request).await;
    assert!(gate.reached().await);
    let sent = stage.memory.calls(Endpoint::Retain).pop().unwrap().body["operation_id"].clone();
    let rows = outbox_rows(&stage).await;
    let [(attempts, operation, _)] = rows.as_slice() else { panic!("{rows:?}") };
    assert_eq!(json!(operation), sent, "a crash now would make the server store it twice");
    assert!(*attempts > 0);
    gate.open();
    stage.app.stored(&ended).await;
}

#[tokio::test]
async fn an_answer_that_is_lost_on_its_way_back_makes_no_second_document() {
    let mut stage = Stage::set().await;
    let gate = Gate::new();
    stage.memory.mood(Endpoint::Retain, Mood::DoneThen(gate.clone()));
    let (_, ended) = stage.say("I sail").await;
    assert!(gate.reached().await);
    // Quitting gives up on the answer; the server has the document already.
    stage.app.quit().await;
    stage.memory.mood(Endpoint::Retain, Mood::Well);
    stage.app.open_again().await;
    stage.app.stored(&ended).await;
    assert_eq!(stage.memory.calls(Endpoint::Retain).len(), 2);
    assert_eq!(stage.memory.document(ended.turn.document_id().as_str()).unwrap().stored, 1);
}

#[tokio::test]
async fn a_server_that_lost_everything_gets_it_again() {
    let stage = Stage::set().await;
    let gate = Gate::new();
    stage.memory.mood(Endpoint::Operation, Mood::After(gate.clone()));
    let (_, ended) = stage.say("I sail").await;
    assert!(gate.reached().await);
    stage.memory.lose_everything();
    gate.open();
    stage.app.stored(&ended).await;
    assert!(stage.memory.document(ended.turn.document_id().as_str()).is_some());
}

#[tokio::test]
async fn a_server_that_forgot_a_finished_operation_is_asked_for_the_document() {
    let stage = Stage::set().await;
    stage.memory.operations_end("not_found");
    let (_, ended) = stage.say("I sail").await;
    stage.app.stored(&ended).await;
    assert_eq!(stage.memory.calls(Endpoint::Retain).len(), 1);
    assert_eq!(stage.memory.calls(Endpoint::Document).len(), 1);
}

#[tokio::test]
async fn a_lying_server_is_waited_for_and_not_believed() {
    let stage = Stage::set().await;
    for mood in [Mood::Html, Mood::HalfJson, Mood::WrongTypes] {
        stage.memory.mood(Endpoint::Retain, mood.clone());
        let (chat, ended) = stage.say("I sail").await;
        let waits = |state: &RetainState| {
            matches!(state, RetainState::Queued { attempts: 1.., last_error: Some(_), .. })
        };
        stage.app.retained(&chat, &ended.turn.id, waits).await;
        stage.memory.mood(Endpoint::Retain, Mood::Well);
        // The person need not wait for the next try.
        let request = json!({"chatId": chat, "turnId": ended.turn.id});
        let _: RetainState = stage.app.must("turn.retryRetain", request).await;
        stage.app.stored(&ended).await;
    }
}

#[tokio::test]
async fn a_refused_turn_holds_up_no_later_one() {
    let stage = Stage::set().await;
    stage.memory.mood(Endpoint::Retain, Mood::Refuses(422, "this text is not taken"));
    let (chat, refused) = stage.say("poison").await;
    let state = stage.app.retained(&chat, &refused.turn.id, is_failed).await;
    let RetainState::Failed { error, .. } = state else { panic!("{state:?}") };
    assert!(error.source.unwrap().message.unwrap().contains("not taken"));
    stage.memory.mood(Endpoint::Retain, Mood::Well);
    let later = stage.app.say(&chat, "fine").await;
    stage.app.stored(&later).await;
    assert!(stage.memory.document(refused.turn.document_id().as_str()).is_none());
}

#[tokio::test]
async fn the_wait_that_a_busy_server_asks_for_is_kept() {
    let stage = Stage::set().await;
    stage.memory.mood(Endpoint::Retain, Mood::Busy(3_600));
    let (chat, ended) = stage.say("I sail").await;
    let waits = |state: &RetainState| matches!(state, RetainState::Queued { attempts: 1.., .. });
    let state = stage.app.retained(&chat, &ended.turn.id, waits).await;
    let RetainState::Queued { next_try_at, last_error, .. } = state else { panic!("{state:?}") };
    let ahead = next_try_at.as_ms().unwrap() - Time::now().as_ms().unwrap();
    assert!((3_000_000..=3_600_000).contains(&ahead), "{ahead}");
    assert_eq!(last_error.unwrap().retry_after_ms, Some(3_600_000));
    assert_eq!(stage.memory.calls(Endpoint::Retain).len(), 1, "it was asked again at once");
    let status: Value = stage.app.must("memory.status", json!({})).await;
    assert_eq!(status["waiting"], 1);
}

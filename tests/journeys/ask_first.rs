//! Ask first, read-only, off: what a chat may learn is the person's word, and it holds over a restart.

use rearview_domain::ChatId;
use rearview_domain::turn::{MemoryOutcome, RetainSkip, RetainState};
use rearview_tests::temp_app::{Ended, TempApp};
use serde_json::{Value, json};

use crate::stage::Stage;

const ASKS: &str = r#"{"ask_before_retaining": true}"#;

fn asks() -> Value {
    serde_json::from_str(ASKS).unwrap()
}

async fn asking_chat(app: &TempApp) -> ChatId {
    let chat = app.chat().await;
    app.update(&chat, json!({"settings": asks()})).await;
    chat
}

async fn answer(app: &TempApp, ended: &Ended, keep: bool) -> RetainState {
    let turn = &ended.turn;
    app.must("turn.answerRetain", json!({"chatId": turn.chat_id, "turnId": turn.id, "keep": keep})).await
}

async fn waiting(app: &TempApp, chat: &ChatId) -> Value {
    let list: Value = app.must("chat.list", json!({"limit": 10, "offset": 0})).await;
    list["asking"].get(chat.as_str()).cloned().unwrap_or(Value::Null)
}

#[tokio::test]
async fn nothing_is_handed_over_before_the_person_says_so_not_even_after_a_restart() {
    let mut stage = Stage::set().await;
    let chat = asking_chat(&stage.app).await;
    let ended = stage.app.say(&chat, "I live in Porto").await;
    assert_eq!(ended.turn.retain, Some(RetainState::Asking));
    assert_eq!(waiting(&stage.app, &chat).await, json!(1), "the list of chats counts it");
    let retained = stage.app.record(&chat, &ended.turn.id).await.retained.unwrap();
    assert!(retained.content.contains("I live in Porto"), "what would be handed over is shown: {retained:?}");
    stage.app.reopen().await;
    assert_eq!(stage.app.turn(&chat, &ended.turn.id).await.retain, Some(RetainState::Asking));
    assert!(stage.memory.documents().is_empty());
    let state = answer(&stage.app, &ended, true).await;
    assert!(matches!(state, RetainState::Queued { .. }), "{state:?}");
    stage.app.stored(&ended).await;
    assert_eq!(stage.memory.documents().len(), 1);
    assert_eq!(waiting(&stage.app, &chat).await, Value::Null);
    let twice = json!({"chatId": chat, "turnId": ended.turn.id, "keep": true});
    stage.app.refused("turn.answerRetain", twice).await;
}

#[tokio::test]
async fn a_no_keeps_it_out_and_can_still_be_a_yes_later() {
    let stage = Stage::set().await;
    let chat = asking_chat(&stage.app).await;
    let ended = stage.app.say(&chat, "I live in Porto").await;
    let state = answer(&stage.app, &ended, false).await;
    assert_eq!(state, RetainState::Skipped { why: RetainSkip::Declined });
    assert_eq!(waiting(&stage.app, &chat).await, Value::Null);
    assert!(stage.memory.documents().is_empty());
    // Turning to another branch and back does not ask again, and does not store.
    let edit = json!({"text": "I live in Lisbon", "after": {"kind": "beside", "message_id": ended.turn.question_id}});
    let edited = stage.app.send(&chat, edit).await;
    assert_eq!(edited.turn.retain, Some(RetainState::Asking));
    let back = json!({"chatId": chat, "messageId": ended.turn.question_id});
    let _: Value = stage.app.must("chat.showBranch", back).await;
    let state = stage.app.turn(&chat, &ended.turn.id).await.retain;
    assert_eq!(state, Some(RetainState::Skipped { why: RetainSkip::Declined }));
    answer(&stage.app, &ended, true).await;
    stage.app.stored(&ended).await;
    assert!(stage.memory.documents()[0].item["content"].as_str().unwrap().contains("Porto"));
}

#[tokio::test]
async fn leaving_the_branch_drops_the_question_and_coming_back_asks_again() {
    let stage = Stage::set().await;
    let chat = asking_chat(&stage.app).await;
    let first = stage.app.say(&chat, "I live in Porto").await;
    let edit = json!({"text": "I live in Lisbon", "after": {"kind": "beside", "message_id": first.turn.question_id}});
    let second = stage.app.send(&chat, edit).await;
    assert_eq!(waiting(&stage.app, &chat).await, json!(1), "only the visible one is asked about");
    let word = json!({"chatId": chat, "turnId": first.turn.id, "keep": true});
    stage.app.refused("turn.answerRetain", word).await;
    let back = json!({"chatId": chat, "messageId": first.turn.question_id});
    let _: Value = stage.app.must("chat.showBranch", back).await;
    assert_eq!(stage.app.turn(&chat, &first.turn.id).await.retain, Some(RetainState::Asking));
    assert_eq!(waiting(&stage.app, &chat).await, json!(1));
    let _: Value = stage.app.must("chat.delete", json!({"chatId": chat, "learned": "forget"})).await;
    assert_eq!(waiting(&stage.app, &chat).await, Value::Null);
    assert!(stage.memory.documents().is_empty(), "nothing of {:?} was ever stored", second.turn.id);
}

#[tokio::test]
async fn a_bank_can_ask_for_all_its_chats_and_a_message_can_be_an_exception() {
    let stage = Stage::set().await;
    let bank = json!({"serverId": stage.server, "bankId": "ana", "settings": asks()});
    let _: Value = stage.app.must("bank.saveSettings", bank).await;
    let (chat, ended) = stage.say("I live in Porto").await;
    assert_eq!(ended.turn.retain, Some(RetainState::Asking));
    let straight = json!({"text": "And I sail", "settings": {"ask_before_retaining": false}});
    let stored = stage.app.send(&chat, straight).await;
    stage.app.stored(&stored).await;
    assert_eq!(stage.memory.documents().len(), 1);
}

#[tokio::test]
async fn read_only_recalls_and_stores_nothing_and_off_does_neither() {
    let stage = Stage::with_facts(&["Ana sails."]).await;
    let chat = stage.app.chat().await;
    stage.app.update(&chat, json!({"settings": {"store_conversations": false}})).await;
    let ended = stage.app.say(&chat, "Does Ana sail?").await;
    assert!(matches!(ended.turn.memory, Some(MemoryOutcome::Used { .. })), "{:?}", ended.turn.memory);
    assert_eq!(ended.turn.retain, Some(RetainState::Skipped { why: RetainSkip::Setting }));
    let off = json!({"settings": {"store_conversations": false, "inject_memories": false}});
    stage.app.update(&chat, off).await;
    let ended = stage.app.say(&chat, "Does Ana sail?").await;
    assert!(matches!(ended.turn.memory, Some(MemoryOutcome::Off { .. })), "{:?}", ended.turn.memory);
    assert_eq!(ended.turn.retain, Some(RetainState::Skipped { why: RetainSkip::Setting }));
    assert!(stage.memory.documents().is_empty());
}

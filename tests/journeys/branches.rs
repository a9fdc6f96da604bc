//! Editing, answering again, switching branches: what is visible is what is remembered.

use crate::stage::Stage;
use rearview_domain::turn::{RetainSkip, RetainState, Turn};
use rearview_tests::scripted_memory::{Endpoint, Mood, ScriptedMemory};
use rearview_tests::scripted_provider::Script;
use rearview_tests::temp_app::Ended;
use serde_json::{Value, json};

fn document(turn: &Turn) -> String {
    turn.document_id().to_string()
}

fn is_removed(state: &RetainState) -> bool {
    matches!(state, RetainState::Removed { .. })
}

fn is_done(state: &RetainState) -> bool {
    matches!(state, RetainState::Done { .. })
}

fn edit_of(ended: &Ended, text: &str) -> Value {
    json!({"text": text, "after": {"kind": "beside", "message_id": ended.turn.question_id}})
}

#[tokio::test]
async fn an_edit_makes_a_branch_and_memory_follows_it() {
    let stage = Stage::set().await;
    let (chat, first) = stage.say("I live in Porto").await;
    stage.app.stored(&first).await;
    assert!(stage.memory.document(&document(&first.turn)).is_some());

    let edited = stage.app.send(&chat, edit_of(&first, "I live in Lisbon")).await;
    stage.app.stored(&edited).await;
    stage.app.retained(&chat, &first.turn.id, is_removed).await;
    assert!(stage.memory.document(&document(&first.turn)).is_none(), "the left branch is still remembered");
    assert!(stage.memory.document(&document(&edited.turn)).is_some());

    // Back to the first version: the documents change places.
    let view: Value =
        stage.app.must("chat.showBranch", json!({"chatId": chat, "messageId": first.turn.question_id})).await;
    assert_eq!(view["path"][0]["siblings"], 2);
    assert_eq!(view["path"][0]["siblingIndex"], 0);
    stage.app.retained(&chat, &first.turn.id, is_done).await;
    stage.app.retained(&chat, &edited.turn.id, is_removed).await;
    let held: Vec<String> = stage.memory.documents().into_iter().map(|document| document.id).collect();
    assert_eq!(held, [document(&first.turn)]);
}

#[tokio::test]
async fn answering_again_keeps_both_answers_and_remembers_the_shown_one() {
    let stage = Stage::set().await;
    stage.provider.answer(Script::text("First answer")).answer(Script::text("Second answer"));
    let (chat, first) = stage.say("Where shall we go?").await;
    stage.app.stored(&first).await;
    let second = stage.app.retry(&chat, first.turn.question_id.as_str(), json!({})).await;
    assert_eq!(second.turn.question_id, first.turn.question_id);
    stage.app.stored(&second).await;
    stage.app.retained(&chat, &first.turn.id, is_removed).await;
    let held = stage.memory.documents();
    let [document] = held.as_slice() else { panic!("{held:?}") };
    assert!(document.item["content"].as_str().unwrap().ends_with("ASSISTANT: Second answer"));
    let siblings: Value =
        stage.app.must("chat.siblings", json!({"chatId": chat, "messageId": second.turn.answer_id})).await;
    assert_eq!(siblings["ids"], json!([first.turn.answer_id, second.turn.answer_id]));
}

#[tokio::test]
async fn a_left_branch_that_was_never_sent_is_never_sent() {
    let stage = Stage::set().await;
    // The first retain is on its way and holds the outbox; the second waits behind it, never tried.
    let gate = rearview_tests::gate::Gate::new();
    stage.memory.mood(Endpoint::Retain, Mood::After(gate.clone()));
    let (_, holding) = stage.say("holds the outbox").await;
    assert!(gate.reached().await);
    let (chat, first) = stage.say("I live in Porto").await;
    let edited = stage.app.send(&chat, edit_of(&first, "I live in Lisbon")).await;
    gate.open();
    stage.app.stored(&holding).await;
    stage.app.stored(&edited).await;
    let skipped = RetainState::Skipped { why: RetainSkip::NotVisible };
    assert_eq!(stage.app.record(&chat, &first.turn.id).await.retained.unwrap().state, skipped);
    let sent = stage.memory.calls(Endpoint::Retain);
    assert!(sent.iter().all(|call| !call.body.to_string().contains("Porto")), "a left branch was sent");
    assert!(stage.memory.calls(Endpoint::DeleteDocument).is_empty(), "there was nothing to delete");
}

#[tokio::test]
async fn going_to_and_fro_while_the_server_is_down_ends_with_what_is_visible() {
    let stage = Stage::set().await;
    let (chat, first) = stage.say("I live in Porto").await;
    stage.app.stored(&first).await;
    stage.memory.mood(Endpoint::DeleteDocument, Mood::Busy(2)).mood(Endpoint::Retain, Mood::Busy(2));
    let edited = stage.app.send(&chat, edit_of(&first, "I live in Lisbon")).await;
    assert!(stage.memory.until(|memory| !memory.calls(Endpoint::Retain)[1..].is_empty()).await);
    for question in [&first.turn.question_id, &edited.turn.question_id, &first.turn.question_id] {
        let request = json!({"chatId": chat, "messageId": question});
        let _: Value = stage.app.must("chat.showBranch", request).await;
    }
    stage.memory.mood(Endpoint::DeleteDocument, Mood::Well).mood(Endpoint::Retain, Mood::Well);
    let only_first = |memory: &ScriptedMemory| {
        let held: Vec<String> = memory.documents().into_iter().map(|document| document.id).collect();
        let deleted = memory.calls(Endpoint::DeleteDocument);
        let settled = deleted.iter().any(|call| call.path.ends_with(&document(&edited.turn)));
        settled && held == [document(&first.turn)]
    };
    assert!(stage.memory.until(only_first).await, "{:?}", stage.memory.documents());
    stage.app.retained(&chat, &first.turn.id, is_done).await;
}

#[tokio::test]
async fn an_edit_in_the_middle_leaves_everything_below_it() {
    let stage = Stage::set().await;
    let (chat, first) = stage.say("one").await;
    let second = stage.app.say(&chat, "two").await;
    let third = stage.app.say(&chat, "three").await;
    for ended in [&first, &second, &third] {
        stage.app.stored(ended).await;
    }
    let edited = stage.app.send(&chat, edit_of(&second, "two, edited")).await;
    stage.app.stored(&edited).await;
    for left in [&second, &third] {
        stage.app.retained(&chat, &left.turn.id, is_removed).await;
    }
    let held: Vec<String> = stage.memory.documents().into_iter().map(|document| document.id).collect();
    assert_eq!(held, [document(&first.turn), document(&edited.turn)]);
    // The new branch continues after the first turn and knows nothing of what was left.
    let sent = stage.provider.last().unwrap().text();
    assert!(sent.contains("two, edited") && !sent.contains("three"));
}

#[tokio::test]
async fn only_what_the_person_said_in_this_chat_can_be_edited_or_answered_again() {
    let stage = Stage::set().await;
    let (chat, ended) = stage.say("Hello").await;
    let (other, _) = stage.say("Elsewhere").await;
    let beside = |id: &str| json!({"text": "x", "after": {"kind": "beside", "message_id": id}});
    let answer = ended.turn.answer_id.as_str();
    let error = stage.app.start(&chat, beside(answer)).await.unwrap_err();
    assert_eq!(error.code, rearview_domain::ErrorCode::InvalidInput);
    let error = stage.app.start(&other, beside(ended.turn.question_id.as_str())).await.unwrap_err();
    assert_eq!(error.code, rearview_domain::ErrorCode::NotFound);
    let request = json!({"chatId": chat, "questionId": answer, "settings": {}});
    let error = stage.app.refused("turn.retry", request).await;
    assert_eq!(error.code, rearview_domain::ErrorCode::InvalidInput);
    assert_eq!(stage.provider.requests().len(), 2);
}

#[tokio::test]
async fn a_chat_can_be_deleted_with_or_without_what_was_learned_from_it() {
    let stage = Stage::set().await;
    let (kept, first) = stage.say("keep this").await;
    let (forgotten, second) = stage.say("forget this").await;
    stage.app.stored(&first).await;
    stage.app.stored(&second).await;
    let _: Value = stage.app.must("chat.delete", json!({"chatId": kept, "learned": "keep"})).await;
    let _: Value = stage.app.must("chat.delete", json!({"chatId": forgotten, "learned": "forget"})).await;
    assert!(stage.memory.until(|memory| memory.documents().len() == 1).await);
    assert!(stage.memory.document(&document(&first.turn)).is_some());
    let gone = stage.app.refused("chat.open", json!({"chatId": kept, "tail": 1})).await;
    assert_eq!(gone.code, rearview_domain::ErrorCode::NotFound);
    let list: Value = stage.app.must("chat.list", json!({"limit": 10, "offset": 0})).await;
    assert_eq!(list["total"], 0);
}

#[tokio::test]
async fn deleting_a_chat_stops_its_answer_and_forgets_what_was_about_to_be_stored() {
    let stage = Stage::set().await;
    stage.provider.answer(Script::text("It goes on ").never_ends());
    let chat = stage.app.chat().await;
    let started = stage.app.start(&chat, json!({"text": "Tell me"})).await.unwrap();
    assert!(stage.provider.asked(1).await);
    let _: Value = stage.app.must("chat.delete", json!({"chatId": chat, "learned": "forget"})).await;
    assert!(stage.provider.hung_up().await);
    // The outbox keeps its order: once a later turn is stored, the stopped one has had its chance.
    let (_, later) = stage.say("And now something else").await;
    let only_later = |memory: &ScriptedMemory| {
        let held: Vec<String> = memory.documents().into_iter().map(|document| document.id).collect();
        held == [document(&later.turn)]
    };
    assert!(stage.memory.until(only_later).await, "{:?} of {:?}", stage.memory.documents(), started.turn.id);
}

#[tokio::test]
async fn a_failed_retain_of_a_left_branch_no_longer_counts_as_failed() {
    let stage = Stage::set().await;
    stage.memory.mood(Endpoint::Retain, Mood::Refuses(422, "no"));
    let (chat, first) = stage.say("I live in Porto").await;
    stage.app.retained(&chat, &first.turn.id, |state| matches!(state, RetainState::Failed { .. })).await;
    stage.memory.mood(Endpoint::Retain, Mood::Well);
    let edited = stage.app.send(&chat, edit_of(&first, "I live in Lisbon")).await;
    stage.app.stored(&edited).await;
    stage.app.retained(&chat, &first.turn.id, is_removed).await;
    let status: Value = stage.app.must("memory.status", json!({"chatId": chat})).await;
    assert_eq!((&status["failed"], &status["waiting"]), (&json!(0), &json!(0)));
}

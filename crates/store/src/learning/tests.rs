//! Looking after what turns teach: when it begins, that it outlives a restart, that it ends with the turn.

use super::*;
use crate::testing::{at, begin, chat, finish, removal, retain};
use rearview_domain::learned::LearnedState;

fn noted(turn: &str) -> Learning {
    Learning {
        turn_id: turn.into(),
        chat_id: "c".into(),
        server_id: "s".into(),
        bank_id: "b".into(),
        before: Before { entities: Some(vec!["Ana".into()]), ..Before::default() },
        since: None,
        looks: 0,
        next_look_at: at(0),
    }
}

async fn with_turn() -> Store {
    let store = Store::in_memory().await.unwrap();
    store.insert_chat(&chat("c")).await.unwrap();
    store.begin_turn(begin("c", "t", None, "hi")).await.unwrap();
    store.finish_turn(finish("c", "t", "ho")).await.unwrap();
    store
}

fn counts() -> LearnedCounts {
    LearnedCounts {
        state: LearnedState::Complete,
        added: Some(2),
        changed: Some(1),
        removed: Some(0),
        pending: 0,
    }
}

#[tokio::test]
async fn a_turn_is_looked_after_once_it_was_stored_and_not_before() {
    let store = with_turn().await;
    let id = store.enqueue(&retain("t")).await.unwrap();
    store.note_learning(&noted("t")).await.unwrap();
    assert!(store.learning_due(&at(9), 9).await.unwrap().is_empty());
    assert_eq!(store.learning_next().await.unwrap(), None, "nothing wakes anybody");
    store.outbox_done(id, RetainState::Done { at: at(1) }).await.unwrap();
    let due = store.learning_due(&at(9), 9).await.unwrap();
    assert_eq!((due[0].since.clone(), due[0].before.clone()), (Some(at(1)), noted("t").before));
    store.learning_later(&"t".into(), 1, &at(50)).await.unwrap();
    assert!(store.learning_due(&at(49), 9).await.unwrap().is_empty());
    assert_eq!(store.learning_next().await.unwrap(), Some(at(50)));
    store.learning_over(&"t".into()).await.unwrap();
    assert_eq!(store.learning_next().await.unwrap(), None);
}

#[tokio::test]
async fn what_stood_there_before_the_first_try_is_kept_over_later_tries() {
    let store = with_turn().await;
    store.note_learning(&noted("t")).await.unwrap();
    store.note_learning(&Learning { before: Before::default(), ..noted("t") }).await.unwrap();
    let kept = store.learning_of(&"t".into()).await.unwrap().unwrap();
    assert_eq!((kept.before, kept.since), (noted("t").before, None));
}

#[tokio::test]
async fn what_is_taken_out_of_memory_taught_nothing_any_more() {
    let store = with_turn().await;
    store.note_learning(&Learning { since: Some(at(0)), ..noted("t") }).await.unwrap();
    assert!(store.set_learned(&"t".into(), &counts()).await.unwrap());
    assert_eq!(store.turn(&"t".into()).await.unwrap().unwrap().learned, Some(counts()));
    let id = store.enqueue(&removal("t")).await.unwrap();
    store.outbox_done(id, RetainState::Removed { at: at(2) }).await.unwrap();
    assert_eq!(store.learning_of(&"t".into()).await.unwrap(), None);
    assert_eq!(store.turn(&"t".into()).await.unwrap().unwrap().learned, None);
    assert!(!store.set_learned(&"t".into(), &counts()).await.unwrap(), "a look that came late says nothing");
}

#[tokio::test]
async fn a_deleted_chat_is_looked_after_no_more() {
    let store = with_turn().await;
    store.note_learning(&Learning { since: Some(at(0)), ..noted("t") }).await.unwrap();
    store.delete_chat(&"c".into()).await.unwrap();
    assert_eq!(store.learning_next().await.unwrap(), None);
}

#[tokio::test]
async fn what_waits_for_the_person_is_counted_by_chat_and_answered_once() {
    let store = with_turn().await;
    assert!(store.asking().await.unwrap().is_empty());
    store.set_retain(&"t".into(), &RetainState::Asking).await.unwrap();
    assert_eq!(store.asking().await.unwrap(), HashMap::from([("c".into(), 1)]));
    let queued = RetainState::Queued { next_try_at: at(0), attempts: 0, last_error: None };
    assert!(store.answer_asking(&"t".into(), &queued, Some(&retain("t"))).await.unwrap());
    assert!(!store.answer_asking(&"t".into(), &queued, Some(&retain("t"))).await.unwrap());
    assert_eq!(store.outbox_of_turn(&"t".into()).await.unwrap().len(), 1, "it is handed over once");
    assert!(store.asking().await.unwrap().is_empty());
}

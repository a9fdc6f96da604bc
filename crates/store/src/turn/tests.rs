//! Turns: all or nothing at both ends.

use super::*;
use crate::testing::{at, begin, chat, finish, message, recover, retain, say, turn};
use rearview_domain::turn::{FinishReason, RetainSkip, TurnState, Usage};
use rearview_domain::{Error, ErrorCode};

async fn store() -> Store {
    let store = Store::in_memory().await.unwrap();
    store.insert_chat(&chat("c")).await.unwrap();
    store
}

#[tokio::test]
async fn a_begun_turn_is_on_disk_with_its_question_and_is_the_leaf() {
    let store = store().await;
    let mut begun = begin("c", "t", None, "Where?");
    begun.answer.created_at = at(5);
    store.begin_turn(begun.clone()).await.unwrap();
    assert_eq!(store.message(&"t.q".into()).await.unwrap(), begun.question);
    assert_eq!(store.message(&"t.a".into()).await.unwrap(), Some(begun.answer));
    assert_eq!(store.turn(&"t".into()).await.unwrap(), Some(begun.turn));
    let chat = store.chat(&"c".into()).await.unwrap().unwrap();
    assert_eq!((chat.leaf_id, chat.updated_at), (Some("t.a".into()), at(5)));
}

#[tokio::test]
async fn a_turn_that_cannot_begin_leaves_nothing_behind() {
    let store = store().await;
    say(&store, "c", "t1", None, "q", "a").await;
    let mut twice = begin("c", "t2", Some("t1.a"), "q");
    twice.answer.id = "t1.a".into();
    twice.turn.answer_id = "t1.a".into();
    assert!(store.begin_turn(twice).await.is_err());
    assert_eq!(store.message(&"t2.q".into()).await.unwrap(), None);
    assert_eq!(store.chat(&"c".into()).await.unwrap().unwrap().leaf_id, Some("t1.a".into()));
}

#[tokio::test]
async fn a_turn_whose_pieces_do_not_belong_together_is_refused() {
    let store = store().await;
    store.insert_chat(&chat("d")).await.unwrap();
    say(&store, "d", "other", None, "q", "a").await;
    let good = begin("c", "t", None, "q");
    let mut wrong = vec![good.clone(), good.clone(), good.clone(), good.clone(), good];
    wrong[0].answer.parent_id = None;
    wrong[1].answer.turn_id = None;
    wrong[2].question.as_mut().unwrap().chat_id = "d".into();
    wrong[3].question.as_mut().unwrap().parent_id = Some("other.a".into());
    wrong[4] = begin("nowhere", "t", None, "q");
    for begin in wrong {
        let why = format!("{begin:?}");
        assert!(store.begin_turn(begin).await.is_err(), "{why}");
    }
    assert!(store.turns_of_chat(&"c".into()).await.unwrap().is_empty());
    assert_eq!(store.message(&"t.q".into()).await.unwrap(), None);
}

#[tokio::test]
async fn a_finished_turn_comes_back_as_it_ended() {
    let store = store().await;
    store.begin_turn(begin("c", "t", None, "q")).await.unwrap();
    let ended = Turn {
        state: TurnState::Failed,
        finish: Some(FinishReason::Other { raw: "odd".into() }),
        error: Some(Error::new(ErrorCode::Overloaded, "busy").retry_after_ms(Some(5))),
        memory: Some(MemoryOutcome::Used { count: 4, tokens: 212 }),
        retain: Some(RetainState::Skipped { why: RetainSkip::Nothing }),
        usage: Usage { input: Some(1), cache_read: Some(2), ..Default::default() },
        first_token_ms: Some(12.25),
        total_ms: Some(1_500.5),
        ..turn("c", "t")
    };
    let ids = store
        .finish_turn(Finish {
            turn: ended.clone(),
            parts: vec![Part::text("so far")],
            outbox: vec![retain("t")],
        })
        .await
        .unwrap();
    assert_eq!(store.turn(&"t".into()).await.unwrap(), Some(ended));
    assert_eq!(store.message(&"t.a".into()).await.unwrap().unwrap().said(), "so far");
    let items = store.outbox_of_turn(&"t".into()).await.unwrap();
    assert_eq!(items.iter().map(|item| item.id).collect::<Vec<_>>(), ids);
    assert_eq!(store.chat(&"c".into()).await.unwrap().unwrap().updated_at, at(1_500));
    assert!(recover(&store).await.is_empty());
}

#[tokio::test]
async fn a_turn_deleted_while_it_ran_cannot_finish() {
    let store = store().await;
    store.begin_turn(begin("c", "t", None, "q")).await.unwrap();
    store.delete_chat(&"c".into()).await.unwrap();
    let mut late = finish("c", "t", "late");
    late.outbox.push(retain("t"));
    let refused = store.finish_turn(late).await.unwrap_err();
    assert!(matches!(refused, StoreError::NotFound { what: "turn", .. }), "{refused}");
    assert_eq!(store.outbox_counts().await.unwrap(), Default::default());
}

#[tokio::test]
async fn what_memory_did_and_where_the_retain_is_can_be_noted_by_themselves() {
    let store = store().await;
    store.begin_turn(begin("c", "t", None, "q")).await.unwrap();
    let memory = MemoryOutcome::Empty { new_bank: true };
    store.update_turn_memory(&"t".into(), &memory).await.unwrap();
    store.set_retain(&"t".into(), &RetainState::Done { at: at(9) }).await.unwrap();
    let turn = store.turn(&"t".into()).await.unwrap().unwrap();
    assert_eq!((turn.memory, turn.retain), (Some(memory), Some(RetainState::Done { at: at(9) })));
    assert!(store.set_retain(&"x".into(), &RetainState::Done { at: at(9) }).await.is_err());
}

#[tokio::test]
async fn turns_come_in_the_order_asked_for_and_a_chat_lists_all_its_branches() {
    let store = store().await;
    say(&store, "c", "t1", None, "q", "a").await;
    say(&store, "c", "t2", None, "q", "a").await;
    let asked = store.turns(&["t2".into(), "x".into(), "t1".into()]).await.unwrap();
    assert_eq!(asked.iter().map(|turn| turn.id.as_str()).collect::<Vec<_>>(), ["t2", "t1"]);
    let all = store.turns_of_chat(&"c".into()).await.unwrap();
    assert_eq!(all.iter().map(|turn| turn.id.as_str()).collect::<Vec<_>>(), ["t1", "t2"]);
}

#[test]
fn an_answer_that_a_user_gave_is_no_answer() {
    let mut begun = begin("c", "t", None, "q");
    begun.answer.role = message("c", "x", None, Role::User, "").role;
    assert!(fits(begun.question.as_ref(), &begun.answer, &begun.turn).is_err());
}

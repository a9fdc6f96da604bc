//! What a killed process leaves of a running answer.

use super::*;
use crate::testing::{begin, chat, finish, recover, say};
use crate::{Store, StoreError};

#[tokio::test]
async fn what_a_killed_answer_had_said_is_kept_and_its_turn_interrupted() {
    let dir = tempfile::tempdir().unwrap();
    {
        let store = Store::open(dir.path()).await.unwrap();
        store.insert_chat(&chat("c")).await.unwrap();
        say(&store, "c", "t0", None, "q", "a").await;
        store.begin_turn(begin("c", "t", Some("t0.a"), "Where?")).await.unwrap();
        for (seq, text) in [(1, "In Lis"), (2, "bon, "), (7, "where else")] {
            store.append_run(&"t".into(), seq, &RunDelta::Text(text.into())).await.unwrap();
        }
    }
    let store = Store::open(dir.path()).await.unwrap();
    let recovered = recover(&store).await;
    assert_eq!(recovered.len(), 1);
    assert_eq!(recovered[0].state, TurnState::Interrupted);
    assert_eq!(store.turn(&"t".into()).await.unwrap().as_ref(), recovered.first());
    assert_eq!(store.message(&"t.a".into()).await.unwrap().unwrap().said(), "In Lisbon, where else");
    assert_eq!(store.search("lisbon", 5, 0).await.unwrap().len(), 1);
    assert!(recover(&store).await.is_empty(), "a turn is recovered once");
}

#[tokio::test]
async fn a_turn_that_had_said_nothing_is_interrupted_with_an_empty_answer() {
    let store = Store::in_memory().await.unwrap();
    store.insert_chat(&chat("c")).await.unwrap();
    store.begin_turn(begin("c", "t", None, "q")).await.unwrap();
    assert_eq!(recover(&store).await.len(), 1);
    assert!(store.message(&"t.a".into()).await.unwrap().unwrap().parts.is_empty());
    assert_eq!(store.message(&"t.q".into()).await.unwrap().unwrap().said(), "q");
}

#[test]
fn a_whole_part_takes_the_place_of_the_increments_it_was_made_of() {
    let reasoning = Part::Reasoning { text: "think".into(), signature: Some("s".into()), family: "x".into() };
    let call = Part::ToolCall { id: "1".into(), name: "f".into(), arguments: "{}".into() };
    let log = [
        ("reasoning", "thi".to_owned()),
        ("reasoning", "nk".to_owned()),
        ("part", serde_json::to_string(&reasoning).unwrap()),
        ("text", "one".to_owned()),
        ("part", serde_json::to_string(&Part::text("one.")).unwrap()),
        ("text", "two".to_owned()),
        ("part", serde_json::to_string(&call).unwrap()),
        ("reasoning", "cut o".to_owned()),
    ];
    let parts = fold(log.map(|(kind, data)| (kind.to_owned(), data)).into()).unwrap();
    let cut = Part::Reasoning { text: "cut o".into(), signature: None, family: String::new() };
    assert_eq!(parts, [reasoning, Part::text("one."), Part::text("two"), call, cut]);
}

#[tokio::test]
async fn the_log_is_gone_when_the_turn_ends() {
    let store = Store::in_memory().await.unwrap();
    store.insert_chat(&chat("c")).await.unwrap();
    store.begin_turn(begin("c", "t", None, "q")).await.unwrap();
    store.append_run(&"t".into(), 1, &RunDelta::Text("x".into())).await.unwrap();
    store.finish_turn(finish("c", "t", "whole")).await.unwrap();
    let left: i64 =
        sqlx::query_scalar("SELECT count(*) FROM run_log").fetch_one(&store.app().readers).await.unwrap();
    assert_eq!(left, 0);
}

#[tokio::test]
async fn a_deleted_turn_takes_no_more_text() {
    let store = Store::in_memory().await.unwrap();
    store.insert_chat(&chat("c")).await.unwrap();
    store.begin_turn(begin("c", "t", None, "q")).await.unwrap();
    store.delete_chat(&"c".into()).await.unwrap();
    let refused = store.append_run(&"t".into(), 1, &RunDelta::Text("x".into())).await.unwrap_err();
    assert!(matches!(refused, StoreError::NotFound { what: "turn", .. }), "{refused}");
}

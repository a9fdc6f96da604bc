//! The tree: branches, versions, the end of a branch, large messages.

use super::*;
use crate::testing::{begin, chat, finish, say};

/// t1, then two versions of the next question: t2 with two answers (t2, t3), and t4.
async fn branched() -> Store {
    let store = Store::in_memory().await.unwrap();
    store.insert_chat(&chat("c")).await.unwrap();
    say(&store, "c", "t1", None, "one", "1").await;
    say(&store, "c", "t2", Some("t1.a"), "two", "2").await;
    let mut again = begin("c", "t3", None, "");
    again.question = None;
    again.turn.question_id = "t2.q".into();
    again.answer.parent_id = Some("t2.q".into());
    store.begin_turn(again).await.unwrap();
    let mut done = finish("c", "t3", "3");
    done.turn.question_id = "t2.q".into();
    store.finish_turn(done).await.unwrap();
    say(&store, "c", "t4", Some("t1.a"), "two, edited", "4").await;
    store
}

fn ids(path: &[MessageHead]) -> Vec<&str> {
    path.iter().map(|head| head.id.as_str()).collect()
}

#[tokio::test]
async fn each_branch_is_read_from_its_root_to_its_leaf() {
    let store = branched().await;
    let path = store.path(&"c".into(), &"t3.a".into()).await.unwrap();
    assert_eq!(ids(&path), ["t1.q", "t1.a", "t2.q", "t3.a"]);
    let counts: Vec<_> = path.iter().map(|head| (head.siblings, head.sibling_index)).collect();
    assert_eq!(counts, [(1, 0), (1, 0), (2, 0), (2, 1)]);
    let path = store.path(&"c".into(), &"t4.a".into()).await.unwrap();
    assert_eq!(ids(&path), ["t1.q", "t1.a", "t4.q", "t4.a"]);
    assert_eq!((path[2].siblings, path[2].sibling_index), (2, 1));
    assert_eq!(path[3].turn_id, Some("t4".into()));
}

#[tokio::test]
async fn whole_messages_of_a_branch_match_its_heads() {
    let store = branched().await;
    let leaf = MessageId::from("t3.a");
    let heads = store.path(&"c".into(), &leaf).await.unwrap();
    let messages = store.path_messages(&"c".into(), &leaf).await.unwrap();
    assert_eq!(messages.iter().map(Message::said).collect::<Vec<_>>(), ["one", "1", "two", "3"]);
    for (head, message) in heads.iter().zip(&messages) {
        assert_eq!((&head.id, head.role), (&message.id, message.role));
        assert_eq!(head.bytes as usize, serde_json::to_string(&message.parts).unwrap().len());
    }
}

#[tokio::test]
async fn a_leaf_of_another_chat_gives_no_branch() {
    let store = branched().await;
    store.insert_chat(&chat("d")).await.unwrap();
    assert!(store.path(&"d".into(), &"t1.a".into()).await.unwrap().is_empty());
    assert!(store.path_messages(&"d".into(), &"t1.a".into()).await.unwrap().is_empty());
}

#[tokio::test]
async fn first_messages_of_two_chats_are_no_versions_of_each_other() {
    let store = branched().await;
    store.insert_chat(&chat("d")).await.unwrap();
    say(&store, "d", "t9", None, "other", "9").await;
    assert_eq!(store.siblings(&"t9.q".into()).await.unwrap(), ["t9.q".into()]);
    assert_eq!(store.siblings(&"t4.q".into()).await.unwrap(), ["t2.q".into(), "t4.q".into()]);
    assert!(store.siblings(&"nowhere".into()).await.unwrap().is_empty());
}

#[tokio::test]
async fn the_end_of_a_branch_is_where_it_was_worked_on_last() {
    let store = branched().await;
    assert_eq!(store.newest_leaf_below(&"t1.q".into()).await.unwrap(), "t4.a".into());
    assert_eq!(store.newest_leaf_below(&"t2.q".into()).await.unwrap(), "t3.a".into());
    assert_eq!(store.newest_leaf_below(&"t2.a".into()).await.unwrap(), "t2.a".into());
    assert!(store.newest_leaf_below(&"nowhere".into()).await.is_err());
}

#[tokio::test]
async fn messages_come_in_the_order_asked_for() {
    let store = branched().await;
    let asked: Vec<MessageId> = ["t4.a", "nowhere", "t1.q"].map(MessageId::from).into();
    let messages = store.messages(&asked).await.unwrap();
    assert_eq!(messages.iter().map(|m| m.id.as_str()).collect::<Vec<_>>(), ["t4.a", "t1.q"]);
}

#[tokio::test]
async fn every_kind_of_part_comes_back_as_it_went_in() {
    let store = branched().await;
    let parts = vec![
        Part::Reasoning { text: "hm".into(), signature: Some("sig".into()), family: "anthropic".into() },
        Part::Opaque { family: "x".into(), value: serde_json::json!({"z": 1, "a": [1.5, null]}) },
        Part::Image {
            media_type: "image/png".into(),
            hash: "00".into(),
            bytes: 3,
            name: Some("a.png".into()),
        },
        Part::ToolCall { id: "1".into(), name: "recall_memory".into(), arguments: "{ \"q\":\t1}".into() },
        Part::ToolResult {
            id: "1".into(),
            name: "recall_memory".into(),
            text: "\u{0}\u{1}<b>".into(),
            failed: false,
        },
        Part::text("end"),
    ];
    let mut done = finish("c", "t4", "");
    done.parts = parts.clone();
    store.finish_turn(done).await.unwrap();
    assert_eq!(store.message(&"t4.a".into()).await.unwrap().unwrap().parts, parts);
}

#[tokio::test]
async fn a_message_of_a_megabyte_is_kept_whole_and_found() {
    let store = Store::in_memory().await.unwrap();
    store.insert_chat(&chat("c")).await.unwrap();
    let text = format!("{}needle {}", "straw and hay \n".repeat(40_000), "日本語 ".repeat(40_000));
    assert!(text.len() > 1_000_000);
    say(&store, "c", "t", None, &text, "ok").await;
    assert_eq!(store.message(&"t.q".into()).await.unwrap().unwrap().said(), text);
    let hits = store.search("needle", 5, 0).await.unwrap();
    assert_eq!(hits[0].message_id, Some("t.q".into()));
    assert!(hits[0].snippet.len() < 500);
}

//! Chats: what is kept, what a patch changes, what a deletion takes along and what it leaves.

use super::*;
use crate::testing::{at, begin, chat, message, retain, say, send, spans};
use rearview_domain::message::{Part, Role};
use rearview_domain::settings::TurnSettings;

async fn count(pool: &sqlx::SqlitePool, sql: &'static str) -> i64 {
    sqlx::query_scalar(sql).fetch_one(pool).await.unwrap()
}

#[tokio::test]
async fn a_chat_comes_back_as_it_went_in() {
    let store = Store::in_memory().await.unwrap();
    let whole = Chat {
        title: "Trip to Lisbon".into(),
        kind: ChatKind::Incognito,
        bank_id: Some("Ana's bank".into()),
        profile_id: Some("p".into()),
        model: Some("openai/x".into()),
        system_prompt: "Be brief.".into(),
        settings: TurnSettings { max_memory_tokens: Some(9), ..Default::default() },
        draft: "Where".into(),
        created_at: at(1),
        updated_at: at(2),
        ..chat("c")
    };
    store.insert_chat(&whole).await.unwrap();
    assert_eq!(store.chat(&"c".into()).await.unwrap(), Some(whole));
    assert_eq!(store.chat(&"d".into()).await.unwrap(), None);
}

#[tokio::test]
async fn the_chat_used_last_comes_first_and_pages_do_not_overlap() {
    let store = Store::in_memory().await.unwrap();
    for (id, used) in [("a", 3), ("b", 1), ("c", 2), ("d", 2)] {
        store.insert_chat(&Chat { updated_at: at(used), ..chat(id) }).await.unwrap();
    }
    let mut seen = Vec::new();
    for offset in [0, 2] {
        let page = store.chats(ChatFilter { limit: 2, offset }).await.unwrap();
        assert_eq!(page.total, 4);
        seen.extend(page.items.into_iter().map(|chat| chat.id.0));
    }
    assert_eq!(seen, ["a", "d", "c", "b"]);
}

#[tokio::test]
async fn a_patch_sets_clears_and_leaves_alone() {
    let store = Store::in_memory().await.unwrap();
    let before = Chat { bank_id: Some("b".into()), model: Some("m".into()), title: "t".into(), ..chat("c") };
    store.insert_chat(&before).await.unwrap();
    let patch = ChatPatch {
        bank_id: Change::Clear,
        profile_id: Change::Set("p".into()),
        system_prompt: Some("s".into()),
        ..Default::default()
    };
    let after = store.update_chat(&"c".into(), patch).await.unwrap();
    let expected = Chat { bank_id: None, profile_id: Some("p".into()), system_prompt: "s".into(), ..before };
    assert_eq!(after, expected);
    assert_eq!(store.chat(&"c".into()).await.unwrap(), Some(expected));
    let missing = store.update_chat(&"x".into(), ChatPatch::default()).await.unwrap_err();
    assert!(matches!(missing, StoreError::NotFound { what: "chat", .. }));
}

#[tokio::test]
async fn a_draft_stays_until_it_is_sent() {
    let store = Store::in_memory().await.unwrap();
    store.insert_chat(&chat("c")).await.unwrap();
    say(&store, "c", "t1", None, "q", "a").await;
    store.set_draft(&"c".into(), "half a sent").await.unwrap();
    let mut again = begin("c", "t2", None, "");
    again.question = None;
    again.turn.question_id = "t1.q".into();
    again.answer.parent_id = Some("t1.q".into());
    store.begin_turn(again).await.unwrap();
    assert_eq!(store.chat(&"c".into()).await.unwrap().unwrap().draft, "half a sent");
    store.begin_turn(begin("c", "t3", Some("t2.a"), "half a sentence")).await.unwrap();
    assert_eq!(store.chat(&"c".into()).await.unwrap().unwrap().draft, "");
}

#[tokio::test]
async fn a_leaf_has_to_be_a_message_of_the_chat() {
    let store = Store::in_memory().await.unwrap();
    for id in ["c", "d"] {
        store.insert_chat(&chat(id)).await.unwrap();
    }
    say(&store, "c", "t", None, "q", "a").await;
    store.set_leaf(&"c".into(), &"t.q".into()).await.unwrap();
    assert_eq!(store.chat(&"c".into()).await.unwrap().unwrap().leaf_id, Some("t.q".into()));
    assert!(store.set_leaf(&"d".into(), &"t.q".into()).await.is_err());
    assert!(store.set_leaf(&"c".into(), &"nowhere".into()).await.is_err());
}

#[tokio::test]
async fn deleting_a_chat_takes_everything_of_its_own_and_nothing_of_others() {
    let store = Store::in_memory().await.unwrap();
    let (app, records) = (&store.app().readers, &store.records().readers);
    let shared = store.put_blob(b"shared picture", "image/png").await.unwrap();
    let own = store.put_blob(b"own picture", "image/png").await.unwrap();
    let image =
        |hash: &str| Part::Image { media_type: "image/png".into(), hash: hash.into(), bytes: 1, name: None };
    let (common, ca, cb) = ("common ".repeat(20), "of a ".repeat(20), "of b ".repeat(20));
    let body = |own: &str| (format!("{common}{own}"), spans(&[140, 100]));
    let mut hashes = Vec::new();
    for (id, images, own) in [("a", vec![image(&shared), image(&own)], &ca), ("b", vec![image(&shared)], &cb)]
    {
        store.insert_chat(&Chat { title: format!("title {id}"), ..chat(id) }).await.unwrap();
        let turn = format!("{id}-t");
        let mut begun = begin(id, &turn, None, "word");
        begun.question.as_mut().unwrap().parts.extend(images);
        store.begin_turn(begun).await.unwrap();
        store.append_run(&turn.as_str().into(), 1, &crate::RunDelta::Text("x".into())).await.unwrap();
        let (bytes, spans) = body(own);
        hashes.push(send(&store, id, &turn, bytes.as_bytes(), &spans).await);
    }
    let waiting = crate::NewOutboxItem { chat_id: "a".into(), ..retain("a-t") };
    store.enqueue(&waiting).await.unwrap();

    let turns = store.delete_chat(&"a".into()).await.unwrap();

    assert_eq!(turns.iter().map(|turn| turn.id.as_str()).collect::<Vec<_>>(), ["a-t"]);
    assert_eq!(store.chat(&"a".into()).await.unwrap(), None);
    assert_eq!(store.message(&"a-t.q".into()).await.unwrap(), None);
    assert_eq!(store.record(&"a-t".into()).await.unwrap(), None);
    assert_eq!(store.body(&hashes[0]).await.unwrap(), None);
    assert_eq!(store.body(&hashes[1]).await.unwrap().unwrap(), body(&cb).0.as_bytes());
    assert_eq!(store.blob(&own).await.unwrap(), None);
    assert!(store.blob(&shared).await.unwrap().is_some());
    let hits = store.search("word", 9, 0).await.unwrap();
    assert_eq!(hits.iter().map(|hit| hit.chat_id.as_str()).collect::<Vec<_>>(), ["b"]);
    assert!(store.search("title a ", 9, 0).await.unwrap().is_empty());
    assert_eq!(
        store.outbox_counts().await.unwrap().queued,
        1,
        "what waits for memory is the caller's to decide"
    );
    assert_eq!(count(app, "SELECT count(*) FROM run_log").await, 1);
    assert_eq!(count(records, "SELECT count(*) FROM segment").await, 2);
    store.delete_chat(&"b".into()).await.unwrap();
    for sql in
        ["SELECT count(*) FROM segment", "SELECT count(*) FROM body", "SELECT count(*) FROM record_part"]
    {
        assert_eq!(count(records, sql).await, 0, "{sql}");
    }
    assert_eq!(count(app, "SELECT count(*) FROM blob").await, 0);
    assert!(store.delete_chat(&"b".into()).await.is_err());
}

#[tokio::test]
async fn a_body_on_its_way_keeps_segments_that_a_deleted_chat_shared() {
    let store = Store::in_memory().await.unwrap();
    for id in ["a", "b"] {
        store.insert_chat(&chat(id)).await.unwrap();
    }
    let common = "common ".repeat(20);
    send(&store, "a", "t1", common.as_bytes(), &[]).await;
    let body = format!("{common}and more");
    let hash = store.put_body(body.as_bytes(), &spans(&[140])).await.unwrap();
    store.delete_chat(&"a".into()).await.unwrap();
    assert_eq!(store.body(&hash).await.unwrap().unwrap(), body.as_bytes());
}

#[tokio::test]
async fn a_long_chat_can_be_deleted() {
    let store = Store::in_memory().await.unwrap();
    store.insert_chat(&chat("c")).await.unwrap();
    let mut tx = store.app().begin("test").await.unwrap();
    for n in 0..3_000 {
        let parent = (n > 0).then(|| format!("m{}", n - 1));
        let message = message("c", &format!("m{n}"), parent.as_deref(), Role::User, "hello");
        crate::message::insert_message(&mut tx, &message, "test").await.unwrap();
    }
    commit(tx, "test").await.unwrap();
    assert_eq!(store.path(&"c".into(), &"m2999".into()).await.unwrap().len(), 3_000);
    store.delete_chat(&"c".into()).await.unwrap();
    assert!(store.path(&"c".into(), &"m2999".into()).await.unwrap().is_empty());
}

//! The data folder: one holder, newer and damaged files, a full disk, what a crash leaves to sweep.

use crate::testing::{begin, chat, finish, recover, removal, retain, say, send, spans};
use crate::{ChatFilter, Store, StoreError};
use rearview_domain::ErrorCode;
use rearview_domain::turn::TurnState;

#[tokio::test]
async fn a_folder_has_one_holder_at_a_time() {
    let dir = tempfile::tempdir().unwrap();
    let first = Store::open(dir.path()).await.unwrap();
    let clone = first.clone();
    drop(first);
    let refused = Store::open(dir.path()).await.unwrap_err();
    assert!(matches!(refused, StoreError::DataInUse { .. }), "{refused}");
    assert_eq!(refused.to_error().code, ErrorCode::DataInUse);
    drop(clone);
    Store::open(dir.path()).await.unwrap();
}

#[tokio::test]
async fn what_was_saved_is_there_after_opening_again() {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::open(dir.path()).await.unwrap();
    store.insert_chat(&chat("c")).await.unwrap();
    say(&store, "c", "t", None, "Where?", "Lisbon.").await;
    store.close().await;
    drop(store);
    let store = Store::open(dir.path()).await.unwrap();
    assert_eq!(store.chat(&"c".into()).await.unwrap().unwrap().leaf_id, Some("t.a".into()));
    assert_eq!(store.message(&"t.a".into()).await.unwrap().unwrap().said(), "Lisbon.");
    assert!(store.disk_use().unwrap().app > 0);
    assert_eq!(store.disk_use().unwrap().backups, 0, "a present schema needs no copy");
}

#[tokio::test]
async fn a_newer_database_is_refused_and_nothing_is_touched() {
    for file in ["rearview.db", "records.db"] {
        let dir = tempfile::tempdir().unwrap();
        let store = Store::open(dir.path()).await.unwrap();
        let db = if file == "rearview.db" { store.app() } else { store.records() };
        sqlx::query(
            "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time)
             VALUES (99990101000000, 'of tomorrow', 1, x'00', 0)",
        )
        .execute(&db.writer)
        .await
        .unwrap();
        store.close().await;
        drop(store);
        let before: Vec<_> =
            ["rearview.db", "records.db"].map(|f| std::fs::read(dir.path().join(f)).unwrap()).into();
        let refused = Store::open(dir.path()).await.unwrap_err();
        assert!(matches!(refused, StoreError::DatabaseTooNew { file: f, .. } if f == file), "{refused}");
        let after: Vec<_> =
            ["rearview.db", "records.db"].map(|f| std::fs::read(dir.path().join(f)).unwrap()).into();
        assert!(before == after, "{file} was refused and yet something changed");
    }
}

#[tokio::test]
async fn a_file_that_is_no_database_is_called_damaged() {
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join("rearview.db"), "this is no database, it is a sentence. ".repeat(200))
        .unwrap();
    let refused = Store::open(dir.path()).await.unwrap_err();
    assert!(matches!(refused, StoreError::Damaged { .. }), "{refused}");
    assert!(refused.to_error().hint.unwrap().contains("backups"));
}

#[tokio::test]
async fn a_full_disk_is_told_and_loses_nothing_that_was_committed() {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::open(dir.path()).await.unwrap();
    store.insert_chat(&chat("c")).await.unwrap();
    say(&store, "c", "t1", None, "first", "kept").await;
    store.begin_turn(begin("c", "t2", Some("t1.a"), "second")).await.unwrap();
    store.append_run(&"t2".into(), 1, &crate::RunDelta::Text("so far".into())).await.unwrap();
    for db in [store.app(), store.records()] {
        let pages: i64 = sqlx::query_scalar("PRAGMA page_count").fetch_one(&db.writer).await.unwrap();
        // The pragma takes no parameters; the number is ours.
        let limit = sqlx::AssertSqlSafe(format!("PRAGMA max_page_count = {}", pages + 2));
        sqlx::query(limit).execute(&db.writer).await.unwrap();
    }
    let large = noise(400_000);
    let full = store.finish_turn(finish("c", "t2", &large)).await.unwrap_err();
    assert_eq!(full.to_error().code, ErrorCode::DiskFull, "{full}");
    let full = store.begin_turn(begin("c", "t3", Some("t2.a"), &large)).await.unwrap_err();
    assert_eq!(full.to_error().code, ErrorCode::DiskFull, "{full}");
    let full = store.put_body(large.as_bytes(), &[]).await.unwrap_err();
    assert_eq!(full.to_error().code, ErrorCode::DiskFull, "{full}");
    drop(store);
    let store = Store::open(dir.path()).await.unwrap();
    assert_eq!(store.message(&"t1.a".into()).await.unwrap().unwrap().said(), "kept");
    assert_eq!(store.message(&"t2.q".into()).await.unwrap().unwrap().said(), "second");
    assert_eq!(store.turn(&"t3".into()).await.unwrap(), None, "half a turn was written");
    let recovered = recover(&store).await;
    assert_eq!(recovered[0].state, TurnState::Interrupted);
    assert_eq!(store.message(&"t2.a".into()).await.unwrap().unwrap().said(), "so far");
}

/// Text that does not compress, the same in every run.
fn noise(bytes: usize) -> String {
    let mut state = 7u64;
    std::iter::repeat_with(|| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        char::from(
            b"abcdefghijklmnopqrstuvwxyz ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789."[(state >> 58) as usize],
        )
    })
    .take(bytes)
    .collect()
}

#[tokio::test]
async fn two_stores_in_memory_know_nothing_of_each_other() {
    let (one, other) = (Store::in_memory().await.unwrap(), Store::in_memory().await.unwrap());
    one.insert_chat(&chat("c")).await.unwrap();
    send(&one, "c", "t", b"{}", &[]).await;
    assert_eq!(other.chats(ChatFilter { limit: 9, offset: 0 }).await.unwrap().total, 0);
    assert_eq!(other.record(&"t".into()).await.unwrap(), None);
    assert_eq!(one.disk_use().unwrap(), crate::DiskUse::default());
}

#[tokio::test]
async fn a_start_sweeps_bodies_that_no_record_names_and_records_of_deleted_chats() {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::open(dir.path()).await.unwrap();
    for id in ["kept", "gone"] {
        store.insert_chat(&chat(id)).await.unwrap();
    }
    let shared = noise(300);
    let kept = send(&store, "kept", "t1", shared.as_bytes(), &[]).await;
    let loose =
        store.put_body(format!("{shared}{}", noise(200)).as_bytes(), &spans(&[300, 200])).await.unwrap();
    store.delete_chat(&"gone".into()).await.unwrap();
    // A turn that was still running wrote after its chat was deleted.
    let late =
        send(&store, "gone", "t2", b"late, but long enough to be a segment of its own, all in all", &[])
            .await;
    drop(store);
    let store = Store::open(dir.path()).await.unwrap();
    assert_eq!(store.body(&kept).await.unwrap().unwrap(), shared.as_bytes());
    assert_eq!(store.body(&loose).await.unwrap(), None);
    assert_eq!(store.body(&late).await.unwrap(), None);
    assert_eq!(store.record(&"t2".into()).await.unwrap(), None);
    let segments: i64 =
        sqlx::query_scalar("SELECT count(*) FROM segment").fetch_one(&store.records().readers).await.unwrap();
    assert_eq!(segments, 1);
}

#[tokio::test]
async fn ids_with_odd_characters_are_kept_as_they_are() {
    let store = Store::in_memory().await.unwrap();
    for id in ["a'b\"c", "日本/../x", "%00?#", "\u{202e}rtl", "x;DROP TABLE chat"] {
        store.insert_chat(&chat(id)).await.unwrap();
        let turn = format!("{id}-t");
        say(&store, id, &turn, None, "q", "a").await;
        let leaf = store.chat(&id.into()).await.unwrap().unwrap().leaf_id.unwrap();
        assert_eq!(leaf.as_str(), format!("{turn}.a"));
        assert_eq!(store.path(&id.into(), &leaf).await.unwrap().len(), 2);
        assert_eq!(store.turns(&[turn.as_str().into()]).await.unwrap().len(), 1);
        let mut item = retain(&turn);
        item.document_id = id.into();
        store.enqueue(&item).await.unwrap();
        assert_eq!(store.outbox_of_turn(&turn.as_str().into()).await.unwrap()[0].document_id, id.into());
        send(&store, id, &turn, b"{}", &[]).await;
        assert_eq!(store.record(&turn.as_str().into()).await.unwrap().unwrap().chat_id, id.into());
        assert_eq!(store.delete_chat(&id.into()).await.unwrap().len(), 1);
    }
}

#[tokio::test]
async fn a_clock_that_goes_backwards_does_not_disturb_any_order() {
    let store = Store::in_memory().await.unwrap();
    store.insert_chat(&chat("c")).await.unwrap();
    let mut parent: Option<String> = None;
    for n in 0..5 {
        let earlier = crate::testing::at(-n * 86_400_000);
        let mut begun = begin("c", &format!("t{n}"), parent.as_deref(), "lisbon");
        begun.answer.created_at = earlier.clone();
        begun.turn.started_at = earlier.clone();
        begun.question.as_mut().unwrap().created_at = earlier.clone();
        store.begin_turn(begun).await.unwrap();
        let mut item = if n == 4 { removal("t0") } else { retain("t0") };
        item.created_at = earlier;
        store.enqueue(&item).await.unwrap();
        parent = Some(format!("t{n}.a"));
    }
    let path = store.path(&"c".into(), &"t4.a".into()).await.unwrap();
    let ids: Vec<&str> = path.iter().map(|head| head.id.as_str()).collect();
    assert_eq!(ids, ["t0.q", "t0.a", "t1.q", "t1.a", "t2.q", "t2.a", "t3.q", "t3.a", "t4.q", "t4.a"]);
    assert_eq!(store.newest_leaf_below(&"t0.q".into()).await.unwrap(), "t4.a".into());
    let hits = store.search("lisbon", 9, 0).await.unwrap();
    let hits: Vec<&str> = hits.iter().filter_map(|hit| Some(hit.message_id.as_ref()?.as_str())).collect();
    assert_eq!(hits, ["t4.q", "t3.q", "t2.q", "t1.q", "t0.q"]);
    let turns: Vec<_> = store.turns_of_chat(&"c".into()).await.unwrap().into_iter().map(|t| t.id.0).collect();
    assert_eq!(turns, ["t0", "t1", "t2", "t3", "t4"]);
    let ids: Vec<i64> =
        store.outbox_of_turn(&"t0".into()).await.unwrap().iter().map(|item| item.id).collect();
    assert!(ids.is_sorted() && ids.len() == 5, "{ids:?}");
}

//! The outbox: order within a document, freedom between documents, one transaction with the turn.

use super::*;
use crate::testing::{at, begin, chat, removal, retain};
use rearview_domain::ErrorCode;

async fn due(store: &Store, ms: i64) -> Vec<i64> {
    store.due(&at(ms), 100).await.unwrap().iter().map(|item| item.id).collect()
}

async fn stage(store: &Store, id: i64, stage: OutboxStage) {
    let page = store.outbox_items(100, 0).await.unwrap();
    let mut item = page.items.into_iter().find(|item| item.id == id).unwrap();
    item.stage = stage;
    item.attempts += 1;
    store.outbox_update(&item, None).await.unwrap();
}

#[tokio::test]
async fn a_later_item_of_a_document_waits_for_the_earlier_one() {
    let store = Store::in_memory().await.unwrap();
    let store_it = store.enqueue(&retain("t")).await.unwrap();
    let remove_it = store.enqueue(&removal("t")).await.unwrap();
    let other = store.enqueue(&retain("u")).await.unwrap();
    assert_eq!(due(&store, 0).await, [store_it, other]);
    stage(&store, store_it, OutboxStage::Sent).await;
    assert_eq!(due(&store, 0).await, [store_it, other], "sent is not done");
    store.outbox_done(store_it, RetainState::Done { at: at(1) }).await.unwrap();
    assert_eq!(due(&store, 0).await, [remove_it, other]);
}

#[tokio::test]
async fn an_earlier_item_that_is_not_due_yet_still_blocks_the_later_one() {
    let store = Store::in_memory().await.unwrap();
    store.enqueue(&NewOutboxItem { next_try_at: at(100), ..retain("t") }).await.unwrap();
    store.enqueue(&removal("t")).await.unwrap();
    assert!(due(&store, 0).await.is_empty());
    assert_eq!(store.next_due().await.unwrap(), Some(at(100)));
}

#[tokio::test]
async fn a_failed_item_blocks_nothing_and_is_not_tried_by_itself() {
    let store = Store::in_memory().await.unwrap();
    let failed = store.enqueue(&retain("t")).await.unwrap();
    let next = store.enqueue(&removal("t")).await.unwrap();
    stage(&store, failed, OutboxStage::Failed).await;
    assert_eq!(due(&store, 0).await, [next]);
    assert_eq!(store.outbox_counts().await.unwrap(), OutboxCounts { queued: 1, sent: 0, failed: 1 });
}

#[tokio::test]
async fn the_same_document_in_another_bank_is_another_document() {
    let store = Store::in_memory().await.unwrap();
    store.enqueue(&retain("t")).await.unwrap();
    store.enqueue(&NewOutboxItem { bank_id: "b2".into(), ..retain("t") }).await.unwrap();
    store.enqueue(&NewOutboxItem { server_id: "s2".into(), ..retain("t") }).await.unwrap();
    assert_eq!(due(&store, 0).await.len(), 3);
    assert_eq!(store.due(&at(0), 2).await.unwrap().len(), 2);
}

#[tokio::test]
async fn an_item_comes_back_as_it_was_written() {
    let store = Store::in_memory().await.unwrap();
    let new = NewOutboxItem { operation_id: Some("op".into()), next_try_at: at(3), ..retain("t") };
    let id = store.enqueue(&new).await.unwrap();
    let mut item = store.outbox_of_turn(&"t".into()).await.unwrap().remove(0);
    assert_eq!((item.id, item.stage, item.attempts), (id, OutboxStage::Queued, 0));
    assert_eq!(
        (&item.action, &item.operation_id, &item.next_try_at),
        (&new.action, &new.operation_id, &at(3))
    );
    item.stage = OutboxStage::Sent;
    item.attempts = 2;
    item.next_try_at = at(50);
    item.operation_id = Some("op2".into());
    item.last_error = Some(Error::new(ErrorCode::Timeout, "slow"));
    store.outbox_update(&item, None).await.unwrap();
    assert_eq!(store.outbox_of_turn(&"t".into()).await.unwrap(), [item]);
    assert_eq!(store.next_due().await.unwrap(), Some(at(50)));
}

#[tokio::test]
async fn the_turn_says_what_its_item_says() {
    let store = Store::in_memory().await.unwrap();
    store.insert_chat(&chat("c")).await.unwrap();
    store.begin_turn(begin("c", "t", None, "q")).await.unwrap();
    store.enqueue(&retain("t")).await.unwrap();
    let item = store.outbox_of_turn(&"t".into()).await.unwrap().remove(0);
    let sent = RetainState::Sent { operation_id: "op".into(), progress: None, next_try_at: at(5) };
    store.outbox_update(&item, Some(sent.clone())).await.unwrap();
    assert_eq!(store.turn(&"t".into()).await.unwrap().unwrap().retain, Some(sent));
    store.outbox_done(item.id, RetainState::Done { at: at(9) }).await.unwrap();
    assert_eq!(store.turn(&"t".into()).await.unwrap().unwrap().retain, Some(RetainState::Done { at: at(9) }));
    assert_eq!(store.next_due().await.unwrap(), None);
    assert!(store.outbox_done(item.id, RetainState::Done { at: at(9) }).await.is_err());
}

#[tokio::test]
async fn an_item_outlives_its_chat() {
    let store = Store::in_memory().await.unwrap();
    let id = store.enqueue(&removal("never was a turn")).await.unwrap();
    assert_eq!(due(&store, 0).await, [id]);
    store.outbox_done(id, RetainState::Removed { at: at(1) }).await.unwrap();
}

#[tokio::test]
async fn only_a_retain_that_was_never_tried_can_be_cancelled() {
    let store = Store::in_memory().await.unwrap();
    let fresh = store.enqueue(&retain("fresh")).await.unwrap();
    let tried = store.enqueue(&retain("tried")).await.unwrap();
    store.enqueue(&removal("fresh")).await.unwrap();
    stage(&store, tried, OutboxStage::Queued).await;
    let held = store.outbox_of_turn(&"fresh".into()).await.unwrap().remove(0);
    assert!(store.cancel_unsent_retain(&"fresh".into()).await.unwrap());
    assert!(!store.cancel_unsent_retain(&"fresh".into()).await.unwrap());
    assert!(!store.cancel_unsent_retain(&"tried".into()).await.unwrap());
    assert_eq!(held.id, fresh);
    let refused = store.outbox_update(&held, None).await.unwrap_err();
    assert!(matches!(refused, StoreError::NotFound { .. }), "a cancelled item must not be sent: {refused}");
    let left = store.outbox_items(1, 1).await.unwrap();
    assert_eq!((left.total, left.items.len(), left.items[0].id), (2, 1, tried));
}

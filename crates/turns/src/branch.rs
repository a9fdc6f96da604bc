//! Memory follows the visible branch: turns that leave it are taken out of memory, turns that come
//! back are handed in again.

use crate::driver::new_item;
use crate::retain;
use rearview_domain::message::Message;
use rearview_domain::time::Time;
use rearview_domain::turn::{RetainSkip, RetainState, Turn, TurnState};
use rearview_domain::{ChatId, MessageId, TurnId};
use rearview_store::{NewOutboxItem, OutboxAction, Store, StoreError};
use std::collections::HashSet;

/// Turns that left the visible branch and turns that came onto it, after the leaf moved.
///
/// # Errors
/// The store's.
pub async fn follow(
    store: &Store,
    chat: &ChatId,
    old_leaf: &MessageId,
    new_leaf: &MessageId,
) -> Result<Vec<TurnId>, StoreError> {
    let turns_on = |heads: Vec<rearview_store::MessageHead>| -> HashSet<TurnId> {
        heads.into_iter().filter_map(|head| head.turn_id).collect()
    };
    let old = turns_on(store.path(chat, old_leaf).await?);
    let new = turns_on(store.path(chat, new_leaf).await?);
    let left: Vec<TurnId> = old.difference(&new).cloned().collect();
    let came: Vec<TurnId> = new.difference(&old).cloned().collect();
    let mut moved = Vec::new();
    for turn in store.turns(&left).await? {
        if forget(store, &turn).await? {
            moved.push(turn.id);
        }
    }
    if !came.is_empty() {
        let path = store.path_messages(chat, new_leaf).await?;
        for turn in store.turns(&came).await? {
            if retain_again(store, &turn, &path).await? {
                moved.push(turn.id);
            }
        }
    }
    Ok(moved)
}

/// Takes a turn out of memory, or makes sure it never gets in. Answers whether anything had to be done.
///
/// # Errors
/// The store's.
pub async fn forget(store: &Store, turn: &Turn) -> Result<bool, StoreError> {
    match &turn.retain {
        None | Some(RetainState::Skipped { .. } | RetainState::Removed { .. }) => return Ok(false),
        Some(
            RetainState::Queued { .. }
            | RetainState::Sent { .. }
            | RetainState::Done { .. }
            | RetainState::Failed { .. },
        ) => {}
    }
    if store.cancel_unsent_retain(&turn.id).await? {
        store.set_retain(&turn.id, &RetainState::Skipped { why: RetainSkip::NotVisible }).await?;
        return Ok(true);
    }
    let Some(bank) =
        store.record(&turn.id).await?.and_then(|record| record.resolved).map(|resolved| resolved.bank)
    else {
        tracing::error!(turn_id = %turn.id, "a turn cannot be taken out of memory: its record does not say where it is");
        return Ok(false);
    };
    let Some(server_id) = bank.server_id else { return Ok(false) };
    let now = Time::now();
    store
        .enqueue(&NewOutboxItem {
            turn_id: turn.id.clone(),
            chat_id: turn.chat_id.clone(),
            server_id,
            bank_id: bank.bank_id,
            document_id: turn.document_id(),
            action: OutboxAction::DeleteDocument,
            operation_id: None,
            next_try_at: now.clone(),
            created_at: now,
        })
        .await?;
    Ok(true)
}

/// Hands a turn to memory that was kept from it, or taken out of it, only because it was not visible.
async fn retain_again(store: &Store, turn: &Turn, path: &[Message]) -> Result<bool, StoreError> {
    let kept_out = match &turn.retain {
        Some(RetainState::Removed { .. } | RetainState::Skipped { why: RetainSkip::NotVisible }) => true,
        // A deletion may still be waiting; a retain after it puts the turn back, in order.
        Some(RetainState::Done { .. } | RetainState::Sent { .. } | RetainState::Failed { .. }) => {
            let waiting = store.outbox_of_turn(&turn.id).await?;
            waiting.iter().any(|item| item.action == OutboxAction::DeleteDocument)
        }
        Some(RetainState::Queued { .. } | RetainState::Skipped { .. }) => false,
        // A turn that Rearview did not live to finish.
        None => turn.state != TurnState::Running,
    };
    if !kept_out {
        return Ok(false);
    }
    retain_turn(store, turn, path).await
}

/// Hands an ended turn to memory. Answers whether it was put into the outbox.
///
/// # Errors
/// The store's.
pub async fn retain_turn(store: &Store, turn: &Turn, path: &[Message]) -> Result<bool, StoreError> {
    let Some(resolved) = store.record(&turn.id).await?.and_then(|record| record.resolved) else {
        return Ok(false);
    };
    let demo = turn.model.starts_with("demo/");
    let built = match resolved.store_off {
        Some(why) => Err(why),
        None => retain::build(path, turn, &resolved, demo),
    };
    let state = match built {
        Ok(retain) => {
            let item = new_item(turn, &retain);
            let next_try_at = item.next_try_at.clone();
            store.enqueue(&item).await?;
            RetainState::Queued { next_try_at, attempts: 0, last_error: None }
        }
        Err(why) => RetainState::Skipped { why },
    };
    let queued = matches!(state, RetainState::Queued { .. });
    store.set_retain(&turn.id, &state).await?;
    Ok(queued)
}

/// After a start: turns that were running when Rearview ended keep what came of them, and what was said
/// in them goes to memory as if they had been stopped.
///
/// # Errors
/// The store's.
pub async fn recover(store: &Store) -> Result<Vec<Turn>, StoreError> {
    let turns = store.recover().await?;
    for turn in &turns {
        tracing::warn!(turn_id = %turn.id, "a turn was interrupted; what came of it was kept");
        let Some(leaf) = store.chat(&turn.chat_id).await?.and_then(|chat| chat.leaf_id) else { continue };
        let path = store.path_messages(&turn.chat_id, &leaf).await?;
        retain_turn(store, turn, &path).await?;
    }
    Ok(turns)
}

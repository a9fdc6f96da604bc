//! Memory follows the visible branch: turns that leave it are taken out of memory, turns that come
//! back are handed in again, whenever the process dies in between.
//!
//! A move of the leaf is announced on disk before it is made and forgotten after memory has followed;
//! what a dead process left announced is followed at the next start.

mod asked;
mod tool_documents;

pub use asked::answer;

use crate::driver::ending::new_item;
use crate::retain::{self, Retain};
use rearview_domain::message::{Message, Part};
use rearview_domain::record::{RecordPart, Resolved};
use rearview_domain::time::Time;
use rearview_domain::turn::{RetainSkip, RetainState, Turn, TurnState};
use rearview_domain::{ChatId, MessageId, TurnId};
use rearview_store::{Finish, NewOutboxItem, OutboxAction, OutboxItem, OutboxStage, Store, StoreError};
use serde_json::json;
use std::collections::HashSet;

/// The kind under which announced moves are kept in the store.
const MOVES: &str = "branch_move";

/// A move of a chat's leaf that memory has not followed yet.
#[derive(Clone, Debug)]
pub struct Move {
    id: String,
    chat: ChatId,
    old_leaf: MessageId,
}

/// Announces that a chat's leaf is about to move away from `old_leaf`.
///
/// # Errors
/// The store's.
pub async fn announce(store: &Store, chat: &ChatId, old_leaf: &MessageId) -> Result<Move, StoreError> {
    let id = uuid::Uuid::now_v7().to_string();
    store.put_entry(MOVES, &id, &json!({"chat": chat, "old_leaf": old_leaf})).await?;
    Ok(Move { id, chat: chat.clone(), old_leaf: old_leaf.clone() })
}

/// Lets memory follow a move to `new_leaf`. Answers the turns for which something had to be done.
///
/// # Errors
/// The store's; the move stays announced then.
pub async fn follow(store: &Store, made: &Move, new_leaf: &MessageId) -> Result<Vec<TurnId>, StoreError> {
    let turns_on = |heads: Vec<rearview_store::MessageHead>| -> HashSet<TurnId> {
        heads.into_iter().filter_map(|head| head.turn_id).collect()
    };
    let old = turns_on(store.path(&made.chat, &made.old_leaf).await?);
    let new = turns_on(store.path(&made.chat, new_leaf).await?);
    let left: Vec<TurnId> = old.difference(&new).cloned().collect();
    let came: Vec<TurnId> = new.difference(&old).cloned().collect();
    let mut moved = Vec::new();
    for turn in store.turns(&left).await? {
        if forget(store, &turn).await? {
            moved.push(turn.id);
        }
    }
    if !came.is_empty() {
        let path = store.path_messages(&made.chat, new_leaf).await?;
        for turn in store.turns(&came).await? {
            if retain_again(store, &turn, &path).await? {
                moved.push(turn.id);
            }
        }
    }
    store.delete_entry(MOVES, &made.id).await?;
    Ok(moved)
}

/// Whether a turn stands on the branch of its chat that is shown.
pub(crate) struct Sight {
    /// The last message of that branch.
    leaf: MessageId,
    visible: bool,
}

/// Looks whether a turn is visible; `None` when its chat is gone or empty. Reads nothing of the turn's record.
///
/// # Errors
/// The store's.
pub(crate) async fn sight(store: &Store, turn: &Turn) -> Result<Option<Sight>, StoreError> {
    let Some(leaf) = store.chat(&turn.chat_id).await?.and_then(|chat| chat.leaf_id) else { return Ok(None) };
    let visible = store.path(&turn.chat_id, &leaf).await?.iter().any(|head| head.id == turn.answer_id);
    Ok(Some(Sight { leaf, visible }))
}

/// After a turn has ended and its record is whole: the branch may have been left, or come back to, while its end was
/// written. Answers whether something had to be done.
///
/// # Errors
/// The store's.
pub(crate) async fn settle(store: &Store, turn: &Turn, sight: Option<Sight>) -> Result<bool, StoreError> {
    let Some(Sight { leaf, visible }) = sight else { return Ok(false) };
    match (&turn.retain, visible) {
        (Some(RetainState::Queued { .. } | RetainState::Asking), false) => forget(store, turn).await,
        (_, false) => tool_documents::forget(store, turn).await,
        (Some(RetainState::Skipped { why: RetainSkip::NotVisible }), true) => {
            let path = store.path_messages(&turn.chat_id, &leaf).await?;
            retain_again(store, turn, &path).await
        }
        _ => Ok(false),
    }
}

/// Where a turn will be once the outbox is empty.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Heading {
    /// In memory, or it failed to get there, which is shown.
    In,
    /// Not in memory, only because it was not visible.
    Out,
    /// Never in memory, whatever is visible; or it is still running.
    Never,
    /// A process died between two writes: it may be in memory, and nothing is on its way.
    Unsure,
}

/// The last item on its way decides; the state that is shown lags behind it.
fn heading(turn: &Turn, waiting: &[OutboxItem]) -> Heading {
    match (waiting.last().map(|item| &item.action), &turn.retain) {
        (Some(OutboxAction::Retain { .. }), _) => Heading::In,
        (Some(OutboxAction::DeleteDocument), _) => Heading::Out,
        (None, Some(RetainState::Done { .. })) => Heading::In,
        (
            None,
            Some(
                RetainState::Removed { .. }
                | RetainState::Asking
                | RetainState::Skipped { why: RetainSkip::NotVisible },
            ),
        ) => Heading::Out,
        (None, Some(RetainState::Skipped { .. })) => Heading::Never,
        (None, Some(RetainState::Queued { .. } | RetainState::Sent { .. } | RetainState::Failed { .. })) => {
            Heading::Unsure
        }
        (None, None) if turn.state == TurnState::Running => Heading::Never,
        (None, None) => Heading::Unsure,
    }
}

/// Takes a turn out of memory, with what its tools stored, or makes sure it never gets in. Answers whether
/// anything had to be done.
///
/// # Errors
/// The store's.
pub async fn forget(store: &Store, turn: &Turn) -> Result<bool, StoreError> {
    // What a running turn stores is dealt with when it ends; see `settle`.
    let tools = turn.state != TurnState::Running && tool_documents::forget(store, turn).await?;
    Ok(forget_said(store, turn).await? || tools)
}

/// Takes what was said in a turn out of memory.
async fn forget_said(store: &Store, turn: &Turn) -> Result<bool, StoreError> {
    let waiting = store.outbox_of_turn(&turn.id).await?;
    let not_visible = RetainState::Skipped { why: RetainSkip::NotVisible };
    if turn.retain == Some(RetainState::Asking) && store.answer_asking(&turn.id, &not_visible, None).await? {
        return Ok(true);
    }
    if matches!(heading(turn, &waiting), Heading::Out | Heading::Never) {
        return Ok(false);
    }
    if store.cancel_unsent_retain(&turn.id).await? {
        store.set_retain(&turn.id, &not_visible).await?;
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
    // What failed to get in is not wanted there any more, and no longer counts as failed.
    for item in waiting.iter().filter(|item| item.stage == OutboxStage::Failed) {
        match store.outbox_done(item.id, not_visible.clone()).await {
            Err(StoreError::NotFound { .. }) => {}
            done => done?,
        }
    }
    Ok(true)
}

/// Hands a turn to memory that was kept from it, or taken out of it, only because it was not visible.
async fn retain_again(store: &Store, turn: &Turn, path: &[Message]) -> Result<bool, StoreError> {
    let tools = turn.state != TurnState::Running && tool_documents::store_again(store, turn).await?;
    Ok(retain_said_again(store, turn, path).await? || tools)
}

/// Hands what was said in a turn to memory.
async fn retain_said_again(store: &Store, turn: &Turn, path: &[Message]) -> Result<bool, StoreError> {
    let waiting = store.outbox_of_turn(&turn.id).await?;
    if matches!(heading(turn, &waiting), Heading::In | Heading::Never) {
        return Ok(false);
    }
    let Some(resolved) = resolved(store, turn).await? else { return Ok(false) };
    let same_bank = retain::follows_same_bank(store, path, turn, &resolved).await?;
    let Decided { state, item, part } = decide(turn, &resolved, path, same_bank);
    if let Some(item) = &item {
        store.enqueue(item).await?;
    }
    store.set_retain(&turn.id, &state).await?;
    store.append_record(&turn.id, &turn.chat_id, &Time::now(), &part).await?;
    Ok(item.is_some())
}

/// What becomes of an ended turn on a visible branch.
struct Decided {
    /// What its turn shows.
    state: RetainState,
    /// What goes into the outbox.
    item: Option<NewOutboxItem>,
    /// What its record says.
    part: RecordPart,
}

fn decide(turn: &Turn, resolved: &Resolved, path: &[Message], same_bank: bool) -> Decided {
    let Decided { state, item, part } = decide_without_asking(turn, resolved, path, same_bank);
    match part {
        RecordPart::Retained(mut retained)
            if item.is_some() && resolved.settings.ask_before_retaining.value =>
        {
            retained.state = RetainState::Asking;
            Decided { state: RetainState::Asking, item: None, part: RecordPart::Retained(retained) }
        }
        part => Decided { state, item, part },
    }
}

/// The same, of a turn that the person said yes to.
fn decide_without_asking(turn: &Turn, resolved: &Resolved, path: &[Message], same_bank: bool) -> Decided {
    let demo = turn.model.starts_with("demo/");
    let built: Result<Retain, RetainSkip> = match resolved.store_off {
        Some(why) => Err(why),
        None => retain::build(path, turn, resolved, demo, same_bank),
    };
    let (state, item, retain) = match built {
        Ok(retain) => {
            let item = new_item(turn, &retain);
            let next_try_at = item.next_try_at.clone();
            (RetainState::Queued { next_try_at, attempts: 0, last_error: None }, Some(item), Some(retain))
        }
        Err(why) => (RetainState::Skipped { why }, None, None),
    };
    let retained = retain::recorded(turn, retain.as_ref(), state.clone());
    Decided { state, item, part: RecordPart::Retained(Box::new(retained)) }
}

async fn resolved(store: &Store, turn: &Turn) -> Result<Option<Resolved>, StoreError> {
    Ok(store.record(&turn.id).await?.and_then(|record| record.resolved))
}

/// After a start: turns that were running when Rearview ended keep what came of them, what was said in
/// them goes to memory as if they had been stopped, and memory follows the moves that it had not yet.
///
/// # Errors
/// The store's.
pub async fn recover(store: &Store) -> Result<Vec<Turn>, StoreError> {
    let mut recovered = Vec::new();
    for (mut turn, parts) in store.interrupted().await? {
        tracing::warn!(turn_id = %turn.id, "a turn was interrupted; what came of it was kept");
        tool_documents::end_unfinished(store, &turn).await?;
        let Decided { state, item, part } = interrupted_retain(store, &turn, &parts).await?;
        turn.retain = Some(state);
        // The rounds that had ended are in the record; what the last one used nobody was told.
        if let Some(record) = store.record(&turn.id).await? {
            turn.usage = record.step_ends.iter().fold(turn.usage, |sum, end| sum.plus(&end.usage));
        }
        let outbox = item.into_iter().collect();
        store.finish_turn(Finish { turn: turn.clone(), parts, outbox }).await?;
        store.append_record(&turn.id, &turn.chat_id, &Time::now(), &part).await?;
        let seen = sight(store, &turn).await?;
        settle(store, &turn, seen).await?;
        recovered.push(turn);
    }
    for (id, entry) in store.entries(MOVES).await? {
        let name = |field: &str| entry[field].as_str().unwrap_or_default().to_owned();
        let made = Move { id, chat: name("chat").into(), old_leaf: name("old_leaf").into() };
        match store.chat(&made.chat).await?.and_then(|chat| chat.leaf_id) {
            Some(leaf) => drop(follow(store, &made, &leaf).await?),
            None => drop(store.delete_entry(MOVES, &made.id).await?),
        }
    }
    Ok(recovered)
}

/// Decides on the retain of an interrupted turn, as it is after its answer got these parts.
async fn interrupted_retain(store: &Store, turn: &Turn, parts: &[Part]) -> Result<Decided, StoreError> {
    let leaf = store.chat(&turn.chat_id).await?.and_then(|chat| chat.leaf_id);
    let (Some(leaf), Some(resolved)) = (leaf, resolved(store, turn).await?) else {
        // It died before it knew its bank: nothing had been answered either.
        let state = RetainState::Skipped { why: RetainSkip::Nothing };
        let part = RecordPart::Retained(Box::new(retain::recorded(turn, None, state.clone())));
        return Ok(Decided { state, item: None, part });
    };
    let mut path = store.path_messages(&turn.chat_id, &leaf).await?;
    if let Some(answer) = path.iter_mut().find(|message| message.id == turn.answer_id) {
        answer.parts = parts.to_vec();
    }
    let same_bank = retain::follows_same_bank(store, &path, turn, &resolved).await?;
    Ok(decide(turn, &resolved, &path, same_bank))
}

#[cfg(test)]
mod tests;

//! The documents that a turn's tools stored follow the visible branch like the turn's own. Each is an item of
//! the outbox under its own name instead of the turn's, so that where it is is not taken for where the turn is.

use crate::tools::run::item;
use rearview_domain::record::{RecordPart, Resolved, ToolRun, ToolState, TurnRecord};
use rearview_domain::time::Time;
use rearview_domain::turn::Turn;
use rearview_domain::{DocumentId, TurnId};
use rearview_store::{NewOutboxItem, OutboxAction, Store, StoreError};
use serde_json::Value;

/// Takes what a turn's tools stored out of memory. Answers whether there was anything.
///
/// # Errors
/// The store's.
pub(super) async fn forget(store: &Store, turn: &Turn) -> Result<bool, StoreError> {
    let Some((resolved, stored)) = stored(store, turn, may_be_there).await? else { return Ok(false) };
    for (document, _) in &stored {
        if !store.cancel_unsent_retain(&carrier(document)).await? {
            put(store, turn, &resolved, document, OutboxAction::DeleteDocument).await?;
        }
    }
    Ok(!stored.is_empty())
}

/// Stores again what a turn's tools had stored. Answers whether there was anything.
///
/// # Errors
/// The store's.
pub(super) async fn store_again(store: &Store, turn: &Turn) -> Result<bool, StoreError> {
    let Some((resolved, stored)) = stored(store, turn, was_stored).await? else { return Ok(false) };
    for (document, content) in &stored {
        let at = turn.started_at.clone();
        let item = item(content, Some(document.clone()), &resolved.settings, &turn.chat_id, &turn.model, at);
        let payload = serde_json::to_value(item).unwrap_or_default();
        put(store, turn, &resolved, document, OutboxAction::Retain { payload }).await?;
    }
    Ok(!stored.is_empty())
}

/// Ends the calls of a turn that a dead process left without a result, so that none seems to run for ever. One
/// that waited for the person never touched memory and loses its document.
///
/// # Errors
/// The store's.
pub(super) async fn end_unfinished(store: &Store, turn: &Turn) -> Result<(), StoreError> {
    let Some(TurnRecord { tools, .. }) = store.record(&turn.id).await? else { return Ok(()) };
    for mut run in tools.into_iter().filter(|run| run.result.is_none()) {
        if run.state == ToolState::Asking {
            run.document_id = None;
        }
        run.state = ToolState::Cancelled;
        run.result = Some("Rearview ended before this was done.".to_owned());
        let part = RecordPart::Tool(Box::new(run));
        store.append_record(&turn.id, &turn.chat_id, &Time::now(), &part).await?;
    }
    Ok(())
}

type Stored = (DocumentId, String);

/// Whether the text of a call may be in memory: one that failed or was stopped may have reached the server.
fn may_be_there(run: &ToolRun) -> bool {
    !matches!(run.state, ToolState::Asking | ToolState::Refused)
}

/// Whether the text of a call was in memory, so that it belongs there again. What failed, was stopped, or was
/// never allowed is not stored by turning to another branch and back.
fn was_stored(run: &ToolRun) -> bool {
    run.state == ToolState::Done
}

/// The bank of a turn and the texts of its calls that `wanted` picks.
async fn stored(
    store: &Store,
    turn: &Turn,
    wanted: fn(&ToolRun) -> bool,
) -> Result<Option<(Resolved, Vec<Stored>)>, StoreError> {
    let Some(TurnRecord { resolved: Some(resolved), tools, .. }) = store.record(&turn.id).await? else {
        return Ok(None);
    };
    let stored = tools.iter().filter(|run| wanted(run)).filter_map(|run| {
        let arguments: Value = serde_json::from_str(&run.arguments).ok()?;
        let content = arguments.get("content")?.as_str()?.trim().to_owned();
        Some((run.document_id.clone()?, content))
    });
    Ok(Some((resolved.clone(), stored.collect())))
}

async fn put(
    store: &Store,
    turn: &Turn,
    resolved: &Resolved,
    document: &DocumentId,
    action: OutboxAction,
) -> Result<(), StoreError> {
    let Some(server_id) = resolved.bank.server_id.clone() else { return Ok(()) };
    let now = Time::now();
    let item = NewOutboxItem {
        turn_id: carrier(document),
        chat_id: turn.chat_id.clone(),
        server_id,
        bank_id: resolved.bank.bank_id.clone(),
        document_id: document.clone(),
        operation_id: matches!(action, OutboxAction::Retain { .. }).then(|| uuid::Uuid::new_v4().to_string()),
        action,
        next_try_at: now.clone(),
        created_at: now,
    };
    store.enqueue(&item).await.map(drop)
}

/// The name under which a document's items stand in the outbox.
fn carrier(document: &DocumentId) -> TurnId {
    TurnId(document.0.clone())
}

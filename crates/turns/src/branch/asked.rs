//! What the person says about a turn that waits for it: it goes to memory, or it never does.

use super::{Decided, decide_without_asking, resolved};
use crate::retain;
use rearview_domain::record::RecordPart;
use rearview_domain::time::Time;
use rearview_domain::turn::{RetainSkip, RetainState, Turn};
use rearview_store::{Store, StoreError};

/// Hands a turn that waits to memory, or keeps it out for good. One that was kept out can be handed over later. Answers
/// where its retain is then; `None` when it neither waits nor was kept out.
///
/// # Errors
/// The store's.
pub async fn answer(store: &Store, turn: &Turn, keep: bool) -> Result<Option<RetainState>, StoreError> {
    let Decided { state, item, part } = if keep {
        let leaf = store.chat(&turn.chat_id).await?.and_then(|chat| chat.leaf_id);
        let (Some(leaf), Some(resolved)) = (leaf, resolved(store, turn).await?) else { return Ok(None) };
        let path = store.path_messages(&turn.chat_id, &leaf).await?;
        let same_bank = retain::follows_same_bank(store, &path, turn, &resolved).await?;
        decide_without_asking(turn, &resolved, &path, same_bank)
    } else {
        let state = RetainState::Skipped { why: RetainSkip::Declined };
        let part = RecordPart::Retained(Box::new(retain::recorded(turn, None, state.clone())));
        Decided { state, item: None, part }
    };
    if !store.answer_asking(&turn.id, &state, item.as_ref()).await? {
        return Ok(None);
    }
    store.append_record(&turn.id, &turn.chat_id, &Time::now(), &part).await?;
    Ok(Some(state))
}

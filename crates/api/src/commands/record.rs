//! The handler of `turn.record`: the whole story of a turn, read back. Its requests are in `xray`.

use super::{missing, store_error};
use crate::app::App;
use crate::wire::*;
use rearview_domain::Error;
use rearview_domain::record::{Answer, TurnRecord};
use rearview_domain::turn::{Turn, TurnState};
use rearview_turns::retain;

pub async fn record(app: &App, request: TurnRef) -> Result<TurnRecord, Error> {
    if let Some(held) = app.0.bundles.get(&request.chat_id) {
        return Ok(held.bundle.record.clone());
    }
    let store = app.store_of(&request.chat_id);
    match store.record(&request.turn_id).await.map_err(store_error)? {
        Some(mut record) => {
            // Where a retain is now stands at the turn, which the outbox writes in one go with its item.
            if let Some(turn) = store.turn(&request.turn_id).await.map_err(store_error)?
                && let Some(state) = turn.retain.clone()
            {
                // A process may have died between the turn's row and the record's last part.
                let blank = || retain::recorded(&turn, None, state.clone());
                let retained = record.retained.get_or_insert_with(blank);
                retained.state = state.clone();
                retained.sent_at = store.retain_sent_at(&turn.id).await.map_err(store_error)?;
            }
            Ok(record)
        }
        // A turn that was just begun has no part yet; one that does not exist never will.
        None => match store.turn(&request.turn_id).await.map_err(store_error)? {
            Some(turn) => Ok(unrecorded(turn)),
            None => Err(missing("turn", &request.turn_id)),
        },
    }
}

/// The record of a turn that has no part: just begun, or over without anybody having noted anything. How it ended is in
/// the turn itself; without that it would look as if it still ran.
fn unrecorded(turn: Turn) -> TurnRecord {
    let mut record = TurnRecord::new(turn.id, turn.chat_id, turn.started_at);
    if turn.state != TurnState::Running {
        record.answer = Some(Answer {
            message_id: turn.answer_id,
            state: turn.state,
            finish: turn.finish,
            usage: turn.usage,
            first_token_ms: turn.first_token_ms,
            total_ms: turn.total_ms.unwrap_or_default(),
            error: turn.error,
        });
    }
    record
}

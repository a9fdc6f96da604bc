//! The replays that are at work, so that they can be stopped: by the person, with their chat, with the app. What they
//! do is in `commands::replay`.

use crate::app::lock;
use rearview_domain::{ChatId, ReplayId, TurnId};
use std::collections::HashMap;
use std::sync::Mutex;
use tokio_util::sync::CancellationToken;

#[derive(Debug)]
struct Going {
    chat: ChatId,
    turn: TurnId,
    cancel: CancellationToken,
}

/// The replays that are at work.
#[derive(Debug, Default)]
pub(crate) struct Replays {
    going: Mutex<HashMap<ReplayId, Going>>,
}

impl Replays {
    /// Marks a replay as at work; `None` when one of the same turn is.
    pub(crate) fn begin(&self, id: &ReplayId, chat: &ChatId, turn: &TurnId) -> Option<CancellationToken> {
        let mut going = lock(&self.going);
        if going.values().any(|one| one.turn == *turn) {
            return None;
        }
        let cancel = CancellationToken::new();
        going.insert(id.clone(), Going { chat: chat.clone(), turn: turn.clone(), cancel: cancel.clone() });
        Some(cancel)
    }

    /// It is over.
    pub(crate) fn end(&self, id: &ReplayId) {
        lock(&self.going).remove(id);
    }

    /// Those that are at work now.
    pub(crate) fn all(&self) -> Vec<ReplayId> {
        lock(&self.going).keys().cloned().collect()
    }

    pub(crate) fn is_going(&self, id: &ReplayId) -> bool {
        lock(&self.going).contains_key(id)
    }

    /// Stops one; answers whether it was at work.
    pub(crate) fn stop(&self, id: &ReplayId) -> bool {
        let going = lock(&self.going);
        let found = going.get(id);
        if let Some(one) = found {
            one.cancel.cancel();
        }
        found.is_some()
    }

    /// Stops those of a chat that goes.
    pub(crate) fn stop_of_chat(&self, chat: &ChatId) {
        lock(&self.going).values().filter(|one| one.chat == *chat).for_each(|one| one.cancel.cancel());
    }

    /// Stops all; what came is kept.
    pub(crate) fn stop_all(&self) {
        lock(&self.going).values().for_each(|one| one.cancel.cancel());
    }
}

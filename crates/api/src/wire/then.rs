//! What a turn knew then and what it would get now.

use super::wire;
use rearview_curate::then::{Certainty, KnownPage, MemoryClock, ThenNowRow};
use rearview_domain::time::Time;
use rearview_domain::turn::MemoryOff;
use rearview_domain::{ChatId, TurnId};
use serde::Serialize;
use ts_rs::TS;

wire! {
    /// Asks a turn's own recall again.
    request ThenAndNowOf {
        /// The chat.
        pub chat_id: ChatId,
        /// The turn.
        pub turn_id: TurnId,
        /// A name under which `lab.cancel` ends it.
        pub run: Option<String>,
    }

    /// Asks what a turn's bank knew when the turn began.
    request KnownThenOf {
        /// The chat.
        pub chat_id: ChatId,
        /// The turn.
        pub turn_id: TurnId,
        /// By which clock.
        pub clock: MemoryClock,
        /// With this in the text; empty for all.
        pub q: String,
        /// Without the first so many.
        pub offset: u32,
        /// A name under which `lab.cancel` ends it.
        pub run: Option<String>,
    }
}

/// Why a turn's recall cannot be asked again.
#[derive(Clone, Debug, PartialEq, Serialize, TS)]
#[serde(tag = "kind", rename_all = "snake_case", rename_all_fields = "camelCase")]
#[ts(export)]
pub enum NotAgain {
    /// The turn did not ask memory.
    NotAsked {
        /// Why.
        why: MemoryOff,
    },
    /// It reflected: an answer of a model, and asking again costs another one.
    Reflected,
    /// It took over the memories of an earlier turn, which asked.
    KeptFrom {
        /// That turn.
        turn_id: TurnId,
    },
    /// The record does not tell what was asked, or of whom.
    NotRecorded,
}

/// A turn then and now.
#[derive(Clone, Debug, Serialize, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export)]
pub struct ThenAndNow {
    /// When the turn began, by the clock of this computer.
    pub at: Time,
    /// When it was asked again.
    pub asked_at: Time,
    /// Why it was not; then there are no rows.
    pub not_again: Option<NotAgain>,
    /// How what memories were then came about; `None` when nothing was asked.
    pub certainty: Option<Certainty>,
    /// What the turn had, in its order, then what comes only now.
    pub rows: Vec<ThenNowRow>,
}

/// What a turn's bank knew.
#[derive(Clone, Debug, Serialize, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export)]
pub struct BankThen {
    /// When the turn began, by the clock of this computer.
    pub at: Time,
    /// By which clock it is listed.
    pub clock: MemoryClock,
    /// The page.
    pub page: KnownPage,
}

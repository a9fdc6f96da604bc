//! What a turn knew then and what it would get now.

use super::wire;
use rearview_curate::then::{Certainty, KnownPage, MemoryClock, OtherBasis, ThenNowRow};
use rearview_domain::time::Time;
use rearview_domain::turn::MemoryOff;
use rearview_domain::{ChatId, Error, TurnId};
use rearview_hindsight::TokenUsage;
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

    /// Makes a turn's own reflect again, which has the memory server's model write.
    request ReflectAgainOf {
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

/// Why a turn's recall or reflect cannot be asked again.
#[derive(Clone, Debug, PartialEq, Serialize, TS)]
#[serde(tag = "kind", rename_all = "snake_case", rename_all_fields = "camelCase")]
#[ts(export)]
pub enum NotAgain {
    /// The turn did not ask memory.
    NotAsked {
        /// Why.
        why: MemoryOff,
    },
    /// It reflected: an answer of a model, and asking again costs another one. `turn.reflectAgain` does.
    Reflected,
    /// It recalled, so there is no reflect to make again. `turn.thenAndNow` asks that.
    Recalled,
    /// Its bank is not on the server any more, and to reflect would make it anew.
    BankGone,
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

/// What came of a reflect.
#[derive(Clone, Debug, PartialEq, Serialize, TS)]
#[serde(tag = "kind", rename_all = "snake_case", rename_all_fields = "camelCase")]
#[ts(export)]
pub enum Paragraph {
    /// The words that go into the prompt.
    Said {
        /// The words.
        text: String,
        /// Whether they are the structured answer to a schema, as JSON.
        structured: bool,
    },
    /// The server answered, without a word.
    Empty,
    /// It failed.
    Failed {
        /// Why.
        error: Error,
    },
    /// The record does not tell.
    NotKnown,
}

/// One of two reflects.
#[derive(Clone, Debug, PartialEq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export)]
pub struct ReflectSide {
    /// What came of it.
    pub paragraph: Paragraph,
    /// From call to answer, in milliseconds.
    pub ms: f64,
    /// Whether the server said what it is based on.
    pub based_known: bool,
}

/// A turn's reflect then and now.
#[derive(Clone, Debug, Serialize, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export)]
pub struct ReflectedAgain {
    /// When the turn began, by the clock of this computer.
    pub at: Time,
    /// When it was made again.
    pub asked_at: Time,
    /// Why it was not; then nothing else is told.
    pub not_again: Option<NotAgain>,
    /// The turn's own; `None` when nothing was asked.
    pub then: Option<ReflectSide>,
    /// The one of now; `None` when nothing was asked.
    pub now: Option<ReflectSide>,
    /// How what memories were then came about; `None` when nobody was asked for it.
    pub certainty: Option<Certainty>,
    /// Why it could not be asked what memories were then and are now, although the reflect came.
    pub past_error: Option<Error>,
    /// The facts that the two are based on: those of then, in the server's order, then what is there only now.
    pub rows: Vec<ThenNowRow>,
    /// What else they are based on: mental models, directives.
    pub others: Vec<OtherBasis>,
    /// Tokens of the server's model for the one of now; `None` when it did not say.
    pub usage: Option<TokenUsage>,
    /// Whether the server says that the one of now was made by rules, without a model.
    pub by_rule: bool,
    /// Why there is no structured answer now, although the turn's request asks for one.
    pub structured_error: Option<String>,
    /// Names of request fields that the server did not know.
    pub ignored_params: Vec<String>,
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

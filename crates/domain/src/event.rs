//! What a running turn tells its listeners, and what the app tells everybody.

use crate::error::Error;
use crate::id::{ChatId, MessageId, RunId, TurnId};
use crate::learned::LearnedCounts;
use crate::message::Part;
use crate::record::RecordPart;
use crate::turn::{RetainState, Turn};
use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// One event of a run with its place in it. Listeners that come late get what they missed, in order.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export)]
pub struct RunEvent {
    /// The run.
    pub run_id: RunId,
    /// Place in the run, from 1, without gaps.
    pub seq: u32,
    /// What happened.
    pub event: Happening,
}

/// What happened in a run. `Finished` or `Failed` comes exactly once, and last.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
#[serde(tag = "kind", rename_all = "snake_case")]
#[ts(export)]
pub enum Happening {
    /// The turn began; its messages are on disk.
    Started {
        /// The turn.
        turn: Box<Turn>,
    },
    /// A part of the record was written.
    Record {
        /// The part.
        part: Box<RecordPart>,
    },
    /// More of the model's reasoning.
    Reasoning {
        /// The increment.
        text: String,
    },
    /// More of the answer.
    Text {
        /// The increment.
        text: String,
    },
    /// A whole part of the answer that is no text: a tool call or its result.
    Part {
        /// The part.
        part: Part,
    },
    /// The answer ended well or was stopped.
    Finished {
        /// The turn as it ended.
        turn: Box<Turn>,
        /// The parts of the assistant message.
        parts: Vec<Part>,
    },
    /// The answer failed; what came is kept.
    Failed {
        /// The turn as it ended.
        turn: Box<Turn>,
        /// The parts of the assistant message so far.
        parts: Vec<Part>,
        /// Why.
        error: Error,
    },
}

impl Happening {
    /// Whether nothing comes after it.
    pub fn is_last(&self) -> bool {
        matches!(self, Self::Finished { .. } | Self::Failed { .. })
    }
}

/// A low-rate notice to the page: something that it may be showing has changed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
#[serde(tag = "kind", rename_all = "snake_case")]
#[ts(export)]
pub enum AppEvent {
    /// Answers of reads with one of these tags are stale.
    Changed {
        /// Tags of the command table.
        tags: Vec<String>,
    },
    /// A run began or ended, perhaps in a chat that is not open.
    Run {
        /// The chat.
        chat_id: ChatId,
        /// The turn.
        turn_id: TurnId,
        /// The assistant message.
        answer_id: MessageId,
        /// False when it ended.
        running: bool,
    },
    /// A turn's retain moved on.
    Retain {
        /// The chat.
        chat_id: ChatId,
        /// The turn.
        turn_id: TurnId,
        /// Where it is now.
        state: RetainState,
    },
    /// More is known of what a turn taught memory; its record has it.
    Learned {
        /// The chat.
        chat_id: ChatId,
        /// The turn.
        turn_id: TurnId,
        /// In numbers.
        learned: LearnedCounts,
    },
}

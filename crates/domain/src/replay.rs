//! A replay: the request of a turn, sent again with something changed, and what came back. It is no turn: it
//! writes no message, hands nothing to memory, and goes with its chat.
//!
//! How a request is rebuilt, compared and judged is in `rearview_turns::replay`; rows are in `rearview-store`.

use crate::error::Error;
use crate::id::{ChatId, ReplayId, TurnId};
use crate::memory::RecalledMemory;
use crate::settings::{Placement, TurnSettings};
use crate::time::Time;
use crate::turn::{Cost, FinishReason, Usage};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use ts_rs::TS;

/// Fewer samples than this of one arm are an anecdote: they show what can happen and not what does.
pub const FEWEST_SAMPLES: u32 = 5;

/// One way to send the turn's request again: as it was, but for what is said here.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export)]
pub struct Arm {
    /// What of memory goes in.
    pub memory: ArmMemory,
    /// Where it goes in; the turn's own placement when absent.
    #[serde(default)]
    #[ts(optional = nullable)]
    pub placement: Option<Placement>,
    /// The model that answers, as `provider/model`; the turn's own when absent.
    #[serde(default)]
    #[ts(optional = nullable)]
    pub model: Option<String>,
}

/// What of memory goes into the request of an arm.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
#[serde(tag = "kind", rename_all = "snake_case", rename_all_fields = "camelCase")]
#[ts(export)]
#[expect(clippy::large_enum_variant, reason = "a replay has a handful of arms, and they are read, not moved")]
pub enum ArmMemory {
    /// What the turn recalled, by its record; memory is not asked again.
    Recorded {
        /// Memories that are left out. None takes the place of one.
        #[serde(default)]
        without: Vec<String>,
        /// Texts that stand in for those of memories.
        #[serde(default)]
        edited: BTreeMap<String, String>,
    },
    /// Nothing.
    None,
    /// What memory answers when it is asked now, which may know more or less than it did then.
    AskedNow {
        /// What differs from the turn's settings.
        #[serde(default)]
        settings: TurnSettings,
        /// The bank, when it is not the turn's.
        #[serde(default)]
        #[ts(optional = nullable)]
        bank_id: Option<String>,
    },
}

impl Arm {
    /// Nothing is changed.
    pub fn as_it_was() -> Self {
        Self::without(Vec::new())
    }

    /// These memories are left out.
    pub fn without(memories: Vec<String>) -> Self {
        let memory = ArmMemory::Recorded { without: memories, edited: BTreeMap::new() };
        Self { memory, placement: None, model: None }
    }

    /// No memory goes in.
    pub fn no_memory() -> Self {
        Self { memory: ArmMemory::None, placement: None, model: None }
    }

    /// Whether nothing is changed.
    pub fn is_as_it_was(&self) -> bool {
        *self == Self::as_it_was()
    }
}

/// Why a replay was made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
#[ts(export)]
pub enum ReplayKind {
    /// To see what would have come of something else.
    WhatIf,
    /// To see which memory mattered: each of them is left out once.
    Influence,
}

/// How far a replay is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
#[ts(export)]
pub enum ReplayState {
    /// Running now.
    Running,
    /// Every request was answered or failed.
    Done,
    /// The person stopped it; what came is kept.
    Stopped,
    /// Rearview ended while it ran; what came is kept.
    Interrupted,
}

/// A replay and how its arms went, without its samples.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export)]
pub struct Replay {
    /// Its id.
    pub id: ReplayId,
    /// The chat it goes with.
    pub chat_id: ChatId,
    /// The turn that is replayed.
    pub turn_id: TurnId,
    /// Why it was made.
    pub kind: ReplayKind,
    /// How far it is.
    pub state: ReplayState,
    /// Answers that are asked for in each arm.
    pub samples: u32,
    /// The arms. The first is always the turn as it was.
    pub arms: Vec<ReplayArm>,
    /// The answer that the turn itself got, when its request could be rebuilt to the byte: one more answer to the
    /// first arm's request, from the time of the turn.
    pub original: Option<OriginalAnswer>,
    /// Why the request of the first arm is not the turn's to the byte; absent when it is.
    pub differs: Option<String>,
    /// What was expected to be paid; `None` when that was not known.
    pub expected_usd: Option<f64>,
    /// When it began.
    pub started_at: Time,
    /// When it ended.
    pub ended_at: Option<Time>,
}

/// An arm of a replay and what became of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export)]
pub struct ReplayArm {
    /// What was changed.
    pub arm: Arm,
    /// The model that answered, as `provider/model`.
    pub model: String,
    /// SHA-256 of the request's body; `None` before it was made, or when it could not be.
    pub body_hash: Option<String>,
    /// The request of the turn that has the same bytes; `None` when none has.
    pub same_as_step: Option<u32>,
    /// Where the block of memory went, for people.
    pub placed: Option<String>,
    /// Tokens of the block of memory, counted as o200k.
    pub block_tokens: u32,
    /// What memory answered; only when it was asked now.
    pub asked: Option<AskedNow>,
    /// Why nothing could be sent.
    pub error: Option<Error>,
}

impl ReplayArm {
    /// An arm that has not been sent yet.
    pub fn new(arm: Arm, model: String) -> Self {
        Self {
            arm,
            model,
            body_hash: None,
            same_as_step: None,
            placed: None,
            block_tokens: 0,
            asked: None,
            error: None,
        }
    }
}

/// What memory answered to an arm that asked it anew.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export)]
pub struct AskedNow {
    /// When it was asked.
    pub at: Time,
    /// How long it took, in milliseconds.
    pub ms: f64,
    /// The memories that went in.
    pub memories: Vec<RecalledMemory>,
    /// How many it answered with, those that did not go in included.
    pub recalled: u32,
    /// Reflect's paragraph.
    pub paragraph: Option<String>,
}

/// The answer that the turn itself got.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export)]
pub struct OriginalAnswer {
    /// Its words.
    pub text: String,
    /// Its tokens as reported.
    pub usage: Usage,
}

/// One answer of one arm.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export)]
pub struct ReplaySample {
    /// The arm, from 0.
    pub arm: u32,
    /// Which of its answers, from 0.
    pub n: u32,
    /// How it ended. Only a whole answer counts.
    pub state: SampleState,
    /// The answer's words, as far as they came.
    pub text: String,
    /// Tools that the model called. Nothing was done for them.
    pub calls: Vec<SampleCall>,
    /// Why the model stopped.
    pub finish: Option<FinishReason>,
    /// Tokens as reported.
    pub usage: Usage,
    /// What it cost; `None` when that is not known.
    pub cost: Option<Cost>,
    /// From the request leaving to the end, in milliseconds.
    pub ms: f64,
    /// SHA-256 of the body that was answered, in hex.
    pub body_hash: String,
    /// Why it failed.
    pub error: Option<Error>,
}

/// How a sample ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
#[ts(export)]
pub enum SampleState {
    /// The answer is whole.
    Finished,
    /// The provider failed.
    Failed,
    /// The replay was stopped while it ran.
    Stopped,
}

/// A tool that a model called in a replay.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export)]
pub struct SampleCall {
    /// The tool.
    pub name: String,
    /// The arguments as JSON text, exactly as received.
    pub arguments: String,
}

/// Whether a memory changed the answer, by what came when it was left out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
#[ts(export)]
pub enum InfluenceVerdict {
    /// Without it the answers differ more than the turn's own answers differ among each other.
    Decisive,
    /// Leaving it out alone changed nothing; leaving it out with its likes did.
    Redundant,
    /// Leaving it out changed nothing that can be seen.
    Inert,
    /// The answers vary too much among themselves, or too few came, to say.
    Unclear,
}

/// What leaving a memory out showed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export)]
pub struct InfluenceMark {
    /// The memory.
    pub memory_id: String,
    /// What it showed.
    pub verdict: InfluenceVerdict,
    /// The memories that say enough of the same, for `Redundant`.
    pub with: Vec<String>,
    /// Whole answers without it.
    pub samples: u32,
    /// How far the answers without it are from the turn's own, 0 the same and 1 nothing in common; `None` when there
    /// is nothing to compare.
    pub away: Option<f64>,
    /// How far the turn's own answers are from each other; `None` when there are fewer than two.
    pub own: Option<f64>,
    /// Fewer answers were compared than `FEWEST_SAMPLES`.
    pub anecdote: bool,
}

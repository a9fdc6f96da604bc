//! Breakpoints of a chat: when a turn pauses before its first request leaves, what was held then, and what a person
//! changed in the block by hand. Data only; what matches is decided in `rearview-turns`.

use crate::id::{BankId, BreakpointId, ServerId};
use crate::time::Time;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use ts_rs::TS;

/// A condition under which the turns of a chat pause between injection and their first request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export)]
pub struct Breakpoint {
    /// Its id.
    pub id: BreakpointId,
    /// When it pauses.
    pub condition: BreakCondition,
    /// Whether it counts; one that is off stays in the list.
    pub on: bool,
    /// When it was set.
    pub created_at: Time,
}

/// What a turn pauses at.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(tag = "kind", rename_all = "snake_case")]
#[ts(export)]
pub enum BreakCondition {
    /// This memory is about to be injected.
    Memory {
        /// The server that holds it.
        server_id: ServerId,
        /// The bank that holds it.
        bank_id: BankId,
        /// Its id.
        memory_id: String,
        /// Its text as it was when the breakpoint was set.
        text: String,
    },
    /// A memory with this tag is about to be injected.
    Tag {
        /// The tag, exactly.
        tag: String,
    },
    /// The block has more tokens than this, counted as o200k.
    Tokens {
        /// How many it may have without a pause.
        over: u32,
    },
    /// Memory answered, and nothing is injected. A recall that failed, or was not made, is not this.
    NoHits,
    /// Any turn.
    EveryTurn,
    /// The next turn that can be paused; gone when it has paused one.
    Next,
}

impl BreakCondition {
    /// Whether both pause at the same; the text that a memory had then makes no difference.
    pub fn is_same(&self, other: &Self) -> bool {
        match (self, other) {
            (
                Self::Memory { server_id, bank_id, memory_id, .. },
                Self::Memory { server_id: server, bank_id: bank, memory_id: memory, .. },
            ) => (server_id, bank_id, memory_id) == (server, bank, memory),
            _ => self == other,
        }
    }
}

/// A breakpoint that matched.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export)]
pub struct BreakMatch {
    /// The breakpoint.
    pub id: BreakpointId,
    /// Its condition, as it was then.
    pub condition: BreakCondition,
    /// The memories of the block that made it match; empty where none did.
    pub memory_ids: Vec<String>,
}

/// A pause of a turn before its first request.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export)]
pub struct Pause {
    /// Which breakpoints matched; at least one.
    pub why: Vec<BreakMatch>,
    /// Since when it waited.
    pub since: Time,
    /// The memories that were about to be injected, in the order of the block.
    pub memory_ids: Vec<String>,
    /// Reflect's paragraph as it was about to be injected; `None` without one.
    pub paragraph: Option<String>,
    /// Lines that a person added to the block at an earlier message, where the placement gives that block again.
    #[serde(default)]
    pub added: String,
    /// The block as it would have been sent; empty when nothing was about to be injected.
    pub block: String,
    /// Its tokens, counted as o200k.
    pub tokens: u32,
    /// How it ended; `None` while it waits, and for ever when Rearview ended before it did.
    pub end: Option<PauseEnd>,
}

impl Pause {
    /// What was changed by hand in what was sent; `None` when the turn has not gone on.
    pub fn edits(&self) -> Option<&BlockEdits> {
        self.end.as_ref().filter(|end| end.how == PauseHow::WentOn).map(|end| &end.edits)
    }
}

/// How a pause ended.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export)]
pub struct PauseEnd {
    /// When.
    pub at: Time,
    /// How long it waited, in milliseconds. No part of memory's time, nor of Rearview's own.
    pub ms: f64,
    /// In which way.
    pub how: PauseHow,
    /// What was changed in the block; nothing unless the turn went on.
    pub edits: BlockEdits,
}

/// In which way a pause ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
#[ts(export)]
pub enum PauseHow {
    /// The person let it go on.
    WentOn,
    /// The turn was stopped; nothing was sent.
    Stopped,
    /// Whoever started the turn could not be asked, so it did not wait.
    NobodyToAsk,
}

/// What a person changes by hand in the block of one turn. Memories stay in their bank as they are.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase", default)]
#[ts(export)]
pub struct BlockEdits {
    /// The whole block is left out; then the rest counts for nothing but the lines that are added.
    pub no_memory: bool,
    /// Memories that are left out, by id.
    pub without: Vec<String>,
    /// Other words of memories, by id.
    #[ts(type = "Record<string, string>")]
    pub edited: BTreeMap<String, String>,
    /// Other words of reflect's paragraph; empty leaves it out, `None` leaves it as it is.
    pub paragraph: Option<String>,
    /// Lines of the person's own at the end of the block; `None` leaves those of an earlier message as they are.
    pub added: Option<String>,
}

//! What explains a turn, and what a person says of its memories for the chat.

use super::wire;
use rearview_curate::gate::turn::TurnGate;
use rearview_curate::gate::{Expected, WhyNot};
use rearview_curate::stage::Stages;
use rearview_domain::breakpoint::{BreakCondition, Breakpoint};
use rearview_domain::chat::{ChatMemory, ChatMemoryKind};
use rearview_domain::time::Time;
use rearview_domain::{BankId, BreakpointId, ChatId, Error, ServerId, TurnId};
use serde::Serialize;
use ts_rs::TS;

wire! {
    /// Asks why a memory is not in a turn.
    request TurnWhyNotOf {
        /// The chat.
        pub chat_id: ChatId,
        /// The turn.
        pub turn_id: TurnId,
        /// The memory.
        pub expected: Expected,
        /// A name under which `lab.cancel` ends it.
        pub run: Option<String>,
    }

    /// Asks what was said of memories for a chat.
    request ChatMemoriesOf {
        /// The chat.
        pub chat_id: ChatId,
    }

    /// Says something of a memory for a chat.
    request SetChatMemory {
        /// The chat.
        pub chat_id: ChatId,
        /// The server that holds it.
        pub server_id: ServerId,
        /// The bank that holds it.
        pub bank_id: BankId,
        /// Its id.
        pub memory_id: String,
        /// What is said; absent takes back what was.
        pub kind: Option<ChatMemoryKind>,
        /// Its text, to be shown when it cannot be read.
        pub text: String,
    }

    /// Asks for the breakpoints of a chat.
    request BreakpointsOf {
        /// The chat.
        pub chat_id: ChatId,
    }

    /// Sets a breakpoint. One with the same condition is switched, not set twice.
    request SetBreakpoint {
        /// The chat.
        pub chat_id: ChatId,
        /// When turns pause.
        pub condition: BreakCondition,
        /// Whether it counts.
        pub on: bool,
    }

    /// Removes a breakpoint; one that is gone already is no error.
    request RemoveBreakpoint {
        /// The chat.
        pub chat_id: ChatId,
        /// The breakpoint.
        pub id: BreakpointId,
    }
}

wire! {
    /// The recall of a turn.
    answer TurnStages {
        /// Stage by stage; `None` when the turn made no recall, or no trace is recorded.
        pub stages: Option<Stages>,
        /// Memories of the block that say the same: groups of ids, each in the order of the block.
        pub same: Vec<Vec<String>>,
    }

    /// A recall in the person's own words, where the turn asked in others.
    answer QueryProbe {
        /// What the turn asked.
        pub asked: String,
        /// What the person said.
        pub yours: String,
        /// The memory's place in the answer to that; `None` when it is not in it.
        pub rank: Option<u32>,
    }

    /// What was said of memories for a chat.
    answer ChatMemories {
        /// In the order it was said; pinned ones are injected in it.
        pub items: Vec<ChatMemory>,
    }

    /// The breakpoints of a chat.
    answer Breakpoints {
        /// In the order they were set.
        pub items: Vec<Breakpoint>,
    }

    /// That it is said.
    answer ChatMemorySet {
        /// What was said before.
        pub before: Option<ChatMemoryKind>,
    }
}

/// Why a memory is not in a turn.
#[derive(Clone, Debug, Serialize, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export)]
pub struct TurnWhyNot {
    /// What the record tells.
    pub gate: TurnGate,
    /// The memory's id, as far as the record knows it.
    pub memory_id: Option<String>,
    /// Whether the record alone gives the answer; then nobody was asked.
    pub settled: bool,
    /// What the person's own words find now; `None` when those were the query, or nobody was asked.
    pub query: Option<QueryProbe>,
    /// What the turn's own request meets now. The bank may have changed since the turn.
    pub probe: Option<WhyNot>,
    /// Why nobody could be asked.
    pub probe_error: Option<Error>,
    /// When it was asked.
    pub asked_at: Time,
}

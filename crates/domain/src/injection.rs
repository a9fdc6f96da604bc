//! How turns are searched by what memory did in them. What is not known is a wish of its own everywhere: a cost that
//! nobody knows is never 0, and an outcome that nobody noted is not `off`.

use crate::time::Time;
use crate::turn::{MemoryOff, TurnState};
use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// Which turns are wanted. What is absent does not narrow; all that is given has to hold.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
#[ts(export, optional_fields = nullable)]
pub struct TurnFilter {
    /// Words of a memory's text as it was in the turn; each has to occur, the last may be unfinished.
    pub words: Option<String>,
    /// The id of a memory, exactly.
    pub memory_id: Option<String>,
    /// Whether memories count that came up in another way than being injected: kept out, found by a tool, learned.
    pub any_role: Option<bool>,
    /// The memory server that was asked.
    pub server_id: Option<String>,
    /// The bank that was asked.
    pub bank_id: Option<String>,
    /// The model, as `provider/model`.
    pub model: Option<String>,
    /// What it cost.
    pub cost: Option<CostWanted>,
    /// What memory did.
    pub memory: Option<MemoryWanted>,
    /// How the answer ended.
    pub state: Option<TurnState>,
    /// Where its retain is.
    pub retain: Option<RetainWanted>,
    /// Begun at this time or later.
    pub from: Option<Time>,
    /// Begun before this time.
    pub until: Option<Time>,
}

/// A wish about the cost of a turn, in US dollars.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
#[serde(tag = "kind", rename_all = "snake_case")]
#[ts(export)]
pub enum CostWanted {
    /// It is known and lies between these, both included.
    Known {
        /// The least.
        from: Option<f64>,
        /// The most.
        to: Option<f64>,
        /// True for costs with a token count of ours in it, false for those by the provider's counts alone.
        estimated: Option<bool>,
    },
    /// The model's prices or its tokens are not known.
    Unknown,
}

/// A wish about what memory did.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
#[serde(tag = "kind", rename_all = "snake_case")]
#[ts(export)]
pub enum MemoryWanted {
    /// Memories were injected.
    Used {
        /// At least so many.
        at_least: u32,
    },
    /// Memory was asked and had nothing.
    Empty,
    /// The person took all of it out at a breakpoint.
    TakenOut,
    /// Memory failed or was too slow.
    Failed,
    /// Memory was not asked.
    Off {
        /// Why; absent is any reason.
        why: Option<MemoryOff>,
    },
    /// Nobody noted it.
    Unknown,
}

/// A wish about where a retain is; the words are those of `RetainState`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
#[ts(export)]
pub enum RetainWanted {
    /// Not retained, on purpose.
    Skipped,
    /// Waiting to be sent.
    Queued,
    /// The server has it and extracts.
    Sent,
    /// The person is asked.
    Asking,
    /// Stored.
    Done,
    /// It will not be tried again by itself.
    Failed,
    /// Its document was deleted.
    Removed,
    /// Nobody noted it.
    Unknown,
}

/// In which order turns are told. A cost that is not known stands after all that are, whichever way.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
#[ts(export)]
pub enum InjectionSort {
    /// The latest first.
    #[default]
    Newest,
    /// The earliest first.
    Oldest,
    /// The most expensive first.
    Dearest,
    /// The cheapest first.
    Cheapest,
}

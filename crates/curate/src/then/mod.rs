//! What a turn knew and what it would get now; what its bank knew then.
//!
//! Two clocks, never mixed: when things happened is in the memories (`occurred_*`), when they were learned is the server's
//! time of storing and changing them. `source` asks a server for the past, exactly where it keeps every version and put
//! together where it does not, from what it tells today and what this app changed itself; `rows` sets then beside now; `bank`
//! lists a whole bank; `based` reads what a reflect is based on.

mod bank;
mod based;
mod rows;
mod source;

pub use bank::{KnownMemory, KnownPage, KnownThen, MemoryClock, known_then};
pub use based::{Based, OtherBasis, others};
pub use rows::{CameUp, Seen, ThenNowRow, then_and_now, without_past};
pub use source::{Own, Source};

use crate::run::moment;
use rearview_hindsight::{Fact, MemoryState};
use serde::Serialize;
use ts_rs::TS;

/// How what is told of then came about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "snake_case")]
#[ts(export)]
pub enum Certainty {
    /// The server keeps every version and told it.
    Exact,
    /// Put together from what the server tells today.
    Reconstructed,
}

/// What a memory was at the time of a turn.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, TS)]
#[serde(tag = "kind", rename_all = "snake_case")]
#[ts(export)]
pub enum MemoryThen {
    /// It counted, and this is what it said.
    Known {
        /// Its text then.
        text: String,
    },
    /// It counted, and was edited since; what it said is not kept.
    Otherwise,
    /// It was not learned yet.
    NotYet,
    /// It was there and did not count.
    Retired,
    /// Nobody can tell.
    NotKnown,
}

/// What a memory is now.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, TS)]
#[serde(tag = "kind", rename_all = "snake_case")]
#[ts(export)]
pub enum MemoryNow {
    /// It counts, and this is what it says.
    Known {
        /// Its text.
        text: String,
    },
    /// It is there and does not count.
    Retired {
        /// Since when.
        at: Option<String>,
        /// Why.
        reason: Option<String>,
    },
    /// The bank does not hold it any more.
    Gone,
    /// It could not be asked for.
    NotKnown,
}

impl MemoryNow {
    fn of(fact: &Fact) -> Self {
        match fact.state {
            Some(MemoryState::Invalidated) => {
                Self::Retired { at: fact.invalidated_at.clone(), reason: fact.invalidation_reason.clone() }
            }
            _ => Self::Known { text: fact.text.clone() },
        }
    }
}

/// Whether an ISO 8601 time is after a moment in milliseconds; `None` when it is no time.
fn after(time: &str, at: i64) -> Option<bool> {
    Some(moment(time)?.as_millisecond() > at)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_of_servers_are_compared_in_every_spelling() {
        let at = 1_764_324_000_000; // 2025-11-28T10:00:00Z
        assert_eq!(after("2025-11-28T10:00:00.001Z", at), Some(true));
        assert_eq!(after("2025-11-28T12:00:00+02:00", at), Some(false));
        assert_eq!(after("2025-11-28T10:00:01.123456", at), Some(true));
        assert_eq!(after("yesterday", at), None);
    }
}

//! Requests about facts in time.

use crate::wire::wire;
use rearview_domain::{BankId, ServerId};
use rearview_hindsight::{MemoryFilter, MemoryTimeField};

wire! {
    /// Counts the facts of a bank along a clock.
    request CountOverTime {
        /// The server.
        pub server_id: ServerId,
        /// The bank.
        pub bank_id: BankId,
        /// The time that counts.
        pub clock: MemoryTimeField,
        /// Which facts; `startDate` and `endDate` cut the span.
        pub filter: MemoryFilter,
    }

    /// Looks for facts that lack a time.
    request ListUndated {
        /// The server.
        pub server_id: ServerId,
        /// The bank.
        pub bank_id: BankId,
        /// The time that they lack.
        pub clock: MemoryTimeField,
        /// Which facts.
        pub filter: MemoryFilter,
        /// Without the first so many of all facts.
        pub offset: u32,
    }
}

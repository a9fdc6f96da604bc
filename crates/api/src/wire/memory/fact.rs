//! Requests for facts: list, read, change.

use crate::wire::wire;
use rearview_domain::{BankId, ServerId};
use rearview_hindsight::MemoryFilter;

wire! {
    /// Lists facts of a bank.
    request ListMemories {
        /// The server.
        pub server_id: ServerId,
        /// The bank.
        pub bank_id: BankId,
        /// Which facts; `limit` and `offset` cut the page.
        pub filter: MemoryFilter,
    }
}

//! Facts, entities, documents, tags and the graph between them.
//!
//! What a server answers crosses as the client read it (`rearview_hindsight`); here are the requests, and what
//! Rearview itself found out.

use super::wire;
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

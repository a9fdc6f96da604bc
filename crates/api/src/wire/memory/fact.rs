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
        /// Cuts texts and contexts to so many characters, for lists that show a line of each; a cut one ends in `…`.
        pub text_chars: Option<usize>,
    }
}

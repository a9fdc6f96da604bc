//! Requests for tags.

use crate::wire::wire;
use rearview_domain::{BankId, ServerId};
use rearview_hindsight::TagFilter;

wire! {
    /// Lists the tags of a bank.
    request ListTags {
        /// The server.
        pub server_id: ServerId,
        /// The bank.
        pub bank_id: BankId,
        /// Which tags.
        pub filter: TagFilter,
    }
}

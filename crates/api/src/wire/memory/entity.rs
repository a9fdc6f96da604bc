//! Requests about entities: the whole list, look-alikes, what a merge would rewrite.

use crate::wire::wire;
use rearview_domain::{BankId, ServerId};

wire! {
    /// Lists all entities of a bank.
    request ListEntities {
        /// The server.
        pub server_id: ServerId,
        /// The bank.
        pub bank_id: BankId,
    }

    /// Groups the entities of a bank whose names look alike.
    request ListAlikes {
        /// The server.
        pub server_id: ServerId,
        /// The bank.
        pub bank_id: BankId,
    }

    /// Tells what a merge of entities would rewrite.
    request PlanMerge {
        /// The server.
        pub server_id: ServerId,
        /// The bank.
        pub bank_id: BankId,
        /// The name to keep.
        pub keep: String,
        /// The entities whose names give way, by id.
        pub others: Vec<String>,
    }
}

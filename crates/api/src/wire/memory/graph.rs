//! Requests about the graph of facts and entities.

use crate::wire::wire;
use rearview_curate::graph::Around;
use rearview_domain::{BankId, ServerId};
use rearview_hindsight::GraphFilter;

wire! {
    /// Draws what is around a fact or an entity.
    request GraphAroundNode {
        /// The server.
        pub server_id: ServerId,
        /// The bank.
        pub bank_id: BankId,
        /// What stands in the middle.
        pub around: Around,
    }

    /// Draws the latest facts of a bank with what they name.
    request GraphOfBank {
        /// The server.
        pub server_id: ServerId,
        /// The bank.
        pub bank_id: BankId,
        /// Which facts, and how many of them.
        pub filter: GraphFilter,
    }

    /// Draws which entities stand together.
    request GraphOfEntities {
        /// The server.
        pub server_id: ServerId,
        /// The bank.
        pub bank_id: BankId,
        /// At most this many pairs.
        pub limit: u32,
        /// Pairs that stand together in at least this many facts.
        pub least: u32,
    }

    /// Writes a picture of a graph as a file.
    request SaveGraphPicture {
        /// The bank.
        pub bank_id: BankId,
        /// The PNG, in base64.
        pub base64: String,
    }
}

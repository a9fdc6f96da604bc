//! Bringing memory in and taking it out.

use super::wire;

wire! {
    /// What tokens cost at the model behind a memory server.
    answer MemoryPrice {
        /// `provider/model`, when it is known.
        pub model: Option<String>,
        /// US dollars; absent when they are not known.
        pub usd: Option<f64>,
        /// Where that comes from, or why it is not known.
        pub why: String,
    }
}

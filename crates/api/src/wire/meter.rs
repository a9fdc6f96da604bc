//! What memory takes in a chat: tokens, money, time, cache, turn by turn and by placement.

use super::wire;
use rearview_domain::settings::Placement;
use rearview_domain::time::Time;
use rearview_domain::{ChatId, TurnId};

wire! {
    /// Asks what memory took in a chat.
    request ChatMeterOf {
        /// The chat.
        pub chat_id: ChatId,
    }
}

wire! {
    /// What memory took in a chat.
    answer ChatMeter {
        /// The last turns of the visible branch, the oldest first.
        pub turns: Vec<MeterTurn>,
        /// How many turns the branch has.
        pub total: u32,
        /// Each placement, laid out over these turns.
        pub placements: Vec<PlacementSum>,
        /// The date of the prices; absent when the model of the last turn has none.
        pub prices_of: Option<String>,
    }

    /// A turn in the meter. What the record does not tell is absent.
    answer MeterTurn {
        /// The turn.
        pub turn_id: TurnId,
        /// When it began.
        pub at: Time,
        /// Its model, as `provider/model`.
        pub model: String,
        /// Tokens of the injected block, counted as o200k; 0 when nothing was injected.
        pub memory_tokens: Option<u32>,
        /// Those tokens at the model's price of input, in US dollars.
        pub memory_usd: Option<f64>,
        /// What the turn waited for memory, in milliseconds.
        pub memory_ms: Option<f64>,
        /// Tokens of the prompt, as the provider reports.
        pub input: Option<u32>,
        /// Of them read from the provider's cache, as it reports.
        pub cache_read: Option<u32>,
        /// Of them written to the provider's cache, as it reports.
        pub cache_write: Option<u32>,
        /// What the whole turn cost, in US dollars.
        pub usd: Option<f64>,
        /// Whether a token count in that cost is ours and not the provider's.
        pub usd_estimated: bool,
    }

    /// What a placement comes to, by simulation on the turns of a chat.
    answer PlacementSum {
        /// The placement.
        pub placement: Placement,
        /// Tokens of all requests, counted as o200k.
        pub input: u64,
        /// Of them, those that a cache of what comes first could serve.
        pub cached: u64,
        /// What the input costs at the prices of the last turn's model, in US dollars; absent when they are not known.
        pub usd: Option<f64>,
        /// Memories given to the model, over all turns.
        pub given: u32,
        /// Memories that were recalled and would not have been in the request of their turn.
        pub missed: u32,
    }
}

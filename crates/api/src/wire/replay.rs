//! Replays: what would be asked and paid, what came, what it tells.

use super::wire;
use rearview_domain::replay::{Arm, InfluenceMark, Replay, ReplaySample};
use rearview_domain::{ChatId, ReplayId, TurnId};
use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// What is replayed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
#[serde(tag = "kind", rename_all = "snake_case")]
#[ts(export)]
pub enum ReplayWhat {
    /// The turn as it was, and these arms beside it.
    WhatIf {
        /// The arms; the turn as it was need not be among them.
        arms: Vec<Arm>,
    },
    /// The turn as it was, and with each injected memory left out.
    Influence,
}

wire! {
    /// Asks for a replay, or what it would take.
    request ReplayTurn {
        /// The chat.
        pub chat_id: ChatId,
        /// The turn.
        pub turn_id: TurnId,
        /// What is replayed.
        pub what: ReplayWhat,
        /// Answers of each arm, 1 to 20.
        pub samples: u32,
    }

    /// Names a replay.
    request ReplayRef {
        /// The chat.
        pub chat_id: ChatId,
        /// The replay.
        pub replay_id: ReplayId,
    }
}

wire! {
    /// What a replay would take. Nothing was sent, to no model and to no memory.
    answer ReplayPlan {
        /// The arms, the turn as it was first.
        pub arms: Vec<PlannedArm>,
        /// Answers of each.
        pub samples: u32,
        /// Requests to models.
        pub requests: u32,
        /// Requests that may follow, when the answers ask for them.
        pub more_requests: u32,
        /// US dollars of all `requests`, estimated; `None` when a price is not known.
        pub usd: Option<f64>,
        /// US dollars of `more_requests`, estimated; `None` when a price is not known.
        pub more_usd: Option<f64>,
        /// The date of the price list.
        pub prices_of: String,
        /// Models whose price is not known.
        pub unpriced: Vec<String>,
        /// Whether the tokens are those that the provider counted for the turn; else they are ours.
        pub reported: bool,
        /// Recalls that memory is asked for, once for each arm that asks it.
        pub recalls: u32,
        /// Reflects that memory is asked for; what its model costs is not known.
        pub reflects: u32,
        /// Why the turn as it was cannot be sent to the byte; absent when it can.
        pub differs: Option<String>,
        /// Whether the turn's own answer counts as one more of the turn as it was.
        pub original: bool,
        /// The memory tools that the turn offers. Their calls are shown and not run.
        pub tools: Vec<String>,
        /// Fewer answers than say anything about a rule.
        pub anecdote: bool,
    }

    /// What one arm would take.
    answer PlannedArm {
        /// What is changed.
        pub arm: Arm,
        /// The model.
        pub model: String,
        /// Tokens of one request, estimated.
        pub input_tokens: u32,
        /// Tokens of one answer, estimated.
        pub output_tokens: u32,
        /// US dollars of one answer, estimated; `None` when the price is not known.
        pub usd: Option<f64>,
    }

    /// The replays of a turn.
    answer Replays {
        /// The newest first.
        pub items: Vec<ReplayView>,
        /// Which memory mattered, by the newest replay that asked; empty when none did.
        pub influence: Vec<InfluenceMark>,
    }

    /// A replay with what came and what it tells.
    answer ReplayView {
        /// The replay.
        pub replay: Replay,
        /// What came, by arm.
        pub samples: Vec<ReplaySample>,
        /// How far answers are from each other, by arm.
        pub spread: Vec<ArmSpread>,
        /// Which memory mattered; only when that was asked.
        pub marks: Vec<InfluenceMark>,
    }

    /// How far the answers of an arm are from each other and from those of the turn as it was: 0 the same words,
    /// 1 none in common.
    answer ArmSpread {
        /// Whole answers; for the turn as it was, its own answer counts when its request is the same.
        pub counted: u32,
        /// Answers that failed or were stopped. They do not count.
        pub failed: u32,
        /// Among each other; `None` for fewer than two.
        pub within: Option<f64>,
        /// From the turn as it was; `None` for that itself, and when there is nothing to compare.
        pub away: Option<f64>,
        /// Fewer answers than say anything about a rule, here or of the turn as it was.
        pub anecdote: bool,
    }
}

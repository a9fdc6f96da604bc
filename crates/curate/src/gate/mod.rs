//! The first gate that kept a fact out of a recall, and the smallest change that lets it in.
//!
//! `filter` holds the gates that are decided by the fact and the request alone, `change` the smallest steps over a
//! gate, `find` looks for the fact, `ask` walks the gates in order with reruns that lift one of them, `turn` reads what
//! the record of a turn tells before anybody is asked. Nothing here writes. The recall lab and the panel of injected
//! memories call [`why_not`].

mod ask;
mod change;
mod filter;
mod find;
pub mod turn;

pub use ask::{Asked, why_not};
pub use filter::{fits_group, fits_tags};

use rearview_domain::BankId;
use rearview_domain::memory::FactType;
use rearview_hindsight::{Fact, RecallRequest};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;
use ts_rs::TS;

/// The fact that was expected: by its id, or by its exact text.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, TS)]
#[serde(default, rename_all = "camelCase", deny_unknown_fields)]
#[ts(export, optional_fields = nullable)]
pub struct Expected {
    /// Its id.
    pub id: Option<String>,
    /// Its text, exactly.
    pub text: Option<String>,
    /// The bank in which it was seen; absent means the one that is asked.
    pub bank_id: Option<BankId>,
}

/// What stands between a fact and an answer. In the order in which it is looked at.
#[derive(Clone, Debug, PartialEq, Serialize, TS)]
#[serde(tag = "kind", rename_all = "snake_case", rename_all_fields = "camelCase")]
#[ts(export)]
pub enum WhyGate {
    /// Nothing: it was answered.
    In {
        /// Its place, from 1.
        rank: u32,
    },
    /// No bank of this server holds it.
    NotThere,
    /// Another bank holds it.
    OtherBank {
        /// That one.
        bank_id: BankId,
    },
    /// It was invalidated.
    Invalidated {
        /// Why.
        reason: Option<String>,
        /// Since when.
        at: Option<String>,
    },
    /// What was said is not read yet.
    NotExtracted {
        /// The operations that wait or run.
        operations: Vec<String>,
    },
    /// Its kind was not asked for.
    FactType {
        /// Its kind.
        fact_type: FactType,
        /// The kinds that were.
        asked: Vec<FactType>,
    },
    /// Only observations were asked for, and it went into none yet.
    NotConsolidated {
        /// Its kind.
        fact_type: FactType,
        /// Whether consolidation failed on it.
        failed: bool,
    },
    /// Its tags do not fit.
    Tags {
        /// The tags that it has.
        tags: Vec<String>,
    },
    /// Facts inside the window took the places. The window itself filters nothing.
    Window {
        /// From.
        start: String,
        /// To.
        end: String,
    },
    /// No arm brought it because of a floor.
    LaneFloor {
        /// `semantic` or `keyword`.
        arm: String,
        /// The floor; `None` when it is the server's own and the trace does not tell it.
        floor: Option<f64>,
        /// Its score in that arm.
        score: Option<f64>,
    },
    /// It is in no arm's best.
    NoLane {
        /// How many an arm brings of a kind.
        budget: Option<u32>,
        /// Its places in the arms when they bring more, as far as that was found out.
        ranks: BTreeMap<String, u32>,
    },
    /// An arm brought it, and it was cut before or after the rerank.
    Cap {
        /// `fusion` or `rerank`.
        stage: String,
        /// Its place there.
        rank: Option<u32>,
        /// The last place that counts.
        most: Option<u32>,
    },
    /// Below a floor that every answer has to pass.
    FinalFloor {
        /// `final` or `reranker`.
        which: String,
        /// The floor.
        floor: f64,
        /// Its score.
        score: Option<f64>,
    },
    /// An observation made of it was answered in its place.
    Covered {
        /// That observation.
        by: Option<String>,
        /// What it says.
        text: Option<String>,
    },
    /// It did not fit into what was left of the tokens.
    Tokens {
        /// So many are missing.
        over: u32,
        /// Its place in the order.
        rank: Option<u32>,
        /// Tokens that were allowed.
        max_tokens: Option<u32>,
    },
    /// It was answered, and a turn takes fewer.
    OwnCap {
        /// Its place.
        rank: u32,
        /// How many a turn takes.
        most: u32,
    },
    /// It cannot be told.
    NotKnown {
        /// What was seen, for people.
        why: String,
    },
}

/// One step over a gate.
#[derive(Clone, Debug, PartialEq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export)]
pub struct WhyChange {
    /// What changes: a field of the request as the API spells it, such as `max_tokens` or `min_scores.final`; or
    /// `bank`, `state`, `wait`, `max_memories`.
    pub field: String,
    /// What it is.
    #[ts(type = "unknown")]
    pub from: Value,
    /// What it has to be.
    #[ts(type = "unknown")]
    pub to: Value,
}

/// How a gate answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, TS)]
#[serde(rename_all = "snake_case")]
#[ts(export)]
pub enum GateState {
    /// It let the fact pass.
    Passed,
    /// It stopped it.
    Stopped,
    /// There was no such gate in this recall, or it stands behind the one that stopped.
    NotAsked,
}

/// A gate and how it answered.
#[derive(Clone, Debug, PartialEq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export)]
pub struct GateStep {
    /// The gate, by the word of [`WhyGate`].
    pub gate: String,
    /// How it answered.
    pub state: GateState,
}

/// Why a fact is not there.
#[derive(Clone, Debug, PartialEq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export)]
pub struct WhyNot {
    /// The fact, if it was found.
    pub fact: Option<Fact>,
    /// The bank that holds it.
    pub bank_id: BankId,
    /// The first gate that stopped it.
    pub gate: WhyGate,
    /// All gates in order.
    pub steps: Vec<GateStep>,
    /// What lets it in, one step for each gate in its way; empty when nothing that was tried does.
    pub changes: Vec<WhyChange>,
    /// The request with those changes; `None` when none of them is about the request.
    pub request: Option<RecallRequest>,
    /// Whether a recall with all the changes was made and answered the fact. `None` when it was not tried,
    /// because that would change memory.
    pub proved: Option<bool>,
    /// Its place when it is asked for in its own words, all else being the same; `None` when that was not tried.
    pub own_words: Option<u32>,
    /// How many recalls were made to find out.
    pub recalls: u32,
}

/// The gates in their order. What came before the recall and what comes behind the answer belong to turns; the lab
/// has no query that was derived and trims no context.
pub const ORDER: [&str; 18] = [
    "not_run",
    "other_bank",
    "invalidated",
    "not_extracted",
    "fact_type",
    "not_consolidated",
    "tags",
    "window",
    "lane_floor",
    "no_lane",
    "cap",
    "final_floor",
    "covered",
    "tokens",
    "own_cap",
    "trimmed",
    "not_known",
    "in",
];

impl WhyGate {
    /// Its word in [`ORDER`].
    pub fn word(&self) -> &'static str {
        match self {
            Self::In { .. } => "in",
            Self::NotThere => "not_known",
            Self::OtherBank { .. } => "other_bank",
            Self::Invalidated { .. } => "invalidated",
            Self::NotExtracted { .. } => "not_extracted",
            Self::FactType { .. } => "fact_type",
            Self::NotConsolidated { .. } => "not_consolidated",
            Self::Tags { .. } => "tags",
            Self::Window { .. } => "window",
            Self::LaneFloor { .. } => "lane_floor",
            Self::NoLane { .. } => "no_lane",
            Self::Cap { .. } => "cap",
            Self::FinalFloor { .. } => "final_floor",
            Self::Covered { .. } => "covered",
            Self::Tokens { .. } => "tokens",
            Self::OwnCap { .. } => "own_cap",
            Self::NotKnown { .. } => "not_known",
        }
    }
}

/// Every gate up to the one that stopped, and those behind it, which were not reached.
fn steps(stopped: &WhyGate, capped: bool) -> Vec<GateStep> {
    let word = stopped.word();
    let found = ORDER.iter().position(|gate| *gate == word).unwrap_or(ORDER.len());
    let shown = ORDER.iter().enumerate().filter(|(_, gate)| !matches!(**gate, "not_known" | "in"));
    shown
        .map(|(at, gate)| {
            let beside = matches!(*gate, "not_run" | "trimmed") || (*gate == "own_cap" && !capped);
            let state = match at.cmp(&found) {
                _ if word == "not_known" || beside => GateState::NotAsked,
                std::cmp::Ordering::Less => GateState::Passed,
                std::cmp::Ordering::Equal => GateState::Stopped,
                std::cmp::Ordering::Greater => GateState::NotAsked,
            };
            GateStep { gate: (*gate).to_owned(), state }
        })
        .collect()
}

#[cfg(test)]
mod tests;

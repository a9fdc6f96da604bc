//! Saved questions with what must and must not come back, as red and green.
//!
//! `judge` decides, `run` asks a server, `difference` compares two runs, `file` is the YAML that people keep beside
//! their code. The page and `rearview-cli checks` run them; `rearview-store` keeps them.

mod difference;
mod file;
mod judge;
mod run;

pub use difference::{Difference, Move, difference};
pub use file::{FileCheck, read_file, write_file};
pub use run::run;

use rearview_domain::time::Time;
use rearview_domain::{BankId, Error, ServerId};
use rearview_hindsight::RecallRequest;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// A question and what has to come back.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export)]
pub struct Check {
    /// Its id; empty for a new one.
    pub id: String,
    /// What people call it.
    pub name: String,
    /// The memory server.
    pub server_id: ServerId,
    /// The bank.
    pub bank_id: BankId,
    /// What is asked.
    pub request: RecallRequest,
    /// What has to come back.
    pub expect: Vec<Expectation>,
}

/// One thing that has to be so.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
#[ts(export)]
pub enum Expectation {
    /// This fact is answered.
    Fact {
        /// Its id.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[ts(optional = nullable)]
        id: Option<String>,
        /// Its text; counts when no fact has the id any more.
        text: String,
        /// At this place or before it, from 1.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[ts(optional = nullable)]
        rank: Option<u32>,
    },
    /// This fact is not.
    Never {
        /// Its id.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        #[ts(optional = nullable)]
        id: Option<String>,
        /// Its text; a fact with this text is not answered either.
        text: String,
    },
    /// The answer has at most so many tokens.
    MaxTokens {
        /// Tokens.
        n: u32,
    },
    /// The answer takes at most so long.
    MaxMs {
        /// Milliseconds.
        n: u32,
    },
    /// Nothing of this bank is answered: no fact by its id, and no text that the same question finds there.
    NothingFrom {
        /// The bank.
        bank: BankId,
    },
}

/// How a run, or one expectation, ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
#[ts(export)]
pub enum CheckState {
    /// All is as expected.
    Green,
    /// Something is not.
    Red,
    /// It could not be told.
    Unknown,
}

/// What came of one expectation.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export)]
pub struct CheckVerdict {
    /// What had to be so.
    pub expectation: Expectation,
    /// Whether it is.
    pub state: CheckState,
    /// What was seen, for people.
    pub seen: String,
    /// How the fact was known: `id`, or `text` when no fact has the id any more.
    pub by: Option<String>,
}

/// A fact that a run answered.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export)]
pub struct CheckFound {
    /// Its id.
    pub id: String,
    /// Its text.
    pub text: String,
}

/// What came of a run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export)]
pub struct CheckResult {
    /// When it was made.
    pub at: Time,
    /// How it ended.
    pub state: CheckState,
    /// From question to answer, in milliseconds.
    pub ms: f64,
    /// Tokens of the answer, counted as o200k.
    pub tokens: u32,
    /// The answer in its order, the first of it.
    pub found: Vec<CheckFound>,
    /// How many facts were answered in all.
    pub count: u32,
    /// What came of each expectation.
    pub verdicts: Vec<CheckVerdict>,
    /// Why it could not be asked.
    pub error: Option<Error>,
}

#[cfg(test)]
mod tests;

//! The memory engine in this app, the model behind it, and its sample bank.

use super::wire;
use rearview_domain::Error;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// How the engine is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
#[ts(export)]
pub enum EngineState {
    /// Its file is being opened.
    Starting,
    /// It answers by words; the encoder is being loaded.
    LoadingModel,
    /// All there.
    Ready,
    /// It answers by words only; `reason` says why.
    Degraded,
    /// It does not run; `error` says why.
    Offline,
}

wire! {
    /// Sets the model behind memory.
    request SaveMemoryModel {
        /// `provider/model`; absent extracts by rules, without a model.
        pub model: Option<String>,
        /// Most tokens a day, read and written together.
        pub tokens_per_day: f64,
    }
}

wire! {
    /// The engine as it is shown.
    answer EngineView {
        /// Whether this app has one; everything else says nothing when it has not.
        pub present: bool,
        /// How it is.
        pub state: EngineState,
        /// Why it is degraded.
        pub reason: Option<String>,
        /// Why it is offline.
        pub error: Option<Error>,
        /// Its database.
        pub path: String,
        /// The database's size with its journal, in bytes.
        pub bytes: f64,
        /// Memories in all banks, when it answers.
        pub facts: Option<u32>,
        /// Banks, when it answers.
        pub banks: Option<u32>,
        /// `provider/model` that reads conversations; absent extracts by rules.
        pub model: Option<String>,
        /// Most tokens a day.
        pub tokens_per_day: f64,
        /// Tokens used today (UTC).
        pub tokens_today: f64,
        /// Whether the sample bank is loaded.
        pub sample: bool,
        /// Questions to ask the sample.
        pub sample_questions: Vec<String>,
    }
}

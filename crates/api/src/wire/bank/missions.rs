//! Missions and the settings of a bank.

use super::super::wire;
use rearview_curate::mission::{LabDocument, Side};
use rearview_domain::time::Time;
use rearview_domain::{BankId, DocumentId, ServerId};
use rearview_hindsight::{BankConfig, PromptOperation};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use ts_rs::TS;

wire! {
    /// Changes settings of a bank; null gives one back.
    request ChangeConfig {
        /// The server.
        pub server_id: ServerId,
        /// The bank.
        pub bank_id: BankId,
        /// The new values, by key.
        #[ts(type = "Record<string, unknown>")]
        pub updates: Map<String, Value>,
    }

    /// Saves the missions of a bank, all at once.
    request SaveMission {
        /// The server.
        pub server_id: ServerId,
        /// The bank.
        pub bank_id: BankId,
        /// All that the bank is to override of them; what is absent is inherited.
        #[ts(type = "Record<string, unknown>")]
        pub settings: Map<String, Value>,
        /// What it overrode when the person began; a change by others since then is a conflict. Absent saves anyway.
        #[ts(type = "Record<string, unknown> | null")]
        pub base: Option<Map<String, Value>>,
    }

    /// Saves an earlier version of the missions again.
    request RevertMission {
        /// The server.
        pub server_id: ServerId,
        /// The bank.
        pub bank_id: BankId,
        /// The version.
        #[ts(type = "number")]
        pub version: i64,
    }

    /// Asks for the versions of a bank's missions, the newest first.
    request ListMissionVersions {
        /// The server.
        pub server_id: ServerId,
        /// The bank.
        pub bank_id: BankId,
        /// At most this many; 50 when absent.
        pub limit: Option<u32>,
        /// Without the first so many.
        pub offset: Option<u32>,
    }

    /// Asks what a mission lab would read and take.
    request PlanLab {
        /// The server.
        pub server_id: ServerId,
        /// The bank.
        pub bank_id: BankId,
        /// The missions to try.
        #[ts(type = "Record<string, unknown>")]
        pub settings: Map<String, Value>,
        /// How many of the last turns, or documents where there are no turns.
        pub count: u32,
        /// This document instead.
        pub document_id: Option<DocumentId>,
    }

    /// Reads documents under the missions that hold and under new ones, and stores nothing.
    request RunLab {
        /// The server.
        pub server_id: ServerId,
        /// The bank.
        pub bank_id: BankId,
        /// The missions to try.
        #[ts(type = "Record<string, unknown>")]
        pub settings: Map<String, Value>,
        /// The documents.
        pub document_ids: Vec<DocumentId>,
    }

    /// Asks how many tokens texts have, as o200k.
    request CountTokens {
        /// The texts.
        pub texts: Vec<String>,
    }

    /// Asks for the prompts of an operation.
    request PreviewPrompt {
        /// The server.
        pub server_id: ServerId,
        /// The bank.
        pub bank_id: BankId,
        /// The operation.
        pub operation: PromptOperation,
        /// A retain strategy of the bank.
        pub strategy: Option<String>,
    }

    /// Lists the scopes of a bank's observations.
    request ListScopes {
        /// The server.
        pub server_id: ServerId,
        /// The bank.
        pub bank_id: BankId,
        /// At most this many.
        pub limit: Option<u32>,
        /// Without the first so many.
        pub offset: Option<u32>,
    }

    /// Merges facts that wait into observations.
    request Consolidate {
        /// The server.
        pub server_id: ServerId,
        /// The bank.
        pub bank_id: BankId,
        /// Only facts whose tags hold all tags of one of these; all facts when absent.
        pub scopes: Option<Vec<Vec<String>>>,
    }

    /// Asks which scopes each strategy would claim.
    request PreviewStrategies {
        /// The server.
        pub server_id: ServerId,
        /// The bank.
        pub bank_id: BankId,
        /// A value of `consolidation_strategies` that is not saved yet.
        #[ts(type = "unknown")]
        pub strategies: Value,
    }
}

wire! {
    /// The settings of a bank.
    answer BankConfigView {
        /// As the server answers.
        pub config: BankConfig,
        /// Who reads texts for this memory.
        pub reader: MemoryReader,
    }

    /// What a bank's missions were.
    answer MissionVersionView {
        /// Its id; later versions have higher ones.
        #[ts(type = "number")]
        pub id: i64,
        /// Since when, as far as is known here.
        pub at: Time,
        /// How it came to be.
        pub origin: MissionOrigin,
        /// The version that was saved again.
        #[ts(type = "number | null")]
        pub reverted_to: Option<i64>,
        /// What the bank overrode, by key; what is absent was inherited.
        #[ts(type = "Record<string, unknown>")]
        pub settings: Map<String, Value>,
    }

    /// Versions of a bank's missions, the newest first.
    answer MissionVersions {
        /// The versions.
        pub items: Vec<MissionVersionView>,
        /// How many there are in all.
        pub total: u32,
    }

    /// How many tokens texts have, as o200k.
    answer TokenCounts {
        /// In the order of the texts.
        pub counts: Vec<u32>,
    }

    /// What a mission lab would read and take. All figures of tokens and money are estimates.
    answer LabPlan {
        /// The documents.
        pub documents: Vec<LabDocument>,
        /// Whether these are turns of chats.
        pub turns: bool,
        /// Whether the settings to try read a text otherwise than those that hold.
        pub differs: bool,
        /// Who reads.
        pub reader: MemoryReader,
        /// Under the missions that hold.
        pub before: Side,
        /// Under the new ones.
        pub after: Side,
        /// US dollars for both; null when the price is not known.
        pub cost: Option<f64>,
        /// Tokens that the model of memory may still take today; null where there is no such limit.
        pub tokens_left: Option<f64>,
    }
}

/// How a version of missions came to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export)]
pub enum MissionOrigin {
    /// It was saved from here.
    Saved,
    /// It was an earlier version, saved again.
    Reverted,
    /// It was found on the server.
    Seen,
}

/// Who reads texts for a memory server.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(tag = "kind", rename_all = "camelCase", rename_all_fields = "camelCase")]
#[ts(export)]
pub enum MemoryReader {
    /// Rules of the embedded engine, which read no missions.
    Rules,
    /// The model that was picked for the embedded engine.
    Model {
        /// As `provider/model`.
        model: String,
    },
    /// The server's own model, which it does not name.
    Server,
}

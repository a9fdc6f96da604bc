//! Following a bank: what any client asks of it, as its logs tell it (`rearview_curate::follow`).

use super::super::wire;
use rearview_curate::follow::{CallModels, FollowedCall, ModelMark};
use rearview_curate::stage::Stages;
use rearview_domain::record::TurnRecord;
use rearview_domain::{BankId, Error, ServerId};
use rearview_hindsight::LlmRequest;

wire! {
    /// Looks into the logs of a bank for what is new.
    request LookAtBank {
        /// The server.
        pub server_id: ServerId,
        /// The bank.
        pub bank_id: BankId,
        /// When the newest entry that is known began, in the server's words; absent at the first look.
        pub newest: Option<String>,
        /// Entries that need not be read again.
        pub known: Vec<String>,
        /// Whether to ask as well if the log is kept at all, which is a call of its own.
        pub ask_kept: bool,
        /// Where the last look into the log of model calls ended, empty at the first; absent to leave that log out.
        pub models: Option<ModelMark>,
    }

    /// Names a call of a bank.
    request FollowedCallRef {
        /// The server.
        pub server_id: ServerId,
        /// The bank.
        pub bank_id: BankId,
        /// Its entry in the audit log.
        pub entry_id: String,
    }
}

/// What a look found.
#[derive(Clone, Debug, serde::Serialize, ts_rs::TS)]
#[serde(rename_all = "camelCase")]
#[ts(export)]
pub struct BankLook {
    /// The entries of the page, the newest first; known ones without what they tell.
    pub calls: Vec<FollowedCall>,
    /// From when on was looked, in the server's time; absent when there was no beginning.
    pub from: Option<String>,
    /// How many entries there are from then on; absent when the server does not say.
    pub total: Option<u64>,
    /// Whether the bank keeps an audit log now; absent when nobody asked or the server does not say.
    pub kept: Option<bool>,
    /// Why it is not known whether it does, when that was asked and failed.
    pub kept_error: Option<Error>,
    /// The calls of models that came; absent when that was not asked, is not offered or failed.
    pub models: Option<ModelLook>,
    /// Why the server offers no log of model calls now, for people.
    pub models_off: Option<String>,
    /// Why that log could not be read, when it was asked.
    pub models_error: Option<Error>,
}

/// What a look into the log of model calls found.
#[derive(Clone, Debug, serde::Serialize, ts_rs::TS)]
#[serde(rename_all = "camelCase")]
#[ts(export)]
pub struct ModelLook {
    /// Those that are new or may be, the newest first, without prompts and answers; none when nothing came.
    pub items: Vec<LlmRequest>,
    /// Where the look ended: for the next one, and how many calls there are from its beginning on.
    pub mark: ModelMark,
}

/// A call with all that the logs hold of it.
#[derive(Clone, Debug, serde::Serialize, ts_rs::TS)]
#[serde(rename_all = "camelCase")]
#[ts(export)]
pub struct FollowedView {
    /// The call.
    pub call: FollowedCall,
    /// What is known of it in the form of a turn's record. What only the client knows is absent.
    pub record: TurnRecord,
    /// The recall stage by stage; absent without a trace.
    pub stages: Option<Stages>,
    /// The request as the server kept it; absent when it kept none.
    #[ts(type = "unknown")]
    pub request: Option<serde_json::Value>,
    /// The answer as the server kept it, where that is text only and so not read; absent else.
    pub printed: Option<String>,
    /// The calls of models that belong to it; absent when they could not be listed.
    pub models: Option<CallModels>,
    /// Why not.
    pub models_error: Option<Error>,
}

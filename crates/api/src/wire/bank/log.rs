//! What a bank does and did: operations, audit log, calls of models, counts.
//!
//! What a server answers crosses as the client read it (`rearview_hindsight`); here are the requests.

use super::super::wire;
use rearview_domain::{BankId, ServerId};
use rearview_hindsight::{AuditFilter, LlmRequestFilter, OperationFilter};

wire! {
    /// Lists operations.
    request ListOperations {
        /// The server.
        pub server_id: ServerId,
        /// The bank.
        pub bank_id: BankId,
        /// Which ones.
        pub filter: OperationFilter,
    }

    /// Names an operation.
    request OperationRef {
        /// The server.
        pub server_id: ServerId,
        /// The bank.
        pub bank_id: BankId,
        /// Which one.
        pub operation_id: String,
    }

    /// Lists entries of the audit log.
    request ListAuditLog {
        /// The server.
        pub server_id: ServerId,
        /// The bank.
        pub bank_id: BankId,
        /// Which ones.
        pub filter: AuditFilter,
    }

    /// Names an entry of the audit log.
    request AuditEntryRef {
        /// The server.
        pub server_id: ServerId,
        /// The bank.
        pub bank_id: BankId,
        /// Which one.
        pub entry_id: String,
    }

    /// Counts entries of the audit log.
    request CountAuditLog {
        /// The server.
        pub server_id: ServerId,
        /// The bank.
        pub bank_id: BankId,
        /// Of this kind.
        pub action: Option<String>,
        /// Over `1d`, `7d` or `30d`.
        pub period: String,
    }

    /// Switches the audit log of a bank.
    request SwitchAuditLog {
        /// The server.
        pub server_id: ServerId,
        /// The bank.
        pub bank_id: BankId,
        /// Whether it is kept.
        pub on: bool,
    }

    /// Lists calls of models.
    request ListLlmRequests {
        /// The server.
        pub server_id: ServerId,
        /// The bank.
        pub bank_id: BankId,
        /// Which ones.
        pub filter: LlmRequestFilter,
    }

    /// Names a call of a model.
    request LlmRequestRef {
        /// The server.
        pub server_id: ServerId,
        /// The bank.
        pub bank_id: BankId,
        /// Which one.
        pub request_id: String,
        /// The run it belongs to, if any.
        pub trace_id: Option<String>,
        /// When it began.
        pub started_at: Option<String>,
    }

    /// Counts calls of models.
    request CountLlmRequests {
        /// The server.
        pub server_id: ServerId,
        /// The bank.
        pub bank_id: BankId,
        /// For this.
        pub operation: Option<String>,
        /// Over `1d`, `7d` or `30d`.
        pub period: String,
    }

    /// Counts what is in a bank.
    request ReadStats {
        /// The server.
        pub server_id: ServerId,
        /// The bank.
        pub bank_id: BankId,
        /// Whether counts that the server keeps for a minute will not do.
        pub refresh: bool,
    }

    /// Counts facts over time.
    request CountMemories {
        /// The server.
        pub server_id: ServerId,
        /// The bank.
        pub bank_id: BankId,
        /// Over `1h`, `12h`, `1d`, `7d`, `30d` or `90d`.
        pub period: String,
        /// By `created_at`, `mentioned_at` or `occurred_start`.
        pub time_field: String,
    }
}

wire! {
    /// Whether a bank keeps an audit log.
    answer AuditState {
        /// Whether it does; absent when the server does not say.
        pub on: Option<bool>,
    }
}

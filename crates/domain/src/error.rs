//! The one error shape that reaches a person, the log and the page.
//!
//! Crates raise their own `thiserror` enums; `api` turns each into this shape with an exhaustive
//! match. A code exists only when someone acts on it: the comment at each code says who does what.

use serde::{Deserialize, Serialize};
use std::fmt;
use ts_rs::TS;

/// What the page or a caller can do something about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export)]
pub enum ErrorCode {
    /// No provider, model or memory server is set up: the page opens the settings that are missing.
    NotConfigured,
    /// A key was refused: the page offers to enter it again.
    AuthFailed,
    /// The key is good but may not do this: the page shows the other side's words.
    PermissionDenied,
    /// The thing named does not exist (any more): the page refreshes the list it came from.
    NotFound,
    /// Somebody else changed or holds it: the page reloads.
    Conflict,
    /// What the person gave cannot be used: the page marks the field.
    InvalidInput,
    /// Too many requests: the page shows the wait and offers retry.
    RateLimited,
    /// The account has no money or quota left: the page shows the provider's words.
    QuotaExceeded,
    /// The other side is overloaded: the page offers retry.
    Overloaded,
    /// The conversation does not fit the model: the page offers another model.
    ContextTooLong,
    /// The provider refused for its content rules: the page offers to edit.
    ContentFiltered,
    /// The model is not known to the provider: the page opens the model picker.
    UnknownModel,
    /// No answer in time: the page offers retry.
    Timeout,
    /// No connection: the page offers retry and the server's settings.
    NetworkUnreachable,
    /// The other side does not speak as agreed: the page shows what it said.
    ServerIncompatible,
    /// The stream ended before its end: the partial answer stays and the page offers retry.
    StreamInterrupted,
    /// The person stopped it. An outcome, never a toast.
    Cancelled,
    /// The database was written by a newer Rearview: the page tells to update.
    DatabaseTooNew,
    /// Another Rearview holds the data folder: the page says so.
    DataInUse,
    /// The disk is full: the page says that what was typed is still on it.
    DiskFull,
    /// There is no OS keychain: the page offers keys for this session only.
    SecretStoreUnavailable,
    /// A defect of ours: the page offers to copy diagnostics.
    Internal,
}

/// An error as a person and the page see it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export)]
pub struct Error {
    /// What can be done about it.
    pub code: ErrorCode,
    /// A sentence for people: what happened, to whom.
    pub message: String,
    /// The next step, when there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hint: Option<String>,
    /// Whether the same request may succeed later.
    #[serde(default)]
    pub retryable: bool,
    /// How long the other side asked to wait.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry_after_ms: Option<u32>,
    /// The provider's or server's own words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<ErrorSource>,
    /// The id under which the other side, or our log, knows this request.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request_id: Option<String>,
}

/// Who said no, and in which words. Never contains a key.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export)]
pub struct ErrorSource {
    /// The provider or server, by the name the person knows.
    pub name: String,
    /// HTTP status, when there was one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
    /// Its own error code.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    /// Its own message, cut at 2,000 characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
}

impl Error {
    /// An error with a code and a sentence.
    pub fn new(code: ErrorCode, message: impl Into<String>) -> Self {
        Self {
            code,
            message: message.into(),
            hint: None,
            retryable: matches!(
                code,
                ErrorCode::RateLimited
                    | ErrorCode::Overloaded
                    | ErrorCode::Timeout
                    | ErrorCode::NetworkUnreachable
                    | ErrorCode::StreamInterrupted
            ),
            retry_after_ms: None,
            source: None,
            request_id: None,
        }
    }

    /// Adds the next step.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// Adds the other side's own words.
    #[must_use]
    pub fn source(mut self, source: ErrorSource) -> Self {
        self.source = Some(source);
        self
    }

    /// Adds the wait that was asked for.
    #[must_use]
    pub fn retry_after_ms(mut self, ms: Option<u32>) -> Self {
        self.retry_after_ms = ms;
        self
    }

    /// Adds the other side's request id.
    #[must_use]
    pub fn request_id(mut self, id: Option<String>) -> Self {
        self.request_id = id;
        self
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Error {}

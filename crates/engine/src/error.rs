//! What the engine answers when it cannot do as asked: an HTTP status and the API's `detail`.
//!
//! SQLite's own words go to the log and never to a client: they may name values. Every module fails with
//! [`EngineError`]; `http` turns it into a response.

use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};
use std::path::PathBuf;

/// The result of everything the engine does.
pub type Result<T> = std::result::Result<T, EngineError>;

/// Why something was not done.
#[derive(Debug, thiserror::Error)]
pub enum EngineError {
    /// Another process, or another engine of this one, holds the folder.
    #[error("the memory folder `{}` is in use by another process", dir.display())]
    InUse {
        /// The folder.
        dir: PathBuf,
    },
    /// The database has migrations that this build does not know. Nothing was changed.
    #[error("`{}` was written by a newer version (schema {version})", path.display())]
    TooNew {
        /// The database.
        path: PathBuf,
        /// The first migration that is not known.
        version: i64,
    },
    /// The folder or a file in it could not be made, read or written.
    #[error("could not {action} `{}`: {source}", path.display())]
    Folder {
        /// What was attempted.
        action: &'static str,
        /// Where.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// No room. What was acknowledged before is safe.
    #[error("could not {action}: the disk is full")]
    DiskFull {
        /// What was attempted.
        action: &'static str,
    },
    /// The file is no database or its pages are damaged.
    #[error("could not {action}: the database is damaged")]
    Damaged {
        /// What was attempted.
        action: &'static str,
        /// SQLite's words.
        source: sqlx::Error,
    },
    /// Anything else that SQLite says.
    #[error("could not {action}")]
    Database {
        /// What was attempted.
        action: &'static str,
        /// SQLite's words.
        source: sqlx::Error,
    },
    /// A migration failed; it was rolled back.
    #[error("could not bring `{}` to the present schema", path.display())]
    Migration {
        /// The database.
        path: PathBuf,
        /// Why.
        source: Box<sqlx::migrate::MigrateError>,
    },
    /// The request cannot be done as it stands: a status and words for the one who asked.
    #[error("{message}")]
    Refused {
        /// 400, 404, 405, 409, 410, 422, 503 …
        status: StatusCode,
        /// The API's `detail` text.
        message: String,
    },
    /// A field is wrong (422 with the API's list shape).
    #[error("`{}`: {message}", loc.join("."))]
    Invalid {
        /// Where, e.g. `["body", "items", "0", "content"]`. Parts that are numbers are answered as numbers.
        loc: Vec<String>,
        /// A stable kind, e.g. `value_error`.
        kind: &'static str,
        /// Words for the one who asked.
        message: String,
        /// What was given, when it is short.
        input: Value,
    },
    /// The model that extracts, consolidates or reflects could not be had.
    #[error("{0}")]
    Synthesis(#[from] crate::synthesis::SynthesisError),
    /// The work was cancelled by a person or by the end of the engine.
    #[error("cancelled")]
    Cancelled,
}

impl EngineError {
    /// A refusal with a status.
    pub fn refused(status: StatusCode, message: impl Into<String>) -> Self {
        Self::Refused { status, message: message.into() }
    }

    /// 400.
    pub fn bad_request(message: impl Into<String>) -> Self {
        Self::refused(StatusCode::BAD_REQUEST, message)
    }

    /// 404.
    pub fn not_found(message: impl Into<String>) -> Self {
        Self::refused(StatusCode::NOT_FOUND, message)
    }

    /// 409.
    pub fn conflict(message: impl Into<String>) -> Self {
        Self::refused(StatusCode::CONFLICT, message)
    }

    /// 422 in the list shape, for one field of the body.
    pub fn invalid(loc: &[&str], message: impl Into<String>) -> Self {
        let loc = std::iter::once("body").chain(loc.iter().copied()).map(str::to_owned).collect();
        Self::Invalid { loc, kind: "value_error", message: message.into(), input: Value::Null }
    }

    /// 422 with a plain text.
    pub fn unprocessable(message: impl Into<String>) -> Self {
        Self::refused(StatusCode::UNPROCESSABLE_ENTITY, message)
    }

    /// The status that a client sees.
    pub fn status(&self) -> StatusCode {
        match self {
            Self::Refused { status, .. } => *status,
            Self::Invalid { .. } => StatusCode::UNPROCESSABLE_ENTITY,
            Self::DiskFull { .. } => StatusCode::INSUFFICIENT_STORAGE,
            Self::Synthesis(error) => error.status(),
            Self::Cancelled => StatusCode::from_u16(499).unwrap_or(StatusCode::BAD_REQUEST),
            _ => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }
}

impl IntoResponse for EngineError {
    fn into_response(self) -> Response {
        let status = self.status();
        if status.is_server_error() {
            tracing::warn!(error = %self, source = ?std::error::Error::source(&self).map(ToString::to_string), "refused");
        }
        let detail = match self {
            Self::Invalid { loc, kind, message, input } => {
                let loc: Vec<Value> = loc
                    .into_iter()
                    .map(|part| part.parse::<u64>().map_or(json!(part), |n| json!(n)))
                    .collect();
                json!([{"type": kind, "loc": loc, "msg": message, "input": input}])
            }
            other => json!(other.to_string()),
        };
        (status, axum::Json(json!({"detail": detail}))).into_response()
    }
}

/// Turns SQLite's error into ours, naming what was attempted.
pub(crate) fn during(action: &'static str) -> impl Fn(sqlx::Error) -> EngineError {
    move |source| match sqlite_code(&source) {
        Some(code) if is_full(code) => EngineError::DiskFull { action },
        // SQLITE_CORRUPT and SQLITE_NOTADB
        Some(code) if matches!(code & 0xff, 11 | 26) => EngineError::Damaged { action, source },
        _ => EngineError::Database { action, source },
    }
}

/// SQLite's extended result code.
pub(crate) fn sqlite_code(error: &sqlx::Error) -> Option<i32> {
    error.as_database_error()?.code()?.parse().ok()
}

/// SQLITE_FULL, or SQLITE_IOERR_SHMSIZE: the WAL's index could not grow.
fn is_full(code: i32) -> bool {
    code & 0xff == 13 || code == 4874
}

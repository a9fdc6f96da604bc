//! What can go wrong between Rearview and a memory server.
//!
//! One variant for each thing that somebody can do something about, and the exhaustive translation
//! into the product's one error shape. How a refusal's body is read lives in `refusal`.
//! A key never gets here: `send` takes it out of everything that a server says.

use rearview_domain::error::{Error, ErrorCode, ErrorSource};
use std::fmt;

/// The result of every call of this crate.
pub type Result<T> = std::result::Result<T, HindsightError>;

/// The longest message of a server that is passed on, in characters, as `ErrorSource` promises.
const LONGEST_DETAIL: usize = 2_000;

/// What was attempted, where, and what the other side said.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Attempt {
    /// The server, by the name the person gave it.
    pub server: String,
    /// What was attempted, e.g. ``recall from the bank `ana` ``.
    pub action: String,
    /// The HTTP status of the answer, when there was one.
    pub status: Option<u16>,
    /// The server's words, or the transport's when there was no answer.
    pub detail: Option<String>,
    /// The id under which the server knows the request.
    pub request_id: Option<String>,
}

impl fmt::Display for Attempt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}` could not {}", self.server, self.action)
    }
}

impl Attempt {
    /// The server's words after a colon, or nothing.
    fn words(&self) -> String {
        match &self.detail {
            Some(detail) => format!(": {}", detail.trim_end_matches('.')),
            None => String::new(),
        }
    }
}

/// One field that the server could not accept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InvalidField {
    /// Where it is, e.g. `body.query`; empty when the server did not say.
    pub field: String,
    /// What is wrong with it, in the server's words.
    pub message: String,
}

/// Why a call failed. Every variant that followed a request carries the [`Attempt`].
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum HindsightError {
    /// The address cannot be used.
    #[error("The address of the memory server `{server}` cannot be used: {why}.")]
    Address {
        /// The server's name.
        server: String,
        /// What is wrong with it.
        why: String,
    },
    /// The key holds signs that a header cannot carry.
    #[error("The key of the memory server `{server}` holds characters that no key has.")]
    KeyUnusable {
        /// The server's name.
        server: String,
    },
    /// The HTTP client could not be set up.
    #[error("The HTTP client for `{server}` could not be set up: {why}.")]
    Setup {
        /// The server's name.
        server: String,
        /// What the HTTP library said.
        why: String,
    },
    /// An id that no URL can carry; nothing was sent.
    #[error("The {what} `{id}` cannot be part of an address.")]
    UnusableId {
        /// Which id, e.g. `document id`.
        what: &'static str,
        /// The id.
        id: String,
    },
    /// No key, or a wrong one.
    #[error("{0}: the key was refused.")]
    Unauthorized(Box<Attempt>),
    /// A good key that may not do this.
    #[error("{0}: the key does not allow it.")]
    Forbidden(Box<Attempt>),
    /// The account has no quota left.
    #[error("{0}: the account has no quota left.")]
    Quota(Box<Attempt>),
    /// The thing does not exist.
    #[error("{attempt}: {what} does not exist.")]
    NotFound {
        /// What does not exist, e.g. ``the operation `x` ``, or the server's words for it.
        what: String,
        /// The attempt.
        attempt: Box<Attempt>,
    },
    /// It clashes with what is there, e.g. an operation id that belongs to another request.
    #[error("{0}{words}.", words = .0.words())]
    Conflict(Box<Attempt>),
    /// The server cannot accept what was given.
    #[error("{attempt}{words}.", words = invalid_words(fields, attempt))]
    Invalid {
        /// The fields it named; empty when it gave a sentence only.
        fields: Vec<InvalidField>,
        /// The attempt.
        attempt: Box<Attempt>,
    },
    /// Too many requests.
    #[error("{attempt}: it gets too many requests.")]
    RateLimited {
        /// The wait it asked for, in milliseconds.
        retry_after_ms: Option<u32>,
        /// The attempt.
        attempt: Box<Attempt>,
    },
    /// The server is there and cannot work now.
    #[error("{attempt}: it is not available now.")]
    Unavailable {
        /// The wait it asked for, in milliseconds.
        retry_after_ms: Option<u32>,
        /// The attempt.
        attempt: Box<Attempt>,
    },
    /// No answer in time.
    #[error("{0}: it did not answer in time.")]
    Timeout(Box<Attempt>),
    /// No connection, or it broke.
    #[error("{0}: there is no connection to it.")]
    Unreachable(Box<Attempt>),
    /// It answers, and not as a Hindsight server does.
    #[error("{attempt}: its answer is not what a Hindsight server says.")]
    Incompatible {
        /// The first 200 characters of what it said.
        said: String,
        /// The attempt.
        attempt: Box<Attempt>,
    },
    /// It points elsewhere. Rearview does not follow: the key belongs to the address that was entered.
    #[error("{attempt}: it points to `{location}`.")]
    Redirected {
        /// Where to.
        location: String,
        /// The attempt.
        attempt: Box<Attempt>,
    },
    /// An answer over the size that Rearview reads.
    #[error("{attempt}: its answer is larger than {limit_mib} MiB.")]
    TooLarge {
        /// The limit.
        limit_mib: usize,
        /// The attempt.
        attempt: Box<Attempt>,
    },
    /// This server does not offer this.
    #[error("{attempt}: it does not offer {feature}.")]
    FeatureMissing {
        /// What it does not offer, in words.
        feature: String,
        /// The attempt.
        attempt: Box<Attempt>,
    },
    /// The server failed by itself.
    #[error("{attempt}{words}.", words = attempt.words())]
    Server {
        /// The HTTP status.
        status: u16,
        /// The attempt.
        attempt: Box<Attempt>,
    },
}

fn invalid_words(fields: &[InvalidField], attempt: &Attempt) -> String {
    match fields.first() {
        Some(first) if first.field.is_empty() => format!(": {}", first.message),
        Some(first) => format!(": `{}`: {}", first.field, first.message),
        None => attempt.words(),
    }
}

impl HindsightError {
    /// The attempt that failed; `None` when nothing was sent.
    pub fn attempt(&self) -> Option<&Attempt> {
        match self {
            Self::Address { .. }
            | Self::KeyUnusable { .. }
            | Self::Setup { .. }
            | Self::UnusableId { .. } => None,
            Self::Unauthorized(attempt)
            | Self::Forbidden(attempt)
            | Self::Quota(attempt)
            | Self::Conflict(attempt)
            | Self::Timeout(attempt)
            | Self::Unreachable(attempt)
            | Self::NotFound { attempt, .. }
            | Self::Invalid { attempt, .. }
            | Self::RateLimited { attempt, .. }
            | Self::Unavailable { attempt, .. }
            | Self::Incompatible { attempt, .. }
            | Self::Redirected { attempt, .. }
            | Self::TooLarge { attempt, .. }
            | Self::FeatureMissing { attempt, .. }
            | Self::Server { attempt, .. } => Some(attempt),
        }
    }

    /// The error as a person and the page see it: code, sentence, next step and the server's own words.
    pub fn to_error(&self) -> Error {
        let (code, hint) = self.code_and_hint();
        let mut error = Error::new(code, self.to_string()).retry_after_ms(self.retry_after_ms());
        if let Some(hint) = hint {
            error = error.hint(hint);
        }
        if let Some(attempt) = self.attempt() {
            let words = match self {
                Self::Incompatible { said, .. } => {
                    Some(said).filter(|said| !said.is_empty()).or(attempt.detail.as_ref())
                }
                _ => attempt.detail.as_ref(),
            };
            error = error.request_id(attempt.request_id.clone()).source(ErrorSource {
                name: attempt.server.clone(),
                status: attempt.status,
                code: None,
                message: words.map(|words| words.chars().take(LONGEST_DETAIL).collect()),
            });
        }
        error
    }

    /// How long the server asked to wait, in milliseconds.
    pub fn retry_after_ms(&self) -> Option<u32> {
        match self {
            Self::RateLimited { retry_after_ms, .. } | Self::Unavailable { retry_after_ms, .. } => {
                *retry_after_ms
            }
            _ => None,
        }
    }

    fn code_and_hint(&self) -> (ErrorCode, Option<String>) {
        let hint = |text: &str| Some(text.to_owned());
        match self {
            Self::Address { .. } => {
                (ErrorCode::InvalidInput, hint("Enter an address such as `http://localhost:8888`."))
            }
            Self::KeyUnusable { .. } => {
                (ErrorCode::InvalidInput, hint("Copy the key again and paste it alone."))
            }
            Self::Setup { .. } => (ErrorCode::Internal, None),
            Self::UnusableId { .. } => (ErrorCode::InvalidInput, hint("Choose another id.")),
            Self::Unauthorized(_) => {
                (ErrorCode::AuthFailed, hint("Enter the key of this memory server again."))
            }
            Self::Forbidden(_) => {
                (ErrorCode::PermissionDenied, hint("Ask whoever runs this memory server for access."))
            }
            Self::Quota(_) => {
                (ErrorCode::QuotaExceeded, hint("Check the plan of this memory server's account."))
            }
            Self::NotFound { .. } => {
                (ErrorCode::NotFound, hint("Refresh the list; it may have been deleted."))
            }
            Self::Conflict(_) => (ErrorCode::Conflict, hint("Load it again and repeat the change.")),
            Self::Invalid { .. } => (ErrorCode::InvalidInput, hint("Change what was entered and try again.")),
            Self::RateLimited { .. } => (ErrorCode::RateLimited, hint("Wait a moment and try again.")),
            Self::Unavailable { .. } => (ErrorCode::Overloaded, hint("Try again in a moment.")),
            Self::Timeout(_) => {
                (ErrorCode::Timeout, hint("Try again, or allow memory more time in the settings."))
            }
            Self::Unreachable(_) => (
                ErrorCode::NetworkUnreachable,
                hint("Check that the memory server runs and that its address is right."),
            ),
            Self::Incompatible { .. } => (
                ErrorCode::ServerIncompatible,
                hint("Check that the address is that of a Hindsight server and not of its web page."),
            ),
            Self::Redirected { location, .. } => (
                ErrorCode::ServerIncompatible,
                Some(format!("If you trust `{location}`, enter it as the address of this memory server.")),
            ),
            Self::TooLarge { .. } => {
                (ErrorCode::ServerIncompatible, hint("Ask for less, e.g. fewer items a page."))
            }
            Self::FeatureMissing { .. } => {
                (ErrorCode::ServerIncompatible, hint("Update the memory server, or switch this on there."))
            }
            Self::Server { .. } => {
                (ErrorCode::Overloaded, hint("Try again; if it stays, look into the memory server's log."))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn attempt() -> Box<Attempt> {
        Box::new(Attempt {
            server: "Team memory".into(),
            action: "recall from the bank `ana`".into(),
            status: Some(401),
            detail: Some("Authentication failed".into()),
            request_id: Some("r-1".into()),
        })
    }

    #[test]
    fn a_wrong_key_is_told_apart_from_a_dead_server() {
        let refused = HindsightError::Unauthorized(attempt()).to_error();
        let dead = HindsightError::Unreachable(attempt()).to_error();
        assert_eq!((refused.code, refused.retryable), (ErrorCode::AuthFailed, false));
        assert_eq!((dead.code, dead.retryable), (ErrorCode::NetworkUnreachable, true));
        assert_ne!(refused.hint, dead.hint);
    }

    #[test]
    fn the_servers_own_words_travel_with_name_status_and_request_id() {
        let error = HindsightError::Unauthorized(attempt()).to_error();
        let source = error.source.unwrap();
        assert_eq!(source.name, "Team memory");
        assert_eq!(source.status, Some(401));
        assert_eq!(source.message.as_deref(), Some("Authentication failed"));
        assert_eq!(error.request_id.as_deref(), Some("r-1"));
    }

    #[test]
    fn a_novel_of_a_detail_is_cut() {
        let mut long = attempt();
        long.detail = Some("é".repeat(5_000));
        let error = HindsightError::Server { status: 500, attempt: long }.to_error();
        assert_eq!(error.source.unwrap().message.unwrap().chars().count(), 2_000);
    }

    #[test]
    fn the_wait_that_was_asked_for_is_passed_on() {
        let error =
            HindsightError::RateLimited { retry_after_ms: Some(1_500), attempt: attempt() }.to_error();
        assert_eq!((error.code, error.retry_after_ms), (ErrorCode::RateLimited, Some(1_500)));
    }
}

//! What can go wrong with a provider, told so that a person knows what to do next.
//!
//! How an answer is read into one of these is in `classify.rs`. `to_error` makes the shape that the
//! page sees. The provider's own words are kept apart from ours; a key is scrubbed from both.

use crate::auth::Secrets;
use rearview_domain::error::{Error, ErrorCode, ErrorSource};

/// The longest vendor message that is kept, in characters.
pub(crate) const MESSAGE_CHARS: usize = 2_000;

/// Azure's code for a model that it may well have, but that was not deployed under this name.
pub(crate) const DEPLOYMENT_NOT_FOUND: &str = "DeploymentNotFound";

/// What kind of failure it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ErrorKind {
    /// The key was refused, is missing, or cannot be sent.
    Auth,
    /// The key is good and may not do this.
    Permission,
    /// The provider does not know the model.
    UnknownModel,
    /// Too many requests.
    RateLimit,
    /// No money or quota left.
    Quota,
    /// The conversation does not fit the model.
    ContextLength,
    /// Refused for content rules.
    ContentFilter,
    /// The request cannot be made or was refused as it is.
    Invalid,
    /// The provider is overloaded or broken for now.
    Overloaded,
    /// No answer in time.
    Timeout,
    /// No connection.
    Network,
    /// The stream ended before its end.
    Truncated,
    /// The answer is not in the agreed protocol.
    Decode,
    /// Stopped by the person.
    Cancelled,
}

/// A failure at a provider.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[error("{}", self.sentence())]
pub struct ProviderError {
    /// What kind of failure it is.
    pub kind: ErrorKind,
    /// HTTP status, when there was an answer.
    pub status: Option<u16>,
    /// The provider's own error code.
    pub vendor_code: Option<String>,
    /// The provider's own message, cut at 2,000 characters.
    pub vendor_message: Option<String>,
    /// The field of the request that the provider's message is about, in its spelling.
    pub vendor_param: Option<String>,
    /// What we saw, in our words, e.g. `connection refused`. No sentence, no full stop.
    pub detail: Option<String>,
    /// The provider's id of the request.
    pub request_id: Option<String>,
    /// How long the provider asked to wait, in milliseconds.
    pub retry_after_ms: Option<u32>,
    /// The provider's name, as the person knows it.
    pub provider_name: String,
}

impl ProviderError {
    /// A failure of a kind, with nothing known about it.
    pub fn new(kind: ErrorKind, provider_name: impl Into<String>) -> Self {
        Self {
            kind,
            status: None,
            vendor_code: None,
            vendor_message: None,
            vendor_param: None,
            detail: None,
            request_id: None,
            retry_after_ms: None,
            provider_name: provider_name.into(),
        }
    }

    /// Adds what we saw, in our words.
    #[must_use]
    pub fn detail(mut self, detail: impl Into<String>) -> Self {
        self.detail = Some(detail.into());
        self
    }

    /// Masks secrets in what came from outside, and cuts it to length. In this order, or half a key could
    /// stay at the cut.
    #[must_use]
    pub(crate) fn scrubbed(mut self, secrets: &Secrets) -> Self {
        let texts = [
            &mut self.vendor_code,
            &mut self.vendor_message,
            &mut self.vendor_param,
            &mut self.detail,
            &mut self.request_id,
        ];
        for text in texts.into_iter().flatten() {
            *text = secrets.scrub(text).chars().take(MESSAGE_CHARS).collect();
        }
        self
    }

    /// One sentence for people: what happened, to whom.
    fn sentence(&self) -> String {
        let name = if self.provider_name.is_empty() { "The provider" } else { &self.provider_name };
        let what = match self.kind {
            ErrorKind::Auth => format!("{name} did not accept the key"),
            ErrorKind::Permission => format!("{name} does not allow this with this key"),
            ErrorKind::UnknownModel => format!("{name} does not know this model"),
            ErrorKind::RateLimit => format!("{name} is getting too many requests"),
            ErrorKind::Quota => format!("{name} says that the account has no credit or quota left"),
            ErrorKind::ContextLength => format!("The conversation is too long for this model at {name}"),
            ErrorKind::ContentFilter => format!("{name} refused for its content rules"),
            ErrorKind::Invalid => format!("The request to {name} cannot be made as it is"),
            ErrorKind::Overloaded => format!("{name} is overloaded or has a fault"),
            ErrorKind::Timeout => format!("{name} did not answer in time"),
            ErrorKind::Network => format!("{name} could not be reached"),
            ErrorKind::Truncated => format!("The answer of {name} ended before its end"),
            ErrorKind::Decode => format!("The answer of {name} is not in the expected form"),
            ErrorKind::Cancelled => format!("The request to {name} was stopped"),
        };
        match (&self.detail, self.status) {
            (Some(detail), _) => format!("{what}: {detail}."),
            (None, Some(status)) if status >= 300 => format!("{what} (status {status})."),
            (None, _) => format!("{what}."),
        }
    }

    /// The failure as the page sees it, with a hint that tells the next step.
    pub fn to_error(&self) -> Error {
        let (code, hint) = match self.kind {
            ErrorKind::Auth => (ErrorCode::AuthFailed, "Enter the key again in the provider's settings."),
            ErrorKind::Permission => {
                (ErrorCode::PermissionDenied, "Check in the provider's console what this key may do.")
            }
            ErrorKind::UnknownModel if self.vendor_code.as_deref() == Some(DEPLOYMENT_NOT_FOUND) => (
                ErrorCode::UnknownModel,
                "Enter the name of a deployment from Azure's portal; a new one may need five minutes.",
            ),
            ErrorKind::UnknownModel => (ErrorCode::UnknownModel, "Choose another model."),
            ErrorKind::RateLimit => (ErrorCode::RateLimited, "Wait a moment, then try again."),
            ErrorKind::Quota => {
                (ErrorCode::QuotaExceeded, "Check the account's billing, or choose another provider.")
            }
            ErrorKind::ContextLength => {
                (ErrorCode::ContextTooLong, "Choose a model with a larger context, or start a new chat.")
            }
            ErrorKind::ContentFilter => (ErrorCode::ContentFiltered, "Edit the message and send it again."),
            ErrorKind::Invalid => {
                (ErrorCode::InvalidInput, "Check the provider's address, model and options.")
            }
            ErrorKind::Overloaded => (ErrorCode::Overloaded, "Try again in a moment."),
            ErrorKind::Timeout => (ErrorCode::Timeout, "Try again; a local model may still be loading."),
            ErrorKind::Network => (
                ErrorCode::NetworkUnreachable,
                "Check the address and the connection; is a local server running?",
            ),
            ErrorKind::Truncated => {
                (ErrorCode::StreamInterrupted, "What came is kept. Try again for a whole answer.")
            }
            ErrorKind::Decode => {
                (ErrorCode::ServerIncompatible, "Check that the address is the API's and not a web page's.")
            }
            ErrorKind::Cancelled => (ErrorCode::Cancelled, ""),
        };
        let mut error = Error::new(code, self.to_string())
            .retry_after_ms(self.retry_after_ms)
            .request_id(self.request_id.clone());
        if !hint.is_empty() {
            error = error.hint(hint);
        }
        if self.status.is_some() || self.vendor_code.is_some() || self.vendor_message.is_some() {
            error = error.source(ErrorSource {
                name: self.provider_name.clone(),
                status: self.status,
                code: self.vendor_code.clone(),
                message: self.vendor_message.clone(),
            });
        }
        error
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const KINDS: [ErrorKind; 14] = [
        ErrorKind::Auth,
        ErrorKind::Permission,
        ErrorKind::UnknownModel,
        ErrorKind::RateLimit,
        ErrorKind::Quota,
        ErrorKind::ContextLength,
        ErrorKind::ContentFilter,
        ErrorKind::Invalid,
        ErrorKind::Overloaded,
        ErrorKind::Timeout,
        ErrorKind::Network,
        ErrorKind::Truncated,
        ErrorKind::Decode,
        ErrorKind::Cancelled,
    ];

    #[test]
    fn every_failure_names_the_provider_and_all_but_a_stop_tell_the_next_step() {
        for kind in KINDS {
            let error = ProviderError::new(kind, "Acme").to_error();
            assert!(error.message.contains("Acme"), "{kind:?}: {}", error.message);
            assert_eq!(error.hint.is_none(), kind == ErrorKind::Cancelled, "{kind:?}");
        }
    }

    #[test]
    fn no_two_kinds_share_a_code() {
        let codes: std::collections::HashSet<_> =
            KINDS.iter().map(|kind| ProviderError::new(*kind, "Acme").to_error().code).collect();
        assert_eq!(codes.len(), KINDS.len());
    }

    #[test]
    fn the_key_is_scrubbed_before_the_message_is_cut() {
        let key = "sk-0123456789abcdef";
        let error = ProviderError {
            vendor_message: Some(format!("{}{key}", "x".repeat(MESSAGE_CHARS - 5))),
            ..ProviderError::new(ErrorKind::Auth, "Acme")
        }
        .scrubbed(&Secrets::of(Some(&key.into())));
        let message = error.vendor_message.unwrap();
        assert!(message.ends_with("•••"), "{message}");
        assert!(!message.contains("sk-"));
    }
}

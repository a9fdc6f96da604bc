//! What can go wrong with keys. No variant holds a key, and none holds bytes that a keychain returned.

use rearview_domain::{Error, ErrorCode};

/// The result of everything in this crate.
pub type Result<T> = std::result::Result<T, SecretError>;

/// What went wrong. `action` is what was attempted, `account` the name it was attempted for.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SecretError {
    /// There is no keychain to speak to.
    #[error("Could not {action} the key of `{account}`: there is no keychain ({why}).")]
    Unavailable {
        /// What was attempted.
        action: &'static str,
        /// For which account.
        account: String,
        /// Why, in plain words.
        why: String,
    },
    /// The keychain is locked or said no.
    #[error("Could not {action} the key of `{account}`: the keychain is locked or refused.")]
    Refused {
        /// What was attempted.
        action: &'static str,
        /// For which account.
        account: String,
    },
    /// The keychain did not answer; it may be waiting for a password.
    #[error("Could not {action} the key of `{account}`: the keychain did not answer within {seconds} s.")]
    TimedOut {
        /// What was attempted.
        action: &'static str,
        /// For which account.
        account: String,
        /// How long was waited.
        seconds: u64,
    },
    /// The keychain takes no key of this length.
    #[error("Could not {action} the key of `{account}`: it is longer than the keychain takes ({limit}).")]
    TooLong {
        /// What was attempted.
        action: &'static str,
        /// For which account.
        account: String,
        /// The keychain's limit, in its own unit (bytes or characters).
        limit: u32,
    },
    /// What the keychain holds is no text, or there are several.
    #[error("Could not {action} the key of `{account}`: the keychain's entry cannot be used.")]
    Unusable {
        /// What was attempted.
        action: &'static str,
        /// For which account.
        account: String,
    },
    /// A key without a character.
    #[error("Could not set the key of `{account}`: it is empty.")]
    Empty {
        /// For which account.
        account: String,
    },
}

impl SecretError {
    /// The shape that reaches a person.
    pub fn to_error(&self) -> Error {
        let message = self.to_string();
        match self {
            Self::Unavailable { .. } => Error::new(ErrorCode::SecretStoreUnavailable, message)
                .hint("Keys can be kept for this session only."),
            Self::Refused { .. } => Error::new(ErrorCode::SecretStoreUnavailable, message)
                .hint("Unlock the keychain and try again, or keep keys for this session only."),
            Self::TimedOut { .. } => {
                let mut error = Error::new(ErrorCode::SecretStoreUnavailable, message)
                    .hint("Look for a password window of the system, then try again.");
                error.retryable = true;
                error
            }
            Self::TooLong { .. } | Self::Empty { .. } => Error::new(ErrorCode::InvalidInput, message),
            Self::Unusable { .. } => {
                Error::new(ErrorCode::Conflict, message).hint("Clear the key and enter it again.")
            }
        }
    }
}

/// Reads what the keychain library says. Its errors may carry the bytes of an entry, so nothing but
/// what is named here is taken from them.
pub(crate) fn read(error: keyring::Error, action: &'static str, account: &str) -> SecretError {
    let account = account.to_owned();
    match error {
        keyring::Error::NoDefaultStore => {
            SecretError::Unavailable { action, account, why: crate::keychain::why_unavailable() }
        }
        keyring::Error::PlatformFailure(_) | keyring::Error::NotSupportedByStore(_) => {
            SecretError::Unavailable { action, account, why: "the system's keychain service failed".into() }
        }
        keyring::Error::NoStorageAccess(_) => SecretError::Refused { action, account },
        keyring::Error::TooLong(_, limit) => SecretError::TooLong { action, account, limit },
        // The rest say that the entry itself is odd; `NoEntry` is an answer and read by the callers.
        _ => SecretError::Unusable { action, account },
    }
}

//! Choosing the store at start: the keychain when it really works, else this session only, never silently.

use crate::error::SecretError;
use crate::{KeychainStore, SecretStore, SessionStore, StoreKind};
use std::sync::Arc;
use std::time::Duration;

/// How long the start waits for the keychain.
const PROBE: Duration = Duration::from_secs(3);

/// What the person wants.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Prefer {
    /// The OS keychain.
    Keychain,
    /// Nothing that outlives this process.
    SessionOnly,
}

/// Which store it became.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SecretStatus {
    /// What the store is.
    pub kind: StoreKind,
    /// One plain sentence when it is not the keychain.
    pub why: Option<String>,
}

/// A store, and what to tell the person about it.
pub struct Opened {
    /// The store.
    pub store: Arc<dyn SecretStore>,
    /// What it is and why.
    pub status: SecretStatus,
}

/// Opens the store that is preferred, or the one for this session when the keychain does not work.
pub async fn open(service: &str, prefer: Prefer) -> Opened {
    if prefer == Prefer::SessionOnly {
        return session("You chose to keep keys for this session only.".into());
    }
    let keychain = KeychainStore::new(service);
    match keychain.probe(PROBE).await {
        Ok(()) => Opened {
            store: Arc::new(keychain),
            status: SecretStatus { kind: StoreKind::Keychain, why: None },
        },
        Err(error) => {
            tracing::warn!(%error, "keys are kept for this session only");
            session(sentence(&error))
        }
    }
}

fn session(why: String) -> Opened {
    Opened {
        store: Arc::new(SessionStore::new()),
        status: SecretStatus { kind: StoreKind::SessionOnly, why: Some(why) },
    }
}

fn sentence(error: &SecretError) -> String {
    let why = match error {
        SecretError::Unavailable { why, .. } => why.clone(),
        SecretError::Refused { .. } => "the keychain is locked or refused".into(),
        SecretError::TimedOut { seconds, .. } => format!("the keychain did not answer within {seconds} s"),
        SecretError::TooLong { .. } | SecretError::Unusable { .. } | SecretError::Empty { .. } => {
            "the keychain did not give back what was put into it".into()
        }
    };
    format!("Keys are kept for this session only, because {why}.")
}

//! The OS keychain: Keychain on macOS, Credential Manager on Windows, Secret Service elsewhere.
//!
//! Every call may block, and may wait for a person at a password window: it runs on a thread of its own
//! and is given up after a time. Keys that were read once are kept, so that a turn does not ask again.

use crate::error::{Result, SecretError, read};
use crate::{SecretStore, StoreKind};
use async_trait::async_trait;
use secrecy::{ExposeSecret as _, SecretString};
use std::collections::HashMap;
use std::fmt;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// How long a call may take: long enough to type a password into the system's window.
const CALL: Duration = Duration::from_secs(10);

/// The keychain's entries of one service.
pub struct KeychainStore {
    service: String,
    known: Mutex<Known>,
}

/// Keys that were read by this process.
#[derive(Default)]
struct Known {
    keys: HashMap<String, SecretString>,
    /// Rises with every set and clear, so that a slower read cannot bring back what they replaced.
    changes: u64,
}

impl Known {
    fn forget(&mut self, account: &str) {
        self.keys.remove(account);
        self.changes += 1;
    }

    fn learn(&mut self, account: &str, secret: &SecretString, since: u64) {
        if self.changes == since {
            self.keys.insert(account.to_owned(), secret.clone());
        }
    }
}

impl fmt::Debug for KeychainStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KeychainStore").field("service", &self.service).finish_non_exhaustive()
    }
}

impl KeychainStore {
    /// The entries under a service name; the app's identifier. Does not touch the keychain yet.
    pub fn new(service: &str) -> Self {
        Self { service: service.to_owned(), known: Mutex::default() }
    }

    /// Sets, reads and deletes a throw-away entry. That a keychain says it is there proves nothing: a
    /// locked one without a password window says so too, and then refuses.
    ///
    /// # Errors
    /// What the first of the three calls that fails says; `TimedOut` when all together take longer than
    /// `limit`.
    pub async fn probe(&self, limit: Duration) -> Result<()> {
        const ACCOUNT: &str = "probe";
        const VALUE: &str = "throw-away";
        self.call("try", ACCOUNT, limit, |entry| {
            entry.set_password(VALUE)?;
            let back = entry.get_password()?;
            entry.delete_credential()?;
            Ok(back == VALUE)
        })
        .await?
        .then_some(())
        .ok_or_else(|| SecretError::Unusable { action: "try", account: ACCOUNT.to_owned() })
    }

    async fn call<T: Send + 'static>(
        &self,
        action: &'static str,
        account: &str,
        limit: Duration,
        work: impl FnOnce(&keyring::Entry) -> keyring::Result<T> + Send + 'static,
    ) -> Result<T> {
        let (service, name) = (self.service.clone(), account.to_owned());
        let work = tokio::task::spawn_blocking(move || work(&keyring::Entry::new(&service, &name)?));
        match tokio::time::timeout(limit, work).await {
            Ok(Ok(answer)) => answer.map_err(|error| read(error, action, account)),
            Ok(Err(_)) => Err(SecretError::Unavailable {
                action,
                account: account.to_owned(),
                why: "the system's keychain service failed".into(),
            }),
            Err(_) => {
                Err(SecretError::TimedOut { action, account: account.to_owned(), seconds: limit.as_secs() })
            }
        }
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        // A map is whole after every single operation, so a panic elsewhere does not spoil it.
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl SecretStore for KeychainStore {
    async fn set(&self, account: &str, secret: SecretString) -> Result<()> {
        if secret.expose_secret().is_empty() {
            return Err(SecretError::Empty { account: account.to_owned() });
        }
        // Forgotten first: after a call that timed out nobody knows which of the two is stored.
        self.known().forget(account);
        self.call("set", account, CALL, move |entry| entry.set_password(secret.expose_secret())).await?;
        self.known().forget(account);
        Ok(())
    }

    async fn get(&self, account: &str) -> Result<Option<SecretString>> {
        let since = {
            let known = self.known();
            if let Some(secret) = known.keys.get(account) {
                return Ok(Some(secret.clone()));
            }
            known.changes
        };
        let found = self
            .call("read", account, CALL, |entry| match entry.get_password() {
                Ok(password) => Ok(Some(SecretString::from(password))),
                Err(keyring::Error::NoEntry) => Ok(None),
                Err(error) => Err(error),
            })
            .await?;
        if let Some(secret) = &found {
            self.known().learn(account, secret, since);
        }
        Ok(found)
    }

    async fn clear(&self, account: &str) -> Result<()> {
        self.known().forget(account);
        self.call("clear", account, CALL, |entry| match entry.delete_credential() {
            Ok(()) | Err(keyring::Error::NoEntry) => Ok(()),
            Err(error) => Err(error),
        })
        .await?;
        self.known().forget(account);
        Ok(())
    }

    async fn present(&self, account: &str) -> Result<bool> {
        Ok(self.get(account).await?.is_some())
    }

    fn kind(&self) -> StoreKind {
        StoreKind::Keychain
    }
}

/// Why there is no keychain, in plain words; the library's own go to the log at debug level.
pub(crate) fn why_unavailable() -> String {
    match keyring::Entry::store_status() {
        Ok(()) => "the keychain is not set up".into(),
        Err(error) => {
            tracing::debug!(%error, "no keychain");
            if cfg!(any(target_os = "macos", target_os = "windows")) {
                "the system's keychain does not answer".into()
            } else {
                "no Secret Service is running, such as GNOME Keyring or KWallet".into()
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_read_that_was_overtaken_by_a_change_is_not_kept() {
        let mut known = Known::default();
        let before = known.changes;
        known.forget("a");
        known.learn("a", &"old".into(), before);
        assert!(known.keys.is_empty());
        let since = known.changes;
        known.learn("a", &"new".into(), since);
        assert_eq!(known.keys["a"].expose_secret(), "new");
    }

    #[test]
    fn debug_shows_the_service_and_no_key() {
        let store = KeychainStore::new("org.rearview");
        store.known().learn("a", &"sk-secret".into(), 0);
        let shown = format!("{store:?}");
        assert!(shown.contains("org.rearview") && !shown.contains("sk-secret"), "{shown}");
    }
}

//! Keys in the memory of this process, gone when it ends. For machines without a keychain, and tests.

use crate::error::{Result, SecretError};
use crate::{SecretStore, StoreKind};
use async_trait::async_trait;
use secrecy::{ExposeSecret as _, SecretString};
use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// A store that lives as long as this value.
#[derive(Debug, Default)]
pub struct SessionStore {
    keys: Mutex<HashMap<String, SecretString>>,
}

impl SessionStore {
    /// A store without keys.
    pub fn new() -> Self {
        Self::default()
    }

    fn keys(&self) -> MutexGuard<'_, HashMap<String, SecretString>> {
        // A map is whole after every single operation, so a panic elsewhere does not spoil it.
        self.keys.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl SecretStore for SessionStore {
    async fn set(&self, account: &str, secret: SecretString) -> Result<()> {
        if secret.expose_secret().is_empty() {
            return Err(SecretError::Empty { account: account.to_owned() });
        }
        self.keys().insert(account.to_owned(), secret);
        Ok(())
    }

    async fn get(&self, account: &str) -> Result<Option<SecretString>> {
        Ok(self.keys().get(account).cloned())
    }

    async fn clear(&self, account: &str) -> Result<()> {
        self.keys().remove(account);
        Ok(())
    }

    async fn present(&self, account: &str) -> Result<bool> {
        Ok(self.keys().contains_key(account))
    }

    fn kind(&self) -> StoreKind {
        StoreKind::SessionOnly
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_key_is_there_until_it_is_cleared() {
        let store = SessionStore::new();
        assert!(!store.present("provider/openai").await.unwrap());
        store.set("provider/openai", "sk-1".into()).await.unwrap();
        store.set("provider/openai", "sk-2".into()).await.unwrap();
        let key = store.get("provider/openai").await.unwrap().unwrap();
        assert_eq!(key.expose_secret(), "sk-2");
        assert!(store.get("provider/other").await.unwrap().is_none());
        store.clear("provider/openai").await.unwrap();
        store.clear("provider/openai").await.unwrap();
        assert!(!store.present("provider/openai").await.unwrap());
    }

    #[tokio::test]
    async fn an_empty_key_is_refused_and_the_one_before_stays() {
        let store = SessionStore::new();
        store.set("a", "sk-1".into()).await.unwrap();
        let refused = store.set("a", "".into()).await.unwrap_err();
        assert_eq!(refused, SecretError::Empty { account: "a".into() });
        assert!(store.present("a").await.unwrap());
    }

    #[tokio::test]
    async fn debug_never_shows_a_key() {
        let store = SessionStore::new();
        store.set("provider/openai", "sk-secret".into()).await.unwrap();
        assert!(!format!("{store:?}").contains("sk-secret"));
    }
}

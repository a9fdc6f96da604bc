//! Changing a provider and its key together, so that neither is ever without the other: a key is not lost
//! because something else could not be kept, and no key stays behind for an address it was not entered for.

use rearview_domain::Error;
use rearview_secrets::{SecretError, SecretStore};
use secrecy::SecretString;

/// What becomes of the key.
pub(super) enum KeyChange {
    /// It stays.
    Stay,
    /// This one takes its place.
    Set(SecretString),
    /// It goes: it was entered for another address.
    Clear,
}

/// Changes the key, then runs `save`. When that fails, the key is again what it was before.
///
/// # Errors
/// The keychain's, with nothing changed and nothing saved; then `save`'s own.
pub(super) async fn with_key(
    secrets: &dyn SecretStore,
    account: &str,
    change: KeyChange,
    save: impl Future<Output = Result<(), Error>>,
) -> Result<(), Error> {
    let told = |error: SecretError| error.to_error();
    let before = match &change {
        KeyChange::Stay => return save.await,
        KeyChange::Set(_) | KeyChange::Clear => match secrets.get(account).await {
            // An entry that cannot be read cannot be put back either, and should not stand in the way.
            Err(SecretError::Unusable { .. }) => None,
            before => before.map_err(told)?,
        },
    };
    match change {
        KeyChange::Set(key) => secrets.set(account, key).await.map_err(told)?,
        KeyChange::Stay | KeyChange::Clear => secrets.clear(account).await.map_err(told)?,
    }
    let saved = save.await;
    if saved.is_err() {
        let restored = match before {
            Some(key) => secrets.set(account, key).await,
            None => secrets.clear(account).await,
        };
        if let Err(error) = restored {
            tracing::error!(%error, "the key of before could not be put back");
        }
    }
    saved
}

#[cfg(test)]
mod tests {
    use super::*;
    use async_trait::async_trait;
    use rearview_domain::ErrorCode;
    use rearview_secrets::{SessionStore, StoreKind};
    use secrecy::ExposeSecret as _;

    /// A keychain that takes keys up to a length.
    #[derive(Default)]
    struct Short(SessionStore);

    #[async_trait]
    impl SecretStore for Short {
        async fn set(&self, account: &str, secret: SecretString) -> rearview_secrets::Result<()> {
            if secret.expose_secret().len() > 8 {
                return Err(SecretError::TooLong { action: "set", account: account.into(), limit: 8 });
            }
            self.0.set(account, secret).await
        }

        async fn get(&self, account: &str) -> rearview_secrets::Result<Option<SecretString>> {
            self.0.get(account).await
        }

        async fn clear(&self, account: &str) -> rearview_secrets::Result<()> {
            self.0.clear(account).await
        }

        async fn present(&self, account: &str) -> rearview_secrets::Result<bool> {
            self.0.present(account).await
        }

        fn kind(&self) -> StoreKind {
            StoreKind::SessionOnly
        }
    }

    const ACCOUNT: &str = "provider/a";

    async fn with_old() -> Short {
        let store = Short::default();
        store.set(ACCOUNT, "old".into()).await.unwrap();
        store
    }

    async fn kept(store: &Short) -> Option<String> {
        store.get(ACCOUNT).await.unwrap().map(|key| key.expose_secret().to_owned())
    }

    async fn disk_full() -> Result<(), Error> {
        Err(Error::new(ErrorCode::DiskFull, "The disk is full."))
    }

    #[tokio::test]
    async fn a_key_that_cannot_be_kept_leaves_the_old_one_and_saves_nothing() {
        let store = with_old().await;
        let mut saved = false;
        let save = async {
            saved = true;
            Ok(())
        };
        let error = with_key(&store, ACCOUNT, KeyChange::Set("far too long".into()), save).await.unwrap_err();
        assert_eq!(error.code, ErrorCode::InvalidInput);
        assert_eq!(kept(&store).await.as_deref(), Some("old"));
        assert!(!saved);
    }

    #[tokio::test]
    async fn a_provider_that_cannot_be_saved_has_its_old_key_back() {
        for change in [KeyChange::Set("new".into()), KeyChange::Clear] {
            let store = with_old().await;
            with_key(&store, ACCOUNT, change, disk_full()).await.unwrap_err();
            assert_eq!(kept(&store).await.as_deref(), Some("old"));
        }
        let store = Short::default();
        with_key(&store, ACCOUNT, KeyChange::Set("new".into()), disk_full()).await.unwrap_err();
        assert_eq!(kept(&store).await, None, "a key without a provider stayed");
    }

    #[tokio::test]
    async fn what_works_is_kept() {
        let store = with_old().await;
        with_key(&store, ACCOUNT, KeyChange::Stay, async { Ok(()) }).await.unwrap();
        assert_eq!(kept(&store).await.as_deref(), Some("old"));
        with_key(&store, ACCOUNT, KeyChange::Set("new".into()), async { Ok(()) }).await.unwrap();
        assert_eq!(kept(&store).await.as_deref(), Some("new"));
        with_key(&store, ACCOUNT, KeyChange::Clear, async { Ok(()) }).await.unwrap();
        assert_eq!(kept(&store).await, None);
    }
}

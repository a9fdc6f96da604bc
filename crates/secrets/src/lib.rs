//! Where keys live: a trait, the OS keychain, a store for this session only.
//!
//! A key is a `SecretString` from the door of the process to the header of a request: never in a log,
//! an error, the database or an answer to the page. There is no store in a file, and none is ever
//! chosen silently: `open` says which one it is and why. Called by `rearview-turns` and `rearview-api`.

pub mod env;
pub mod env_file;
pub mod error;
pub mod keychain;
pub mod open;
pub mod session;

pub use env::{env_keys, read_env};
pub use env_file::{EnvFile, EnvFileError};
pub use error::{Result, SecretError};
pub use keychain::KeychainStore;
pub use open::{Opened, Prefer, SecretStatus, open};
pub use session::SessionStore;

use async_trait::async_trait;
use secrecy::SecretString;

/// What a store is, as the settings page tells it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StoreKind {
    /// The OS keychain: Keychain, Credential Manager or Secret Service.
    Keychain,
    /// The memory of this process; keys are gone when it ends.
    SessionOnly,
}

/// A place for keys, each under an account name such as `provider/openai`. Account names are no secrets.
#[async_trait]
pub trait SecretStore: Send + Sync {
    /// Sets a key, in place of the one before.
    ///
    /// # Errors
    /// `Empty` for a key without a character, `Unavailable`, `Refused`, `TooLong`, `TimedOut`.
    async fn set(&self, account: &str, secret: SecretString) -> Result<()>;

    /// The key, if there is one.
    ///
    /// # Errors
    /// `Unavailable`, `Refused`, `TimedOut`.
    async fn get(&self, account: &str) -> Result<Option<SecretString>>;

    /// Removes a key; that there was none is no error.
    ///
    /// # Errors
    /// `Unavailable`, `Refused`, `TimedOut`.
    async fn clear(&self, account: &str) -> Result<()>;

    /// Whether there is a key.
    ///
    /// # Errors
    /// `Unavailable`, `Refused`, `TimedOut`.
    async fn present(&self, account: &str) -> Result<bool>;

    /// What this store is.
    fn kind(&self) -> StoreKind;
}

//! The server as such: is it well, which version is it, what does it offer.

use crate::address::Path;
use crate::client::Client;
use crate::error::{HindsightError, Result};
use crate::features::{Features, Paths};
use crate::lenient;
use crate::send::Call;
use serde::Deserialize;
use std::collections::BTreeMap;

/// What `/health` says.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct Health {
    /// Its word, e.g. `healthy`, or `alive` when only the process was asked.
    pub status: String,
    /// Its word about the database, e.g. `connected`; absent when only the process was asked.
    #[serde(default, deserialize_with = "lenient::option")]
    pub database: Option<String>,
}

/// What `/version` says.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct Version {
    /// The version of the server, e.g. `1.1.0`.
    pub api_version: String,
    /// What is switched on, by the server's names; empty on servers that do not say.
    #[serde(default, deserialize_with = "lenient::map")]
    pub features: BTreeMap<String, bool>,
}

impl Version {
    /// Major and minor number; `None` when the text does not start with them.
    pub fn number(&self) -> Option<(u32, u32)> {
        let mut parts = self.api_version.trim_start_matches('v').split(['.', '-', '+']);
        Some((parts.next()?.parse().ok()?, parts.next()?.parse().ok()?))
    }
}

/// What a client learns about a server before it is used.
#[derive(Clone, Debug, PartialEq)]
pub struct Handshake {
    /// Its version.
    pub version: Version,
    /// What it offers, and why it does not offer the rest.
    pub features: Features,
    /// Whether `features` was read from the server's own list of paths; derived from its version otherwise.
    pub from_paths: bool,
}

impl Client {
    /// Asks whether the server is well: `/health`, or `/health/live` on servers without it. Needs no key.
    ///
    /// # Errors
    /// `Unavailable` when the server is there and its database is not; as every call else.
    pub async fn health(&self) -> Result<Health> {
        let ask = |path| self.ask(Call::get(Path::of(path), "say whether it is well").repeatable(false));
        match ask("/health").await {
            Err(
                HindsightError::Incompatible { attempt, .. } | HindsightError::FeatureMissing { attempt, .. },
            ) if matches!(attempt.status, Some(404 | 405 | 410)) => ask("/health/live").await,
            answer => answer,
        }
    }

    /// Asks for the version. Needs no key.
    ///
    /// # Errors
    /// As every call.
    pub async fn version(&self) -> Result<Version> {
        self.ask(Call::get(Path::of("/version"), "tell its version")).await
    }

    /// Asks for the version and for what the server offers. Needs no key on a Hindsight server, so a
    /// wrong key shows with the first call on a bank, e.g. [`Client::banks`].
    ///
    /// # Errors
    /// As `version`. A server that hides its list of paths is no error: its version decides then.
    pub async fn handshake(&self) -> Result<Handshake> {
        let version = self.version().await?;
        let paths = self.ask::<Paths>(Call::get(Path::of("/openapi.json"), "list what it offers")).await;
        let paths = match paths {
            Ok(paths) => Some(paths).filter(|paths| !paths.is_empty()),
            Err(error @ (HindsightError::Unreachable(_) | HindsightError::Timeout(_))) => return Err(error),
            Err(_) => None,
        };
        let features = Features::detect(&version, paths.as_ref());
        Ok(Handshake { from_paths: paths.is_some(), version, features })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_numbers_in_the_spellings_servers_use() {
        let number = |text: &str| Version { api_version: text.into(), features: BTreeMap::new() }.number();
        assert_eq!(number("1.1.0"), Some((1, 1)));
        assert_eq!(number("v0.9.1"), Some((0, 9)));
        assert_eq!(number("1.2-rc1"), Some((1, 2)));
        assert_eq!(number("main"), None);
    }
}

//! Reading and changing a bank's settings so that no version of its missions is lost: each look at the server
//! keeps what somebody else made of them, each save keeps what was saved.

use super::{KEYS, of, updates};
use rearview_domain::{BankId, Error, ErrorCode, ServerId};
use rearview_hindsight::{BankConfig, Client};
use rearview_store::Store;
use serde_json::{Map, Value};

/// A bank's settings as they were just read.
#[derive(Clone, Debug, PartialEq)]
pub struct Looked {
    /// As the server answers.
    pub config: BankConfig,
    /// Whether its missions were new here, and are kept as a version now.
    pub is_new_version: bool,
}

/// Missions to save.
#[derive(Clone, Copy, Debug)]
pub struct Wanted<'a> {
    /// All that the bank is to override of them; what is absent is inherited.
    pub settings: &'a Map<String, Value>,
    /// What the person began with; where somebody else changed the missions since, nothing is saved.
    pub base: Option<&'a Map<String, Value>>,
    /// The version that is saved again.
    pub reverted_to: Option<i64>,
}

/// Reads a bank's settings, and keeps its missions when they are new here.
///
/// # Errors
/// The server's own. A version that cannot be kept is logged and costs nobody the answer.
pub async fn read(store: &Store, client: &Client, server: &ServerId, bank: &BankId) -> Result<Looked, Error> {
    let before = store.newest_mission_version(server, bank).await;
    let config = client.config(bank).await.map_err(|error| error.to_error())?;
    let mission = of(&config.overrides);
    let kept = match before {
        // Nothing was ever set: there is no version to keep yet.
        Ok(None) if mission.is_empty() => Ok(false),
        Ok(newest) => store.see_mission(server, bank, &mission, newest.map(|newest| newest.id)).await,
        Err(error) => Err(error),
    };
    let is_new_version = kept.unwrap_or_else(|error| {
        tracing::warn!(%error, "a version of a mission could not be kept");
        false
    });
    Ok(Looked { config, is_new_version })
}

/// Changes settings of a bank, key by key; null gives one back.
///
/// # Errors
/// The server's own; the store's when missions changed and the version could not be kept: the change holds.
pub async fn change(
    store: &Store,
    client: &Client,
    server: &ServerId,
    bank: &BankId,
    changes: Map<String, Value>,
) -> Result<BankConfig, Error> {
    // What is replaced is kept first, or the first save from here would have nothing to go back to.
    read(store, client, server, bank).await?;
    let touches = changes.keys().any(|key| KEYS.contains(&key.as_str()));
    let config = client.patch_config(bank, changes).await.map_err(|error| error.to_error())?;
    if touches {
        keep(store, server, bank, &config, None).await?;
    }
    Ok(config)
}

/// Gives every setting of a bank back, missions included.
///
/// # Errors
/// As [`change`].
pub async fn reset(
    store: &Store,
    client: &Client,
    server: &ServerId,
    bank: &BankId,
) -> Result<BankConfig, Error> {
    let before = read(store, client, server, bank).await?.config;
    let config = client.reset_config(bank).await.map_err(|error| error.to_error())?;
    if !of(&before.overrides).is_empty() {
        keep(store, server, bank, &config, None).await?;
    }
    Ok(config)
}

/// Saves missions in one call; other settings stay.
///
/// # Errors
/// `Conflict` when somebody else changed them, the server's own, the store's as in [`change`].
pub async fn save(
    store: &Store,
    client: &Client,
    server: &ServerId,
    bank: &BankId,
    wanted: Wanted<'_>,
) -> Result<BankConfig, Error> {
    if let Some(key) = wanted.settings.keys().find(|key| !KEYS.contains(&key.as_str())) {
        return Err(Error::new(ErrorCode::InvalidInput, format!("`{key}` is no setting of missions.")));
    }
    let now = read(store, client, server, bank).await?.config;
    if wanted.base.is_some_and(|base| of(base) != of(&now.overrides)) {
        return Err(Error::new(
            ErrorCode::Conflict,
            "These missions were changed elsewhere since you began; nothing was saved.",
        )
        .hint("Look at the newest version, then save again or discard yours."));
    }
    let changes = updates(&now.overrides, wanted.settings);
    if changes.is_empty() {
        return Ok(now);
    }
    let config = client.patch_config(bank, changes).await.map_err(|error| error.to_error())?;
    keep(store, server, bank, &config, wanted.reverted_to).await?;
    Ok(config)
}

async fn keep(
    store: &Store,
    server: &ServerId,
    bank: &BankId,
    config: &BankConfig,
    reverted_to: Option<i64>,
) -> Result<(), Error> {
    let kept = store.keep_mission(server, bank, &of(&config.overrides), reverted_to).await;
    kept.map_err(|error| error.to_error().hint("The bank has the change; only its version is not kept here."))
}

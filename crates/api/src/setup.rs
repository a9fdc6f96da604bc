//! What is set up: providers, memory servers, profiles, settings of banks, preferences. Read once at
//! the start and kept in memory, so that a turn does not wait for it; every change is on disk first.

use crate::wire::{Preferences, ProviderConfig, ServerConfig};
use rearview_domain::resolve::Profile;
use rearview_domain::settings::TurnSettings;
use rearview_domain::{BankId, Error, ProviderId, ServerId};
use rearview_providers::{Platform, Quirks, WireKind};
use rearview_store::{Store, StoreError};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use std::sync::{PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

/// The built-in Demo's id.
pub const DEMO: &str = "demo";
/// The id of the memory engine in this app; stable while its address and token change.
pub const EMBEDDED: &str = "embedded";
/// Tokens a day that the model behind memory may use when nobody said another number: about 150 turns.
const TOKENS_PER_DAY: u64 = 500_000;
const PROVIDERS: &str = "provider";
const SERVERS: &str = "server";
const PROFILES: &str = "profile";
const BANKS: &str = "bank";
const PREFERENCES: &str = "preferences";
const DEFAULT_SERVER: &str = "default_server";
const MEMORY_MODEL: &str = "memory_model";
const MEMORY_TOKENS: &str = "memory_tokens";

/// What is set up.
pub struct Setup {
    store: Store,
    /// Whether there is an engine in this app.
    embedded: bool,
    state: RwLock<State>,
}

#[derive(Default)]
struct State {
    providers: Vec<ProviderConfig>,
    servers: Vec<ServerConfig>,
    default_server: Option<ServerId>,
    profiles: Vec<Profile>,
    banks: HashMap<String, TurnSettings>,
    preferences: Preferences,
    memory_model: MemoryModel,
    memory_tokens: TokensOfDay,
}

/// Which model reads conversations for the embedded engine.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct MemoryModel {
    /// `provider/model`; `None` extracts by rules.
    pub model: Option<String>,
    /// Most tokens a day, read and written together.
    pub tokens_per_day: u64,
}

impl Default for MemoryModel {
    fn default() -> Self {
        Self { model: None, tokens_per_day: TOKENS_PER_DAY }
    }
}

/// What the model behind memory used on a day (UTC).
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct TokensOfDay {
    /// E.g. `2026-11-20`.
    pub day: String,
    /// Read and written.
    pub tokens: u64,
}

impl Setup {
    /// Reads what is set up. An entry that cannot be read is left on disk, skipped and logged.
    /// `embedded` says whether there is an engine in this app; it then stands first among the servers.
    pub async fn read(store: Store, embedded: bool) -> Result<Self, StoreError> {
        let state = State {
            providers: entries(&store, PROVIDERS).await?.into_iter().map(|(_, entry)| entry).collect(),
            servers: entries(&store, SERVERS).await?.into_iter().map(|(_, entry)| entry).collect(),
            default_server: value(&store, DEFAULT_SERVER).await?,
            profiles: entries(&store, PROFILES).await?.into_iter().map(|(_, entry)| entry).collect(),
            banks: entries(&store, BANKS).await?.into_iter().collect(),
            preferences: value(&store, PREFERENCES).await?.unwrap_or_default(),
            memory_model: value(&store, MEMORY_MODEL).await?.unwrap_or_default(),
            memory_tokens: value(&store, MEMORY_TOKENS).await?.unwrap_or_default(),
        };
        let setup = Self { store, embedded, state: RwLock::new(state) };
        setup.place_embedded();
        Ok(setup)
    }

    /// All providers, the Demo first.
    pub fn providers(&self) -> Vec<ProviderConfig> {
        let mut providers = vec![demo()];
        providers.extend(self.get().providers.iter().cloned());
        providers
    }

    /// One provider.
    pub fn provider(&self, id: &ProviderId) -> Option<ProviderConfig> {
        if id.as_str() == DEMO {
            return Some(demo());
        }
        self.get().providers.iter().find(|provider| &provider.id == id).cloned()
    }

    /// Keeps a provider.
    pub async fn save_provider(&self, config: &ProviderConfig) -> Result<(), Error> {
        self.put(PROVIDERS, config.id.as_str(), config).await?;
        replace(&mut self.change().providers, config.clone(), |one| one.id == config.id);
        Ok(())
    }

    /// Deletes a provider.
    pub async fn delete_provider(&self, id: &ProviderId) -> Result<(), Error> {
        self.remove(PROVIDERS, id.as_str()).await?;
        self.change().providers.retain(|provider| &provider.id != id);
        Ok(())
    }

    /// Puts the engine of this app first among the servers, with the settings that were kept for it.
    fn place_embedded(&self) {
        let mut state = self.change();
        let kept = state.servers.iter().position(|server| server.id.as_str() == EMBEDDED);
        let kept = kept.map(|at| state.servers.remove(at));
        if self.embedded {
            state.servers.insert(0, kept.unwrap_or_else(embedded));
        }
    }

    /// The model behind memory and its limit.
    pub fn memory_model(&self) -> MemoryModel {
        self.get().memory_model.clone()
    }

    /// Keeps the model behind memory and its limit.
    pub async fn save_memory_model(&self, model: &MemoryModel) -> Result<(), Error> {
        self.set(MEMORY_MODEL, model).await?;
        self.change().memory_model = model.clone();
        Ok(())
    }

    /// Tokens that the model behind memory used on a day.
    pub fn memory_tokens(&self, day: &str) -> u64 {
        let state = self.get();
        if state.memory_tokens.day == day { state.memory_tokens.tokens } else { 0 }
    }

    /// Adds to the tokens of a day.
    pub async fn add_memory_tokens(&self, day: &str, tokens: u64) -> Result<(), Error> {
        let now = {
            let mut state = self.change();
            if state.memory_tokens.day != day {
                state.memory_tokens = TokensOfDay { day: day.to_owned(), tokens: 0 };
            }
            state.memory_tokens.tokens += tokens;
            state.memory_tokens.clone()
        };
        self.set(MEMORY_TOKENS, &now).await
    }

    /// All memory servers.
    pub fn servers(&self) -> Vec<ServerConfig> {
        self.get().servers.clone()
    }

    /// One memory server.
    pub fn server(&self, id: &ServerId) -> Option<ServerConfig> {
        self.get().servers.iter().find(|server| &server.id == id).cloned()
    }

    /// The memory server that new turns use.
    pub fn default_server(&self) -> Option<ServerConfig> {
        let state = self.get();
        let chosen = state.default_server.as_ref();
        let found = state.servers.iter().find(|server| Some(&server.id) == chosen);
        found.or_else(|| state.servers.first()).cloned()
    }

    /// Keeps a memory server.
    pub async fn save_server(&self, config: &ServerConfig) -> Result<(), Error> {
        self.put(SERVERS, config.id.as_str(), config).await?;
        replace(&mut self.change().servers, config.clone(), |one| one.id == config.id);
        Ok(())
    }

    /// Makes new turns use a memory server.
    pub async fn make_default(&self, id: &ServerId) -> Result<(), Error> {
        self.set(DEFAULT_SERVER, id).await?;
        self.change().default_server = Some(id.clone());
        Ok(())
    }

    /// Deletes a memory server and the settings of its banks.
    pub async fn delete_server(&self, id: &ServerId) -> Result<(), Error> {
        self.remove(SERVERS, id.as_str()).await?;
        self.change().servers.retain(|server| &server.id != id);
        Ok(())
    }

    /// All profiles.
    pub fn profiles(&self) -> Vec<Profile> {
        self.get().profiles.clone()
    }

    /// One profile.
    pub fn profile(&self, id: &str) -> Option<Profile> {
        self.get().profiles.iter().find(|profile| profile.id == id).cloned()
    }

    /// Keeps a profile.
    pub async fn save_profile(&self, profile: &Profile) -> Result<(), Error> {
        self.put(PROFILES, &profile.id, profile).await?;
        replace(&mut self.change().profiles, profile.clone(), |one| one.id == profile.id);
        Ok(())
    }

    /// Deletes a profile.
    pub async fn delete_profile(&self, id: &str) -> Result<(), Error> {
        self.remove(PROFILES, id).await?;
        self.change().profiles.retain(|profile| profile.id != id);
        Ok(())
    }

    /// The settings of turns on a bank.
    pub fn bank_settings(&self, server: &ServerId, bank: &BankId) -> TurnSettings {
        self.get().banks.get(&bank_key(server, bank)).cloned().unwrap_or_default()
    }

    /// Keeps the settings of turns on a bank.
    pub async fn save_bank_settings(
        &self,
        server: &ServerId,
        bank: &BankId,
        settings: &TurnSettings,
    ) -> Result<(), Error> {
        let key = bank_key(server, bank);
        self.put(BANKS, &key, settings).await?;
        self.change().banks.insert(key, settings.clone());
        Ok(())
    }

    /// How the window looks and behaves.
    pub fn preferences(&self) -> Preferences {
        self.get().preferences.clone()
    }

    /// Keeps how the window looks and behaves.
    pub async fn save_preferences(&self, preferences: &Preferences) -> Result<(), Error> {
        self.set(PREFERENCES, preferences).await?;
        self.change().preferences = preferences.clone();
        Ok(())
    }

    async fn put(&self, kind: &str, id: &str, value: &impl Serialize) -> Result<(), Error> {
        self.store.put_entry(kind, id, &to_value(value)).await.map_err(|error| error.to_error())
    }

    async fn remove(&self, kind: &str, id: &str) -> Result<(), Error> {
        self.store.delete_entry(kind, id).await.map(drop).map_err(|error| error.to_error())
    }

    async fn set(&self, key: &str, value: &impl Serialize) -> Result<(), Error> {
        self.store.set_setting(key, &to_value(value)).await.map_err(|error| error.to_error())
    }

    fn get(&self) -> RwLockReadGuard<'_, State> {
        self.state.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn change(&self) -> RwLockWriteGuard<'_, State> {
        self.state.write().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The built-in Demo: no network, and says that it is no model.
fn demo() -> ProviderConfig {
    ProviderConfig {
        id: DEMO.into(),
        name: "Demo".to_owned(),
        wire: WireKind::Demo,
        base_url: "demo:local".to_owned(),
        models: vec!["demo".to_owned()],
        quirks: Quirks::default(),
        platform: Platform::Plain,
        catalogue: None,
    }
}

/// The engine in this app, before anything was changed about it. Its address is found at each start.
fn embedded() -> ServerConfig {
    ServerConfig {
        id: EMBEDDED.into(),
        name: "This computer".to_owned(),
        base_url: String::new(),
        default_bank: None,
        settings: TurnSettings::default(),
    }
}

/// A bank's key in the store. The server's id is ours and has no newline.
fn bank_key(server: &ServerId, bank: &BankId) -> String {
    format!("{server}\n{bank}")
}

fn replace<T>(list: &mut Vec<T>, new: T, same: impl Fn(&T) -> bool) {
    match list.iter_mut().find(|one| same(one)) {
        Some(old) => *old = new,
        None => list.push(new),
    }
}

fn to_value(value: &impl Serialize) -> serde_json::Value {
    serde_json::to_value(value).unwrap_or_default()
}

async fn entries<T: DeserializeOwned>(store: &Store, kind: &str) -> Result<Vec<(String, T)>, StoreError> {
    let mut read = Vec::new();
    for (id, value) in store.entries(kind).await? {
        match serde_json::from_value(value) {
            Ok(entry) => read.push((id, entry)),
            Err(error) => tracing::error!(%error, kind, id, "an entry cannot be read and is skipped"),
        }
    }
    Ok(read)
}

async fn value<T: DeserializeOwned>(store: &Store, key: &str) -> Result<Option<T>, StoreError> {
    Ok(store.setting(key).await?.and_then(|value| {
        serde_json::from_value(value)
            .inspect_err(|error| tracing::error!(%error, key, "a setting cannot be read and is skipped"))
            .ok()
    }))
}

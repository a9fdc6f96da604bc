//! Clients of memory servers, made once each and kept while address and key stay, and how the servers
//! answered the last time. Making a client sets up TLS, which a turn should not wait for.

use crate::embedded::Embedded;
use crate::setup::{EMBEDDED, Setup};
use crate::wire::{Health, ServerConfig};
use rearview_domain::time::Time;
use rearview_domain::{Error, ErrorCode, ServerId};
use rearview_hindsight::{Client, Features, Options};
use rearview_secrets::SecretStore;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// How long what a server offers is believed; it may be updated while Rearview runs.
const BELIEVED: Duration = Duration::from_secs(600);

/// The clients.
pub struct Clients {
    setup: Arc<Setup>,
    secrets: Arc<dyn SecretStore>,
    embedded: Option<Arc<Embedded>>,
    made: Mutex<HashMap<ServerId, Client>>,
    health: Mutex<HashMap<ServerId, Health>>,
    features: Mutex<HashMap<ServerId, (Instant, Features)>>,
}

/// The keychain account of a memory server's key.
pub fn server_account(id: &ServerId) -> String {
    format!("server/{id}")
}

impl Clients {
    /// No clients yet.
    pub fn new(setup: Arc<Setup>, secrets: Arc<dyn SecretStore>, embedded: Option<Arc<Embedded>>) -> Self {
        Self {
            setup,
            secrets,
            embedded,
            made: Mutex::default(),
            health: Mutex::default(),
            features: Mutex::default(),
        }
    }

    /// The client of a memory server.
    ///
    /// # Errors
    /// `NotConfigured` when there is no such server; the keychain's error when its key cannot be read.
    pub async fn client(&self, id: &ServerId) -> Result<Client, Error> {
        if let Some(client) = lock(&self.made).get(id) {
            return Ok(client.clone());
        }
        let mut config = self.setup.server(id).ok_or_else(|| {
            Error::new(ErrorCode::NotConfigured, format!("The memory server `{id}` is not set up any more."))
                .hint("Set it up again in Settings > Memory.")
        })?;
        let key = match &self.embedded {
            Some(embedded) if id.as_str() == EMBEDDED => {
                let (url, token) = embedded.address().await?;
                config.base_url = url;
                Some(token)
            }
            _ => self.secrets.get(&server_account(id)).await.map_err(|error| error.to_error())?,
        };
        let client = Self::make(&config, key)?;
        lock(&self.made).insert(id.clone(), client.clone());
        Ok(client)
    }

    /// A client that is not kept, for checks.
    ///
    /// # Errors
    /// `InvalidInput` when address or key cannot be used.
    pub fn make(config: &ServerConfig, key: Option<secrecy::SecretString>) -> Result<Client, Error> {
        Client::new(&config.base_url, key, &config.name, Options::default()).map_err(|error| error.to_error())
    }

    /// Forgets a client after its address or key changed.
    pub fn forget(&self, id: &ServerId) {
        lock(&self.made).remove(id);
        lock(&self.health).remove(id);
        lock(&self.features).remove(id);
    }

    /// What a server offers. Asked once and believed for ten minutes; a failure is not kept.
    ///
    /// # Errors
    /// As [`Self::client`]; the server's own.
    pub async fn features(&self, id: &ServerId) -> Result<Features, Error> {
        if let Some((at, features)) = lock(&self.features).get(id)
            && at.elapsed() < BELIEVED
        {
            return Ok(features.clone());
        }
        let client = self.client(id).await?;
        let features = client.handshake().await.map_err(|error| error.to_error())?.features;
        lock(&self.features).insert(id.clone(), (Instant::now(), features.clone()));
        Ok(features)
    }

    /// Keeps how a server answered.
    pub fn answered(&self, id: &ServerId, outcome: Result<(), Error>) {
        let health = Health { ok: outcome.is_ok(), error: outcome.err(), at: Time::now() };
        lock(&self.health).insert(id.clone(), health);
    }

    /// How a server answered the last time.
    pub fn health(&self, id: &ServerId) -> Option<Health> {
        lock(&self.health).get(id).cloned()
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

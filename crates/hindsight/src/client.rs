//! The client itself: one memory server, its address, its key, its connections.
//!
//! The calls live beside the types they take and give (`recall`, `retain`, `memory` …); how a call
//! travels lives in `send`. One client is made per configured server and cloned freely.

use crate::address::{heal, is_loopback};
use crate::error::{HindsightError, Result};
use reqwest::header::HeaderValue;
use reqwest::redirect;
use secrecy::{ExposeSecret, SecretString};
use std::fmt;
use std::sync::Arc;
use std::time::Duration;
use url::Url;

/// How a client behaves on the network.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Options {
    /// How long a connection may take to come up.
    pub connect_timeout: Duration,
    /// How long one try of a call may take, its answer included. Calls in which the server asks a model
    /// (reflect, synchronous retain) get at least the server's own limit; see `send`.
    pub request_timeout: Duration,
    /// What the client calls itself.
    pub user_agent: String,
}

impl Default for Options {
    /// 5 s to connect, 30 s for a call (as hindsight-litellm 0.5.4), `rearview/<version>`.
    fn default() -> Self {
        Self {
            connect_timeout: Duration::from_secs(5),
            request_timeout: Duration::from_secs(30),
            user_agent: concat!("rearview/", env!("CARGO_PKG_VERSION")).to_owned(),
        }
    }
}

/// A typed client of one Hindsight server. Clones share connections.
#[derive(Clone)]
pub struct Client(pub(crate) Arc<Inner>);

pub(crate) struct Inner {
    pub(crate) http: reqwest::Client,
    pub(crate) base: Url,
    pub(crate) server: String,
    pub(crate) options: Options,
    pub(crate) key: Option<SecretString>,
    /// `Bearer <key>`, marked sensitive so that no log of the HTTP stack shows it.
    pub(crate) authorization: Option<HeaderValue>,
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client")
            .field("server", &self.0.server)
            .field("base", &self.0.base.as_str())
            .field("key", &self.0.key.as_ref().map(|_| "…"))
            .finish()
    }
}

impl Client {
    /// Makes a client. `base_url` is what the person entered, healed as far as that is safe;
    /// `server_name` is what errors call the server. Nothing is sent.
    ///
    /// # Errors
    /// `Address` or `KeyUnusable` when one of them cannot be used, `Setup` when TLS cannot be set up.
    pub fn new(
        base_url: &str,
        key: Option<SecretString>,
        server_name: &str,
        options: Options,
    ) -> Result<Self> {
        let base = heal(base_url, server_name)?;
        let key = key.map(trimmed).filter(|key| !key.expose_secret().is_empty());
        let authorization = match &key {
            None => None,
            Some(key) => Some(
                bearer(key).ok_or_else(|| HindsightError::KeyUnusable { server: server_name.to_owned() })?,
            ),
        };
        // A redirect would carry the key to an address that the person never entered.
        let mut http = reqwest::Client::builder()
            .connect_timeout(options.connect_timeout)
            .user_agent(&options.user_agent)
            .redirect(redirect::Policy::none());
        if is_loopback(&base) {
            // Compressing costs both sides more than the bytes that it saves within one computer.
            http = http.no_proxy().gzip(false);
        }
        let http = http.build().map_err(|error| HindsightError::Setup {
            server: server_name.to_owned(),
            why: error.to_string(),
        })?;
        Ok(Self(Arc::new(Inner { http, base, server: server_name.to_owned(), options, key, authorization })))
    }

    /// The healed address, as the settings should show and keep it; without a slash at its end.
    pub fn base_url(&self) -> &str {
        self.0.base.as_str().trim_end_matches('/')
    }

    /// Whether calls carry a key.
    pub fn has_key(&self) -> bool {
        self.0.key.is_some()
    }

    /// The name that errors call the server.
    pub fn server_name(&self) -> &str {
        &self.0.server
    }
}

/// Pasted keys often end in a line break.
fn trimmed(key: SecretString) -> SecretString {
    SecretString::from(key.expose_secret().trim())
}

fn bearer(key: &SecretString) -> Option<HeaderValue> {
    let visible = key.expose_secret().bytes().all(|byte| byte.is_ascii_graphic());
    let mut value =
        HeaderValue::from_str(&format!("Bearer {}", key.expose_secret())).ok().filter(|_| visible)?;
    value.set_sensitive(true);
    Some(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn neither_debug_nor_an_error_shows_the_key() {
        let client = Client::new("localhost:1", Some("hsk_hush".into()), "Team", Options::default()).unwrap();
        assert!(!format!("{client:?}").contains("hush"));
        let error =
            Client::new("localhost:1", Some("hsk hush\u{7}".into()), "Team", Options::default()).unwrap_err();
        assert!(matches!(error, HindsightError::KeyUnusable { .. }));
        assert!(!format!("{error} {error:?} {:?}", error.to_error()).contains("hush"));
    }

    #[test]
    fn a_blank_key_is_no_key() {
        let client = Client::new("localhost:1", Some(" \n".into()), "Team", Options::default()).unwrap();
        assert!(client.0.authorization.is_none());
    }

    #[test]
    fn the_healed_address_is_what_the_settings_can_keep() {
        let client = Client::new("localhost:8888/docs", None, "Team", Options::default()).unwrap();
        assert_eq!(client.base_url(), "http://localhost:8888");
    }
}

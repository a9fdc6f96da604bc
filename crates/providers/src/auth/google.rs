//! Google: access tokens from a service account or the application default credentials.
//!
//! `gcp_auth` signs, asks and reads credentials of this computer; here is which source a secret means, that
//! one request at a time asks a source, and what its failures mean to a person. No secret is in any error:
//! the crate's own messages are never shown, because those of its JSON reader quote what they read.

use super::key::trimmed;
use crate::error::{ErrorKind, ProviderError};
use crate::target::Target;
use gcp_auth::{CustomServiceAccount, Error, Token, TokenProvider};
use reqwest::header::{AUTHORIZATION, HeaderName, HeaderValue};
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Map, Value};
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use url::Url;

/// What a token may be used for: the scope that Vertex AI's reference asks for.
const SCOPE: &str = "https://www.googleapis.com/auth/cloud-platform";

/// Sources that are kept. Beyond it the oldest goes: nobody uses that many accounts at once.
const KEPT: usize = 16;

/// Looking for credentials on this computer may ask a metadata server that does not exist.
const LOOK_TIMEOUT: Duration = Duration::from_secs(20);

/// The longest token address that is taken; Google's has 35 bytes.
const LONGEST_ADDRESS: usize = 1_024;

/// What `gcp_auth` 0.12 says when no answer came at all.
const UNREACHED: &str = "HTTP request failed";

/// What it says of a file that it could not read as credentials.
const NO_FILE: &str = "failed to open application credentials file";
const NO_KEY: &str = "failed to deserialize ApplicationCredentials";

/// What it says when a token endpoint answered with a status that is no success.
const REFUSED: &str = "token request failed";

/// Tokens that were fetched, until they grow old. Clones share them.
#[derive(Clone, Default)]
pub(crate) struct Tokens {
    known: Arc<Mutex<Vec<Known>>>,
}

/// A secret, or none for this computer's own credentials, and where its tokens come from.
struct Known {
    secret: Option<SecretString>,
    source: Arc<tokio::sync::Mutex<Source>>,
}

/// Where tokens come from, once known, with the latest.
#[derive(Default)]
struct Source {
    provider: Option<Arc<dyn TokenProvider>>,
    token: Option<Arc<Token>>,
}

impl fmt::Debug for Tokens {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tokens").finish_non_exhaustive()
    }
}

impl Tokens {
    /// The header with a token for the target.
    ///
    /// # Errors
    /// `Auth` when the secret is no key of a service account, when it is refused, or when there is none and
    /// this computer has no credentials; `Network`, `Timeout` and `Decode` as the token endpoint behaves.
    pub(super) async fn header(
        &self,
        target: &Target,
        secret: Option<&SecretString>,
    ) -> Result<Vec<(HeaderName, HeaderValue)>, ProviderError> {
        let named = |mut error: ProviderError| {
            error.provider_name = target.provider_name.clone();
            error
        };
        let secret = trimmed(secret);
        if secret.is_none() && !takes_own_credentials(&target.base_url) {
            return Err(named(failed(
                ErrorKind::Auth,
                "this computer's Google credentials are sent to Google only; enter the JSON of a service account \
                 key for this address",
            )));
        }
        let token = self.token(secret).await.map_err(named)?;
        let mut value = HeaderValue::from_str(&format!("Bearer {}", token.as_str()))
            .map_err(|_| failed(ErrorKind::Decode, "Google's token endpoint answered with no token"))?;
        value.set_sensitive(true);
        Ok(vec![(AUTHORIZATION, value)])
    }

    async fn token(&self, secret: Option<&str>) -> Result<Arc<Token>, ProviderError> {
        let source = self.source(secret);
        // Held while a token is fetched: who comes meanwhile waits and takes the same one.
        let mut source = source.lock().await;
        if let Some(token) = source.token.as_ref().filter(|token| !token.has_expired()) {
            return Ok(Arc::clone(token));
        }
        source.token = None;
        // Taken out, so that after a failure the credentials are looked up anew: they may be better then.
        let provider = source.provider.take();
        let (provider, token) = match secret {
            Some(secret) => {
                let provider = match provider {
                    Some(provider) => provider,
                    None => Arc::new(service_account(secret)?),
                };
                let token = provider.token(&[SCOPE]).await.map_err(|error| of_account(&error))?;
                (provider, token)
            }
            None => of_this_computer(provider).await?,
        };
        source.provider = Some(provider);
        source.token = Some(Arc::clone(&token));
        Ok(token)
    }

    fn source(&self, secret: Option<&str>) -> Arc<tokio::sync::Mutex<Source>> {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        let same = |one: &&Known| one.secret.as_ref().map(ExposeSecret::expose_secret) == secret;
        if let Some(one) = known.iter().find(same) {
            return Arc::clone(&one.source);
        }
        if known.len() == KEPT {
            known.remove(0);
        }
        let source = Arc::default();
        known.push(Known { secret: secret.map(SecretString::from), source: Arc::clone(&source) });
        source
    }
}

/// Whether an address is Google's, or on this computer. Nobody entered this computer's own credentials for any
/// other, and their tokens open everything that the person may do at Google Cloud.
fn takes_own_credentials(base_url: &str) -> bool {
    let Ok(url) = Url::parse(base_url) else { return false };
    let host = url.host_str().unwrap_or_default();
    matches!(host, "127.0.0.1" | "localhost" | "[::1]")
        || url.scheme() == "https" && url.port().is_none() && host.ends_with(".googleapis.com")
}

/// A token of the application default credentials. In a thread of its own, because the crate may run
/// `gcloud` and wait for it.
async fn of_this_computer(
    provider: Option<Arc<dyn TokenProvider>>,
) -> Result<(Arc<dyn TokenProvider>, Arc<Token>), ProviderError> {
    let runtime = tokio::runtime::Handle::current();
    let looking = tokio::task::spawn_blocking(move || {
        runtime.block_on(async move {
            let provider = match provider {
                Some(provider) => provider,
                None => gcp_auth::provider().await?,
            };
            let token = provider.token(&[SCOPE]).await?;
            Ok((provider, token))
        })
    });
    match tokio::time::timeout(LOOK_TIMEOUT, looking).await {
        Ok(Ok(found)) => found.map_err(|error| of_computer(&error)),
        Ok(Err(_)) => Err(failed(ErrorKind::Auth, "this computer's Google credentials could not be read")),
        Err(_) => Err(failed(ErrorKind::Timeout, "this computer's Google credentials did not come in time")),
    }
}

/// The service account of a key, after checks that say more than the crate's and keep it from panicking.
fn service_account(secret: &str) -> Result<CustomServiceAccount, ProviderError> {
    let refused = |detail: String| failed(ErrorKind::Auth, detail);
    let Ok(fields) = serde_json::from_str::<Map<String, Value>>(secret) else {
        return Err(refused(
            "it is not the JSON of a service account key; enter the whole file, or leave the key empty to use \
             this computer's Google credentials"
                .to_owned(),
        ));
    };
    let text = |field: &str| fields.get(field).and_then(Value::as_str).filter(|text| !text.is_empty());
    match text("type") {
        Some("service_account") | None => {}
        Some("authorized_user") => {
            return Err(refused(
                "it holds a person's credentials and not a service account's; leave the key empty to use those \
                 of this computer"
                    .to_owned(),
            ));
        }
        Some(_) => {
            return Err(refused(
                "it is JSON from Google of another type; create a key of type JSON for a service account"
                    .to_owned(),
            ));
        }
    }
    for field in ["client_email", "private_key", "token_uri"] {
        if text(field).is_none() {
            return Err(refused(format!(
                "the service account key has no `{field}`; enter the whole JSON file"
            )));
        }
    }
    if !text("token_uri").is_some_and(is_token_address) {
        return Err(refused(
            "the service account key has a `token_uri` that is no secure address".to_owned(),
        ));
    }
    CustomServiceAccount::from_json(secret).map_err(|_| {
        refused("the service account key has a damaged `private_key`; download a new one".to_owned())
    })
}

/// Whether an address can be asked for tokens: secure, or this machine, and so plain that every parser reads
/// it alike, because the crate panics at an address that its own cannot parse.
fn is_token_address(address: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~:/?&=[]".contains(&byte);
    if address.len() > LONGEST_ADDRESS || !address.bytes().all(plain) {
        return false;
    }
    let Ok(url) = Url::parse(address) else { return false };
    if url.as_str().trim_end_matches('/') != address.trim_end_matches('/') {
        return false;
    }
    match url.scheme() {
        "https" => url.host_str().is_some(),
        "http" => matches!(url.host_str(), Some("127.0.0.1" | "localhost" | "[::1]")),
        _ => false,
    }
}

/// What a failure with a service account means.
fn of_account(error: &Error) -> ProviderError {
    match error {
        Error::Str(REFUSED) => failed(
            ErrorKind::Auth,
            "Google's token endpoint refused the service account; check that the key still exists in the Google \
             Cloud console and that this computer's clock is right",
        ),
        error => of_endpoint(error),
    }
}

/// What a failure with this computer's credentials means.
fn of_computer(error: &Error) -> ProviderError {
    const EXPIRED: &str = "Google no longer takes this computer's credentials; run `gcloud auth \
                           application-default login`";
    match error {
        Error::Str(REFUSED) => failed(ErrorKind::Auth, EXPIRED),
        // The last of the three is the file that `gcloud auth application-default login` writes.
        Error::NoAuthMethod(_, _, file) => match &**file {
            Error::Str(REFUSED) => failed(ErrorKind::Auth, EXPIRED),
            Error::Http(..) | Error::Other(UNREACHED, _) => of_endpoint(file),
            Error::Json(NO_KEY, _) => failed(
                ErrorKind::Auth,
                "this computer's Google credentials are of a type that cannot be used here; run `gcloud auth \
                 application-default login`, or enter the JSON of a service account key",
            ),
            _ => failed(
                ErrorKind::Auth,
                "no Google credentials were found on this computer; run `gcloud auth application-default login`, \
                 or enter the JSON of a service account key",
            ),
        },
        Error::Io(NO_FILE, _) | Error::Json(NO_KEY, _) => failed(
            ErrorKind::Auth,
            "the variable GOOGLE_APPLICATION_CREDENTIALS names a file that holds no service account key",
        ),
        error => of_endpoint(error),
    }
}

/// What a failure to ask the token endpoint means.
fn of_endpoint(error: &Error) -> ProviderError {
    match error {
        Error::Json(..) => {
            failed(ErrorKind::Decode, "Google's token endpoint answered with something else than a token")
        }
        Error::Http(..) | Error::Other(UNREACHED, _) => {
            failed(ErrorKind::Network, "Google's token endpoint could not be reached")
        }
        _ => failed(ErrorKind::Auth, "no token could be made of these Google credentials"),
    }
}

fn failed(kind: ErrorKind, detail: impl Into<String>) -> ProviderError {
    ProviderError::new(kind, "").detail(detail)
}

#[cfg(test)]
mod tests;

//! How a request proves who sends it: a key in a header, a signature, a token that is fetched first.
//!
//! The driver asks here for the headers; what is recorded of them is masked. A secret leaves through these
//! headers only, and `Secrets` takes it out of everything that comes back.

mod aws;
mod google;
mod key;

pub(crate) use google::Tokens;
pub(crate) use key::{MASK, Secrets, trimmed};

use crate::error::ProviderError;
use crate::target::{KeyHeader, Platform, Target, WireKind};
use reqwest::Method;
use reqwest::header::{HeaderName, HeaderValue};
use secrecy::SecretString;
use url::Url;

/// A request before it is signed.
pub(crate) struct Draft<'a> {
    pub(crate) method: &'a Method,
    pub(crate) url: &'a Url,
    pub(crate) headers: &'a [(String, String)],
    pub(crate) body: &'a [u8],
}

/// How a target wants to be convinced.
enum Scheme {
    /// A key as it is in a header of this name.
    Named(&'static str),
    /// A key as `Authorization: Bearer`.
    Bearer,
    /// A signature of the whole request (AWS version 4).
    Signature,
    /// A token that is fetched with the secret, as a bearer.
    GoogleToken,
}

/// The headers that prove who sends a request; marked sensitive, so that nothing prints them.
///
/// # Errors
/// `Auth` when the secret cannot be used, and what fetching a token says.
pub(crate) async fn headers(
    tokens: &Tokens,
    target: &Target,
    secret: Option<&SecretString>,
    draft: Draft<'_>,
) -> Result<Vec<(HeaderName, HeaderValue)>, ProviderError> {
    match scheme(target, secret) {
        Scheme::Named(name) => key::header(target, secret, name, ""),
        Scheme::Bearer => key::header(target, secret, "authorization", "Bearer "),
        Scheme::Signature => aws::sign(target, secret, draft).await,
        Scheme::GoogleToken => tokens.header(target, secret).await,
    }
}

/// The names of the headers that `headers` makes, in lower case, with what stands for their values in a record.
pub(crate) fn masked_headers(
    target: &Target,
    secret: Option<&SecretString>,
) -> Vec<(&'static str, &'static str)> {
    if target.wire == WireKind::Demo {
        return Vec::new();
    }
    match scheme(target, secret) {
        Scheme::Signature => aws::masked_headers(secret),
        Scheme::GoogleToken => vec![("authorization", MASK)],
        _ if trimmed(secret).is_none() => Vec::new(),
        Scheme::Named(name) => vec![(name, MASK)],
        Scheme::Bearer => vec![("authorization", MASK)],
    }
}

fn scheme(target: &Target, secret: Option<&SecretString>) -> Scheme {
    scheme_by(target, secret.is_some_and(aws::is_bearer))
}

/// `bearer` says whether a secret for AWS is a Bedrock API key.
fn scheme_by(target: &Target, bearer: bool) -> Scheme {
    match target.quirks.key_header {
        KeyHeader::Auto => {}
        KeyHeader::Bearer => return Scheme::Bearer,
        KeyHeader::XApiKey => return Scheme::Named("x-api-key"),
        KeyHeader::ApiKey => return Scheme::Named("api-key"),
    }
    match (&target.platform, target.wire) {
        (Platform::Azure { entra: true, .. }, _) => Scheme::Bearer,
        (Platform::Azure { entra: false, .. }, _) => Scheme::Named("api-key"),
        (Platform::Vertex { .. }, _) => Scheme::GoogleToken,
        (Platform::Bedrock { .. }, _) if bearer => Scheme::Bearer,
        (Platform::Bedrock { .. }, _) => Scheme::Signature,
        (Platform::Plain, WireKind::AnthropicMessages) => Scheme::Named("x-api-key"),
        (Platform::Plain, WireKind::Gemini) => Scheme::Named("x-goog-api-key"),
        (Platform::Plain, _) => Scheme::Bearer,
    }
}

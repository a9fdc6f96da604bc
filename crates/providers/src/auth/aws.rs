//! AWS: signatures of version 4 from keys or a profile.

use super::Draft;
use crate::error::{ErrorKind, ProviderError};
use crate::target::Target;
use reqwest::header::{HeaderName, HeaderValue};
use secrecy::{ExposeSecret, SecretString};

/// Whether a secret is a Bedrock API key and not the JSON of an access key.
pub(super) fn is_bearer(secret: &SecretString) -> bool {
    let text = secret.expose_secret().trim();
    !text.is_empty() && !text.starts_with('{')
}

/// The headers of a signed request.
pub(super) async fn sign(
    target: &Target,
    _secret: Option<&SecretString>,
    _draft: Draft<'_>,
) -> Result<Vec<(HeaderName, HeaderValue)>, ProviderError> {
    Err(ProviderError::new(ErrorKind::Auth, &target.provider_name).detail("signing is not there yet"))
}

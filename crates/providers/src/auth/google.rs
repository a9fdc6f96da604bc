//! Google: access tokens from a service account or the application default credentials.

use crate::error::{ErrorKind, ProviderError};
use crate::target::Target;
use reqwest::header::{HeaderName, HeaderValue};
use secrecy::SecretString;

/// Tokens that were fetched, until they grow old. Clones share them.
#[derive(Clone, Debug, Default)]
pub(crate) struct Tokens {}

impl Tokens {
    /// The header with a token for the target.
    pub(super) async fn header(
        &self,
        target: &Target,
        _secret: Option<&SecretString>,
    ) -> Result<Vec<(HeaderName, HeaderValue)>, ProviderError> {
        Err(ProviderError::new(ErrorKind::Auth, &target.provider_name).detail("tokens are not there yet"))
    }
}

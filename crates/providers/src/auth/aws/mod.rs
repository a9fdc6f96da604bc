//! AWS: signatures of version 4, from keys that the person entered or from a profile of this computer.
//!
//! The vendor's own crate signs. What is signed is what decides the request: method, address, body, content
//! type, time and session token; the other headers are left out, because a proxy may rewrite them.

mod keys;
mod profile;

use super::{Draft, key};
use crate::error::{ErrorKind, ProviderError};
use crate::target::{Platform, Target};
use aws_credential_types::Credentials;
use aws_sigv4::http_request::{SignableBody, SignableRequest, SigningSettings, sign as sign_request};
use aws_sigv4::sign::v4::SigningParams;
use aws_smithy_runtime_api::client::identity::Identity;
use reqwest::header::{HeaderName, HeaderValue};
use secrecy::{ExposeSecret, SecretString};
use std::time::SystemTime;

/// The name that Bedrock's signatures carry, for the models and for their list alike. Source: `signingName`
/// in AWS's service models.
const SERVICE: &str = "bedrock";

/// The headers of ours that are signed, beside `host` and those that signing adds.
const SIGNED: [&str; 1] = ["content-type"];

/// Whether a secret is a Bedrock API key and not the JSON of an access key.
pub(super) fn is_bearer(secret: &SecretString) -> bool {
    let text = secret.expose_secret().trim();
    !text.is_empty() && !text.starts_with('{')
}

/// The names of the headers of a signed request with what stands for them in a record. Whether a profile has
/// a session token is known only when it is read, and changes.
pub(super) fn masked_headers(secret: Option<&SecretString>) -> Vec<(&'static str, &'static str)> {
    let mut headers = vec![("authorization", key::MASK), ("x-amz-date", key::MASK)];
    match key::trimmed(secret) {
        Some(text) if keys::has_session_token(text) => headers.push(("x-amz-security-token", key::MASK)),
        Some(_) => {}
        None => headers.push(("x-amz-security-token", "••• when the profile has one")),
    }
    headers
}

/// The headers of a signed request; marked sensitive, so that nothing prints them.
///
/// # Errors
/// `Auth` when there are no usable credentials, with what to do about it; `Invalid` when the region is none.
pub(super) async fn sign(
    target: &Target,
    secret: Option<&SecretString>,
    draft: Draft<'_>,
) -> Result<Vec<(HeaderName, HeaderValue)>, ProviderError> {
    let failed = |kind, detail: String| ProviderError::new(kind, &target.provider_name).detail(detail);
    let Platform::Bedrock { region, profile } = &target.platform else {
        return Err(failed(ErrorKind::Invalid, "only Bedrock takes signatures".into()));
    };
    if region.is_empty() || !region.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-') {
        return Err(failed(
            ErrorKind::Invalid,
            format!("`{region}` is no AWS region; enter one such as `us-east-1`"),
        ));
    }
    let credentials = match key::trimmed(secret) {
        Some(text) => keys::read(text),
        None => profile::load(profile.as_deref()).await,
    };
    let credentials = credentials.map_err(|detail| failed(ErrorKind::Auth, detail))?;
    signed(credentials, region, &draft, SystemTime::now())
        .ok_or_else(|| failed(ErrorKind::Auth, "its keys hold characters that no AWS key can have".into()))
}

/// The signature at a given time. `None` when the credentials or the request cannot be put into headers.
fn signed(
    credentials: Credentials,
    region: &str,
    draft: &Draft<'_>,
    time: SystemTime,
) -> Option<Vec<(HeaderName, HeaderValue)>> {
    let identity = Identity::from(credentials);
    // The defaults are what every service but S3 wants: the path is encoded once more before it is signed.
    let params = SigningParams::builder()
        .identity(&identity)
        .region(region)
        .name(SERVICE)
        .time(time)
        .settings(SigningSettings::default())
        .build()
        .ok()?
        .into();
    let headers = draft.headers.iter().filter(|(name, _)| SIGNED.contains(&name.as_str()));
    let headers = headers.map(|(name, value)| (name.as_str(), value.as_str()));
    let body = SignableBody::Bytes(draft.body);
    let request = SignableRequest::new(draft.method.as_str(), draft.url.as_str(), headers, body).ok()?;
    let (added, _) = sign_request(request, &params).ok()?.into_parts().0.into_parts();
    let sensitive = |text: &str| {
        let mut value = HeaderValue::from_str(text).ok()?;
        value.set_sensitive(true);
        Some(value)
    };
    added
        .iter()
        .map(|header| Some((HeaderName::from_static(header.name()), sensitive(header.value())?)))
        .collect()
}

#[cfg(test)]
mod tests;

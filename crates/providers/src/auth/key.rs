//! A key on its way into one header, and out of everything else.

use crate::error::{ErrorKind, ProviderError};
use crate::target::Target;
use reqwest::header::{HeaderName, HeaderValue};
use secrecy::{ExposeSecret, SecretString};

/// What stands where a secret was.
pub(crate) const MASK: &str = "•••";

/// Texts shorter than this are not scrubbed: they are no real keys and would riddle a message.
const SHORTEST_KEY: usize = 4;

/// Fields shorter than this are names and regions, which an error may well have to tell.
const SHORTEST_FIELD: usize = 16;

/// The key as it is sent: without the blanks and line ends that pasting adds. `None` when that is empty.
pub(crate) fn trimmed(key: Option<&SecretString>) -> Option<&str> {
    key.map(|key| key.expose_secret().trim()).filter(|key| !key.is_empty())
}

/// The header that carries the key, if there is one; marked sensitive, so that nothing prints it.
///
/// # Errors
/// `Auth` when the key holds a character that no header can carry, or is no key but an account's JSON.
pub(super) fn header(
    target: &Target,
    key: Option<&SecretString>,
    name: &'static str,
    before: &str,
) -> Result<Vec<(HeaderName, HeaderValue)>, ProviderError> {
    let Some(key) = trimmed(key) else { return Ok(Vec::new()) };
    let unsendable = || {
        ProviderError::new(ErrorKind::Auth, &target.provider_name)
            .detail("it holds a character that no key can have")
    };
    // The fields of an account are for signing; sent as they are, they would be given away.
    if key.starts_with('{') {
        return Err(ProviderError::new(ErrorKind::Auth, &target.provider_name).detail(
            "it has the fields of an account where one key belongs; choose the automatic key header, or enter a key",
        ));
    }
    if !key.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err(unsendable());
    }
    let mut value = HeaderValue::from_str(&format!("{before}{key}")).map_err(|_| unsendable())?;
    value.set_sensitive(true);
    Ok(vec![(HeaderName::from_static(name), value)])
}

/// What a provider may know and must not get into anything that is shown or kept: the key, and the tokens that
/// a request was sent with in its place.
#[derive(Clone, Debug, Default)]
pub(crate) struct Secrets(Vec<SecretString>);

impl Secrets {
    /// The key, if there is one.
    pub(crate) fn of(key: Option<&SecretString>) -> Self {
        Self(trimmed(key).map(SecretString::from).into_iter().collect())
    }

    /// With the tokens among the headers that prove who sends a request. A signature is none: it is good for
    /// its own request only.
    #[must_use]
    pub(crate) fn and_tokens(mut self, proof: &[(HeaderName, HeaderValue)]) -> Self {
        let token = |(name, value): &(HeaderName, HeaderValue)| {
            let text = value.to_str().ok()?;
            match name.as_str() {
                "authorization" => text.strip_prefix("Bearer "),
                "x-amz-security-token" => Some(text),
                _ => None,
            }
            .map(SecretString::from)
        };
        self.0.extend(proof.iter().filter_map(token));
        self
    }

    /// `text` with all of them masked.
    pub(crate) fn scrub(&self, text: &str) -> String {
        self.0.iter().fold(text.to_owned(), |text, secret| scrub(&text, Some(secret.expose_secret())))
    }
}

/// `text` with every occurrence of `secret` masked; of a secret with fields, of every field that is long
/// enough to be one.
fn scrub(text: &str, secret: Option<&str>) -> String {
    let Some(secret) = secret.filter(|secret| secret.len() >= SHORTEST_KEY) else { return text.to_owned() };
    let scrubbed = text.replace(secret, MASK);
    match serde_json::from_str::<serde_json::Map<String, serde_json::Value>>(secret) {
        Ok(fields) => fields
            .values()
            .filter_map(serde_json::Value::as_str)
            .filter(|field| field.len() >= SHORTEST_FIELD)
            .fold(scrubbed, |text, field| text.replace(field, MASK)),
        Err(_) => scrubbed,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::target::WireKind;

    fn bearer(key: &str) -> Result<Vec<(HeaderName, HeaderValue)>, ProviderError> {
        let target = Target::plain(WireKind::OpenaiChat, "http://127.0.0.1/v1", "m");
        header(&target, Some(&SecretString::from(key)), "authorization", "Bearer ")
    }

    #[test]
    fn a_key_that_no_header_can_carry_is_a_clear_error_without_the_key() {
        for bad in ["sk-schlüssel", "sk-one\nsk-two", "sk-\u{1}x", "two words"] {
            let error = bearer(bad).unwrap_err();
            assert_eq!(error.kind, ErrorKind::Auth);
            assert!(!format!("{error:?} {error}").contains("sk-"), "{error:?}");
        }
    }

    #[test]
    fn the_fields_of_an_account_are_never_sent_as_a_key() {
        let error = bearer(r#"{"access_key_id":"AKIA","secret_access_key":"wJal"}"#).unwrap_err();
        assert_eq!(error.kind, ErrorKind::Auth);
        assert!(!format!("{error:?} {error}").contains("wJal"), "{error:?}");
    }

    #[test]
    fn what_pasting_adds_around_a_key_is_not_sent() {
        let (name, value) = bearer(" sk-1 \n").unwrap().remove(0);
        assert_eq!((name.as_str(), value.to_str().unwrap()), ("authorization", "Bearer sk-1"));
        assert!(value.is_sensitive());
    }

    #[test]
    fn an_empty_key_is_no_key() {
        assert!(bearer(" \n").unwrap().is_empty());
    }

    #[test]
    fn every_long_field_of_a_secret_is_masked() {
        let secret = r#"{"access_key_id":"AKIAIOSFODNN7EXAMPLE","secret_access_key":"wJalrXUtnFEMI/K7MDENG","region":"eu"}"#;
        let text = "AKIAIOSFODNN7EXAMPLE may not use wJalrXUtnFEMI/K7MDENG in eu";
        assert_eq!(scrub(text, Some(secret)), format!("{MASK} may not use {MASK} in eu"));
    }

    #[test]
    fn tokens_that_stand_in_for_a_key_are_masked_and_signatures_are_not() {
        let header = |name: &'static str, value: &'static str| {
            (HeaderName::from_static(name), HeaderValue::from_static(value))
        };
        let key = SecretString::from(" sk-0123456789\n");
        let secrets = Secrets::of(Some(&key)).and_tokens(&[
            header("authorization", "Bearer ya29.fetched"),
            header("x-amz-security-token", "IQoJsession"),
            header("x-amz-date", "20261120T100000Z"),
        ]);
        assert_eq!(
            secrets.scrub("sk-0123456789, ya29.fetched and IQoJsession of 20261120T100000Z"),
            format!("{MASK}, {MASK} and {MASK} of 20261120T100000Z")
        );
        let signed =
            Secrets::of(None).and_tokens(&[header("authorization", "AWS4-HMAC-SHA256 Credential=A")]);
        assert_eq!(signed.scrub("AWS4-HMAC-SHA256 Credential=A"), "AWS4-HMAC-SHA256 Credential=A");
    }
}

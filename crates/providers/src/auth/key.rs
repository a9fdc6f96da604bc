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
/// `Auth` when the key holds a character that no header can carry.
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
    if !key.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err(unsendable());
    }
    let mut value = HeaderValue::from_str(&format!("{before}{key}")).map_err(|_| unsendable())?;
    value.set_sensitive(true);
    Ok(vec![(HeaderName::from_static(name), value)])
}

/// `text` with every occurrence of `secret` masked; of a secret with fields, of every field that is long
/// enough to be one.
pub(crate) fn scrub(text: &str, secret: Option<&str>) -> String {
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
}

//! A key on its way into one header, and out of everything else.
//!
//! The driver asks here for the header; errors and recorded headers are masked with `MASK`.

use crate::error::{ErrorKind, ProviderError};
use crate::target::{Target, WireKind};
use reqwest::header::{HeaderName, HeaderValue};
use secrecy::{ExposeSecret, SecretString};

/// What stands where a secret was.
pub(crate) const MASK: &str = "•••";

/// Texts shorter than this are not scrubbed: they are no real keys and would riddle a message.
const SHORTEST_KEY: usize = 4;

/// The name of the header that carries the key, in lower case.
pub(crate) fn header_name(wire: WireKind) -> &'static str {
    match wire {
        WireKind::AnthropicMessages => "x-api-key",
        WireKind::OpenaiChat | WireKind::Demo => "authorization",
    }
}

/// The key as it is sent: without the blanks and line ends that pasting adds. `None` when that is empty.
pub(crate) fn trimmed(key: Option<&SecretString>) -> Option<&str> {
    key.map(|key| key.expose_secret().trim()).filter(|key| !key.is_empty())
}

/// The header that carries the key; marked sensitive, so that nothing prints it.
///
/// # Errors
/// `Auth` when the key holds a character that no header can carry.
pub(crate) fn header(
    target: &Target,
    key: Option<&SecretString>,
) -> Result<Option<(HeaderName, HeaderValue)>, ProviderError> {
    let Some(key) = trimmed(key) else { return Ok(None) };
    let unsendable = || {
        ProviderError::new(ErrorKind::Auth, &target.provider_name)
            .detail("it holds a character that no key can have")
    };
    if !key.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err(unsendable());
    }
    let text = match target.wire {
        WireKind::AnthropicMessages => key.to_owned(),
        WireKind::OpenaiChat | WireKind::Demo => format!("Bearer {key}"),
    };
    let mut value = HeaderValue::from_str(&text).map_err(|_| unsendable())?;
    value.set_sensitive(true);
    Ok(Some((HeaderName::from_static(header_name(target.wire)), value)))
}

/// `text` with every occurrence of `secret` masked.
pub(crate) fn scrub(text: &str, secret: Option<&str>) -> String {
    match secret {
        Some(secret) if secret.len() >= SHORTEST_KEY => text.replace(secret, MASK),
        _ => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::target::Quirks;

    fn target(wire: WireKind) -> Target {
        Target {
            provider_id: "p".into(),
            provider_name: "Acme".into(),
            wire,
            base_url: "http://127.0.0.1/v1".into(),
            model: "m".into(),
            quirks: Quirks::default(),
        }
    }

    #[test]
    fn a_key_that_no_header_can_carry_is_a_clear_error_without_the_key() {
        for bad in ["sk-schlüssel", "sk-one\nsk-two", "sk-\u{1}x", "two words"] {
            let error = header(&target(WireKind::OpenaiChat), Some(&SecretString::from(bad))).unwrap_err();
            assert_eq!(error.kind, ErrorKind::Auth);
            assert!(!format!("{error:?} {error}").contains("sk-"), "{error:?}");
        }
    }

    #[test]
    fn what_pasting_adds_around_a_key_is_not_sent() {
        let (name, value) =
            header(&target(WireKind::AnthropicMessages), Some(&SecretString::from(" sk-1 \n")))
                .unwrap()
                .unwrap();
        assert_eq!((name.as_str(), value.to_str().unwrap()), ("x-api-key", "sk-1"));
        assert!(value.is_sensitive());
    }

    #[test]
    fn an_empty_key_is_no_key() {
        assert!(header(&target(WireKind::OpenaiChat), Some(&SecretString::from(" \n"))).unwrap().is_none());
    }
}

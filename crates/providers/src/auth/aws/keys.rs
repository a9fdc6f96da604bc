//! An access key as the person entered it: JSON of ours, or what `aws configure export-credentials` prints.

use aws_credential_types::Credentials;
use serde::Deserialize;

/// What is said when the secret is neither. Its own words stay out: they could hold the key.
const UNREADABLE: &str = "it is neither a Bedrock API key nor JSON with `access_key_id` and `secret_access_key`; enter one of them, or what `aws configure export-credentials` prints";

#[derive(Deserialize)]
struct Keys {
    #[serde(alias = "AccessKeyId", alias = "aws_access_key_id")]
    access_key_id: String,
    #[serde(alias = "SecretAccessKey", alias = "aws_secret_access_key")]
    secret_access_key: String,
    #[serde(default, alias = "SessionToken", alias = "aws_session_token")]
    session_token: Option<String>,
}

/// The credentials in `text`.
///
/// # Errors
/// What to do instead, without anything of `text`.
pub(super) fn read(text: &str) -> Result<Credentials, String> {
    let keys: Keys = serde_json::from_str(text).map_err(|_| UNREADABLE.to_owned())?;
    let trimmed = |text: &str| text.trim().to_owned();
    let (id, secret) = (trimmed(&keys.access_key_id), trimmed(&keys.secret_access_key));
    if id.is_empty() || secret.is_empty() {
        return Err("its access key or its secret access key is empty; enter both".to_owned());
    }
    let token = keys.session_token.as_deref().map(trimmed).filter(|token| !token.is_empty());
    Ok(Credentials::new(id, secret, token, None, "entered"))
}

/// Whether `text` holds a session token, which travels in a header of its own.
pub(super) fn has_session_token(text: &str) -> bool {
    read(text).is_ok_and(|credentials| credentials.session_token().is_some())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_read_as_ours_and_as_the_aws_command_line_prints_them() {
        for text in [
            r#"{"access_key_id":" AKIA1 ","secret_access_key":"s","session_token":"t"}"#,
            r#"{"Version":1,"AccessKeyId":"AKIA1","SecretAccessKey":"s","SessionToken":"t","Expiration":"2026-11-20T10:00:00+00:00"}"#,
        ] {
            let keys = read(text).unwrap();
            assert_eq!(
                (keys.access_key_id(), keys.secret_access_key(), keys.session_token()),
                ("AKIA1", "s", Some("t"))
            );
            assert!(has_session_token(text));
        }
        for token in [r#","session_token":null"#, r#","session_token":" ""#, ""] {
            let text = format!(r#"{{"access_key_id":"a","secret_access_key":"s"{token}}}"#);
            assert_eq!(read(&text).unwrap().session_token(), None);
            assert!(!has_session_token(&text));
        }
    }

    #[test]
    fn what_is_no_key_is_refused_without_repeating_it() {
        for text in [
            r#"{"access_key_id":"AKIASECRET""#,
            r#"{"access_key_id":["AKIASECRET"],"secret_access_key":1}"#,
            r#"{"access_key_id":"AKIASECRET","secret_access_key":" "}"#,
            r#"{"key":"AKIASECRET"}"#,
        ] {
            let error = read(text).unwrap_err();
            assert!(!error.contains("AKIASECRET") && error.contains("enter"), "{error}");
        }
    }
}

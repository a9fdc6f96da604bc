//! Signatures against those of botocore, and what they may not give away.

use super::*;
use crate::target::WireKind;
use reqwest::Method;
use serde_json::Value;
use std::time::Duration;
use url::Url;

fn target(region: &str) -> Target {
    let mut target =
        Target::plain(WireKind::BedrockConverse, "https://bedrock-runtime.us-east-1.amazonaws.com", "m");
    target.platform = Platform::Bedrock { region: region.into(), profile: None };
    target
}

fn headers() -> Vec<(String, String)> {
    [("content-type", "application/json"), ("user-agent", "rearview/0"), ("accept-encoding", "identity")]
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .to_vec()
}

#[test]
fn eight_signatures_are_those_of_botocore() {
    let fixture: Value = serde_json::from_str(include_str!("../testdata/sigv4.json")).unwrap();
    let text = |value: &Value, field: &str| value[field].as_str().unwrap().to_owned();
    let time = SystemTime::UNIX_EPOCH + Duration::from_secs(fixture["unix_seconds"].as_u64().unwrap());
    let cases = fixture["cases"].as_array().unwrap();
    assert_eq!(cases.len(), 8);
    for case in cases {
        let name = text(case, "name");
        let token = case["session_token"].as_str();
        let credentials = Credentials::new(
            text(&fixture, "access_key_id"),
            text(&fixture, "secret_access_key"),
            token.map(str::to_owned),
            None,
            "test",
        );
        let method: Method = text(case, "method").parse().unwrap();
        let url = Url::parse(&text(case, "url")).unwrap();
        let body = text(case, "body");
        let headers = if method == Method::POST { headers() } else { headers().split_off(1) };
        let draft = Draft { method: &method, url: &url, headers: &headers, body: body.as_bytes() };
        let signed = signed(credentials, &text(case, "region"), &draft, time).unwrap();
        let sent = |of: &str| {
            signed.iter().find(|(name, _)| name.as_str() == of).map(|(_, value)| value.to_str().unwrap())
        };
        assert_eq!(sent("authorization"), Some(text(case, "authorization").as_str()), "{name}");
        assert_eq!(sent("x-amz-date"), Some(text(case, "x_amz_date").as_str()), "{name}");
        assert_eq!(sent("x-amz-security-token"), token, "{name}");
        assert!(signed.iter().all(|(_, value)| value.is_sensitive()), "{name}");
        assert_eq!(signed.len(), 2 + usize::from(token.is_some()), "{name}");
    }
}

async fn try_to_sign(region: &str, secret: &str) -> Result<Vec<(HeaderName, HeaderValue)>, ProviderError> {
    let url = Url::parse("https://bedrock-runtime.us-east-1.amazonaws.com/model/m/converse").unwrap();
    let draft = Draft { method: &Method::POST, url: &url, headers: &headers(), body: b"{}" };
    sign(&target(region), Some(&SecretString::from(secret)), draft).await
}

const KEYS: &str = r#"{"access_key_id":"AKIASECRET0123456789","secret_access_key":"sssssecret0123456789"}"#;

#[tokio::test]
async fn what_is_recorded_of_the_headers_is_what_is_sent() {
    let with_token = KEYS.replace('}', r#","session_token":"tttttoken0123456789"}"#);
    for secret in [KEYS, &with_token] {
        let sent = try_to_sign("us-east-1", secret).await.unwrap();
        let mut sent: Vec<&str> = sent.iter().map(|(name, _)| name.as_str()).collect();
        sent.sort_unstable();
        let recorded = masked_headers(Some(&SecretString::from(secret)));
        assert_eq!(sent, recorded.iter().map(|(name, _)| *name).collect::<Vec<_>>());
        assert!(recorded.iter().all(|(_, value)| *value == key::MASK));
    }
    assert_eq!(masked_headers(None).last(), Some(&("x-amz-security-token", "••• when the profile has one")));
}

#[tokio::test]
async fn errors_say_the_next_step_and_never_the_key() {
    for (region, secret, kind, expected) in [
        ("nowhere/else", KEYS, ErrorKind::Invalid, "us-east-1"),
        ("", KEYS, ErrorKind::Invalid, "us-east-1"),
        ("us-east-1", r#"{"access_key_id":"AKIASECRET0123456789"}"#, ErrorKind::Auth, "export-credentials"),
        ("us-east-1", &KEYS.replace("AKIA", "AK\\nIA"), ErrorKind::Auth, "characters"),
    ] {
        let error = try_to_sign(region, secret).await.unwrap_err();
        assert_eq!(error.kind, kind);
        let told = format!("{error:?} {error} {:?}", error.to_error());
        assert!(told.contains(expected), "{told}");
        assert!(!told.contains("SECRET0123456789") && !told.contains("sssssecret"), "{told}");
    }
}

#[tokio::test]
async fn nothing_prints_a_signature() {
    let sent = try_to_sign("us-east-1", KEYS).await.unwrap();
    assert!(!format!("{sent:?}").contains("AKIA"));
}

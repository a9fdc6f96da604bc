//! Azure's addresses and headers: one table for each shape, with bases as people paste them.

use super::*;
use crate::auth;
use crate::target::{KeyHeader, Platform};
use reqwest::Method;
use secrecy::SecretString;
use url::Url;

fn azure(wire: WireKind, base: &str, api_version: Option<&str>) -> Target {
    let api_version = api_version.map(str::to_owned);
    Target {
        platform: Platform::Azure { api_version, entra: false },
        ..Target::plain(wire, base, "my-deploy")
    }
}

/// Method and address of a stream and of a plain answer.
fn sent(target: &Target) -> [(&'static str, String); 2] {
    [false, true].map(|plain| {
        let request = Request { plain, ..request(vec![message(Role::User, vec![text("Hi")])]) };
        let encoded = encode(&request, target).unwrap();
        let accept = if plain { "application/json" } else { "text/event-stream" };
        assert!(encoded.headers.contains(&("accept".into(), accept.into())));
        (encoded.method, encoded.url)
    })
}

const R: &str = "https://res.openai.azure.com";
const F: &str = "https://res.services.ai.azure.com";

#[test]
fn each_shape_has_its_address_streaming_or_not_whatever_the_base_ends_in() {
    use WireKind::{AnthropicMessages as Claude, OpenaiChat as Chat, OpenaiResponses as Responses};
    let dated = Some("2024-10-21");
    let preview = Some("2024-05-01-preview");
    let classic = "/openai/deployments/my-deploy/chat/completions?api-version=2024-10-21";
    let one = "/openai/v1/chat/completions";
    let one_preview = "/openai/v1/chat/completions?api-version=preview";
    let responses = "/openai/v1/responses";
    let responses_preview = "/openai/v1/responses?api-version=preview";
    let claude = "/anthropic/v1/messages";
    let foundry = "/models/chat/completions";
    let foundry_dated = "/models/chat/completions?api-version=2024-05-01-preview";
    for (wire, host, base, version, expected) in [
        // Deployments, with a date.
        (Chat, R, "", dated, classic),
        (Chat, R, "/", dated, classic),
        (Chat, R, "/openai", dated, classic),
        (Chat, R, "/openai/", dated, classic),
        (Chat, R, "/openai/deployments/other", dated, classic),
        (Chat, R, "?api-version=2024-10-21", None, classic),
        (Chat, R, "?api-version=2023-05-15", dated, classic),
        (Chat, F, "", dated, classic),
        // v1, without one: it refuses a date.
        (Chat, R, "", None, one),
        (Chat, R, "/openai", None, one),
        (Chat, R, "/openai/v1", None, one),
        (Chat, R, "/openai/v1/", None, one),
        (Chat, R, "/openai/deployments/other", None, one),
        (Chat, R, "/openai/v1", dated, one),
        (Chat, R, "/openai/v1?api-version=2024-10-21", None, one),
        (Chat, R, "", Some("v1"), one),
        (Chat, R, "", Some(" "), one),
        (Chat, R, "", Some("preview"), one_preview),
        (Chat, R, "/openai/v1?api-version=preview", None, one_preview),
        (Chat, R, "/openai/v1?x=1&api-version=2024-10-21", None, "/openai/v1/chat/completions?x=1"),
        (Chat, F, "/api/projects/p/openai/v1", None, "/api/projects/p/openai/v1/chat/completions"),
        // Responses, on v1 only.
        (Responses, R, "", None, responses),
        (Responses, R, "", dated, responses),
        (Responses, R, "/openai", dated, responses),
        (Responses, R, "/openai/v1", None, responses),
        (Responses, R, "/openai/deployments/other", dated, responses),
        (Responses, R, "/openai/v1?api-version=preview", None, responses_preview),
        (Responses, F, "/models", None, responses),
        // Foundry's catalogue models.
        (Chat, F, "/models", None, foundry),
        (Chat, F, "/models/", preview, foundry_dated),
        (Chat, F, "/models?api-version=2024-05-01-preview", None, foundry_dated),
        // Claude.
        (Claude, F, "", None, claude),
        (Claude, F, "", dated, claude),
        (Claude, F, "/anthropic", None, claude),
        (Claude, F, "/anthropic/v1", None, claude),
        (Claude, F, "/models", None, claude),
        (Claude, F, "/openai/v1?api-version=preview", None, claude),
    ] {
        let target = azure(wire, &format!("{host}{base}"), version);
        let expected = ("POST", format!("{host}{expected}"));
        assert_eq!(sent(&target), [expected.clone(), expected], "{wire:?} {base:?} {version:?}");
    }
}

#[test]
fn models_are_listed_beside_the_answers() {
    let dated = Some("2024-10-21");
    for (base, version, expected) in [
        ("", dated, "/openai/models?api-version=2024-10-21"),
        ("/openai/deployments/x", dated, "/openai/models?api-version=2024-10-21"),
        ("", None, "/openai/v1/models"),
        ("/openai/v1", dated, "/openai/v1/models"),
        ("/models", Some("2024-05-01-preview"), "/openai/v1/models"),
    ] {
        let target = azure(WireKind::OpenaiChat, &format!("{R}{base}"), version);
        assert_eq!(address(&target, Ask::Models).unwrap(), format!("{R}{expected}"), "{base:?} {version:?}");
    }
}

#[test]
fn a_deployment_goes_out_as_the_model_and_its_name_is_encoded_in_the_path() {
    let mut target = azure(WireKind::OpenaiChat, R, Some("2024-10-21"));
    target.model = "my deploy/1".into();
    assert_eq!(
        sent(&target)[0].1,
        format!("{R}/openai/deployments/my%20deploy%2F1/chat/completions?api-version=2024-10-21")
    );
    let hello = request(vec![message(Role::User, vec![text("Hi")])]);
    assert_eq!(body(&hello, &target)["model"], "my deploy/1");
}

#[tokio::test]
async fn a_key_goes_into_its_own_header_and_an_entra_token_is_a_bearer() {
    let key = SecretString::from("secret-0123456789");
    for wire in [WireKind::OpenaiChat, WireKind::OpenaiResponses, WireKind::AnthropicMessages] {
        for (entra, quirk, name, value) in [
            (false, KeyHeader::Auto, "api-key", "secret-0123456789"),
            (true, KeyHeader::Auto, "authorization", "Bearer secret-0123456789"),
            (false, KeyHeader::Bearer, "authorization", "Bearer secret-0123456789"),
            (false, KeyHeader::XApiKey, "x-api-key", "secret-0123456789"),
        ] {
            let mut target = azure(wire, R, None);
            target.platform = Platform::Azure { api_version: None, entra };
            target.quirks.key_header = quirk;
            let url = Url::parse(R).unwrap();
            let draft = auth::Draft { method: &Method::POST, url: &url, headers: &[], body: b"" };
            let headers = auth::headers(&auth::Tokens::default(), &target, Some(&key), draft).await.unwrap();
            let sent: Vec<_> =
                headers.iter().map(|(name, value)| (name.as_str(), value.to_str().unwrap())).collect();
            assert_eq!(sent, [(name, value)], "{wire:?} {entra} {quirk:?}");
            assert!(headers[0].1.is_sensitive());

            let encoded = encode(&request(vec![message(Role::User, vec![text("Hi")])]), &target).unwrap();
            let masked = masked_headers(&encoded, &target, Some(&SecretString::from("k")));
            assert_eq!(masked.last(), Some(&(name.to_owned(), "•••".to_owned())));
        }
    }
}

//! The live tests held against a scripted server: who is asked, what is told, and that no key is in it.

use crate::ask::{Outcome, all};
use crate::choose::{Choice, choose};
use axum::Router;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, Uri};
use rearview_providers::catalogue::{provider, providers};
use serde_json::{Value, json};
use std::collections::HashMap;

const KEY: &str = "sk-live-0123456789";

/// A server of Chat Completions that takes `KEY` only; its address.
async fn server(calls_tools: bool) -> String {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("http://{}/v1", listener.local_addr().unwrap());
    let router = Router::new().fallback(answer).with_state(calls_tools);
    tokio::spawn(async move { axum::serve(listener, router).await });
    base
}

async fn answer(
    State(calls_tools): State<bool>,
    headers: HeaderMap,
    uri: Uri,
    body: String,
) -> (StatusCode, String) {
    let key = headers.get("authorization").and_then(|value| value.to_str().ok()).unwrap_or_default();
    if key != format!("Bearer {KEY}") {
        let words = format!("Incorrect API key provided: {key}");
        let error = json!({"error": {"message": words, "code": "invalid_api_key"}});
        return (StatusCode::UNAUTHORIZED, error.to_string());
    }
    if uri.path() == "/v1/models" {
        let ids = ["gpt-4o", "gpt-4o-audio-preview", "gpt-4.1-nano", "nobody-knows-1"];
        let models: Vec<Value> = ids.iter().map(|id| json!({"id": id})).collect();
        return (StatusCode::OK, json!({"object": "list", "data": models}).to_string());
    }
    let asked: Value = serde_json::from_str(&body).unwrap();
    let chunk = |delta: Value, finish: Value| json!({"choices": [{"index": 0, "delta": delta, "finish_reason": finish}]});
    let calls = json!([{"index": 0, "id": "c1", "function": {"name": "current_time", "arguments": "{}"}}]);
    let mut frames = if asked["tools"].is_array() && calls_tools {
        vec![chunk(json!({"tool_calls": calls}), json!("tool_calls"))]
    } else {
        vec![
            chunk(json!({"content": "pine"}), Value::Null),
            chunk(json!({"content": "apple"}), json!("stop")),
        ]
    };
    frames.push(json!({"choices": [], "usage": {"prompt_tokens": 100, "completion_tokens": 10}}));
    let frames: String = frames.iter().map(|frame| format!("data: {frame}\n\n")).collect();
    (StatusCode::OK, frames + "data: [DONE]\n\n")
}

/// What is told in an environment.
async fn told(variables: &[(&str, &str)]) -> (Vec<String>, Outcome) {
    let variables: HashMap<String, String> =
        variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    let env = |name: &str| variables.get(name).cloned();
    let mut out = Vec::new();
    let outcome = all(&env, &mut out).await;
    let text = String::from_utf8(out).unwrap();
    assert!(!text.contains(KEY) && !text.contains("sk-wrong"), "{text}");
    (text.lines().map(str::to_owned).collect(), outcome)
}

#[tokio::test]
async fn nobody_is_asked_unless_a_person_says_so_and_that_is_told() {
    // The address is one where nobody listens: asking would fail.
    let (lines, outcome) =
        told(&[("OPENAI_API_KEY", KEY), ("OPENAI_BASE_URL", "http://127.0.0.1:9/v1")]).await;
    assert_eq!(lines, ["live providers: SKIPPED, nobody was asked: REARVIEW_LIVE=1 is not set"]);
    assert_eq!(outcome, Outcome::default());
}

#[tokio::test]
async fn without_any_key_nobody_is_asked() {
    let (lines, outcome) = told(&[("REARVIEW_LIVE", "1")]).await;
    let all = providers().len();
    assert_eq!(lines, [format!("live providers: 0 asked, 0 failed, {all} without a key")]);
    assert_eq!(outcome.asked, 0);
}

#[tokio::test]
async fn a_provider_that_does_all_is_told_in_a_line_with_the_cheapest_model_and_the_cost() {
    let base = server(true).await;
    let env = [("REARVIEW_LIVE", "1"), ("OPENAI_API_KEY", KEY), ("OPENAI_BASE_URL", &base)];
    let (lines, outcome) = told(&env).await;
    // 220 tokens: 200 at 0.1 and 20 at 0.4 dollars a million.
    let line = format!(
        "{:<24} reachable yes | models 4 | model gpt-4.1-nano | answer \"pineapple\" | stream 2 pieces | tools \
         called | tokens 200+20 | cost $0.000028",
        "openai"
    );
    assert_eq!(lines[0], line);
    assert_eq!(outcome, Outcome { asked: 1, failed: Vec::new() });
}

#[tokio::test]
async fn a_refused_key_and_tools_that_are_not_called_are_failures() {
    let base = server(false).await;
    let env = [("REARVIEW_LIVE", "1"), ("OPENAI_API_KEY", "sk-wrong-0123456789"), ("OPENAI_BASE_URL", &base)];
    let (lines, outcome) = told(&env).await;
    assert!(lines[0].contains("answer FAILED: OpenAI did not accept the key"), "{lines:?}");
    assert!(lines[0].contains("•••"), "{lines:?}");
    assert_eq!(outcome.failed, ["openai"]);

    let model = ("REARVIEW_LIVE_MODEL_OPENAI", "nobody-knows-1");
    let env = [("REARVIEW_LIVE", "1"), ("OPENAI_API_KEY", KEY), ("OPENAI_BASE_URL", &base), model];
    let (lines, outcome) = told(&env).await;
    assert!(lines[0].contains("model nobody-knows-1 | answer \"pineapple\""), "{lines:?}");
    assert!(lines[0].contains("tools NOT CALLED | tokens"), "{lines:?}");
    assert!(lines[0].ends_with("cost not known"), "{lines:?}");
    assert_eq!(outcome.failed, ["openai"]);
}

/// How a provider stands in an environment: asked at an address with a model, or why not.
fn standing(id: &str, variables: &[(&str, &str)]) -> String {
    let env =
        |name: &str| variables.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned());
    match choose(provider(id).unwrap(), &env) {
        Choice::NoKey => "no key".into(),
        Choice::Skip(why) => why,
        Choice::Ask(chosen) => {
            let target = chosen.target(chosen.model.as_deref().unwrap_or("m")).unwrap();
            let with = if chosen.key.is_some() { "with" } else { "without" };
            format!("{} {:?} {with} a key", target.base_url, target.platform)
        }
    }
}

#[test]
fn what_a_provider_needs_beside_its_key_comes_from_the_usual_variables() {
    for (id, variables, expected) in [
        ("groq", vec![("GROQ_API_KEY", "k")], "https://api.groq.com/openai/v1 Plain with a key"),
        ("groq", vec![("GROQ_API_KEY", " ")], "no key"),
        ("groq", vec![("GROQ_API_KEY", "k"), ("REARVIEW_LIVE_ONLY", "openai, xai")], "no key"),
        (
            "azure",
            vec![("AZURE_API_KEY", "k")],
            "its address needs resource: set AZURE_API_BASE or AZURE_OPENAI_ENDPOINT",
        ),
        (
            "azure",
            vec![("AZURE_API_KEY", "k"), ("AZURE_API_BASE", "https://a.openai.azure.com/")],
            "REARVIEW_LIVE_MODEL_AZURE is not set, and Azure does not list deployments",
        ),
        (
            "azure",
            vec![
                ("AZURE_AD_TOKEN", "t"),
                ("AZURE_API_BASE", "https://a.openai.azure.com/"),
                ("REARVIEW_LIVE_MODEL_AZURE", "d"),
            ],
            "https://a.openai.azure.com Azure { api_version: None, entra: true } with a key",
        ),
        (
            "bedrock",
            vec![("AWS_ACCESS_KEY_ID", "a")],
            "its address needs region: set AWS_BEDROCK_RUNTIME_ENDPOINT or AWS_REGION",
        ),
        (
            "bedrock",
            vec![("AWS_PROFILE", "work"), ("AWS_REGION", "eu-west-1")],
            "https://bedrock-runtime.eu-west-1.amazonaws.com Bedrock { region: \"eu-west-1\", profile: Some(\"work\") } \
             without a key",
        ),
        (
            "bedrock",
            vec![("AWS_BEARER_TOKEN_BEDROCK", "b"), ("AWS_REGION", "eu-west-1")],
            "https://bedrock-runtime.eu-west-1.amazonaws.com Bedrock { region: \"eu-west-1\", profile: None } with a key",
        ),
        (
            "vertex_ai",
            vec![("VERTEXAI_PROJECT", "p"), ("VERTEXAI_LOCATION", "global")],
            "https://aiplatform.googleapis.com Vertex { project: \"p\", location: \"global\" } without a key",
        ),
        (
            "vertex_ai",
            vec![("VERTEXAI_CREDENTIALS", "/no/such/file"), ("VERTEXAI_LOCATION", "global")],
            "VERTEXAI_CREDENTIALS names no file that can be read",
        ),
        (
            "cloudflare",
            vec![("CLOUDFLARE_API_KEY", "k"), ("CLOUDFLARE_ACCOUNT_ID", "acc")],
            "https://api.cloudflare.com/client/v4/accounts/acc/ai/v1 Plain with a key",
        ),
        (
            "ollama",
            vec![("OLLAMA_API_BASE", "http://127.0.0.1:11434")],
            "http://127.0.0.1:11434 Plain without a key",
        ),
        ("ollama", vec![], "no key"),
        (
            "302ai",
            vec![("302AI_API_KEY", "k")],
            "its address is not verified; name it in REARVIEW_LIVE_ONLY to ask it",
        ),
    ] {
        assert_eq!(standing(id, &variables), expected, "{id} {variables:?}");
    }
}

#[test]
fn a_key_in_the_environment_goes_to_its_own_provider_only() {
    for row in providers().iter().filter(|row| row.offered && !row.variables.is_empty()) {
        let env = |name: &str| (name == row.variables[0]).then(|| "k".to_owned());
        for other in providers().iter().filter(|other| !other.variables.contains(&row.variables[0])) {
            assert!(
                matches!(choose(other, &env), Choice::NoKey),
                "{} for {}",
                row.variables[0],
                other.prefix
            );
        }
    }
}

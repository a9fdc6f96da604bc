//! What can be set up: the rows of the catalogue in the shape that the page gets, the usual ones first.
//!
//! Until the catalogue of providers is there, the rows stand here; see `rows`. Addresses and variable names
//! are the vendors' own, as their documentation and SDKs spell them.

use crate::wire::{Confidence, Preset};
use rearview_providers::{Platform, Quirks, WireKind};
use std::sync::LazyLock;

/// What is known of a provider before it is set up.
#[derive(Clone, Debug)]
pub(crate) struct Row {
    /// Its name in set-ups and the id that a provider made from it gets.
    pub id: &'static str,
    /// Its name in the catalogue.
    pub prefix: &'static str,
    pub name: &'static str,
    pub wire: WireKind,
    /// With empty fields, which the person fills in.
    pub platform: Platform,
    /// May hold `{resource}` and the like; empty when the person gives it.
    pub base_url: &'static str,
    /// Whether the person's address usually is another one.
    pub own_base: bool,
    /// Environment variables with its address.
    pub base_variables: Vec<&'static str>,
    /// Environment variables with its key, the vendor's own first.
    pub variables: Vec<&'static str>,
    pub confidence: Confidence,
    pub local: bool,
    pub needs_key: bool,
    pub quirks: Quirks,
    pub docs: Option<&'static str>,
    pub about: &'static str,
    pub key_url: Option<&'static str>,
    /// How many of its models are in the catalogue.
    pub models: u32,
}

/// Those that most people look for, in this order; all others follow by name.
const FIRST: [&str; 12] = [
    "openai",
    "anthropic",
    "gemini",
    "openrouter",
    "groq",
    "ollama",
    "lm-studio",
    "azure",
    "bedrock",
    "vertex_ai",
    "openai-compatible",
    "anthropic-compatible",
];

static ROWS: LazyLock<Vec<Row>> = LazyLock::new(|| {
    let mut rows = own_rows();
    let place = |row: &Row| FIRST.iter().position(|id| *id == row.id).unwrap_or(FIRST.len());
    rows.sort_by_cached_key(|row| (place(row), row.name.to_lowercase()));
    rows
});

/// All rows, in the order they are shown.
pub(crate) fn rows() -> &'static [Row] {
    &ROWS
}

/// The row with this id or, in the catalogue's spelling, this prefix.
pub(crate) fn row(name: &str) -> Option<&'static Row> {
    rows().iter().find(|row| row.id == name).or_else(|| rows().iter().find(|row| row.prefix == name))
}

/// All presets, in the order they are shown.
pub fn all() -> Vec<Preset> {
    rows().iter().map(preset).collect()
}

fn preset(row: &Row) -> Preset {
    Preset {
        id: row.id.to_owned(),
        name: row.name.to_owned(),
        wire: row.wire,
        base_url: row.base_url.to_owned(),
        platform: row.platform.clone(),
        quirks: row.quirks.clone(),
        confidence: row.confidence,
        local: row.local,
        docs: row.docs.map(str::to_owned),
        models: row.models,
        needs_key: row.needs_key,
        key_url: row.key_url.map(str::to_owned),
        variables: row.variables.iter().map(|name| (*name).to_owned()).collect(),
        about: row.about.to_owned(),
    }
}

fn own_rows() -> Vec<Row> {
    let row = |id, name, wire, base_url, about| Row {
        id,
        prefix: id,
        name,
        wire,
        platform: Platform::Plain,
        base_url,
        own_base: false,
        base_variables: Vec::new(),
        variables: Vec::new(),
        confidence: Confidence::High,
        local: false,
        needs_key: true,
        quirks: Quirks::default(),
        docs: None,
        about,
        key_url: None,
        models: 0,
    };
    let local = |id, name, base_url, about| Row {
        own_base: true,
        local: true,
        needs_key: false,
        ..row(id, name, WireKind::OpenaiChat, base_url, about)
    };
    let here = "Models on this computer. No key.";
    let custom =
        |id, name, wire, about| Row { own_base: true, needs_key: false, ..row(id, name, wire, "", about) };
    vec![
        Row {
            key_url: Some("https://platform.openai.com/api-keys"),
            base_variables: vec!["OPENAI_BASE_URL", "OPENAI_API_BASE"],
            variables: vec!["OPENAI_API_KEY"],
            ..row(
                "openai",
                "OpenAI",
                WireKind::OpenaiChat,
                "https://api.openai.com/v1",
                "GPT and o-series models.",
            )
        },
        Row {
            key_url: Some("https://console.anthropic.com/settings/keys"),
            base_variables: vec!["ANTHROPIC_BASE_URL", "ANTHROPIC_API_BASE"],
            variables: vec!["ANTHROPIC_API_KEY"],
            ..row(
                "anthropic",
                "Anthropic",
                WireKind::AnthropicMessages,
                "https://api.anthropic.com",
                "Claude models.",
            )
        },
        Row {
            key_url: Some("https://console.groq.com/keys"),
            variables: vec!["GROQ_API_KEY"],
            ..row(
                "groq",
                "Groq",
                WireKind::OpenaiChat,
                "https://api.groq.com/openai/v1",
                "Open models, very fast.",
            )
        },
        Row {
            key_url: Some("https://openrouter.ai/settings/keys"),
            variables: vec!["OPENROUTER_API_KEY"],
            ..row(
                "openrouter",
                "OpenRouter",
                WireKind::OpenaiChat,
                "https://openrouter.ai/api/v1",
                "Many vendors behind one key.",
            )
        },
        local("ollama", "Ollama", "http://localhost:11434/v1", here),
        Row { prefix: "lm_studio", ..local("lm-studio", "LM Studio", "http://localhost:1234/v1", here) },
        local("llama-cpp", "llama.cpp", "http://localhost:8080/v1", here),
        local("jan", "Jan", "http://localhost:1337/v1", here),
        Row {
            prefix: "hosted_vllm",
            variables: vec!["VLLM_API_KEY"],
            ..local("vllm", "vLLM", "http://localhost:8000/v1", "A server of your own.")
        },
        Row {
            platform: Platform::Azure { api_version: None, entra: false },
            key_url: Some("https://portal.azure.com"),
            base_variables: vec!["AZURE_API_BASE", "AZURE_OPENAI_ENDPOINT"],
            variables: vec!["AZURE_API_KEY", "AZURE_OPENAI_API_KEY", "AZURE_AD_TOKEN"],
            ..row(
                "azure",
                "Azure OpenAI",
                WireKind::OpenaiChat,
                "https://{resource}.openai.azure.com",
                "OpenAI's models in your own Azure resource.",
            )
        },
        Row {
            platform: Platform::Bedrock { region: String::new(), profile: None },
            key_url: Some("https://console.aws.amazon.com/bedrock"),
            base_variables: vec!["AWS_BEDROCK_RUNTIME_ENDPOINT"],
            variables: vec![
                "AWS_BEARER_TOKEN_BEDROCK",
                "AWS_ACCESS_KEY_ID",
                "AWS_SECRET_ACCESS_KEY",
                "AWS_SESSION_TOKEN",
            ],
            ..row(
                "bedrock",
                "Amazon Bedrock",
                WireKind::BedrockConverse,
                "https://bedrock-runtime.{region}.amazonaws.com",
                "Claude, Nova, Llama and others in your AWS account.",
            )
        },
        Row {
            platform: Platform::Vertex { project: String::new(), location: String::new() },
            variables: vec!["GOOGLE_APPLICATION_CREDENTIALS", "VERTEXAI_CREDENTIALS"],
            ..row(
                "vertex_ai",
                "Google Vertex AI",
                WireKind::Gemini,
                "https://{location}-aiplatform.googleapis.com",
                "Gemini, Claude and others in your Google Cloud project.",
            )
        },
        custom(
            "openai-compatible",
            "OpenAI-compatible",
            WireKind::OpenaiChat,
            "Any address that speaks OpenAI Chat Completions.",
        ),
        custom(
            "anthropic-compatible",
            "Anthropic-compatible",
            WireKind::AnthropicMessages,
            "Any address that speaks Anthropic Messages.",
        ),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn every_preset_has_an_id_of_its_own_that_a_provider_can_have() {
        let mut ids = HashSet::new();
        for preset in all() {
            let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '-' | '_');
            assert!(preset.id.chars().all(plain), "{}", preset.id);
            assert!(ids.insert(preset.id.clone()), "`{}` stands twice", preset.id);
        }
    }

    #[test]
    fn the_usual_ones_come_first_and_the_rest_by_name() {
        let ids: Vec<String> = all().into_iter().map(|preset| preset.id).collect();
        assert_eq!(ids[..2], ["openai", "anthropic"]);
        let first: Vec<&String> = ids.iter().filter(|id| FIRST.contains(&id.as_str())).collect();
        assert!(ids.iter().take(first.len()).eq(first), "{ids:?}");
    }

    #[test]
    fn what_a_search_for_local_servers_finds_can_be_set_up() {
        for id in ["ollama", "lm-studio", "llama-cpp", "vllm", "jan", "openai-compatible"] {
            assert!(row(id).is_some_and(|row| row.own_base), "{id}");
        }
        assert_eq!(row("lm_studio").map(|row| row.id), Some("lm-studio"));
    }
}

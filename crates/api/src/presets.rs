//! What can be set up with two clicks. Addresses and variable names are the vendors' own, as their
//! documentation and the SDKs of OpenAI and Anthropic spell them. All other providers that speak the
//! OpenAI wire are reached through "OpenAI-compatible" and any address.

use crate::wire::{Confidence, Preset};
use rearview_providers::{Platform, Quirks, WireKind};

struct Row {
    id: &'static str,
    name: &'static str,
    wire: WireKind,
    base_url: &'static str,
    needs_key: bool,
    key_url: Option<&'static str>,
    variables: &'static [&'static str],
    about: &'static str,
}

const ROWS: &[Row] = &[
    Row {
        id: "openai",
        name: "OpenAI",
        wire: WireKind::OpenaiChat,
        base_url: "https://api.openai.com/v1",
        needs_key: true,
        key_url: Some("https://platform.openai.com/api-keys"),
        variables: &["OPENAI_API_KEY"],
        about: "GPT and o-series models.",
    },
    Row {
        id: "anthropic",
        name: "Anthropic",
        wire: WireKind::AnthropicMessages,
        base_url: "https://api.anthropic.com",
        needs_key: true,
        key_url: Some("https://console.anthropic.com/settings/keys"),
        variables: &["ANTHROPIC_API_KEY"],
        about: "Claude models.",
    },
    Row {
        id: "groq",
        name: "Groq",
        wire: WireKind::OpenaiChat,
        base_url: "https://api.groq.com/openai/v1",
        needs_key: true,
        key_url: Some("https://console.groq.com/keys"),
        variables: &["GROQ_API_KEY"],
        about: "Open models, very fast.",
    },
    Row {
        id: "openrouter",
        name: "OpenRouter",
        wire: WireKind::OpenaiChat,
        base_url: "https://openrouter.ai/api/v1",
        needs_key: true,
        key_url: Some("https://openrouter.ai/settings/keys"),
        variables: &["OPENROUTER_API_KEY"],
        about: "Many vendors behind one key.",
    },
    Row {
        id: "ollama",
        name: "Ollama",
        wire: WireKind::OpenaiChat,
        base_url: "http://localhost:11434/v1",
        needs_key: false,
        key_url: None,
        variables: &[],
        about: "Models on this computer. No key.",
    },
    Row {
        id: "lm-studio",
        name: "LM Studio",
        wire: WireKind::OpenaiChat,
        base_url: "http://localhost:1234/v1",
        needs_key: false,
        key_url: None,
        variables: &[],
        about: "Models on this computer. No key.",
    },
    Row {
        id: "vllm",
        name: "vLLM",
        wire: WireKind::OpenaiChat,
        base_url: "http://localhost:8000/v1",
        needs_key: false,
        key_url: None,
        variables: &["VLLM_API_KEY"],
        about: "A server of your own.",
    },
    Row {
        id: "openai-compatible",
        name: "OpenAI-compatible",
        wire: WireKind::OpenaiChat,
        base_url: "",
        needs_key: false,
        key_url: None,
        variables: &[],
        about: "Any address that speaks OpenAI Chat Completions.",
    },
    Row {
        id: "anthropic-compatible",
        name: "Anthropic-compatible",
        wire: WireKind::AnthropicMessages,
        base_url: "",
        needs_key: false,
        key_url: None,
        variables: &[],
        about: "Any address that speaks Anthropic Messages.",
    },
];

/// All presets, in the order they are shown.
pub fn all() -> Vec<Preset> {
    let preset = |row: &Row| Preset {
        id: row.id.to_owned(),
        name: row.name.to_owned(),
        wire: row.wire,
        base_url: row.base_url.to_owned(),
        platform: Platform::Plain,
        quirks: Quirks::default(),
        confidence: Confidence::High,
        local: !row.needs_key,
        docs: None,
        models: 0,
        needs_key: row.needs_key,
        key_url: row.key_url.map(str::to_owned),
        variables: row.variables.iter().map(|name| (*name).to_owned()).collect(),
        about: row.about.to_owned(),
    };
    ROWS.iter().map(preset).collect()
}

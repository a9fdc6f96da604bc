//! Which wire a model is spoken to with. A provider has one of its own, but some have models that answer on
//! another: Claude in other people's clouds, partner models on Vertex AI, OpenAI's models without Chat
//! Completions.

use crate::catalogue::{self, PlatformKind};
use crate::target::{Platform, WireKind};

/// Publishers on Vertex AI whose models speak OpenAI Chat Completions there.
const PARTNERS: [&str; 9] = [
    "deepseek-ai/",
    "meta/",
    "minimaxai/",
    "mistralai/",
    "moonshotai/",
    "openai/",
    "qwen/",
    "xai/",
    "zai-org/",
];

/// Beginnings of the names of such models, for a string without a publisher.
const PARTNER_NAMES: [&str; 14] = [
    "codestral",
    "deepseek",
    "devstral",
    "glm",
    "gpt-oss",
    "grok",
    "jamba",
    "kimi",
    "llama",
    "magistral",
    "minimax",
    "ministral",
    "mistral",
    "qwen",
];

/// The wire for a model, given the wire that its provider is set up with.
///
/// `catalogue_prefix` is the provider's name in the catalogue, when it is known; without it only the
/// platform decides. `model` is as the provider spells it.
pub fn wire_for(
    configured: WireKind,
    platform: &Platform,
    catalogue_prefix: Option<&str>,
    model: &str,
) -> WireKind {
    let kind = match platform {
        Platform::Plain => PlatformKind::Plain,
        Platform::Azure { .. } => PlatformKind::Azure,
        Platform::Vertex { .. } => PlatformKind::Vertex,
        Platform::Bedrock { .. } => PlatformKind::Bedrock,
    };
    by_kind(configured, kind, catalogue_prefix, model)
}

pub(super) fn by_kind(
    configured: WireKind,
    platform: PlatformKind,
    prefix: Option<&str>,
    model: &str,
) -> WireKind {
    if configured == WireKind::Demo {
        return configured;
    }
    let name = model.to_ascii_lowercase();
    match platform {
        PlatformKind::Vertex => vertex(&name),
        PlatformKind::Azure if name.contains("claude") => WireKind::AnthropicMessages,
        PlatformKind::Azure if responses_only(prefix.unwrap_or("azure"), &name) => WireKind::OpenaiResponses,
        PlatformKind::Plain
            if configured == WireKind::OpenaiChat
                && prefix.is_some_and(|prefix| prefix == "openai")
                && responses_only("openai", &name) =>
        {
            WireKind::OpenaiResponses
        }
        _ => configured,
    }
}

fn vertex(model: &str) -> WireKind {
    let name = model.rsplit('/').next().unwrap_or(model);
    let partner = PARTNERS.iter().any(|publisher| model.contains(publisher))
        || PARTNER_NAMES.iter().any(|beginning| name.starts_with(beginning))
        || name.ends_with("-maas");
    if name.contains("claude") {
        WireKind::AnthropicMessages
    } else if partner {
        WireKind::OpenaiChat
    } else {
        WireKind::Gemini
    }
}

/// Whether a model answers on OpenAI Responses only: because the list says so or, for one that it does not
/// have, because it is named as those are. Responses answers for every newer model, so an error this way
/// costs nothing; the other way it is a refusal.
fn responses_only(prefix: &str, model: &str) -> bool {
    if model.starts_with("responses/") {
        return true;
    }
    match catalogue::model(prefix, model) {
        Some(facts) => facts.responses_only,
        None => {
            let reasons = model.starts_with("gpt-5") || model.starts_with("gpt-6") || model.starts_with('o');
            model.contains("codex") || model.contains("deep-research") || (reasons && model.ends_with("-pro"))
        }
    }
}

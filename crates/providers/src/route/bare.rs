//! Names without a prefix. Those of the price file go to whom it names; new ones by the vendor's own way of
//! naming. LiteLLM refuses most of the latter; what it does take is read the same here.

use super::bedrock;
use crate::catalogue;

/// The length of the version that Replicate writes after a model's name.
const REPLICATE_VERSION: usize = 64;

/// Beginnings of names that one vendor alone uses, and that vendor. A family whose weights are open is
/// not here: it runs at many providers, and none of them is meant by its name alone.
const BEGINNINGS: [(&str, &str); 24] = [
    ("chatgpt-", "openai"),
    ("codex-", "openai"),
    ("computer-use-", "openai"),
    ("dall-e-", "openai"),
    ("gpt-image", "openai"),
    ("text-embedding-", "openai"),
    ("tts-", "openai"),
    ("whisper-", "openai"),
    ("claude-", "anthropic"),
    // Not AI Studio: LiteLLM means Vertex AI by the bare name, and a key for one is none for the other.
    ("gemini-", "vertex_ai"),
    ("command-a", "cohere_chat"),
    ("command-r", "cohere_chat"),
    ("c4ai-", "cohere_chat"),
    ("jamba-", "ai21_chat"),
    ("amazon_nova", "amazon_nova"),
    ("mistral-tiny", "mistral"),
    ("mistral-small", "mistral"),
    ("mistral-medium", "mistral"),
    ("mistral-large", "mistral"),
    ("codestral-", "mistral"),
    ("grok-", "xai"),
    ("sonar", "perplexity"),
    ("deepseek-chat", "deepseek"),
    ("deepseek-reasoner", "deepseek"),
];

/// The provider of a name without a prefix.
pub(super) fn provider_of(name: &str) -> Option<&'static str> {
    if let Some(owner) = catalogue::bare_owner(name) {
        return Some(owner);
    }
    if name.contains("ft:gpt-3.5-turbo") || name.contains("ft:gpt-4") || name == "*" {
        return Some("openai");
    }
    if let Some((_, version)) = name.split_once(':')
        && version.split(':').next().is_some_and(|version| version.len() == REPLICATE_VERSION)
    {
        return Some("replicate");
    }
    if bedrock::is_id(name) {
        return Some("bedrock");
    }
    // A slash means that somebody's namespace stands before the name, and it is not known whose.
    if name.contains('/') {
        return None;
    }
    let lower = name.to_ascii_lowercase();
    let own = lower.strip_prefix("ft:").unwrap_or(&lower);
    if is_gpt(own) || is_o_series(own) {
        return Some("openai");
    }
    BEGINNINGS.iter().find(|(beginning, _)| lower.starts_with(beginning)).map(|(_, vendor)| *vendor)
}

/// `gpt-` and a number; `gpt-oss` and `gpt-j` are open models.
fn is_gpt(name: &str) -> bool {
    name.strip_prefix("gpt-").is_some_and(|rest| rest.starts_with(|first: char| first.is_ascii_digit()))
}

/// `o1`, `o3-mini`, `o12-pro`, but not `o1js`.
fn is_o_series(name: &str) -> bool {
    let Some(rest) = name.strip_prefix('o') else { return false };
    let end = rest.trim_start_matches(|digit: char| digit.is_ascii_digit());
    end.len() < rest.len() && (end.is_empty() || end.starts_with(['-', ':']))
}

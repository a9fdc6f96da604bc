//! Which provider, wire and model a model string means: `groq/llama-3.1-8b-instant`, `gpt-4o`,
//! `bedrock/us.anthropic.claude-…`. Strings are read as LiteLLM 1.106.2 reads them, so that what works there
//! works here; where that would send something to the wrong host we differ, see `tests/data/routes`.
//!
//! The catalogue is asked for prefixes and for names that need none, never for leave: an unknown model of
//! a known provider runs. Asked by `rearview-cli route` and by `api` when a target is made.

mod bare;
mod bedrock;
mod wires;

pub use wires::wire_for;

use crate::catalogue::{self, PlatformKind, ProviderRow};
use crate::target::WireKind;

/// What a model string means.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Route {
    /// The string as it was read.
    pub model: String,
    /// The provider's prefix in the catalogue; `None` when the string does not say.
    pub provider: Option<String>,
    /// The wire; `None` when the provider is not known or speaks none of ours.
    pub wire: Option<WireKind>,
    /// The model as LiteLLM hands it to the provider's adapter. `sent_model` takes off what its adapters
    /// take off, such as a region.
    pub upstream_model: String,
    /// Why there is no provider, no model or no wire, for people.
    pub problem: Option<String>,
}

/// Reads a model string. White space around it does not count.
pub fn read(model: &str) -> Route {
    let text = model.trim();
    let (provider, upstream) = match place(text) {
        Ok(found) => found,
        Err(problem) => {
            return Route {
                model: model.to_owned(),
                provider: None,
                wire: None,
                upstream_model: text.to_owned(),
                problem: Some(problem),
            };
        }
    };
    let row = catalogue::provider(provider).filter(|row| row.all_prefixes().any(|name| name == provider));
    let wire = wire_of(row, provider, upstream);
    let problem = match row {
        _ if upstream.is_empty() => Some(format!("`{text}` names no model")),
        Some(ProviderRow { name, why_not: Some(why), .. }) => Some(format!("{name} is not spoken. {why}")),
        _ if wire.is_none() => Some(format!("`{provider}` is not spoken. It takes no chat messages.")),
        _ => None,
    };
    Route {
        model: model.to_owned(),
        provider: Some(provider.to_owned()),
        wire,
        upstream_model: upstream.to_owned(),
        problem,
    }
}

fn wire_of(row: Option<&ProviderRow>, prefix: &str, upstream: &str) -> Option<WireKind> {
    // Retired models of a provider that is spoken otherwise.
    if prefix == "anthropic_text" {
        return None;
    }
    let row = row?;
    Some(wires::by_kind(row.wire?, row.platform, Some(prefix), upstream))
}

/// The prefix and the model behind a string, or why there is none.
fn place(text: &str) -> Result<(&str, &str), String> {
    if text.is_empty() {
        return Err("it is empty".into());
    }
    if let Some((first, rest)) = text.split_once('/') {
        if let Some(found) = prefixed(text, first, rest) {
            return Ok(found);
        }
    } else if catalogue::is_prefix(text) || catalogue::provider(text).is_some() {
        return Err(format!("`{text}` is a provider; write `{text}/` and a model"));
    }
    if let Some(provider) = bare::provider_of(text) {
        return Ok((provider, text));
    }
    if let Some((first, rest)) = text.split_once('/') {
        // Spellings that LiteLLM refuses and people write: `together/…`, `OpenAI/…`.
        let lower = first.to_ascii_lowercase();
        if let Some(row) = catalogue::provider(first).or_else(|| catalogue::provider(&lower)) {
            return Ok((&row.prefix, rest));
        }
        return Err(format!("`{first}` is no provider of the catalogue, and `{text}` no model of it"));
    }
    Err(format!("no provider is known for `{text}`; write one before it, as in `openrouter/{text}`"))
}

/// With a prefix of the catalogue.
fn prefixed<'t>(text: &'t str, first: &'t str, rest: &'t str) -> Option<(&'t str, &'t str)> {
    if !catalogue::is_prefix(first) {
        return None;
    }
    Some(match first {
        // Two names for one vendor; LiteLLM has chat models under the second.
        "cohere" if catalogue::is_listed("cohere_chat", rest) => ("cohere_chat", rest),
        "ai21" if catalogue::is_listed("ai21_chat", rest) => ("ai21_chat", rest),
        "anthropic" if matches!(rest, "claude-2" | "claude-instant-1") => ("anthropic_text", rest),
        // The chat's or agent's id is in the whole string.
        "ragflow" => (first, text),
        "bedrock_mantle" => (first, bedrock::without_region(rest)),
        _ => (first, rest),
    })
}

/// The model as it goes to the provider: without LiteLLM's directions for its own adapters, which stand
/// before the model as path segments (`converse/…`, a region, `responses/…`).
pub fn sent_model<'m>(prefix: &str, upstream_model: &'m str) -> &'m str {
    let row = catalogue::provider(prefix);
    match row.map(|row| (row.platform, row.prefix.as_str())) {
        Some((PlatformKind::Bedrock, _)) => bedrock::model_id(upstream_model),
        Some((PlatformKind::Azure, _) | (_, "openai")) => {
            upstream_model.strip_prefix("responses/").unwrap_or(upstream_model)
        }
        _ => upstream_model,
    }
}

#[cfg(test)]
mod tests;

//! What can be set up: the rows of the catalogue in the shape that the page gets, the usual ones first.

use crate::wire::{Confidence, Preset};
use rearview_providers::catalogue::{self, PlatformKind, ProviderRow};
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
    let mut rows = offered();
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

/// What the catalogue offers and a wire of ours speaks.
fn offered() -> Vec<Row> {
    catalogue::providers().iter().filter(|row| row.offered).filter_map(row_of).collect()
}

fn row_of(row: &'static ProviderRow) -> Option<Row> {
    let texts = |texts: &'static [String]| texts.iter().map(String::as_str).collect();
    Some(Row {
        id: row.id(),
        prefix: &row.prefix,
        name: &row.name,
        wire: row.wire?,
        platform: match row.platform {
            PlatformKind::Plain => Platform::Plain,
            PlatformKind::Azure => Platform::Azure { api_version: None, entra: false },
            PlatformKind::Vertex => Platform::Vertex { project: String::new(), location: String::new() },
            PlatformKind::Bedrock => Platform::Bedrock { region: String::new(), profile: None },
        },
        base_url: &row.base_url,
        own_base: row.own_base,
        base_variables: texts(&row.base_variables),
        variables: texts(&row.variables),
        confidence: match row.confidence {
            catalogue::Confidence::High => Confidence::High,
            catalogue::Confidence::Medium => Confidence::Medium,
            catalogue::Confidence::Low => Confidence::Low,
        },
        local: row.local,
        needs_key: row.needs_key,
        quirks: row.quirks.clone(),
        docs: row.docs.as_deref(),
        about: &row.about,
        key_url: row.key_url.as_deref(),
        models: u32::try_from(catalogue::models_of(&row.prefix).len()).unwrap_or(u32::MAX),
    })
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

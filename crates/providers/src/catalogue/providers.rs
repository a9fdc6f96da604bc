//! The table of providers: who they are, where they answer, what their key variables are called.

use crate::target::{Quirks, WireKind};
use serde::Deserialize;
use std::collections::HashMap;
use std::sync::LazyLock;

/// One provider.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct ProviderRow {
    /// Its name in model strings, e.g. `groq` in `groq/llama-3.1-8b-instant`. Unique, and its key here.
    pub prefix: String,
    /// Its name in set-ups, where that is another one, e.g. `lm-studio`; see `id`.
    #[serde(default, rename = "id")]
    set_up_id: Option<String>,
    /// Further prefixes that LiteLLM has for the same provider, e.g. `ollama_chat`.
    #[serde(default)]
    pub prefixes: Vec<String>,
    /// Further spellings that are taken for it.
    #[serde(default)]
    pub aliases: Vec<String>,
    /// Its name as people read it.
    pub name: String,
    /// The wire that it speaks; `None` when it speaks none of ours.
    #[serde(default)]
    pub wire: Option<WireKind>,
    /// Why there is no wire, for people.
    #[serde(default)]
    pub why_not: Option<String>,
    /// Whose addresses and credentials.
    #[serde(default)]
    pub platform: PlatformKind,
    /// Its base address, perhaps with fields such as `{resource}` to fill in; empty when the person has to
    /// give it.
    #[serde(default)]
    pub base_url: String,
    /// Whether the person's address usually differs from `base_url`, because the server is their own.
    #[serde(default)]
    pub own_base: bool,
    /// Environment variables with its address or parts of it, the usual one first.
    #[serde(default)]
    pub base_variables: Vec<String>,
    /// Environment variables with its key, the vendor's own first.
    #[serde(default)]
    pub variables: Vec<String>,
    /// Whether it usually runs on this computer.
    #[serde(default)]
    pub local: bool,
    /// Whether it wants a key.
    #[serde(default)]
    pub needs_key: bool,
    /// How it differs from its wire.
    #[serde(default)]
    pub quirks: Quirks,
    /// How well its address is known.
    pub confidence: Confidence,
    /// How it is known.
    pub seen: Seen,
    /// Whether it can be set up.
    #[serde(default)]
    pub offered: bool,
    /// One line about it, empty when it is not offered.
    #[serde(default)]
    pub about: String,
    /// The page where its keys are made, where that is known.
    #[serde(default)]
    pub key_url: Option<String>,
    /// A page about it.
    #[serde(default)]
    pub docs: Option<String>,
}

/// Whose addresses and credentials a provider has; what `Platform` adds is the person's own.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PlatformKind {
    /// The wire's own.
    #[default]
    Plain,
    /// Azure OpenAI and Azure AI Foundry.
    Azure,
    /// Vertex AI.
    Vertex,
    /// Amazon Bedrock.
    Bedrock,
}

/// How well a provider's address is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Confidence {
    /// Several libraries agree on it.
    High,
    /// One library's requests go there.
    Medium,
    /// One library's table has it; nobody was seen using it.
    Low,
}

/// How a provider is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Seen {
    /// LiteLLM's request to it was watched.
    Request,
    /// It was read in LiteLLM's source.
    Source,
    /// It was read in another library's table.
    Table,
    /// It is ours: an address of one's own or a server's documented default.
    Own,
}

impl ProviderRow {
    /// Its name in set-ups.
    pub fn id(&self) -> &str {
        self.set_up_id.as_deref().unwrap_or(&self.prefix)
    }

    /// All names that LiteLLM has for it as a prefix, the main one first.
    pub fn all_prefixes(&self) -> impl Iterator<Item = &str> {
        std::iter::once(self.prefix.as_str()).chain(self.prefixes.iter().map(String::as_str))
    }

    /// The names of the fields in its base address, e.g. `["region"]`, in their order.
    pub fn fields(&self) -> Vec<&str> {
        let inside = |part: &str| part.find('}');
        self.base_url
            .split('{')
            .skip(1)
            .filter_map(|part| inside(part).and_then(|end| part.get(..end)))
            .collect()
    }

    /// The base address with its fields filled in; `None` when one is missing or empty. Vertex AI's
    /// location `global` has a host without a location.
    pub fn base_with<'v>(&self, value: impl Fn(&str) -> Option<&'v str>) -> Option<String> {
        let mut base = self.base_url.clone();
        for field in self.fields() {
            let given = value(field).map(str::trim).filter(|given| !given.is_empty())?;
            if self.platform == PlatformKind::Vertex && field == "location" && given == "global" {
                base = base.replace("{location}-", "");
            }
            base = base.replace(&format!("{{{field}}}"), given);
        }
        Some(base)
    }
}

struct Table {
    rows: Vec<ProviderRow>,
    by_prefix: HashMap<String, usize>,
    by_any: HashMap<String, usize>,
}

static TABLE: LazyLock<Table> = LazyLock::new(|| {
    let rows: Vec<ProviderRow> = super::rows("providers", include_str!("../../data/providers.jsonl"));
    let mut by_prefix = HashMap::new();
    let mut by_any = HashMap::new();
    for (at, row) in rows.iter().enumerate() {
        by_prefix.extend(row.all_prefixes().map(|prefix| (prefix.to_owned(), at)));
    }
    for (at, row) in rows.iter().enumerate() {
        by_any.extend(row.all_prefixes().map(|prefix| (prefix.to_owned(), at)));
        by_any.insert(row.id().to_owned(), at);
        by_any.extend(row.aliases.iter().map(|alias| (alias.clone(), at)));
    }
    Table { rows, by_prefix, by_any }
});

/// All providers, by prefix.
pub fn providers() -> &'static [ProviderRow] {
    &TABLE.rows
}

/// The provider with this prefix, set-up id or other spelling.
pub fn provider(name: &str) -> Option<&'static ProviderRow> {
    TABLE.by_any.get(name).and_then(|at| TABLE.rows.get(*at))
}

/// Whether LiteLLM or our own table has it as a prefix; another spelling is none.
pub(crate) fn is_prefix(name: &str) -> bool {
    TABLE.by_prefix.contains_key(name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn every_row_of_the_table_can_be_read_and_has_names_of_its_own() {
        let lines = include_str!("../../data/providers.jsonl").lines().count();
        assert_eq!(providers().len(), lines);
        let mut names = HashSet::new();
        for row in providers() {
            for name in row.all_prefixes().chain(row.aliases.iter().map(String::as_str)) {
                assert!(names.insert(name), "{name} twice");
            }
        }
        let ids: HashSet<&str> = providers().iter().map(ProviderRow::id).collect();
        assert_eq!(ids.len(), lines);
    }

    #[test]
    fn a_hundred_providers_of_high_or_medium_confidence_can_be_set_up() {
        let good = |row: &&ProviderRow| row.offered && row.confidence != Confidence::Low;
        assert!(providers().iter().filter(good).count() >= 100);
    }

    #[test]
    fn who_can_be_set_up_has_a_wire_an_address_and_a_line_about_it() {
        for row in providers() {
            assert_eq!(row.offered, row.wire.is_some(), "{}", row.prefix);
            assert_eq!(row.why_not.is_some(), row.wire.is_none(), "{}", row.prefix);
            if row.offered {
                assert!(row.about.ends_with('.') && row.about.len() < 90, "{}", row.prefix);
                assert!(row.base_url.starts_with("http") || row.own_base, "{}", row.prefix);
                let keyed = row.platform == PlatformKind::Vertex || !row.variables.is_empty();
                assert!(!row.needs_key || keyed, "{}", row.prefix);
            }
        }
    }

    #[test]
    fn what_could_be_set_up_before_still_can_under_its_old_name() {
        let old =
            "openai anthropic groq openrouter ollama lm-studio vllm openai-compatible anthropic-compatible";
        for id in old.split(' ') {
            let row = provider(id).unwrap();
            assert_eq!((row.id(), row.offered), (id, true));
        }
        assert_eq!(provider("lm-studio").unwrap().prefix, "lm_studio");
        assert_eq!(provider("vllm").unwrap().prefix, "hosted_vllm");
        assert_eq!(provider("ollama").unwrap().wire, Some(WireKind::OllamaChat));
        assert_eq!(provider("nobody"), None);
    }

    #[test]
    fn a_base_address_is_filled_in_or_not_given_at_all() {
        let azure = provider("azure").unwrap();
        assert_eq!(azure.fields(), ["resource"]);
        assert_eq!(azure.base_with(|_| Some(" acme ")).unwrap(), "https://acme.openai.azure.com");
        assert_eq!(azure.base_with(|_| None), None);
        assert_eq!(azure.base_with(|_| Some(" ")), None);
        assert_eq!(provider("openai").unwrap().base_with(|_| None).unwrap(), "https://api.openai.com/v1");
        let vertex = provider("vertex_ai").unwrap();
        let at = |place: &'static str| vertex.base_with(|_| Some(place)).unwrap();
        assert_eq!(at("us-central1"), "https://us-central1-aiplatform.googleapis.com");
        assert_eq!(at("global"), "https://aiplatform.googleapis.com");
    }

    #[test]
    fn quirks_of_the_table_are_read() {
        assert!(!provider("mistral").unwrap().quirks.stream_options);
        assert!(provider("groq").unwrap().quirks.stream_options);
        assert!(!provider("v0").unwrap().quirks.sampling);
        let snowflake = &provider("snowflake").unwrap().quirks;
        assert_eq!(snowflake.max_tokens_field, crate::target::MaxTokensField::MaxCompletionTokens);
    }
}

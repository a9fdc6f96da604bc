//! The list of models: sizes, prices and abilities, by provider and by the provider's own spelling.

use super::facts::{ModelFacts, Price, Tier};
use super::providers::provider;
use crate::route::sent_model;
use serde::Deserialize;
use std::collections::{BTreeMap, HashMap};
use std::sync::LazyLock;

/// A row as `scripts/catalogue.py` writes it. Prices are US dollars for a million tokens.
#[derive(Deserialize)]
struct Row {
    /// The provider's prefix.
    p: String,
    /// The model as the provider spells it.
    m: String,
    /// 1 when the price file has it without a prefix.
    #[serde(default)]
    b: u8,
    /// Tokens of context.
    c: Option<f64>,
    /// Tokens of answer.
    o: Option<f64>,
    /// Prompt, answer, cache read, cache write, reasoning.
    #[serde(default, rename = "$")]
    rates: Vec<Option<f64>>,
    /// Tokens of prompt, then the same five.
    #[serde(default)]
    above: Vec<Vec<Option<f64>>>,
    /// Letters; see `facts`.
    #[serde(default)]
    f: String,
    /// The day it is switched off.
    e: Option<String>,
}

/// A name without a prefix of something that does not chat.
#[derive(Deserialize)]
struct OtherName {
    p: String,
    m: String,
}

#[derive(Deserialize)]
struct About {
    prices_of: String,
}

/// The models of one provider.
#[derive(Default)]
struct List {
    by_name: BTreeMap<String, ModelFacts>,
    /// Names as listed, by the same in lower case.
    lower: HashMap<String, String>,
}

impl List {
    fn get(&self, name: &str) -> Option<&ModelFacts> {
        let listed = || self.by_name.get(self.lower.get(&name.to_lowercase())?);
        self.by_name.get(name).or_else(listed)
    }
}

struct Models {
    /// By provider.
    listed: HashMap<String, List>,
    /// The provider of each name that needs no prefix.
    bare: HashMap<String, String>,
}

static MODELS: LazyLock<Models> = LazyLock::new(|| {
    let mut models = Models { listed: HashMap::new(), bare: HashMap::new() };
    for row in super::rows::<Row>("models", include_str!("../../data/models.jsonl")) {
        if row.b == 1 {
            models.bare.insert(row.m.clone(), row.p.clone());
        }
        let facts = facts(&row);
        let list = models.listed.entry(row.p).or_default();
        list.lower.insert(row.m.to_lowercase(), row.m.clone());
        list.by_name.insert(row.m, facts);
    }
    for other in super::rows::<OtherName>("names", include_str!("../../data/other-names.jsonl")) {
        models.bare.insert(other.m, other.p);
    }
    models
});

static PRICES_OF: LazyLock<String> = LazyLock::new(|| {
    let about = super::rows::<About>("date", include_str!("../../data/about.json"));
    about.into_iter().next().map(|about| about.prices_of).unwrap_or_default()
});

fn facts(row: &Row) -> ModelFacts {
    let has = |letter: char| row.f.contains(letter);
    ModelFacts {
        context: row.c.map(tokens),
        max_output: row.o.map(tokens),
        price: price(row),
        tools: has('t'),
        images: has('v'),
        files: has('p'),
        reasoning: has('r'),
        adaptive_thinking: has('a'),
        answer_schema: has('s'),
        sampling: !has('n'),
        mid_system: has('m'),
        responses_only: has('R'),
        prompt_cache: has('c'),
        ends: row.e.clone(),
    }
}

fn price(row: &Row) -> Option<Price> {
    let rate = |rates: &[Option<f64>], at: usize| rates.get(at).copied().flatten();
    let tier = |rates: &Vec<Option<f64>>| Tier {
        above: rate(rates, 0).map(tokens).unwrap_or_default(),
        input: rate(rates, 1),
        output: rate(rates, 2),
        cache_read: rate(rates, 3),
        cache_write: rate(rates, 4),
        reasoning: rate(rates, 5),
    };
    let tiers: Vec<Tier> = row.above.iter().map(tier).collect();
    Some(Price {
        input: rate(&row.rates, 0)?,
        output: rate(&row.rates, 1)?,
        cache_read: rate(&row.rates, 2),
        cache_write: rate(&row.rates, 3),
        reasoning: rate(&row.rates, 4),
        // Leaked once for the life of the program, as the list itself is; so `Price` stays a plain copy.
        tiers: if tiers.is_empty() { &[] } else { Box::leak(tiers.into_boxed_slice()) },
    })
}

/// The price file writes some sizes as decimals.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a count of tokens, clamped")]
fn tokens(count: f64) -> u32 {
    count.clamp(0.0, f64::from(u32::MAX)) as u32
}

/// The date of the price list, e.g. `2026-10-21`.
pub fn prices_of() -> &'static str {
    &PRICES_OF
}

/// What is known of a model at a provider. `prefix` is the provider's name in the catalogue, whatever the
/// person calls it; `upstream_model` is as the provider spells it. Upper and lower case are one.
///
/// A spelling that is not listed is looked for without what only says where or when: Bedrock's region and
/// inference profile, a fine-tuned model's own name, a snapshot's date.
pub fn model(prefix: &str, upstream_model: &str) -> Option<&'static ModelFacts> {
    let row = provider(prefix)?;
    let spellings = spellings(&row.prefix, upstream_model);
    let places = std::iter::once(prefix).chain(row.all_prefixes());
    let lists: Vec<_> = places.filter_map(|place| MODELS.listed.get(place)).collect();
    spellings.iter().find_map(|name| lists.iter().find_map(|list| list.get(name)))
}

/// The models that the list has for a provider, by name.
pub fn models_of(prefix: &str) -> Vec<(&'static str, &'static ModelFacts)> {
    let places = provider(prefix).into_iter().flat_map(|row| row.all_prefixes());
    let lists = places.filter_map(|place| MODELS.listed.get(place));
    lists.flat_map(|list| list.by_name.iter().map(|(name, facts)| (name.as_str(), facts))).collect()
}

/// The provider of a name that needs no prefix; letter for letter.
pub(crate) fn bare_owner(name: &str) -> Option<&'static str> {
    MODELS.bare.get(name).map(String::as_str)
}

/// Whether the list has exactly this model at exactly this prefix.
pub(crate) fn is_listed(prefix: &str, model: &str) -> bool {
    MODELS.listed.get(prefix).is_some_and(|list| list.by_name.contains_key(model))
}

/// The spellings under which a model may be listed, the closest first.
fn spellings(prefix: &str, upstream_model: &str) -> Vec<String> {
    let name = upstream_model.trim().to_owned();
    let mut all = vec![name.clone()];
    let sent = sent_model(prefix, &name).to_owned();
    all.push(sent.clone());
    if prefix == "bedrock" {
        let id = sent.rsplit('/').next().unwrap_or(&sent);
        all.push(id.to_owned());
        // An inference profile: `us.anthropic.claude-…` is `anthropic.claude-…` in several regions.
        if let Some((place, model)) = id.split_once('.')
            && matches!(place, "us" | "eu" | "apac" | "ap" | "au" | "jp" | "ca" | "sa" | "global" | "us-gov")
        {
            all.push(model.to_owned());
        }
    }
    if let Some(base) = sent.strip_prefix("ft:").and_then(|rest| rest.split(':').next()) {
        all.push(format!("ft:{base}"));
        all.push(format!("ft:{}", without_date(base)));
    }
    all.push(without_date(&sent).to_owned());
    all.dedup();
    all
}

/// The name without a snapshot's date or `latest`: `-20250514`, `@20250514`, `-2024-08-06`, `-latest`,
/// `@default`.
fn without_date(name: &str) -> &str {
    for end in ["-latest", ":latest", "@latest", "@default"] {
        if let Some(rest) = name.strip_suffix(end) {
            return rest;
        }
    }
    let digits = |text: &str, count: usize| text.len() == count && text.bytes().all(|b| b.is_ascii_digit());
    if let Some((rest, date)) = name.rsplit_once(['-', '@'])
        && digits(date, 8)
    {
        return rest;
    }
    let mut parts = name.rsplitn(4, '-');
    match (parts.next(), parts.next(), parts.next(), parts.next()) {
        (Some(day), Some(month), Some(year), Some(rest))
            if digits(day, 2) && digits(month, 2) && digits(year, 4) =>
        {
            rest
        }
        _ => name,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_of_the_list_can_be_read() {
        let lines = |text: &str| text.lines().count();
        let text = include_str!("../../data/models.jsonl");
        assert_eq!(super::super::rows::<Row>("models", text).len(), lines(text));
        let listed: usize = MODELS.listed.values().map(|list| list.by_name.len()).sum();
        assert!(listed > 3_000);
        assert_eq!(listed, lines(text), "one row a model");
        let text = include_str!("../../data/other-names.jsonl");
        assert_eq!(super::super::rows::<OtherName>("names", text).len(), lines(text));
        assert!(prices_of().starts_with("20") && prices_of().len() == 10);
    }

    #[test]
    fn every_listed_model_belongs_to_a_provider_of_the_table() {
        for prefix in MODELS.listed.keys() {
            assert!(provider(prefix).is_some(), "{prefix}");
        }
    }

    #[test]
    fn sizes_prices_and_abilities_are_those_of_the_price_file() {
        let facts = model("openai", "gpt-4o").unwrap();
        assert_eq!((facts.context, facts.max_output), (Some(128_000), Some(16_384)));
        assert_eq!(
            facts.price.map(|price| (price.input, price.output, price.cache_read)),
            Some((2.5, 10.0, Some(1.25)))
        );
        assert!(facts.tools && facts.images && facts.files && facts.answer_schema && facts.prompt_cache);
        assert!(facts.sampling && !facts.reasoning && !facts.responses_only && !facts.mid_system);
        assert!(model("openai", "gpt-5.1-codex").unwrap().responses_only);
        let claude = model("anthropic", "claude-opus-5").unwrap();
        assert!(claude.mid_system && claude.adaptive_thinking && claude.reasoning && !claude.sampling);
        assert!(!model("anthropic", "claude-sonnet-4-5").unwrap().mid_system);
        assert_eq!(model("anthropic", "claude-sonnet-4-5").unwrap().ends.as_deref(), Some("2026-11-30"));
    }

    #[test]
    fn a_model_is_found_however_its_provider_spells_it() {
        let same = |prefix, spelling, listed| {
            let (ours, theirs) = (model(prefix, spelling), model(prefix, listed));
            assert!(ours.is_some() && ours == theirs, "{prefix} {spelling}");
        };
        assert!(model("openai", "gpt-4o-2024-08-06").is_some());
        same("openai", "GPT-4o", "gpt-4o");
        same("openai", "gpt-5.5-2031-01-02", "gpt-5.5");
        same("openai", "ft:gpt-4o-mini-2024-07-18:acme::abc", "ft:gpt-4o-mini-2024-07-18");
        same("anthropic", "claude-sonnet-4-5-20310102", "claude-sonnet-4-5");
        same("vertex_ai", "claude-sonnet-4-5@20310102", "claude-sonnet-4-5");
        same("vertex_ai_beta", "gemini-2.5-pro", "gemini-2.5-pro");
        let base = "anthropic.claude-sonnet-4-5-20250929-v1:0";
        same("bedrock", "converse/anthropic.claude-sonnet-4-5-20250929-v1:0", base);
        same("bedrock", "sa.anthropic.claude-sonnet-4-5-20250929-v1:0", base);
        same("bedrock", "us-west-1/anthropic.claude-sonnet-4-5-20250929-v1:0", base);
        let arn = "arn:aws:bedrock:us-east-1:123456789012:foundation-model/anthropic.claude-sonnet-4-5-20250929-v1:0";
        same("bedrock", arn, base);
        assert_ne!(model("bedrock", "us.anthropic.claude-sonnet-4-5-20250929-v1:0"), None);
        same("cohere", "command-r-08-2024", "command-r-08-2024");
        assert!(model("azure", "gpt-4o").is_some());
        assert!(model("lm-studio", "gpt-4o").is_none());
        assert!(model("openai", "gpt-99").is_none());
        assert!(model("nobody", "gpt-4o").is_none());
    }

    #[test]
    fn only_dates_are_taken_for_dates() {
        for (name, rest) in [
            ("gpt-4o-2024-08-06", "gpt-4o"),
            ("claude-opus-4-20250514", "claude-opus-4"),
            ("claude-opus-4@20250514", "claude-opus-4"),
            ("mistral-large-latest", "mistral-large"),
            ("llama-3.1-70b", "llama-3.1-70b"),
            ("command-r-08-2024", "command-r-08-2024"),
            ("gpt-4-0613", "gpt-4-0613"),
            ("2024-08-06", "2024-08-06"),
        ] {
            assert_eq!(without_date(name), rest);
        }
    }

    #[test]
    fn a_provider_tells_its_models() {
        let all = models_of("groq");
        assert!(all.len() >= 5 && all.iter().all(|(name, _)| !name.starts_with("groq/")));
        assert!(models_of("nobody").is_empty());
    }
}

//! The one place where set-ups meet the catalogue of models: which wire a model is spoken with, what is
//! known of it, how old the prices are. Nothing is ever refused because the catalogue does not have it.

use crate::presets;
use crate::wire::{ModelCard, ProviderConfig};
use rearview_providers::catalogue::{self, ModelFacts};
use rearview_providers::{WireKind, route};

/// The wire for a model of a provider: some models speak another one than their provider is set up with.
pub(crate) fn wire_for(config: &ProviderConfig, model: &str) -> WireKind {
    route::wire_for(config.wire, &config.platform, prefix(config), model)
}

/// The model as it goes out: without the directions that LiteLLM's users write before it.
pub(crate) fn sent_model(config: &ProviderConfig, model: String) -> String {
    match prefix(config) {
        Some(prefix) => route::sent_model(prefix, &model).to_owned(),
        None => model,
    }
}

/// What is known of a model, in the provider's spelling.
pub(crate) fn facts(config: &ProviderConfig, model: &str) -> Option<&'static ModelFacts> {
    catalogue::model(prefix(config)?, model)
}

/// The date of the prices, e.g. `2026-11-20`.
pub(crate) fn prices_of() -> String {
    catalogue::prices_of().to_owned()
}

/// The catalogue's name of a provider, whatever the person calls theirs; `None` for an address of one's own.
pub(crate) fn prefix(config: &ProviderConfig) -> Option<&'static str> {
    presets::row(config.catalogue.as_deref()?).map(|row| row.prefix)
}

/// What is known of a model, as the page gets it.
pub(crate) fn card(facts: &ModelFacts) -> ModelCard {
    let price = facts.price.as_ref();
    ModelCard {
        max_output: facts.max_output,
        input_price: price.map(|price| price.input),
        output_price: price.map(|price| price.output),
        cache_read_price: price.and_then(|price| price.cache_read),
        tools: facts.tools,
        images: facts.images,
        files: facts.files,
        reasoning: facts.reasoning,
        ends: facts.ends.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rearview_providers::catalogue::Price;

    #[test]
    fn a_card_tells_what_is_known_and_no_price_that_is_not() {
        let price = Price { input: 2.5, output: 10.0, ..Price::default() };
        let known =
            ModelFacts { max_output: Some(16_384), price: Some(price), tools: true, ..ModelFacts::default() };
        let card = card(&known);
        assert_eq!(
            (card.input_price, card.output_price, card.cache_read_price),
            (Some(2.5), Some(10.0), None)
        );
        assert_eq!((card.max_output, card.tools, card.images), (Some(16_384), true, false));
        assert_eq!(super::card(&ModelFacts::default()).input_price, None);
    }
}

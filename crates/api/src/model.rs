//! Model strings: which provider that is set up is meant, and what it is asked for.
//!
//! A string reads `provider/model` with the id of a provider that is set up, else as LiteLLM reads it (`gpt-4o`,
//! `bedrock/anthropic.claude-…`).

use crate::catalogue;
use crate::setup::Setup;
use crate::wire::ProviderConfig;
use rearview_domain::{Error, ErrorCode, ProviderId};
use rearview_providers::catalogue::Price;
use rearview_providers::{Target, route};

/// Splits `provider/model` at the first slash; the model keeps its own slashes.
///
/// # Errors
/// `InvalidInput` when one of the two is missing.
pub(crate) fn split_model(model: &str) -> Result<(ProviderId, String), Error> {
    match model.split_once('/') {
        Some((provider, bare)) if !provider.is_empty() && !bare.is_empty() => {
            Ok((provider.into(), bare.to_owned()))
        }
        _ => Err(Error::new(ErrorCode::InvalidInput, format!("`{model}` is no model."))
            .hint("A model reads provider/model, e.g. openai/gpt-4o.")),
    }
}

/// The provider that a model string means, and the model in that provider's spelling. The ids of what is
/// set up come first.
///
/// # Errors
/// `NotConfigured` when the provider is not set up, `InvalidInput` when nobody reads the string as a model.
pub(crate) fn find_model(setup: &Setup, model: &str) -> Result<(ProviderConfig, String), Error> {
    if let Ok((provider_id, bare)) = split_model(model)
        && let Some(config) = setup.provider(&provider_id)
    {
        return Ok((config, bare));
    }
    let route = route::read(model);
    let meant = route.provider.as_deref().and_then(|prefix| {
        setup
            .providers()
            .into_iter()
            .find(|config| catalogue::prefix(config).is_some_and(|own| is_same(own, prefix)))
    });
    if let Some(config) = meant {
        return Ok((config, route.upstream_model));
    }
    // A string without a slash that nobody reads as a model is a slip of the pen, not a missing set-up.
    let name = match (route.provider, split_model(model)) {
        (Some(prefix), _) => prefix,
        (None, Ok((provider_id, _))) => provider_id.to_string(),
        (None, Err(error)) => return Err(error),
    };
    let message = format!("The provider `{name}` of the model `{model}` is not set up.");
    Err(Error::new(ErrorCode::NotConfigured, message)
        .hint("Choose another model, or set the provider up in Settings > Models."))
}

/// Whether two names in the catalogue are one provider's.
fn is_same(a: &str, b: &str) -> bool {
    let row = |name| rearview_providers::catalogue::provider(name).map(|row| &row.prefix);
    a == b || (row(a).is_some() && row(a) == row(b))
}

/// A model of a provider as the provider crate wants it; an empty model where only models are listed.
pub(crate) fn target(config: &ProviderConfig, model: String) -> Target {
    let model = catalogue::sent_model(config, model);
    Target {
        provider_id: config.id.clone(),
        provider_name: config.name.clone(),
        wire: catalogue::wire_for(config, &model),
        base_url: config.base_url.clone(),
        quirks: config.quirks.clone(),
        platform: config.platform.clone(),
        facts: catalogue::facts(config, &model),
        model,
    }
}

/// What the tokens of a model cost, if its provider is still set up and the price list has it.
pub(crate) fn price_of(setup: &Setup, model: &str) -> Option<Price> {
    let (config, bare) = find_model(setup, model).ok()?;
    target(&config, bare).facts?.price
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_model_is_split_at_its_first_slash() {
        assert_eq!(
            split_model("openrouter/openai/gpt-4o").unwrap(),
            ("openrouter".into(), "openai/gpt-4o".to_owned())
        );
        for wrong in ["gpt-4o", "/x", "x/", ""] {
            assert!(split_model(wrong).is_err(), "{wrong}");
        }
    }
}

//! Handlers of `provider.*` and `model.*`. A key goes into the keychain and is never answered.

use super::{invalid, missing, same_origin};
use crate::app::{App, lock};
use crate::setup::DEMO;
use crate::wire::{self, *};
use crate::{presets, wire::Verdict};
use rearview_domain::{Error, ErrorCode, ProviderId};
use rearview_providers::{self as providers, Platform, Quirks, Target, WireKind, heal_base_url};
use secrecy::SecretString;

/// The keychain account of a provider's key.
pub(super) fn account(id: &ProviderId) -> String {
    format!("provider/{id}")
}

/// Splits `provider/model` at the first slash; the model keeps its own slashes.
pub(crate) fn split_model(model: &str) -> Result<(ProviderId, String), Error> {
    match model.split_once('/') {
        Some((provider, bare)) if !provider.is_empty() && !bare.is_empty() => {
            Ok((provider.into(), bare.to_owned()))
        }
        _ => Err(invalid(format!("`{model}` is no model."))
            .hint("A model reads provider/model, e.g. openai/gpt-4o.")),
    }
}

pub async fn list(app: &App, _: Empty) -> Result<ProviderList, Error> {
    let mut items = Vec::new();
    for config in app.0.setup.providers() {
        items.push(view(app, config, Vec::new()).await);
    }
    let presets = presets::all();
    let mut importable = Vec::new();
    for preset in &presets {
        let names: Vec<&str> = preset.variables.iter().map(String::as_str).collect();
        let known = items.iter().any(|item| item.config.id.as_str() == preset.id && item.key_present);
        for variable in rearview_secrets::env_keys(&names) {
            if !known {
                importable.push(Importable { preset: preset.id.clone(), variable, path: None });
            }
        }
    }
    Ok(ProviderList { items, presets, importable })
}

async fn view(app: &App, config: ProviderConfig, healed: Vec<String>) -> ProviderView {
    let present = app.0.secrets.present(&account(&config.id)).await;
    let key_present = present
        .inspect_err(|error| tracing::warn!(%error, provider_id = %config.id, "the keychain did not answer"))
        .unwrap_or(false);
    ProviderView { config, key_present, healed }
}

pub async fn save(app: &App, request: SaveProvider) -> Result<ProviderView, Error> {
    let (config, healed) = healed(request.config)?;
    let key = request.key.map(|key| key.trim().to_owned()).filter(|key| !key.is_empty());
    let before = app.0.setup.provider(&config.id);
    if key.is_none() && before.is_some_and(|before| !same_origin(&before.base_url, &config.base_url)) {
        // A key stays with the host it was entered for.
        app.0.secrets.clear(&account(&config.id)).await.map_err(|error| error.to_error())?;
    }
    if let Some(key) = key {
        app.0
            .secrets
            .set(&account(&config.id), SecretString::from(key))
            .await
            .map_err(|error| error.to_error())?;
    }
    app.0.setup.save_provider(&config).await?;
    lock(&app.0.models).remove(config.id.as_str());
    app.changed(&["providers", "models"]);
    Ok(view(app, config, healed).await)
}

/// Checks id and name and heals the address.
fn healed(mut config: ProviderConfig) -> Result<(ProviderConfig, Vec<String>), Error> {
    let id = config.id.as_str();
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    if id.is_empty() || id.len() > 64 || !id.chars().all(plain) {
        return Err(invalid(format!("`{id}` cannot be a provider's id."))
            .hint("Use lower case letters, digits and `-`."));
    }
    if id == DEMO || config.wire == WireKind::Demo {
        return Err(invalid("The Demo is built in and cannot be changed."));
    }
    config.name = config.name.trim().to_owned();
    if config.name.is_empty() {
        config.name = id.to_owned();
    }
    let healed = heal_base_url(&config.base_url, config.wire);
    if url::Url::parse(&healed.url).ok().and_then(|url| url.host_str().map(str::to_owned)).is_none() {
        return Err(invalid(format!("`{}` is no address.", config.base_url))
            .hint("An address reads like https://api.example.com/v1."));
    }
    config.base_url = healed.url;
    config.models = config
        .models
        .into_iter()
        .map(|model| model.trim().to_owned())
        .filter(|model| !model.is_empty())
        .collect();
    Ok((config, healed.changes))
}

pub async fn delete(app: &App, request: ProviderRef) -> Result<Done, Error> {
    app.0.secrets.clear(&account(&request.provider_id)).await.map_err(|error| error.to_error())?;
    app.0.setup.delete_provider(&request.provider_id).await?;
    lock(&app.0.models).remove(request.provider_id.as_str());
    app.changed(&["providers", "models"]);
    Ok(Done {})
}

pub async fn clear_key(app: &App, request: ProviderRef) -> Result<Done, Error> {
    app.0.secrets.clear(&account(&request.provider_id)).await.map_err(|error| error.to_error())?;
    app.changed(&["providers"]);
    Ok(Done {})
}

pub async fn check(app: &App, request: CheckProvider) -> Result<ProviderCheck, Error> {
    let (config, healed) = healed(request.config)?;
    let entered = request.key.map(|key| key.trim().to_owned()).filter(|key| !key.is_empty());
    let key = match entered {
        Some(key) => Some(SecretString::from(key)),
        None => stored_key(app, &config).await?,
    };
    let target = target(&config, request.model.unwrap_or_default());
    let check = app.0.provider.check(&target, key.as_ref()).await;
    let models = check.list.iter().map(|model| model_info(&config, model)).collect();
    Ok(ProviderCheck {
        reachable: verdict(check.reachable),
        key_accepted: verdict(check.key_accepted),
        models_listed: verdict(check.models),
        model_answers: verdict(check.model_answers),
        streams: Verdict::Unknown { why: "it was not tried".into() },
        calls_tools: Verdict::Unknown { why: "it was not tried".into() },
        outcome: CheckOutcome::Unchecked,
        usd: None,
        models,
        base_url: config.base_url,
        healed,
    })
}

/// The kept key, if the provider is kept and its address is still on the same host.
async fn stored_key(app: &App, config: &ProviderConfig) -> Result<Option<SecretString>, Error> {
    match app.0.setup.provider(&config.id) {
        Some(kept) if same_origin(&kept.base_url, &config.base_url) => {
            app.0.secrets.get(&account(&config.id)).await.map_err(|error| error.to_error())
        }
        _ => Ok(None),
    }
}

fn verdict(verdict: providers::Verdict) -> Verdict {
    match verdict {
        providers::Verdict::Yes(detail) => Verdict::Yes { detail },
        providers::Verdict::No(error) => Verdict::No { error: error.to_error() },
        providers::Verdict::Unknown(why) => Verdict::Unknown { why },
    }
}

/// The kept key of a provider.
pub(crate) async fn key_of(
    secrets: &dyn rearview_secrets::SecretStore,
    id: &ProviderId,
) -> Result<Option<SecretString>, Error> {
    secrets.get(&account(id)).await.map_err(|error| error.to_error())
}

pub(crate) fn target(config: &ProviderConfig, model: String) -> Target {
    Target {
        provider_id: config.id.clone(),
        provider_name: config.name.clone(),
        wire: config.wire,
        base_url: config.base_url.clone(),
        model,
        quirks: config.quirks.clone(),
        platform: config.platform.clone(),
        facts: None,
    }
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

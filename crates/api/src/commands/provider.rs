//! Handlers of `provider.*` and `model.*`. A key goes into the keychain and is never answered.

use super::import;
use super::invalid;
use super::keep::{KeyChange, with_key};
use super::models::model_info;
use crate::app::{App, lock};
use crate::model::target;
use crate::setup::DEMO;
use crate::wire::*;
use crate::{catalogue, presets};
use rearview_domain::{Error, ErrorCode, ProviderId};
use rearview_providers::{
    self as providers, FieldError, Platform, WireKind, credential, heal_azure, key_stays, settle_base_url,
};
use secrecy::SecretString;

/// The keychain account of a provider's key.
pub(super) fn account(id: &ProviderId) -> String {
    format!("provider/{id}")
}

pub async fn list(app: &App, _: Empty) -> Result<ProviderList, Error> {
    let mut items = Vec::new();
    for config in app.0.setup.providers() {
        items.push(view(app, config, Vec::new()).await);
    }
    let has_key =
        |preset: &str| items.iter().any(|item| item.config.id.as_str() == preset && item.key_present);
    let mut importable = import::in_environment();
    importable.retain(|found| !has_key(&found.preset));
    Ok(ProviderList { presets: presets::all(), importable, items })
}

pub(super) async fn view(app: &App, config: ProviderConfig, healed: Vec<String>) -> ProviderView {
    let present = app.0.secrets.present(&account(&config.id)).await;
    let key_present = present
        .inspect_err(|error| tracing::warn!(%error, provider_id = %config.id, "the keychain did not answer"))
        .unwrap_or(false);
    ProviderView { config, key_present, healed }
}

pub async fn save(app: &App, request: SaveProvider) -> Result<ProviderView, Error> {
    let (config, mut healed) = settled(request.config)?;
    let account = account(&config.id);
    let change = match entered(request.key, &config.platform)? {
        Some(key) => KeyChange::Set(key),
        None => match app.0.setup.provider(&config.id) {
            Some(before) if !stays(&before, &config) => KeyChange::Clear,
            _ => KeyChange::Stay,
        },
    };
    if matches!(change, KeyChange::Clear) && app.0.secrets.present(&account).await.unwrap_or(true) {
        healed.push("Removed the kept key; it was entered for another address.".to_owned());
    }
    let save = app.0.setup.save_provider(&config);
    with_key(app.0.secrets.as_ref(), &account, change, save)
        .await
        .map_err(|error| too_long(error, &config))?;
    lock(&app.0.models).remove(config.id.as_str());
    app.changed(&["providers", "models"]);
    Ok(view(app, config, healed).await)
}

/// The key that was entered, as it is kept; `None` when none was.
fn entered(key: Option<String>, platform: &Platform) -> Result<Option<SecretString>, Error> {
    let key = key.filter(|key| !key.trim().is_empty());
    key.map(|key| credential(platform, &key)).transpose().map_err(|error| field_error(&error))
}

/// Whether the key of a provider may go where it is to be from now on.
fn stays(before: &ProviderConfig, now: &ProviderConfig) -> bool {
    key_stays((&before.base_url, before.wire, &before.platform), (&now.base_url, now.wire, &now.platform))
}

/// A key of Vertex AI can be left where it is instead.
fn too_long(error: Error, config: &ProviderConfig) -> Error {
    let google = matches!(config.platform, Platform::Vertex { .. });
    if google && error.code == ErrorCode::InvalidInput {
        return error.hint(
            "Leave the key empty and set GOOGLE_APPLICATION_CREDENTIALS to the file, or sign in with gcloud.",
        );
    }
    error
}

pub(super) fn field_error(error: &FieldError) -> Error {
    invalid(error.to_string()).hint(error.hint)
}

/// Checks id, name and fields and settles the address.
pub(super) fn settled(mut config: ProviderConfig) -> Result<(ProviderConfig, Vec<String>), Error> {
    let id = config.id.as_str();
    // `_` stands in the names that the catalogue has from LiteLLM, e.g. `together_ai`.
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '-' | '_');
    if id.is_empty() || id.len() > 64 || !id.chars().all(plain) {
        return Err(invalid(format!("`{id}` cannot be a provider's id."))
            .hint("Use lower case letters, digits, `-` and `_`."));
    }
    if id == DEMO || config.wire == WireKind::Demo {
        return Err(invalid("The Demo is built in and cannot be changed."));
    }
    config.name = config.name.trim().to_owned();
    if config.name.is_empty() {
        config.name = id.to_owned();
    }
    config.platform = trimmed(config.platform);
    let mut changes = Vec::new();
    if let Platform::Azure { api_version, .. } = &mut config.platform {
        // What people paste is the whole address of a deployment, with the version behind it.
        let pasted = heal_azure(&config.base_url);
        config.base_url = pasted.url;
        changes = pasted.changes;
        if let Some(version) = pasted.api_version {
            *api_version = Some(version);
        }
        config.models.extend(pasted.deployment.filter(|name| !config.models.contains(name)));
    }
    let healed = settle_base_url(&config.platform, &config.base_url, config.wire);
    let healed = healed.map_err(|error| field_error(&error))?;
    changes.extend(healed.changes);
    if let Some((_, rest)) = healed.url.split_once('{') {
        let field = rest.split('}').next().unwrap_or_default();
        return Err(invalid(format!("The address still has `{{{field}}}` in it."))
            .hint(format!("Put your own {field} in its place.")));
    }
    if url::Url::parse(&healed.url).ok().and_then(|url| url.host_str().map(str::to_owned)).is_none() {
        return Err(invalid(format!("`{}` is no address.", config.base_url))
            .hint("An address reads like https://api.example.com/v1."));
    }
    config.base_url = healed.url;
    config.catalogue = config.catalogue.filter(|name| !name.trim().is_empty());
    if let Some(prefix) = catalogue::prefix(&config) {
        config.catalogue = Some(prefix.to_owned());
    }
    config.models = config
        .models
        .into_iter()
        .map(|model| model.trim().to_owned())
        .filter(|model| !model.is_empty())
        .collect();
    Ok((config, changes))
}

/// The fields without blanks around them; an empty one that may be absent is absent.
fn trimmed(platform: Platform) -> Platform {
    let word = |text: String| text.trim().to_owned();
    let perhaps = |text: Option<String>| text.map(word).filter(|text| !text.is_empty());
    match platform {
        Platform::Plain => Platform::Plain,
        Platform::Azure { api_version, entra } => {
            Platform::Azure { api_version: perhaps(api_version), entra }
        }
        Platform::Vertex { project, location } => {
            Platform::Vertex { project: word(project), location: word(location) }
        }
        Platform::Bedrock { region, profile } => {
            Platform::Bedrock { region: word(region), profile: perhaps(profile) }
        }
    }
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
    let (config, healed) = settled(request.config)?;
    let key = match entered(request.key, &config.platform)? {
        Some(key) => Some(key),
        None if request.without_key => None,
        None => stored_key(app, &config).await?,
    };
    let model = request.model.map(|model| model.trim().to_owned()).unwrap_or_default();
    let target = target(&config, model);
    let check = app.0.provider.check(&target, key.as_ref()).await;
    let models = check.list.iter().map(|model| model_info(&config, model)).collect();
    Ok(ProviderCheck {
        reachable: verdict(check.reachable),
        key_accepted: verdict(check.key_accepted),
        models_listed: verdict(check.models),
        model_answers: verdict(check.model_answers),
        streams: verdict(check.streams),
        calls_tools: verdict(check.calls_tools),
        outcome: match check.outcome {
            providers::Outcome::Accepted => CheckOutcome::Accepted,
            providers::Outcome::Refused => CheckOutcome::Refused,
            providers::Outcome::Unchecked => CheckOutcome::Unchecked,
        },
        usd: check.usd,
        models,
        base_url: config.base_url,
        healed,
    })
}

/// The kept key, if the provider is kept and the key may go to this address.
pub(super) async fn stored_key(app: &App, config: &ProviderConfig) -> Result<Option<SecretString>, Error> {
    match app.0.setup.provider(&config.id) {
        Some(kept) if stays(&kept, config) => {
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

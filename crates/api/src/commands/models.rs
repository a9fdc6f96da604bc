//! Handlers of `provider.models` and `model.list`: what providers list, what was entered by hand, and what
//! the catalogue knows of both.

use super::missing;
use super::provider::stored_key;
use crate::app::{App, lock};
use crate::catalogue;
use crate::model::target;
use crate::wire::{self, *};
use rearview_domain::Error;
use rearview_providers::{self as providers, WireKind};

pub async fn models(app: &App, request: ListModels) -> Result<ModelList, Error> {
    let config = app.0.setup.provider(&request.provider_id);
    let config = config.ok_or_else(|| missing("provider", &request.provider_id))?;
    let kept = lock(&app.0.models).get(config.id.as_str()).cloned();
    let (listed, failed) = match kept {
        Some(listed) if !request.refresh => (listed, Vec::new()),
        _ => match fetch(app, &config).await {
            Ok(listed) => (listed, Vec::new()),
            Err(error) => {
                let failure = ModelListFailure { provider_id: config.id.clone(), error };
                (kept.unwrap_or_default(), vec![failure])
            }
        },
    };
    Ok(ModelList { items: offered(&config, &listed), failed, prices_of: catalogue::prices_of() })
}

async fn fetch(app: &App, config: &ProviderConfig) -> Result<Vec<providers::ModelInfo>, Error> {
    if config.wire == WireKind::Demo {
        return Ok(Vec::new());
    }
    let key = stored_key(app, config).await?;
    let target = target(config, String::new());
    let listed = app.0.provider.models(&target, key.as_ref()).await.map_err(|error| error.to_error())?;
    lock(&app.0.models).insert(config.id.to_string(), listed.clone());
    Ok(listed)
}

/// The models that a provider lists and those that were entered by hand, without repeats.
fn offered(config: &ProviderConfig, listed: &[providers::ModelInfo]) -> Vec<wire::ModelInfo> {
    let mut items: Vec<wire::ModelInfo> = listed.iter().map(|model| model_info(config, model)).collect();
    for name in &config.models {
        if !listed.iter().any(|model| &model.id == name) {
            let by_hand = providers::ModelInfo { id: name.clone(), name: name.clone(), context: None };
            items.push(model_info(config, &by_hand));
        }
    }
    items
}

/// A model as the page gets it. What the provider itself says of its context outranks the catalogue.
pub(super) fn model_info(config: &ProviderConfig, model: &providers::ModelInfo) -> wire::ModelInfo {
    let facts = catalogue::facts(config, &model.id);
    wire::ModelInfo {
        id: format!("{}/{}", config.id, model.id),
        name: model.name.clone(),
        provider_id: config.id.clone(),
        provider_name: config.name.clone(),
        context: model.context.or_else(|| facts.and_then(|facts| facts.context)),
        facts: facts.map(catalogue::card),
    }
}

/// All models, from the last lists. A provider that was never asked is asked now, all at once.
pub async fn model_list(app: &App, _: Empty) -> Result<ModelList, Error> {
    let asked = app.0.setup.providers().into_iter().map(|config| async move {
        let request = ListModels { provider_id: config.id.clone(), refresh: false };
        models(app, request).await
    });
    let mut list = ModelList { items: Vec::new(), failed: Vec::new(), prices_of: catalogue::prices_of() };
    for answered in futures_util::future::join_all(asked).await {
        let answered = answered?;
        list.items.extend(answered.items);
        list.failed.extend(answered.failed);
    }
    Ok(list)
}

//! Counts of a bank, its tags, its consolidation, its models, and what its server offers.

use crate::app::App;
use crate::wire::*;
use rearview_domain::Error;
use rearview_hindsight::{BankStats, LlmHealth, MemoriesOverTime, Recovered, StartedOperation, TagPage};

/// Tags of one page.
const TAGS: u32 = 1000;

pub async fn read(app: &App, request: ReadStats) -> Result<BankStats, Error> {
    let client = app.0.clients.client(&request.server_id).await?;
    client.stats(&request.bank_id, request.refresh).await.map_err(|error| error.to_error())
}

pub async fn over_time(app: &App, request: CountMemories) -> Result<MemoriesOverTime, Error> {
    let client = app.0.clients.client(&request.server_id).await?;
    client
        .memories_over_time(&request.bank_id, &request.period, &request.time_field)
        .await
        .map_err(|error| error.to_error())
}

pub async fn consolidate(app: &App, request: BankRef) -> Result<StartedOperation, Error> {
    let client = app.0.clients.client(&request.server_id).await?;
    client.consolidate(&request.bank_id).await.map_err(|error| error.to_error())
}

pub async fn recover(app: &App, request: BankRef) -> Result<Recovered, Error> {
    let client = app.0.clients.client(&request.server_id).await?;
    client.recover_consolidation(&request.bank_id).await.map_err(|error| error.to_error())
}

pub async fn health(app: &App, request: BankRef) -> Result<LlmHealth, Error> {
    let client = app.0.clients.client(&request.server_id).await?;
    client.llm_health(&request.bank_id).await.map_err(|error| error.to_error())
}

pub async fn tags(app: &App, request: ListTags) -> Result<TagPage, Error> {
    let client = app.0.clients.client(&request.server_id).await?;
    let mut filter = request.filter;
    filter.limit = Some(filter.limit.unwrap_or(100).min(TAGS));
    client.tags(&request.bank_id, &filter).await.map_err(|error| error.to_error())
}

pub async fn features(app: &App, request: ServerRef) -> Result<ServerFeatures, Error> {
    let client = app.0.clients.client(&request.server_id).await?;
    let handshake = client.handshake().await.map_err(|error| error.to_error())?;
    let view = |(name, feature): (&str, &rearview_hindsight::Feature)| FeatureView {
        name: name.to_owned(),
        available: feature.available,
        reason: feature.reason.clone(),
    };
    Ok(ServerFeatures {
        version: handshake.version.api_version.clone(),
        items: handshake.features.all().into_iter().map(view).collect(),
    })
}

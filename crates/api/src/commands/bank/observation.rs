//! Handlers of `observation.*`: scopes of observations, consolidation on demand, clearing.

use crate::app::App;
use crate::wire::*;
use rearview_domain::Error;
use rearview_hindsight::{Cleared, Consolidation, Recovered, ScopePage, StrategyClaims};

/// The API's own maximum.
const PAGE: u32 = 1_000;
/// Scopes that are shown as examples of what a rule claims.
const SAMPLES: u32 = 5;

pub async fn scopes(app: &App, request: ListScopes) -> Result<ScopePage, Error> {
    let client = app.0.clients.client(&request.server_id).await?;
    let limit = Some(request.limit.unwrap_or(100).min(PAGE));
    let page = client.observation_scopes(&request.bank_id, limit, request.offset).await;
    page.map_err(|error| error.to_error())
}

pub async fn consolidate(app: &App, request: Consolidate) -> Result<Consolidation, Error> {
    let client = app.0.clients.client(&request.server_id).await?;
    let begun = client.consolidate(&request.bank_id, request.scopes.as_deref()).await;
    begun.map_err(|error| error.to_error())
}

pub async fn recover(app: &App, request: BankRef) -> Result<Recovered, Error> {
    let client = app.0.clients.client(&request.server_id).await?;
    client.recover_consolidation(&request.bank_id).await.map_err(|error| error.to_error())
}

pub async fn clear(app: &App, request: BankRef) -> Result<Cleared, Error> {
    let client = app.0.clients.client(&request.server_id).await?;
    client.clear_observations(&request.bank_id).await.map_err(|error| error.to_error())
}

pub async fn strategies(app: &App, request: PreviewStrategies) -> Result<StrategyClaims, Error> {
    let client = app.0.clients.client(&request.server_id).await?;
    let claims = client.consolidation_preview(&request.bank_id, &request.strategies, SAMPLES).await;
    claims.map_err(|error| error.to_error())
}

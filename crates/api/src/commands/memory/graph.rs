//! The graph around a fact or an entity, and of a whole bank.

use crate::app::App;
use crate::wire::*;
use rearview_curate::graph::{Graph, around, entities, whole};
use rearview_domain::Error;

/// More facts than this make no picture.
const MOST_FACTS: u32 = 1000;
const MOST_PAIRS: u32 = 2000;

pub async fn around_node(app: &App, request: GraphAroundNode) -> Result<Graph, Error> {
    let client = app.0.clients.client(&request.server_id).await?;
    let found = app.0.entities.of(&client, &request.server_id, &request.bank_id).await;
    let (list, names) = found.map_err(|error| error.to_error())?;
    let graph = around(&client, &request.bank_id, &list, &names, &request.around).await;
    graph.map_err(|error| error.to_error())
}

pub async fn of_bank(app: &App, request: GraphOfBank) -> Result<Graph, Error> {
    let client = app.0.clients.client(&request.server_id).await?;
    let found = app.0.entities.of(&client, &request.server_id, &request.bank_id).await;
    let (list, names) = found.map_err(|error| error.to_error())?;
    let mut filter = request.filter;
    filter.limit = Some(filter.limit.unwrap_or(200).min(MOST_FACTS));
    let graph = whole(&client, &request.bank_id, &list, &names, &filter).await;
    graph.map_err(|error| error.to_error())
}

pub async fn of_entities(app: &App, request: GraphOfEntities) -> Result<Graph, Error> {
    let client = app.0.clients.client(&request.server_id).await?;
    let limit = request.limit.min(MOST_PAIRS);
    let graph = entities(&client, &request.bank_id, limit, request.least.max(1)).await;
    graph.map_err(|error| error.to_error())
}

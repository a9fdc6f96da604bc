//! Calls of models that a server made. Lists cross without prompts and answers, which can be megabytes.

use crate::app::App;
use crate::commands::missing;
use crate::wire::*;
use rearview_domain::Error;
use rearview_hindsight::{LlmRequest, LlmRequestFilter, LlmRequestPage, LlmRequestVolume};

/// The most that servers list at once.
const PAGE: u32 = 500;

pub async fn list(app: &App, request: ListLlmRequests) -> Result<LlmRequestPage, Error> {
    let client = app.0.clients.client(&request.server_id).await?;
    let mut filter = request.filter;
    filter.limit = Some(filter.limit.unwrap_or(50).min(PAGE));
    let mut page = client.llm_requests(&request.bank_id, &filter).await.map_err(|error| error.to_error())?;
    for call in &mut page.items {
        call.input = None;
        call.output = None;
    }
    Ok(page)
}

/// There is no call for one of them, so its run is listed, or those that began no earlier than it.
pub async fn read(app: &App, request: LlmRequestRef) -> Result<LlmRequest, Error> {
    let client = app.0.clients.client(&request.server_id).await?;
    let start_date = request.started_at.filter(|_| request.trace_id.is_none());
    let filter = LlmRequestFilter {
        trace_id: request.trace_id,
        start_date,
        limit: Some(PAGE),
        ..LlmRequestFilter::default()
    };
    let page = client.llm_requests(&request.bank_id, &filter).await.map_err(|error| error.to_error())?;
    let found = page.items.into_iter().find(|call| call.id == request.request_id);
    found.ok_or_else(|| missing("call of a model", &request.request_id))
}

pub async fn volume(app: &App, request: CountLlmRequests) -> Result<LlmRequestVolume, Error> {
    let client = app.0.clients.client(&request.server_id).await?;
    client
        .llm_request_volume(&request.bank_id, request.operation, &request.period)
        .await
        .map_err(|error| error.to_error())
}

//! Operations: what a server does in the background.

use crate::app::App;
use crate::wire::*;
use rearview_domain::Error;
use rearview_hindsight::{Operation, OperationPage};

/// The most that servers list at once.
const PAGE: u32 = 100;

pub async fn list(app: &App, request: ListOperations) -> Result<OperationPage, Error> {
    let client = app.0.clients.client(&request.server_id).await?;
    let mut filter = request.filter;
    filter.limit = Some(filter.limit.unwrap_or(PAGE).min(PAGE));
    client.operations(&request.bank_id, &filter).await.map_err(|error| error.to_error())
}

pub async fn read(app: &App, request: OperationRef) -> Result<Operation, Error> {
    let client = app.0.clients.client(&request.server_id).await?;
    client
        .operation_with_payload(&request.bank_id, &request.operation_id)
        .await
        .map_err(|error| error.to_error())
}

pub async fn cancel(app: &App, request: OperationRef) -> Result<Done, Error> {
    let client = app.0.clients.client(&request.server_id).await?;
    client
        .cancel_operation(&request.bank_id, &request.operation_id)
        .await
        .map_err(|error| error.to_error())?;
    Ok(Done {})
}

pub async fn retry(app: &App, request: OperationRef) -> Result<Done, Error> {
    let client = app.0.clients.client(&request.server_id).await?;
    client
        .retry_operation(&request.bank_id, &request.operation_id)
        .await
        .map_err(|error| error.to_error())?;
    Ok(Done {})
}

pub async fn forget(app: &App, request: OperationRef) -> Result<Done, Error> {
    let client = app.0.clients.client(&request.server_id).await?;
    client
        .forget_operation(&request.bank_id, &request.operation_id)
        .await
        .map_err(|error| error.to_error())?;
    Ok(Done {})
}

//! Directives: rules that a bank gives every reflect.

use crate::app::App;
use crate::wire::*;
use rearview_domain::Error;
use rearview_hindsight::{Directive, DirectivePage};

pub async fn list(app: &App, request: BankRef) -> Result<DirectivePage, Error> {
    let client = app.0.clients.client(&request.server_id).await?;
    client.directives(&request.bank_id).await.map_err(|error| error.to_error())
}

pub async fn create(app: &App, request: CreateDirective) -> Result<Directive, Error> {
    let client = app.0.clients.client(&request.server_id).await?;
    client.create_directive(&request.bank_id, &request.directive).await.map_err(|error| error.to_error())
}

pub async fn update(app: &App, request: UpdateDirective) -> Result<Directive, Error> {
    let client = app.0.clients.client(&request.server_id).await?;
    client
        .patch_directive(&request.bank_id, &request.directive_id, &request.patch)
        .await
        .map_err(|error| error.to_error())
}

pub async fn delete(app: &App, request: DirectiveRef) -> Result<Done, Error> {
    let client = app.0.clients.client(&request.server_id).await?;
    client
        .delete_directive(&request.bank_id, &request.directive_id)
        .await
        .map_err(|error| error.to_error())?;
    Ok(Done {})
}

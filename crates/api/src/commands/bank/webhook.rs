//! Webhooks: addresses that a server calls. A secret goes to the server and is never answered.

use crate::app::App;
use crate::wire::*;
use rearview_domain::Error;
use rearview_hindsight::{Webhook, WebhookDeliveryPage, WebhookPage};

pub async fn list(app: &App, request: BankRef) -> Result<WebhookPage, Error> {
    let client = app.0.clients.client(&request.server_id).await?;
    client.webhooks(&request.bank_id).await.map_err(|error| error.to_error())
}

pub async fn create(app: &App, request: CreateWebhook) -> Result<Webhook, Error> {
    let client = app.0.clients.client(&request.server_id).await?;
    client.create_webhook(&request.bank_id, &request.webhook).await.map_err(|error| error.to_error())
}

pub async fn update(app: &App, request: UpdateWebhook) -> Result<Webhook, Error> {
    let client = app.0.clients.client(&request.server_id).await?;
    client
        .patch_webhook(&request.bank_id, &request.webhook_id, &request.patch)
        .await
        .map_err(|error| error.to_error())
}

pub async fn delete(app: &App, request: WebhookRef) -> Result<Done, Error> {
    let client = app.0.clients.client(&request.server_id).await?;
    client.delete_webhook(&request.bank_id, &request.webhook_id).await.map_err(|error| error.to_error())?;
    Ok(Done {})
}

pub async fn deliveries(app: &App, request: ListDeliveries) -> Result<WebhookDeliveryPage, Error> {
    let client = app.0.clients.client(&request.server_id).await?;
    client
        .webhook_deliveries(&request.bank_id, &request.webhook_id, request.cursor)
        .await
        .map_err(|error| error.to_error())
}

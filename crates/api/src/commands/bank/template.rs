//! Templates of banks: read, tried, applied, written into a file.

use crate::app::App;
use crate::wire::*;
use rearview_domain::{Error, ErrorCode};
use rearview_hindsight::TemplateOutcome;

pub async fn read(app: &App, request: BankRef) -> Result<BankTemplate, Error> {
    let client = app.0.clients.client(&request.server_id).await?;
    let template = client.template(&request.bank_id).await.map_err(|error| error.to_error())?;
    Ok(BankTemplate { template })
}

pub async fn try_out(app: &App, request: ApplyTemplate) -> Result<TemplateOutcome, Error> {
    let client = app.0.clients.client(&request.server_id).await?;
    client.apply_template(&request.bank_id, &request.template, true).await.map_err(|error| error.to_error())
}

pub async fn apply(app: &App, request: ApplyTemplate) -> Result<TemplateOutcome, Error> {
    let client = app.0.clients.client(&request.server_id).await?;
    client.apply_template(&request.bank_id, &request.template, false).await.map_err(|error| error.to_error())
}

pub async fn save(app: &App, request: BankRef) -> Result<WrittenFile, Error> {
    let client = app.0.clients.client(&request.server_id).await?;
    let template = client.template(&request.bank_id).await.map_err(|error| error.to_error())?;
    let text = serde_json::to_string_pretty(&template).map_err(|error| {
        Error::new(ErrorCode::Internal, format!("The template could not be written: {error}."))
    })?;
    app.save_file(format!("{} template.json", request.bank_id), text).await
}

//! Handlers of `bankConfig.*`: every setting of a bank on its server, and the prompts that they make.

use crate::app::App;
use crate::setup::EMBEDDED;
use crate::wire::*;
use rearview_curate::mission;
use rearview_domain::{Error, ServerId};
use rearview_hindsight::{BankConfig, PromptPreview};

/// Who reads texts for a memory server: the embedded engine has rules until a model is picked.
pub(super) fn reader(app: &App, server: &ServerId) -> MemoryReader {
    if server.as_str() != EMBEDDED {
        return MemoryReader::Server;
    }
    match app.0.setup.memory_model().model {
        Some(model) => MemoryReader::Model { model },
        None => MemoryReader::Rules,
    }
}

pub(super) fn view(app: &App, server: &ServerId, config: BankConfig) -> BankConfigView {
    BankConfigView { config, reader: reader(app, server) }
}

pub async fn read(app: &App, request: BankRef) -> Result<BankConfigView, Error> {
    let BankRef { server_id, bank_id } = request;
    let client = app.0.clients.client(&server_id).await?;
    let looked = mission::read(&app.0.store, &client, &server_id, &bank_id).await?;
    if looked.is_new_version {
        app.changed(&["missions"]);
    }
    Ok(view(app, &server_id, looked.config))
}

pub async fn change(app: &App, request: ChangeConfig) -> Result<BankConfigView, Error> {
    let ChangeConfig { server_id, bank_id, updates } = request;
    let client = app.0.clients.client(&server_id).await?;
    let config = mission::change(&app.0.store, &client, &server_id, &bank_id, updates).await?;
    Ok(view(app, &server_id, config))
}

pub async fn reset(app: &App, request: BankRef) -> Result<BankConfigView, Error> {
    let BankRef { server_id, bank_id } = request;
    let client = app.0.clients.client(&server_id).await?;
    let config = mission::reset(&app.0.store, &client, &server_id, &bank_id).await?;
    Ok(view(app, &server_id, config))
}

pub async fn prompts(app: &App, request: PreviewPrompt) -> Result<PromptPreview, Error> {
    let client = app.0.clients.client(&request.server_id).await?;
    let shown = client.prompt_preview(&request.bank_id, request.operation, request.strategy.as_deref()).await;
    shown.map_err(|error| error.to_error())
}

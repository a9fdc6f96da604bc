//! Mental models: standing questions with a kept answer.

use crate::app::App;
use crate::wire::*;
use rearview_domain::Error;
use rearview_hindsight::{DryRefresh, MadeMentalModel, MentalModel, MentalModelPage, StartedOperation};

pub async fn list(app: &App, request: ListMentalModels) -> Result<MentalModelPage, Error> {
    let client = app.0.clients.client(&request.server_id).await?;
    client.mental_models(&request.bank_id, request.with_pages).await.map_err(|error| error.to_error())
}

pub async fn read(app: &App, request: MentalModelRef) -> Result<MentalModel, Error> {
    let client = app.0.clients.client(&request.server_id).await?;
    client.mental_model(&request.bank_id, &request.model_id).await.map_err(|error| error.to_error())
}

pub async fn create(app: &App, request: CreateMentalModel) -> Result<MadeMentalModel, Error> {
    let client = app.0.clients.client(&request.server_id).await?;
    client.create_mental_model(&request.bank_id, &request.model).await.map_err(|error| error.to_error())
}

pub async fn update(app: &App, request: UpdateMentalModel) -> Result<MentalModel, Error> {
    let client = app.0.clients.client(&request.server_id).await?;
    client
        .patch_mental_model(&request.bank_id, &request.model_id, &request.patch)
        .await
        .map_err(|error| error.to_error())
}

pub async fn delete(app: &App, request: MentalModelRef) -> Result<Done, Error> {
    let client = app.0.clients.client(&request.server_id).await?;
    client
        .delete_mental_model(&request.bank_id, &request.model_id)
        .await
        .map_err(|error| error.to_error())?;
    Ok(Done {})
}

pub async fn clear(app: &App, request: MentalModelRef) -> Result<Done, Error> {
    let client = app.0.clients.client(&request.server_id).await?;
    client.clear_mental_model(&request.bank_id, &request.model_id).await.map_err(|error| error.to_error())?;
    Ok(Done {})
}

pub async fn refresh(app: &App, request: RefreshMentalModel) -> Result<StartedOperation, Error> {
    let client = app.0.clients.client(&request.server_id).await?;
    client
        .refresh_mental_model(&request.bank_id, &request.model_id, request.full)
        .await
        .map_err(|error| error.to_error())
}

pub async fn dry_run(app: &App, request: RefreshMentalModel) -> Result<DryRefresh, Error> {
    let client = app.0.clients.client(&request.server_id).await?;
    client
        .dry_refresh(&request.bank_id, &request.model_id, request.full)
        .await
        .map_err(|error| error.to_error())
}

pub async fn history(app: &App, request: MentalModelRef) -> Result<ModelHistory, Error> {
    let client = app.0.clients.client(&request.server_id).await?;
    let items = client
        .mental_model_history(&request.bank_id, &request.model_id)
        .await
        .map_err(|error| error.to_error())?;
    Ok(ModelHistory { items })
}

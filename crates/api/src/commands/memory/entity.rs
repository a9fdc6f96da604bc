//! Entities: the whole list of a bank, and the names that look alike.

use crate::app::App;
use crate::commands::invalid;
use crate::wire::*;
use rearview_curate::entity::alike::{Alikes, alike};
use rearview_curate::entity::{EntityList, MergePlan, plan};
use rearview_domain::{Error, ErrorCode};

pub async fn list(app: &App, request: ListEntities) -> Result<EntityList, Error> {
    let client = app.0.clients.client(&request.server_id).await?;
    let found = app.0.entities.of(&client, &request.server_id, &request.bank_id).await;
    found.map(|(list, _)| EntityList::clone(&list)).map_err(|error| error.to_error())
}

pub async fn alikes(app: &App, request: ListAlikes) -> Result<Alikes, Error> {
    let client = app.0.clients.client(&request.server_id).await?;
    let found = app.0.entities.of(&client, &request.server_id, &request.bank_id).await;
    let (list, _) = found.map_err(|error| error.to_error())?;
    // Twenty thousand names take a tenth of a second, which other calls should not wait for.
    tokio::task::spawn_blocking(move || alike(&list.items)).await.map_err(|error| {
        Error::new(ErrorCode::Internal, format!("The names could not be compared: {error}."))
    })
}

pub async fn merge_plan(app: &App, request: PlanMerge) -> Result<MergePlan, Error> {
    let client = app.0.clients.client(&request.server_id).await?;
    let found = app.0.entities.of(&client, &request.server_id, &request.bank_id).await;
    let (list, names) = found.map_err(|error| error.to_error())?;
    let name = |id: &String| {
        let entity = list.items.iter().find(|entity| entity.id == *id);
        entity.map(|entity| (id.clone(), entity.canonical_name.clone()))
    };
    let others: Vec<_> = request.others.iter().filter_map(name).collect();
    if others.is_empty() {
        return Err(invalid("None of these entities is there any more."));
    }
    plan(&client, &request.bank_id, &names, &request.keep, &others).await.map_err(|error| error.to_error())
}

//! The graph around a fact or an entity, and of a whole bank; its picture as a file.

use crate::app::App;
use crate::commands::invalid;
use crate::downloads;
use crate::wire::*;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rearview_curate::graph::{Graph, around, entities, whole};
use rearview_domain::{Error, ErrorCode};

/// More facts than this make no picture.
const MOST_FACTS: u32 = 1000;
const MOST_PAIRS: u32 = 2000;
/// How every PNG begins.
const PNG: &[u8] = b"\x89PNG\r\n\x1a\n";

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

/// The picture is the page's: a window has no downloads of its own.
pub async fn save_picture(app: &App, request: SaveGraphPicture) -> Result<WrittenFile, Error> {
    let bytes = STANDARD.decode(&request.base64).ok().filter(|bytes| bytes.starts_with(PNG));
    let bytes = bytes.ok_or_else(|| invalid("The picture did not arrive whole."))?;
    let folder = app.downloads()?;
    let name = format!("graph-{}.png", request.bank_id);
    let writing = tokio::task::spawn_blocking(move || downloads::write(&folder, &name, &bytes));
    let path = writing
        .await
        .map_err(|_| Error::new(ErrorCode::Internal, "Writing the file failed inside Rearview."))??;
    Ok(WrittenFile { path: path.display().to_string() })
}

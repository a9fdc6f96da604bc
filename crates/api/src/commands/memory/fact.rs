//! Facts: list and read.

use crate::app::App;
use crate::wire::*;
use rearview_domain::Error;
use rearview_hindsight::MemoryPage;

/// More facts than this in one page are more than one glance; the page asks again with an offset.
const PAGE: u32 = 1000;

pub async fn list(app: &App, request: ListMemories) -> Result<MemoryPage, Error> {
    let client = app.0.clients.client(&request.server_id).await?;
    let mut filter = request.filter;
    filter.limit = Some(filter.limit.unwrap_or(100).min(PAGE));
    client.memories(&request.bank_id, &filter).await.map_err(|error| error.to_error())
}

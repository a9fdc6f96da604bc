//! Tags: list.

use crate::app::App;
use crate::wire::*;
use rearview_domain::Error;
use rearview_hindsight::TagPage;

/// More tags than this are not read, they are searched.
const PAGE: u32 = 500;

pub async fn list(app: &App, request: ListTags) -> Result<TagPage, Error> {
    let client = app.0.clients.client(&request.server_id).await?;
    let mut filter = request.filter;
    filter.limit = Some(filter.limit.unwrap_or(100).min(PAGE));
    client.tags(&request.bank_id, &filter).await.map_err(|error| error.to_error())
}

//! Facts in time: how many fall where.

use crate::app::App;
use crate::wire::*;
use jiff::tz::TimeZone;
use rearview_curate::timeline::{self, Strip, StripAsked, Undated};
use rearview_domain::Error;

/// Facts that fill a screen.
const WANTED: usize = 50;

pub async fn strip(app: &App, request: CountOverTime) -> Result<Strip, Error> {
    let client = app.0.clients.client(&request.server_id).await?;
    let asked = StripAsked { clock: request.clock, filter: request.filter };
    let strip = timeline::strip(&client, &request.bank_id, &asked, &TimeZone::system()).await;
    strip.map_err(|error| error.to_error())
}

pub async fn undated(app: &App, request: ListUndated) -> Result<Undated, Error> {
    let client = app.0.clients.client(&request.server_id).await?;
    let ListUndated { bank_id, clock, filter, offset, .. } = request;
    let found = timeline::undated(&client, &bank_id, clock, &filter, offset, WANTED).await;
    found.map_err(|error| error.to_error())
}

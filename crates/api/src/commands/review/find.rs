//! `review.find`: the free local checks over a whole bank, with progress.

use crate::app::App;
use crate::sink::Sink;
use crate::wire::*;
use rearview_curate::finding::{self, FindEvent};
use rearview_domain::Error;

pub async fn find(app: &App, request: FindInBank, sink: Box<dyn Sink>) -> Result<(), Error> {
    let client = app.0.clients.client(&request.server_id).await?;
    let told = |event: FindEvent| match serde_json::to_string(&event) {
        Ok(json) => sink.send(json),
        Err(_) => true,
    };
    finding::find(&client, &request.bank_id, &request.kinds, &told).await
}

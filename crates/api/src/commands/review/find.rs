//! `review.find`: the free local checks over a whole bank, with progress, without the pairs that are kept.

use crate::app::App;
use crate::commands::store_error;
use crate::sink::Sink;
use crate::wire::*;
use rearview_curate::finding::{self, FindEvent};
use rearview_curate::kept::KeptPairs;
use rearview_domain::Error;
use rearview_domain::event::AppEvent;

pub async fn find(app: &App, request: FindInBank, sink: Box<dyn Sink>) -> Result<(), Error> {
    let client = app.0.clients.client(&request.server_id).await?;
    let told = |event: FindEvent| match serde_json::to_string(&event) {
        Ok(json) => sink.send(json),
        Err(_) => true,
    };
    let (store, server, bank) = (&app.0.store, &request.server_id, &request.bank_id);
    let (pairs, _) = store.kept_pairs(server, bank, u32::MAX, 0).await.map_err(store_error)?;
    let mut kept = KeptPairs::new(pairs);
    let found = finding::find(&client, bank, &request.kinds, &mut kept, &told).await;
    let changed = kept.changed();
    if !changed.is_empty() {
        store.forget_pairs(server, bank, &changed).await.map_err(store_error)?;
        let _ = app.0.news.send(AppEvent::Changed { tags: vec!["keptPairs".to_owned()] });
    }
    found
}

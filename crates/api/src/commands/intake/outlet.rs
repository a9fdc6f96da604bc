//! Taking facts out into a file in the Downloads folder, page after page.

use super::batch::blocking;
use crate::app::App;
use crate::downloads;
use crate::sink::Sink;
use crate::wire::*;
use rearview_curate::outlet::{Origin, Writer};
use rearview_domain::time::Time;
use rearview_domain::{Error, ErrorCode};
use rearview_hindsight::MemoryPage;
use std::io::BufWriter;
use std::path::Path;

/// Facts asked for at a time.
const PAGE: u32 = 500;

pub async fn take_out(app: &App, request: TakeOut, sink: Box<dyn Sink>) -> Result<(), Error> {
    let server = app.0.setup.server(&request.server_id).map(|server| server.name).unwrap_or_default();
    let origin = Origin { server, bank: request.bank_id.to_string(), at: Time::now().0 };
    let name = format!("memories-{}.{}", request.bank_id, request.format.ending());
    let (folder, format) = (app.downloads()?, request.format);
    // The first page first: a bank that does not exist leaves no file.
    let first = page(app, &request, 0).await?;
    let (file, path) = blocking(move || downloads::create(&folder, &name)).await?;
    let at = path.clone();
    let begun = Writer::begin(BufWriter::new(file), format, &origin);
    let outcome = match begun {
        Ok(writer) => written(app, &request, writer, first, &at, sink.as_ref()).await,
        Err(error) => Err(downloads::failed(&error, &path)),
    };
    if !matches!(outcome, Ok(true)) {
        // Half a file looks like a whole one.
        let _ = tokio::fs::remove_file(&path).await;
    }
    outcome.map(drop)
}

/// Whether all of it is in the file; it is not when nobody listens any more.
async fn written(
    app: &App,
    request: &TakeOut,
    mut writer: Writer<BufWriter<std::fs::File>>,
    first: MemoryPage,
    path: &Path,
    sink: &dyn Sink,
) -> Result<bool, Error> {
    let mut facts = 0_u32;
    let mut next = first;
    loop {
        let count = u32::try_from(next.items.len()).unwrap_or(u32::MAX);
        let total = next.total.and_then(|total| u32::try_from(total).ok());
        let items = next.items;
        let at = path.to_owned();
        writer = blocking(move || {
            writer.write(&items).map_err(|error| downloads::failed(&error, &at))?;
            Ok(writer)
        })
        .await?;
        facts = facts.saturating_add(count);
        if !tell(sink, &OutletEvent::Written { facts, total }) {
            return Ok(false);
        }
        if count == 0 || total.is_some_and(|total| facts >= total) {
            break;
        }
        next = page(app, request, facts).await?;
    }
    let at = path.to_owned();
    blocking(move || writer.end().map_err(|error| downloads::failed(&error, &at))).await?;
    tell(sink, &OutletEvent::Done { path: path.display().to_string(), facts });
    Ok(true)
}

async fn page(app: &App, request: &TakeOut, offset: u32) -> Result<MemoryPage, Error> {
    let client = app.0.clients.client(&request.server_id).await?;
    let mut filter = request.filter.clone();
    (filter.limit, filter.offset) = (Some(PAGE), Some(offset));
    let page = client.memories(&request.bank_id, &filter).await.map_err(|error| error.to_error())?;
    // A server that gives more than it was asked for would be written twice.
    if page.items.len() > PAGE as usize {
        return Err(Error::new(
            ErrorCode::ServerIncompatible,
            "The memory server gives more facts than it was asked for.",
        ));
    }
    Ok(page)
}

fn tell(sink: &dyn Sink, event: &OutletEvent) -> bool {
    serde_json::to_string(event).is_ok_and(|json| sink.send(json))
}

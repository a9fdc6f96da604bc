//! The runs of the journal: list, look into, undo, redo, resume, stop, forget.

use super::begun;
use crate::app::App;
use crate::wire::*;
use rearview_curate::run::{ChangePage, RunPage, RunView};
use rearview_domain::{Error, JournalId};

/// More than this in one page is more than one glance.
const PAGE: u32 = 500;

pub async fn list(app: &App, request: ListRuns) -> Result<RunPage, Error> {
    let bank = request.server_id.as_ref().zip(request.bank_id.as_ref());
    let limit = request.limit.unwrap_or(50).min(PAGE);
    app.0.journal.list(bank, limit, request.offset.unwrap_or(0)).await
}

pub async fn get(app: &App, request: GetRun) -> Result<ChangePage, Error> {
    let states = request.states.unwrap_or_default();
    let limit = request.limit.unwrap_or(100).min(PAGE);
    app.0.journal.changes(&request.id, &states, limit, request.offset.unwrap_or(0)).await
}

pub async fn undo(app: &App, request: UndoRun) -> Result<RunView, Error> {
    app.0.journal.undo(&request.id, request.anyway.unwrap_or(false)).await?;
    begun(app, &request.id).await
}

pub async fn redo(app: &App, request: JournalRef) -> Result<RunView, Error> {
    app.0.journal.redo(&request.id).await?;
    begun(app, &request.id).await
}

pub async fn undo_together(app: &App, request: JournalRef) -> Result<RunsTogether, Error> {
    let ids = app.0.journal.undo_together(&request.id).await?;
    all_begun(app, ids).await
}

pub async fn redo_together(app: &App, request: JournalRef) -> Result<RunsTogether, Error> {
    let ids = app.0.journal.redo_together(&request.id).await?;
    all_begun(app, ids).await
}

async fn all_begun(app: &App, ids: Vec<JournalId>) -> Result<RunsTogether, Error> {
    let mut runs = Vec::with_capacity(ids.len());
    for id in ids {
        runs.push(begun(app, &id).await?);
    }
    Ok(RunsTogether { runs })
}

pub async fn resume(app: &App, request: JournalRef) -> Result<RunView, Error> {
    app.0.journal.resume(&request.id).await?;
    begun(app, &request.id).await
}

pub async fn stop(app: &App, request: JournalRef) -> Result<RunView, Error> {
    app.0.journal.stop(&request.id).await;
    app.0.journal.run(&request.id).await
}

pub async fn forget(app: &App, request: JournalRef) -> Result<Done, Error> {
    app.0.journal.forget(&request.id).await?;
    Ok(Done {})
}

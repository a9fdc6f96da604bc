//! Batches: look into a file, bring memory in, stop, go on, take it out again.

use crate::app::App;
use crate::batches::{self, Part, Plan, folder};
use crate::commands::invalid;
use crate::downloads;
use crate::wire::*;
use rearview_curate::intake::{Batch, BatchState, Glance, Kind, glance as look, kind_of};
use rearview_domain::time::Time;
use rearview_domain::{BankId, Error, ErrorCode};

/// What stands before the id in a batch's tag.
const TAG: &str = "import:";
/// Pasted text above this belongs into a file. 4 MiB.
const MOST_PASTED: usize = 4 << 20;

pub async fn glance(app: &App, request: GlanceAt) -> Result<Glance, Error> {
    let file = app.0.uploads.get(&request.upload_id)?;
    blocking(move || look(&file.path, &file.name).map_err(|error| error.to_error())).await
}

pub async fn batches(app: &App, _: Empty) -> Result<BatchList, Error> {
    Ok(BatchList { items: batches::all(app).await? })
}

pub async fn start(app: &App, request: StartIntake) -> Result<Batch, Error> {
    let id = uuid::Uuid::now_v7().simple().to_string();
    let plan = lay_out(app, &request.plan, &folder(app, &id), true).await?;
    let label = request.label.trim();
    let batch = Batch {
        tag: format!("{TAG}{id}"),
        label: if label.is_empty() { "Brought in".to_owned() } else { label.to_owned() },
        server_id: request.plan.server_id,
        bank_id: request.plan.bank_id,
        at: Time::now(),
        state: BatchState::Running,
        total: 0,
        stored: 0,
        already: 0,
        failed: 0,
        error: None,
        removed: 0,
        id: id.clone(),
    };
    let started = batches::start(app, batch, plan).await;
    if started.is_err() {
        let _ = tokio::fs::remove_dir_all(folder(app, &id)).await;
    }
    started
}

pub async fn stop(app: &App, request: BatchRef) -> Result<Done, Error> {
    app.0.batches.stop(&request.batch_id);
    Ok(Done {})
}

pub async fn resume(app: &App, request: BatchRef) -> Result<Batch, Error> {
    batches::resume(app, &request.batch_id).await
}

pub async fn undo(app: &App, request: BatchRef) -> Result<Batch, Error> {
    batches::undo(app, &request.batch_id).await
}

pub async fn forget(app: &App, request: BatchRef) -> Result<Done, Error> {
    batches::forget(app, &request.batch_id).await?;
    Ok(Done {})
}

/// Puts what a plan names into a folder. `take` moves the uploads there, else they are linked to by their path.
///
/// # Errors
/// `InvalidInput` for a plan without content or with a bank that no server takes, and the disk's errors.
pub(super) async fn lay_out(
    app: &App,
    plan: &IntakePlan,
    dir: &std::path::Path,
    take: bool,
) -> Result<Plan, Error> {
    BankId::parse(plan.bank_id.as_str())?;
    app.0.clients.client(&plan.server_id).await?;
    if plan.sources.is_empty() {
        return Err(invalid("There is nothing to bring in."));
    }
    if let Some(at) = &plan.at
        && at.as_ms().is_none()
    {
        return Err(invalid(format!("`{}` is no time.", at.0)).hint("A time reads 2026-11-27T10:00:00Z."));
    }
    tokio::fs::create_dir_all(dir).await.map_err(|error| downloads::failed(&error, dir))?;
    let mut parts = Vec::new();
    for (at, source) in plan.sources.iter().enumerate() {
        let path = dir.join(at.to_string());
        parts.push(match source {
            IntakeSource::Text { text } => {
                if text.len() > MOST_PASTED {
                    return Err(
                        invalid("This text is larger than 4 MB.").hint("Save it as a file and choose that.")
                    );
                }
                tokio::fs::write(&path, text).await.map_err(|error| downloads::failed(&error, &path))?;
                Part { file: at.to_string(), name: None, kind: Kind::Text, chosen: None }
            }
            IntakeSource::Upload { upload_id, chosen } => {
                let file = app.0.uploads.get(upload_id)?;
                let kind = kind_of(&file.path, &file.name).map_err(|error| error.to_error())?;
                if take {
                    let file = app.0.uploads.take(upload_id)?;
                    let moved = tokio::fs::rename(&file.path, &path).await;
                    moved.map_err(|error| downloads::failed(&error, &path))?;
                    Part { file: at.to_string(), name: Some(file.name), kind, chosen: chosen.clone() }
                } else {
                    let file_name = file.path.display().to_string();
                    Part { file: file_name, name: Some(file.name), kind, chosen: chosen.clone() }
                }
            }
        });
    }
    let mut tags = plan.tags.clone();
    tags.retain(|tag| !tag.trim().is_empty());
    Ok(Plan { parts, voices: plan.voices, tags, at: plan.at.clone() })
}

/// Runs what blocks on a thread where it may.
pub(super) async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, Error> + Send + 'static,
) -> Result<T, Error> {
    let done = tokio::task::spawn_blocking(work).await;
    done.map_err(|error| Error::new(ErrorCode::Internal, format!("Reading it failed: {error}.")))?
}

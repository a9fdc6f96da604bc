//! Batches of memory being brought in: what is kept of them, and the tasks that hand them to a server or take
//! them out again. How one document is handed in is `rearview_curate::intake`'s business.
//!
//! A batch and its files lie in the data folder until it is done, so that one which was cut off can go on
//! after the next start.

use crate::app::{App, lock};
use rearview_curate::intake::{
    self, Batch, BatchState, Handed, IntakeError, Kind, Piece, Voices, hand_in, hand_in_file, take_out,
};
use rearview_domain::time::Time;
use rearview_domain::{Error, ErrorCode};
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::time::{Duration, Instant};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

/// The kind of entry in the store.
const ENTRY: &str = "batch";
/// Documents that are handed in at the same time: enough to keep a model busy, few enough for a laptop.
const AT_ONCE: usize = 3;
/// How often progress is written and told.
const EVERY: Duration = Duration::from_millis(400);

/// A file of a batch, and what of it is meant.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Part {
    /// Its name in the batch's folder.
    pub file: String,
    /// Its name on the person's disk; `None` for pasted text.
    pub name: Option<String>,
    pub kind: Kind,
    /// Positions of the chosen conversations; `None` means all.
    pub chosen: Option<Vec<u32>>,
}

/// What a batch is made of.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Plan {
    pub parts: Vec<Part>,
    pub voices: Voices,
    /// Tags beside the batch's own.
    pub tags: Vec<String>,
    /// The date of texts; conversations have their own.
    pub at: Option<Time>,
}

#[derive(Clone, Serialize, Deserialize)]
struct Kept {
    batch: Batch,
    plan: Plan,
}

/// One document of a plan.
pub(crate) enum Item {
    Piece(Piece),
    File { path: PathBuf, name: String },
}

/// A batch at work, and how far it is; written down when it ends.
#[derive(Debug)]
struct Going {
    cancel: CancellationToken,
    batch: Batch,
}

/// The batches that are at work.
#[derive(Debug, Default)]
pub(crate) struct Batches {
    going: Mutex<HashMap<String, Going>>,
}

impl Batches {
    fn is_going(&self, id: &str) -> bool {
        lock(&self.going).contains_key(id)
    }

    /// Marks a batch as at work; `None` when it is already.
    fn begin(&self, batch: &Batch) -> Option<CancellationToken> {
        let mut going = lock(&self.going);
        if going.contains_key(&batch.id) {
            return None;
        }
        let cancel = CancellationToken::new();
        going.insert(batch.id.clone(), Going { cancel: cancel.clone(), batch: batch.clone() });
        Some(cancel)
    }

    fn show(&self, batch: &Batch) {
        if let Some(going) = lock(&self.going).get_mut(&batch.id) {
            going.batch = batch.clone();
        }
    }

    fn end(&self, id: &str) {
        lock(&self.going).remove(id);
    }

    /// Stops a batch, if it is at work.
    pub(crate) fn stop(&self, id: &str) {
        if let Some(going) = lock(&self.going).get(id) {
            going.cancel.cancel();
        }
    }

    /// Stops all of them; what was done is kept.
    pub(crate) fn stop_all(&self) {
        lock(&self.going).values().for_each(|going| going.cancel.cancel());
    }
}

/// The folder of a batch's files.
pub(crate) fn folder(app: &App, id: &str) -> PathBuf {
    app.0.config.data_dir.join("batches").join(id)
}

/// All batches, the newest first. One that says it is at work and is not was cut off.
pub(crate) async fn all(app: &App) -> Result<Vec<Batch>, Error> {
    let kept = app.0.store.entries(ENTRY).await.map_err(|error| error.to_error())?;
    let read = kept.into_iter().filter_map(|(id, value)| {
        serde_json::from_value::<Kept>(value)
            .inspect_err(|error| tracing::warn!(%error, id, "a batch cannot be read"))
            .ok()
    });
    let mut batches: Vec<Batch> = read.map(|kept| seen(app, kept.batch)).collect();
    batches.reverse();
    Ok(batches)
}

fn seen(app: &App, mut batch: Batch) -> Batch {
    if let Some(going) = lock(&app.0.batches.going).get(&batch.id) {
        return going.batch.clone();
    }
    if matches!(batch.state, BatchState::Running | BatchState::Undoing) {
        batch.state = BatchState::Interrupted;
    }
    batch
}

async fn kept(app: &App, id: &str) -> Result<Kept, Error> {
    let all = app.0.store.entries(ENTRY).await.map_err(|error| error.to_error())?;
    let found = all.into_iter().find(|(kept, _)| kept == id);
    let found = found.and_then(|(_, value)| serde_json::from_value(value).ok());
    found.ok_or_else(|| Error::new(ErrorCode::NotFound, format!("There is no batch `{id}` any more.")))
}

async fn keep(app: &App, kept: &Kept) -> Result<(), Error> {
    let value = serde_json::to_value(kept)
        .map_err(|error| Error::new(ErrorCode::Internal, format!("The batch cannot be written: {error}.")))?;
    app.0.store.put_entry(ENTRY, &kept.batch.id, &value).await.map_err(|error| error.to_error())
}

/// Keeps a new batch and sets it to work.
///
/// # Errors
/// When it cannot be kept, or nothing is in it.
pub(crate) async fn start(app: &App, mut batch: Batch, plan: Plan) -> Result<Batch, Error> {
    let (counted, dir) = (plan.clone(), folder(app, &batch.id));
    batch.total = count(dir, counted).await?;
    if batch.total == 0 {
        return Err(IntakeError::Empty.to_error());
    }
    let kept = Kept { batch, plan };
    keep(app, &kept).await?;
    set_to_work(app, kept)
}

/// Lets a batch go on that was stopped or cut off, or tries again what failed.
///
/// # Errors
/// `NotFound`, or `Conflict` when it is at work or was undone.
pub(crate) async fn resume(app: &App, id: &str) -> Result<Batch, Error> {
    let kept = kept(app, id).await?;
    match kept.batch.state {
        BatchState::Undone => Err(Error::new(ErrorCode::Conflict, "This batch was taken out again.")),
        BatchState::Undoing => undo(app, id).await,
        _ => set_to_work(app, kept),
    }
}

fn set_to_work(app: &App, mut kept: Kept) -> Result<Batch, Error> {
    // What is in memory already is found again and counted again; nothing is stored twice.
    let batch = &mut kept.batch;
    (batch.stored, batch.already, batch.failed, batch.error) = (0, 0, 0, None);
    batch.state = BatchState::Running;
    let busy = || Error::new(ErrorCode::Conflict, "This batch is at work already.");
    let cancel = app.0.batches.begin(batch).ok_or_else(busy)?;
    let shown = batch.clone();
    let app = app.clone();
    tokio::spawn(async move {
        run(&app, &mut kept, &cancel).await;
        finish(&app, kept).await;
    });
    Ok(shown)
}

async fn finish(app: &App, kept: Kept) {
    let whole = kept.batch.state == BatchState::Undone
        || (kept.batch.state == BatchState::Done && kept.batch.failed == 0);
    if let Err(error) = keep(app, &kept).await {
        tracing::error!(%error, batch = kept.batch.id, "how a batch ended could not be kept");
    }
    if whole {
        let _ = tokio::fs::remove_dir_all(folder(app, &kept.batch.id)).await;
    }
    app.0.batches.end(&kept.batch.id);
    app.changed(&["batches", "memories", "banks", "operations"]);
}

async fn run(app: &App, kept: &mut Kept, cancel: &CancellationToken) {
    use futures_util::StreamExt as _;
    let client = match app.0.clients.client(&kept.batch.server_id).await {
        Ok(client) => client,
        Err(error) => return cut_off(&mut kept.batch, error),
    };
    let (send, mut items) = mpsc::channel(AT_ONCE);
    let (dir, plan) = (folder(app, &kept.batch.id), kept.plan.clone());
    let reader =
        tokio::task::spawn_blocking(move || each_item(&dir, &plan, |item| send.blocking_send(item).is_ok()));
    let snapshot = kept.batch.clone();
    let tags = kept.plan.tags.clone();
    let (client, snapshot, tags) = (&client, &snapshot, &tags);
    let items = futures_util::stream::poll_fn(move |context| items.poll_recv(context));
    let mut handed = items
        .map(|item| async move {
            match item {
                Item::Piece(piece) => hand_in(client, snapshot, &piece, tags).await,
                Item::File { path, name } => match tokio::fs::read(&path).await {
                    Ok(bytes) => hand_in_file(client, snapshot, &name, bytes, tags).await,
                    Err(error) => Ok(Handed::Failed(IntakeError::Unreadable(error).to_error())),
                },
            }
        })
        .buffer_unordered(AT_ONCE);
    let mut told = Instant::now();
    let batch = &mut kept.batch;
    loop {
        let next = tokio::select! {
            () = cancel.cancelled() => {
                batch.state = BatchState::Stopped;
                return;
            }
            next = handed.next() => next,
        };
        match next {
            None => break,
            Some(Ok(Handed::Stored)) => batch.stored += 1,
            Some(Ok(Handed::Already)) => batch.already += 1,
            Some(Ok(Handed::Failed(error))) => {
                batch.failed += 1;
                batch.error = Some(error);
            }
            Some(Err(error)) => return cut_off(batch, error),
        }
        if told.elapsed() >= EVERY {
            told = Instant::now();
            app.0.batches.show(batch);
            app.changed(&["batches"]);
        }
    }
    drop(handed);
    match reader.await {
        Ok(Ok(())) => batch.state = BatchState::Done,
        Ok(Err(error)) => cut_off(batch, error.to_error()),
        Err(error) => cut_off(batch, Error::new(ErrorCode::Internal, format!("Reading it failed: {error}."))),
    }
}

fn cut_off(batch: &mut Batch, error: Error) {
    batch.state = BatchState::Interrupted;
    batch.error = Some(error);
}

/// Takes a batch's documents out again, in the background.
///
/// # Errors
/// `NotFound`, or `Conflict` while it is at work.
pub(crate) async fn undo(app: &App, id: &str) -> Result<Batch, Error> {
    let mut kept = kept(app, id).await?;
    let busy =
        || Error::new(ErrorCode::Conflict, "This batch is at work.").hint("Stop it first, then take it out.");
    (kept.batch.state, kept.batch.removed, kept.batch.error) = (BatchState::Undoing, 0, None);
    let cancel = app.0.batches.begin(&kept.batch).ok_or_else(busy)?;
    if let Err(error) = keep(app, &kept).await {
        app.0.batches.end(id);
        return Err(error);
    }
    let shown = kept.batch.clone();
    let app = app.clone();
    tokio::spawn(async move {
        take_all_out(&app, &mut kept, &cancel).await;
        finish(&app, kept).await;
    });
    Ok(shown)
}

async fn take_all_out(app: &App, kept: &mut Kept, cancel: &CancellationToken) {
    let client = match app.0.clients.client(&kept.batch.server_id).await {
        Ok(client) => client,
        Err(error) => return kept.batch.error = Some(error),
    };
    let mut told = Instant::now();
    let mut shown = kept.batch.clone();
    let outcome = take_out(&client, &kept.batch, |removed| {
        shown.removed = removed;
        if told.elapsed() >= EVERY {
            told = Instant::now();
            app.0.batches.show(&shown);
            app.changed(&["batches"]);
        }
        !cancel.is_cancelled()
    })
    .await;
    kept.batch.removed = shown.removed;
    match outcome {
        Ok(_) if cancel.is_cancelled() => {}
        Ok(_) => kept.batch.state = BatchState::Undone,
        Err(error) => kept.batch.error = Some(error),
    }
}

/// Forgets a batch; what it brought into memory stays there.
///
/// # Errors
/// `Conflict` while it is at work.
pub(crate) async fn forget(app: &App, id: &str) -> Result<(), Error> {
    if app.0.batches.is_going(id) {
        return Err(Error::new(ErrorCode::Conflict, "This batch is at work.").hint("Stop it first."));
    }
    app.0.store.delete_entry(ENTRY, id).await.map_err(|error| error.to_error())?;
    let _ = tokio::fs::remove_dir_all(folder(app, id)).await;
    Ok(())
}

/// How many documents a plan comes to. Reads its files.
async fn count(dir: PathBuf, plan: Plan) -> Result<u32, Error> {
    let counting = tokio::task::spawn_blocking(move || {
        let mut total = 0;
        each_item(&dir, &plan, |_| {
            total += 1;
            true
        })
        .map(|()| total)
    });
    let counted = counting.await;
    counted
        .map_err(|error| Error::new(ErrorCode::Internal, format!("Reading it failed: {error}.")))?
        .map_err(|error| error.to_error())
}

/// Goes through the documents of a plan in their order; blocking. `each` says whether to go on.
///
/// # Errors
/// When a file cannot be read.
pub(crate) fn each_item(
    dir: &Path,
    plan: &Plan,
    mut each: impl FnMut(Item) -> bool,
) -> Result<(), IntakeError> {
    for part in &plan.parts {
        let path = dir.join(&part.file);
        let mut go_on = true;
        match part.kind {
            Kind::Text => {
                let text = intake::text_of(&path)?;
                go_on = each(Item::Piece(intake::of_text(part.name.as_deref(), &text, plan.at.clone())));
            }
            Kind::Document => {
                let name = part.name.clone().unwrap_or_else(|| "file".to_owned());
                go_on = each(Item::File { path, name });
            }
            Kind::Conversations => {
                let chosen = part
                    .chosen
                    .as_ref()
                    .map(|chosen| chosen.iter().copied().collect::<std::collections::HashSet<_>>());
                intake::walk(&path, |at, conversation| {
                    if chosen.as_ref().is_none_or(|chosen| chosen.contains(&at)) {
                        for piece in intake::of_conversation(&conversation, plan.voices) {
                            go_on = go_on && each(Item::Piece(piece));
                        }
                    }
                    go_on
                })?;
            }
        }
        if !go_on {
            break;
        }
    }
    Ok(())
}

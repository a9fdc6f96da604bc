//! Retain: texts come in, become documents, chunks and facts.
//!
//! A text is in the tables and can be found before any model is asked (`store`); what a model makes of it
//! comes after (`pending`), now or whenever one is to be had. `request` and `items` read what was sent, `jobs`
//! does it in the background. The HTTP side is in `http/retain`.

mod append;
pub(crate) mod catch_up;
mod delta;
mod facts;
mod items;
pub(crate) mod jobs;
mod pending;
mod prepare;
mod repeats;
pub(crate) mod request;
mod store;
#[cfg(test)]
mod tests;

pub(crate) use items::{cut, drafts, with_strategy};
pub(crate) use store::{Takes, take_over, text};

use crate::bank::{self, Bank};
use crate::db::Write;
use crate::document::event::{self, Event};
use crate::engine::Engine;
use crate::error::{EngineError, Result, during};
use crate::observation;
use crate::synthesis::{SynthesisError, Usage};
use crate::time::now_ms;
use crate::work::Job;
use items::Draft;
use rearview_domain::fault;
use serde_json::Value;
use store::{SLICE, Stored};

/// What a retain did.
#[derive(Debug, Default)]
pub(crate) struct Done {
    pub(crate) usage: Usage,
    pub(crate) documents: Vec<String>,
    pub(crate) added: usize,
    /// As the document's history answers them.
    pub(crate) events: Vec<Value>,
    /// Documents with chunks that wait for a model, and why.
    pub(crate) waits: Option<(Vec<String>, SynthesisError)>,
}

/// The bank with this id, made when there is none.
pub(crate) async fn bank(engine: &Engine, id: &str) -> Result<Bank> {
    bank::check_id(id)?;
    if let Some(found) = bank::look(engine.read(), id).await? {
        return Ok(found);
    }
    let mut write = engine.write().await?;
    let made = bank::find_or_make(&mut write, id).await?;
    write.commit().await?;
    Ok(made)
}

/// A retain for a client that waits. What no model could read yet is put in as operations.
///
/// # Errors
/// 400 for what only a model with eyes could read; the store's own.
pub(crate) async fn now(engine: &Engine, bank: &Bank, drafts: Vec<Draft>) -> Result<Done> {
    check_readable(engine, bank, &drafts)?;
    let trace_id = uuid::Uuid::new_v4().to_string();
    let done = run(engine, bank, drafts, Run { trace_id: &trace_id, job: None, anew: false }).await?;
    if let Some((documents, why)) = &done.waits {
        jobs::read_later(engine, bank, documents, why).await?;
    }
    Ok(done)
}

/// How a retain is done.
struct Run<'a> {
    /// Under which the LLM requests stand together.
    trace_id: &'a str,
    job: Option<&'a Job>,
    /// Unchanged chunks too.
    anew: bool,
}

/// Blocks that a model here cannot see are kept as placeholders where no model reads the text; a model that
/// reads only text gets no text with holes (hindsight 1.1 refuses such a retain).
pub(crate) fn check_readable(engine: &Engine, bank: &Bank, drafts: &[Draft]) -> Result<()> {
    for item in drafts.iter().flat_map(|draft| &draft.items).filter(|item| !item.unread.is_empty()) {
        if !prepare::is_local(engine, &with_strategy(&bank.config, item.strategy.as_deref())) {
            return Err(EngineError::bad_request(format!(
                "the model for memory reads text only and cannot read: {}",
                item.unread.join(", ")
            )));
        }
        tracing::info!(blocks = item.unread.len(), "a retain holds images or files that are not read");
    }
    Ok(())
}

async fn run(engine: &Engine, bank: &Bank, drafts: Vec<Draft>, run: Run<'_>) -> Result<Done> {
    let prepared = prepare::prepare(engine, bank, &drafts, run.anew, run.trace_id).await?;
    if let Some(job) = run.job {
        job.check()?;
    }
    let at = now_ms();
    let mut done = Done::default();
    let mut write = engine.write().await?;
    let mut stored = Vec::with_capacity(drafts.len());
    for draft in drafts {
        stored.push(store::document(&mut write, bank, draft, &prepared, run.anew, at).await?);
    }
    for document in &stored {
        done.documents.push(document.draft.id.clone());
        done.usage += document.usage;
        done.added += document.added;
        if document.pending == 0 {
            done.events.push(tell(&mut write, bank, document, run.job).await?);
        }
    }
    if prepared.values().any(|ready| ready.vectors.iter().any(Option::is_some)) {
        note_model(&mut write, engine, bank).await?;
    }
    finish(&mut write, engine, bank, at).await?;
    if let Some(job) = run.job {
        // From here on only what waits is left to do: the texts are in, and an append must not come twice.
        jobs::swap_payload(&mut write, &job.id, &done.documents).await?;
    }
    fault::point("engine.retain.before_text");
    write.commit().await?;
    fault::point("engine.retain.after_text");
    drop(prepared);
    if engine.synthesis().is_some() {
        engine.worker().wake();
    }
    for document in &stored {
        for slice in document.rest.chunks(SLICE) {
            let mut write = engine.write().await?;
            store::stand_ins(&mut write, bank, document, slice, at).await?;
            write.commit().await?;
        }
    }
    let mut waiting = Vec::new();
    let mut why = None;
    for document in stored.iter_mut().filter(|document| document.pending > 0) {
        if why.is_none() {
            let read =
                pending::read(engine, bank, (document.no, &document.draft.id), run.trace_id, run.job).await?;
            document.added += read.added;
            done.added += read.added;
            done.usage += read.usage;
            why = read.waits;
        }
        if why.is_some() {
            waiting.push(document.draft.id.clone());
        }
        let mut write = engine.write().await?;
        done.events.push(tell(&mut write, bank, document, run.job).await?);
        finish(&mut write, engine, bank, now_ms()).await?;
        write.commit().await?;
    }
    done.waits = why.map(|why| (waiting, why));
    Ok(done)
}

/// Writes a document's history.
async fn tell(write: &mut Write<'_>, bank: &Bank, document: &Stored, job: Option<&Job>) -> Result<Value> {
    let event = Event {
        kind: document.kind,
        operation_id: job.map(|job| job.id.as_str()),
        facts_added: document.added,
        facts_removed: document.removed,
        observations_removed: &document.observations_removed,
        ..Event::default()
    };
    event::add(write, bank.no, &document.draft.id, &event).await
}

/// What a bank notes of a retain, and what follows from it.
async fn finish(write: &mut Write<'_>, engine: &Engine, bank: &Bank, at: i64) -> Result<()> {
    sqlx::query("UPDATE bank SET last_write_at = ?2, last_document_at = ?2 WHERE no = ?1")
        .bind(bank.no)
        .bind(at)
        .execute(write.sql())
        .await
        .map_err(during("note a retain"))?;
    if engine.synthesis().is_some() {
        observation::queue_consolidation(engine, write, bank).await?;
    }
    Ok(())
}

/// Notes by which model a bank's vectors are made; a bank that has some keeps its note until all are made anew.
async fn note_model(write: &mut Write<'_>, engine: &Engine, bank: &Bank) -> Result<()> {
    sqlx::query("UPDATE bank SET embed_model = ?2 WHERE no = ?1 AND embed_model IS NULL")
        .bind(bank.no)
        .bind(engine.vectors().model())
        .execute(write.sql())
        .await
        .map_err(during("note the model of vectors"))?;
    Ok(())
}

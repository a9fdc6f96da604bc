//! Retain in the background: a parent `batch_retain` with `retain` children, each of which can begin anew.

use super::items::name_documents;
use super::request::Item;
use super::{Done, Run, pending, run};
use crate::bank::{self, Bank};
use crate::db::Write;
use crate::engine::Engine;
use crate::error::{EngineError, Result, during};
use crate::synthesis::SynthesisError;
use crate::time::now_ms;
use crate::unit;
use crate::work::Job;
use crate::work::queue::{self, NewOperation};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use uuid::Uuid;

/// Tokens of one child (hindsight 1.1).
const TOKENS_PER_CHILD: u64 = 10_000;
/// Texts above this are estimated and not counted: counting takes longer than being exact is worth.
const COUNTED_BYTES: usize = 200_000;
/// Before a document that could not be read is tried again (hindsight 1.1).
const AGAIN_AFTER_MS: i64 = 60_000;

/// What a `retain` operation does: new items, or what is left of documents that are in.
#[derive(Debug, Default, Serialize, Deserialize)]
struct Payload {
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    items: Vec<Item>,
    /// Read chunks of these that wait.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    documents: Vec<String>,
    /// Unchanged chunks too.
    #[serde(default)]
    anew: bool,
    /// Of a child: its place, how many there are, and its parent.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    child: Map<String, Value>,
}

/// Puts a retain in. Asked twice with the same id it is done once. Answers the parent's id.
///
/// # Errors
/// 409 when the id belongs to something else.
pub(crate) async fn submit(
    engine: &Engine,
    bank: &Bank,
    id: Option<Uuid>,
    items: Vec<Item>,
    anew: bool,
) -> Result<Uuid> {
    let mut write = engine.write().await?;
    if let Some(id) = id {
        let known: Option<(Option<i64>, String)> =
            sqlx::query_as("SELECT bank, kind FROM operation WHERE id = ?1")
                .bind(id.to_string())
                .fetch_optional(write.sql())
                .await
                .map_err(during("look for an operation"))?;
        match known {
            Some((of, kind)) if of == Some(bank.no) && kind == "batch_retain" => return Ok(id),
            Some(_) => {
                return Err(EngineError::conflict(format!(
                    "operation_id {id} is already used by a different operation"
                )));
            }
            None => {}
        }
    }
    let count = items.len();
    let (batches, tokens) = split(items);
    let document_id = only(batches.iter().flatten());
    let parent = NewOperation {
        id,
        kind: "batch_retain",
        items: i64::try_from(count).unwrap_or(i64::MAX),
        document_id: document_id.clone(),
        ..NewOperation::default()
    };
    let parent = queue::put(&mut write, bank, &parent).await?;
    let result = json!({
        "is_parent": true, "document_id": document_id, "items_count": count, "total_tokens": tokens,
        "num_sub_batches": batches.len(),
    });
    sqlx::query("UPDATE operation SET result = ?2 WHERE id = ?1")
        .bind(parent.to_string())
        .bind(result.to_string())
        .execute(write.sql())
        .await
        .map_err(during("put in an operation"))?;
    let total = batches.len();
    for (at, items) in batches.into_iter().enumerate() {
        let child = json!({
            "sub_batch_index": at + 1, "total_sub_batches": total, "parent_operation_id": parent,
        });
        let count = i64::try_from(items.len()).unwrap_or(i64::MAX);
        let document_id = only(items.iter());
        let child = child.as_object().cloned().unwrap_or_default();
        let payload = Payload { items, anew, child, ..Payload::default() };
        let operation = NewOperation {
            kind: "retain",
            items: count,
            document_id,
            payload: serde_json::to_value(payload).unwrap_or_default(),
            parent: Some(parent),
            idx: i64::try_from(at + 1).unwrap_or(i64::MAX),
            ..NewOperation::default()
        };
        queue::put(&mut write, bank, &operation).await?;
    }
    if total == 0 {
        queue::settle_parent(&mut write, &parent.to_string()).await?;
    }
    write.commit().await?;
    engine.worker().wake();
    Ok(parent)
}

/// The document, when all items name the same.
fn only<'a>(mut items: impl Iterator<Item = &'a Item>) -> Option<String> {
    let first = items.next()?.document_id.clone()?;
    items.all(|item| item.document_id.as_ref() == Some(&first)).then_some(first)
}

/// Items in children of at most so many tokens; a document stays whole when its items stand together. Each
/// child's items get their documents here, so that a second try writes the same ones.
fn split(mut items: Vec<Item>) -> (Vec<Vec<Item>>, u64) {
    // Generated ids are shared within a child only, as in hindsight 1.1.
    let unnamed = items.iter().all(|item| item.document_id.is_none());
    if !unnamed {
        name_documents(&mut items);
    }
    let (mut batches, mut filled, mut total): (Vec<Vec<Item>>, u64, u64) = (Vec::new(), 0, 0);
    for item in items {
        let tokens = count(&item.content);
        total += tokens;
        match batches.last_mut() {
            Some(batch)
                if filled + tokens <= TOKENS_PER_CHILD
                    || (item.document_id.is_some()
                        && batch.last().is_some_and(|last| last.document_id == item.document_id)) =>
            {
                filled += tokens;
                batch.push(item);
            }
            _ => {
                filled = tokens;
                batches.push(vec![item]);
            }
        }
    }
    if unnamed {
        batches.iter_mut().for_each(|batch| name_documents(batch));
    }
    (batches, total)
}

fn count(text: &str) -> u64 {
    if text.len() > COUNTED_BYTES { text.len() as u64 / 4 } else { u64::from(unit::tokens(text)) }
}

/// A `retain` operation. What it answers is its `result_metadata`.
pub(crate) async fn retain(job: &Job) -> Result<Value> {
    let payload: Payload = serde_json::from_value(job.payload.clone())
        .map_err(|_| EngineError::bad_request("the operation's payload cannot be read"))?;
    let (engine, bank) = (&job.engine, &job.bank);
    let count = payload.items.len().max(payload.documents.len());
    let done = if payload.items.is_empty() {
        go_on(job, &payload.documents).await?
    } else {
        let drafts = super::drafts(payload.items);
        super::check_readable(engine, bank, &drafts)?;
        let how = Run { trace_id: &job.id, job: Some(job), anew: payload.anew };
        run(engine, bank, drafts, how).await?
    };
    if let Some((_, why)) = done.waits {
        return Err(why.into());
    }
    let mut result = json!({
        "items_count": count,
        "document_ids": done.documents,
        "unit_ids_count": done.added,
        "document_events": done.events,
        "facts_committed": true,
        "extraction_errors_count": 0,
        "facts_committed_document_ids": done.documents,
        "usage": done.usage,
    });
    if let Value::Object(result) = &mut result {
        if let [document] = done.documents.as_slice() {
            result.insert("document_id".into(), document.as_str().into());
        }
        result.extend(payload.child);
    }
    Ok(result)
}

/// Reads what waits in these documents.
async fn go_on(job: &Job, documents: &[String]) -> Result<Done> {
    let (engine, bank) = (&job.engine, &job.bank);
    let mut done = Done::default();
    for id in documents {
        let no: Option<i64> = sqlx::query_scalar("SELECT no FROM document WHERE bank = ?1 AND id = ?2")
            .bind(bank.no)
            .bind(id)
            .fetch_optional(engine.read())
            .await
            .map_err(during("find a document"))?;
        // Deleted meanwhile.
        let Some(no) = no else { continue };
        let read = pending::read(engine, bank, (no, id), &job.id, Some(job)).await?;
        done.documents.push(id.clone());
        done.added += read.added;
        done.usage += read.usage;
        let mut write = engine.write().await?;
        if read.added > 0 {
            let event = crate::document::event::Event {
                kind: "retain",
                operation_id: Some(&job.id),
                facts_added: read.added,
                ..Default::default()
            };
            done.events.push(crate::document::event::add(&mut write, bank.no, id, &event).await?);
        }
        super::finish(&mut write, engine, bank, now_ms()).await?;
        write.commit().await?;
        if let Some(why) = read.waits {
            done.waits = Some((documents.to_vec(), why));
            return Ok(done);
        }
    }
    Ok(done)
}

/// From now on the operation only reads what waits in these documents.
pub(super) async fn swap_payload(write: &mut Write<'_>, id: &str, documents: &[String]) -> Result<()> {
    sqlx::query(
        "UPDATE operation SET payload = json_set(json_remove(payload, '$.items', '$.anew'), '$.documents', json(?2)) \
         WHERE id = ?1",
    )
    .bind(id)
    .bind(Value::from(documents.to_vec()).to_string())
    .execute(write.sql())
    .await
    .map_err(during("note how far an operation is"))?;
    Ok(())
}

/// Puts in an operation that reads what waits in these documents when a model is to be had again.
pub(crate) async fn read_later(
    engine: &Engine,
    bank: &Bank,
    documents: &[String],
    why: &SynthesisError,
) -> Result<()> {
    let run_after = match why {
        SynthesisError::LimitReached { again_at } => *again_at,
        SynthesisError::Unavailable { retry_after_ms, .. } => {
            now_ms() + retry_after_ms.and_then(|ms| i64::try_from(ms).ok()).unwrap_or(AGAIN_AFTER_MS)
        }
        SynthesisError::NotConfigured | SynthesisError::Refused { .. } => 0,
    };
    tracing::info!(documents = documents.len(), %why, "texts are kept and read later");
    let mut write = engine.write().await?;
    put_reading(&mut write, bank, documents, run_after).await?;
    write.commit().await?;
    engine.worker().wake();
    Ok(())
}

async fn put_reading(write: &mut Write<'_>, bank: &Bank, documents: &[String], run_after: i64) -> Result<()> {
    for document in documents {
        let payload = Payload { documents: vec![document.clone()], ..Payload::default() };
        let operation = NewOperation {
            kind: "retain",
            items: 1,
            document_id: Some(document.clone()),
            payload: serde_json::to_value(payload).unwrap_or_default(),
            run_after,
            ..NewOperation::default()
        };
        queue::put(write, bank, &operation).await?;
    }
    Ok(())
}

/// Puts in readings of documents whose chunks wait and that no operation knows of: an earlier run died before
/// it could say so. What a person cancelled or what failed stays as it is.
pub(super) async fn take_up(engine: &Engine) -> Result<()> {
    let lost: Vec<(String, String)> = sqlx::query_as(
        "SELECT b.id, d.id FROM document d JOIN bank b ON b.no = d.bank \
         WHERE d.no IN (SELECT document FROM chunk WHERE state = 'pending') AND NOT EXISTS \
         (SELECT 1 FROM operation o WHERE o.bank = d.bank AND o.kind = 'retain' AND o.state <> 'completed' \
          AND (o.document_id = d.id OR d.id IN (SELECT value FROM json_each(o.payload, '$.documents'))))",
    )
    .fetch_all(engine.read())
    .await
    .map_err(during("look for texts that were not read"))?;
    for (bank, document) in lost {
        let mut write = engine.write().await?;
        if let Some(bank) = bank::look(write.sql(), &bank).await? {
            put_reading(&mut write, &bank, &[document], 0).await?;
        }
        write.commit().await?;
    }
    engine.worker().wake();
    Ok(())
}

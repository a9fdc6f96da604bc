//! The second half of a retain: chunks that wait are read, and their facts take the place of the stand-ins.
//!
//! It works from the tables alone, so it goes on where it was stopped: after a crash, a cancel, or when a
//! model is to be had again.

use super::facts::{self, APART_MS, Place};
use super::items::with_strategy;
use super::prepare::{encoded, is_local};
use super::request::GivenEntity;
use super::store::facts_before;
use crate::bank::Bank;
use crate::engine::Engine;
use crate::entity;
use crate::error::{EngineError, Result, during};
use crate::extract::{Extracted, Mention, Source, extract};
use crate::synthesis::{SynthesisError, Usage};
use crate::unit::Origin;
use crate::work::Job;
use futures_util::future::join_all;
use rearview_domain::fault;
use serde_json::{Map, Value};
use sqlx::Row as _;
use sqlx::sqlite::SqliteRow;

/// Chunks in one transaction when reading them needs no model.
const LOCAL: i64 = 64;
/// Chunks that a model reads at a time.
const ASKED: i64 = 4;

/// How far reading came.
#[derive(Debug, Default)]
pub(super) struct Read {
    pub(super) added: usize,
    pub(super) usage: Usage,
    /// Why the rest waits.
    pub(super) waits: Option<SynthesisError>,
}

/// A chunk that waits, with what its facts take from their item.
struct Waiting {
    chunk: i64,
    idx: i64,
    text: String,
    stand_in: Option<i64>,
    context: Option<String>,
    metadata: Option<Map<String, Value>>,
    tags: Vec<String>,
    scopes: Option<Value>,
    said_at: Option<i64>,
    /// Entities of the stand-in: those that the caller named.
    given: Vec<i64>,
    /// The same for a chunk without stand-in.
    named: Vec<Mention>,
    strategy: Option<String>,
}

/// Reads the chunks of a document that wait.
pub(super) async fn read(
    engine: &Engine,
    bank: &Bank,
    document: (i64, &str),
    trace_id: &str,
    job: Option<&Job>,
) -> Result<Read> {
    let (document, document_id) = document;
    let chunks: i64 = sqlx::query_scalar("SELECT count(*) FROM chunk WHERE document = ?1")
        .bind(document)
        .fetch_one(engine.read())
        .await
        .map_err(during("count chunks"))?;
    let chunks = usize::try_from(chunks).unwrap_or(0);
    let mut done = Read::default();
    let mut after = -1;
    loop {
        if let Some(job) = job {
            let at = usize::try_from(after + 1).unwrap_or(0);
            job.progress("extracting", at, chunks).await?;
        }
        let local = is_local(engine, &bank.config);
        let waiting = load(engine, document, after, if local { LOCAL } else { ASKED }).await?;
        let Some(last) = waiting.last() else { return Ok(done) };
        after = last.idx;
        let configs: Vec<_> =
            waiting.iter().map(|chunk| with_strategy(&bank.config, chunk.strategy.as_deref())).collect();
        let asked = waiting.iter().zip(&configs).map(async |(chunk, config)| {
            let source = Source {
                bank,
                config,
                document_id,
                text: &chunk.text,
                chunk: (usize::try_from(chunk.idx).unwrap_or(0), chunks),
                context: chunk.context.as_deref(),
                metadata: chunk.metadata.as_ref(),
                said_at: chunk.said_at,
                trace_id,
            };
            extract(engine, &source).await
        });
        let all = join_all(asked);
        let answers = match job {
            Some(job) => tokio::select! {
                answers = all => answers,
                () = job.cancel.cancelled() => return Err(EngineError::Cancelled),
            },
            None => all.await,
        };
        let mut found = Vec::with_capacity(waiting.len());
        for (chunk, answer) in waiting.into_iter().zip(answers) {
            match answer {
                Ok(read) if read.origin == Origin::Pending => {
                    let message = "the model for memory cannot be had now".to_owned();
                    done.waits.get_or_insert(SynthesisError::Unavailable { message, retry_after_ms: None });
                }
                Ok(read) => found.push((chunk, read)),
                Err(EngineError::Synthesis(error)) => drop(done.waits.get_or_insert(error)),
                Err(error) => return Err(error),
            }
        }
        write(engine, bank, document, found, &mut done).await?;
        if done.waits.is_some() {
            return Ok(done);
        }
    }
}

/// The facts of some chunks in one transaction.
async fn write(
    engine: &Engine,
    bank: &Bank,
    document: i64,
    found: Vec<(Waiting, Extracted)>,
    done: &mut Read,
) -> Result<()> {
    if found.is_empty() {
        return Ok(());
    }
    let texts: Vec<String> = found.iter().flat_map(|(_, read)| read.facts.iter().map(encoded)).collect();
    let vectors = if texts.is_empty() { None } else { engine.vectors().texts(texts).await };
    let encoded = vectors.is_some();
    let mut vectors = vectors.into_iter().flatten();
    let now = crate::time::now_ms();
    let mut write = engine.write().await?;
    for (chunk, read) in found {
        let vectors: Vec<_> = read.facts.iter().map(|_| vectors.next()).collect();
        done.usage += read.usage;
        let claimed = sqlx::query("UPDATE chunk SET state = 'done' WHERE no = ?1 AND state = 'pending'")
            .bind(chunk.chunk)
            .execute(write.sql())
            .await
            .map_err(during("mark a chunk as read"))?;
        // The document was deleted, replaced or read by somebody else meanwhile.
        if claimed.rows_affected() == 0 {
            continue;
        }
        let mut given = chunk.given;
        if let Some(stand_in) = chunk.stand_in {
            write.remove_units(bank.no, &[stand_in]).await?;
        } else if !chunk.named.is_empty() {
            given = entity::resolve(&mut write, bank.no, &chunk.named, true, now).await?;
        }
        let nth = facts_before(&mut write, document, chunk.idx).await?.max(chunk.idx);
        let place = Place {
            bank: bank.no,
            document,
            chunk: chunk.chunk,
            idx: chunk.idx,
            context: chunk.context.as_deref(),
            metadata: chunk.metadata.as_ref(),
            tags: &chunk.tags,
            scopes: chunk.scopes.as_ref(),
            // A stand-in's time is its item's, moved on by the chunk's place.
            said_at: chunk.said_at.map(|at| at + (nth - chunk.idx) * APART_MS),
            given: &given,
            now,
        };
        done.added += facts::write(&mut write, &place, read.facts, vectors, read.origin).await?;
    }
    if encoded {
        super::note_model(&mut write, engine, bank).await?;
    }
    fault::point("engine.retain.before_facts");
    write.commit().await?;
    fault::point("engine.retain.after_facts");
    Ok(())
}

async fn load(engine: &Engine, document: i64, after: i64, most: i64) -> Result<Vec<Waiting>> {
    let rows = sqlx::query(
        "SELECT c.no, c.idx, c.text, u.no AS unit, \
         CASE WHEN u.no IS NULL THEN d.context ELSE u.context END AS context, \
         CASE WHEN u.no IS NULL THEN d.metadata ELSE u.metadata END AS metadata, \
         CASE WHEN u.no IS NULL THEN d.tags ELSE u.tags END AS tags, \
         CASE WHEN u.no IS NULL THEN d.observation_scopes ELSE u.observation_scopes END AS scopes, \
         CASE WHEN u.no IS NULL THEN d.mentioned_at + c.idx * ?4 ELSE u.mentioned_at END AS said_at, \
         (SELECT group_concat(ue.entity) FROM unit_entity ue WHERE ue.unit = u.no) AS given, d.retain_params \
         FROM chunk c JOIN document d ON d.no = c.document \
         LEFT JOIN unit u ON u.chunk = c.no AND u.origin = 'pending' \
         WHERE c.document = ?1 AND c.state = 'pending' AND c.idx > ?2 GROUP BY c.no ORDER BY c.idx LIMIT ?3",
    )
    .bind(document)
    .bind(after)
    .bind(most)
    .bind(APART_MS)
    .fetch_all(engine.read())
    .await
    .map_err(during("read pending chunks"))?;
    rows.iter().map(waiting).collect::<sqlx::Result<_>>().map_err(during("read pending chunks"))
}

fn waiting(row: &SqliteRow) -> sqlx::Result<Waiting> {
    fn json<T: serde::de::DeserializeOwned>(row: &SqliteRow, column: &str) -> sqlx::Result<Option<T>> {
        let text: Option<&str> = row.try_get(column)?;
        Ok(text.and_then(|text| serde_json::from_str(text).ok()))
    }
    let stand_in: Option<i64> = row.try_get("unit")?;
    let params: Option<Value> = json(row, "retain_params")?;
    let param = |name: &str| params.as_ref().and_then(|params| params.get(name)).cloned();
    let named: Vec<GivenEntity> = match stand_in {
        None => param("entities").and_then(|list| serde_json::from_value(list).ok()).unwrap_or_default(),
        Some(_) => Vec::new(),
    };
    let given: Option<&str> = row.try_get("given")?;
    Ok(Waiting {
        chunk: row.try_get("no")?,
        idx: row.try_get("idx")?,
        text: row.try_get("text")?,
        stand_in,
        context: row.try_get("context")?,
        metadata: json(row, "metadata")?,
        tags: json(row, "tags")?.unwrap_or_default(),
        scopes: json(row, "scopes")?,
        said_at: row.try_get("said_at")?,
        given: given.unwrap_or_default().split(',').filter_map(|no| no.parse().ok()).collect(),
        named: named.into_iter().map(|entity| Mention { name: entity.text, kind: entity.kind }).collect(),
        strategy: param("strategy").and_then(|name| name.as_str().map(str::to_owned)),
    })
}

//! Writing an archive's documents, facts and observations into a bank.
//!
//! Vectors are made here: an archive carries none. One transaction holds about a hundred facts, so that a
//! large archive can be cancelled and the writer is free in between.

use super::archive::{Document, Fact, Observation};
use crate::bank::Bank;
use crate::db::Write;
use crate::engine::Engine;
use crate::entity;
use crate::error::{Result, during};
use crate::extract::Mention;
use crate::time::{now_ms, parse};
use crate::unit::{Kind, NewUnit, Origin, encoded_text};
use crate::work::Job;
use serde_json::Value;
use sha2::{Digest as _, Sha256};
use std::collections::HashMap;
use uuid::Uuid;

/// Facts in one transaction.
const BATCH: usize = 100;
const ACTION: &str = "write an archive into a bank";

/// What was written: each fact's `no` by document id (as the archive spells it) and place.
#[derive(Debug, Default)]
pub(super) struct Written {
    pub(super) units: HashMap<(String, usize), i64>,
    pub(super) facts: usize,
}

/// Writes documents with their chunks and facts. `ids` says under which id each document is written.
pub(super) async fn documents(
    job: &Job,
    bank: &Bank,
    documents: &[Document],
    ids: &HashMap<String, String>,
) -> Result<Written> {
    let mut written = Written::default();
    let total: usize = documents.iter().map(|document| document.facts.len()).sum();
    let mut batch: Vec<&Document> = Vec::new();
    let mut facts = 0;
    for (at, document) in documents.iter().enumerate() {
        batch.push(document);
        facts += document.facts.len();
        if facts >= BATCH || at + 1 == documents.len() {
            job.progress("documents", written.facts, total).await?;
            write_batch(&job.engine, bank, &batch, ids, &mut written).await?;
            batch.clear();
            facts = 0;
        }
    }
    Ok(written)
}

async fn write_batch(
    engine: &Engine,
    bank: &Bank,
    batch: &[&Document],
    ids: &HashMap<String, String>,
    written: &mut Written,
) -> Result<()> {
    let facts = batch.iter().flat_map(|document| &document.facts);
    let texts: Vec<String> = facts.map(text_to_encode).collect();
    let mut vectors = engine.vectors().texts(texts).await.unwrap_or_default().into_iter();
    let mut write = engine.write().await?;
    for document in batch {
        let id = ids.get(&document.id).unwrap_or(&document.id);
        write_document(&mut write, bank, document, id, &mut vectors, written).await?;
    }
    write.commit().await
}

fn text_to_encode(fact: &Fact) -> String {
    encoded_text(&fact.text, time(&fact.occurred_start), time(&fact.occurred_end), &fact.entities)
}

fn time(text: &Option<String>) -> Option<i64> {
    text.as_deref().and_then(parse)
}

async fn write_document(
    write: &mut Write<'_>,
    bank: &Bank,
    document: &Document,
    id: &str,
    vectors: &mut impl Iterator<Item = Vec<f32>>,
    written: &mut Written,
) -> Result<()> {
    let text = match &document.original_text {
        Some(text) => text.clone(),
        None => document.chunks.iter().map(|chunk| chunk.chunk_text.as_str()).collect::<Vec<_>>().join("\n"),
    };
    let params = document.retain_params.clone().unwrap_or(Value::Null);
    let created = time(&document.created_at).unwrap_or_else(now_ms);
    let said_at = params.get("event_date").and_then(Value::as_str).and_then(parse);
    let length = i64::try_from(text.chars().count()).unwrap_or(i64::MAX);
    let no: i64 = sqlx::query_scalar(
        "INSERT INTO document (bank, id, hash, text, text_length, context, tags, metadata, retain_params, mentioned_at, \
         created_at, updated_at) VALUES (?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11,?11) RETURNING no",
    )
    .bind(bank.no)
    .bind(id)
    .bind(hash(&text))
    .bind(document.original_text.is_some().then_some(&text))
    .bind(length)
    .bind(params.get("context").and_then(Value::as_str))
    .bind(Value::from(document.tags.clone()).to_string())
    .bind(params.get("metadata").filter(|metadata| metadata.is_object()).map(Value::to_string))
    .bind(document.retain_params.as_ref().map(Value::to_string))
    .bind(said_at)
    .bind(created)
    .fetch_one(write.sql())
    .await
    .map_err(during(ACTION))?;
    let mut chunks = HashMap::new();
    for chunk in &document.chunks {
        let chunk_no: i64 = sqlx::query_scalar(
            "INSERT INTO chunk (document, idx, hash, text, created_at) VALUES (?1,?2,?3,?4,?5) RETURNING no",
        )
        .bind(no)
        .bind(chunk.chunk_index)
        .bind(hash(&chunk.chunk_text))
        .bind(&chunk.chunk_text)
        .bind(created)
        .fetch_one(write.sql())
        .await
        .map_err(during(ACTION))?;
        chunks.insert(chunk.chunk_index, chunk_no);
    }
    for (at, fact) in document.facts.iter().enumerate() {
        let chunk = fact.chunk_index.and_then(|index| chunks.get(&index)).copied();
        let unit = write_fact(write, bank, fact, no, chunk, at, vectors.next()).await?;
        written.units.insert((document.id.clone(), at), unit);
        written.facts += 1;
    }
    write_causes(write, document, written).await
}

/// A fact keeps its id unless another memory has it.
async fn write_fact(
    write: &mut Write<'_>,
    bank: &Bank,
    fact: &Fact,
    document: i64,
    chunk: Option<i64>,
    ord: usize,
    vector: Option<Vec<f32>>,
) -> Result<i64> {
    let mentions: Vec<Mention> =
        fact.entities.iter().map(|name| Mention { name: name.clone(), kind: None }).collect();
    let created_at = time(&fact.created_at).unwrap_or_else(now_ms);
    let mentioned_at = time(&fact.mentioned_at);
    let entities =
        entity::resolve(write, bank.no, &mentions, false, mentioned_at.unwrap_or(created_at)).await?;
    let unit = NewUnit {
        id: free_id(write, fact.source_id.as_deref()).await?,
        kind: fact.fact_type.as_deref().and_then(Kind::from_word).unwrap_or(Kind::World),
        text: fact.text.clone(),
        context: fact.context.clone(),
        document: Some(document),
        chunk,
        ord: i64::try_from(ord).unwrap_or(i64::MAX),
        occurred_start: time(&fact.occurred_start),
        occurred_end: time(&fact.occurred_end),
        mentioned_at,
        proof: 1,
        tags: fact.tags.clone(),
        metadata: fact.metadata.clone().filter(|metadata| !metadata.is_empty()),
        observation_scopes: fact.observation_scopes.clone().filter(|scopes| !scopes.is_null()),
        origin: Origin::Import,
        entities,
        vector,
        created_at,
    };
    let no = write.add_unit(bank.no, &unit).await?;
    sqlx::query("UPDATE unit SET consolidated_at = ?2, consolidation_failed_at = ?3 WHERE no = ?1")
        .bind(no)
        .bind(time(&fact.consolidated_at))
        .bind(time(&fact.consolidation_failed_at))
        .execute(write.sql())
        .await
        .map_err(during(ACTION))?;
    Ok(no)
}

async fn free_id(write: &mut Write<'_>, wanted: Option<&str>) -> Result<Uuid> {
    let Some(id) = wanted.and_then(|id| Uuid::parse_str(id).ok()) else { return Ok(Uuid::new_v4()) };
    let taken: Option<i64> = sqlx::query_scalar("SELECT no FROM unit WHERE id = ?1")
        .bind(id.to_string())
        .fetch_optional(write.sql())
        .await
        .map_err(during(ACTION))?;
    Ok(if taken.is_some() { Uuid::new_v4() } else { id })
}

/// Causes name facts of the same document by their place.
async fn write_causes(write: &mut Write<'_>, document: &Document, written: &Written) -> Result<()> {
    for (at, fact) in document.facts.iter().enumerate() {
        for cause in &fact.causal_relations {
            let number = |name: &str| cause.get(name).and_then(Value::as_u64);
            let target = number("target_fact_index").or_else(|| number("target_index"));
            let target = target.and_then(|target| usize::try_from(target).ok());
            let units = (
                written.units.get(&(document.id.clone(), at)),
                target.and_then(|target| written.units.get(&(document.id.clone(), target))),
            );
            let (Some(src), Some(dst)) = units else { continue };
            let kind = cause.get("relation_type").and_then(Value::as_str).unwrap_or("caused_by");
            let weight =
                cause.get("strength").or_else(|| cause.get("weight")).and_then(Value::as_f64).unwrap_or(1.0);
            sqlx::query("INSERT OR IGNORE INTO link (src, dst, kind, weight) VALUES (?1,?2,?3,?4)")
                .bind(src)
                .bind(dst)
                .bind(kind)
                .bind(weight)
                .execute(write.sql())
                .await
                .map_err(during(ACTION))?;
        }
    }
    Ok(())
}

/// Writes observations whose facts were written. How many.
pub(super) async fn observations(
    job: &Job,
    bank: &Bank,
    observations: &[Observation],
    written: &Written,
) -> Result<usize> {
    let kept: Vec<(&Observation, Vec<i64>)> = observations
        .iter()
        .map(|observation| (observation, sources(observation, written)))
        // One whose facts were all skipped would be a claim without evidence.
        .filter(|(observation, sources)| observation.sources.is_empty() || !sources.is_empty())
        .collect();
    for batch in kept.chunks(BATCH) {
        job.check()?;
        let texts = batch
            .iter()
            .map(|(one, _)| encoded_text(&one.text, time(&one.occurred_start), time(&one.occurred_end), &[]));
        let mut vectors = job.engine.vectors().texts(texts.collect()).await.unwrap_or_default().into_iter();
        let mut write = job.engine.write().await?;
        for (observation, sources) in batch {
            write_observation(&mut write, bank, observation, sources, vectors.next()).await?;
        }
        write.commit().await?;
    }
    Ok(kept.len())
}

fn sources(observation: &Observation, written: &Written) -> Vec<i64> {
    let unit = |source: &super::archive::SourceFact| {
        written.units.get(&(source.document_id.clone(), source.fact_index)).copied()
    };
    observation.sources.iter().filter_map(unit).collect()
}

async fn write_observation(
    write: &mut Write<'_>,
    bank: &Bank,
    observation: &Observation,
    sources: &[i64],
    vector: Option<Vec<f32>>,
) -> Result<()> {
    let mut entities: Vec<i64> = Vec::new();
    for source in sources {
        let of: Vec<i64> = sqlx::query_scalar("SELECT entity FROM unit_entity WHERE unit = ?1")
            .bind(source)
            .fetch_all(write.sql())
            .await
            .map_err(during(ACTION))?;
        entities.extend(of.into_iter().filter(|entity| !entities.contains(entity)).collect::<Vec<_>>());
    }
    let unit = NewUnit {
        id: free_id(write, observation.source_id.as_deref()).await?,
        kind: Kind::Observation,
        text: observation.text.clone(),
        context: None,
        document: None,
        chunk: None,
        ord: 0,
        occurred_start: time(&observation.occurred_start),
        occurred_end: time(&observation.occurred_end),
        mentioned_at: time(&observation.mentioned_at),
        proof: u32::try_from(sources.len()).unwrap_or(1).max(1),
        tags: observation.tags.clone(),
        metadata: None,
        observation_scopes: observation.observation_scopes.clone().filter(|scopes| !scopes.is_null()),
        origin: Origin::Import,
        entities,
        vector,
        created_at: time(&observation.created_at).unwrap_or_else(now_ms),
    };
    let no = write.add_unit(bank.no, &unit).await?;
    for source in sources {
        sqlx::query("INSERT OR IGNORE INTO source (observation, unit) VALUES (?1, ?2)")
            .bind(no)
            .bind(source)
            .execute(write.sql())
            .await
            .map_err(during(ACTION))?;
    }
    Ok(())
}

pub(super) fn hash(text: &str) -> String {
    hex::encode(Sha256::digest(text.as_bytes()))
}

/// Writes a memory that was invalidated, with the reason. Whether its document is there.
pub(super) async fn invalidated(
    write: &mut Write<'_>,
    bank: &Bank,
    row: &serde_json::Map<String, Value>,
    ids: &HashMap<String, String>,
) -> Result<bool> {
    use super::archive::{json_column, list_column, text_column};
    let Some(document_id) = text_column(row, "document_id") else { return Ok(false) };
    let document_id = ids.get(&document_id).unwrap_or(&document_id);
    let document: Option<i64> = sqlx::query_scalar("SELECT no FROM document WHERE bank = ?1 AND id = ?2")
        .bind(bank.no)
        .bind(document_id)
        .fetch_optional(write.sql())
        .await
        .map_err(during(ACTION))?;
    let Some(document) = document else { return Ok(false) };
    let chunk: Option<i64> = sqlx::query_scalar("SELECT no FROM chunk WHERE document = ?1 AND idx = ?2")
        .bind(document)
        .bind(row.get("chunk_index").and_then(Value::as_i64))
        .fetch_optional(write.sql())
        .await
        .map_err(during(ACTION))?;
    let metadata = json_column(row, "metadata");
    let fact = Fact {
        text: text_column(row, "text").unwrap_or_default(),
        source_id: text_column(row, "id"),
        fact_type: text_column(row, "fact_type"),
        context: text_column(row, "context"),
        event_date: text_column(row, "event_date"),
        occurred_start: text_column(row, "occurred_start"),
        occurred_end: text_column(row, "occurred_end"),
        mentioned_at: text_column(row, "mentioned_at"),
        metadata: metadata.as_object().cloned(),
        tags: list_column(row, "tags"),
        observation_scopes: None,
        chunk_index: None,
        entities: list_column(row, "entity_names"),
        causal_relations: Vec::new(),
        created_at: text_column(row, "created_at"),
        consolidated_at: text_column(row, "consolidated_at"),
        consolidation_failed_at: None,
    };
    let unit = write_fact(write, bank, &fact, document, chunk, usize::MAX >> 1, None).await?;
    sqlx::query("UPDATE unit SET state = 1, invalidation_reason = ?2, invalidated_at = ?3 WHERE no = ?1")
        .bind(unit)
        .bind(text_column(row, "invalidation_reason"))
        .bind(text_column(row, "invalidated_at").as_deref().and_then(parse).unwrap_or_else(now_ms))
        .execute(write.sql())
        .await
        .map_err(during(ACTION))?;
    Ok(true)
}

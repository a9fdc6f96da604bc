//! Filling an archive from the tables.

use super::archive::{Archive, Chunk, Document, Fact, Manifest, Observation, SCHEMA_VERSION, SourceFact};
use crate::bank::Bank;
use crate::engine::Engine;
use crate::error::{EngineError, Result, during};
use crate::time::{iso, now_ms};
use serde_json::{Map, Value, json};
use sqlx::Row as _;
use sqlx::sqlite::SqliteRow;
use std::collections::HashMap;

const ACTION: &str = "read a bank for its archive";

/// What goes into an archive.
#[derive(Clone, Debug)]
pub(crate) struct Scope {
    pub(crate) data: bool,
    pub(crate) bank_config: bool,
    pub(crate) history: bool,
    /// Only this document.
    pub(crate) document_id: Option<String>,
}

/// Reads a bank.
///
/// # Errors
/// 404 for a document that is not there.
pub(crate) async fn archive(engine: &Engine, bank: &Bank, scope: &Scope) -> Result<Archive> {
    let mut archive = Archive::default();
    let mut places = HashMap::new();
    if scope.data {
        archive.documents = documents(engine, bank, scope.document_id.as_deref(), &mut places).await?;
        if scope.document_id.is_some() && archive.documents.is_empty() {
            return Err(EngineError::not_found("Document not found"));
        }
    }
    if scope.document_id.is_none() {
        if scope.data {
            archive.observations = observations(engine, bank, &places).await?;
            archive.invalidated = invalidated(engine, bank).await?;
            archive.observation_history = observation_history(engine, bank).await?;
        }
        if scope.bank_config {
            archive.banks = vec![bank_row(bank)];
            archive.directives = directives(engine, bank).await?;
        }
        archive.mental_models = mental_models(engine, bank).await?;
        archive.mental_model_history = mental_model_history(engine, bank).await?;
        if scope.history {
            archive.llm_requests = llm_requests(engine, bank).await?;
        }
    }
    archive.manifest = Manifest {
        schema_version: SCHEMA_VERSION,
        source_bank_id: bank.id.clone(),
        exported_at: iso(now_ms()),
        document_count: archive.documents.len(),
        fact_count: archive.documents.iter().map(|document| document.facts.len()).sum(),
        observation_count: archive.observations.len(),
        mental_model_count: archive.mental_models.len(),
        archive_type: if scope.document_id.is_some() { "documents" } else { "bank" }.to_owned(),
        directive_count: archive.directives.len(),
        includes_history: scope.history,
        scope: json!({"data": scope.data, "bank_config": scope.bank_config, "history": scope.history}),
        invalidated_memory_count: archive.invalidated.len(),
        bank_rows_json_encoding: "serialized".to_owned(),
        ..Manifest::default()
    };
    Ok(archive)
}

async fn rows(engine: &Engine, sql: &'static str, bank: i64) -> Result<Vec<SqliteRow>> {
    sqlx::query(sql).bind(bank).fetch_all(engine.read()).await.map_err(during(ACTION))
}

fn time(row: &SqliteRow, name: &str) -> Option<String> {
    row.try_get::<Option<i64>, _>(name).ok().flatten().map(iso)
}

fn text(row: &SqliteRow, name: &str) -> Option<String> {
    row.try_get::<Option<String>, _>(name).ok().flatten()
}

fn list(row: &SqliteRow, name: &str) -> Vec<String> {
    text(row, name).and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default()
}

fn json_or_none<T: serde::de::DeserializeOwned>(row: &SqliteRow, name: &str) -> Option<T> {
    text(row, name).and_then(|text| serde_json::from_str(&text).ok())
}

fn number(row: &SqliteRow, name: &str) -> Result<i64> {
    row.try_get(name).map_err(during(ACTION))
}

/// Documents with their chunks and valid facts. `places` learns where each fact stands.
async fn documents(
    engine: &Engine,
    bank: &Bank,
    only: Option<&str>,
    places: &mut HashMap<i64, SourceFact>,
) -> Result<Vec<Document>> {
    let mut documents = Vec::new();
    let mut at = HashMap::new();
    let found = rows(
        engine,
        "SELECT no, id, text, retain_params, tags, created_at FROM document WHERE bank = ?1 ORDER BY no",
        bank.no,
    )
    .await?;
    for row in found {
        let id = text(&row, "id").unwrap_or_default();
        if only.is_some_and(|only| only != id) {
            continue;
        }
        at.insert(number(&row, "no")?, documents.len());
        documents.push(Document {
            id,
            original_text: text(&row, "text"),
            retain_params: json_or_none(&row, "retain_params"),
            tags: list(&row, "tags"),
            created_at: time(&row, "created_at"),
            chunks: Vec::new(),
            facts: Vec::new(),
        });
    }
    let chunks = rows(
        engine,
        "SELECT c.document, c.idx, c.text FROM chunk c JOIN document d ON d.no = c.document WHERE d.bank = ?1 \
         ORDER BY c.document, c.idx",
        bank.no,
    )
    .await?;
    for row in chunks {
        if let Some(document) = at.get(&number(&row, "document")?).and_then(|at| documents.get_mut(*at)) {
            document.chunks.push(Chunk {
                chunk_index: number(&row, "idx")?,
                chunk_text: text(&row, "text").unwrap_or_default(),
            });
        }
    }
    let facts = rows(
        engine,
        "SELECT u.no, u.id, u.kind, u.text, u.context, u.document, u.event_at, u.occurred_start, u.occurred_end, \
         u.mentioned_at, u.metadata, u.tags, u.observation_scopes, u.created_at, u.consolidated_at, \
         u.consolidation_failed_at, c.idx AS chunk_index, \
         (SELECT json_group_array(e.name) FROM unit_entity ue JOIN entity e ON e.no = ue.entity WHERE ue.unit = u.no) AS entities, \
         (SELECT json_group_array(json_object('dst', l.dst, 'kind', l.kind, 'weight', l.weight)) FROM link l WHERE l.src = u.no) AS causes \
         FROM unit u LEFT JOIN chunk c ON c.no = u.chunk WHERE u.bank = ?1 AND u.kind <> 3 AND u.state = 0 \
         AND u.document IS NOT NULL ORDER BY u.document, u.ord, u.no",
        bank.no,
    )
    .await?;
    // A cause is named by its place among the facts of the same document.
    let mut causes: Vec<(usize, usize, Vec<Value>)> = Vec::new();
    for row in facts {
        let Some(document_at) = at.get(&number(&row, "document")?).copied() else { continue };
        let Some(document) = documents.get_mut(document_at) else { continue };
        let fact_index = document.facts.len();
        places.insert(number(&row, "no")?, SourceFact { document_id: document.id.clone(), fact_index });
        let named: Vec<Value> = json_or_none(&row, "causes").unwrap_or_default();
        if !named.is_empty() {
            causes.push((document_at, fact_index, named));
        }
        document.facts.push(Fact {
            text: text(&row, "text").unwrap_or_default(),
            source_id: text(&row, "id"),
            fact_type: Some(crate::unit::Kind::from_column(number(&row, "kind")?).word().to_owned()),
            context: text(&row, "context"),
            event_date: time(&row, "event_at"),
            occurred_start: time(&row, "occurred_start"),
            occurred_end: time(&row, "occurred_end"),
            mentioned_at: time(&row, "mentioned_at"),
            metadata: Some(json_or_none::<Map<String, Value>>(&row, "metadata").unwrap_or_default()),
            tags: list(&row, "tags"),
            observation_scopes: json_or_none(&row, "observation_scopes"),
            chunk_index: row.try_get("chunk_index").ok(),
            entities: list(&row, "entities"),
            causal_relations: Vec::new(),
            created_at: time(&row, "created_at"),
            consolidated_at: time(&row, "consolidated_at"),
            consolidation_failed_at: time(&row, "consolidation_failed_at"),
        });
    }
    for (document_at, fact_index, named) in causes {
        let Some(document) = documents.get_mut(document_at) else { continue };
        for cause in named {
            let place = cause.get("dst").and_then(Value::as_i64).and_then(|dst| places.get(&dst));
            let Some(place) = place.filter(|place| place.document_id == document.id) else { continue };
            let relation = json!({
                "relation_type": cause.get("kind"), "target_fact_index": place.fact_index, "strength": cause.get("weight"),
            });
            if let Some(fact) = document.facts.get_mut(fact_index) {
                fact.causal_relations.push(relation);
            }
        }
    }
    Ok(documents)
}

async fn observations(
    engine: &Engine,
    bank: &Bank,
    places: &HashMap<i64, SourceFact>,
) -> Result<Vec<Observation>> {
    let found = rows(
        engine,
        "SELECT u.id, u.text, u.created_at, u.tags, u.event_at, u.occurred_start, u.occurred_end, u.mentioned_at, \
         u.observation_scopes, u.proof, (SELECT json_group_array(s.unit) FROM source s WHERE s.observation = u.no) AS sources \
         FROM unit u WHERE u.bank = ?1 AND u.kind = 3 AND u.state = 0 ORDER BY u.no",
        bank.no,
    )
    .await?;
    let read = |row: SqliteRow| -> Result<Observation> {
        let sources: Vec<i64> = json_or_none(&row, "sources").unwrap_or_default();
        Ok(Observation {
            source_id: text(&row, "id"),
            text: text(&row, "text").unwrap_or_default(),
            created_at: time(&row, "created_at"),
            tags: list(&row, "tags"),
            event_date: time(&row, "event_at"),
            occurred_start: time(&row, "occurred_start"),
            occurred_end: time(&row, "occurred_end"),
            mentioned_at: time(&row, "mentioned_at"),
            observation_scopes: json_or_none(&row, "observation_scopes"),
            proof_count: u32::try_from(number(&row, "proof")?).ok(),
            sources: sources.iter().filter_map(|source| places.get(source).cloned()).collect(),
        })
    };
    found.into_iter().map(read).collect()
}

async fn invalidated(engine: &Engine, bank: &Bank) -> Result<Vec<Map<String, Value>>> {
    let found = rows(
        engine,
        "SELECT u.id, d.id AS document_id, u.kind, u.text, u.context, u.event_at, u.occurred_start, u.occurred_end, \
         u.mentioned_at, u.metadata, u.created_at, u.updated_at, u.tags, u.proof, u.consolidated_at, \
         u.observation_scopes, u.edited_at, u.invalidation_reason, u.invalidated_at, c.idx AS chunk_index, \
         (SELECT json_group_array(e.name) FROM unit_entity ue JOIN entity e ON e.no = ue.entity WHERE ue.unit = u.no) AS entities \
         FROM unit u LEFT JOIN document d ON d.no = u.document LEFT JOIN chunk c ON c.no = u.chunk \
         WHERE u.bank = ?1 AND u.state = 1 ORDER BY u.no",
        bank.no,
    )
    .await?;
    let read = |row: SqliteRow| -> Result<Map<String, Value>> {
        let value = json!({
            "id": text(&row, "id"), "bank_id": bank.id, "document_id": text(&row, "document_id"),
            "text": text(&row, "text"), "context": text(&row, "context"), "event_date": time(&row, "event_at"),
            "occurred_start": time(&row, "occurred_start"), "occurred_end": time(&row, "occurred_end"),
            "mentioned_at": time(&row, "mentioned_at"),
            "fact_type": crate::unit::Kind::from_column(number(&row, "kind")?).word(),
            "metadata": text(&row, "metadata").unwrap_or_else(|| "{}".to_owned()),
            "created_at": time(&row, "created_at"), "updated_at": time(&row, "updated_at"),
            "tags": list(&row, "tags"), "proof_count": number(&row, "proof")?, "source_memory_ids": [],
            "consolidated_at": time(&row, "consolidated_at"),
            "observation_scopes": text(&row, "observation_scopes"), "text_signals": null,
            "consolidation_failed_at": null, "edited_at": time(&row, "edited_at"),
            "invalidation_reason": text(&row, "invalidation_reason"),
            "invalidated_at": time(&row, "invalidated_at"), "causal_links": "[]", "attachment_ids": [],
            "chunk_index": row.try_get::<Option<i64>, _>("chunk_index").ok().flatten(),
            "entity_names": list(&row, "entities"),
        });
        Ok(object(value))
    };
    found.into_iter().map(read).collect()
}

async fn observation_history(engine: &Engine, bank: &Bank) -> Result<Vec<Map<String, Value>>> {
    let found = rows(
        engine,
        "SELECT unit_id, version, stood_to, new_sources FROM history WHERE bank = ?1 ORDER BY no",
        bank.no,
    )
    .await?;
    let read = |row: SqliteRow| {
        let version: Value = json_or_none(&row, "version").unwrap_or_default();
        let content = json!({
            "previous_text": version.get("text"), "previous_tags": version.get("tags"),
            "previous_occurred_start": version.get("occurred_start"),
            "previous_occurred_end": version.get("occurred_end"),
            "previous_mentioned_at": version.get("mentioned_at"),
            "new_source_memory_ids": json_or_none::<Value>(&row, "new_sources"),
        });
        object(json!({
            "observation_id": text(&row, "unit_id"), "bank_id": bank.id,
            "content": content.to_string(), "changed_at": time(&row, "stood_to"),
        }))
    };
    Ok(found.into_iter().map(read).collect())
}

fn bank_row(bank: &Bank) -> Map<String, Value> {
    let lean = |name: &str| bank.config.int(name).unwrap_or(3);
    let disposition = json!({
        "skepticism": lean("disposition_skepticism"), "literalism": lean("disposition_literalism"),
        "empathy": lean("disposition_empathy"),
    });
    object(json!({
        "bank_id": bank.id, "name": bank.name.as_deref().unwrap_or(&bank.id), "disposition": disposition.to_string(),
        "created_at": iso(bank.created_at), "updated_at": iso(bank.created_at), "mission": "",
        "last_consolidated_at": null, "mission_changed_at": null,
        "config": Value::Object(bank.config.overrides.clone()).to_string(),
    }))
}

async fn directives(engine: &Engine, bank: &Bank) -> Result<Vec<Map<String, Value>>> {
    let found =
        rows(engine, "SELECT * FROM directive WHERE bank = ?1 ORDER BY created_at, id", bank.no).await?;
    let read = |row: SqliteRow| -> Result<Map<String, Value>> {
        Ok(object(json!({
            "id": text(&row, "id"), "bank_id": bank.id, "name": text(&row, "name"), "content": text(&row, "content"),
            "priority": number(&row, "priority")?, "is_active": number(&row, "is_active")? != 0,
            "tags": list(&row, "tags"), "created_at": time(&row, "created_at"), "updated_at": time(&row, "updated_at"),
        })))
    };
    found.into_iter().map(read).collect()
}

async fn mental_models(engine: &Engine, bank: &Bank) -> Result<Vec<Map<String, Value>>> {
    let found =
        rows(engine, "SELECT * FROM mental_model WHERE bank = ?1 ORDER BY created_at, id", bank.no).await?;
    let read = |row: SqliteRow| -> Result<Map<String, Value>> {
        Ok(object(json!({
            "id": text(&row, "id"), "bank_id": bank.id, "name": text(&row, "name"),
            "source_query": text(&row, "source_query"), "content": text(&row, "content"), "tags": list(&row, "tags"),
            "last_refreshed_at": time(&row, "last_refreshed_at"), "created_at": time(&row, "created_at"),
            "reflect_response": text(&row, "reflect_response"), "max_tokens": number(&row, "max_tokens")?,
            "trigger": text(&row, "trigger_options"), "last_refreshed_source_query": text(&row, "source_query"),
            "subtype": "pinned", "description": " ", "observations": "{\"observations\": []}",
            "last_memory_seen_at": time(&row, "last_memory_seen_at"),
            "last_refresh_failed_at": time(&row, "last_refresh_failed_at"),
            "last_full_refreshed_at": time(&row, "last_full_refreshed_at"),
        })))
    };
    found.into_iter().map(read).collect()
}

async fn mental_model_history(engine: &Engine, bank: &Bank) -> Result<Vec<Map<String, Value>>> {
    let found = rows(
        engine,
        "SELECT model_id, entry, changed_at FROM mental_model_history WHERE bank = ?1 ORDER BY no",
        bank.no,
    )
    .await?;
    let read = |row: SqliteRow| {
        object(json!({
            "mental_model_id": text(&row, "model_id"), "bank_id": bank.id, "content": text(&row, "entry"),
            "changed_at": time(&row, "changed_at"),
        }))
    };
    Ok(found.into_iter().map(read).collect())
}

async fn llm_requests(engine: &Engine, bank: &Bank) -> Result<Vec<Map<String, Value>>> {
    let found =
        rows(engine, "SELECT * FROM llm_request WHERE bank = ?1 ORDER BY started_at, id", bank.no).await?;
    let read = |row: SqliteRow| -> Result<Map<String, Value>> {
        let (input, output) = (number(&row, "input_tokens")?, number(&row, "output_tokens")?);
        Ok(object(json!({
            "id": text(&row, "id"), "bank_id": bank.id, "operation": text(&row, "operation"),
            "scope": text(&row, "scope"), "trace_id": text(&row, "trace_id"), "provider": text(&row, "provider"),
            "model": text(&row, "model"), "status": text(&row, "status"), "started_at": time(&row, "started_at"),
            "ended_at": time(&row, "ended_at"), "duration_ms": number(&row, "duration_ms")?,
            "input_tokens": input, "output_tokens": output, "total_tokens": input + output,
            "cached_tokens": number(&row, "cached_tokens")?, "thoughts_tokens": number(&row, "thoughts_tokens")?,
            "input": text(&row, "input"), "output": text(&row, "output"), "error": text(&row, "error"),
            "llm_info": text(&row, "llm_info"), "metadata": text(&row, "metadata"),
        })))
    };
    found.into_iter().map(read).collect()
}

fn object(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(map) => map,
        _ => Map::new(),
    }
}

//! Restoring an archive into a bank that does not exist yet: data, configuration, directives, mental models.

use super::archive::{Archive, json_column, list_column, text_column};
use super::facts;
use crate::bank::{self, Bank};
use crate::config::Config;
use crate::db::Write;
use crate::error::{EngineError, Result, during};
use crate::time::{now_ms, parse};
use crate::work::Job;
use serde_json::{Map, Value, json};
use std::collections::HashMap;
use uuid::Uuid;

const ACTION: &str = "restore a bank";

/// Writes the archive into a fresh bank. What was written, for the operation.
///
/// # Errors
/// 400 when there is a bank of that id already.
pub(super) async fn restore(job: &Job, archive: &Archive, target: &str) -> Result<Value> {
    let bank = make(job, archive, target).await?;
    let nothing = HashMap::new();
    let written = facts::documents(job, &bank, &archive.documents, &nothing).await?;
    let observations = facts::observations(job, &bank, &archive.observations, &written).await?;
    let mut write = job.engine.write().await?;
    let mut invalidated = 0;
    for row in &archive.invalidated {
        invalidated += usize::from(facts::invalidated(&mut write, &bank, row, &nothing).await?);
    }
    for row in &archive.directives {
        directive(&mut write, &bank, row).await?;
    }
    for row in &archive.mental_models {
        mental_model(&mut write, &bank, row).await?;
    }
    for row in &archive.mental_model_history {
        mental_model_history(&mut write, &bank, row).await?;
    }
    for row in &archive.observation_history {
        observation_history(&mut write, &bank, row).await?;
    }
    let now = now_ms();
    sqlx::query("UPDATE bank SET last_write_at = ?2, last_document_at = ?2, updated_at = ?2 WHERE no = ?1")
        .bind(bank.no)
        .bind(now)
        .execute(write.sql())
        .await
        .map_err(during(ACTION))?;
    write.commit().await?;
    Ok(json!({
        "facts_imported": written.facts, "target_bank_id": target, "restored_bank_id": bank.id,
        "webhooks_imported": 0, "documents_imported": archive.documents.len(),
        "directives_imported": archive.directives.len(), "operations_imported": 0, "attachments_imported": 0,
        "history_rows_imported": 0, "observations_imported": observations,
        "mental_models_imported": archive.mental_models.len(), "knowledge_pages_imported": 0,
        "invalidated_memories_imported": invalidated,
        "mental_model_history_imported": archive.mental_model_history.len(),
        "maintenance_queue_rows_imported": 0,
    }))
}

/// Makes the bank with the archive's name and configuration. One that an interrupted run of this same
/// operation made is emptied first; the operation belongs to it or was written before it.
async fn make(job: &Job, archive: &Archive, target: &str) -> Result<Bank> {
    if let Some(old) = bank::look(job.engine.read(), target).await? {
        let ours =
            job.payload.get("made_bank").and_then(Value::as_i64) == Some(old.no) || old.no == job.bank.no;
        let empty: bool = sqlx::query_scalar(
            "SELECT NOT EXISTS (SELECT 1 FROM document WHERE bank = ?1) AND NOT EXISTS (SELECT 1 FROM unit WHERE bank = ?1)",
        )
        .bind(old.no)
        .fetch_one(job.engine.read())
        .await
        .map_err(during(ACTION))?;
        if !ours && !empty {
            return Err(exists(target));
        }
        if !empty {
            clear(job, old.no).await?;
        }
    }
    let mut write = job.engine.write().await?;
    let mut bank = bank::find_or_make(&mut write, target).await?;
    if let Some(row) = archive.banks.first() {
        let config = Config::from_column(&json_column(row, "config").to_string());
        bank.name = text_column(row, "name");
        bank.config = config;
        sqlx::query("UPDATE bank SET name = ?2, config = ?3, created_at = coalesce(?4, created_at), last_consolidated_at = ?5 WHERE no = ?1")
            .bind(bank.no)
            .bind(&bank.name)
            .bind(bank.config.to_column())
            .bind(text_column(row, "created_at").as_deref().and_then(parse))
            .bind(text_column(row, "last_consolidated_at").as_deref().and_then(parse))
            .execute(write.sql())
            .await
            .map_err(during(ACTION))?;
    }
    let payload = json!({"made_bank": bank.no});
    sqlx::query("UPDATE operation SET payload = json_patch(payload, ?2) WHERE id = ?1")
        .bind(&job.id)
        .bind(payload.to_string())
        .execute(write.sql())
        .await
        .map_err(during(ACTION))?;
    write.commit().await?;
    Ok(bank)
}

/// The refusal of a bank that is there, in the API's words.
pub(crate) fn exists(target: &str) -> EngineError {
    EngineError::bad_request(format!(
        "Target bank '{target}' already exists; a bank restore writes into a fresh bank (it is not a merge). \
         Delete it first, or choose a different target bank id."
    ))
}

async fn clear(job: &Job, bank: i64) -> Result<()> {
    let mut write = job.engine.write().await?;
    let units: Vec<i64> = sqlx::query_scalar("SELECT no FROM unit WHERE bank = ?1")
        .bind(bank)
        .fetch_all(write.sql())
        .await
        .map_err(during(ACTION))?;
    write.remove_units(bank, &units).await?;
    for sql in [
        "DELETE FROM document WHERE bank = ?1",
        "DELETE FROM entity WHERE bank = ?1",
        "DELETE FROM directive WHERE bank = ?1",
        "DELETE FROM mental_model WHERE bank = ?1",
        "DELETE FROM mental_model_history WHERE bank = ?1",
        "DELETE FROM history WHERE bank = ?1",
    ] {
        sqlx::query(sql).bind(bank).execute(write.sql()).await.map_err(during(ACTION))?;
    }
    write.commit().await
}

async fn directive(write: &mut Write<'_>, bank: &Bank, row: &Map<String, Value>) -> Result<()> {
    let id = text_column(row, "id").and_then(|id| Uuid::parse_str(&id).ok());
    let taken = match id {
        Some(id) => sqlx::query("SELECT 1 FROM directive WHERE id = ?1")
            .bind(id.to_string())
            .fetch_optional(write.sql())
            .await
            .map_err(during(ACTION))?
            .is_some(),
        None => true,
    };
    let id = id.filter(|_| !taken).unwrap_or_else(Uuid::new_v4);
    let at = |name: &str| text_column(row, name).as_deref().and_then(parse).unwrap_or_else(now_ms);
    sqlx::query(
        "INSERT INTO directive (id, bank, name, content, priority, is_active, tags, created_at, updated_at) \
         VALUES (?1,?2,?3,?4,?5,?6,?7,?8,?9)",
    )
    .bind(id.to_string())
    .bind(bank.no)
    .bind(text_column(row, "name").unwrap_or_default())
    .bind(text_column(row, "content").unwrap_or_default())
    .bind(row.get("priority").and_then(Value::as_i64).unwrap_or(0))
    .bind(i64::from(row.get("is_active").and_then(Value::as_bool).unwrap_or(true)))
    .bind(Value::from(list_column(row, "tags")).to_string())
    .bind(at("created_at"))
    .bind(at("updated_at"))
    .execute(write.sql())
    .await
    .map_err(during(ACTION))?;
    Ok(())
}

/// Writes a mental model; one of the same id is replaced.
pub(super) async fn mental_model(write: &mut Write<'_>, bank: &Bank, row: &Map<String, Value>) -> Result<()> {
    let at = |name: &str| text_column(row, name).as_deref().and_then(parse);
    let created = at("created_at").unwrap_or_else(now_ms);
    let json_text = |name: &str| match row.get(name) {
        Some(Value::String(text)) => Some(text.clone()),
        Some(Value::Null) | None => None,
        Some(value) => Some(value.to_string()),
    };
    sqlx::query(
        "INSERT OR REPLACE INTO mental_model (bank, id, name, source_query, content, tags, max_tokens, trigger_options, \
         reflect_response, last_refreshed_at, last_full_refreshed_at, last_memory_seen_at, last_refresh_failed_at, \
         created_at, updated_at) VALUES (?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11,?12,?13,?14,?14)",
    )
    .bind(bank.no)
    .bind(text_column(row, "id").unwrap_or_else(|| Uuid::new_v4().to_string()))
    .bind(text_column(row, "name").unwrap_or_default())
    .bind(text_column(row, "source_query").unwrap_or_default())
    .bind(text_column(row, "content").unwrap_or_default())
    .bind(Value::from(list_column(row, "tags")).to_string())
    .bind(row.get("max_tokens").and_then(Value::as_i64).unwrap_or(2048))
    .bind(json_text("trigger").unwrap_or_else(|| "{}".to_owned()))
    .bind(json_text("reflect_response"))
    .bind(at("last_refreshed_at"))
    .bind(at("last_full_refreshed_at"))
    .bind(at("last_memory_seen_at"))
    .bind(at("last_refresh_failed_at"))
    .bind(created)
    .execute(write.sql())
    .await
    .map_err(during(ACTION))?;
    Ok(())
}

async fn mental_model_history(write: &mut Write<'_>, bank: &Bank, row: &Map<String, Value>) -> Result<()> {
    sqlx::query("INSERT INTO mental_model_history (bank, model_id, entry, changed_at) VALUES (?1,?2,?3,?4)")
        .bind(bank.no)
        .bind(text_column(row, "mental_model_id").unwrap_or_default())
        .bind(json_column(row, "content").to_string())
        .bind(text_column(row, "changed_at").as_deref().and_then(parse).unwrap_or_else(now_ms))
        .execute(write.sql())
        .await
        .map_err(during(ACTION))?;
    Ok(())
}

/// Earlier versions of observations, as the table `history` keeps them.
async fn observation_history(write: &mut Write<'_>, bank: &Bank, row: &Map<String, Value>) -> Result<()> {
    let content = json_column(row, "content");
    let of = |name: &str| content.get(format!("previous_{name}")).cloned().unwrap_or(Value::Null);
    let version = json!({
        "text": of("text"), "tags": of("tags"), "occurred_start": of("occurred_start"),
        "occurred_end": of("occurred_end"), "mentioned_at": of("mentioned_at"),
    });
    let stood_to = text_column(row, "changed_at").as_deref().and_then(parse).unwrap_or_else(now_ms);
    let stood_from = of("mentioned_at").as_str().and_then(parse).unwrap_or(stood_to).min(stood_to);
    let sources = content.get("new_source_memory_ids").filter(|ids| ids.is_array());
    sqlx::query(
        "INSERT INTO history (bank, unit_id, version, stood_from, stood_to, change, new_sources) \
         VALUES (?1,?2,?3,?4,?5,'consolidated',?6)",
    )
    .bind(bank.no)
    .bind(text_column(row, "observation_id").unwrap_or_default())
    .bind(version.to_string())
    .bind(stood_from)
    .bind(stood_to)
    .bind(sources.map_or_else(|| "[]".to_owned(), Value::to_string))
    .execute(write.sql())
    .await
    .map_err(during(ACTION))?;
    Ok(())
}

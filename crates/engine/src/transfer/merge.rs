//! Merging an archive into a bank that exists: its documents beside or instead of those that are there.

use super::archive::{Archive, Document};
use super::{facts, restore};
use crate::error::{Result, during};
use crate::observation;
use crate::work::Job;
use serde_json::{Value, json};
use std::collections::HashMap;
use uuid::Uuid;

const ACTION: &str = "merge an archive into a bank";

/// What to do with a document whose id is taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Conflict {
    /// Leave what is there.
    Skip,
    /// Remove what is there.
    Replace,
    /// Write the archive's one under a new id.
    NewId,
}

impl Conflict {
    /// From the API's word.
    pub(crate) fn from_word(word: &str) -> Option<Self> {
        match word {
            "skip" => Some(Self::Skip),
            "replace" => Some(Self::Replace),
            "new-id" => Some(Self::NewId),
            _ => None,
        }
    }
}

/// Writes the archive's documents, observations and mental models into the operation's bank.
pub(super) async fn merge(job: &Job, archive: &Archive, conflict: Conflict) -> Result<Value> {
    let bank = &job.bank;
    let there: Vec<(i64, String)> = sqlx::query_as("SELECT no, id FROM document WHERE bank = ?1")
        .bind(bank.no)
        .fetch_all(job.engine.read())
        .await
        .map_err(during(ACTION))?;
    let there: HashMap<String, i64> = there.into_iter().map(|(no, id)| (id, no)).collect();
    let mut ids = HashMap::new();
    let mut skipped = Vec::new();
    let mut chosen: Vec<Document> = Vec::new();
    for document in &archive.documents {
        match (there.get(&document.id), conflict) {
            (Some(_), Conflict::Skip) => {
                skipped.push(document.id.clone());
                continue;
            }
            (Some(no), Conflict::Replace) => remove(job, *no).await?,
            (Some(_), Conflict::NewId) => {
                ids.insert(document.id.clone(), Uuid::new_v4().to_string());
            }
            (None, _) => {}
        }
        chosen.push(document.clone());
    }
    let written = facts::documents(job, bank, &chosen, &ids).await?;
    let observations = facts::observations(job, bank, &archive.observations, &written).await?;
    let mut write = job.engine.write().await?;
    for row in archive.invalidated.iter().filter(|row| {
        super::archive::text_column(row, "document_id").is_some_and(|id| !skipped.contains(&id))
    }) {
        facts::invalidated(&mut write, bank, row, &ids).await?;
    }
    for row in &archive.mental_models {
        restore::mental_model(&mut write, bank, row).await?;
    }
    write.commit().await?;
    Ok(json!({
        "facts_imported": written.facts, "documents_skipped": skipped.len(), "documents_imported": chosen.len(),
        "observations_skipped": archive.observations.len() - observations, "skipped_document_ids": skipped,
        "observations_imported": observations, "remapped_document_ids": ids,
        "mental_models_imported": archive.mental_models.len(), "knowledge_pages_imported": 0,
    }))
}

async fn remove(job: &Job, document: i64) -> Result<()> {
    let mut write = job.engine.write().await?;
    let units: Vec<i64> = sqlx::query_scalar("SELECT no FROM unit WHERE document = ?1")
        .bind(document)
        .fetch_all(write.sql())
        .await
        .map_err(during(ACTION))?;
    observation::sources_gone(&mut write, job.bank.no, &units).await?;
    write.remove_units(job.bank.no, &units).await?;
    sqlx::query("DELETE FROM document WHERE no = ?1")
        .bind(document)
        .execute(write.sql())
        .await
        .map_err(during(ACTION))?;
    write.commit().await
}

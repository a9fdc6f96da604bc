//! The files of an archive and their rows, as hindsight 1.1 writes them (schema version 1).
//!
//! Rows that a server keeps as table rows (banks, directives, mental models) carry their JSON columns as
//! text; documents and observations are plain JSON.

use crate::error::{EngineError, Result};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::io::{Cursor, Read as _, Write as _};
use zip::write::SimpleFileOptions;
use zip::{ZipArchive, ZipWriter};

/// The layout that we write and read.
pub(crate) const SCHEMA_VERSION: u64 = 1;
/// The most that one file of an archive may unpack to, in bytes: against archives made to fill a disk.
const LARGEST_FILE: u64 = 512 * 1024 * 1024;

/// `manifest.json`.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Manifest {
    pub(crate) schema_version: u64,
    pub(crate) source_bank_id: String,
    pub(crate) exported_at: String,
    pub(crate) document_count: usize,
    pub(crate) fact_count: usize,
    pub(crate) observation_count: usize,
    pub(crate) mental_model_count: usize,
    pub(crate) knowledge_page_count: usize,
    /// `bank` or `documents`.
    pub(crate) archive_type: String,
    pub(crate) directive_count: usize,
    pub(crate) webhook_count: usize,
    pub(crate) includes_history: bool,
    pub(crate) scope: Value,
    pub(crate) attachment_count: usize,
    pub(crate) operation_count: usize,
    pub(crate) invalidated_memory_count: usize,
    pub(crate) bank_rows_json_encoding: String,
}

/// One of `documents/*.json`.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Document {
    pub(crate) id: String,
    #[serde(default)]
    pub(crate) original_text: Option<String>,
    #[serde(default)]
    pub(crate) retain_params: Option<Value>,
    #[serde(default)]
    pub(crate) tags: Vec<String>,
    #[serde(default)]
    pub(crate) created_at: Option<String>,
    #[serde(default)]
    pub(crate) chunks: Vec<Chunk>,
    #[serde(default)]
    pub(crate) facts: Vec<Fact>,
}

/// A chunk of a document.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Chunk {
    pub(crate) chunk_index: i64,
    pub(crate) chunk_text: String,
}

/// A fact of a document; observations name it by document and place in this list.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Fact {
    pub(crate) text: String,
    #[serde(default)]
    pub(crate) source_id: Option<String>,
    #[serde(default)]
    pub(crate) fact_type: Option<String>,
    #[serde(default)]
    pub(crate) context: Option<String>,
    #[serde(default)]
    pub(crate) event_date: Option<String>,
    #[serde(default)]
    pub(crate) occurred_start: Option<String>,
    #[serde(default)]
    pub(crate) occurred_end: Option<String>,
    #[serde(default)]
    pub(crate) mentioned_at: Option<String>,
    #[serde(default)]
    pub(crate) metadata: Option<Map<String, Value>>,
    #[serde(default)]
    pub(crate) tags: Vec<String>,
    #[serde(default)]
    pub(crate) observation_scopes: Option<Value>,
    #[serde(default)]
    pub(crate) chunk_index: Option<i64>,
    #[serde(default)]
    pub(crate) entities: Vec<String>,
    #[serde(default)]
    pub(crate) causal_relations: Vec<Value>,
    #[serde(default)]
    pub(crate) created_at: Option<String>,
    #[serde(default)]
    pub(crate) consolidated_at: Option<String>,
    #[serde(default)]
    pub(crate) consolidation_failed_at: Option<String>,
}

/// A row of `observations.json`.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Observation {
    #[serde(default)]
    pub(crate) source_id: Option<String>,
    pub(crate) text: String,
    #[serde(default)]
    pub(crate) created_at: Option<String>,
    #[serde(default)]
    pub(crate) tags: Vec<String>,
    #[serde(default)]
    pub(crate) event_date: Option<String>,
    #[serde(default)]
    pub(crate) occurred_start: Option<String>,
    #[serde(default)]
    pub(crate) occurred_end: Option<String>,
    #[serde(default)]
    pub(crate) mentioned_at: Option<String>,
    #[serde(default)]
    pub(crate) observation_scopes: Option<Value>,
    #[serde(default)]
    pub(crate) proof_count: Option<u32>,
    #[serde(default)]
    pub(crate) sources: Vec<SourceFact>,
}

/// A fact that an observation rests on.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct SourceFact {
    pub(crate) document_id: String,
    pub(crate) fact_index: usize,
}

/// Everything in an archive.
#[derive(Clone, Debug, Default)]
pub(crate) struct Archive {
    pub(crate) manifest: Manifest,
    pub(crate) documents: Vec<Document>,
    pub(crate) observations: Vec<Observation>,
    pub(crate) banks: Vec<Map<String, Value>>,
    pub(crate) directives: Vec<Map<String, Value>>,
    pub(crate) mental_models: Vec<Map<String, Value>>,
    pub(crate) mental_model_history: Vec<Map<String, Value>>,
    pub(crate) invalidated: Vec<Map<String, Value>>,
    /// Earlier versions of observations. A file of our own: a Hindsight server skips it.
    pub(crate) observation_history: Vec<Map<String, Value>>,
    /// Rows of `history/llm_requests.json` and `history/audit_log.json`.
    pub(crate) llm_requests: Vec<Map<String, Value>>,
    pub(crate) audit: Vec<Map<String, Value>>,
}

impl Archive {
    /// As if it had been exported with `include_data=false`.
    pub(crate) fn leave_out_data(&mut self) {
        self.documents.clear();
        self.observations.clear();
        self.invalidated.clear();
        self.observation_history.clear();
    }

    /// As if it had been exported with `include_bank_config=false`.
    pub(crate) fn leave_out_bank_config(&mut self) {
        self.banks.clear();
        self.directives.clear();
    }
}

/// A text column that may hold JSON, or JSON itself: both encodings are in use.
pub(crate) fn json_column(row: &Map<String, Value>, name: &str) -> Value {
    match row.get(name) {
        Some(Value::String(text)) => serde_json::from_str(text).unwrap_or(Value::Null),
        Some(value) => value.clone(),
        None => Value::Null,
    }
}

/// A text column that is set.
pub(crate) fn text_column(row: &Map<String, Value>, name: &str) -> Option<String> {
    row.get(name).and_then(Value::as_str).map(str::to_owned)
}

/// A list of texts, as JSON or as JSON text.
pub(crate) fn list_column(row: &Map<String, Value>, name: &str) -> Vec<String> {
    serde_json::from_value(json_column(row, name)).unwrap_or_default()
}

impl Archive {
    /// Packs the archive.
    pub(crate) fn pack(&self) -> Result<Vec<u8>> {
        let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
        for (at, document) in self.documents.iter().enumerate() {
            put(&mut zip, &format!("documents/{at:06}.json"), document)?;
        }
        put(&mut zip, "observations.json", &self.observations)?;
        if self.manifest.archive_type == "bank" {
            put(&mut zip, "data/async_operations.json", &Value::Array(Vec::new()))?;
            put(&mut zip, "data/graph_maintenance_queue.json", &Value::Array(Vec::new()))?;
            put(&mut zip, "data/entity_maintenance_queue.json", &Value::Array(Vec::new()))?;
            put(&mut zip, "data/invalidated_memory_units.json", &self.invalidated)?;
            put(&mut zip, "mental_models.json", &self.mental_models)?;
            put(&mut zip, "mental_model_history.json", &self.mental_model_history)?;
            put(&mut zip, "banks.json", &self.banks)?;
            put(&mut zip, "directives.json", &self.directives)?;
            put(&mut zip, "webhooks.json", &Value::Array(Vec::new()))?;
            put(&mut zip, "knowledge_pages.json", &Value::Array(Vec::new()))?;
            put(&mut zip, "observation_history.json", &self.observation_history)?;
        }
        if self.manifest.includes_history {
            put(&mut zip, "history/audit_log.json", &self.audit)?;
            put(&mut zip, "history/llm_requests.json", &self.llm_requests)?;
        }
        put(&mut zip, "manifest.json", &self.manifest)?;
        let cursor = zip.finish().map_err(|error| broken(&error))?;
        Ok(cursor.into_inner())
    }

    /// Unpacks an archive; files that it does not know are skipped.
    ///
    /// # Errors
    /// 400 for what is no archive, lacks its manifest or has a newer layout.
    pub(crate) fn unpack(bytes: &[u8]) -> Result<Self> {
        let mut zip = ZipArchive::new(Cursor::new(bytes))
            .map_err(|error| EngineError::bad_request(format!("The file is no bank archive: {error}")))?;
        let manifest: Manifest = take(&mut zip, "manifest.json")?
            .ok_or_else(|| EngineError::bad_request("The archive has no manifest.json"))?;
        if manifest.schema_version > SCHEMA_VERSION {
            let version = manifest.schema_version;
            return Err(EngineError::bad_request(format!(
                "The archive's layout {version} is newer than this engine"
            )));
        }
        let mut names: Vec<String> =
            zip.file_names().filter_map(|name| Some(name.ok()?.into_owned())).collect();
        names.retain(|name| name.starts_with("documents/") && name.ends_with(".json"));
        names.sort();
        let mut documents = Vec::with_capacity(names.len());
        for name in names {
            documents.extend(take::<Document>(&mut zip, &name)?);
        }
        Ok(Self {
            manifest,
            documents,
            observations: take(&mut zip, "observations.json")?.unwrap_or_default(),
            banks: take(&mut zip, "banks.json")?.unwrap_or_default(),
            directives: take(&mut zip, "directives.json")?.unwrap_or_default(),
            mental_models: take(&mut zip, "mental_models.json")?.unwrap_or_default(),
            mental_model_history: take(&mut zip, "mental_model_history.json")?.unwrap_or_default(),
            invalidated: take(&mut zip, "data/invalidated_memory_units.json")?.unwrap_or_default(),
            observation_history: take(&mut zip, "observation_history.json")?.unwrap_or_default(),
            llm_requests: take(&mut zip, "history/llm_requests.json")?.unwrap_or_default(),
            audit: take(&mut zip, "history/audit_log.json")?.unwrap_or_default(),
        })
    }
}

fn put(zip: &mut ZipWriter<Cursor<Vec<u8>>>, name: &str, value: &impl Serialize) -> Result<()> {
    zip.start_file(name, SimpleFileOptions::default()).map_err(|error| broken(&error))?;
    let json = serde_json::to_vec(value).map_err(|error| broken(&error))?;
    zip.write_all(&json).map_err(|error| broken(&error))
}

fn take<T: DeserializeOwned>(zip: &mut ZipArchive<Cursor<&[u8]>>, name: &str) -> Result<Option<T>> {
    let file = match zip.by_name(name) {
        Ok(file) => file,
        Err(zip::result::ZipError::FileNotFound) => return Ok(None),
        Err(error) => {
            return Err(EngineError::bad_request(format!("`{name}` of the archive cannot be read: {error}")));
        }
    };
    let mut text = Vec::new();
    let unreadable = |error: &dyn std::fmt::Display| {
        EngineError::bad_request(format!("`{name}` of the archive cannot be read: {error}"))
    };
    file.take(LARGEST_FILE + 1).read_to_end(&mut text).map_err(|error| unreadable(&error))?;
    if text.len() as u64 > LARGEST_FILE {
        return Err(unreadable(&"it unpacks to more than 512 MB"));
    }
    serde_json::from_slice(&text).map(Some).map_err(|error| unreadable(&error))
}

fn broken(error: &dyn std::fmt::Display) -> EngineError {
    EngineError::refused(
        axum::http::StatusCode::INTERNAL_SERVER_ERROR,
        format!("could not pack the archive: {error}"),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_packed_unpacks_and_what_is_no_archive_is_told() {
        let archive = Archive {
            manifest: Manifest {
                schema_version: 1,
                source_bank_id: "b".into(),
                archive_type: "bank".into(),
                ..Manifest::default()
            },
            observations: vec![Observation {
                source_id: None,
                text: "o".into(),
                created_at: None,
                tags: vec!["t".into()],
                event_date: None,
                occurred_start: None,
                occurred_end: None,
                mentioned_at: None,
                observation_scopes: None,
                proof_count: Some(1),
                sources: Vec::new(),
            }],
            ..Archive::default()
        };
        let read = Archive::unpack(&archive.pack().unwrap()).unwrap();
        assert_eq!((read.manifest.source_bank_id.as_str(), read.observations.len()), ("b", 1));
        assert!(Archive::unpack(b"no zip").unwrap_err().to_string().contains("no bank archive"));
    }
}

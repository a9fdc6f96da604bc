//! What is in an archive, read from its manifest before a server is asked. Only the manifest is unpacked.

use rearview_domain::{BankId, Error, ErrorCode};
use serde::{Deserialize, Serialize};
use std::fs::File;
use std::io::Read as _;
use std::path::Path;
use ts_rs::TS;

/// Most bytes of a manifest; those of Hindsight have less than a thousand.
const LARGEST_MANIFEST: u64 = 1024 * 1024;
/// The newest layout that is known.
const LAYOUT: u64 = 1;

/// What is in an archive, by its own words.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export)]
pub struct ArchiveInfo {
    /// The bank that was packed.
    pub bank_id: BankId,
    /// When.
    pub exported_at: Option<String>,
    /// Whether it is a whole bank; else it holds documents only.
    pub whole_bank: bool,
    /// Documents.
    #[ts(type = "number | null")]
    pub documents: Option<u64>,
    /// Facts.
    #[ts(type = "number | null")]
    pub facts: Option<u64>,
    /// Observations.
    #[ts(type = "number | null")]
    pub observations: Option<u64>,
    /// Mental models.
    #[ts(type = "number | null")]
    pub mental_models: Option<u64>,
    /// Directives.
    #[ts(type = "number | null")]
    pub directives: Option<u64>,
    /// Whether logs are in it.
    pub history: bool,
    /// Its size in bytes.
    #[ts(type = "number")]
    pub bytes: u64,
}

#[derive(Deserialize)]
#[serde(default)]
#[derive(Default)]
struct Manifest {
    schema_version: Option<u64>,
    source_bank_id: Option<String>,
    exported_at: Option<String>,
    archive_type: Option<String>,
    document_count: Option<u64>,
    fact_count: Option<u64>,
    observation_count: Option<u64>,
    mental_model_count: Option<u64>,
    directive_count: Option<u64>,
    includes_history: Option<bool>,
}

/// Reads what is in an archive. Call it where blocking is allowed.
///
/// # Errors
/// `InvalidInput` for what is no archive of a bank, `ServerIncompatible` for one of a newer layout.
pub fn read_archive(path: &Path, name: &str) -> Result<ArchiveInfo, Error> {
    let broken = |why: String| {
        Error::new(ErrorCode::InvalidInput, format!("`{name}` is no archive of a bank: {why}."))
            .hint("Choose a file that was made by “Archive to a file”, or by an export of Hindsight.")
    };
    let file = File::open(path).map_err(|error| broken(error.to_string()))?;
    let bytes = file.metadata().map_err(|error| broken(error.to_string()))?.len();
    let mut zip = zip::ZipArchive::new(file).map_err(|error| broken(error.to_string()))?;
    let manifest = zip.by_name("manifest.json").map_err(|_| broken("it has no manifest".to_owned()))?;
    let mut text = Vec::new();
    let read = manifest.take(LARGEST_MANIFEST + 1).read_to_end(&mut text);
    read.map_err(|error| broken(error.to_string()))?;
    if text.len() as u64 > LARGEST_MANIFEST {
        return Err(broken("its manifest is too large".to_owned()));
    }
    let manifest: Manifest =
        serde_json::from_slice(&text).map_err(|_| broken("its manifest cannot be read".to_owned()))?;
    if manifest.schema_version.is_some_and(|version| version > LAYOUT) {
        let message = format!("`{name}` was made by a newer Hindsight than Rearview knows.");
        return Err(Error::new(ErrorCode::ServerIncompatible, message).hint("Update Rearview and try again."));
    }
    let bank =
        manifest.source_bank_id.ok_or_else(|| broken("it does not say which bank it is".to_owned()))?;
    Ok(ArchiveInfo {
        bank_id: BankId(bank),
        exported_at: manifest.exported_at,
        whole_bank: manifest.archive_type.as_deref() != Some("documents"),
        documents: manifest.document_count,
        facts: manifest.fact_count,
        observations: manifest.observation_count,
        mental_models: manifest.mental_model_count,
        directives: manifest.directive_count,
        history: manifest.includes_history.unwrap_or(false),
        bytes,
    })
}

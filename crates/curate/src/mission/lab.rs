//! The mission lab: documents of a bank are read again under the missions that hold and under new ones, nothing is
//! stored, and what became of each fact is told document by document.
//!
//! `api` asks the price first (`plan`) and lets a person confirm. Dropping the run stops it.

use super::pair::{Pairs, pair};
use futures_util::{StreamExt as _, stream};
use rearview_domain::{BankId, DocumentId, Error, ErrorCode};
use rearview_hindsight::{
    BankConfig, Client, Document, DryRun, DryRunRequest, ExtractionOverrides, HindsightError, TokenUsage,
};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use ts_rs::TS;

/// Documents that are read at a time, each under both missions: a model of this computer answers no faster when it is
/// asked more at once.
const AT_ONCE: usize = 2;

/// What a mission lab tells, in order: `started`, then `read` or `failed` for each document in the order they end,
/// then the stream's own end.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
#[serde(tag = "kind", rename_all = "camelCase", rename_all_fields = "camelCase")]
#[ts(export)]
pub enum LabEvent {
    /// It began.
    Started {
        /// How many documents there are to read.
        documents: u32,
    },
    /// A document was read twice.
    Read {
        /// The document.
        id: DocumentId,
        /// What became of its facts.
        pairs: Pairs,
        /// Tokens under the missions that hold.
        before: TokenUsage,
        /// Tokens under the new ones.
        after: TokenUsage,
    },
    /// A document could not be read under both.
    Failed {
        /// The document.
        id: DocumentId,
        /// Why.
        error: Error,
        /// Tokens that one of the two readings took all the same.
        used: TokenUsage,
    },
}

/// The missions that are tried: all that the bank would override of them.
pub type Draft = Map<String, Value>;

/// Reads documents twice and tells what came of it. `tell` answers whether anybody still listens.
///
/// # Errors
/// What makes every further document fail as well: a refused key, a quota, a server that is gone or lacks dry runs.
/// What was told before stays true.
pub async fn run(
    client: &Client,
    bank: &BankId,
    config: &BankConfig,
    draft: &Draft,
    documents: &[DocumentId],
    mut tell: impl FnMut(LabEvent) -> bool,
) -> Result<(), Error> {
    let count = u32::try_from(documents.len()).unwrap_or(u32::MAX);
    if !tell(LabEvent::Started { documents: count }) {
        return Ok(());
    }
    // Made before they run: a closure over borrowed ids would not be `Send` for every lifetime.
    let readings: Vec<_> =
        documents.iter().map(|id| read_twice(client, bank, config, draft, id.clone())).collect();
    let mut readings = stream::iter(readings).buffer_unordered(AT_ONCE);
    while let Some((event, fatal)) = readings.next().await {
        if !tell(event) {
            return Ok(());
        }
        if let Some(error) = fatal {
            return Err(error);
        }
    }
    Ok(())
}

/// The event, and the error when it is of the kind that no other document escapes.
async fn read_twice(
    client: &Client,
    bank: &BankId,
    config: &BankConfig,
    draft: &Draft,
    id: DocumentId,
) -> (LabEvent, Option<Error>) {
    let none = TokenUsage::default();
    let document = match client.document(bank, &id).await {
        Ok(Some(document)) => document,
        Ok(None) => return (failed(id, gone(), none), None),
        Err(error) => return ended(id, &error, none),
    };
    let Some(request) = request(&document) else { return (failed(id, textless(), none), None) };
    let after =
        DryRunRequest { overrides: overrides(config, draft, request.strategy.as_deref()), ..request.clone() };
    let (before, after) = tokio::join!(client.dry_run(bank, &request), client.dry_run(bank, &after));
    match (before, after) {
        (Ok(before), Ok(after)) => {
            let pairs = pair(&before.facts, &after.facts);
            (LabEvent::Read { id, pairs, before: before.usage, after: after.usage }, None)
        }
        (Ok(DryRun { usage, .. }), Err(error)) | (Err(error), Ok(DryRun { usage, .. })) => {
            ended(id, &error, usage)
        }
        (Err(error), Err(_)) => ended(id, &error, none),
    }
}

fn ended(id: DocumentId, error: &HindsightError, used: TokenUsage) -> (LabEvent, Option<Error>) {
    let fatal = matches!(
        error,
        HindsightError::Unauthorized(_)
            | HindsightError::Forbidden(_)
            | HindsightError::Quota(_)
            | HindsightError::Unreachable(_)
            | HindsightError::FeatureMissing { .. }
    );
    let error = error.to_error();
    let stops = fatal.then(|| error.clone());
    (failed(id, error, used), stops)
}

fn failed(id: DocumentId, error: Error, used: TokenUsage) -> LabEvent {
    LabEvent::Failed { id, error, used }
}

fn gone() -> Error {
    Error::new(ErrorCode::NotFound, "The document is not there any more.").hint("Choose the documents again.")
}

fn textless() -> Error {
    Error::new(ErrorCode::InvalidInput, "The memory server keeps no text of this document.")
        .hint("The setting `store_document_text` of the bank decides that.")
}

/// The document as it was retained; `None` when the server keeps no text.
fn request(document: &Document) -> Option<DryRunRequest> {
    let given = |key: &str| document.retain_params.get(key).and_then(Value::as_str).map(str::to_owned);
    let said_at = given("event_date").filter(|at| at.parse::<jiff::Timestamp>().is_ok());
    Some(DryRunRequest {
        content: document.original_text.clone().filter(|text| !text.trim().is_empty())?,
        context: given("context"),
        timestamp: said_at.or_else(|| document.updated_at.clone()).or_else(|| document.created_at.clone()),
        strategy: given("strategy"),
        overrides: ExtractionOverrides::default(),
    })
}

/// What a draft makes of each setting of extraction, spelled out, so that nothing of what holds now shows through.
/// A strategy goes before the bank's own settings. An override that the draft gives back counts as the API's own
/// default: what lies between cannot be asked for.
pub(super) fn overrides(config: &BankConfig, draft: &Draft, strategy: Option<&str>) -> ExtractionOverrides {
    let bank = |key: &str| match draft.get(key) {
        Some(value) => value.clone(),
        None if config.overrides.get(key).is_some_and(|value| !value.is_null()) => built_in(key),
        None => config.config.get(key).cloned().unwrap_or_else(|| built_in(key)),
    };
    let default = bank("retain_default_strategy");
    let strategies = bank("retain_strategies");
    let chosen = strategy.or(default.as_str()).and_then(|name| strategies.get(name));
    let of = |key: &str| match chosen.and_then(|partial| partial.get(key)) {
        Some(value) if !value.is_null() => value.clone(),
        _ => bank(key),
    };
    let text = |key: &str| Some(of(key).as_str().unwrap_or_default().to_owned());
    ExtractionOverrides {
        retain_mission: text("retain_mission"),
        retain_extraction_mode: text("retain_extraction_mode").filter(|mode| !mode.is_empty()),
        retain_custom_instructions: text("retain_custom_instructions"),
        retain_chunk_size: of("retain_chunk_size").as_u64().and_then(|size| u32::try_from(size).ok()),
        entity_labels: Some(of("entity_labels").as_array().cloned().unwrap_or_default()),
        entities_allow_free_form: of("entities_allow_free_form").as_bool(),
    }
}

/// Whether a draft reads texts otherwise than what holds, for a document without a strategy of its own or of any.
pub fn differs(config: &BankConfig, draft: &Draft) -> bool {
    let now = super::of(&config.overrides);
    let strategies = |draft: &Draft| draft.get("retain_strategies").cloned();
    overrides(config, draft, None) != overrides(config, &now, None) || strategies(draft) != strategies(&now)
}

/// The values of a bank that sets nothing, on a server that sets nothing (Hindsight 1.1).
fn built_in(key: &str) -> Value {
    match key {
        "retain_extraction_mode" => Value::from("concise"),
        "retain_chunk_size" => Value::from(3000),
        "entities_allow_free_form" => Value::from(true),
        _ => Value::Null,
    }
}

#[cfg(test)]
#[path = "lab_tests.rs"]
mod tests;

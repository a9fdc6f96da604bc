//! Which calls of models belong to a call of a bank. Neither log names the other's entries, so it is told by operation
//! and time on the one clock of the server, or by the document, and said when that leaves a choice.

use super::{CallKind, ms_of};
use rearview_hindsight::{AuditEntry, LlmRequest};
use serde::Serialize;
use serde_json::Value;
use std::collections::BTreeSet;
use ts_rs::TS;

/// The calls of models that a call of a bank made.
#[derive(Clone, Debug, Default, PartialEq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export)]
pub struct CallModels {
    /// Those that can be its own, in the order they began, without prompts and answers.
    pub items: Vec<LlmRequest>,
    /// How many runs they are. More than one means that the logs do not tell which of them belongs to it.
    pub runs: u32,
    /// Whether they were found by the document that was stored; otherwise by operation and time.
    pub by_document: bool,
}

/// Picks those that belong to an entry. Prompts and answers are left out.
pub fn models_of(entry: &AuditEntry, listed: Vec<LlmRequest>) -> CallModels {
    let kind = CallKind::of(&entry.action);
    let documents = documents(entry);
    let by_document = kind == CallKind::Retain;
    let mut items: Vec<LlmRequest> = listed
        .into_iter()
        .filter(|call| if by_document { about(call, &documents) } else { within(call, entry, kind) })
        .map(|call| LlmRequest { input: None, output: None, ..call })
        .collect();
    items.sort_by(|a, b| {
        let at = |call: &LlmRequest| call.started_at.as_deref().and_then(ms_of);
        at(a).cmp(&at(b)).then_with(|| a.id.cmp(&b.id))
    });
    let runs: BTreeSet<&str> =
        items.iter().map(|call| call.trace_id.as_deref().unwrap_or(&call.id)).collect();
    let runs = u32::try_from(runs.len()).unwrap_or(u32::MAX);
    CallModels { items, runs, by_document }
}

/// The documents that a retain wrote, as far as its request or its answer names them.
pub fn documents(entry: &AuditEntry) -> Vec<String> {
    let Some(request) = &entry.request else { return Vec::new() };
    let items = request.get("items").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let ids = items.iter().chain([request]).filter_map(|item| item.get("document_id")?.as_str());
    ids.map(str::to_owned).collect()
}

fn about(call: &LlmRequest, documents: &[String]) -> bool {
    let document = call.metadata.as_ref().and_then(|notes| notes.get("document_id")?.as_str());
    document.is_some_and(|document| documents.iter().any(|one| one == document))
}

fn within(call: &LlmRequest, entry: &AuditEntry, kind: CallKind) -> bool {
    let ms = |text: &Option<String>| text.as_deref().and_then(ms_of);
    let (Some(from), Some(to), Some(at)) = (ms(&entry.started_at), ms(&entry.ended_at), ms(&call.started_at))
    else {
        return false;
    };
    let word = match kind {
        CallKind::Recall => "recall",
        CallKind::Reflect => "reflect",
        CallKind::Retain | CallKind::Other => return false,
    };
    call.operation.as_deref() == Some(word) && (from..=to).contains(&at)
}

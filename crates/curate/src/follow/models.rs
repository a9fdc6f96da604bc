//! Which calls of models belong to a call of a bank. Neither log names the other's entries, so it is told by operation
//! and time on the one clock of the server, or by the document, and said when that leaves a choice.

use super::{CallKind, ms_of, window};
use rearview_hindsight::{AuditEntry, LlmRequest, LlmRequestPage};
use serde::{Deserialize, Serialize};
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

/// Where a look into the log of model calls ended. A page of it holds whole prompts, so the next look first asks for one
/// call and the count, and lists only when this says that something came.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(default, rename_all = "camelCase", deny_unknown_fields)]
#[ts(export, optional_fields = nullable)]
pub struct ModelMark {
    /// From when on was looked, in the server's time; absent when there was no beginning.
    pub from: Option<String>,
    /// How many calls there were from then on; absent when the server did not say.
    pub total: Option<u64>,
    /// The id of the newest.
    pub newest: Option<String>,
    /// When the newest began, in the server's words.
    pub newest_at: Option<String>,
}

impl ModelMark {
    /// Where a look that began at `from` ended. Pages have the newest call first.
    pub fn of(from: Option<String>, page: &LlmRequestPage) -> Self {
        let newest = page.items.first();
        Self {
            from,
            total: page.total,
            newest: newest.map(|call| call.id.clone()),
            newest_at: newest.and_then(|call| call.started_at.clone()),
        }
    }

    /// Whether nothing came: the same newest call, and as many. A server that does not count never says so.
    pub fn stands(&self, page: &LlmRequestPage) -> bool {
        self.total.is_some()
            && self.total == page.total
            && self.newest.as_deref() == page.items.first().map(|call| call.id.as_str())
    }

    /// From when on to list what came, late calls among it.
    pub fn next(&self) -> Option<String> {
        self.newest_at.as_deref().and_then(window).or_else(|| self.from.clone())
    }
}

/// A call of a model as a list tells it: prompt, answer and how it was asked are read by themselves.
pub fn listed(call: LlmRequest) -> LlmRequest {
    LlmRequest { input: None, output: None, llm_info: None, ..call }
}

/// Picks those that belong to an entry. Prompts and answers are left out.
pub fn models_of(entry: &AuditEntry, calls: Vec<LlmRequest>) -> CallModels {
    let kind = CallKind::of(&entry.action);
    let documents = documents(entry);
    let by_document = kind == CallKind::Retain;
    let mut items: Vec<LlmRequest> = calls
        .into_iter()
        .filter(|call| if by_document { about(call, &documents) } else { within(call, entry, kind) })
        .map(listed)
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

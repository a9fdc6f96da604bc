//! One memory: itself, the observations built on it, the calls of models it came of.

use crate::app::App;
use crate::wire::*;
use rearview_curate::observed::ObservationsOn;
use rearview_curate::sentence;
use rearview_domain::memory::FactType;
use rearview_domain::{BankId, Error};
use rearview_hindsight::{Client, HindsightError, LlmRequest, LlmRequestFilter, WholeMemory};
use serde_json::Value;
use std::collections::HashSet;

/// Observations of a bank that are looked through at one go.
const LOOKED_AT_ONCE: u32 = 50_000;
/// Calls of models that are looked at, of one document and of one memory.
const CALLS: u32 = 40;
/// Calls that are told.
const TOLD: usize = 20;
/// Sources of an observation whose calls are looked at.
const SOURCES: usize = 3;
/// Less of a memory's words in an answer is chance.
const SURE_SHARE: f32 = 0.6;

pub async fn get(app: &App, request: FactRef) -> Result<WholeMemory, Error> {
    let client = app.0.clients.client(&request.server_id).await?;
    client.whole_memory(&request.bank_id, &request.id).await.map_err(|error| error.to_error())
}

pub async fn observations(app: &App, request: FindObservations) -> Result<ObservationsOn, Error> {
    let client = app.0.clients.client(&request.server_id).await?;
    let facts = if request.sources.is_empty() { vec![request.id.clone()] } else { request.sources };
    let most = request.most.clamp(1, LOOKED_AT_ONCE);
    let server = (&request.server_id, &client);
    let found = app.0.observed.find(server, &request.bank_id, &facts, &request.id, most).await;
    found.map_err(|error| error.to_error())
}

pub async fn clear_observations(app: &App, request: FactRef) -> Result<ObservationsCleared, Error> {
    let client = app.0.clients.client(&request.server_id).await?;
    let count = client.clear_observations_of(&request.bank_id, &request.id).await;
    count.map(|count| ObservationsCleared { count }).map_err(|error| error.to_error())
}

pub async fn made_by(app: &App, request: FactRef) -> Result<MadeBy, Error> {
    let feature = app.0.clients.features(&request.server_id).await?.llm_requests;
    if !feature.available {
        return Ok(MadeBy { calls: Vec::new(), why: feature.reason });
    }
    let client = app.0.clients.client(&request.server_id).await?;
    let bank = &request.bank_id;
    let memory = client.whole_memory(bank, &request.id).await.map_err(|error| error.to_error())?.fact;
    let observation = memory.fact_type == Some(FactType::Observation);
    let mut filters: Vec<LlmRequestFilter> = Vec::new();
    let of_memory =
        |id: &str| LlmRequestFilter { memory_id: Some(id.to_owned()), ..LlmRequestFilter::default() };
    if observation {
        filters.extend(memory.source_memory_ids.iter().take(SOURCES).map(|id| of_memory(id)));
    } else {
        filters.push(of_memory(&memory.id));
        filters.extend(memory.document_id.iter().map(|document| LlmRequestFilter {
            document_id: Some(document.to_string()),
            ..LlmRequestFilter::default()
        }));
    }
    let mut calls: Vec<MadeByCall> = Vec::new();
    let mut seen = HashSet::new();
    for filter in filters {
        let named = filter.memory_id.is_some();
        for call in requests(&client, bank, filter).await.map_err(|error| error.to_error())? {
            let Some(part) = part(&call) else { continue };
            let wanted = if observation {
                part == MadeByPart::Consolidated
            } else {
                named || part == MadeByPart::Extracted
            };
            if wanted && seen.insert(call.id.clone()) {
                let sure = says(call.output.as_ref(), &memory.text) || (named && !observation);
                calls.push(told(call, part, sure));
            }
        }
    }
    // Of several that may have made it, the ones whose answer says it.
    for part in [MadeByPart::Extracted, MadeByPart::Consolidated] {
        if calls.iter().any(|call| call.part == part && call.sure) {
            calls.retain(|call| call.part != part || call.sure);
        }
    }
    calls.sort_by(|a, b| b.started_at.cmp(&a.started_at));
    calls.truncate(TOLD);
    Ok(MadeBy { calls, why: None })
}

async fn requests(
    client: &Client,
    bank: &BankId,
    filter: LlmRequestFilter,
) -> Result<Vec<LlmRequest>, HindsightError> {
    let filter = LlmRequestFilter { limit: Some(CALLS), ..filter };
    match client.llm_requests(bank, &filter).await {
        Ok(page) => Ok(page.items),
        Err(HindsightError::FeatureMissing { .. } | HindsightError::NotFound { .. }) => Ok(Vec::new()),
        Err(error) => Err(error),
    }
}

/// What a call did, as far as it has to do with memories; embeddings and rerankers make none.
fn part(call: &LlmRequest) -> Option<MadeByPart> {
    let scope = call.scope.as_deref().or(call.operation.as_deref())?;
    match scope {
        scope if scope.starts_with("retain") => Some(MadeByPart::Extracted),
        scope if scope.starts_with("consolidation") => Some(MadeByPart::Consolidated),
        _ => None,
    }
}

/// Whether an answer of a model says a memory.
fn says(output: Option<&Value>, memory: &str) -> bool {
    let output = match output {
        Some(Value::String(text)) => text.clone(),
        Some(Value::Null) | None => return false,
        Some(other) => other.to_string(),
    };
    sentence::find(memory, &output).is_some_and(|span| span.share >= SURE_SHARE)
}

fn told(call: LlmRequest, part: MadeByPart, sure: bool) -> MadeByCall {
    MadeByCall {
        id: call.id,
        trace_id: call.trace_id,
        part,
        sure,
        scope: call.scope,
        provider: call.provider,
        model: call.model,
        status: call.status,
        started_at: call.started_at,
        duration_ms: call.duration_ms,
        input_tokens: call.input_tokens,
        output_tokens: call.output_tokens,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn an_answer_says_a_memory_in_whatever_shape_it_comes() {
        let words = "Ana moved to Porto in 2021";
        assert!(says(Some(&json!("{\"facts\":[{\"what\":\"Ana moved to Porto in 2021\"}]}")), words));
        assert!(says(Some(&json!({"facts": [{"what": "Ana moved to Porto", "when": "2021"}]})), words));
        assert!(!says(Some(&json!("{\"facts\":[]}")), words));
        assert!(!says(Some(&json!(null)), words));
        assert!(!says(None, words));
    }

    #[test]
    fn only_extraction_and_consolidation_make_memories() {
        let call = |scope: &str| {
            serde_json::from_value::<LlmRequest>(json!({"id": "1", "scope": scope}))
                .map(|call| part(&call))
                .unwrap()
        };
        assert_eq!(call("retain_extract_facts"), Some(MadeByPart::Extracted));
        assert_eq!(call("consolidation_dedup"), Some(MadeByPart::Consolidated));
        assert_eq!((call("embedding_document"), call("rerank"), call("reflect")), (None, None, None));
    }
}

//! What a server asked its own models lately: for extraction, consolidation, reflect, embeddings.

use crate::address::Path;
use crate::client::Client;
use crate::error;
use crate::lenient;
use crate::query::Query;
use crate::send::Call;
use rearview_domain::BankId;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;
use ts_rs::TS;

/// A call of a model.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
#[serde(rename_all(serialize = "camelCase"))]
#[ts(export, rename_all = "camelCase")]
pub struct LlmRequest {
    /// Its id.
    pub id: String,
    /// What it was for, in the server's word.
    #[serde(default, deserialize_with = "lenient::option")]
    pub operation: Option<String>,
    /// Which step of it, in the server's word.
    #[serde(default, deserialize_with = "lenient::option")]
    pub scope: Option<String>,
    /// The run it belongs to.
    #[serde(default, deserialize_with = "lenient::option")]
    pub trace_id: Option<String>,
    /// Its id within the run.
    #[serde(default, deserialize_with = "lenient::option")]
    pub span_id: Option<String>,
    /// The call that it is part of.
    #[serde(default, deserialize_with = "lenient::option")]
    pub parent_span_id: Option<String>,
    /// Who was asked.
    #[serde(default, deserialize_with = "lenient::option")]
    pub provider: Option<String>,
    /// Which model.
    #[serde(default, deserialize_with = "lenient::option")]
    pub model: Option<String>,
    /// `success` or `error`.
    #[serde(default, deserialize_with = "lenient::option")]
    pub status: Option<String>,
    /// When it began.
    #[serde(default, deserialize_with = "lenient::option")]
    pub started_at: Option<String>,
    /// When it was answered.
    #[serde(default, deserialize_with = "lenient::option")]
    pub ended_at: Option<String>,
    /// How long it took, in milliseconds.
    #[serde(default, deserialize_with = "lenient::option")]
    pub duration_ms: Option<u64>,
    /// Tokens of the prompt.
    #[serde(default, deserialize_with = "lenient::option")]
    pub input_tokens: Option<u64>,
    /// Tokens of the answer.
    #[serde(default, deserialize_with = "lenient::option")]
    pub output_tokens: Option<u64>,
    /// Tokens of the prompt from a cache.
    #[serde(default, deserialize_with = "lenient::option")]
    pub cached_tokens: Option<u64>,
    /// Tokens of reasoning; servers since 1.1.
    #[serde(default, deserialize_with = "lenient::option")]
    pub thoughts_tokens: Option<u64>,
    /// Tokens of both.
    #[serde(default, deserialize_with = "lenient::option")]
    pub total_tokens: Option<u64>,
    /// The prompt.
    #[serde(default)]
    pub input: Option<Value>,
    /// The answer.
    #[serde(default)]
    pub output: Option<Value>,
    /// Why it failed.
    #[serde(default, deserialize_with = "lenient::option")]
    pub error: Option<String>,
    /// How it was asked, in the server's form.
    #[serde(default)]
    pub llm_info: Option<Value>,
    /// What it was about, in the server's form.
    #[serde(default)]
    pub metadata: Option<Value>,
}

/// A page of calls, the newest first.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
#[serde(rename_all(serialize = "camelCase"))]
#[ts(export, rename_all = "camelCase")]
pub struct LlmRequestPage {
    /// Those of the page.
    #[serde(deserialize_with = "lenient::list")]
    pub items: Vec<LlmRequest>,
    /// How many there are in all.
    #[serde(default, deserialize_with = "lenient::option")]
    pub total: Option<u64>,
}

/// Tokens of several calls.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, TS)]
#[serde(rename_all(serialize = "camelCase"))]
#[ts(export, rename_all = "camelCase")]
pub struct TokenSums {
    /// Of prompts.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub input: u64,
    /// Of answers.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub output: u64,
    /// Of prompts, from a cache.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub cached: u64,
    /// Of reasoning; servers since 1.1.
    #[serde(default, deserialize_with = "lenient::option")]
    pub thoughts: Option<u64>,
    /// Of both.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub total: u64,
}

/// A stretch of time of calls.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
#[serde(rename_all(serialize = "camelCase"))]
#[ts(export, rename_all = "camelCase")]
pub struct LlmRequestBucket {
    /// When it begins.
    pub time: String,
    /// How often each ending.
    #[serde(default, deserialize_with = "lenient::map")]
    pub statuses: BTreeMap<String, u64>,
    /// All of them.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub total: u64,
    /// Their tokens.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub tokens: TokenSums,
}

/// How much was asked of models.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
#[serde(rename_all(serialize = "camelCase"))]
#[ts(export, rename_all = "camelCase")]
pub struct LlmRequestVolume {
    /// Over which time.
    #[serde(default, deserialize_with = "lenient::option")]
    pub period: Option<String>,
    /// How long a bucket is: `hour` or `day`.
    #[serde(default, deserialize_with = "lenient::option")]
    pub trunc: Option<String>,
    /// From when.
    #[serde(default, deserialize_with = "lenient::option")]
    pub start: Option<String>,
    /// The buckets that are not empty, the oldest first.
    #[serde(deserialize_with = "lenient::list")]
    pub buckets: Vec<LlmRequestBucket>,
}

/// Which calls. The default lists the first 50 of all.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, TS)]
#[serde(default, rename_all = "camelCase", deny_unknown_fields)]
#[ts(export, optional_fields = nullable)]
pub struct LlmRequestFilter {
    /// With this ending.
    pub status: Option<String>,
    /// For this.
    pub operation: Option<String>,
    /// Of this step.
    pub scope: Option<String>,
    /// Of this run.
    pub trace_id: Option<String>,
    /// About this document.
    pub document_id: Option<String>,
    /// About this fact.
    pub memory_id: Option<String>,
    /// Whether a page is one of whole runs.
    pub group: Option<bool>,
    /// From this time on, ISO 8601.
    pub start_date: Option<String>,
    /// Before this time, ISO 8601.
    pub end_date: Option<String>,
    /// At most this many; servers take up to 500.
    pub limit: Option<u32>,
    /// Without the first so many.
    pub offset: Option<u32>,
}

const FEATURE: &str = "llm_requests";

impl Client {
    /// Lists calls with their prompts and answers.
    ///
    /// # Errors
    /// `NotFound` for a bank that does not exist, `FeatureMissing` where the server keeps none.
    pub async fn llm_requests(
        &self,
        bank: &BankId,
        filter: &LlmRequestFilter,
    ) -> error::Result<LlmRequestPage> {
        let query = Query::default()
            .with("status", &filter.status)
            .with("operation", &filter.operation)
            .with("scope", &filter.scope)
            .with("trace_id", &filter.trace_id)
            .with("document_id", &filter.document_id)
            .with("memory_id", &filter.memory_id)
            .with("group", &filter.group)
            .page(&filter.start_date, &filter.end_date, filter.limit, filter.offset);
        let path = Path::bank(bank)?.word("/llm-requests");
        let call = Call::get(path, format!("list what the bank `{bank}` asked models"));
        self.ask(call.query(query.done()).feature(FEATURE)).await
    }

    /// Counts calls over `1d`, `7d` or `30d`.
    ///
    /// # Errors
    /// As [`Client::llm_requests`].
    pub async fn llm_request_volume(
        &self,
        bank: &BankId,
        operation: Option<String>,
        period: &str,
    ) -> error::Result<LlmRequestVolume> {
        let query = Query::default().with("operation", &operation).with("period", &Some(period));
        let path = Path::bank(bank)?.word("/llm-requests/stats");
        let call = Call::get(path, format!("count what the bank `{bank}` asked models"));
        self.ask(call.query(query.done()).feature(FEATURE)).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_lying_call_keeps_what_is_right_and_prompts_of_any_shape() {
        let page: LlmRequestPage = serde_json::from_value(json!({
            "items": [
                {"id": "1", "input": [{"role": "user"}], "output": 7, "input_tokens": "many", "status": 3},
                {"status": "success"},
            ],
            "total": 2,
        }))
        .unwrap();
        assert_eq!(page.items.len(), 1);
        let call = &page.items[0];
        assert_eq!((call.input_tokens, &call.status, &call.output), (None, &None, &Some(json!(7))));
        let volume: LlmRequestVolume = serde_json::from_value(json!({
            "buckets": [{"time": "t", "tokens": [], "statuses": {"error": 1, "x": null}}],
        }))
        .unwrap();
        assert_eq!((volume.buckets[0].tokens.total, volume.buckets[0].statuses.len()), (0, 1));
    }
}

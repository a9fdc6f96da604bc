//! Extraction without storing: which facts a server would find in a text, under settings that count for this
//! one call.

use crate::address::Path;
use crate::client::Client;
use crate::error::Result;
use crate::lenient;
use crate::retain::TokenUsage;
use crate::send::Call;
use rearview_domain::BankId;
use rearview_domain::memory::FactType;
use reqwest::Method;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use ts_rs::TS;

/// A text and how it is read. What is absent is not sent, and the bank's own setting holds.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct DryRunRequest {
    /// The text.
    pub content: String,
    /// Where it came up.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub context: Option<String>,
    /// When it was said, ISO 8601.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub timestamp: Option<String>,
    /// A retain strategy of the bank.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub strategy: Option<String>,
    /// Settings that count for this one call.
    #[serde(flatten)]
    pub overrides: ExtractionOverrides,
}

/// Settings of extraction that a dry run can try without saving them. An empty text stands for none: a null
/// would mean the bank's own.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, TS)]
#[serde(default)]
#[ts(export, optional_fields = nullable)]
pub struct ExtractionOverrides {
    /// What extraction looks for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub retain_mission: Option<String>,
    /// How much of a text is kept.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub retain_extraction_mode: Option<String>,
    /// The person's own rules, mode `custom` only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub retain_custom_instructions: Option<String>,
    /// Characters of a chunk.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub retain_chunk_size: Option<u32>,
    /// The controlled vocabulary.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[ts(type = "unknown[] | null")]
    pub entity_labels: Option<Vec<Value>>,
    /// Whether entities outside of it are kept.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub entities_allow_free_form: Option<bool>,
}

/// A fact that would be stored.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, TS)]
#[serde(rename_all(serialize = "camelCase"))]
#[ts(export, rename_all = "camelCase")]
pub struct ExtractedFact {
    /// The fact.
    pub text: String,
    /// Its kind; `None` for kinds that Rearview does not know.
    #[serde(default, deserialize_with = "lenient::option")]
    pub fact_type: Option<FactType>,
    /// When it happened, from.
    #[serde(default, deserialize_with = "lenient::option")]
    pub occurred_start: Option<String>,
    /// When it happened, to.
    #[serde(default, deserialize_with = "lenient::option")]
    pub occurred_end: Option<String>,
    /// Names in it, as the text has them.
    #[serde(default, deserialize_with = "lenient::names")]
    pub entities: Vec<String>,
    /// The chunk it came from, counted from 0; servers since 1.1.
    #[serde(default, deserialize_with = "lenient::option")]
    pub chunk_index: Option<u32>,
}

/// A piece that a text was cut into.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, TS)]
#[serde(rename_all(serialize = "camelCase"))]
#[ts(export, rename_all = "camelCase")]
pub struct ExtractionChunk {
    /// The piece.
    pub text: String,
    /// How many facts came out of it.
    #[serde(default, deserialize_with = "lenient::option")]
    pub fact_count: Option<u32>,
}

/// What a dry run found.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct DryRun {
    /// The facts.
    pub facts: Vec<ExtractedFact>,
    /// The pieces; servers since 1.1.
    #[serde(default, deserialize_with = "lenient::list")]
    pub chunks: Vec<ExtractionChunk>,
    /// Tokens that it took.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub usage: TokenUsage,
}

impl Client {
    /// Reads a text as retain would and stores nothing. It may ask a model for each chunk, so it is never
    /// repeated by itself.
    ///
    /// # Errors
    /// `NotFound` for a bank that does not exist, `FeatureMissing` where the server has no such call.
    pub async fn dry_run(&self, bank: &BankId, request: &DryRunRequest) -> Result<DryRun> {
        let path = Path::bank(bank)?.word("/memories/dry-run-extract");
        let call = Call::new(Method::POST, path, format!("try extraction in the bank `{bank}`"));
        self.ask(call.feature("dry_run_extract").body(request)?.slow()).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn overrides_are_sent_beside_the_text_and_only_those_that_are_set() {
        let request = DryRunRequest {
            content: "Ana rows.".into(),
            overrides: ExtractionOverrides {
                retain_mission: Some(String::new()),
                ..ExtractionOverrides::default()
            },
            ..DryRunRequest::default()
        };
        assert_eq!(
            serde_json::to_value(request).unwrap(),
            json!({"content": "Ana rows.", "retain_mission": ""})
        );
    }

    #[test]
    fn a_fact_without_kind_or_date_and_with_wrong_ones_is_read_by_its_text() {
        let read: DryRun = serde_json::from_value(json!({
            "facts": [{"text": "a"}, {"text": "b", "fact_type": "opinion", "entities": 7, "chunk_index": "x"}],
            "chunks": [{"text": "c", "fact_count": "many"}, 3],
            "usage": [],
        }))
        .unwrap();
        assert_eq!(read.facts.len(), 2);
        assert_eq!((read.facts[1].fact_type, read.facts[1].chunk_index), (None, None));
        assert_eq!((read.chunks.len(), read.usage), (1, TokenUsage::default()));
    }
}

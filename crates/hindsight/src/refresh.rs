//! Refreshes of mental models: asked for, tried without being kept, and those of the past.

use crate::client::Client;
use crate::error;
use crate::lenient;
use crate::mental_model::{BasedOn, ModelEvidence, StartedOperation, based_on, path};
use crate::retain::TokenUsage;
use crate::send::Call;
use rearview_domain::BankId;
use reqwest::Method;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use ts_rs::TS;

/// What a mental model was before a change, or why a refresh failed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
#[serde(rename_all(serialize = "camelCase"))]
#[ts(export, rename_all = "camelCase")]
pub struct ModelChange {
    /// The text before; absent for failures.
    #[serde(default, deserialize_with = "lenient::option")]
    pub previous_content: Option<String>,
    /// What it rested on.
    #[serde(default, deserialize_with = "lenient::option")]
    pub previous_reflect_response: Option<ModelEvidence>,
    /// When it changed.
    #[serde(default, deserialize_with = "lenient::option")]
    pub changed_at: Option<String>,
    /// `failure` for refreshes that failed.
    #[serde(default, deserialize_with = "lenient::option")]
    pub kind: Option<String>,
    /// What became of the refresh, in the server's word.
    #[serde(default, deserialize_with = "lenient::option")]
    pub outcome: Option<String>,
    /// Why it failed, in the server's word.
    #[serde(default, deserialize_with = "lenient::option")]
    pub failure_reason: Option<String>,
    /// Why it failed, in a sentence.
    #[serde(default, deserialize_with = "lenient::option")]
    pub error_message: Option<String>,
}

/// How many facts a refresh looked at.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, TS)]
#[serde(rename_all(serialize = "camelCase"))]
#[ts(export, rename_all = "camelCase")]
pub struct FactCounts {
    /// Found, by kind.
    #[serde(default, deserialize_with = "lenient::map")]
    pub retrieved: BTreeMap<String, u64>,
    /// Used, by kind.
    #[serde(default, deserialize_with = "lenient::map")]
    pub used: BTreeMap<String, u64>,
}

/// Which facts are new to a refresh.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, TS)]
#[serde(rename_all(serialize = "camelCase"))]
#[ts(export, rename_all = "camelCase")]
pub struct RefreshWindow {
    /// Stored after this.
    #[serde(default, deserialize_with = "lenient::option")]
    pub created_after: Option<String>,
    /// Stored before this.
    #[serde(default, deserialize_with = "lenient::option")]
    pub created_before: Option<String>,
    /// Up to when facts were read.
    #[serde(default, deserialize_with = "lenient::option")]
    pub watermark: Option<String>,
}

/// What a refresh would do.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
#[serde(rename_all(serialize = "camelCase"))]
#[ts(export, rename_all = "camelCase")]
pub struct DryRefresh {
    /// The mode that was asked for.
    #[serde(default, deserialize_with = "lenient::option")]
    pub requested_mode: Option<String>,
    /// The mode that was possible.
    #[serde(default, deserialize_with = "lenient::option")]
    pub effective_mode: Option<String>,
    /// Why that is another one, in the server's word.
    #[serde(default, deserialize_with = "lenient::option")]
    pub mode_fallback_reason: Option<String>,
    /// What it would do, in the server's word.
    #[serde(default, deserialize_with = "lenient::option")]
    pub outcome: Option<String>,
    /// Whether it would write.
    #[serde(default, deserialize_with = "lenient::option")]
    pub would_persist: Option<bool>,
    /// What it would look at, in the server's form.
    #[serde(default)]
    pub scope: Option<Value>,
    /// Which facts are new to it.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub window: RefreshWindow,
    /// How many facts it looked at.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub facts: FactCounts,
    /// What the candidate rests on, by kind.
    #[serde(default, deserialize_with = "based_on")]
    pub based_on: BasedOn,
    /// The text that is there.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub current_content: String,
    /// What the model wrote.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub candidate_content: String,
    /// The text that would be there.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub preview_content: String,
    /// The server's own diff.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub diff: String,
    /// Edits of a delta refresh, in the server's form.
    #[serde(default)]
    pub delta_operations: Option<Value>,
    /// The look-ups, in the server's form.
    #[serde(default)]
    pub trace: Option<Value>,
    /// Tokens it took.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub usage: TokenUsage,
    /// How long it took, in milliseconds.
    #[serde(default, deserialize_with = "lenient::option")]
    pub duration_ms: Option<u64>,
    /// What the server warns of.
    #[serde(default, deserialize_with = "lenient::list")]
    pub warnings: Vec<String>,
}

const FEATURE: &str = "mental_models";

impl Client {
    /// Begins a refresh; `full` writes the text anew whatever the model's mode is.
    ///
    /// # Errors
    /// `NotFound` when the model does not exist.
    pub async fn refresh_mental_model(
        &self,
        bank: &BankId,
        id: &str,
        full: bool,
    ) -> error::Result<StartedOperation> {
        let path = path(bank, id)?.word("/refresh");
        let call = Call::new(Method::POST, path, format!("refresh the mental model `{id}`")).feature(FEATURE);
        self.ask(call.body(&mode(full))?).await
    }

    /// Runs a refresh up to the point at which it would write. The server asks its model meanwhile.
    ///
    /// # Errors
    /// `NotFound` when the model does not exist; the server's error when its model fails.
    pub async fn dry_refresh(&self, bank: &BankId, id: &str, full: bool) -> error::Result<DryRefresh> {
        let path = path(bank, id)?.word("/dry-run-refresh");
        let call = Call::new(Method::POST, path, format!("try a refresh of the mental model `{id}`"));
        self.ask(call.feature(FEATURE).slow().body(&mode(full))?).await
    }

    /// Reads what a mental model was, the newest change first.
    ///
    /// # Errors
    /// `NotFound` when the model does not exist.
    pub async fn mental_model_history(&self, bank: &BankId, id: &str) -> error::Result<Vec<ModelChange>> {
        let path = path(bank, id)?.word("/history");
        let call = Call::get(path, format!("read the history of the mental model `{id}`"));
        self.ask_list(call.feature(FEATURE)).await
    }
}

fn mode(full: bool) -> Value {
    if full { json!({"mode": "full"}) } else { json!({}) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lying_dry_run_is_still_read() {
        let dry: DryRefresh = serde_json::from_value(json!({
            "would_persist": "maybe", "preview_content": 7, "facts": [], "usage": "cheap", "warnings": "w",
            "based_on": {"world": [{"id": "1"}]}, "window": 3, "diff": null,
        }))
        .unwrap();
        assert_eq!((dry.would_persist, dry.preview_content.as_str(), dry.diff.as_str()), (None, "", ""));
        assert_eq!(dry.based_on["world"].len(), 1);
        assert_eq!(dry.usage, TokenUsage::default());
    }
}

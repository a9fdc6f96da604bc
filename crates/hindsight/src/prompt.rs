//! What a model will see: the messages of retain, consolidation and reflect, without asking one.

use crate::address::Path;
use crate::client::Client;
use crate::error::Result;
use crate::lenient;
use crate::send::Call;
use rearview_domain::BankId;
use reqwest::Method;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use ts_rs::TS;

/// What the server does with a model.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
#[ts(export)]
pub enum PromptOperation {
    /// Finding facts in a text.
    #[default]
    Retain,
    /// Merging facts into observations.
    Consolidation,
    /// Answering out of memory.
    Reflect,
}

/// A piece of a message.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, TS)]
#[serde(rename_all(serialize = "camelCase"))]
#[ts(export, rename_all = "camelCase")]
pub struct PromptBlock {
    /// Its words; empty when it is not in the prompt.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub text: String,
    /// `config` for what a setting makes, `builtin` for the server's own words.
    #[serde(default, deserialize_with = "lenient::option")]
    pub source: Option<String>,
    /// The setting behind it; empty for none.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub field: String,
    /// A part that no single setting owns: `bank_identity`, `disposition`, `directives`.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub section: String,
    /// The heading that the prompt has there.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub heading: String,
    /// Whether it is in the prompt as things are.
    #[serde(default, deserialize_with = "lenient::option")]
    pub active: Option<bool>,
    /// The setting's value.
    #[serde(default, deserialize_with = "lenient::option")]
    pub value: Option<String>,
    /// Whether the bank may override the setting.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub editable: bool,
}

/// A message of a prompt.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct PromptMessage {
    /// `system` or `user`.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub role: String,
    /// Its pieces, in order.
    #[serde(default, deserialize_with = "lenient::list")]
    pub blocks: Vec<PromptBlock>,
}

/// A setting that shapes an operation and does not stand in its prompt.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct RunSetting {
    /// The setting.
    pub field: String,
    /// Its value; `None` when it has none.
    #[serde(default, deserialize_with = "lenient::option")]
    pub value: Option<String>,
    /// Whether the bank may override it.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub editable: bool,
}

/// What an operation would send.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, TS)]
#[serde(rename_all(serialize = "camelCase"))]
#[ts(export, rename_all = "camelCase")]
pub struct PromptPreview {
    /// The messages, in order.
    #[serde(default, deserialize_with = "lenient::list")]
    pub messages: Vec<PromptMessage>,
    /// The retain strategy that they were made under.
    #[serde(default, deserialize_with = "lenient::option")]
    pub strategy: Option<String>,
    /// All retain strategies of the bank.
    #[serde(default, deserialize_with = "lenient::list")]
    pub strategies: Vec<String>,
    /// Settings that do not stand in the prompt.
    #[serde(default, deserialize_with = "lenient::list")]
    pub run_settings: Vec<RunSetting>,
    /// What the answer must look like; null when that is free.
    #[serde(default)]
    #[ts(type = "unknown")]
    pub response_schema: Value,
    /// Why nothing is sent, when nothing is.
    #[serde(default, deserialize_with = "lenient::option")]
    pub skipped_reason: Option<String>,
}

impl Client {
    /// Reads what an operation would send to a model.
    ///
    /// # Errors
    /// `NotFound` for a bank that does not exist, `FeatureMissing` before Hindsight 1.1.
    pub async fn prompt_preview(
        &self,
        bank: &BankId,
        operation: PromptOperation,
        strategy: Option<&str>,
    ) -> Result<PromptPreview> {
        let path = Path::bank(bank)?.word("/prompts/preview");
        let call = Call::new(Method::POST, path, format!("read the prompts of the bank `{bank}`"));
        let body = json!({"operation": operation, "strategy": strategy});
        self.ask(call.feature("prompts_preview").body(&body)?.repeatable(true)).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_preview_is_read_whatever_else_stands_in_it() {
        let read: PromptPreview = serde_json::from_value(json!({
            "messages": [
                {"role": "system", "blocks": [
                    {"text": "You read.", "source": "builtin", "heading": null, "kind": "text", "choices": null},
                    {"text": 7, "source": "config", "field": "retain_mission", "active": false},
                ]},
                "a message",
            ],
            "strategies": null, "run_settings": [{"field": "retain_chunk_size", "value": 3000}],
        }))
        .unwrap();
        assert_eq!((read.messages.len(), read.messages[0].blocks.len()), (1, 2));
        assert_eq!(read.messages[0].blocks[1].active, Some(false));
        assert_eq!(read.run_settings[0].value, None);
        assert_eq!((read.response_schema, read.skipped_reason), (Value::Null, None));
    }
}

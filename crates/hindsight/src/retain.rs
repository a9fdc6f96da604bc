//! Retain: handing text to memory.

use crate::address::Path;
use crate::client::Client;
use crate::error;
use crate::lenient;
use crate::send::Call;
use rearview_domain::time::Time;
use rearview_domain::{BankId, DocumentId};
use reqwest::Method;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::collections::BTreeMap;
use ts_rs::TS;

/// When something was said. Absent means now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Timestamp {
    /// At this time.
    At(Time),
    /// At no time: the server stores none.
    Unset,
}

impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::At(time) => time.serialize(serializer),
            Self::Unset => serializer.serialize_str("unset"),
        }
    }
}

impl<'de> Deserialize<'de> for Timestamp {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let text = String::deserialize(from)?;
        Ok(if text == "unset" { Self::Unset } else { Self::At(Time(text)) })
    }
}

/// What happens to a document that exists.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
#[ts(export)]
pub enum UpdateMode {
    /// The new text takes its place.
    Replace,
    /// The new text is put behind it, and tags and metadata are replaced.
    Append,
}

/// For which groups of tags observations are made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
#[ts(export)]
pub enum ObservationScopes {
    /// One for each tag.
    PerTag,
    /// One for all tags together, the server's default.
    Combined,
    /// One for each set of tags.
    AllCombinations,
    /// One that all share.
    Shared,
    /// These sets of tags.
    #[serde(untagged)]
    Sets(Vec<Vec<String>>),
}

/// An entity that the caller already knows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(export, optional_fields = nullable)]
pub struct EntityInput {
    /// Its name.
    pub text: String,
    /// What it is.
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    pub kind: Option<String>,
}

/// One text to retain. What is absent is not sent. Reads what it writes, so that it can wait on disk.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, TS)]
#[serde(default)]
#[ts(export, optional_fields = nullable)]
pub struct RetainItem {
    /// The text.
    pub content: String,
    /// When it was said.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[ts(optional, type = "string")]
    pub timestamp: Option<Timestamp>,
    /// Where it came up; goes into the extraction prompt and onto each fact.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub context: Option<String>,
    /// Put on each fact.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    #[ts(optional, as = "Option<BTreeMap<String, String>>")]
    pub metadata: BTreeMap<String, String>,
    /// The document it becomes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub document_id: Option<DocumentId>,
    /// Entities known before, added to the extracted ones.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[ts(optional, as = "Option<Vec<EntityInput>>")]
    pub entities: Vec<EntityInput>,
    /// Whether those match entities of similar names.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub resolve_entities: Option<bool>,
    /// Put on the document and each fact.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[ts(optional, as = "Option<Vec<String>>")]
    pub tags: Vec<String>,
    /// For which groups of tags observations are made.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub observation_scopes: Option<ObservationScopes>,
    /// A retain strategy of the bank.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub strategy: Option<String>,
    /// What happens to a document that exists.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub update_mode: Option<UpdateMode>,
}

/// A request to retain, spelled as the API spells it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, TS)]
#[serde(default, deny_unknown_fields)]
#[ts(export, optional_fields = nullable)]
pub struct RetainRequest {
    /// The texts.
    pub items: Vec<RetainItem>,
    /// Whether the server answers before it has extracted.
    pub r#async: bool,
    /// The caller's own id of the operation, a UUID; async only. Sending it again gives the operation
    /// that exists instead of a second one, even when that one failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub operation_id: Option<String>,
}

/// Tokens that the server's model used.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(default, rename_all(serialize = "camelCase"))]
#[ts(export, rename_all = "camelCase")]
pub struct TokenUsage {
    /// Of prompts.
    #[serde(deserialize_with = "lenient::option")]
    #[ts(as = "Option<u32>")]
    pub input_tokens: Option<u64>,
    /// Of answers.
    #[serde(deserialize_with = "lenient::option")]
    #[ts(as = "Option<u32>")]
    pub output_tokens: Option<u64>,
    /// Of both.
    #[serde(deserialize_with = "lenient::option")]
    #[ts(as = "Option<u32>")]
    pub total_tokens: Option<u64>,
    /// Of prompts, from a cache.
    #[serde(deserialize_with = "lenient::option")]
    #[ts(as = "Option<u32>")]
    pub cached_tokens: Option<u64>,
    /// Of answers, reasoning; servers since 1.1.
    #[serde(deserialize_with = "lenient::option")]
    #[ts(as = "Option<u32>")]
    pub thoughts_tokens: Option<u64>,
}

/// What the server says to a retain.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, TS)]
#[serde(default, remote = "Self", rename_all(serialize = "camelCase"))]
#[ts(export, rename_all = "camelCase")]
pub struct RetainAnswer {
    /// Whether it took the texts; `None` when it does not say.
    #[serde(deserialize_with = "lenient::option")]
    pub success: Option<bool>,
    /// How many texts it took.
    #[serde(deserialize_with = "lenient::option")]
    pub items_count: Option<u64>,
    /// The operation that extracts, when it works on.
    #[serde(deserialize_with = "lenient::option")]
    pub operation_id: Option<String>,
    /// All operations, when there are several.
    #[serde(deserialize_with = "lenient::list")]
    pub operation_ids: Vec<String>,
    /// Tokens used; synchronous answers only.
    #[serde(deserialize_with = "lenient::option")]
    pub usage: Option<TokenUsage>,
}

impl<'de> Deserialize<'de> for RetainAnswer {
    /// Every field is optional, yet an object with none of them says nothing about what became of the texts.
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let answer = Self::deserialize(from)?;
        match answer.success.is_none() && answer.operation_id.is_none() && answer.items_count.is_none() {
            true => Err(D::Error::missing_field("success")),
            false => Ok(answer),
        }
    }
}

impl Serialize for RetainAnswer {
    fn serialize<S: Serializer>(&self, into: S) -> Result<S::Ok, S::Error> {
        Self::serialize(self, into)
    }
}

impl Client {
    /// Where a bank is told something. Without the key.
    ///
    /// # Errors
    /// `Invalid` for a bank id that no address can hold.
    pub fn retain_url(&self, bank: &BankId) -> error::Result<String> {
        Ok(Path::bank(bank)?.word("/memories").under(&self.0.base).to_string())
    }

    /// Hands texts to memory; makes the bank when it does not exist. A synchronous retain is never
    /// repeated, an asynchronous one only under an `operation_id`.
    ///
    /// # Errors
    /// `Conflict` when the operation id belongs to another request; as every call else.
    pub async fn retain(&self, bank: &BankId, request: &RetainRequest) -> error::Result<RetainAnswer> {
        let path = Path::bank(bank)?.word("/memories");
        let call = Call::new(Method::POST, path, format!("retain in the bank `{bank}`")).body(request)?;
        let call = call.repeatable(request.r#async && request.operation_id.is_some());
        self.ask(if request.r#async { call } else { call.slow() }).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn only_what_is_set_is_sent() {
        let request = RetainRequest {
            items: vec![RetainItem { content: "x".into(), ..RetainItem::default() }],
            ..RetainRequest::default()
        };
        assert_eq!(
            serde_json::to_value(request).unwrap(),
            json!({"items": [{"content": "x"}], "async": false})
        );
    }

    #[test]
    fn everything_that_is_set_is_sent_in_the_servers_spelling() {
        let item = RetainItem {
            content: "x".into(),
            timestamp: Some(Timestamp::Unset),
            context: Some("c".into()),
            metadata: BTreeMap::from([("k".into(), "v".into())]),
            document_id: Some("a/b".into()),
            entities: vec![EntityInput { text: "Ana".into(), kind: Some("person".into()) }],
            resolve_entities: Some(false),
            tags: vec!["t".into()],
            observation_scopes: Some(ObservationScopes::Sets(vec![vec!["t".into()]])),
            strategy: Some("s".into()),
            update_mode: Some(UpdateMode::Replace),
        };
        let sent = serde_json::to_value(&item).unwrap();
        assert_eq!(serde_json::from_value::<RetainItem>(sent.clone()).unwrap(), item);
        assert_eq!(
            sent,
            json!({"content": "x", "timestamp": "unset", "context": "c", "metadata": {"k": "v"}, "document_id": "a/b",
                   "entities": [{"text": "Ana", "type": "person"}], "resolve_entities": false, "tags": ["t"],
                   "observation_scopes": [["t"]], "strategy": "s", "update_mode": "replace"})
        );
    }
}

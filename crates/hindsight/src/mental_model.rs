//! Mental models: standing questions of a bank with a kept answer. What they are and how they are made, changed
//! and refreshed; what a refresh did or would do lives in `refresh`.

use crate::address::Path;
use crate::client::Client;
use crate::error;
use crate::lenient;
use crate::pages::page;
use crate::query::Query;
use crate::send::{Call, Confirmed};
use rearview_domain::BankId;
use rearview_domain::memory::{Budget, FactType, TagsMatch};
use reqwest::Method;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value;
use std::collections::BTreeMap;
use ts_rs::TS;

/// What a refresh does with the text that is there.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
#[ts(export)]
pub enum RefreshMode {
    /// Writes it anew.
    #[default]
    Full,
    /// Changes what new facts change.
    Delta,
}

/// When and how a mental model is refreshed, as the server says.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, TS)]
#[serde(rename_all(serialize = "camelCase"))]
#[ts(export, rename_all = "camelCase")]
pub struct ModelTrigger {
    /// How hard it looks; mid when absent.
    #[serde(default, deserialize_with = "lenient::option")]
    pub budget: Option<Budget>,
    /// What a refresh does with the text that is there; full when absent.
    #[serde(default, deserialize_with = "lenient::option")]
    pub mode: Option<RefreshMode>,
    /// Whether new observations refresh it.
    #[serde(default, deserialize_with = "lenient::option")]
    pub refresh_after_consolidation: Option<bool>,
    /// When it is refreshed, five fields, UTC; not together with `refresh_after_consolidation`.
    #[serde(default, deserialize_with = "lenient::option")]
    pub refresh_cron: Option<String>,
    /// When it is written anew, five fields, UTC; servers since 1.1.
    #[serde(default, deserialize_with = "lenient::option")]
    pub full_refresh_cron: Option<String>,
    /// Seconds between refreshes that begin by themselves.
    #[serde(default, deserialize_with = "lenient::option")]
    pub min_refresh_interval_seconds: Option<u64>,
    /// Kinds of facts it looks at; all when absent.
    #[serde(default, deserialize_with = "lenient::option")]
    pub fact_types: Option<Vec<FactType>>,
    /// Whether it looks at no other mental model.
    #[serde(default, deserialize_with = "lenient::option")]
    pub exclude_mental_models: Option<bool>,
    /// Models it does not look at.
    #[serde(default, deserialize_with = "lenient::option")]
    pub exclude_mental_model_ids: Option<Vec<String>>,
    /// How its tags choose facts; when absent all of them if it is tagged.
    #[serde(default, deserialize_with = "lenient::option")]
    pub tags_match: Option<TagsMatch>,
    /// Groups of tags in place of its own, in the API's form.
    #[serde(default)]
    pub tag_groups: Option<Value>,
    /// Whether it reads sources.
    #[serde(default, deserialize_with = "lenient::option")]
    pub include_chunks: Option<bool>,
    /// Tokens of a recall inside.
    #[serde(default, deserialize_with = "lenient::option")]
    pub recall_max_tokens: Option<u64>,
    /// Tokens of its sources.
    #[serde(default, deserialize_with = "lenient::option")]
    pub recall_chunks_max_tokens: Option<u64>,
    /// Tokens of a search for observations; servers since 1.1.
    #[serde(default, deserialize_with = "lenient::option")]
    pub reflect_search_observations_max_tokens: Option<u64>,
    /// Whether that search tells entities; servers since 1.1.
    #[serde(default, deserialize_with = "lenient::option")]
    pub reflect_search_observations_include_entities: Option<bool>,
    /// JSON schema of an output beside the text.
    #[serde(default)]
    pub response_schema: Option<Value>,
    /// Whether the look-ups of the last refresh are kept.
    #[serde(default, deserialize_with = "lenient::option")]
    pub keep_trace: Option<bool>,
}

/// When and how a mental model is refreshed, to set. Every option is sent, so that one can be taken back: null is the
/// server's default, and where a server takes no null (its four options with a default of their own) that default is
/// spelled out.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, TS)]
#[serde(default, rename_all(deserialize = "camelCase"), deny_unknown_fields)]
#[ts(export, rename_all = "camelCase", optional_fields = nullable)]
pub struct NewTrigger {
    /// How hard it looks; mid when absent.
    pub budget: Option<Budget>,
    /// What a refresh does with the text that is there; full when absent.
    #[serde(serialize_with = "or_default")]
    pub mode: Option<RefreshMode>,
    /// Whether new observations refresh it.
    #[serde(serialize_with = "or_default")]
    pub refresh_after_consolidation: Option<bool>,
    /// When it is refreshed, five fields, UTC; not together with `refresh_after_consolidation`.
    pub refresh_cron: Option<String>,
    /// When it is written anew, five fields, UTC; servers since 1.1.
    pub full_refresh_cron: Option<String>,
    /// Seconds between refreshes that begin by themselves.
    pub min_refresh_interval_seconds: Option<u64>,
    /// Kinds of facts it looks at; all when absent.
    pub fact_types: Option<Vec<FactType>>,
    /// Whether it looks at no other mental model.
    #[serde(serialize_with = "or_default")]
    pub exclude_mental_models: Option<bool>,
    /// Models it does not look at.
    pub exclude_mental_model_ids: Option<Vec<String>>,
    /// How its tags choose facts; when absent all of them if it is tagged.
    pub tags_match: Option<TagsMatch>,
    /// Groups of tags in place of its own, in the API's form.
    pub tag_groups: Option<Value>,
    /// Whether it reads sources.
    pub include_chunks: Option<bool>,
    /// Tokens of a recall inside.
    pub recall_max_tokens: Option<u64>,
    /// Tokens of its sources.
    pub recall_chunks_max_tokens: Option<u64>,
    /// Tokens of a search for observations; servers since 1.1.
    pub reflect_search_observations_max_tokens: Option<u64>,
    /// Whether that search tells entities; servers since 1.1.
    pub reflect_search_observations_include_entities: Option<bool>,
    /// JSON schema of an output beside the text.
    pub response_schema: Option<Value>,
    /// Whether the look-ups of the last refresh are kept.
    #[serde(serialize_with = "or_default")]
    pub keep_trace: Option<bool>,
}

/// Writes an option, or its type's default in place of null.
fn or_default<T: Clone + Default + Serialize, S: Serializer>(
    option: &Option<T>,
    into: S,
) -> Result<S::Ok, S::Error> {
    option.clone().unwrap_or_default().serialize(into)
}

/// Something that an answer rests on: a fact, another mental model, a directive.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
#[serde(rename_all(serialize = "camelCase"), remote = "Self")]
#[ts(export, rename_all = "camelCase")]
pub struct Cited {
    /// Its id.
    pub id: String,
    /// Its text.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub text: String,
    /// Its kind, in the server's word.
    #[serde(default, deserialize_with = "lenient::option")]
    pub fact_type: Option<String>,
    /// Where it came up; the name of a mental model.
    #[serde(default, deserialize_with = "lenient::option")]
    pub context: Option<String>,
}

impl<'de> Deserialize<'de> for Cited {
    /// The kind is called `type`, the text of a directive `content`.
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let mut value = Value::deserialize(from)?;
        lenient::twin(&mut value, "type", "fact_type");
        lenient::twin(&mut value, "content", "text");
        lenient::twin(&mut value, "name", "context");
        Self::deserialize(value).map_err(D::Error::custom)
    }
}

impl Serialize for Cited {
    fn serialize<S: Serializer>(&self, into: S) -> Result<S::Ok, S::Error> {
        Self::serialize(self, into)
    }
}

/// What an answer rests on, by kind.
pub type BasedOn = BTreeMap<String, Vec<Cited>>;

/// Each kind with those that can be read.
pub(crate) fn based_on<'de, D: Deserializer<'de>>(from: D) -> Result<BasedOn, D::Error> {
    let kinds: BTreeMap<String, Value> = lenient::or_default(from)?;
    let cited = |value: Value| lenient::list(value).unwrap_or_default();
    Ok(kinds.into_iter().map(|(kind, value)| (kind, cited(value))).collect())
}

/// What the text of a mental model rests on.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, TS)]
#[serde(rename_all(serialize = "camelCase"))]
#[ts(export, rename_all = "camelCase")]
pub struct ModelEvidence {
    /// By kind: `world`, `experience`, `observation`, `mental-models`, `directives`.
    #[serde(default, deserialize_with = "based_on")]
    pub based_on: BasedOn,
    /// What the refresh did, in the server's word.
    #[serde(default, deserialize_with = "lenient::option")]
    pub outcome: Option<String>,
    /// What came in the shape of the output schema.
    #[serde(default)]
    pub structured_output: Option<Value>,
    /// The look-ups, when they are kept.
    #[serde(default)]
    pub trace: Option<Value>,
}

/// A standing question with its answer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
#[serde(rename_all(serialize = "camelCase"))]
#[ts(export, rename_all = "camelCase")]
pub struct MentalModel {
    /// Its id.
    pub id: String,
    /// What it is called.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub name: String,
    /// The question.
    #[serde(default, deserialize_with = "lenient::option")]
    pub source_query: Option<String>,
    /// The answer, markdown; empty until the first refresh.
    #[serde(default, deserialize_with = "lenient::option")]
    pub content: Option<String>,
    /// Its tags, which also choose the facts it looks at.
    #[serde(default, deserialize_with = "lenient::list")]
    pub tags: Vec<String>,
    /// Tokens that the answer aims at.
    #[serde(default, deserialize_with = "lenient::option")]
    pub max_tokens: Option<u64>,
    /// When and how it is refreshed.
    #[serde(default, deserialize_with = "lenient::option")]
    pub trigger: Option<ModelTrigger>,
    /// When it was refreshed.
    #[serde(default, deserialize_with = "lenient::option")]
    pub last_refreshed_at: Option<String>,
    /// Up to when facts were read.
    #[serde(default, deserialize_with = "lenient::option")]
    pub last_memory_seen_at: Option<String>,
    /// When a refresh failed, if none went well since.
    #[serde(default, deserialize_with = "lenient::option")]
    pub last_refresh_failed_at: Option<String>,
    /// When it was written anew; servers since 1.1.
    #[serde(default, deserialize_with = "lenient::option")]
    pub last_full_refreshed_at: Option<String>,
    /// When it was made.
    #[serde(default, deserialize_with = "lenient::option")]
    pub created_at: Option<String>,
    /// Whether it is a knowledge page; servers since 1.1.
    #[serde(default, deserialize_with = "lenient::option")]
    pub is_knowledge_page: Option<bool>,
    /// Whether there are newer facts.
    #[serde(default, deserialize_with = "lenient::option")]
    pub is_stale: Option<bool>,
    /// What the answer rests on; single models only.
    #[serde(default, deserialize_with = "lenient::option")]
    pub reflect_response: Option<ModelEvidence>,
}

/// Mental models of a bank.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
#[serde(rename_all(serialize = "camelCase"))]
#[ts(export, rename_all = "camelCase")]
pub struct MentalModelPage {
    /// Those of the page.
    #[serde(deserialize_with = "lenient::list")]
    pub items: Vec<MentalModel>,
    /// How many there are in all.
    #[serde(default, deserialize_with = "lenient::option")]
    pub total: Option<u64>,
}

/// A mental model to make.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
#[serde(rename_all(deserialize = "camelCase"), deny_unknown_fields)]
#[ts(export, rename_all = "camelCase", optional_fields = nullable)]
pub struct NewMentalModel {
    /// Its id; the server makes one when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// What it is called.
    pub name: String,
    /// The question.
    pub source_query: String,
    /// Its tags.
    pub tags: Vec<String>,
    /// Tokens that the answer aims at, 256 to 8,192.
    pub max_tokens: u32,
    /// When and how it is refreshed.
    pub trigger: NewTrigger,
}

/// A change of a mental model; what is absent stays. The text cannot be written by hand.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, TS)]
#[serde(default, rename_all(deserialize = "camelCase"), deny_unknown_fields)]
#[ts(export, rename_all = "camelCase", optional_fields = nullable)]
pub struct MentalModelPatch {
    /// What it is called.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The question.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source_query: Option<String>,
    /// Its tags.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tags: Option<Vec<String>>,
    /// Tokens that the answer aims at.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_tokens: Option<u32>,
    /// When and how it is refreshed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub trigger: Option<NewTrigger>,
}

/// What came of making a mental model.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
#[serde(rename_all(serialize = "camelCase"))]
#[ts(export, rename_all = "camelCase")]
pub struct MadeMentalModel {
    /// Its id.
    #[serde(default, deserialize_with = "lenient::option")]
    pub mental_model_id: Option<String>,
    /// The operation of its first refresh.
    #[serde(default, deserialize_with = "lenient::option")]
    pub operation_id: Option<String>,
}

/// An operation that began.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
#[serde(rename_all(serialize = "camelCase"))]
#[ts(export, rename_all = "camelCase")]
pub struct StartedOperation {
    /// Its id.
    #[serde(default, deserialize_with = "lenient::option")]
    pub operation_id: Option<String>,
    /// Whether one that ran already is meant.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub deduplicated: bool,
}

const FEATURE: &str = "mental_models";

page!(MentalModelPage: MentalModel);

/// The path of a bank's mental model; `refresh` calls it too.
pub(crate) fn path(bank: &BankId, id: &str) -> error::Result<Path> {
    Path::bank(bank)?.word("/mental-models").id("mental model id", id)
}

impl Client {
    /// Lists the mental models with their texts. Servers before 1.1 list knowledge pages too.
    ///
    /// # Errors
    /// `NotFound` for a bank that does not exist, `FeatureMissing` where the server has none.
    pub async fn mental_models(&self, bank: &BankId, with_pages: bool) -> error::Result<MentalModelPage> {
        self.whole(|page| {
            let query = page
                .with("detail", &Some("content"))
                .with("exclude_knowledge_pages", &(!with_pages).then_some(true));
            let path = Path::bank(bank)?.word("/mental-models");
            let call = Call::get(path, format!("list the mental models of the bank `{bank}`"));
            Ok(call.query(query.done()).feature(FEATURE))
        })
        .await
    }

    /// Reads a mental model with what it rests on.
    ///
    /// # Errors
    /// `NotFound` when it does not exist.
    pub async fn mental_model(&self, bank: &BankId, id: &str) -> error::Result<MentalModel> {
        let query = Query::default().with("detail", &Some("full"));
        let call = Call::get(path(bank, id)?, format!("read the mental model `{id}`"));
        self.ask(call.query(query.done()).feature(FEATURE)).await
    }

    /// Makes a mental model; its first refresh begins by itself.
    ///
    /// # Errors
    /// `Invalid` for what the server refuses, e.g. a schedule that is none.
    pub async fn create_mental_model(
        &self,
        bank: &BankId,
        new: &NewMentalModel,
    ) -> error::Result<MadeMentalModel> {
        let path = Path::bank(bank)?.word("/mental-models");
        let call = Call::new(Method::POST, path, format!("make the mental model `{}`", new.name));
        self.ask(call.feature(FEATURE).body(new)?).await
    }

    /// Changes a mental model.
    ///
    /// # Errors
    /// `NotFound` when it does not exist, `Invalid` for what the server refuses.
    pub async fn patch_mental_model(
        &self,
        bank: &BankId,
        id: &str,
        patch: &MentalModelPatch,
    ) -> error::Result<MentalModel> {
        let call = Call::new(Method::PATCH, path(bank, id)?, format!("change the mental model `{id}`"));
        self.ask(call.feature(FEATURE).body(patch)?).await
    }

    /// Deletes a mental model with its history.
    ///
    /// # Errors
    /// `NotFound` when it does not exist.
    pub async fn delete_mental_model(&self, bank: &BankId, id: &str) -> error::Result<()> {
        let call = Call::new(Method::DELETE, path(bank, id)?, format!("delete the mental model `{id}`"));
        self.ask::<Confirmed>(call.feature(FEATURE)).await.map(|_| ())
    }

    /// Empties a mental model's text; it stays and can be refreshed.
    ///
    /// # Errors
    /// `NotFound` when it does not exist.
    pub async fn clear_mental_model(&self, bank: &BankId, id: &str) -> error::Result<()> {
        let path = path(bank, id)?.word("/clear");
        let call = Call::new(Method::POST, path, format!("empty the mental model `{id}`"));
        self.ask::<Confirmed>(call.feature(FEATURE)).await.map(|_| ())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_lying_mental_model_keeps_what_is_right() {
        let model: MentalModel = serde_json::from_value(json!({
            "id": "m", "name": 3, "content": ["x"], "tags": {"a": 1}, "is_stale": "yes", "max_tokens": -1,
            "trigger": {"mode": "sideways", "budget": "high", "fact_types": ["dream"], "keep_trace": 1},
            "reflect_response": {"based_on": {
                "world": [{"id": "1", "text": "t", "type": "world"}, {"text": "no id"}, 7],
                "directives": [{"id": "d", "content": "be brief", "name": "Tone"}],
                "observation": "none",
            }},
        }))
        .unwrap();
        assert_eq!((model.name.as_str(), model.content, model.is_stale), ("", None, None));
        let trigger = model.trigger.unwrap();
        assert_eq!((trigger.mode, trigger.budget, trigger.fact_types), (None, Some(Budget::High), None));
        let based_on = model.reflect_response.unwrap().based_on;
        assert_eq!(based_on["world"].len(), 1);
        assert_eq!(based_on["world"][0].fact_type.as_deref(), Some("world"));
        assert_eq!(based_on["directives"][0].text, "be brief");
        assert!(based_on["observation"].is_empty());
    }

    #[test]
    fn a_trigger_is_sent_with_nulls_so_that_options_can_be_taken_back() {
        let patch: MentalModelPatch =
            serde_json::from_value(json!({"trigger": {"refreshAfterConsolidation": true}})).unwrap();
        let sent = serde_json::to_value(patch).unwrap();
        assert_eq!(sent["trigger"]["refresh_after_consolidation"], true);
        assert_eq!(sent["trigger"]["refresh_cron"], Value::Null);
        assert_eq!(sent.as_object().unwrap().len(), 1);
    }
}

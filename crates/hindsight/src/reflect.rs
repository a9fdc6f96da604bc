//! Reflect: a reasoned answer over what a bank holds.

use crate::address::Path;
use crate::client::Client;
use crate::error::Result;
use crate::lenient;
use crate::retain::TokenUsage;
use crate::send::{Answered, Call};
use rearview_domain::BankId;
use rearview_domain::memory::{Budget, FactType, TagsMatch};
use rearview_domain::record::Reflected;
use reqwest::Method;
use serde::ser::SerializeMap;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::{Map, Value, json};
use ts_rs::TS;

/// A request to reflect, spelled as the API spells it. What is absent is not sent.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, TS)]
#[serde(default, deny_unknown_fields)]
#[ts(export, optional_fields = nullable)]
pub struct ReflectRequest {
    /// The question.
    pub query: String,
    /// How hard to look; absent means the server's `low`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub budget: Option<Budget>,
    /// The length that the model aims at, in tokens.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_tokens: Option<u32>,
    /// Said beside the question. Hindsight 1.1 appends it to the query, so it does steer the search.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub context: Option<String>,
    /// What to add to the answer.
    #[serde(skip_serializing_if = "ReflectInclude::is_default")]
    #[ts(optional, type = "{ facts?: object; tool_calls?: object }")]
    pub include: ReflectInclude,
    /// A JSON schema for a structured answer; empty means none.
    #[serde(skip_serializing_if = "Map::is_empty")]
    #[ts(optional, type = "Record<string, unknown>")]
    pub response_schema: Map<String, Value>,
    /// Only facts with these tags.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[ts(optional, as = "Option<Vec<String>>")]
    pub tags: Vec<String>,
    /// How those tags match.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tags_match: Option<TagsMatch>,
    /// Boolean groups over tags in the server's form; not together with `tags`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[ts(optional, type = "Array<unknown>")]
    pub tag_groups: Vec<Value>,
    /// Whether directives hold that are tagged otherwise.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub apply_all_directives: Option<bool>,
    /// Only these kinds; empty means all.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[ts(optional, as = "Option<Vec<FactType>>")]
    pub fact_types: Vec<FactType>,
    /// Whether mental models are left aside.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub exclude_mental_models: Option<bool>,
    /// Mental models that are left aside.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[ts(optional, as = "Option<Vec<String>>")]
    pub exclude_mental_model_ids: Vec<String>,
    /// Tokens of observations a search; absent means the server's 5,000.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reflect_search_observations_max_tokens: Option<u32>,
    /// Whether those come with their entities.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reflect_search_observations_include_entities: Option<bool>,
}

/// What reflect adds to its answer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ReflectInclude {
    /// What the answer is based on.
    pub facts: bool,
    /// The tools that the server's model called, with what they gave.
    pub tool_calls: bool,
}

impl ReflectInclude {
    fn is_default(&self) -> bool {
        *self == Self::default()
    }
}

impl Serialize for ReflectInclude {
    fn serialize<S: Serializer>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        if self.facts {
            map.serialize_entry("facts", &json!({}))?;
        }
        if self.tool_calls {
            map.serialize_entry("tool_calls", &json!({"output": true}))?;
        }
        map.end()
    }
}

impl<'de> Deserialize<'de> for ReflectInclude {
    fn deserialize<D: Deserializer<'de>>(from: D) -> std::result::Result<Self, D::Error> {
        let given = Map::<String, Value>::deserialize(from)?;
        let on = |name: &str| given.get(name).is_some_and(|value| !value.is_null());
        Ok(Self { facts: on("facts"), tool_calls: on("tool_calls") })
    }
}

/// What reflect says.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, TS)]
#[serde(rename_all(serialize = "camelCase"))]
#[ts(export, rename_all = "camelCase")]
pub struct ReflectAnswer {
    /// The answer, in markdown.
    pub text: String,
    /// What it is based on, in the server's form; when asked for.
    #[serde(default)]
    #[ts(type = "unknown")]
    pub based_on: Option<Value>,
    /// The structured answer, when a schema was given and the model kept to it.
    #[serde(default)]
    #[ts(type = "unknown")]
    pub structured_output: Option<Value>,
    /// Why there is none although a schema was given.
    #[serde(default, deserialize_with = "lenient::option")]
    pub structured_output_error: Option<String>,
    /// The tools that were called and the model calls, in the server's form; when asked for.
    #[serde(default)]
    #[ts(type = "unknown")]
    pub trace: Option<Value>,
    /// Tokens used.
    #[serde(default, deserialize_with = "lenient::option")]
    pub usage: Option<TokenUsage>,
    /// `rule` when no model had a part in it; Hindsight does not say, as it has a model always.
    #[serde(default, deserialize_with = "lenient::option")]
    pub origin: Option<String>,
}

impl ReflectAnswer {
    /// Whether the server says that it was made by rules, without a model.
    pub fn by_rule(&self) -> bool {
        self.origin.as_deref() == Some("rule")
    }

    /// The answer as a turn's record keeps it.
    pub fn reflected(&self) -> Reflected {
        Reflected {
            text: self.text.clone(),
            structured: self.structured_output.clone(),
            based_on: self.based_on.clone(),
            trace: self.trace.clone(),
        }
    }
}

impl Client {
    /// Where a bank is reflected on. Without the key.
    ///
    /// # Errors
    /// `Invalid` for a bank id that no address can hold.
    pub fn reflect_url(&self, bank: &BankId) -> Result<String> {
        Ok(Path::bank(bank)?.word("/reflect").under(&self.0.base).to_string())
    }

    /// Asks for a reasoned answer. Never repeated, as each try costs the server a model's work; drop the
    /// future to stop waiting. Hindsight 1.1 makes a bank that does not exist.
    ///
    /// # Errors
    /// `Server` when the server's model fails, `Timeout` after its own limit; as every call else.
    pub async fn reflect(&self, bank: &BankId, request: &ReflectRequest) -> Result<Answered<ReflectAnswer>> {
        let path = Path::bank(bank)?.word("/reflect");
        let call = Call::new(Method::POST, path, format!("reflect on the bank `{bank}`")).body(request)?;
        self.ask_with_body(call.slow()).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_set_is_sent() {
        let request = ReflectRequest { query: "q".into(), ..ReflectRequest::default() };
        assert_eq!(serde_json::to_value(request).unwrap(), json!({"query": "q"}));
    }

    #[test]
    fn what_to_include_is_sent_in_the_servers_form() {
        let include = ReflectInclude { facts: true, tool_calls: true };
        let request = ReflectRequest { query: "q".into(), include, ..ReflectRequest::default() };
        let sent = serde_json::to_value(&request).unwrap();
        assert_eq!(serde_json::from_value::<ReflectRequest>(sent).unwrap(), request);
        assert_eq!(
            serde_json::to_value(request).unwrap()["include"],
            json!({"facts": {}, "tool_calls": {"output": true}})
        );
    }
}

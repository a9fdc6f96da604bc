//! What a reflect asks for: the API's request, read, checked and made concrete with the bank's configuration.

use super::Scope;
use crate::config::Config;
use crate::error::{EngineError, Result};
use crate::recall::{Budget, TagGroup, TagMatch};
use crate::synthesis::Purpose;
use crate::unit::Kind;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// Tokens of an answer that are aimed at (hindsight 1.1).
const ANSWER_TOKENS: u32 = 4096;
/// Tokens of observations that one look-up shows (hindsight 1.1).
const OBSERVATION_TOKENS: i64 = 5000;

/// The body of `POST …/reflect`. What is not given may stand in the bank's `reflect_default_options`.
#[derive(Clone, Debug, Default, Deserialize)]
pub(crate) struct ReflectRequest {
    query: String,
    budget: Option<Budget>,
    max_tokens: Option<u32>,
    context: Option<String>,
    #[serde(default)]
    include: Include,
    response_schema: Option<Map<String, Value>>,
    tags: Option<Vec<String>>,
    tags_match: Option<TagMatch>,
    tag_groups: Option<Vec<TagGroup>>,
    apply_all_directives: Option<bool>,
    fact_types: Option<Vec<FactType>>,
    exclude_mental_models: Option<bool>,
    exclude_mental_model_ids: Option<Vec<String>>,
    reflect_search_observations_max_tokens: Option<i64>,
    reflect_search_observations_include_entities: Option<bool>,
}

/// What goes along with the answer; nothing unless it is asked for.
#[derive(Clone, Debug, Default, Deserialize)]
pub(crate) struct Include {
    pub(crate) facts: Option<Facts>,
    pub(crate) tool_calls: Option<ToolCalls>,
}

/// `{}`: the memories that the answer rests on.
#[derive(Clone, Copy, Debug, Deserialize)]
pub(crate) struct Facts {}

/// The look-ups, with what they brought unless `output` is false.
#[derive(Clone, Copy, Debug, Deserialize)]
pub(crate) struct ToolCalls {
    #[serde(default = "yes")]
    pub(crate) output: bool,
}

fn yes() -> bool {
    true
}

/// The types of memories, in the API's words.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum FactType {
    World,
    Experience,
    Observation,
}

impl FactType {
    /// The kinds of a list; all without one.
    pub(crate) fn kinds(types: Option<&[Self]>) -> Vec<Kind> {
        let Some(types) = types else { return Kind::ALL.to_vec() };
        let wanted = |kind: &Kind| {
            types.iter().any(|kind_asked| match kind_asked {
                Self::World => *kind == Kind::World,
                Self::Experience => *kind == Kind::Experience,
                Self::Observation => *kind == Kind::Observation,
            })
        };
        Kind::ALL.into_iter().filter(wanted).collect()
    }
}

/// A reflect that can be done.
#[derive(Clone, Debug)]
pub(crate) struct Question {
    pub(crate) text: String,
    pub(crate) budget: Budget,
    /// Tokens of the answer: a target, told to the model.
    pub(crate) max_tokens: u32,
    pub(crate) scope: Scope,
    /// Directives apply whatever their tags.
    pub(crate) all_directives: bool,
    pub(crate) kinds: Vec<Kind>,
    pub(crate) without_models: bool,
    /// Ids of mental models that are not looked at.
    pub(crate) without_model_ids: Vec<String>,
    pub(crate) observation_tokens: u64,
    pub(crate) observation_entities: bool,
    /// Tokens of facts, and of the chunks that they come from; 0 for none.
    pub(crate) fact_tokens: u64,
    pub(crate) chunk_tokens: i64,
    pub(crate) response_schema: Option<Value>,
    pub(crate) purpose: Purpose,
    /// The mental model that is refreshed, for the list of LLM requests.
    pub(crate) mental_model: Option<String>,
}

impl Question {
    /// A question with the API's defaults and the bank's configuration.
    pub(crate) fn new(text: &str, config: &Config) -> Self {
        let chunk_tokens = match config.on("recall_include_chunks") {
            true => config.int("recall_chunks_max_tokens").unwrap_or(1000),
            false => 0,
        };
        Self {
            text: text.to_owned(),
            budget: Budget::Low,
            max_tokens: ANSWER_TOKENS,
            scope: Scope::default(),
            all_directives: false,
            kinds: Kind::ALL.to_vec(),
            without_models: false,
            without_model_ids: Vec::new(),
            observation_tokens: tokens(OBSERVATION_TOKENS),
            observation_entities: true,
            fact_tokens: tokens(config.int("recall_max_tokens").unwrap_or(2048)),
            chunk_tokens,
            response_schema: None,
            purpose: Purpose::Reflect,
            mental_model: None,
        }
    }

    /// Free steps of the model after the look-ups that the engine does by itself (hindsight 1.1: 10, halved
    /// or doubled by the budget).
    pub(crate) fn steps(&self) -> usize {
        match self.budget {
            Budget::Low => 5,
            Budget::Mid => 10,
            Budget::High => 20,
        }
    }
}

/// A count of tokens; less than none counts as none.
pub(crate) fn tokens(given: i64) -> u64 {
    u64::try_from(given).unwrap_or(0)
}

impl ReflectRequest {
    /// Refuses what the API's model refuses, whatever the bank.
    ///
    /// # Errors
    /// 422.
    pub(crate) fn check(&self) -> Result<()> {
        if self.query.trim().is_empty() {
            return Err(EngineError::invalid(&["query"], "Value error, query must not be empty"));
        }
        if self.tags.is_some() && self.tag_groups.is_some() {
            return Err(EngineError::invalid(
                &[],
                "Value error, 'tags' and 'tag_groups' are mutually exclusive. Use 'tag_groups' for compound \
                 filtering.",
            ));
        }
        Ok(())
    }

    /// The question itself, and what the answer has to show.
    pub(crate) fn into_question(self, config: &Config) -> (Question, Include) {
        let given = self.or(defaults(config));
        let mut text = given.query;
        if let Some(context) = given.context.filter(|context| !context.trim().is_empty()) {
            text = format!("{text}\n\n{context}");
        }
        let basic = Question::new(&text, config);
        let question = Question {
            budget: given.budget.unwrap_or(basic.budget),
            max_tokens: given.max_tokens.unwrap_or(basic.max_tokens),
            scope: Scope {
                tags: given.tags,
                tags_match: given.tags_match.unwrap_or_default(),
                tag_groups: given.tag_groups,
            },
            all_directives: given.apply_all_directives.unwrap_or(false),
            kinds: FactType::kinds(given.fact_types.as_deref()),
            without_models: given.exclude_mental_models.unwrap_or(false),
            without_model_ids: given.exclude_mental_model_ids.unwrap_or_default(),
            observation_tokens: given
                .reflect_search_observations_max_tokens
                .map_or(basic.observation_tokens, tokens),
            observation_entities: given.reflect_search_observations_include_entities.unwrap_or(true),
            response_schema: given.response_schema.map(Value::Object),
            ..basic
        };
        (question, given.include)
    }

    /// This request, completed by another one's options. Tags and groups of tags exclude each other, so they
    /// are taken over together.
    fn or(self, other: Self) -> Self {
        let tagged = self.tags.is_some() || self.tag_groups.is_some();
        Self {
            query: self.query,
            context: self.context,
            include: self.include,
            budget: self.budget.or(other.budget),
            max_tokens: self.max_tokens.or(other.max_tokens),
            response_schema: self.response_schema.or(other.response_schema),
            tags: if tagged { self.tags } else { other.tags },
            tag_groups: if tagged { self.tag_groups } else { other.tag_groups },
            tags_match: self.tags_match.or(other.tags_match),
            apply_all_directives: self.apply_all_directives.or(other.apply_all_directives),
            fact_types: self.fact_types.or(other.fact_types),
            exclude_mental_models: self.exclude_mental_models.or(other.exclude_mental_models),
            exclude_mental_model_ids: self.exclude_mental_model_ids.or(other.exclude_mental_model_ids),
            reflect_search_observations_max_tokens: self
                .reflect_search_observations_max_tokens
                .or(other.reflect_search_observations_max_tokens),
            reflect_search_observations_include_entities: self
                .reflect_search_observations_include_entities
                .or(other.reflect_search_observations_include_entities),
        }
    }
}

/// The bank's own options. What cannot be read counts as not set: the key takes any object.
fn defaults(config: &Config) -> ReflectRequest {
    let Value::Object(mut options) = config.get("reflect_default_options") else {
        return ReflectRequest::default();
    };
    options.insert("query".to_owned(), Value::from(""));
    serde_json::from_value(Value::Object(options)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn question(body: Value, config: &Config) -> Question {
        let request: ReflectRequest = serde_json::from_value(body).unwrap();
        request.check().unwrap();
        request.into_question(config).0
    }

    #[test]
    fn the_context_stands_behind_the_question() {
        let asked = question(json!({"query": "Where?", "context": "We talk of Ana."}), &Config::default());
        assert_eq!(asked.text, "Where?\n\nWe talk of Ana.");
        assert_eq!((asked.budget, asked.max_tokens, asked.steps()), (Budget::Low, 4096, 5));
    }

    #[test]
    fn the_banks_own_options_count_where_the_request_is_silent() {
        let options = json!({"budget": "high", "fact_types": ["world"], "tags": ["a"], "max_tokens": 500});
        let mut config = Config::default();
        config.overrides.insert("reflect_default_options".into(), options);
        let asked = question(json!({"query": "Where?", "max_tokens": 900}), &config);
        assert_eq!((asked.budget, asked.max_tokens), (Budget::High, 900));
        assert_eq!((asked.kinds, asked.scope.tags), (vec![Kind::World], Some(vec!["a".to_owned()])));
        let asked = question(json!({"query": "Where?", "tag_groups": [{"tags": ["b"]}]}), &config);
        assert_eq!((asked.scope.tags, asked.scope.tag_groups.map(|groups| groups.len())), (None, Some(1)));
    }

    #[test]
    fn tags_and_groups_of_tags_exclude_each_other() {
        let both = json!({"query": "Where?", "tags": ["a"], "tag_groups": [{"tags": ["b"]}]});
        let request: ReflectRequest = serde_json::from_value(both).unwrap();
        assert!(request.check().is_err());
    }
}

//! Recall: finding the facts that belong to a query.
//!
//! The trace that explains an answer lives in `trace`.

use crate::address::Path;
use crate::client::Client;
use crate::error::{HindsightError, Result};
use crate::lenient;
use crate::send::{Answered, Call};
use crate::trace::{self, Trace};
use rearview_domain::memory::{
    Budget, FactType, MinScores, RecalledMemory, Scores, TagsMatch, TemporalWindow,
};
use rearview_domain::{BankId, DocumentId};
use reqwest::Method;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value;
use std::collections::BTreeMap;
use ts_rs::TS;

/// A request to recall. What is absent is not sent, so that the server's and the bank's own settings hold.
/// It is spelled the same everywhere, as the API spells it: on the wire, in saved checks and on the page, which copies it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, TS)]
#[serde(default, deny_unknown_fields)]
#[ts(export, optional_fields = nullable)]
pub struct RecallRequest {
    /// What to look for; needs at least one letter or digit.
    pub query: String,
    /// Only these kinds; empty means all.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[ts(optional, as = "Option<Vec<FactType>>")]
    pub types: Vec<FactType>,
    /// How hard to look.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub budget: Option<Budget>,
    /// At most this many tokens of facts.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_tokens: Option<u32>,
    /// Leave out facts that a returned observation covers.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub prefer_observations: Option<bool>,
    /// Whether the server explains itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub trace: Option<bool>,
    /// The moment that "yesterday" in the query is seen from, ISO 8601; absent means now.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub query_timestamp: Option<String>,
    /// What to add to the facts.
    #[serde(skip_serializing_if = "RecallInclude::is_default")]
    #[ts(optional, as = "Option<RecallInclude>")]
    pub include: RecallInclude,
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
    /// Floors of scores.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub min_scores: Option<MinScores>,
    /// Takes the place of the server's reading of dates in the query.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub temporal_window: Option<TemporalWindow>,
}

/// Whether recall adds the entities of its facts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum EntityInclude {
    /// As the server does by itself: Hindsight 1.1 adds up to 500 tokens.
    #[default]
    Server,
    /// Not.
    Off,
    /// Up to this many tokens.
    Tokens(u32),
}

/// How many source facts recall adds to observations.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(default, deny_unknown_fields)]
#[ts(export, optional_fields = nullable)]
pub struct SourceFactsInclude {
    /// At most this many tokens in all; absent means the server's 4,096.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_tokens: Option<u32>,
    /// At most this many tokens for each observation, -1 for no limit of its own.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[ts(optional, type = "number")]
    pub max_tokens_per_observation: Option<i64>,
}

/// What recall adds to its facts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(default, deny_unknown_fields)]
#[ts(export)]
pub struct RecallInclude {
    /// Their entities.
    #[serde(skip_serializing_if = "EntityInclude::is_server")]
    #[ts(optional, type = "{ max_tokens: number } | null")]
    pub entities: EntityInclude,
    /// Their chunks, up to this many tokens.
    #[serde(skip_serializing_if = "Option::is_none", with = "max_tokens")]
    #[ts(optional, type = "{ max_tokens: number } | null")]
    pub chunks: Option<u32>,
    /// The facts that observations were made of.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[ts(optional = nullable)]
    pub source_facts: Option<SourceFactsInclude>,
}

impl RecallInclude {
    fn is_default(&self) -> bool {
        *self == Self::default()
    }
}

#[derive(Serialize, Deserialize)]
struct MaxTokens {
    max_tokens: u32,
}

/// A number of tokens as the API nests it.
mod max_tokens {
    use super::*;

    pub(super) fn serialize<S: Serializer>(
        tokens: &Option<u32>,
        into: S,
    ) -> std::result::Result<S::Ok, S::Error> {
        tokens.map(|max_tokens| MaxTokens { max_tokens }).serialize(into)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(
        from: D,
    ) -> std::result::Result<Option<u32>, D::Error> {
        Ok(Option::<MaxTokens>::deserialize(from)?.map(|tokens| tokens.max_tokens))
    }
}

impl EntityInclude {
    fn is_server(&self) -> bool {
        *self == Self::Server
    }
}

impl Serialize for EntityInclude {
    fn serialize<S: Serializer>(&self, into: S) -> std::result::Result<S::Ok, S::Error> {
        match self {
            Self::Server | Self::Off => into.serialize_none(),
            Self::Tokens(max_tokens) => MaxTokens { max_tokens: *max_tokens }.serialize(into),
        }
    }
}

impl<'de> Deserialize<'de> for EntityInclude {
    fn deserialize<D: Deserializer<'de>>(from: D) -> std::result::Result<Self, D::Error> {
        let tokens = Option::<MaxTokens>::deserialize(from)?;
        Ok(tokens.map_or(Self::Off, |tokens| Self::Tokens(tokens.max_tokens)))
    }
}

/// A recalled fact.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
#[serde(rename_all(serialize = "camelCase"))]
#[ts(export, rename_all = "camelCase")]
pub struct RecallResult {
    /// Its id.
    pub id: String,
    /// The fact.
    pub text: String,
    /// Its kind; `None` for kinds that Rearview does not know.
    #[serde(rename(deserialize = "type"), default, deserialize_with = "lenient::option")]
    pub fact_type: Option<FactType>,
    /// Names of the entities in it.
    #[serde(default, deserialize_with = "lenient::names")]
    pub entities: Vec<String>,
    /// Where it came up.
    #[serde(default, deserialize_with = "lenient::option")]
    pub context: Option<String>,
    /// When it happened, from.
    #[serde(default, deserialize_with = "lenient::option")]
    pub occurred_start: Option<String>,
    /// When it happened, to.
    #[serde(default, deserialize_with = "lenient::option")]
    pub occurred_end: Option<String>,
    /// When it was said.
    #[serde(default, deserialize_with = "lenient::option")]
    pub mentioned_at: Option<String>,
    /// The document it came from.
    #[serde(default, deserialize_with = "lenient::option")]
    pub document_id: Option<DocumentId>,
    /// The chunk it came from.
    #[serde(default, deserialize_with = "lenient::option")]
    pub chunk_id: Option<String>,
    /// Its tags.
    #[serde(default, deserialize_with = "lenient::list")]
    pub tags: Vec<String>,
    /// Its metadata. Hindsight 1.1 leaves it out of facts that only the graph arm found.
    #[serde(default, deserialize_with = "lenient::metadata")]
    pub metadata: BTreeMap<String, String>,
    /// The facts an observation was made of, when source facts were asked for.
    #[serde(default, deserialize_with = "lenient::list")]
    pub source_fact_ids: Vec<String>,
    /// Raw scores.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub scores: Scores,
}

/// An entity of recalled facts.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, TS)]
#[serde(default, rename_all(serialize = "camelCase"))]
#[ts(export, rename_all = "camelCase")]
pub struct EntityState {
    /// Its id.
    #[serde(deserialize_with = "lenient::option")]
    pub entity_id: Option<String>,
    /// Its name.
    #[serde(deserialize_with = "lenient::option")]
    pub canonical_name: Option<String>,
}

/// A chunk of recalled facts.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
#[serde(rename_all(serialize = "camelCase"))]
#[ts(export, rename_all = "camelCase")]
pub struct Chunk {
    /// Its id.
    pub id: String,
    /// Its text.
    pub text: String,
    /// Its place in its document, from 0.
    #[serde(default, deserialize_with = "lenient::option")]
    pub chunk_index: Option<u32>,
    /// Whether the text was cut to the budget.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub truncated: bool,
}

/// What recall found.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, TS)]
#[serde(remote = "Self", rename_all(serialize = "camelCase"))]
#[ts(export, rename_all = "camelCase")]
pub struct RecallAnswer {
    /// The facts in the server's order.
    pub results: Vec<RecallResult>,
    /// Entities by name.
    #[serde(default, deserialize_with = "lenient::map")]
    pub entities: BTreeMap<String, EntityState>,
    /// Chunks by id.
    #[serde(default, deserialize_with = "lenient::map")]
    pub chunks: BTreeMap<String, Chunk>,
    /// Source facts by id.
    #[serde(default, deserialize_with = "lenient::map")]
    pub source_facts: BTreeMap<String, RecallResult>,
    /// Whether source facts were left out for their budget.
    #[serde(default, deserialize_with = "lenient::option")]
    pub source_facts_truncated: Option<bool>,
    /// How the server came to it, when asked: the parts that Rearview knows.
    #[serde(skip_deserializing)]
    pub trace: Option<Trace>,
    /// The same as the server sent it, without the embedding of the query.
    #[serde(rename(deserialize = "trace"), default, deserialize_with = "trace::without_embedding")]
    #[ts(type = "unknown")]
    pub raw_trace: Option<Value>,
    /// True when the bank does not exist yet, which the first retain changes.
    #[serde(skip_deserializing)]
    pub new_bank: bool,
}

impl<'de> Deserialize<'de> for RecallAnswer {
    fn deserialize<D: Deserializer<'de>>(from: D) -> std::result::Result<Self, D::Error> {
        let mut answer = Self::deserialize(from)?;
        answer.trace = answer.raw_trace.as_ref().and_then(|raw| Trace::deserialize(raw).ok());
        Ok(answer)
    }
}

impl Serialize for RecallAnswer {
    fn serialize<S: Serializer>(&self, into: S) -> std::result::Result<S::Ok, S::Error> {
        Self::serialize(self, into)
    }
}

impl RecallAnswer {
    /// The answer for a bank that does not exist yet: nothing was found, and nothing went wrong.
    pub fn new_bank() -> Self {
        Self { new_bank: true, ..Self::default() }
    }

    /// The facts as a turn keeps them: ranked from 1 in the server's order, with the ranks of the arms
    /// from the trace. `tokens` is 0; whoever injects them counts.
    pub fn memories(&self) -> Vec<RecalledMemory> {
        let arms = self.trace.as_ref().map(Trace::arms).unwrap_or_default();
        let ranked = self.results.iter().zip(1..);
        ranked.map(|(result, rank)| result.memory(rank, arms.get(result.id.as_str()))).collect()
    }
}

impl RecallResult {
    fn memory(&self, rank: u32, arms: Option<&BTreeMap<String, u32>>) -> RecalledMemory {
        RecalledMemory {
            id: self.id.clone(),
            text: self.text.clone(),
            fact_type: self.fact_type,
            entities: self.entities.clone(),
            context: self.context.clone(),
            occurred_start: self.occurred_start.clone(),
            occurred_end: self.occurred_end.clone(),
            mentioned_at: self.mentioned_at.clone(),
            document_id: self.document_id.clone(),
            chunk_id: self.chunk_id.clone(),
            tags: self.tags.clone(),
            metadata: self.metadata.clone(),
            scores: self.scores.clone(),
            rank,
            arms: arms.cloned().unwrap_or_default(),
            tokens: 0,
        }
    }
}

impl Client {
    /// Where a recall of a bank is asked, for people who want to ask by themselves. Without the key.
    ///
    /// # Errors
    /// `Invalid` for a bank id that no address can hold.
    pub fn recall_url(&self, bank: &BankId) -> Result<String> {
        Ok(Path::bank(bank)?.word("/memories/recall").under(&self.0.base).to_string())
    }

    /// Finds the facts that belong to a query. A bank that does not exist gives
    /// [`RecallAnswer::new_bank`]. Drop the future to stop waiting: recall changes nothing.
    ///
    /// # Errors
    /// `Invalid` for queries and filters that the server refuses; as every call else.
    pub async fn recall(&self, bank: &BankId, request: &RecallRequest) -> Result<Answered<RecallAnswer>> {
        let path = Path::bank(bank)?.word("/memories/recall");
        let call = Call::new(Method::POST, path, format!("recall from the bank `{bank}`")).body(request)?;
        let body = call.sent();
        match self.ask_with_body(call.repeatable(true)).await {
            Err(HindsightError::NotFound { .. }) => {
                Ok(Answered { value: RecallAnswer::new_bank(), ignored_params: Vec::new(), body })
            }
            answer => answer,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn sample() -> RecallAnswer {
        serde_json::from_str(include_str!("../tests/data/recall-1.1.json")).unwrap()
    }

    #[test]
    fn only_the_query_is_sent_when_only_the_query_is_set() {
        let request = RecallRequest { query: "q".into(), ..RecallRequest::default() };
        assert_eq!(serde_json::to_value(request).unwrap(), json!({"query": "q"}));
    }

    #[test]
    fn every_field_is_sent_in_the_servers_spelling() {
        let request = RecallRequest {
            query: "q".into(),
            types: vec![FactType::World, FactType::Observation],
            budget: Some(Budget::High),
            max_tokens: Some(7),
            prefer_observations: Some(false),
            trace: Some(true),
            query_timestamp: Some("2026-01-01T00:00:00Z".into()),
            include: RecallInclude {
                entities: EntityInclude::Off,
                chunks: Some(10),
                source_facts: Some(SourceFactsInclude {
                    max_tokens: Some(20),
                    max_tokens_per_observation: Some(-1),
                }),
            },
            tags: vec!["a".into()],
            tags_match: Some(TagsMatch::AllStrict),
            tag_groups: vec![json!({"not": {"tags": ["x"]}})],
            min_scores: Some(MinScores { r#final: Some(0.5), ..MinScores::default() }),
            temporal_window: Some(TemporalWindow { start: "a".into(), end: "b".into() }),
        };
        let sent = serde_json::to_value(&request).unwrap();
        assert_eq!(serde_json::from_value::<RecallRequest>(sent.clone()).unwrap(), request);
        assert_eq!(
            sent,
            json!({"query": "q", "types": ["world", "observation"], "budget": "high", "max_tokens": 7,
                   "prefer_observations": false, "trace": true, "query_timestamp": "2026-01-01T00:00:00Z",
                   "include": {"entities": null, "chunks": {"max_tokens": 10},
                               "source_facts": {"max_tokens": 20, "max_tokens_per_observation": -1}},
                   "tags": ["a"], "tags_match": "all_strict", "tag_groups": [{"not": {"tags": ["x"]}}],
                   "min_scores": {"final": 0.5}, "temporal_window": {"start": "a", "end": "b"}})
        );
    }

    #[test]
    fn memories_keep_the_servers_order_scores_and_arms() {
        let memories = sample().memories();
        assert_eq!(memories.iter().map(|memory| memory.rank).collect::<Vec<_>>(), [1, 2, 3]);
        let first = &memories[0];
        assert_eq!(first.fact_type, Some(FactType::World));
        assert_eq!(first.scores.semantic, Some(0.6011314392089886));
        assert_eq!(first.arms, BTreeMap::from([("bm25".to_owned(), 1), ("semantic".to_owned(), 1)]));
        assert_eq!(memories[2].arms.keys().collect::<Vec<_>>(), ["graph"]);
    }

    #[test]
    fn without_a_trace_the_arms_are_not_known() {
        let answer = RecallAnswer { trace: None, ..sample() };
        assert!(answer.memories().iter().all(|memory| memory.arms.is_empty()));
    }

    #[test]
    fn optional_fields_of_the_wrong_type_do_not_cost_the_answer() {
        let answer: RecallAnswer = serde_json::from_value(json!({
            "results": [{"id": "1", "text": "t", "type": "opinion", "tags": "x", "scores": "high", "document_id": 7}],
            "entities": [], "chunks": {"c": {"id": "c"}}, "trace": "none", "source_facts": null, "news": {}
        }))
        .unwrap();
        let [result] = answer.results.as_slice() else { panic!() };
        assert_eq!((result.id.as_str(), result.text.as_str(), result.fact_type), ("1", "t", None));
        assert!(answer.chunks.is_empty() && answer.trace.is_none());
    }

    #[test]
    fn a_fact_without_id_or_text_is_no_answer() {
        for fact in [json!({"id": "1"}), json!({"text": "t"}), json!({"id": 1, "text": "t"})] {
            assert!(serde_json::from_value::<RecallAnswer>(json!({"results": [fact]})).is_err());
        }
    }
}

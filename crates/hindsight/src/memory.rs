//! Facts and observations: list, read, edit, invalidate, restore.
//!
//! Hindsight has no call that deletes one fact; it is invalidated, or its document is deleted.

use crate::address::Path;
use crate::client::Client;
use crate::error;
use crate::lenient;
use crate::query::Query;
use crate::send::Call;
use rearview_domain::memory::{FactType, TagsMatch};
use rearview_domain::{BankId, DocumentId};
use reqwest::Method;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value;
use serde_json::value::RawValue;
use std::collections::BTreeMap;
use ts_rs::TS;

/// Whether a fact counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
#[ts(export)]
pub enum MemoryState {
    /// It is recalled.
    Valid,
    /// It is kept and not recalled.
    Invalidated,
}

/// How far a fact is on its way into observations.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
#[ts(export)]
pub enum ConsolidationState {
    /// It failed.
    Failed,
    /// It waits.
    Pending,
    /// It is done.
    Done,
}

/// Which time of a fact a filter means. The list is sorted by it, latest first; facts without it are left out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
#[ts(export)]
pub enum MemoryTimeField {
    /// When it was stored.
    CreatedAt,
    /// When it was changed.
    UpdatedAt,
    /// When it was said.
    MentionedAt,
    /// When it happened, from.
    OccurredStart,
    /// When it happened, to.
    OccurredEnd,
}

/// Which facts to list. The default lists the first 100 of all.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, TS)]
#[serde(default, rename_all = "camelCase", deny_unknown_fields)]
#[ts(export, optional_fields = nullable)]
pub struct MemoryFilter {
    /// Of this kind.
    pub fact_type: Option<FactType>,
    /// With this in text or context.
    pub q: Option<String>,
    /// Of this document.
    pub document_id: Option<DocumentId>,
    /// With this entity.
    pub entity_id: Option<String>,
    /// With these tags.
    #[ts(as = "Option<Vec<String>>")]
    pub tags: Vec<String>,
    /// How those tags match.
    pub tags_match: Option<TagsMatch>,
    /// In this state.
    pub state: Option<MemoryState>,
    /// This far in consolidation.
    pub consolidation_state: Option<ConsolidationState>,
    /// The time that `start_date` and `end_date` mean, and that sorts.
    pub time_field: Option<MemoryTimeField>,
    /// From this time on, ISO 8601.
    pub start_date: Option<String>,
    /// Before this time, ISO 8601.
    pub end_date: Option<String>,
    /// At most this many; 0 asks for the total only.
    pub limit: Option<u32>,
    /// Without the first so many.
    pub offset: Option<u32>,
}

/// A fact or an observation.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
#[serde(remote = "Self", rename_all(serialize = "camelCase"))]
#[ts(export, rename_all = "camelCase")]
pub struct Fact {
    /// Its id.
    pub id: String,
    /// The fact.
    pub text: String,
    /// Its kind; `None` for kinds that Rearview does not know.
    #[serde(default, deserialize_with = "lenient::option")]
    pub fact_type: Option<FactType>,
    /// Where it came up.
    #[serde(default, deserialize_with = "lenient::option")]
    pub context: Option<String>,
    /// Names of the entities in it. A name with a comma comes apart in lists of Hindsight 1.1.
    #[serde(default, deserialize_with = "lenient::names")]
    pub entities: Vec<String>,
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
    /// Its metadata.
    #[serde(default, deserialize_with = "lenient::metadata")]
    pub metadata: BTreeMap<String, String>,
    /// How many facts stand behind it; lists only.
    #[serde(default, deserialize_with = "lenient::option")]
    pub proof_count: Option<u32>,
    /// The facts that an observation was made of.
    #[serde(default, deserialize_with = "lenient::list")]
    pub source_memory_ids: Vec<String>,
    /// Whether it counts.
    #[serde(default, deserialize_with = "lenient::option")]
    pub state: Option<MemoryState>,
    /// Why it does not count.
    #[serde(default, deserialize_with = "lenient::option")]
    pub invalidation_reason: Option<String>,
    /// Since when it does not count.
    #[serde(default, deserialize_with = "lenient::option")]
    pub invalidated_at: Option<String>,
    /// When a person edited it.
    #[serde(default, deserialize_with = "lenient::option")]
    pub edited_at: Option<String>,
    /// When it was stored. Hindsight 1.1 sorts by it and does not tell it; the engine in the app does.
    #[serde(default, deserialize_with = "lenient::option")]
    pub created_at: Option<String>,
    /// When it changed.
    #[serde(default, deserialize_with = "lenient::option")]
    pub updated_at: Option<String>,
    /// When it went into observations.
    #[serde(default, deserialize_with = "lenient::option")]
    pub consolidated_at: Option<String>,
    /// When that failed.
    #[serde(default, deserialize_with = "lenient::option")]
    pub consolidation_failed_at: Option<String>,
}

impl<'de> Deserialize<'de> for Fact {
    /// The kind is called `fact_type` in lists and `type` elsewhere.
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let mut value = Value::deserialize(from)?;
        lenient::twin(&mut value, "type", "fact_type");
        Self::deserialize(value).map_err(D::Error::custom)
    }
}

impl Serialize for Fact {
    fn serialize<S: Serializer>(&self, into: S) -> Result<S::Ok, S::Error> {
        Self::serialize(self, into)
    }
}

/// A memory by itself, with what only its own call tells.
#[derive(Clone, Debug, PartialEq, Serialize, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export, rename_all = "camelCase")]
pub struct WholeMemory {
    /// The memory.
    pub fact: Fact,
    /// The facts that an observation was made of, as far as the server has them.
    pub sources: Vec<Fact>,
    /// The server's answer as it came.
    #[ts(type = "unknown")]
    pub raw: Value,
}

impl<'de> Deserialize<'de> for WholeMemory {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let raw = Value::deserialize(from)?;
        // `Fact::deserialize` would be the derived one, which does not know that the kind has two names.
        let fact: Fact = serde_json::from_value(raw.clone()).map_err(D::Error::custom)?;
        let sources = raw.get("source_memories").and_then(Value::as_array).map(Vec::as_slice);
        let sources = sources.unwrap_or_default().iter();
        let sources = sources.filter_map(|source| serde_json::from_value(source.clone()).ok()).collect();
        Ok(Self { fact, sources, raw })
    }
}

/// A fact that stood behind a version of an observation.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
#[serde(rename_all(serialize = "camelCase"))]
#[ts(export, rename_all = "camelCase")]
pub struct VersionSource {
    /// Its id.
    pub id: String,
    /// The fact.
    #[serde(default, deserialize_with = "lenient::option")]
    pub text: Option<String>,
    /// Whether it came with this change.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub is_new: bool,
}

/// An earlier version of a memory. Hindsight 1.1 keeps them of observations; the engine in this app of facts too, and
/// says what changed them.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
#[serde(rename_all(serialize = "camelCase"))]
#[ts(export, rename_all = "camelCase")]
pub struct MemoryVersion {
    /// The text it had.
    #[serde(rename(deserialize = "previous_text"))]
    pub text: String,
    /// The context it had.
    #[serde(default, rename(deserialize = "previous_context"), deserialize_with = "lenient::option")]
    pub context: Option<String>,
    /// The tags it had.
    #[serde(default, rename(deserialize = "previous_tags"), deserialize_with = "lenient::list")]
    pub tags: Vec<String>,
    /// When it was said to have happened, from.
    #[serde(default, rename(deserialize = "previous_occurred_start"), deserialize_with = "lenient::option")]
    pub occurred_start: Option<String>,
    /// When it was said to have happened, to.
    #[serde(default, rename(deserialize = "previous_occurred_end"), deserialize_with = "lenient::option")]
    pub occurred_end: Option<String>,
    /// When it was said to have been mentioned.
    #[serde(default, rename(deserialize = "previous_mentioned_at"), deserialize_with = "lenient::option")]
    pub mentioned_at: Option<String>,
    /// The kind it had; absent where the server does not keep it.
    #[serde(default, rename(deserialize = "previous_type"), deserialize_with = "lenient::option")]
    pub fact_type: Option<FactType>,
    /// The entities it had; absent where the server does not keep them.
    #[serde(default, rename(deserialize = "previous_entities"), deserialize_with = "lenient::option")]
    pub entities: Option<Vec<String>>,
    /// Whether it counted; absent where the server does not keep it.
    #[serde(default, rename(deserialize = "previous_state"), deserialize_with = "lenient::option")]
    pub state: Option<MemoryState>,
    /// Until when it stood.
    #[serde(default, deserialize_with = "lenient::option")]
    pub changed_at: Option<String>,
    /// What ended it, in the server's word.
    #[serde(default, deserialize_with = "lenient::option")]
    pub change: Option<String>,
    /// The facts behind the version that followed, new ones marked.
    #[serde(default, deserialize_with = "lenient::list")]
    pub source_facts: Vec<VersionSource>,
}

/// Facts as lists have them, each read from its text: a tree of JSON between takes longer than all else when a whole
/// bank is read. One that calls its kind otherwise is read as everywhere else.
fn listed<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<Fact>, D::Error> {
    /// As it is derived, which knows one name for the kind.
    struct Plain(Fact);

    impl<'de> Deserialize<'de> for Plain {
        fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
            Fact::deserialize(from).map(Self)
        }
    }

    let read = |raw: Box<RawValue>| match serde_json::from_str(raw.get()) {
        Ok(Plain(fact)) if fact.fact_type.is_some() => Ok(fact),
        _ => serde_json::from_str(raw.get()),
    };
    let raws = Vec::<Box<RawValue>>::deserialize(from)?;
    raws.into_iter().map(read).collect::<Result<_, _>>().map_err(D::Error::custom)
}

/// A page of facts, the one said last first.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct MemoryPage {
    /// The facts.
    #[serde(deserialize_with = "listed")]
    pub items: Vec<Fact>,
    /// How many there are in all.
    #[serde(default, deserialize_with = "lenient::option")]
    pub total: Option<u64>,
}

/// A change of a fact; what is absent stays. An empty time clears it. The server refuses an empty change,
/// and any change of an observation.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, TS)]
#[serde(default, rename_all(deserialize = "camelCase"), deny_unknown_fields)]
#[ts(export, rename_all = "camelCase", optional_fields = nullable)]
pub struct MemoryPatch {
    /// The new text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// Where it came up.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub context: Option<String>,
    /// When it happened, from.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub occurred_start: Option<String>,
    /// When it happened, to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub occurred_end: Option<String>,
    /// When it was said; servers since 1.1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mentioned_at: Option<String>,
    /// `World` or `Experience`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fact_type: Option<FactType>,
    /// The entities in it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub entities: Option<Vec<String>>,
    /// Whether those match entities of similar names.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub resolve_entities: Option<bool>,
    /// Whether it counts.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub state: Option<MemoryState>,
    /// Why.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

#[derive(Deserialize)]
struct Cleared {
    #[serde(default, deserialize_with = "lenient::option")]
    deleted_count: Option<u64>,
}

fn path(bank: &BankId, id: &str) -> error::Result<Path> {
    Path::bank(bank)?.word("/memories").id("memory id", id)
}

impl Client {
    /// Lists facts.
    ///
    /// # Errors
    /// `NotFound` for a bank that does not exist; as every call else.
    pub async fn memories(&self, bank: &BankId, filter: &MemoryFilter) -> error::Result<MemoryPage> {
        let query = Query::default()
            .with("type", &filter.fact_type)
            .with("q", &filter.q)
            .with("document_id", &filter.document_id)
            .with("entity_id", &filter.entity_id)
            .tags(&filter.tags, filter.tags_match)
            .with("state", &filter.state)
            .with("consolidation_state", &filter.consolidation_state)
            .with("time_field", &filter.time_field)
            .with("start_date", &filter.start_date)
            .with("end_date", &filter.end_date)
            .with("limit", &filter.limit)
            .with("offset", &filter.offset);
        let path = Path::bank(bank)?.word("/memories/list");
        self.ask(Call::get(path, format!("list the memories of the bank `{bank}`")).query(query.done())).await
    }

    /// Reads one fact.
    ///
    /// # Errors
    /// `NotFound` when it does not exist, `Invalid` for an id that is no UUID.
    pub async fn memory(&self, bank: &BankId, id: &str) -> error::Result<Fact> {
        self.ask(Call::get(path(bank, id)?, format!("read the memory `{id}`"))).await
    }

    /// Reads one memory with the facts an observation was made of, and the answer as it came.
    ///
    /// # Errors
    /// As [`Self::memory`].
    pub async fn whole_memory(&self, bank: &BankId, id: &str) -> error::Result<WholeMemory> {
        self.ask(Call::get(path(bank, id)?, format!("read the memory `{id}`"))).await
    }

    /// The earlier versions of a memory, the latest first.
    ///
    /// # Errors
    /// As [`Self::memory`]; `FeatureMissing` where the server keeps none.
    pub async fn memory_history(&self, bank: &BankId, id: &str) -> error::Result<Vec<MemoryVersion>> {
        let path = path(bank, id)?.word("/history");
        let call = Call::get(path, format!("read the history of the memory `{id}`"));
        // Asks the engine in this app for versions of facts too; Hindsight keeps none and heeds no such word.
        let query = vec![("versions", "true".to_owned())];
        self.ask_list(call.query(query).feature("history")).await
    }

    /// Drops the observations that were made of a fact; gives how many, when the server says.
    ///
    /// # Errors
    /// As [`Self::memory`].
    pub async fn clear_observations_of(&self, bank: &BankId, id: &str) -> error::Result<Option<u64>> {
        let path = path(bank, id)?.word("/observations");
        let call = Call::new(Method::DELETE, path, format!("clear the observations of the memory `{id}`"));
        self.ask::<Cleared>(call).await.map(|cleared| cleared.deleted_count)
    }

    /// Changes one fact; gives it as it is then. The server makes its observations anew, under new ids.
    ///
    /// # Errors
    /// `NotFound` when it does not exist or is an observation, `Invalid` for an empty change.
    pub async fn patch_memory(&self, bank: &BankId, id: &str, patch: &MemoryPatch) -> error::Result<Fact> {
        let call = Call::new(Method::PATCH, path(bank, id)?, format!("change the memory `{id}`"));
        self.ask(call.body(patch)?).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn fact(value: Value) -> Fact {
        serde_json::from_value(value).unwrap()
    }

    #[test]
    fn a_list_is_read_whatever_it_calls_the_kind_and_however_wrong_its_other_fields_are() {
        let page = |items: serde_json::Value| {
            serde_json::from_str::<MemoryPage>(&json!({"items": items, "total": 3}).to_string())
        };
        let read = page(json!([
            {"id": "a", "text": "t", "fact_type": "world", "tags": 3, "proof_count": "many", "new": {"of": []}},
            {"id": "b", "text": "t", "type": "experience", "entities": "Ana, Bo"},
            {"id": "c", "text": "t", "type": "world", "fact_type": "observation", "metadata": {"n": 1}},
            {"id": "d", "text": "t", "fact_type": "opinion"},
        ]))
        .unwrap();
        let kinds: Vec<_> = read.items.iter().map(|fact| fact.fact_type).collect();
        let wanted = [Some(FactType::World), Some(FactType::Experience), Some(FactType::Observation), None];
        assert_eq!(kinds, wanted);
        assert_eq!(read.items[1].entities, ["Ana", "Bo"]);
        assert_eq!(read.items[2].metadata["n"], "1");
        // An answer without an id or a text is no answer.
        assert!(page(json!([{"id": "a", "fact_type": "world"}])).is_err());
        assert!(page(json!({})).is_err());
    }

    #[test]
    fn a_fact_reads_the_same_from_a_list_and_by_itself() {
        let listed = fact(
            json!({"id": "1", "text": "t", "fact_type": "world", "entities": "Ana, Lisbon", "proof_count": 1}),
        );
        let alone = fact(json!({"id": "1", "text": "t", "type": "world", "entities": ["Ana", "Lisbon"]}));
        assert_eq!(listed, Fact { proof_count: Some(1), ..alone });
    }

    #[test]
    fn a_memory_by_itself_keeps_what_came_and_reads_what_it_can_of_its_sources() {
        let raw = json!({
            "id": "1", "text": "t", "type": "observation", "origin": "model",
            "source_memories": [{"id": "2", "text": "u", "type": "world"}, {"id": "3"}, 4],
        });
        let whole: WholeMemory = serde_json::from_value(raw.clone()).unwrap();
        let sources: Vec<_> = whole.sources.iter().map(|fact| (fact.id.as_str(), fact.fact_type)).collect();
        assert_eq!((whole.raw, sources), (raw, vec![("2", Some(FactType::World))]));
        assert!(serde_json::from_value::<WholeMemory>(json!({"id": "1"})).is_err());
    }

    #[test]
    fn versions_are_read_from_servers_that_say_much_and_little() {
        let version = |value| serde_json::from_value::<MemoryVersion>(value).unwrap();
        let much = version(json!({
            "previous_text": "t", "previous_tags": ["a", 1], "previous_type": "world", "previous_state": "invalidated",
            "previous_entities": ["Ana"], "changed_at": "2026-01-01T00:00:00Z", "change": "edited",
            "source_facts": [{"id": "1", "text": "x", "is_new": true}, {"text": "no id"}],
        }));
        assert_eq!(
            (much.tags, much.source_facts.len(), much.state),
            (vec!["a".to_owned()], 1, Some(MemoryState::Invalidated))
        );
        let little = version(json!({"previous_text": "t", "previous_tags": null, "changed_at": 4}));
        assert_eq!((little.changed_at, little.entities, little.change), (None, None, None));
    }

    #[test]
    fn a_whole_memory_and_its_sources_have_their_kinds() {
        let whole: WholeMemory =
            serde_json::from_value(json!({"id": "1", "text": "t", "type": "observation",
            "source_memories": [{"id": "2", "text": "u", "type": "world"}, 7]}))
            .unwrap();
        assert_eq!(whole.fact.fact_type, Some(FactType::Observation));
        assert_eq!(whole.sources.len(), 1);
        assert_eq!(whole.sources[0].fact_type, Some(FactType::World));
    }

    #[test]
    fn an_older_server_s_bare_fact_is_a_fact() {
        let bare = fact(json!({"id": "1", "text": "t"}));
        assert_eq!((bare.fact_type, bare.state, bare.entities.len()), (None, None, 0));
    }
}

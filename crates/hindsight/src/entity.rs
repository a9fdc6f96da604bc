//! Entities and how often they come together.
//!
//! Hindsight cannot search, rename or merge them; what Rearview makes of that lives in `rearview-curate`.

use crate::address::Path;
use crate::client::Client;
use crate::error::Result;
use crate::lenient;
use crate::query::Query;
use crate::send::Call;
use rearview_domain::BankId;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;
use ts_rs::TS;

/// Someone or something that facts name.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
#[serde(rename_all(serialize = "camelCase"))]
#[ts(export, rename_all = "camelCase")]
pub struct Entity {
    /// Its id.
    pub id: String,
    /// Its name.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub canonical_name: String,
    /// How many facts name it.
    #[serde(default, deserialize_with = "lenient::option")]
    pub mention_count: Option<u64>,
    /// When it first came up.
    #[serde(default, deserialize_with = "lenient::option")]
    pub first_seen: Option<String>,
    /// When it last came up.
    #[serde(default, deserialize_with = "lenient::option")]
    pub last_seen: Option<String>,
    /// Its metadata.
    #[serde(default, deserialize_with = "lenient::metadata")]
    pub metadata: BTreeMap<String, String>,
}

/// A page of entities, the most mentioned first.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct EntityPage {
    /// The entities.
    pub items: Vec<Entity>,
    /// How many there are in all.
    #[serde(default, deserialize_with = "lenient::option")]
    pub total: Option<u64>,
}

/// An entity in a graph.
#[derive(Clone, Debug, PartialEq)]
pub struct EntityNode {
    /// Its id.
    pub id: String,
    /// Its name.
    pub label: String,
    /// How many facts name it.
    pub mention_count: Option<u64>,
}

/// Two entities that stand together in facts.
#[derive(Clone, Debug, PartialEq)]
pub struct EntityEdge {
    /// One.
    pub source: String,
    /// The other.
    pub target: String,
    /// In how many facts.
    pub weight: Option<f64>,
}

/// Entities and which stand together.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct EntityGraph {
    /// The entities.
    #[serde(deserialize_with = "lenient::list")]
    pub nodes: Vec<EntityNode>,
    /// The pairs, the most frequent first.
    #[serde(deserialize_with = "lenient::list")]
    pub edges: Vec<EntityEdge>,
    /// How many entities there are in all.
    #[serde(default, deserialize_with = "lenient::option")]
    pub total_entities: Option<u64>,
    /// How many pairs there are in all.
    #[serde(default, deserialize_with = "lenient::option")]
    pub total_edges: Option<u64>,
}

#[derive(Deserialize)]
struct NodeData {
    id: String,
    #[serde(default, deserialize_with = "lenient::or_default")]
    label: String,
    #[serde(default, rename = "mentionCount", deserialize_with = "lenient::option")]
    mention_count: Option<u64>,
}

#[derive(Deserialize)]
struct EdgeData {
    source: String,
    target: String,
    #[serde(default, deserialize_with = "lenient::option")]
    weight: Option<f64>,
}

impl<'de> Deserialize<'de> for EntityNode {
    /// Servers wrap each node in `data`.
    fn deserialize<D: Deserializer<'de>>(from: D) -> std::result::Result<Self, D::Error> {
        let data: NodeData = unwrapped(from)?;
        Ok(Self { id: data.id, label: data.label, mention_count: data.mention_count })
    }
}

impl<'de> Deserialize<'de> for EntityEdge {
    /// Servers wrap each edge in `data`.
    fn deserialize<D: Deserializer<'de>>(from: D) -> std::result::Result<Self, D::Error> {
        let data: EdgeData = unwrapped(from)?;
        Ok(Self { source: data.source, target: data.target, weight: data.weight })
    }
}

/// The value inside `data`, or the value itself where a server does not wrap.
pub(crate) fn unwrapped<'de, D: Deserializer<'de>, T: serde::de::DeserializeOwned>(
    from: D,
) -> std::result::Result<T, D::Error> {
    let mut value = Value::deserialize(from)?;
    let inner = value.get_mut("data").map(Value::take);
    T::deserialize(inner.unwrap_or(value)).map_err(D::Error::custom)
}

impl Client {
    /// Lists entities.
    ///
    /// # Errors
    /// `NotFound` for a bank that does not exist; as every call else.
    pub async fn entities(&self, bank: &BankId, limit: u32, offset: u32) -> Result<EntityPage> {
        let query = Query::default().with("limit", &Some(limit)).with("offset", &Some(offset));
        let path = Path::bank(bank)?.word("/entities");
        self.ask(Call::get(path, format!("list the entities of the bank `{bank}`")).query(query.done())).await
    }

    /// The pairs of entities that stand together in at least `least` facts, at most `limit` pairs.
    ///
    /// # Errors
    /// As [`Self::entities`].
    pub async fn entity_graph(&self, bank: &BankId, limit: u32, least: u32) -> Result<EntityGraph> {
        let query = Query::default().with("limit", &Some(limit)).with("min_count", &Some(least));
        let path = Path::bank(bank)?.word("/entities/graph");
        let call = Call::get(path, format!("draw the entities of the bank `{bank}`"));
        self.ask(call.feature("the graph of entities").query(query.done())).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn an_entity_whose_numbers_are_words_is_still_an_entity() {
        let read: EntityPage = serde_json::from_value(json!({"items": [
            {"id": "1", "canonical_name": "Ana", "mention_count": "many", "first_seen": 3, "metadata": null}
        ]}))
        .unwrap();
        let ana = &read.items[0];
        assert_eq!((ana.canonical_name.as_str(), ana.mention_count, &ana.first_seen), ("Ana", None, &None));
    }

    #[test]
    fn a_graph_of_entities_is_read_wrapped_and_bare_and_leaves_out_what_is_neither() {
        let read: EntityGraph = serde_json::from_value(json!({
            "nodes": [{"data": {"id": "a", "label": "Ana", "mentionCount": 3}}, {"id": "b", "label": 7}, 4],
            "edges": [{"data": {"source": "a", "target": "b", "weight": 2}}, {"data": {"source": "a"}}],
            "total_entities": "2",
        }))
        .unwrap();
        assert_eq!(read.nodes.len(), 2);
        assert_eq!(read.edges, [EntityEdge { source: "a".into(), target: "b".into(), weight: Some(2.0) }]);
        assert_eq!(read.total_entities, None);
    }
}

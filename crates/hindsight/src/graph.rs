//! Facts and the links between them.

use crate::address::Path;
use crate::client::Client;
use crate::error::Result;
use crate::lenient;
use crate::memory::Fact;
use crate::query::Query;
use crate::send::Call;
use rearview_domain::memory::{FactType, TagsMatch};
use rearview_domain::{BankId, DocumentId};
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::value::RawValue;
use ts_rs::TS;

/// Which facts to draw, and how many of them.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, TS)]
#[serde(default, rename_all = "camelCase", deny_unknown_fields)]
#[ts(export, optional_fields = nullable)]
pub struct GraphFilter {
    /// Of this kind.
    pub fact_type: Option<FactType>,
    /// With this in text or context.
    pub q: Option<String>,
    /// With these tags.
    #[ts(as = "Option<Vec<String>>")]
    pub tags: Vec<String>,
    /// How those tags match.
    pub tags_match: Option<TagsMatch>,
    /// Of this document.
    pub document_id: Option<DocumentId>,
    /// Of this chunk.
    pub chunk_id: Option<String>,
    /// At most this many facts.
    pub limit: Option<u32>,
}

/// A link between two facts, as the server has it: parallels and links of a fact to itself included.
#[derive(Clone, Debug, PartialEq)]
pub struct MemoryEdge {
    /// One fact.
    pub source: String,
    /// The other.
    pub target: String,
    /// `entity`, `temporal`, `semantic`, `caused_by`, or what a server calls it.
    pub kind: String,
    /// How strong it is.
    pub weight: Option<f64>,
    /// The entity that both name.
    pub entity_name: Option<String>,
}

/// Facts and links.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct MemoryGraph {
    /// The facts as the graph's table has them.
    #[serde(rename = "table_rows", default, deserialize_with = "lenient::list")]
    pub facts: Vec<Fact>,
    /// The links.
    #[serde(default, deserialize_with = "lenient::long_list")]
    pub edges: Vec<MemoryEdge>,
    /// How many facts pass the filter in all.
    #[serde(default, deserialize_with = "lenient::option")]
    pub total_units: Option<u64>,
}

#[derive(Deserialize)]
struct EdgeData {
    source: String,
    target: String,
    #[serde(default, rename = "linkType", deserialize_with = "lenient::or_default")]
    kind: String,
    #[serde(default, deserialize_with = "lenient::option")]
    weight: Option<f64>,
    #[serde(default, rename = "entityName", deserialize_with = "lenient::option")]
    entity_name: Option<String>,
}

/// Servers wrap each edge in `data`; one that does not is read too.
#[derive(Deserialize)]
struct Wrapped {
    data: EdgeData,
}

impl<'de> Deserialize<'de> for MemoryEdge {
    fn deserialize<D: Deserializer<'de>>(from: D) -> std::result::Result<Self, D::Error> {
        let raw = Box::<RawValue>::deserialize(from)?;
        let wrapped = serde_json::from_str(raw.get()).map(|Wrapped { data }| data);
        let data = wrapped.or_else(|_| serde_json::from_str(raw.get())).map_err(D::Error::custom)?;
        let entity_name = data.entity_name.filter(|name| !name.is_empty());
        let EdgeData { source, target, kind, weight, .. } = data;
        Ok(Self { source, target, kind, weight, entity_name })
    }
}

impl Client {
    /// Draws facts and their links. Servers answer with up to 20,000 links; ask for few facts.
    ///
    /// # Errors
    /// `NotFound` for a bank that does not exist; as every call else.
    pub async fn memory_graph(&self, bank: &BankId, filter: &GraphFilter) -> Result<MemoryGraph> {
        let query = Query::default()
            .with("type", &filter.fact_type)
            .with("q", &filter.q)
            .tags(&filter.tags, filter.tags_match)
            .with("document_id", &filter.document_id)
            .with("chunk_id", &filter.chunk_id)
            .with("limit", &filter.limit);
        let path = Path::bank(bank)?.word("/graph");
        let call = Call::get(path, format!("draw the memories of the bank `{bank}`"));
        let mut graph: MemoryGraph =
            self.ask(call.feature("the graph of memories").query(query.done())).await?;
        // The table of Hindsight 1.1 prints words where there is nothing.
        for fact in &mut graph.facts {
            fact.entities.retain(|name| name != "None");
            fact.context = fact.context.take().filter(|context| context != "N/A");
        }
        Ok(graph)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_graph_is_read_past_what_is_broken_in_it() {
        let graph: MemoryGraph = serde_json::from_value(json!({
            "nodes": "lots",
            "table_rows": [{"id": "a", "text": "t", "fact_type": "opinion", "entities": "Ana, Bo"}, {"text": "no id"}],
            "edges": [
                {"data": {"source": "a", "target": "b", "linkType": "entity", "weight": 1.0, "entityName": "Ana"}},
                {"data": {"source": "a", "target": "b", "linkType": "temporal", "weight": "0.5", "entityName": ""}},
                {"source": "b", "target": "a", "linkType": "semantic"},
                {"data": {"source": "a", "linkType": "entity"}},
                null,
            ],
            "total_units": 3.5,
        }))
        .unwrap();
        assert_eq!(graph.facts.len(), 1);
        assert_eq!(graph.facts[0].entities, ["Ana", "Bo"]);
        let kinds: Vec<_> = graph.edges.iter().map(|edge| (edge.kind.as_str(), edge.weight)).collect();
        assert_eq!(kinds, [("entity", Some(1.0)), ("temporal", None), ("semantic", None)]);
        assert_eq!(graph.edges[1].entity_name, None);
        assert_eq!(graph.total_units, None);
    }
}

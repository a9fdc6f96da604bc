//! Collecting nodes and links. Pure.

use rearview_domain::DocumentId;
use rearview_domain::memory::{FactType, RecalledMemory};
use rearview_hindsight::{Entity, Fact};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, HashMap};
use ts_rs::TS;

/// Characters of a fact that a card shows.
const CARD: usize = 600;

/// What a node is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
#[ts(export, rename = "GraphNodeKind")]
pub enum NodeKind {
    /// A fact or an observation.
    Fact,
    /// An entity.
    Entity,
}

/// A node.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export, rename = "GraphNode")]
pub struct Node {
    /// Its name in links: `f:` or `e:` and its id.
    pub key: String,
    /// What it is.
    pub kind: NodeKind,
    /// Its id on the server.
    pub id: String,
    /// The fact, cut after 600 characters, or the entity's name.
    pub text: String,
    /// The fact's kind.
    pub fact_type: Option<FactType>,
    /// When it happened, or was said.
    pub date: Option<String>,
    /// Whether `date` says when it happened.
    pub happened: bool,
    /// The document it came from.
    pub document_id: Option<DocumentId>,
    /// How many facts stand behind it, or name it.
    pub evidence: u32,
}

/// What parallel links of one kind say together.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
#[ts(export, rename = "GraphLinkPart")]
pub struct LinkPart {
    /// `names`, `semantic`, `temporal`, `caused_by`, `source`, `recalled`, `together`, or a server's own word.
    pub kind: String,
    /// The strongest.
    pub weight: Option<f64>,
    /// How many there were.
    pub count: u32,
}

/// Two nodes that belong together.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
#[ts(export, rename = "GraphLink")]
pub struct Link {
    /// The key of one.
    pub source: String,
    /// The key of the other.
    pub target: String,
    /// Why, one entry a kind.
    pub parts: Vec<LinkPart>,
}

/// A graph.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export)]
pub struct Graph {
    /// The nodes.
    pub nodes: Vec<Node>,
    /// The links, each pair once.
    pub links: Vec<Link>,
    /// How many nodes there are to show; `None` when the server does not say.
    pub total_nodes: Option<u64>,
    /// How many links there are to show, as far as the server says.
    pub total_links: Option<u64>,
    /// Links that run beside another of the same kind and were merged into it.
    pub merged: u32,
    /// Links of a node to itself, which were dropped.
    pub loops: u32,
    /// What was left out and why, in sentences.
    pub notes: Vec<String>,
}

/// Collects a graph.
#[derive(Default)]
pub struct Build {
    nodes: Vec<Node>,
    places: HashMap<String, usize>,
    links: BTreeMap<(String, String), BTreeMap<String, LinkPart>>,
    merged: u32,
    loops: u32,
    /// What was left out and why.
    pub notes: Vec<String>,
}

/// The key of a fact.
pub(super) fn fact_key(id: &str) -> String {
    format!("f:{id}")
}

/// The key of an entity.
pub(super) fn entity_key(id: &str) -> String {
    format!("e:{id}")
}

fn card(text: &str) -> String {
    match text.char_indices().nth(CARD) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
        None => text.to_owned(),
    }
}

impl Build {
    fn put(&mut self, node: Node) -> String {
        let key = node.key.clone();
        match self.places.get(&key).and_then(|place| self.nodes.get_mut(*place)) {
            // One place may know more of a node than another: lists count evidence, single reads do not.
            Some(known) => {
                known.evidence = known.evidence.max(node.evidence);
                if known.date.is_none() {
                    (known.date, known.happened) = (node.date, node.happened);
                }
            }
            None => {
                self.places.insert(key.clone(), self.nodes.len());
                self.nodes.push(node);
            }
        }
        key
    }

    /// Adds a fact; gives its key.
    pub fn fact(&mut self, fact: &Fact) -> String {
        self.put(Node {
            key: fact_key(&fact.id),
            kind: NodeKind::Fact,
            id: fact.id.clone(),
            text: card(&fact.text),
            fact_type: fact.fact_type,
            date: fact.occurred_start.clone().or_else(|| fact.mentioned_at.clone()),
            happened: fact.occurred_start.is_some(),
            document_id: fact.document_id.clone(),
            evidence: fact
                .proof_count
                .unwrap_or_else(|| u32::try_from(fact.source_memory_ids.len()).unwrap_or(u32::MAX)),
        })
    }

    /// Adds a fact as recall gives it; gives its key.
    pub fn recalled(&mut self, found: &RecalledMemory) -> String {
        self.put(Node {
            key: fact_key(&found.id),
            kind: NodeKind::Fact,
            id: found.id.clone(),
            text: card(&found.text),
            fact_type: found.fact_type,
            date: found.occurred_start.clone().or_else(|| found.mentioned_at.clone()),
            happened: found.occurred_start.is_some(),
            document_id: found.document_id.clone(),
            evidence: 0,
        })
    }

    /// Adds an entity; gives its key.
    pub fn entity(&mut self, id: &str, name: &str, mentions: Option<u64>) -> String {
        self.put(Node {
            key: entity_key(id),
            kind: NodeKind::Entity,
            id: id.to_owned(),
            text: card(name),
            fact_type: None,
            date: None,
            happened: false,
            document_id: None,
            evidence: u32::try_from(mentions.unwrap_or_default()).unwrap_or(u32::MAX),
        })
    }

    /// Adds an entity as the list has it; gives its key.
    pub fn listed(&mut self, entity: &Entity) -> String {
        self.entity(&entity.id, &entity.canonical_name, entity.mention_count)
    }

    /// Whether a node is there.
    pub fn has(&self, key: &str) -> bool {
        self.places.contains_key(key)
    }

    /// Links two nodes. A link to itself is dropped, one beside another of its kind is merged into it.
    pub fn link(&mut self, one: &str, other: &str, kind: &str, weight: Option<f64>) {
        if one == other {
            self.loops += 1;
            return;
        }
        // A cause has a direction; the rest has none.
        let flip = kind != "caused_by" && one > other;
        let (a, b) = if flip { (other, one) } else { (one, other) };
        let pair = (a.to_owned(), b.to_owned());
        let back = (b.to_owned(), a.to_owned());
        let pair = if self.links.contains_key(&back) { back } else { pair };
        let part = self.links.entry(pair).or_default().entry(kind.to_owned());
        let weight = weight.filter(|weight| weight.is_finite());
        part.and_modify(|part| {
            part.count += 1;
            part.weight = match (part.weight, weight) {
                (Some(known), Some(new)) => Some(known.max(new)),
                (known, new) => known.or(new),
            };
            self.merged += 1;
        })
        .or_insert_with(|| LinkPart { kind: kind.to_owned(), weight, count: 1 });
    }

    /// The graph; links whose end is not there are left out.
    pub fn done(self, total_nodes: Option<u64>, total_links: Option<u64>) -> Graph {
        let places = self.places;
        let links: Vec<Link> = self
            .links
            .into_iter()
            .filter(|((source, target), _)| places.contains_key(source) && places.contains_key(target))
            .map(|((source, target), parts)| Link { source, target, parts: parts.into_values().collect() })
            .collect();
        Graph {
            total_nodes: total_nodes.map(|total| total.max(self.nodes.len() as u64)),
            total_links: total_links.map(|total| total.max(links.len() as u64)),
            nodes: self.nodes,
            links,
            merged: self.merged,
            loops: self.loops,
            notes: self.notes,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn fact(id: &str, more: serde_json::Value) -> Fact {
        let mut fact = json!({"id": id, "text": "t"});
        fact.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        serde_json::from_value(fact).unwrap()
    }

    #[test]
    fn parallels_are_merged_by_kind_and_the_strongest_weight_stays() {
        let mut build = Build::default();
        let a = build.fact(&fact("a", json!({})));
        let b = build.fact(&fact("b", json!({})));
        build.link(&a, &b, "semantic", Some(0.7));
        build.link(&b, &a, "semantic", Some(0.9));
        build.link(&b, &a, "semantic", None);
        build.link(&a, &b, "temporal", Some(f64::NAN));
        build.link(&a, &a, "semantic", Some(1.0));
        let graph = build.done(Some(1), None);
        assert_eq!(graph.links.len(), 1);
        let part = |kind: &str, weight, count| LinkPart { kind: kind.to_owned(), weight, count };
        assert_eq!(graph.links[0].parts, [part("semantic", Some(0.9), 3), part("temporal", None, 1)]);
        assert_eq!((graph.merged, graph.loops, graph.total_nodes), (2, 1, Some(2)));
    }

    #[test]
    fn a_cause_keeps_its_direction() {
        let mut build = Build::default();
        let (a, b) = (build.fact(&fact("a", json!({}))), build.fact(&fact("b", json!({}))));
        build.link(&b, &a, "caused_by", None);
        build.link(&a, &b, "temporal", Some(0.5));
        let graph = build.done(None, None);
        assert_eq!((graph.links.len(), graph.links[0].source.as_str()), (1, "f:b"));
    }

    #[test]
    fn a_link_into_nothing_is_left_out_and_a_node_is_there_once() {
        let mut build = Build::default();
        let a = build.fact(&fact("a", json!({})));
        build.fact(&fact("a", json!({"proof_count": 4, "mentioned_at": "2026-01-01"})));
        build.link(&a, "f:gone", "temporal", None);
        let graph = build.done(None, None);
        assert_eq!((graph.nodes.len(), graph.links.len()), (1, 0));
        assert_eq!((graph.nodes[0].evidence, graph.nodes[0].date.as_deref()), (4, Some("2026-01-01")));
    }

    #[test]
    fn a_fact_and_an_entity_of_one_id_are_two_nodes() {
        let mut build = Build::default();
        build.fact(&fact("x", json!({})));
        build.entity("x", "Ana", Some(3));
        assert_eq!(build.done(None, None).nodes.len(), 2);
    }

    #[test]
    fn a_megabyte_of_text_is_cut_for_the_card_between_letters() {
        let mut build = Build::default();
        build.fact(&fact("a", json!({"text": "é".repeat(500_000)})));
        assert_eq!(build.done(None, None).nodes[0].text.chars().count(), CARD + 1);
    }
}

//! The graph of a whole bank, up to a number of facts, and of its entities.

use super::build::{Build, Graph, entity_key, fact_key};
use crate::entity::{EntityList, Names};
use rearview_domain::BankId;
use rearview_hindsight::{Client, GraphFilter, Result};
use std::collections::{BTreeMap, HashMap};

/// Servers send no more links than this (Hindsight 1.1).
const SENT_AT_MOST: usize = 20_000;
/// Links of one fact that are kept, strongest first: more make a knot and say less.
const LINKS_OF_ONE: usize = 6;

/// The latest facts of a bank, what they name, and how they are linked.
///
/// # Errors
/// As the call that draws it.
pub async fn whole(
    client: &Client,
    bank: &BankId,
    list: &EntityList,
    names: &Names,
    filter: &GraphFilter,
) -> Result<Graph> {
    let found = client.memory_graph(bank, filter).await?;
    let mut build = Build::default();
    let mut named: BTreeMap<String, (String, Vec<String>)> = BTreeMap::new();
    for fact in &found.facts {
        let key = build.fact(fact);
        for name in names.whole(&fact.entities) {
            if let Some((id, name)) = names.find(&name) {
                named
                    .entry(id.to_owned())
                    .or_insert_with(|| (name.to_owned(), Vec::new()))
                    .1
                    .push(key.clone());
            }
        }
    }
    let mentions: HashMap<&str, Option<u64>> =
        list.items.iter().map(|entity| (entity.id.as_str(), entity.mention_count)).collect();
    let mut alone = 0;
    let mut known = 0;
    for (id, (name, facts)) in &named {
        known += facts.len() as u64;
        // What only one of the facts names joins nothing.
        if facts.len() < 2 {
            alone += 1;
            continue;
        }
        let entity = build.entity(id, name, mentions.get(id.as_str()).copied().flatten());
        for fact in facts {
            build.link(fact, &entity, "names", None);
        }
    }
    let mut edges: Vec<_> = found.edges.iter().filter(|edge| edge.kind != "entity").collect();
    edges.sort_by(|a, b| b.weight.unwrap_or_default().total_cmp(&a.weight.unwrap_or_default()));
    known += edges.iter().filter(|edge| edge.source != edge.target).count() as u64;
    let mut drawn: HashMap<(&str, &str), usize> = HashMap::new();
    for edge in edges {
        let fits = |id: &'_ str| drawn.get(&(edge.kind.as_str(), id)).copied().unwrap_or_default();
        if edge.kind != "caused_by"
            && fits(&edge.source) >= LINKS_OF_ONE
            && fits(&edge.target) >= LINKS_OF_ONE
        {
            continue;
        }
        for id in [edge.source.as_str(), edge.target.as_str()] {
            *drawn.entry((edge.kind.as_str(), id)).or_default() += 1;
        }
        build.link(&fact_key(&edge.source), &fact_key(&edge.target), &edge.kind, edge.weight);
    }
    if alone > 0 {
        let what = if alone == 1 { "entity is" } else { "entities are" };
        build.notes.push(format!("{alone} {what} left out that only one of these facts names."));
    }
    if found.edges.len() >= SENT_AT_MOST {
        build.notes.push("The server sends 20,000 links at most; there may be more.".to_owned());
    }
    let total = found.total_units.map(|facts| facts + list.total);
    Ok(build.done(total, Some(known)))
}

/// Which entities stand together in facts, the most frequent pairs first.
///
/// # Errors
/// As the call that draws it.
pub async fn entities(client: &Client, bank: &BankId, limit: u32, least: u32) -> Result<Graph> {
    let found = client.entity_graph(bank, limit, least).await?;
    let mut build = Build::default();
    for node in &found.nodes {
        build.entity(&node.id, &node.label, node.mention_count);
    }
    for edge in &found.edges {
        build.link(&entity_key(&edge.source), &entity_key(&edge.target), "together", edge.weight);
    }
    Ok(build.done(found.total_entities, found.total_edges))
}

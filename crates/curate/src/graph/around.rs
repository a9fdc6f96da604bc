//! The graph around one fact or one entity, from calls that every server of the API has.
//!
//! Around a fact: what it names and the latest facts that name the same; what recall finds with the fact's own
//! text; what was said within a day; what the server's graph links within its chunk, causes above all; the
//! facts an observation was made of. Around an entity: the latest facts that name it and what else they name.
//! A call that fails leaves its part out and says so; only the fact itself must be there.

use super::build::{Build, Graph, entity_key};
use crate::entity::{EntityList, Names};
use futures_util::{StreamExt, stream};
use jiff::{Timestamp, ToSpan};
use rearview_domain::BankId;
use rearview_domain::memory::{Budget, FactType};
use rearview_hindsight::{
    Client, EntityInclude, Fact, GraphFilter, HindsightError, MemoryFilter, MemoryTimeField, RecallInclude,
    RecallRequest, Result,
};
use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// Entities of a fact that are followed, and facts of each.
const ENTITIES: usize = 12;
const FACTS_OF_ENTITY: u32 = 8;
/// Facts around an entity, and other entities of them.
const FACTS_AROUND: u32 = 60;
const ENTITIES_AROUND: usize = 40;
/// Neighbours in meaning and in time.
const ALIKE: usize = 12;
const NEAR_IN_TIME: u32 = 12;
/// Facts of one chunk.
const IN_CHUNK: u32 = 60;
/// Sources of an observation.
const SOURCES: usize = 24;
/// Characters of a fact that recall is asked with; servers cut queries at 500 tokens.
const QUERY: usize = 1_200;
/// Tokens of facts that recall may answer with.
const TOKENS: u32 = 2_000;
/// Calls under way at a time.
const AT_ONCE: usize = 4;
const DAY_HOURS: f64 = 24.0;
/// The least weight of two facts of one day (Hindsight 1.1).
const LEAST_TEMPORAL: f64 = 0.3;

/// What stands in the middle.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
#[serde(tag = "kind", rename_all = "snake_case")]
#[ts(export, rename = "GraphAround")]
pub enum Around {
    /// A fact.
    Fact {
        /// Its id.
        id: String,
    },
    /// An entity.
    Entity {
        /// Its id.
        id: String,
    },
}

struct Walk<'a> {
    client: &'a Client,
    bank: &'a BankId,
    list: &'a EntityList,
    names: &'a Names,
    build: Build,
    /// Links that the server told of, drawn or not.
    known: u64,
}

/// The graph around a fact or an entity.
///
/// # Errors
/// `NotFound` when the fact does not exist; as the first call else.
pub async fn around(
    client: &Client,
    bank: &BankId,
    list: &EntityList,
    names: &Names,
    middle: &Around,
) -> Result<Graph> {
    let mut walk = Walk { client, bank, list, names, build: Build::default(), known: 0 };
    match middle {
        Around::Fact { id } => walk.fact(id).await?,
        Around::Entity { id } => walk.entity(id).await?,
    }
    let facts = client
        .memories(bank, &MemoryFilter { limit: Some(0), ..MemoryFilter::default() })
        .await
        .ok()
        .and_then(|page| page.total);
    let total = facts.map(|facts| facts + list.total);
    let known = walk.known;
    Ok(walk.build.done(total, Some(known)))
}

impl Walk<'_> {
    async fn fact(&mut self, id: &str) -> Result<()> {
        let fact = self.client.memory(self.bank, id).await?;
        let key = self.build.fact(&fact);
        self.named(&fact, &key).await;
        self.alike(&fact, &key).await;
        self.in_time(&fact, &key).await;
        self.in_chunk(&fact, &key).await;
        self.sources(&fact, &key).await;
        Ok(())
    }

    fn left_out(&mut self, what: &str, error: &HindsightError) {
        self.build.notes.push(format!("{what}: {}", error.to_error().message));
    }

    /// What a fact names, and the latest facts that name the same.
    async fn named(&mut self, fact: &Fact, key: &str) {
        let found: Vec<(String, String)> = fact
            .entities
            .iter()
            .filter_map(|name| self.names.find(name))
            .map(|(id, name)| (id.to_owned(), name.to_owned()))
            .collect();
        if found.len() > ENTITIES {
            self.build
                .notes
                .push(format!("{ENTITIES} of the {} entities of this fact are shown.", found.len()));
        }
        let (client, bank) = (self.client, self.bank);
        let asked = found.iter().take(ENTITIES).map(|(id, _)| {
            let filter = MemoryFilter {
                entity_id: Some(id.clone()),
                limit: Some(FACTS_OF_ENTITY),
                ..MemoryFilter::default()
            };
            async move { client.memories(bank, &filter).await }
        });
        let asked: Vec<_> = asked.collect();
        let pages: Vec<_> = stream::iter(asked).buffered(AT_ONCE).collect().await;
        for ((id, name), page) in found.iter().zip(pages) {
            let entity = self.put_entity(id, name);
            self.build.link(key, &entity, "names", None);
            match page {
                Ok(page) => {
                    self.known += page.total.unwrap_or(page.items.len() as u64);
                    for fact in &page.items {
                        let other = self.build.fact(fact);
                        self.build.link(&other, &entity, "names", None);
                    }
                }
                Err(error) => self.left_out(&format!("Facts of {name} are left out"), &error),
            }
        }
    }

    /// What recall finds with the fact's own text.
    async fn alike(&mut self, fact: &Fact, key: &str) {
        let query: String = fact.text.chars().take(QUERY).collect();
        let request = RecallRequest {
            query,
            budget: Some(Budget::Low),
            max_tokens: Some(TOKENS),
            include: RecallInclude { entities: EntityInclude::Off, ..RecallInclude::default() },
            ..RecallRequest::default()
        };
        match self.client.recall(self.bank, &request).await {
            Ok(answer) => {
                for found in answer.value.memories().iter().filter(|found| found.id != fact.id).take(ALIKE) {
                    self.known += 1;
                    let other = self.build.recalled(found);
                    // Some servers say how near it is in meaning; the others only that recall found it.
                    let kind = if found.scores.semantic.is_some() { "semantic" } else { "recalled" };
                    self.build.link(key, &other, kind, found.scores.semantic);
                }
            }
            Err(error) => self.left_out("Facts of like meaning are left out", &error),
        }
    }

    /// What was said within a day.
    async fn in_time(&mut self, fact: &Fact, key: &str) {
        let said = fact.mentioned_at.as_deref().and_then(|at| at.parse::<Timestamp>().ok());
        let Some(said) = said else { return };
        let (Ok(from), Ok(to)) = (said.checked_sub(24.hours()), said.checked_add(24.hours())) else { return };
        let filter = MemoryFilter {
            time_field: Some(MemoryTimeField::MentionedAt),
            start_date: Some(from.to_string()),
            end_date: Some(to.to_string()),
            limit: Some(NEAR_IN_TIME),
            ..MemoryFilter::default()
        };
        match self.client.memories(self.bank, &filter).await {
            Ok(page) => {
                self.known += page.total.unwrap_or(page.items.len() as u64).saturating_sub(1);
                for found in page.items.iter().filter(|found| found.id != fact.id) {
                    let at = found.mentioned_at.as_deref().and_then(|at| at.parse::<Timestamp>().ok());
                    // A server that does not know the filter answers with other days.
                    let Some(hours) = at.map(|at| at.duration_since(said).as_secs_f64().abs() / 3600.0)
                    else {
                        continue;
                    };
                    if hours <= DAY_HOURS {
                        let other = self.build.fact(found);
                        let weight = (1.0 - hours / DAY_HOURS).max(LEAST_TEMPORAL);
                        self.build.link(key, &other, "temporal", Some(weight));
                    }
                }
            }
            Err(error) => self.left_out("Facts of the same day are left out", &error),
        }
    }

    /// What the server links within the fact's chunk: causes are nowhere else.
    async fn in_chunk(&mut self, fact: &Fact, key: &str) {
        let Some(chunk) = &fact.chunk_id else { return };
        let filter =
            GraphFilter { chunk_id: Some(chunk.clone()), limit: Some(IN_CHUNK), ..GraphFilter::default() };
        match self.client.memory_graph(self.bank, &filter).await {
            Ok(graph) => {
                let mine = format!("f:{}", fact.id);
                for edge in graph.edges.iter().filter(|edge| edge.kind != "entity") {
                    let (source, target) = (format!("f:{}", edge.source), format!("f:{}", edge.target));
                    if source != mine && target != mine {
                        continue;
                    }
                    self.known += u64::from(source != target);
                    let other = if source == mine { &edge.target } else { &edge.source };
                    if let Some(found) = graph.facts.iter().find(|found| found.id == *other) {
                        self.build.fact(found);
                    }
                    debug_assert!(self.build.has(key));
                    self.build.link(&source, &target, &edge.kind, edge.weight);
                }
            }
            Err(error) => self.left_out("Causes are left out", &error),
        }
    }

    /// The facts that an observation was made of.
    async fn sources(&mut self, fact: &Fact, key: &str) {
        if fact.fact_type != Some(FactType::Observation) || fact.source_memory_ids.is_empty() {
            return;
        }
        let ids = &fact.source_memory_ids;
        self.known += ids.len() as u64;
        if ids.len() > SOURCES {
            self.build.notes.push(format!("{SOURCES} of the {} facts behind it are shown.", ids.len()));
        }
        let asked: Vec<_> = ids.iter().take(SOURCES).map(|id| self.client.memory(self.bank, id)).collect();
        let found: Vec<_> = stream::iter(asked).buffered(AT_ONCE).collect().await;
        // One that is gone has nothing to show.
        for source in found.into_iter().flatten() {
            let other = self.build.fact(&source);
            self.build.link(key, &other, "source", None);
        }
    }

    async fn entity(&mut self, id: &str) -> Result<()> {
        let name = self.list.items.iter().find(|entity| entity.id == id);
        let middle = match name {
            Some(entity) => self.build.listed(entity),
            None => self.build.entity(id, id, None),
        };
        let filter = MemoryFilter {
            entity_id: Some(id.to_owned()),
            limit: Some(FACTS_AROUND),
            ..MemoryFilter::default()
        };
        let page = self.client.memories(self.bank, &filter).await?;
        self.known += page.total.unwrap_or(page.items.len() as u64);
        let mut others = 0;
        for fact in &page.items {
            let key = self.build.fact(fact);
            self.build.link(&key, &middle, "names", None);
            for name in self.names.whole(&fact.entities) {
                let Some((other, name)) = self.names.find(&name) else { continue };
                let (other, name) = (other.to_owned(), name.to_owned());
                if other == id {
                    continue;
                }
                self.known += 1;
                if !self.build.has(&entity_key(&other)) {
                    others += 1;
                    if others > ENTITIES_AROUND {
                        continue;
                    }
                }
                let other = self.put_entity(&other, &name);
                self.build.link(&key, &other, "names", None);
            }
        }
        Ok(())
    }

    fn put_entity(&mut self, id: &str, name: &str) -> String {
        match self.list.items.iter().find(|entity| entity.id == id) {
            Some(entity) => self.build.listed(entity),
            None => self.build.entity(id, name, None),
        }
    }
}

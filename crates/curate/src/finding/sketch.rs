//! What stays of a fact after its page is gone: enough to compare it with others and to show it.

use super::FoundFact;
use super::words::{Words, hash, sorted, words};
use crate::run::moment;
use rearview_domain::memory::FactType;
use rearview_hindsight::Fact;
use std::collections::HashMap;

/// Characters of a text that are kept to be shown.
const SHOWN: usize = 600;

/// Names that many facts share, each kept once.
#[derive(Default)]
pub(super) struct Names {
    numbers: HashMap<String, u32>,
}

impl Names {
    fn number(&mut self, name: &str) -> u32 {
        let next = u32::try_from(self.numbers.len()).unwrap_or(u32::MAX);
        *self.numbers.entry(name.trim().to_lowercase()).or_insert(next)
    }
}

/// A fact, small.
pub(super) struct Sketch {
    pub(super) id: Box<str>,
    text: Box<str>,
    cut: bool,
    pub(super) kind: Option<FactType>,
    entity_names: Box<[Box<str>]>,
    /// Numbers of its entities, sorted.
    pub(super) entities: Box<[u32]>,
    /// Words of the names of its entities, as they stand in `words.set`, sorted.
    pub(super) entity_words: Box<[u32]>,
    pub(super) words: Words,
    occurred_start: Option<Box<str>>,
    mentioned_at: Option<Box<str>>,
    document_id: Option<Box<str>>,
    /// Hash of its document's id.
    pub(super) document: Option<u64>,
    /// Hashes of the ids of its sources.
    pub(super) sources: Box<[u64]>,
    /// When it happened, else when it was said, in seconds since 1970.
    pub(super) at: Option<i64>,
}

impl Sketch {
    pub(super) fn of(fact: &Fact, names: &mut Names) -> Self {
        let text: String = fact.text.chars().take(SHOWN).collect();
        let boxed = |text: &Option<String>| text.as_deref().map(Box::from);
        let time = fact.occurred_start.as_deref().or(fact.mentioned_at.as_deref());
        let in_names = fact.entities.iter().flat_map(|name| words(name).set.into_vec()).collect();
        Self {
            id: fact.id.as_str().into(),
            cut: text.len() < fact.text.len(),
            text: text.into(),
            kind: fact.fact_type,
            entity_names: fact.entities.iter().map(|name| name.as_str().into()).collect(),
            entities: sorted(fact.entities.iter().map(|name| names.number(name)).collect()),
            entity_words: sorted(in_names),
            words: words(&fact.text),
            occurred_start: boxed(&fact.occurred_start),
            mentioned_at: boxed(&fact.mentioned_at),
            document_id: fact.document_id.as_ref().map(|id| id.as_str().into()),
            document: fact.document_id.as_ref().map(|id| hash(id.as_str())),
            sources: fact.source_memory_ids.iter().map(|id| hash(id)).collect(),
            at: time.and_then(moment).map(|moment| moment.as_second()),
        }
    }

    pub(super) fn is_observation(&self) -> bool {
        self.kind == Some(FactType::Observation)
    }

    pub(super) fn told(&self) -> FoundFact {
        let text = |text: &Option<Box<str>>| text.as_deref().map(str::to_owned);
        FoundFact {
            id: self.id.to_string(),
            text: self.text.to_string(),
            cut: self.cut,
            fact_type: self.kind,
            entities: self.entity_names.iter().map(|name| name.to_string()).collect(),
            occurred_start: text(&self.occurred_start),
            mentioned_at: text(&self.mentioned_at),
            document_id: text(&self.document_id),
        }
    }

    /// The name of an entity that two have in common.
    pub(super) fn shared_name(&self, other: &Self) -> Option<&str> {
        self.entity_names
            .iter()
            .find(|name| other.entity_names.iter().any(|theirs| theirs.eq_ignore_ascii_case(name)))
            .map(|name| &**name)
    }
}

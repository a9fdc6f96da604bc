//! A server as a witness of the past of single memories.

use super::{Certainty, MemoryNow, MemoryThen, after};
use crate::pages::Pages;
use crate::run::Kept;
use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use rearview_domain::memory::FactType;
use rearview_domain::time::Time;
use rearview_domain::{BankId, DocumentId, ServerId};
use rearview_hindsight::{
    AsOf, Client, DocumentEvent, Fact, HindsightError, MemoryFilter, MemoryState, MemoryTimeField,
    MemoryVersion, Result, StoodMemory,
};
use rearview_store::Store;
use std::collections::{HashMap, HashSet};

/// Memories that are asked for at the same time. Calls are made ready in a list first: a closure that lends them one by
/// one to a stream cannot be sent between threads.
const AT_ONCE: usize = 8;
/// Ids in one address; longer ones are refused by some servers.
const IDS: usize = 50;
/// Changes of one memory that are looked through.
const OWN: u32 = 200;
/// Memories learned since that are looked through for those that are asked about.
const LEARNED_SINCE: usize = 20_000;

/// One server, one bank, one time.
#[derive(Clone, Debug)]
pub struct Source<'a> {
    /// The memory server.
    pub client: &'a Client,
    /// The bank.
    pub bank: &'a BankId,
    /// The time of the turn.
    pub at: &'a Time,
    /// Whether the server tells what it knew at a time.
    pub exact: bool,
    /// Whether it tells what was done to a document.
    pub notes: bool,
    /// What this app changed itself, by hand of its person.
    pub own: Own<'a>,
}

/// The changes that this app made on a server.
#[derive(Clone, Copy, Debug)]
pub struct Own<'a> {
    /// The app's store.
    pub store: &'a Store,
    /// The server's id in it.
    pub server: &'a ServerId,
}

/// A memory now and then.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Past {
    pub(super) now: MemoryNow,
    pub(super) then: MemoryThen,
    /// As it is now; `None` when it is gone.
    pub(super) fact: Option<Fact>,
}

impl Source<'_> {
    /// How what this source tells of then comes about.
    pub fn certainty(&self) -> Certainty {
        if self.exact { Certainty::Exact } else { Certainty::Reconstructed }
    }

    pub(super) fn at_ms(&self) -> i64 {
        self.at.as_ms().unwrap_or_default()
    }

    /// Each of these memories, now and then.
    ///
    /// # Errors
    /// Those of the server; a memory that is gone is none.
    pub(super) async fn past(&self, ids: &[&str]) -> Result<HashMap<String, Past>> {
        let facts = self.facts(ids).await?;
        let then = self.then(&facts).await?;
        let past = ids.iter().map(|id| {
            let fact = facts.get(*id).cloned();
            let now = fact.as_ref().map_or(MemoryNow::Gone, MemoryNow::of);
            (
                (*id).to_owned(),
                Past { now, then: then.get(*id).cloned().unwrap_or(MemoryThen::NotKnown), fact },
            )
        });
        Ok(past.collect())
    }

    /// What each of these, as the bank holds them now, was then.
    pub(super) async fn then(&self, facts: &HashMap<String, Fact>) -> Result<HashMap<String, MemoryThen>> {
        match self.exact {
            true => self.told(facts).await,
            false => self.pieced(facts).await,
        }
    }

    /// Those that the bank holds now, by their ids.
    pub(super) async fn facts(&self, ids: &[&str]) -> Result<HashMap<String, Fact>> {
        let asked = ids.iter().map(|id| async move {
            match self.client.memory(self.bank, id).await {
                Ok(fact) => Ok(Some(((*id).to_owned(), fact))),
                // What is no id of this server, as one of another, is as good as gone.
                Err(HindsightError::NotFound { .. } | HindsightError::Invalid { .. }) => Ok(None),
                Err(error) => Err(error),
            }
        });
        let asked: Vec<_> = asked.collect();
        let found: Vec<_> = stream::iter(asked).buffered(AT_ONCE).try_collect().await?;
        let mut facts: HashMap<String, Fact> = found.into_iter().flatten().collect();
        if self.exact {
            // A memory by itself does not tell when it was learned.
            let ids: Vec<String> = facts.keys().cloned().collect();
            // One that is retired now stood then at most, and one that was learned since stands now only.
            for at in [&Time::now(), self.at] {
                for one in self.stood(&ids, at).await? {
                    if let Some(fact) = facts.get_mut(&one.id) {
                        fact.created_at = fact.created_at.take().or(one.created_at);
                    }
                }
            }
        }
        Ok(facts)
    }

    /// From a server that keeps every version.
    async fn told(&self, facts: &HashMap<String, Fact>) -> Result<HashMap<String, MemoryThen>> {
        let ids: Vec<String> = facts.keys().cloned().collect();
        let stood = self.stood(&ids, self.at).await?;
        let mut then: HashMap<String, MemoryThen> =
            stood.into_iter().map(|one| (one.id, MemoryThen::Known { text: one.text })).collect();
        let rest: Vec<_> = facts.values().filter(|fact| !then.contains_key(&fact.id)).collect();
        let rest: Vec<_> = rest.into_iter().map(|fact| self.not_stood(fact)).collect();
        let rest: Vec<_> = stream::iter(rest).buffered(AT_ONCE).try_collect().await?;
        then.extend(rest);
        Ok(then)
    }

    /// Why one did not stand then, on a server that keeps every version.
    async fn not_stood(&self, fact: &Fact) -> Result<(String, MemoryThen)> {
        let created = fact.created_at.as_deref().and_then(|time| after(time, self.at_ms()));
        let then = match created {
            Some(true) => MemoryThen::NotYet,
            _ => match self.version(&fact.id).await? {
                Some(version) if version.state == Some(MemoryState::Invalidated) => MemoryThen::Retired,
                // It is retired and nothing of it changed since.
                None if fact.state == Some(MemoryState::Invalidated) => MemoryThen::Retired,
                _ => MemoryThen::NotKnown,
            },
        };
        Ok((fact.id.clone(), then))
    }

    async fn stood(&self, ids: &[String], at: &Time) -> Result<Vec<StoodMemory>> {
        let mut stood = Vec::new();
        for ids in ids.chunks(IDS) {
            let limit = u32::try_from(ids.len()).unwrap_or(u32::MAX);
            let ids = ids.to_vec();
            let asked = AsOf { at: at.clone(), fact_type: None, q: None, ids, limit, offset: 0 };
            stood.extend(self.client.memories_as_of(self.bank, &asked).await?.items);
        }
        Ok(stood)
    }

    /// From a server that tells today only: when a memory was stored by its place in a sorted list, what was done to it
    /// by the notes at its document, earlier texts of observations by their history.
    async fn pieced(&self, facts: &HashMap<String, Fact>) -> Result<HashMap<String, MemoryThen>> {
        if facts.is_empty() {
            return Ok(HashMap::new());
        }
        let sought: HashSet<&str> = facts.keys().map(String::as_str).collect();
        let since = self.learned_since(&sought).await?;
        let notes = self.notes(facts.values().filter(|fact| !since.ids.contains(&fact.id))).await?;
        let pieces = facts.values().map(|fact| {
            let (since, notes) = (&since, &notes);
            async move {
                let then = match (since.ids.contains(&fact.id), since.whole) {
                    (true, _) => MemoryThen::NotYet,
                    (false, false) => MemoryThen::NotKnown,
                    (false, true) => self.before(fact, notes.get(&fact.id)).await?,
                };
                Ok((fact.id.clone(), then))
            }
        });
        let pieces: Vec<_> = pieces.collect();
        stream::iter(pieces).buffered(AT_ONCE).try_collect().await
    }

    /// What it was, one that was stored before the time, with the first thing that was noted of it since.
    pub(super) async fn before(&self, fact: &Fact, note: Option<&DocumentEvent>) -> Result<MemoryThen> {
        if let Some(kept) = self.own_before(&fact.id).await {
            return Ok(match kept.state {
                Some(MemoryState::Invalidated) => MemoryThen::Retired,
                _ => MemoryThen::Known { text: kept.text },
            });
        }
        let since = |time: &Option<String>| time.as_deref().and_then(|time| after(time, self.at_ms()));
        if note.is_some_and(|note| note.kind == "fact_restored") {
            return Ok(MemoryThen::Retired);
        }
        if fact.state == Some(MemoryState::Invalidated) && since(&fact.invalidated_at) == Some(false) {
            return Ok(MemoryThen::Retired);
        }
        if fact.fact_type == Some(FactType::Observation) {
            let version = match since(&fact.updated_at) {
                Some(false) => None,
                _ => self.version(&fact.id).await?,
            };
            return Ok(MemoryThen::Known {
                text: version.map_or_else(|| fact.text.clone(), |version| version.text),
            });
        }
        Ok(match since(&fact.edited_at) {
            Some(true) => MemoryThen::Otherwise,
            _ => MemoryThen::Known { text: fact.text.clone() },
        })
    }

    /// The memory as it was before the first change after the time that this app made of it. A journal that cannot be
    /// read tells nothing.
    async fn own_before(&self, id: &str) -> Option<Kept> {
        let bank = (self.own.server, self.bank);
        let changes = self.own.store.changes_of_fact(bank, id, OWN).await.ok()?;
        // The latest stand first.
        let first = changes.into_iter().rfind(|(run, _)| run.at > *self.at);
        serde_json::from_value(first?.1.before?).ok()
    }

    /// The version of a memory that stood at the time, if it was another than the one that stands now.
    async fn version(&self, id: &str) -> Result<Option<MemoryVersion>> {
        let versions = match self.client.memory_history(self.bank, id).await {
            Ok(versions) => versions,
            Err(HindsightError::NotFound { .. } | HindsightError::FeatureMissing { .. }) => Vec::new(),
            Err(error) => return Err(error),
        };
        let later = versions.into_iter().filter_map(|version| {
            let changed = version.changed_at.clone()?;
            after(&changed, self.at_ms())?.then_some((changed, version))
        });
        Ok(later.min_by(|(a, _), (b, _)| a.cmp(b)).map(|(_, version)| version))
    }

    /// Which of these were stored after the time.
    async fn learned_since(&self, sought: &HashSet<&str>) -> Result<Since> {
        let mut ids = HashSet::new();
        let mut looked = 0;
        // The list tells those that count and those that do not, each when it is asked for.
        for state in [MemoryState::Valid, MemoryState::Invalidated] {
            let filter = MemoryFilter {
                state: Some(state),
                time_field: Some(MemoryTimeField::CreatedAt),
                start_date: Some(self.at.0.clone()),
                ..MemoryFilter::default()
            };
            let mut pages = Pages::new(self.client, self.bank, &filter);
            while let Some(page) = pages.next().await? {
                looked += page.len();
                ids.extend(page.into_iter().map(|fact| fact.id).filter(|id| sought.contains(id.as_str())));
                if ids.len() == sought.len() {
                    return Ok(Since { ids, whole: true });
                }
                if looked >= LEARNED_SINCE {
                    return Ok(Since { ids, whole: false });
                }
            }
        }
        Ok(Since { ids, whole: true })
    }

    /// The first thing after the time that was noted of each of these facts at its document.
    pub(super) async fn notes(
        &self,
        facts: impl Iterator<Item = &Fact>,
    ) -> Result<HashMap<String, DocumentEvent>> {
        let documents: HashSet<&DocumentId> = match self.notes {
            true => facts.filter_map(|fact| fact.document_id.as_ref()).collect(),
            false => HashSet::new(),
        };
        let asked = documents.into_iter().map(|document| async move {
            match self.client.document_history(self.bank, document).await {
                Ok(history) => Ok(history.items),
                Err(HindsightError::NotFound { .. } | HindsightError::FeatureMissing { .. }) => {
                    Ok(Vec::new())
                }
                Err(error) => Err(error),
            }
        });
        let asked: Vec<_> = asked.collect();
        let events: Vec<Vec<DocumentEvent>> = stream::iter(asked).buffered(AT_ONCE).try_collect().await?;
        let mut first: HashMap<String, DocumentEvent> = HashMap::new();
        for event in events.into_iter().flatten() {
            let Some((id, at)) = event.fact_id.clone().zip(event.created_at.clone()) else { continue };
            let earlier = first.get(&id).is_some_and(|known| known.created_at.as_ref() <= Some(&at));
            if after(&at, self.at_ms()) == Some(true) && !earlier {
                first.insert(id, event);
            }
        }
        Ok(first)
    }
}

/// What was stored since.
struct Since {
    /// Those of the sought ones that were.
    ids: HashSet<String>,
    /// Whether all that was stored since was looked through, so that what is not here was there before.
    whole: bool,
}

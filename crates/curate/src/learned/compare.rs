//! What a turn taught memory, worked out of what stood there before and what stands there now. Pure.

use super::look::{Seen, waits};
use super::said::{self, Voice};
use rearview_domain::learned::*;
use rearview_domain::record::{LearnedFact, TurnRecord};
use rearview_domain::time::Time;
use rearview_hindsight::{Fact, MemoryVersion};
use rearview_store::Learning;
use serde_json::Value;
use std::collections::{HashMap, HashSet};

/// What the record says.
pub(super) fn compare(learning: &Learning, record: &TurnRecord, seen: Seen) -> Learned {
    let before = &learning.before;
    let stored: Vec<(String, String)> = record
        .tools
        .iter()
        .filter_map(|run| {
            let arguments: Value = serde_json::from_str(&run.arguments).ok()?;
            Some((run.document_id.as_ref()?.to_string(), arguments.get("content")?.as_str()?.to_owned()))
        })
        .collect();
    let content = record.retained.as_ref().map(|retained| retained.content.as_str()).unwrap_or_default();
    let old = before.facts.as_deref().unwrap_or_default();
    let was_there = |fact: &Fact| old.iter().any(|old| old.id == fact.id || same(&old.text, &fact.text));
    let mut added: Vec<AddedFact> = seen
        .facts
        .iter()
        .filter(|fact| !was_there(fact))
        .map(|fact| {
            let tool = fact.document_id.as_ref().and_then(|of| {
                stored.iter().find(|(document, _)| document == of.as_str()).map(|(_, text)| text.as_str())
            });
            let said = match tool {
                Some(text) => said::find(&fact.text, &[Voice { who: SaidWho::Assistant, text }]),
                None => said::locate(&fact.text, content),
            };
            AddedFact {
                id: fact.id.clone(),
                text: fact.text.clone(),
                fact_type: fact.fact_type,
                entities: fact.entities.clone(),
                document_id: fact.document_id.clone(),
                said,
                waits: waits(fact),
                failed: fact.consolidation_failed_at.is_some(),
            }
        })
        .collect();
    // In the order in which they were said; servers list the latest first. What nobody said comes last.
    added.sort_by_key(|fact| {
        fact.said.as_ref().and_then(|said| content.find(&said.text)).unwrap_or(usize::MAX)
    });
    let removed = before.facts.as_ref().map(|old| {
        let is_there = |old: &&LearnedFact| {
            seen.facts.iter().any(|fact| fact.id == old.id || same(&old.text, &fact.text))
        };
        old.iter().filter(|old| !is_there(old)).cloned().collect::<Vec<_>>()
    });
    let new: HashSet<&str> = added.iter().map(|fact| fact.id.as_str()).collect();
    let stood: Option<HashMap<&str, &str>> = before
        .observations
        .as_ref()
        .map(|all| all.iter().map(|(id, text)| (id.as_str(), text.as_str())).collect());
    let observations = seen.observations.as_ref().map(|found| {
        let of_new = |one: &&Fact| one.source_memory_ids.iter().any(|source| new.contains(source.as_str()));
        let mut changed: Vec<ChangedObservation> = found
            .iter()
            .filter(of_new)
            .map(|one| {
                let versions = seen.versions.get(&one.id).map(Vec::as_slice);
                observation(one, versions, &new, stood.as_ref(), before.all_observations)
            })
            .collect();
        let still: HashSet<&str> = found.iter().map(|one| one.id.as_str()).collect();
        let went = seen.went.iter().flatten().filter(|id| !still.contains(id.as_str()));
        changed.extend(went.map(|id| ChangedObservation {
            id: id.clone(),
            change: ObservationChange::Removed,
            before: stood.as_ref().and_then(|stood| stood.get(id.as_str())).map(|text| (*text).to_owned()),
            after: None,
            evidence: None,
            known_by: KnownBy::Server,
        }));
        changed
    });
    let waiting = added.iter().any(|fact| fact.waits);
    let state = match (waiting, &seen.unobserved) {
        (true, None) => LearnedState::Pending,
        _ => LearnedState::Complete,
    };
    // Without new facts nothing of this turn was built into anything.
    let observations = if added.is_empty() { Some(observations.unwrap_or_default()) } else { observations };
    let entities = entities(&added, before.entities.as_deref(), content, &stored);
    Learned {
        state,
        at: Time::now(),
        server_id: learning.server_id.clone(),
        bank_id: learning.bank_id.clone(),
        facts_known: true,
        removals_known: seen.went.is_some() || added.is_empty(),
        added,
        removed,
        observations,
        unobserved: if waiting { seen.unobserved } else { None },
        entities,
    }
}

fn same(a: &str, b: &str) -> bool {
    a.trim() == b.trim()
}

/// What became of an observation that names a new fact: the server's own history first, else what stood there before.
fn observation(
    now: &Fact,
    versions: Option<&[MemoryVersion]>,
    new: &HashSet<&str>,
    stood: Option<&HashMap<&str, &str>>,
    all: bool,
) -> ChangedObservation {
    let told = |change, before: Option<String>, known_by| ChangedObservation {
        id: now.id.clone(),
        change,
        before,
        after: Some(now.text.clone()),
        evidence: now.proof_count.or_else(|| u32::try_from(now.source_memory_ids.len()).ok()),
        known_by,
    };
    let worded = |before: &str| match same(before, &now.text) {
        true => ObservationChange::Supported,
        false => ObservationChange::Reworded,
    };
    // The oldest version that a new fact ended: what stood before this turn had a hand in it.
    let ended_by_new = |version: &&MemoryVersion| {
        version.source_facts.iter().any(|source| source.is_new && new.contains(source.id.as_str()))
    };
    if let Some(version) = versions.unwrap_or_default().iter().rev().find(ended_by_new) {
        return told(worded(&version.text), Some(version.text.clone()), KnownBy::Server);
    }
    let only_new = now.source_memory_ids.iter().all(|source| new.contains(source.as_str()));
    // A server that keeps versions and has none of an observation on new facts alone has just made it.
    if only_new && versions.is_some_and(<[_]>::is_empty) {
        return told(ObservationChange::Made, None, KnownBy::Server);
    }
    match stood.and_then(|stood| stood.get(now.id.as_str())) {
        Some(text) => told(worded(text), Some((*text).to_owned()), KnownBy::Compared),
        None if (all && stood.is_some()) || only_new => {
            told(ObservationChange::Made, None, KnownBy::Compared)
        }
        None => told(ObservationChange::Touched, None, KnownBy::NotKnown),
    }
}

/// The names in new facts. A name that was known and that nobody said is one that the server took another for.
fn entities(
    added: &[AddedFact],
    known: Option<&[String]>,
    content: &str,
    stored: &[(String, String)],
) -> Vec<LearnedEntity> {
    let fold = |name: &str| name.trim().to_lowercase();
    let known: Option<HashSet<String>> = known.map(|known| known.iter().map(|name| fold(name)).collect());
    let mut said = said::voices(content).iter().map(|voice| voice.text.to_lowercase()).collect::<Vec<_>>();
    said.extend(stored.iter().map(|(_, text)| text.to_lowercase()));
    let mut seen = HashSet::new();
    let names = added.iter().flat_map(|fact| &fact.entities).filter(|name| !name.trim().is_empty());
    names
        .filter(|name| seen.insert(fold(name)))
        .map(|name| {
            let folded = fold(name);
            let change = known.as_ref().map(|known| match known.contains(&folded) {
                false => EntityChange::New,
                true if said.iter().any(|text| text.contains(&folded)) => EntityChange::Known,
                true => EntityChange::Merged,
            });
            LearnedEntity { name: name.clone(), change }
        })
        .collect()
}

#[cfg(test)]
mod tests;

//! One look at what came of a turn: its facts, the observations that name them, what was noted at its document.

use crate::pages::Pages;
use rearview_domain::memory::FactType;
use rearview_domain::record::{ToolState, TurnRecord};
use rearview_domain::{BankId, DocumentId};
use rearview_hindsight::{
    Client, DocumentEvent, Fact, HindsightError, MemoryFilter, MemoryTimeField, MemoryVersion, Result,
};
use rearview_store::Learning;
use std::collections::{HashMap, HashSet};

/// Facts of one document that are read at most; a turn makes a handful.
const FACTS: usize = 1_000;
/// Observations that are looked through, those that changed last.
const OBSERVATIONS: u32 = 500;
/// Observations of which the earlier versions are asked for.
const HISTORIES: usize = 40;

/// What a look found.
pub(super) enum Looked {
    Seen(Box<Seen>),
    /// The bank is not there.
    BankGone,
}

/// What a server told.
#[derive(Debug, Default)]
pub(super) struct Seen {
    /// Facts of the turn's documents.
    pub(super) facts: Vec<Fact>,
    /// Observations that name one of these facts; `None` when they were not asked for yet.
    pub(super) observations: Option<Vec<Fact>>,
    /// Earlier versions of those observations, the latest first. Absent where the server keeps none.
    pub(super) versions: HashMap<String, Vec<MemoryVersion>>,
    /// Observations that went because of these documents; `None` when the server does not tell.
    pub(super) went: Option<Vec<String>>,
    /// Why no observations are made of these facts.
    pub(super) unobserved: Option<String>,
}

/// The documents of a turn: its own, and those that its tools stored.
pub(super) fn documents(learning: &Learning, record: &TurnRecord) -> Vec<DocumentId> {
    let own = DocumentId::of_turn(&learning.chat_id, &learning.turn_id);
    let stored = record.tools.iter().filter(|run| run.state == ToolState::Done);
    std::iter::once(own).chain(stored.filter_map(|run| run.document_id.clone())).collect()
}

/// Looks once.
///
/// # Errors
/// Those of the calls without which nothing can be told.
pub(super) async fn look(
    client: &Client,
    learning: &Learning,
    record: &TurnRecord,
    unobserved: Option<String>,
) -> Result<Looked> {
    let bank = &learning.bank_id;
    let documents = documents(learning, record);
    let mut seen = Seen::default();
    for document in &documents {
        match facts(client, bank, document).await {
            Ok(facts) => seen.facts.extend(facts),
            Err(HindsightError::NotFound { .. }) => return Ok(Looked::BankGone),
            Err(error) => return Err(error),
        }
    }
    let waits = seen.facts.iter().filter(|fact| waits(fact)).count();
    if waits > 0 {
        seen.unobserved = match unobserved {
            Some(why) => Some(why),
            None => switched_off(client, bank).await,
        };
    }
    // Observations are worth a look once one of the facts went into them.
    if waits < seen.facts.len() {
        let ids: HashSet<&str> = seen.facts.iter().map(|fact| fact.id.as_str()).collect();
        let found = observations(client, bank, &ids).await?;
        for observation in found.iter().take(HISTORIES) {
            match client.memory_history(bank, &observation.id).await {
                Ok(versions) => drop(seen.versions.insert(observation.id.clone(), versions)),
                Err(HindsightError::NotFound { .. } | HindsightError::FeatureMissing { .. }) => {}
                Err(error) => return Err(error),
            }
        }
        seen.observations = Some(found);
        seen.went = went(client, bank, &documents).await?;
    }
    Ok(Looked::Seen(Box::new(seen)))
}

/// Whether a fact waits to be built into observations.
pub(super) fn waits(fact: &Fact) -> bool {
    fact.consolidated_at.is_none() && fact.consolidation_failed_at.is_none()
}

async fn facts(client: &Client, bank: &BankId, document: &DocumentId) -> Result<Vec<Fact>> {
    let filter = MemoryFilter { document_id: Some(document.clone()), ..MemoryFilter::default() };
    let mut pages = Pages::new(client, bank, &filter);
    let mut facts = Vec::new();
    while facts.len() < FACTS
        && let Some(page) = pages.next().await?
    {
        // A server that ignores the filter must not make every fact one of this turn.
        facts.extend(page.into_iter().filter(|fact| {
            fact.fact_type != Some(FactType::Observation) && fact.document_id.as_ref() == Some(document)
        }));
    }
    Ok(facts)
}

async fn observations(client: &Client, bank: &BankId, facts: &HashSet<&str>) -> Result<Vec<Fact>> {
    let filter = MemoryFilter {
        fact_type: Some(FactType::Observation),
        time_field: Some(MemoryTimeField::UpdatedAt),
        limit: Some(OBSERVATIONS),
        ..MemoryFilter::default()
    };
    let page = client.memories(bank, &filter).await?;
    let names = |fact: &Fact| fact.source_memory_ids.iter().any(|source| facts.contains(source.as_str()));
    Ok(page.items.into_iter().filter(|fact| fact.fact_type != Some(FactType::World) && names(fact)).collect())
}

/// The bank's own word that it makes no observations, or only when asked.
async fn switched_off(client: &Client, bank: &BankId) -> Option<String> {
    let config = client.config(bank).await.ok()?.config;
    let off = |key: &str| config.get(key).and_then(serde_json::Value::as_bool) == Some(false);
    if off("enable_observations") {
        return Some("Observations are switched off for this bank.".into());
    }
    off("enable_auto_consolidation").then(|| "This bank makes observations only when it is asked to.".into())
}

/// The observations that went when these documents' facts were built in, by what the server notes at a document.
async fn went(client: &Client, bank: &BankId, documents: &[DocumentId]) -> Result<Option<Vec<String>>> {
    let mut went = Vec::new();
    for document in documents {
        let history = match client.document_history(bank, document).await {
            Ok(history) => history.items,
            Err(HindsightError::NotFound { .. } | HindsightError::FeatureMissing { .. }) => return Ok(None),
            Err(error) => return Err(error),
        };
        went.extend(since_stored(&history).flat_map(|event| event.observations_removed.ids.clone()));
    }
    went.sort();
    went.dedup();
    Ok(Some(went))
}

/// What was built since a document was stored last. Histories come newest first.
fn since_stored(history: &[DocumentEvent]) -> impl Iterator<Item = &DocumentEvent> {
    let stored = |event: &&DocumentEvent| matches!(event.kind.as_str(), "retain" | "append" | "reprocess");
    history.iter().take_while(move |event| !stored(event)).filter(|event| event.kind == "consolidation")
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn only_what_was_built_since_the_last_storing_counts() {
        let event = |kind: &str, went: &str| json!({"kind": kind, "observations_removed": {"count": 1, "ids": [went]}});
        let history: Vec<DocumentEvent> = serde_json::from_value(json!([
            event("consolidation", "new"),
            event("retain", "x"),
            event("consolidation", "old"),
        ]))
        .unwrap();
        let ids: Vec<&str> = since_stored(&history)
            .flat_map(|event| &event.observations_removed.ids)
            .map(String::as_str)
            .collect();
        assert_eq!(ids, ["new"]);
    }
}

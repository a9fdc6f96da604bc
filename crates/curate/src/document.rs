//! What goes with a document when it is deleted or its text replaced, and the retain that replaces it.

use crate::pages::Pages;
use rearview_domain::time::Time;
use rearview_domain::{BankId, DocumentId};
use rearview_hindsight::{
    Client, Document, EntityInput, Fact, MemoryFilter, MemoryState, Result, RetainItem, Timestamp, UpdateMode,
};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use std::collections::HashSet;
use ts_rs::TS;

/// Facts and observations that are looked at.
const MOST: usize = 10_000;

/// What goes with a document.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export)]
pub struct GoesWith {
    /// Its facts.
    pub facts: u64,
    /// Of those, the ones that somebody edited.
    pub edited: u32,
    /// Those that somebody invalidated; a server may not count them among its facts.
    pub invalidated: u32,
    /// Observations that are built on them.
    pub observations: u32,
    /// Of those, the ones that stand on other facts too; the server makes them anew without these.
    pub shared: u32,
    /// False when there are too many observations to look at all: then there may be more.
    pub complete: bool,
}

/// Counts what goes with a document.
///
/// # Errors
/// As the list of facts.
pub async fn goes_with(client: &Client, bank: &BankId, document: &DocumentId) -> Result<GoesWith> {
    let own = MemoryFilter { document_id: Some(document.clone()), ..MemoryFilter::default() };
    let mut goes = GoesWith { complete: true, ..GoesWith::default() };
    let mut facts: HashSet<String> = HashSet::new();
    let mut invalidated: HashSet<String> = HashSet::new();
    let valid = Pages::new(client, bank, &own);
    let total = looked(valid, &mut goes.complete, |fact| {
        goes.edited += u32::from(fact.edited_at.is_some());
        if fact.state == Some(MemoryState::Invalidated) {
            invalidated.insert(fact.id.clone());
        }
        facts.insert(fact.id);
    });
    goes.facts = total.await?.max(facts.len() as u64);
    // A server may leave them out unless it is asked for them.
    let own = MemoryFilter { state: Some(MemoryState::Invalidated), ..own };
    let retired = Pages::new(client, bank, &own);
    looked(retired, &mut goes.complete, |fact| {
        let unsaid = fact.state.is_none() && !facts.contains(&fact.id);
        if unsaid || fact.state == Some(MemoryState::Invalidated) {
            invalidated.insert(fact.id);
        }
    })
    .await?;
    goes.invalidated = u32::try_from(invalidated.len()).unwrap_or(u32::MAX);
    facts.extend(invalidated);
    if facts.is_empty() {
        return Ok(goes);
    }
    let observed = Pages::observations(client, bank);
    let observations = looked(observed, &mut goes.complete, |observation| {
        let own = observation.source_memory_ids.iter().filter(|id| facts.contains(*id)).count();
        goes.observations += u32::from(own > 0);
        goes.shared += u32::from(own > 0 && own < observation.source_memory_ids.len());
    });
    observations.await?;
    Ok(goes)
}

/// Shows `each` what the pages have, up to the most that is looked at, and answers how many the server says there
/// are. `whole` becomes false when that was not all.
async fn looked(mut pages: Pages<'_>, whole: &mut bool, mut each: impl FnMut(Fact)) -> Result<u64> {
    let mut seen = 0;
    while let Some(page) = pages.next().await? {
        seen += page.len();
        page.into_iter().for_each(&mut each);
        if seen >= MOST {
            *whole &= pages.total().is_some_and(|total| seen as u64 >= total);
            break;
        }
    }
    Ok(pages.total().unwrap_or_default())
}

/// The retain that puts another text in the place of a document's: under its id, with everything that it was retained
/// with. Without a time of its own it keeps that of its first retain: an edit today says nothing about when it was
/// said.
pub fn replacement(document: &Document, text: String) -> RetainItem {
    let given = &document.retain_params;
    let word = |name: &str| given.get(name).and_then(|value| value.as_str()).map(str::to_owned);
    let timestamp = match word("event_date").or_else(|| word("timestamp")) {
        Some(unset) if unset == "unset" => Some(Timestamp::Unset),
        Some(at) => Some(Timestamp::At(Time(at))),
        None => document.created_at.clone().map(|at| Timestamp::At(Time(at))),
    };
    let metadata = match document.document_metadata.is_empty() {
        true => read(given.get("metadata")),
        false => Some(document.document_metadata.clone()),
    };
    let entities: Vec<EntityInput> = read(given.get("entities")).unwrap_or_default();
    RetainItem {
        content: text,
        timestamp,
        context: word("context"),
        metadata: metadata.unwrap_or_default(),
        document_id: Some(document.id.clone()),
        entities,
        resolve_entities: given.get("resolve_entities").and_then(serde_json::Value::as_bool),
        tags: document.tags.clone(),
        observation_scopes: document
            .observation_scopes
            .clone()
            .or_else(|| read(given.get("observation_scopes"))),
        strategy: word("strategy"),
        update_mode: Some(UpdateMode::Replace),
    }
}

fn read<T: DeserializeOwned>(value: Option<&serde_json::Value>) -> Option<T> {
    serde_json::from_value(value?.clone()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use rearview_hindsight::ObservationScopes;
    use serde_json::json;

    fn document(value: serde_json::Value) -> Document {
        serde_json::from_value(value).unwrap()
    }

    #[test]
    fn a_replaced_text_keeps_everything_the_document_was_retained_with() {
        let whole = document(json!({
            "id": "d/1", "tags": ["t"], "document_metadata": {"k": "v"}, "created_at": "2026-03-01T00:00:00Z",
            "observation_scopes": "per_tag",
            "retain_params": {"context": "c", "event_date": "2020-01-02T00:00:00Z", "strategy": "s",
                              "entities": [{"text": "Ana", "type": "person"}], "resolve_entities": false}
        }));
        let item = replacement(&whole, "new".into());
        assert_eq!(
            item,
            RetainItem {
                content: "new".into(),
                timestamp: Some(Timestamp::At(Time("2020-01-02T00:00:00Z".into()))),
                context: Some("c".into()),
                metadata: [("k".to_owned(), "v".to_owned())].into(),
                document_id: Some("d/1".into()),
                entities: vec![EntityInput { text: "Ana".into(), kind: Some("person".into()) }],
                resolve_entities: Some(false),
                tags: vec!["t".into()],
                observation_scopes: Some(ObservationScopes::PerTag),
                strategy: Some("s".into()),
                update_mode: Some(UpdateMode::Replace),
            }
        );
    }

    #[test]
    fn a_document_without_a_time_of_its_own_keeps_the_one_it_was_stored_at_and_one_without_any_stays_so() {
        let at = |value| replacement(&document(value), "x".into()).timestamp;
        let stored = Some(Timestamp::At(Time("2026-03-01T00:00:00Z".into())));
        assert_eq!(
            at(json!({"id": "d", "created_at": "2026-03-01T00:00:00Z", "retain_params": null})),
            stored
        );
        let unset = json!({"id": "d", "created_at": "2026-03-01T00:00:00Z", "retain_params": {"event_date": "unset"}});
        assert_eq!(at(unset), Some(Timestamp::Unset));
        assert_eq!(at(json!({"id": "d", "retain_params": {"context": 7, "entities": "no list"}})), None);
    }
}

//! What stands in memory before a turn is handed to it, so that it can be told afterwards what the turn changed.
//!
//! A few small questions at once, and a retain waits no longer for them than a moment: what cannot be read is noted
//! as not known, and the retain goes on. What came of it is compared in `rearview-curate`.

use rearview_domain::DocumentId;
use rearview_domain::learned::Before;
use rearview_domain::memory::FactType;
use rearview_domain::record::LearnedFact;
use rearview_domain::time::Time;
use rearview_hindsight::{Client, HindsightError, MemoryFilter, MemoryTimeField};
use rearview_store::{Learning, OutboxItem, Store, StoreError};
use std::time::Duration;

/// How long a retain waits for it.
const PATIENCE: Duration = Duration::from_secs(2);
/// Facts of one document that are read; a turn makes a handful.
const FACTS: u32 = 200;
/// Observations that are read, those that changed last: what a turn changes is mostly among them.
const OBSERVATIONS: u32 = 200;
/// Names that are read. A bank with more does not tell which names are new.
const ENTITIES: u32 = 1_000;

/// Notes what stands in memory before an item is sent, unless an earlier try has noted it.
///
/// # Errors
/// The store's.
pub(super) async fn note(store: &Store, client: &Client, item: &OutboxItem) -> Result<(), StoreError> {
    // What a tool stored is an item under the document's own name; it belongs to its turn, which has its own.
    if item.document_id != DocumentId::of_turn(&item.chat_id, &item.turn_id) {
        return Ok(());
    }
    let known = store.learning_of(&item.turn_id).await?;
    if known.is_some_and(|known| known.before != Before::default()) {
        return Ok(());
    }
    let mut before = tokio::time::timeout(PATIENCE, read(client, item)).await.unwrap_or_default();
    if item.attempts > 1 {
        // An earlier try may have arrived: the facts that are there may be its own.
        before.facts = None;
    }
    let learning = Learning {
        turn_id: item.turn_id.clone(),
        chat_id: item.chat_id.clone(),
        server_id: item.server_id.clone(),
        bank_id: item.bank_id.clone(),
        before,
        since: None,
        looks: 0,
        next_look_at: Time::now(),
    };
    store.note_learning(&learning).await
}

async fn read(client: &Client, item: &OutboxItem) -> Before {
    let bank = &item.bank_id;
    let of_document = MemoryFilter {
        document_id: Some(item.document_id.clone()),
        limit: Some(FACTS),
        ..MemoryFilter::default()
    };
    let observations = MemoryFilter {
        fact_type: Some(FactType::Observation),
        time_field: Some(MemoryTimeField::UpdatedAt),
        limit: Some(OBSERVATIONS),
        ..MemoryFilter::default()
    };
    let (facts, observations, entities) = tokio::join!(
        client.memories(bank, &of_document),
        client.memories(bank, &observations),
        client.entities(bank, ENTITIES, 0),
    );
    let facts = or_nothing(facts.map(|page| {
        let of_it = page.items.into_iter().filter(|fact| {
            fact.fact_type != Some(FactType::Observation)
                && fact.document_id.as_ref() == Some(&item.document_id)
        });
        of_it.map(|fact| LearnedFact { id: fact.id, text: fact.text, fact_type: fact.fact_type }).collect()
    }));
    let observations = or_nothing(observations.map(|page| {
        let all = is_all(page.total, page.items.len(), OBSERVATIONS);
        (page.items.into_iter().map(|fact| (fact.id, fact.text)).collect::<Vec<_>>(), all)
    }));
    let entities = match entities {
        Ok(page) => is_all(page.total, page.items.len(), ENTITIES)
            .then(|| page.items.into_iter().map(|entity| entity.canonical_name).collect()),
        failed => or_nothing(failed.map(|_| Vec::new())),
    };
    Before {
        facts,
        // A bank that does not exist has none, and those are all.
        all_observations: observations.as_ref().is_some_and(|(some, all)| *all || some.is_empty()),
        observations: observations.map(|(some, _)| some),
        entities,
    }
}

/// Whether a page holds all there is.
fn is_all(total: Option<u64>, got: usize, asked: u32) -> bool {
    let got = u64::try_from(got).unwrap_or(u64::MAX);
    total.map_or(got < u64::from(asked), |total| total <= got)
}

/// A bank that does not exist holds nothing, which is known; what fails otherwise is not known.
fn or_nothing<T: Default>(read: Result<T, HindsightError>) -> Option<T> {
    match read {
        Ok(read) => Some(read),
        Err(HindsightError::NotFound { .. }) => Some(T::default()),
        Err(error) => {
            tracing::debug!(%error, "what stands in memory before a turn could not be read");
            None
        }
    }
}

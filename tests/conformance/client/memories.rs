//! Facts one by one: list, read, edit, invalidate, restore; and the observations made of them.

use crate::client::support::{facts, query, retain};
use crate::each_server;
use crate::subject::Subject;
use macro_rules_attribute::apply;
use rearview_domain::memory::FactType;
use rearview_hindsight::*;
use std::time::Duration;

#[apply(each_server)]
async fn a_fact_reads_the_same_in_a_list_and_by_itself(subject: Subject) {
    let (client, bank) = subject.client_and_bank();
    retain(&client, &bank, "d", "Ana lives in Lisbon. Bob sails.").await;
    let listed = facts(&client, &bank, "d").await;
    assert_eq!(listed.len(), 2);
    for fact in &listed {
        let alone = client.memory(&bank, &fact.id).await.unwrap();
        assert_eq!((&alone.text, alone.fact_type), (&fact.text, Some(FactType::World)));
        let sorted = |fact: &Fact| {
            let mut names = fact.entities.clone();
            names.sort();
            names
        };
        assert_eq!(sorted(&alone), sorted(fact));
        assert_eq!((alone.state, fact.state), (Some(MemoryState::Valid), Some(MemoryState::Valid)));
        assert_eq!(alone.document_id, fact.document_id);
    }
    let page = client
        .memories(
            &bank,
            &MemoryFilter {
                q: Some("sails".into()),
                document_id: Some("d".into()),
                ..MemoryFilter::default()
            },
        )
        .await
        .unwrap();
    assert_eq!((page.total, page.items[0].text.as_str()), (Some(1), "Bob sails."));
}

#[apply(each_server)]
async fn an_invalidated_fact_is_not_recalled_until_it_is_restored(subject: Subject) {
    let (client, bank) = subject.client_and_bank();
    retain(&client, &bank, "d", "Ana lives in Lisbon.").await;
    let id = facts(&client, &bank, "d").await.remove(0).id;
    let recalled = async || client.recall(&bank, &query("Ana lives in Lisbon")).await.unwrap().value.results;
    assert!(recalled().await.iter().any(|result| result.id == id));

    let wrong = MemoryPatch {
        state: Some(MemoryState::Invalidated),
        reason: Some("she moved".into()),
        ..MemoryPatch::default()
    };
    let invalidated = client.patch_memory(&bank, &id, &wrong).await.unwrap();
    assert_eq!(invalidated.state, Some(MemoryState::Invalidated));
    assert!(recalled().await.iter().all(|result| result.id != id));
    let listed = client
        .memories(&bank, &MemoryFilter { state: Some(MemoryState::Invalidated), ..MemoryFilter::default() })
        .await
        .unwrap();
    let [listed] = listed.items.as_slice() else { panic!("{listed:?}") };
    assert_eq!((listed.id.as_str(), listed.invalidation_reason.as_deref()), (id.as_str(), Some("she moved")));

    let right = MemoryPatch { state: Some(MemoryState::Valid), ..MemoryPatch::default() };
    assert_eq!(client.patch_memory(&bank, &id, &right).await.unwrap().state, Some(MemoryState::Valid));
    assert!(recalled().await.iter().any(|result| result.id == id));
}

#[apply(each_server)]
async fn an_edited_fact_keeps_its_id_and_says_the_new_words(subject: Subject) {
    let (client, bank) = subject.client_and_bank();
    retain(&client, &bank, "d", "Ana lives in Lisbon.").await;
    let id = facts(&client, &bank, "d").await.remove(0).id;
    let patch = MemoryPatch { text: Some("Ana lives in Porto.".into()), ..MemoryPatch::default() };
    let edited = client.patch_memory(&bank, &id, &patch).await.unwrap();
    assert_eq!((edited.id.as_str(), edited.text.as_str()), (id.as_str(), "Ana lives in Porto."));
    assert!(client.memory(&bank, &id).await.unwrap().edited_at.is_some());
}

#[apply(each_server)]
async fn an_empty_change_and_an_unknown_fact_are_two_different_errors(subject: Subject) {
    let (client, bank) = subject.client_and_bank();
    retain(&client, &bank, "d", "Ana lives in Lisbon.").await;
    let id = facts(&client, &bank, "d").await.remove(0).id;
    let empty = client.patch_memory(&bank, &id, &MemoryPatch::default()).await.unwrap_err();
    assert!(matches!(empty, HindsightError::Invalid { .. }), "{empty:?}");
    let unknown = client.memory(&bank, "00000000-0000-4000-8000-000000000000").await.unwrap_err();
    assert!(matches!(unknown, HindsightError::NotFound { .. }), "{unknown:?}");
    let nonsense = client.memory(&bank, "no-uuid").await.unwrap_err();
    assert!(matches!(nonsense, HindsightError::Invalid { .. }), "{nonsense:?}");
}

#[apply(each_server)]
async fn observations_name_the_facts_they_were_made_of(subject: Subject) {
    let (client, bank) = subject.client_and_bank();
    retain(&client, &bank, "d", "Ana lives in Lisbon.").await;
    let id = facts(&client, &bank, "d").await.remove(0).id;
    let filter = MemoryFilter { fact_type: Some(FactType::Observation), ..MemoryFilter::default() };
    let mut ticks = tokio::time::interval(Duration::from_millis(100));
    let waiting = async {
        loop {
            ticks.tick().await;
            if let Some(observation) = client.memories(&bank, &filter).await.unwrap().items.pop() {
                return observation;
            }
        }
    };
    let observation =
        tokio::time::timeout(Duration::from_secs(60), waiting).await.expect("an observation comes");
    assert_eq!(observation.source_memory_ids, [id]);
}

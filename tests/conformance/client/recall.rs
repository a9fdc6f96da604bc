//! Retain and what recall and reflect find of it.

use crate::client::support::{item, query, retain};
use crate::each_server;
use crate::subject::Subject;
use macro_rules_attribute::apply;
use rearview_domain::memory::{Budget, FactType, MinScores, TemporalWindow};
use rearview_domain::time::Time;
use rearview_hindsight::*;

#[apply(each_server)]
async fn a_bank_nobody_wrote_to_is_new_and_no_error(subject: Subject) {
    let (client, bank) = subject.client_and_bank();
    let answer = client.recall(&bank, &query("Where does Ana live?")).await.unwrap().value;
    assert!(answer.new_bank && answer.results.is_empty());
    assert!(client.banks(Some(bank.as_str()), 1, 0).await.unwrap().banks.is_empty(), "asking made no bank");
}

#[apply(each_server)]
async fn what_was_retained_is_recalled_with_the_arms_that_found_it(subject: Subject) {
    let (client, bank) = subject.client_and_bank();
    let mut ana = item("chat.1", "Ana lives in Lisbon. Purple tractors are rare.");
    ana.tags = vec!["chat:1".into()];
    ana.metadata = [("source".to_owned(), "rearview".to_owned())].into();
    ana.context = Some("a test".into());
    ana.timestamp = Some(Timestamp::At(Time("2026-01-02T03:04:05.000Z".into())));
    client.retain(&bank, &RetainRequest { items: vec![ana], ..RetainRequest::default() }).await.unwrap();

    let request = RecallRequest { types: vec![FactType::World], ..query("Where does Ana live in Lisbon?") };
    let answered = client.recall(&bank, &request).await.unwrap();
    assert!(answered.ignored_params.is_empty());
    let memories = answered.value.memories();
    let first = &memories[0];
    assert_eq!(first.text, "Ana lives in Lisbon.");
    assert_eq!((first.rank, first.fact_type), (1, Some(FactType::World)));
    assert_eq!(first.document_id.as_ref().unwrap().as_str(), "chat.1");
    assert_eq!(
        (first.tags.as_slice(), first.context.as_deref()),
        (["chat:1".to_owned()].as_slice(), Some("a test"))
    );
    assert!(first.mentioned_at.as_ref().unwrap().starts_with("2026-01-02T03:04:05"));
    assert!(first.scores.semantic.is_some() && first.scores.r#final.is_some());
    assert_eq!(first.arms.get("semantic"), Some(&1));
    assert!(first.arms.contains_key("bm25"), "{:?}", first.arms);

    let raw = answered.value.raw_trace.unwrap();
    assert!(raw["query"]["query_text"].is_string() && raw["query"].get("query_embedding").is_none());
    let trace = answered.value.trace.unwrap();
    assert_eq!(trace.query.unwrap().budget, Some(300));
    assert!(trace.reranked.iter().any(|fact| fact.node_id == first.id && fact.rerank_rank == Some(1)));
    assert!(trace.summary.unwrap().total_duration_seconds.unwrap() > 0.0);
}

#[apply(each_server)]
async fn every_field_of_a_recall_request_is_known_to_the_server(subject: Subject) {
    let (client, bank) = subject.client_and_bank();
    retain(&client, &bank, "d", "Ana lives in Lisbon.").await;
    let request = RecallRequest {
        types: vec![FactType::World, FactType::Observation],
        budget: Some(Budget::Low),
        max_tokens: Some(500),
        prefer_observations: Some(false),
        query_timestamp: Some("2026-01-01T00:00:00Z".into()),
        include: RecallInclude {
            entities: EntityInclude::Tokens(100),
            chunks: Some(1_000),
            source_facts: Some(SourceFactsInclude {
                max_tokens: Some(100),
                max_tokens_per_observation: Some(-1),
            }),
        },
        tag_groups: vec![serde_json::json!({"not": {"tags": ["nobody"]}})],
        min_scores: Some(MinScores { semantic: Some(0.1), ..MinScores::default() }),
        temporal_window: Some(TemporalWindow {
            start: "2020-01-01T00:00:00Z".into(),
            end: "2030-01-01T00:00:00Z".into(),
        }),
        ..query("Ana in Lisbon")
    };
    let answered = client.recall(&bank, &request).await.unwrap();
    assert!(answered.ignored_params.is_empty(), "{:?}", answered.ignored_params);
    let answer = answered.value;
    let fact = answer.results.iter().find(|result| result.fact_type == Some(FactType::World)).unwrap();
    assert!(answer.chunks[fact.chunk_id.as_ref().unwrap()].text.contains("Ana lives in Lisbon."));
    assert!(answer.entities.contains_key("Ana"), "{:?}", answer.entities);
    assert!(answer.memories().iter().any(|memory| memory.arms.contains_key("temporal")));
}

#[apply(each_server)]
async fn entities_can_be_switched_off(subject: Subject) {
    let (client, bank) = subject.client_and_bank();
    retain(&client, &bank, "d", "Ana lives in Lisbon.").await;
    let include = RecallInclude { entities: EntityInclude::Off, ..RecallInclude::default() };
    let answer = client.recall(&bank, &RecallRequest { include, ..query("Ana") }).await.unwrap().value;
    assert!(!answer.results.is_empty() && answer.entities.is_empty());
}

#[apply(each_server)]
async fn a_query_without_words_is_invalid_and_says_so(subject: Subject) {
    let (client, bank) = subject.client_and_bank();
    retain(&client, &bank, "d", "Ana lives in Lisbon.").await;
    let error = client.recall(&bank, &query("?!")).await.unwrap_err();
    assert!(matches!(error, HindsightError::Invalid { .. }), "{error:?}");
    assert!(error.to_error().source.unwrap().message.is_some());
}

#[apply(each_server)]
async fn reflect_answers_with_what_it_is_based_on(subject: Subject) {
    let (client, bank) = subject.client_and_bank();
    retain(&client, &bank, "d", "Ana lives in Lisbon.").await;
    let request = ReflectRequest {
        query: "Where does Ana live?".into(),
        include: ReflectInclude { facts: true, tool_calls: true },
        ..ReflectRequest::default()
    };
    let answered = client.reflect(&bank, &request).await.unwrap();
    assert!(answered.ignored_params.is_empty());
    let answer = answered.value;
    assert!(!answer.text.is_empty());
    let memories = answer.based_on.as_ref().unwrap()["memories"].as_array().unwrap();
    assert!(memories.iter().any(|memory| memory["text"] == "Ana lives in Lisbon."), "{memories:?}");
    let calls = answer.trace.as_ref().unwrap()["tool_calls"].as_array().unwrap();
    assert!(calls.iter().any(|call| call["tool"] == "recall"), "{calls:?}");
    assert!(answer.usage.unwrap().total_tokens.unwrap() > 0);
}

//! Recall as a whole: over HTTP with words only, and with hand-made vectors.

use super::testing::{Seed, bank_of};
use super::*;
use crate::engine::testing::Fresh;
use serde_json::{Value, json};

const PATH: &str = "/v1/default/banks/b/memories/recall";

async fn ask(fresh: &Fresh, body: Value) -> Value {
    fresh.ok("POST", PATH, Some(body)).await
}

fn texts(answer: &Value) -> Vec<&str> {
    answer["results"].as_array().unwrap().iter().map(|fact| fact["text"].as_str().unwrap()).collect()
}

/// Ana's life in five memories: two facts of one document, one by itself, two observations.
fn ana() -> Vec<Seed> {
    let day = |text: &str| crate::time::parse(text);
    vec![
        Seed {
            vector: Some(vec![0.9, 0.1, 0.0]),
            tags: vec!["chat:1"],
            entities: vec!["Ana", "Lisbon"],
            mentioned_at: day("2026-01-02T03:04:05"),
            in_document: true,
            ..Seed::new("Ana lives in Lisbon.")
        },
        Seed {
            vector: Some(vec![0.4, 0.5, 0.0]),
            entities: vec!["Bob", "Ana"],
            in_document: true,
            ..Seed::new("Bob sails with Ana.")
        },
        Seed {
            vector: Some(vec![0.0, 0.0, 0.9]),
            kind: Kind::Experience,
            ..Seed::new("I advised Carla to row.")
        },
        Seed {
            vector: Some(vec![0.8, 0.3, 0.0]),
            kind: Kind::Observation,
            sources: vec![1, 2],
            entities: vec!["Ana"],
            ..Seed::new("Ana is a Lisbon sailor.")
        },
        Seed { kind: Kind::Observation, sources: vec![3], ..Seed::new("Carla rows.") },
    ]
}

async fn with_vector(fresh: &Fresh, bank: &Bank, body: Value) -> Value {
    let request: RecallRequest = serde_json::from_value(body).unwrap();
    let ask = request.into_ask(&bank.config).unwrap().unwrap();
    let vector: Arc<[f32]> = [1.0, 0.0, 0.0].into();
    serde_json::to_value(recall_with(&fresh.engine, bank, ask, async { Some(vector) }).await.unwrap())
        .unwrap()
}

#[tokio::test]
async fn a_bank_that_is_not_there_and_a_wrong_request_are_told_apart() {
    let fresh = Fresh::open().await;
    let (status, _, answer) = fresh.ask("POST", PATH, Some(json!({"query": "Ana"}))).await;
    assert_eq!((status.as_u16(), answer), (404, json!({"detail": "Bank 'b' not found"})));
    for body in [
        json!({}),
        json!({"query": "?!"}),
        json!({"query": "a", "budget": "huge"}),
        json!({"query": "a", "tag_groups": [{"xor": []}]}),
    ] {
        assert_eq!(fresh.ask("POST", PATH, Some(body.clone())).await.0, 422, "{body}");
    }
    let (status, _, answer) = fresh.ask("POST", PATH, Some(json!({"query": "a", "types": ["bad"]}))).await;
    let detail = "Invalid fact type(s): bad. Must be one of: experience, observation, world";
    assert_eq!((status.as_u16(), answer["detail"].as_str()), (422, Some(detail)));
}

#[tokio::test]
async fn nothing_is_answered_without_tokens_or_kinds() {
    let (fresh, _) = bank_of(ana()).await;
    let nothing = json!({"results": [], "trace": null, "entities": null, "chunks": null, "source_facts": null, "source_facts_truncated": null});
    assert_eq!(ask(&fresh, json!({"query": "Ana", "max_tokens": 0})).await, nothing);
    assert_eq!(ask(&fresh, json!({"query": "Ana", "types": ["opinion"]})).await, nothing);
}

#[tokio::test]
async fn a_memory_is_answered_in_the_apis_shape() {
    let (fresh, bank) = bank_of(ana()).await;
    let answer =
        with_vector(&fresh, &bank, json!({"query": "Where does Ana live?", "types": ["world"]})).await;
    let first = &answer["results"][0];
    let id = first["id"].clone();
    let scores = first["scores"].clone();
    assert_eq!(
        *first,
        json!({
            "id": id, "text": "Ana lives in Lisbon.", "type": "world", "entities": ["Ana", "Lisbon"],
            "context": null, "occurred_start": null, "occurred_end": null,
            "mentioned_at": "2026-01-02T03:04:05+00:00", "document_id": "doc", "metadata": {},
            "chunk_id": "b_doc_0", "tags": ["chat:1"], "source_fact_ids": null, "scores": scores,
            "attachments": null,
        })
    );
    assert!(scores["final"].is_f64() && scores["keyword"].is_f64() && scores["reranker"].is_null());
    assert!((scores["semantic"].as_f64().unwrap() - 0.9).abs() < 1e-3);
    assert_eq!(answer["entities"]["Lisbon"]["canonical_name"], "Lisbon");
    assert_eq!(answer["entities"]["Bob"]["observations"], json!([]));
    assert!(answer["chunks"].is_null() && answer["source_facts"].is_null() && answer["trace"].is_null());
}

#[tokio::test]
async fn without_an_encoder_words_still_find_in_any_script() {
    let seeds = ["Ana lives in Lisbon.", "周末我去爬山。", "東京タワーに行った。"].map(Seed::new).to_vec();
    let (fresh, _) = bank_of(seeds).await;
    for (query, found) in [
        ("Who lives in Lisbon?", "Ana lives in Lisbon."),
        ("爬山", "周末我去爬山。"),
        ("タワー", "東京タワーに行った。"),
    ] {
        let answer = ask(&fresh, json!({"query": query, "trace": true})).await;
        assert_eq!(texts(&answer), [found], "{query}");
        assert!(answer["results"][0]["scores"]["semantic"].is_null());
        assert_eq!(answer["trace"]["query"]["query_embedding"], json!([]));
    }
}

#[tokio::test]
async fn the_same_text_twice_is_two_memories_and_both_are_found() {
    let twice = Seed { vector: Some(vec![0.9, 0.1, 0.0]), ..Seed::new("Ana lives in Lisbon.") };
    let (fresh, bank) = bank_of(vec![twice.clone(), twice]).await;
    let answer = with_vector(&fresh, &bank, json!({"query": "Ana"})).await;
    assert_eq!(texts(&answer), ["Ana lives in Lisbon."; 2]);
}

#[tokio::test]
async fn an_observation_takes_the_place_of_its_facts_when_it_is_preferred() {
    let (fresh, _) = bank_of(ana()).await;
    let mut body = json!({"query": "Ana in Lisbon", "prefer_observations": true});
    assert_eq!(texts(&ask(&fresh, body.clone()).await), ["Ana is a Lisbon sailor."]);
    body["types"] = json!(["world"]);
    assert_eq!(texts(&ask(&fresh, body).await).len(), 2, "nobody asked for observations");
}

#[tokio::test]
async fn chunks_and_source_facts_go_along_as_far_as_their_tokens_go() {
    let (fresh, _) = bank_of(ana()).await;
    let answer = ask(
        &fresh,
        json!({"query": "Ana Carla Bob", "include": {"entities": null, "chunks": {"max_tokens": 2}, "source_facts": {}}}),
    )
    .await;
    assert_eq!(
        answer["chunks"],
        json!({"b_doc_0": {"id": "b_doc_0", "text": "one two", "chunk_index": 0, "truncated": true, "attachments": null}})
    );
    assert!(answer["entities"].is_null() && answer["results"][0]["entities"].is_null());
    assert_eq!(answer["source_facts"].as_object().unwrap().len(), 3);
    assert_eq!(answer["source_facts_truncated"], false);
    let sailor =
        answer["results"].as_array().unwrap().iter().find(|fact| fact["text"] == "Ana is a Lisbon sailor.");
    assert_eq!(sailor.unwrap()["source_fact_ids"].as_array().unwrap().len(), 2);

    for (include, kept) in [(json!({"max_tokens": 0}), 0), (json!({"max_tokens_per_observation": 6}), 2)] {
        let answer = ask(&fresh, json!({"query": "Ana Carla", "include": {"source_facts": include}})).await;
        assert_eq!(answer["source_facts"].as_object().unwrap().len(), kept, "{answer}");
        assert_eq!(answer["source_facts_truncated"], true);
    }
}

#[tokio::test]
async fn a_trace_names_arms_places_parts_and_fates() {
    let (fresh, bank) = bank_of(ana()).await;
    let body = json!({
        "query": "Where does Ana live?", "trace": true, "max_tokens": 8, "types": ["world", "observation"],
        "query_timestamp": "2026-03-01T00:00:00Z",
        "temporal_window": {"start": "2026-01-01T00:00:00Z", "end": "2026-02-01T00:00:00Z"},
    });
    let answer = with_vector(&fresh, &bank, body).await;
    let trace = &answer["trace"];
    let sections: Vec<&String> = trace.as_object().unwrap().keys().collect();
    assert_eq!(
        sections,
        [
            "query",
            "retrieval_results",
            "rrf_merged",
            "reranked",
            "fusion",
            "entry_points",
            "visits",
            "summary",
            "final_results"
        ]
    );
    assert_eq!(trace["query"]["query_embedding"], json!([1.0, 0.0, 0.0]));
    assert_eq!(
        (&trace["query"]["budget"], &trace["query"]["timestamp"]),
        (&json!(300), &json!("2026-03-01T00:00:00Z"))
    );
    assert_eq!(trace["query"]["temporal_constraint"]["end"], "2026-02-01T00:00:00Z");
    let arms: Vec<String> = trace["retrieval_results"]
        .as_array()
        .unwrap()
        .iter()
        .map(|arm| format!("{} {}", arm["fact_type"].as_str().unwrap(), arm["method_name"].as_str().unwrap()))
        .collect();
    let expected = ["semantic", "bm25", "graph", "temporal"];
    let expected: Vec<String> = ["world", "observation"]
        .iter()
        .flat_map(|kind| expected.map(|arm| format!("{kind} {arm}")))
        .collect();
    assert_eq!(arms, expected);

    let first = &answer["results"][0];
    assert_eq!(
        (first["text"].as_str(), answer["results"].as_array().unwrap().len()),
        (Some("Ana lives in Lisbon."), 1)
    );
    let merged =
        trace["rrf_merged"].as_array().unwrap().iter().find(|fact| fact["node_id"] == first["id"]).unwrap();
    assert_eq!(
        (&merged["source_ranks"]["semantic_rank"], &merged["source_ranks"]["temporal_rank"]),
        (&json!(1), &json!(1))
    );
    assert!(merged["source_ranks"]["bm25_rank"].is_u64() && merged["source_ranks"]["graph_rank"].is_u64());
    assert_eq!(
        (&trace["reranked"][0]["node_id"], &trace["reranked"][0]["rerank_rank"]),
        (&first["id"], &json!(1))
    );
    let gates: Vec<&str> =
        trace["fusion"].as_array().unwrap().iter().map(|fact| fact["gate"].as_str().unwrap()).collect();
    assert_eq!(gates[0], "injected");
    assert!(gates.len() > 1 && gates[1..].iter().all(|gate| *gate == "packed_out"), "{gates:?}");
    assert_eq!(trace["final_results"].as_array().unwrap().len(), 1);
    assert!(trace["summary"]["total_duration_seconds"].as_f64().unwrap() > 0.0);
    let phases = trace["summary"]["phase_metrics"].as_array().unwrap();
    assert!(phases.iter().any(|phase| phase["phase_name"] == "generate_query_embedding"));
}

#[tokio::test]
async fn arms_that_a_bank_switches_off_bring_nothing() {
    let (fresh, mut bank) = bank_of(ana()).await;
    bank.config = crate::config::Config::from_column(
        r#"{"enable_text_search":false,"enable_graph_retrieval":false,"enable_temporal_retrieval":false}"#,
    );
    let body = json!({
        "query": "Ana in Lisbon in January 2026", "trace": true,
        "temporal_window": {"start": "2026-01-01", "end": "2026-02-01"},
    });
    let answer = with_vector(&fresh, &bank, body).await;
    let arms = answer["trace"]["retrieval_results"].as_array().unwrap();
    for arm in arms {
        assert!(arm["method_name"] == "semantic" || arm["results"] == json!([]), "{arm}");
    }
    assert!(arms.iter().all(|arm| arm["method_name"] != "temporal" && arm["method_name"] != "graph"));
    assert!(answer["trace"]["query"]["temporal_constraint"].is_null());
}

#[tokio::test]
async fn what_is_written_after_a_bank_was_loaded_is_found_and_what_is_removed_is_not() {
    let (fresh, bank) = bank_of(ana()).await;
    assert_eq!(texts(&ask(&fresh, json!({"query": "Carla", "types": ["experience"]})).await).len(), 1);
    let mut write = fresh.engine.write().await.unwrap();
    write.remove_units(bank.no, &[3]).await.unwrap();
    write.commit().await.unwrap();
    assert!(texts(&ask(&fresh, json!({"query": "Carla", "types": ["experience"]})).await).is_empty());
}

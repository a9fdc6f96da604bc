//! Stages from a real server's trace, from the embedded engine's shape, and from answers that say little.

use super::*;
use rearview_domain::memory::MinScores;
use serde_json::{Value, json};

const REAL: &str = include_str!("../../tests/data/recall-1.1.json");

fn read(value: Value) -> RecallAnswer {
    serde_json::from_value(value).unwrap()
}

fn real() -> (Stages, RecallAnswer) {
    let answer: RecallAnswer = serde_json::from_str(REAL).unwrap();
    (Stages::of(&RecallRequest::default(), &answer), answer)
}

fn fates(stages: &Stages) -> Vec<(&str, &Fate)> {
    stages.candidates.iter().map(|one| (one.id.as_str(), &one.fate)).collect()
}

#[test]
fn a_real_trace_becomes_arms_candidates_and_multipliers_that_multiply_to_the_score() {
    let (stages, answer) = real();
    assert_eq!(stages.make, Make::Reranked);
    assert!(stages.arms.iter().any(|arm| arm.method == "semantic" && arm.count > 0));
    assert!(stages.arms.iter().all(|arm| arm.seconds.is_none()), "0 seconds mean that nobody measured");
    assert_eq!(stages.candidates.len(), answer.trace.unwrap().reranked.len());
    let first = &stages.candidates[0];
    assert_eq!(first.arms["semantic"].rank, Some(1));
    assert_eq!(first.arms["semantic"].score, Some(0.6011314392089886));
    let named: Vec<_> = first.factors.iter().map(|one| (one.name.as_str(), one.times)).collect();
    assert_eq!(
        named,
        [("cross_encoder", 1.0), ("recency", 1.0 + 0.2 * (0.1 - 0.5)), ("temporal", 1.0), ("proof", 1.0)]
    );
    for candidate in &stages.candidates {
        let product: f64 = candidate.factors.iter().map(|one| one.times).product();
        assert!((product - candidate.score.unwrap()).abs() < 1e-9, "{candidate:?}");
        assert!(matches!(candidate.fate, Fate::Answered { .. }));
    }
    assert_eq!(stages.tokens, stages.candidates.iter().map(|one| one.tokens).sum::<u32>());
}

/// Five facts of 3 tokens each, reranked in order; those named are answered.
fn server(answered: &[&str], more: Value) -> RecallAnswer {
    let ids = ["a", "b", "c", "d", "e"];
    let text = |id: &str| format!("Ana sails {id}");
    let reranked: Vec<Value> = ids
        .iter()
        .zip(1..)
        .map(|(id, rank)| {
            let score = 1.0 - 0.1 * f64::from(rank);
            json!({"node_id": id, "text": text(id), "rerank_rank": rank, "rrf_rank": rank, "rerank_score": score,
                   "score_components": {"cross_encoder_score_normalized": score, "combined_score": score}})
        })
        .collect();
    let results: Vec<Value> =
        answered.iter().map(|id| json!({"id": id, "text": text(id), "type": "world"})).collect();
    let mut answer = json!({"results": results, "trace": {"query": {"budget": 300, "max_tokens": 4096}, "reranked": reranked}});
    for (key, value) in more.as_object().unwrap() {
        answer["trace"][key] = value.clone();
    }
    read(answer)
}

#[test]
fn what_a_server_does_not_say_is_derived_from_its_documented_steps() {
    let floors = RecallRequest {
        min_scores: Some(MinScores { r#final: Some(0.65), ..MinScores::default() }),
        ..RecallRequest::default()
    };
    let stages = Stages::of(&floors, &server(&["a", "b", "c"], json!({})));
    assert_eq!(stages.candidates[2].fate, Fate::Answered { rank: 3 });
    assert_eq!(
        stages.candidates[3].fate,
        Fate::MinScore { which: "final".to_owned(), floor: 0.65, score: Some(0.6) }
    );

    let tokens = server(&["a", "b"], json!({"query": {"budget": 300, "max_tokens": 7}}));
    let stages = Stages::of(&RecallRequest::default(), &tokens);
    assert_eq!(stages.candidates[0].tokens, 3);
    assert_eq!(stages.candidates[2].fate, Fate::Tokens { over: 2 });
    assert_eq!(stages.tokens, 6);

    let few = server(&["a", "b"], json!({"query": {"budget": 1, "max_tokens": 4096}}));
    let stages = Stages::of(&RecallRequest::default(), &few);
    assert_eq!(stages.candidates[2].fate, Fate::Cap { most: Some(2) });
}

#[test]
fn what_no_documented_step_explains_is_not_known() {
    let stages = Stages::of(&RecallRequest::default(), &server(&["a"], json!({})));
    assert_eq!(stages.candidates[1].fate, Fate::NotKnown);
}

#[test]
fn a_fact_is_covered_by_the_observation_that_names_it_as_a_source() {
    let mut answer = server(&["a"], json!({}));
    answer.results.insert(
        0,
        serde_json::from_value(
            json!({"id": "o", "text": "x", "type": "observation", "source_fact_ids": ["b"]}),
        )
        .unwrap(),
    );
    let request = RecallRequest { prefer_observations: Some(true), ..RecallRequest::default() };
    let stages = Stages::of(&request, &answer);
    assert_eq!(stages.candidate("b").unwrap().fate, Fate::Covered { by: Some("o".to_owned()) });
    let off = RecallRequest { prefer_observations: Some(false), ..RecallRequest::default() };
    assert_eq!(Stages::of(&off, &answer).candidate("b").unwrap().fate, Fate::NotKnown);
}

#[test]
fn what_an_arm_found_and_rerank_never_saw_is_prefiltered() {
    let arms = json!([{"method_name": "bm25", "fact_type": "world", "duration_seconds": 0.25,
                       "results": [{"rank": 1, "node_id": "z", "text": "far", "score": 2.0, "score_name": "bm25_score"}]}]);
    let stages = Stages::of(&RecallRequest::default(), &server(&["a"], json!({"retrieval_results": arms})));
    let last = stages.candidates.last().unwrap();
    assert_eq!((last.id.as_str(), &last.fate), ("z", &Fate::Prefiltered));
    assert_eq!((last.text.as_deref(), last.fact_type), (Some("far"), Some(FactType::World)));
    assert_eq!(stages.arms[0].seconds, Some(0.25));
}

#[test]
fn the_embedded_engine_says_itself_what_became_of_each() {
    let one = |id: &str, gate: &str, repeats: Option<&str>, score: f64| {
        json!({"node_id": id, "text": "Ana sails a", "rank": 1, "semantic": 0.5, "keyword": 0.4, "neighbour": 0.1,
               "graph": 0.0, "temporal": 0.0, "factor": 0.9, "repeats": repeats, "final": score, "gate": gate})
    };
    let answer = read(json!({
        "results": [{"id": "a", "text": "Ana sails a", "type": "world"}],
        "trace": {"query": {"budget": 300, "max_tokens": 3},
                  "fusion": [one("a", "injected", None, 0.9), one("b", "packed_out", Some("a"), 0.45),
                             one("c", "budget", None, 0.9), one("d", "prefer_observations", None, 0.9)],
                  "reranked": [{"node_id": "a", "rerank_rank": 1}, {"node_id": "b", "text": "Ana sails b", "rerank_rank": 2},
                               {"node_id": "c", "rerank_rank": 3}, {"node_id": "d", "rerank_rank": 4}]}
    }));
    let stages = Stages::of(&RecallRequest::default(), &answer);
    assert_eq!(stages.make, Make::Summed);
    assert_eq!(
        fates(&stages),
        [
            ("a", &Fate::Answered { rank: 1 }),
            ("b", &Fate::Tokens { over: 3 }),
            ("c", &Fate::Cap { most: Some(600) }),
            ("d", &Fate::Covered { by: None })
        ]
    );
    let b = stages.candidate("b").unwrap();
    let names: Vec<_> = b.factors.iter().map(|one| one.name.as_str()).collect();
    assert_eq!(names, ["sum", "recency", "proof", "repeats"], "no reranker is made up");
    assert_eq!(b.parts.len(), 5);
}

#[test]
fn what_the_known_multipliers_leave_is_told_as_other() {
    let answer = read(json!({"results": [], "trace": {"reranked": [{"node_id": "a", "rerank_score": 0.5,
        "score_components": {"cross_encoder_score_normalized": 1.0, "recency": 0.5, "combined_score": 0.5}}]}}));
    let stages = Stages::of(&RecallRequest::default(), &answer);
    let last = stages.candidates[0].factors.last().unwrap();
    assert_eq!((last.name.as_str(), last.times), ("other", 0.5));
}

#[test]
fn without_a_trace_the_answer_alone_is_told() {
    let answer = read(json!({"results": [{"id": "a", "text": "t"}], "trace": "lies"}));
    let stages = Stages::of(&RecallRequest::default(), &answer);
    assert_eq!((stages.make, stages.candidates.len()), (Make::Untraced, 1));
    assert_eq!(stages.candidates[0].fate, Fate::Answered { rank: 1 });
}

#[test]
fn the_tokens_that_let_one_in_count_those_that_come_in_before_it() {
    // b and c do not fit: with room for c, b would take it.
    let mut answer = server(&["a"], json!({"query": {"budget": 300, "max_tokens": 5}}));
    let trace = answer.trace.as_mut().unwrap();
    trace.reranked[1].text = Some("Ana sails on a boat of her own every single day".to_owned());
    let stages = Stages::of(&RecallRequest::default(), &answer);
    let own: Vec<u32> = stages.candidates.iter().map(|one| one.tokens).collect();
    assert_eq!(own, [3, 11, 3, 3, 3]);
    assert_eq!(tokens_needed(&stages, "b"), Some(14));
    assert_eq!(tokens_needed(&stages, "c"), Some(6), "b is skipped when it does not fit");
    assert_eq!(tokens_needed(&stages, "a"), Some(5));
    assert_eq!(tokens_needed(&stages, "nobody"), None);
}

//! `POST memories/recall`: what is searched, what is filtered, how much comes back, and the trace.

use crate::bank::{Bank, keys, sorted, strings};
use crate::each_server;
use crate::subject::Subject;
use macro_rules_attribute::apply;
use serde_json::{Value, json};

/// Four facts with the same words: `none`, `a`, `b` and `ab` say in their text which tags they carry.
async fn tagged(subject: &Subject) -> Bank {
    let bank = subject.bank_without_model().await;
    let item = |name: &str, tags: Value| json!({"content": format!("Ana sails {name}."), "document_id": name, "tags": tags});
    bank.retain(json!([
        item("none", json!([])),
        item("a", json!(["a"])),
        item("b", json!(["b"])),
        item("ab", json!(["a", "b"]))
    ]))
    .await;
    bank
}

/// The documents that a recall for `Ana sails` with these fields reaches, sorted.
async fn reached(bank: &Bank, fields: Value) -> Vec<String> {
    let mut request = json!({"query": "Ana sails", "max_tokens": 4096});
    request.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
    let answer = bank.recall(request).await;
    sorted(answer["results"].as_array().unwrap(), "document_id")
}

async fn one_fact(subject: &Subject) -> Bank {
    let bank = subject.bank_without_model().await;
    bank.retain(json!([{
        "content": "Ana lives in Lisbon.", "document_id": "d", "context": "a chat", "tags": ["home"],
        "metadata": {"source": "test"}, "timestamp": "2026-01-02T03:04:05Z", "entities": [{"text": "Ana"}, {"text": "Lisbon"}]
    }]))
    .await;
    bank
}

#[apply(each_server)]
async fn a_result_carries_the_fact_whole(subject: Subject) {
    let bank = one_fact(&subject).await;
    let answer = bank.recall(json!({"query": "Where does Ana live in Lisbon?"})).await;
    let [result] = answer["results"].as_array().unwrap().as_slice() else { panic!("{answer}") };
    assert_eq!(result["id"], bank.memory("").await["id"]);
    assert_eq!((&result["text"], &result["type"]), (&json!("Ana lives in Lisbon."), &json!("world")));
    assert_eq!((&result["context"], &result["document_id"]), (&json!("a chat"), &json!("d")));
    assert_eq!((&result["tags"], &result["metadata"]), (&json!(["home"]), &json!({"source": "test"})));
    assert_eq!(result["mentioned_at"], "2026-01-02T03:04:05+00:00");
    assert_eq!(result["chunk_id"], format!("{}_d_0", bank.id));
    let mut names: Vec<_> =
        result["entities"].as_array().unwrap().iter().map(|name| name.as_str().unwrap()).collect();
    names.sort_unstable();
    assert_eq!(names, ["Ana", "Lisbon"]);
}

#[apply(each_server)]
async fn a_result_tells_its_scores(subject: Subject) {
    let bank = one_fact(&subject).await;
    let answer = bank.recall(json!({"query": "Ana lives in Lisbon"})).await;
    let scores = &answer["results"][0]["scores"];
    assert_eq!(keys(scores), ["final", "keyword", "reranker", "semantic"]);
    for arm in ["final", "keyword", "semantic"] {
        assert!(scores[arm].as_f64().unwrap() > 0.0, "{arm}: {scores}");
    }
}

#[apply(each_server)]
async fn entities_come_unasked_and_the_rest_does_not(subject: Subject) {
    let bank = one_fact(&subject).await;
    let answer = bank.recall(json!({"query": "Ana in Lisbon"})).await;
    let ana = &answer["entities"]["Ana"];
    assert_eq!((&ana["canonical_name"], &ana["observations"]), (&json!("Ana"), &json!([])));
    let listed = bank.items("/entities").await;
    assert!(listed.iter().any(|entity| entity["id"] == ana["entity_id"]), "{listed:?}");
    for field in ["chunks", "source_facts", "trace"] {
        assert_eq!(answer[field], Value::Null, "{field}");
    }
}

#[apply(each_server)]
async fn entities_are_left_out_when_not_wanted(subject: Subject) {
    let bank = one_fact(&subject).await;
    let answer = bank.recall(json!({"query": "Ana in Lisbon", "include": {"entities": null}})).await;
    assert_eq!(answer["entities"], Value::Null);
}

#[apply(each_server)]
async fn chunks_come_whole_when_asked_for(subject: Subject) {
    let bank = one_fact(&subject).await;
    let answer =
        bank.recall(json!({"query": "Ana in Lisbon", "include": {"chunks": {"max_tokens": 1000}}})).await;
    let chunk = &answer["chunks"][answer["results"][0]["chunk_id"].as_str().unwrap()];
    assert_eq!((&chunk["text"], &chunk["chunk_index"]), (&json!("Ana lives in Lisbon."), &json!(0)));
    assert_eq!(chunk["truncated"], false);
}

#[apply(each_server)]
async fn a_chunk_beyond_its_budget_is_cut(subject: Subject) {
    let bank = subject.bank_without_model().await;
    bank.say("d", &format!("Ana lives in Lisbon. {}", "And so on. ".repeat(50))).await;
    let answer =
        bank.recall(json!({"query": "Ana in Lisbon", "include": {"chunks": {"max_tokens": 20}}})).await;
    let chunks = answer["chunks"].as_object().unwrap();
    let [chunk] = chunks.values().collect::<Vec<_>>()[..] else { panic!("{chunks:?}") };
    assert_eq!(chunk["truncated"], true);
    assert!(chunk["text"].as_str().unwrap().len() < 200, "{chunk}");
}

#[apply(each_server)]
async fn observations_come_with_their_facts_when_asked_for(subject: Subject) {
    let bank = subject.new_bank();
    bank.say("d", "USER: Ana lives in Lisbon.").await;
    bank.idle().await;
    let request =
        json!({"query": "Ana lives in Lisbon", "types": ["observation"], "include": {"source_facts": {}}});
    let answer = bank.recall(request).await;
    let fact = bank.memory("type=world").await;
    let id = fact["id"].as_str().unwrap();
    assert_eq!(answer["results"][0]["source_fact_ids"], json!([id]));
    assert_eq!(answer["source_facts"][id]["text"], "Ana lives in Lisbon.");
    assert_eq!(answer["source_facts_truncated"], false);
}

#[apply(each_server)]
async fn an_observation_can_stand_for_the_facts_it_was_made_of(subject: Subject) {
    let bank = subject.new_bank();
    bank.say("d", "USER: Ana lives in Lisbon.").await;
    bank.idle().await;
    let types = async |prefer: bool| {
        let answer =
            bank.recall(json!({"query": "Ana lives in Lisbon", "prefer_observations": prefer})).await;
        sorted(answer["results"].as_array().unwrap(), "type")
    };
    assert_eq!(types(false).await, ["observation", "world"]);
    assert_eq!(types(true).await, ["observation"]);
}

#[apply(each_server)]
async fn only_the_types_that_are_asked_for_are_searched(subject: Subject) {
    let bank = subject.new_bank();
    bank.say("d", "USER: Ana lives in Lisbon.").await;
    bank.idle().await;
    for kind in ["world", "observation"] {
        let answer = bank.recall(json!({"query": "Ana lives in Lisbon", "types": [kind]})).await;
        assert_eq!(sorted(answer["results"].as_array().unwrap(), "type"), [kind]);
    }
    let none = bank.recall(json!({"query": "Ana lives in Lisbon", "types": ["experience"]})).await;
    assert_eq!(none["results"], json!([]));
}

#[apply(each_server)]
async fn opinions_are_a_type_of_the_past_and_found_nowhere(subject: Subject) {
    let bank = one_fact(&subject).await;
    assert_eq!(bank.recall(json!({"query": "Ana", "types": ["opinion"]})).await["results"], json!([]));
    let with = bank.recall(json!({"query": "Ana", "types": ["opinion", "world"]})).await;
    assert_eq!(with["results"].as_array().unwrap().len(), 1);
}

#[apply(each_server)]
async fn a_type_that_does_not_exist_is_refused_by_name(subject: Subject) {
    let bank = one_fact(&subject).await;
    let words = bank.post("/memories/recall", json!({"query": "Ana", "types": ["dream"]})).await.refused(422);
    assert!(words.contains("dream"), "{words}");
}

#[apply(each_server)]
async fn a_query_needs_a_word(subject: Subject) {
    let bank = one_fact(&subject).await;
    for query in ["", "  ", "?!", "…"] {
        let answer = bank.post("/memories/recall", json!({"query": query})).await;
        assert_eq!(answer.invalid_at(), "body.query", "{query:?}");
    }
    assert_eq!(bank.post("/memories/recall", json!({})).await.invalid_at(), "body.query");
}

#[apply(each_server)]
async fn an_endless_query_is_cut_and_answered(subject: Subject) {
    let bank = one_fact(&subject).await;
    let answer = bank.recall(json!({"query": "Ana lives in Lisbon ".repeat(400)})).await;
    assert_eq!(answer["results"].as_array().unwrap().len(), 1);
}

#[apply(each_server)]
async fn a_bank_that_does_not_exist_has_no_memories_to_recall(subject: Subject) {
    let bank = subject.new_bank();
    let words = bank.post("/memories/recall", json!({"query": "Ana"})).await.refused(404);
    assert!(words.contains(&bank.id), "{words}");
}

#[apply(each_server)]
async fn a_budget_is_one_of_three(subject: Subject) {
    let bank = one_fact(&subject).await;
    for (budget, number) in [("low", 100), ("mid", 300), ("high", 1000)] {
        let answer = bank.recall(json!({"query": "Ana", "budget": budget, "trace": true})).await;
        assert_eq!(answer["trace"]["query"]["budget"], number, "{budget}");
    }
    let wrong = bank.post("/memories/recall", json!({"query": "Ana", "budget": "huge"})).await;
    assert_eq!(wrong.invalid_at(), "body.budget");
}

#[apply(each_server)]
async fn no_tokens_is_no_facts(subject: Subject) {
    let bank = one_fact(&subject).await;
    assert_eq!(bank.recall(json!({"query": "Ana", "max_tokens": 0})).await["results"], json!([]));
}

#[apply(each_server)]
async fn the_best_fact_comes_even_when_it_does_not_fit(subject: Subject) {
    let bank = one_fact(&subject).await;
    assert_eq!(bank.recalled(json!({"query": "Ana lives in Lisbon", "max_tokens": 1})).await.len(), 1);
}

#[apply(each_server)]
async fn facts_are_packed_until_the_tokens_are_used_up(subject: Subject) {
    let bank = subject.bank_without_model().await;
    let items: Vec<_> = (0..10).map(|n| json!({"content": format!("Ana sails on the lake number {n}."), "document_id": format!("d{n}")})).collect();
    bank.retain(json!(items)).await;
    let all = bank.recalled(json!({"query": "Ana sails on the lake"})).await.len();
    let some = bank.recalled(json!({"query": "Ana sails on the lake", "max_tokens": 40})).await.len();
    assert_eq!(all, 10);
    assert!((3..=5).contains(&some), "{some} facts of 8 to 10 tokens each in 40");
}

#[apply(each_server)]
async fn any_of_the_tags_or_none_at_all_is_the_default(subject: Subject) {
    let bank = tagged(&subject).await;
    assert_eq!(reached(&bank, json!({"tags": ["a"]})).await, ["a", "ab", "none"]);
    assert_eq!(reached(&bank, json!({"tags": ["a"], "tags_match": "any"})).await, ["a", "ab", "none"]);
    assert_eq!(reached(&bank, json!({})).await, ["a", "ab", "b", "none"]);
}

#[apply(each_server)]
async fn all_of_the_tags_or_none_at_all(subject: Subject) {
    let bank = tagged(&subject).await;
    assert_eq!(reached(&bank, json!({"tags": ["a", "b"], "tags_match": "all"})).await, ["ab", "none"]);
}

#[apply(each_server)]
async fn strictly_any_of_the_tags_leaves_the_untagged_out(subject: Subject) {
    let bank = tagged(&subject).await;
    assert_eq!(reached(&bank, json!({"tags": ["a"], "tags_match": "any_strict"})).await, ["a", "ab"]);
}

#[apply(each_server)]
async fn strictly_all_of_the_tags_leaves_the_untagged_out(subject: Subject) {
    let bank = tagged(&subject).await;
    assert_eq!(reached(&bank, json!({"tags": ["a", "b"], "tags_match": "all_strict"})).await, ["ab"]);
}

#[apply(each_server)]
async fn exactly_these_tags_and_no_others(subject: Subject) {
    let bank = tagged(&subject).await;
    assert_eq!(reached(&bank, json!({"tags": ["a"], "tags_match": "exact"})).await, ["a"]);
    assert_eq!(reached(&bank, json!({"tags": ["b", "a"], "tags_match": "exact"})).await, ["ab"]);
    assert_eq!(reached(&bank, json!({"tags": [], "tags_match": "exact"})).await, ["none"]);
}

#[apply(each_server)]
async fn a_tag_match_that_does_not_exist_is_invalid(subject: Subject) {
    let bank = one_fact(&subject).await;
    let request = json!({"query": "Ana", "tags": ["a"], "tags_match": "most"});
    assert_eq!(bank.post("/memories/recall", request).await.invalid_at(), "body.tags_match");
}

#[apply(each_server)]
async fn tag_groups_are_put_together_with_and_or_and_not(subject: Subject) {
    let bank = tagged(&subject).await;
    let leaf = |tag: &str| json!({"tags": [tag]});
    for (groups, found) in [
        (json!([leaf("a")]), &["a", "ab"][..]),
        (json!([leaf("a"), leaf("b")]), &["ab"]),
        (json!([{"and": [leaf("a"), leaf("b")]}]), &["ab"]),
        (json!([{"or": [leaf("a"), leaf("b")]}]), &["a", "ab", "b"]),
        (json!([{"not": leaf("a")}]), &["b", "none"]),
        (json!([leaf("a"), {"not": leaf("b")}]), &["a"]),
        (json!([{"tags": ["a"], "match": "any"}]), &["a", "ab", "none"]),
        (json!([{"tags": ["a"], "match": "exact"}]), &["a"]),
    ] {
        assert_eq!(reached(&bank, json!({"tag_groups": groups})).await, found, "{groups}");
    }
}

#[apply(each_server)]
async fn tags_and_tag_groups_do_not_go_together(subject: Subject) {
    let bank = one_fact(&subject).await;
    let request = json!({"query": "Ana", "tags": ["a"], "tag_groups": [{"tags": ["b"]}]});
    assert_eq!(bank.post("/memories/recall", request).await.invalid_at(), "body");
}

#[apply(each_server)]
async fn a_tag_group_of_another_shape_is_invalid(subject: Subject) {
    let bank = one_fact(&subject).await;
    let place = bank
        .post("/memories/recall", json!({"query": "Ana", "tag_groups": [{"xor": []}]}))
        .await
        .invalid_at();
    assert!(place.starts_with("body.tag_groups.0"), "{place}");
}

#[apply(each_server)]
async fn a_lowest_score_cuts_what_is_below_it(subject: Subject) {
    let bank = one_fact(&subject).await;
    let found = async |scores: Value| {
        bank.recalled(json!({"query": "Ana lives in Lisbon", "min_scores": scores})).await.len()
    };
    assert_eq!(found(json!({"final": 0.0, "semantic": 0.0, "keyword": 0.0})).await, 1);
    assert_eq!(found(json!({"final": 5.0})).await, 0);
    assert_eq!(found(json!({"semantic": 0.999_999, "keyword": 1000.0})).await, 0, "neither arm keeps it");
    assert_eq!(found(json!({"semantic": 0.999_999})).await, 1, "the words still find it");
    assert_eq!(found(json!({"nonsense": 5.0})).await, 1);
}

#[apply(each_server)]
async fn a_window_ranks_what_is_inside_and_hides_nothing(subject: Subject) {
    let bank = subject.bank_without_model().await;
    bank.retain(json!([
        {"content": "Ana sailed on the lake.", "document_id": "june", "timestamp": "2025-06-15T00:00:00Z"},
        {"content": "Ana sailed on the lake.", "document_id": "may", "timestamp": "2025-05-15T00:00:00Z"}
    ]))
    .await;
    for (month, start, end) in [
        ("june", "2025-06-01T00:00:00Z", "2025-06-30T00:00:00Z"),
        ("may", "2025-05-01T00:00:00Z", "2025-05-31T00:00:00Z"),
    ] {
        let request =
            json!({"query": "Ana sailed", "temporal_window": {"start": start, "end": end}, "trace": true});
        let answer = bank.recall(request).await;
        let found = strings(&answer["results"], "document_id");
        assert_eq!((found.len(), found[0].as_str()), (2, month));
        let arms = answer["trace"]["retrieval_results"].as_array().unwrap();
        assert!(arms.iter().any(|arm| arm["method_name"] == "temporal"), "{arms:?}");
    }
}

#[apply(each_server)]
async fn a_window_that_ends_before_it_starts_is_invalid(subject: Subject) {
    let bank = one_fact(&subject).await;
    let window = json!({"start": "2026-03-01T00:00:00Z", "end": "2026-02-01T00:00:00Z"});
    let answer = bank.post("/memories/recall", json!({"query": "Ana", "temporal_window": window})).await;
    assert_eq!(answer.invalid_at(), "body.temporal_window");
}

#[apply(each_server)]
async fn dates_in_the_question_are_understood_from_when_it_is_asked(subject: Subject) {
    let bank = one_fact(&subject).await;
    let window = async |query: &str, asked: &str| {
        let answer = bank.recall(json!({"query": query, "query_timestamp": asked, "trace": true})).await;
        let found = &answer["trace"]["query"]["temporal_constraint"];
        let day = |end: &str| found[end].as_str().map(|time| time[..10].to_owned());
        (day("start"), day("end"))
    };
    let days = |start: &str, end: &str| (Some(start.to_owned()), Some(end.to_owned()));
    let asked = "2026-03-10T12:00:00Z";
    assert_eq!(window("What did Ana do in January 2026?", asked).await, days("2026-01-01", "2026-01-31"));
    assert_eq!(window("What did Ana do yesterday?", asked).await, days("2026-03-09", "2026-03-09"));
    assert_eq!(window("What did Ana do last month?", asked).await, days("2026-02-01", "2026-02-28"));
    assert_eq!(window("What did Ana do last year?", asked).await, days("2025-01-01", "2025-12-31"));
    assert_eq!(window("Where does Ana live?", asked).await, (None, None));
}

#[apply(each_server)]
async fn a_time_of_asking_that_is_no_time_is_refused(subject: Subject) {
    let bank = one_fact(&subject).await;
    bank.post("/memories/recall", json!({"query": "Ana", "query_timestamp": "soon"})).await.refused(400);
}

#[apply(each_server)]
async fn a_trace_has_every_part_that_is_documented(subject: Subject) {
    let bank = one_fact(&subject).await;
    bank.say("other", "Bob rows in Porto with Ana.").await;
    let request = json!({"query": "Where did Ana live in January 2026?", "trace": true, "query_timestamp": "2026-03-01T00:00:00Z"});
    let answer = bank.recall(request).await;
    let trace = &answer["trace"];
    let has = |part: &Value, wanted: &[&str]| {
        for key in wanted {
            assert!(part.get(key).is_some(), "no `{key}` in {part}");
        }
    };
    has(
        trace,
        &[
            "query",
            "retrieval_results",
            "rrf_merged",
            "reranked",
            "entry_points",
            "visits",
            "summary",
            "final_results",
        ],
    );
    has(
        &trace["query"],
        &[
            "query_text",
            "query_embedding",
            "timestamp",
            "budget",
            "max_tokens",
            "tags",
            "tags_match",
            "temporal_constraint",
        ],
    );
    has(
        &trace["summary"],
        &[
            "total_nodes_visited",
            "entry_points_found",
            "budget_used",
            "budget_remaining",
            "total_duration_seconds",
            "results_returned",
            "phase_metrics",
        ],
    );
    has(&trace["summary"]["phase_metrics"][0], &["phase_name", "duration_seconds", "details"]);
    has(&trace["rrf_merged"][0], &["node_id", "text", "rrf_score", "final_rrf_rank", "source_ranks"]);
    has(
        &trace["reranked"][0],
        &["node_id", "text", "rerank_score", "rerank_rank", "rrf_rank", "rank_change", "score_components"],
    );
    has(
        &trace["reranked"][0]["score_components"],
        &["rrf_score", "rrf_normalized", "temporal", "recency", "proof_norm", "combined_score"],
    );
    has(&trace["entry_points"][0], &["node_id", "text", "similarity_score", "rank"]);
    has(
        &trace["visits"][0],
        &["step", "node_id", "text", "context", "event_date", "is_entry_point", "weights", "final_rank"],
    );
    has(
        &trace["visits"][0]["weights"],
        &["activation", "semantic_similarity", "recency", "frequency", "final_weight"],
    );
    has(
        &trace["final_results"][0],
        &[
            "id",
            "text",
            "fact_type",
            "context",
            "event_date",
            "occurred_start",
            "occurred_end",
            "mentioned_at",
            "document_id",
            "chunk_id",
            "tags",
            "metadata",
            "semantic_similarity",
            "rrf_score",
            "rrf_rank",
            "temporal",
            "recency",
            "proof_norm",
            "combined_score",
            "weight",
            "activation",
        ],
    );
    assert!(trace["final_results"][0]["metadata"].is_string(), "metadata of the trace are JSON in a text");
}

#[apply(each_server)]
async fn a_trace_lists_each_arm_for_each_type_with_the_name_of_its_score(subject: Subject) {
    let bank = one_fact(&subject).await;
    let request = json!({"query": "Where did Ana live in January 2026?", "trace": true, "types": ["world"], "query_timestamp": "2026-03-01T00:00:00Z"});
    let answer = bank.recall(request).await;
    let arms = answer["trace"]["retrieval_results"].as_array().unwrap();
    for (method, score) in [
        ("semantic", "similarity"),
        ("bm25", "bm25_score"),
        ("graph", "activation"),
        ("temporal", "temporal_score"),
    ] {
        let arm = arms.iter().find(|arm| arm["method_name"] == method && arm["fact_type"] == "world");
        let arm = arm.unwrap_or_else(|| panic!("no {method}: {arms:?}"));
        assert!(arm["duration_seconds"].is_number() && arm["metadata"].is_object(), "{arm}");
        for (index, result) in arm["results"].as_array().unwrap().iter().enumerate() {
            assert_eq!(
                (&result["rank"], &result["score_name"]),
                (&json!(index + 1), &json!(score)),
                "{method}"
            );
            assert!(result["score"].is_number() && result["node_id"].is_string(), "{result}");
        }
    }
    assert!(!arms.iter().any(|arm| arm["fact_type"] != "world"), "only the asked type is searched");
}

#[apply(each_server)]
async fn the_ranks_of_a_trace_are_the_order_of_the_results(subject: Subject) {
    let bank = tagged(&subject).await;
    let answer = bank.recall(json!({"query": "Ana sails ab", "trace": true})).await;
    let reranked = answer["trace"]["reranked"].as_array().unwrap();
    let ranks: Vec<_> = reranked.iter().map(|fact| fact["rerank_rank"].as_u64().unwrap()).collect();
    assert_eq!(ranks, (1..=4).collect::<Vec<_>>());
    assert_eq!(strings(&answer["trace"]["reranked"], "node_id"), strings(&answer["results"], "id"));
    assert_eq!(answer["trace"]["summary"]["results_returned"], 4);
}

#[apply(each_server)]
async fn what_shares_the_words_stands_before_what_does_not(subject: Subject) {
    let bank = subject.bank_without_model().await;
    bank.say("boat", "Ana bought a blue sailing boat in Faro.").await;
    bank.say("bread", "Bob bakes rye bread on Mondays.").await;
    bank.say("bike", "Carla repairs old bicycles.").await;
    for (query, document) in [("Who bakes bread on Mondays?", "bread"), ("Who repairs bicycles?", "bike")] {
        assert_eq!(
            bank.recall(json!({"query": query})).await["results"][0]["document_id"],
            document,
            "{query}"
        );
    }
}

#[apply(each_server)]
async fn switching_an_arm_off_leaves_it_out(subject: Subject) {
    let bank = one_fact(&subject).await;
    bank.configure(json!({"enable_text_search": false, "enable_graph_retrieval": false})).await;
    let answer =
        bank.recall(json!({"query": "Ana lives in Lisbon", "trace": true, "types": ["world"]})).await;
    for arm in answer["trace"]["retrieval_results"].as_array().unwrap() {
        if matches!(arm["method_name"].as_str(), Some("bm25" | "graph")) {
            assert_eq!(arm["results"], json!([]), "{arm}");
        }
    }
    assert_eq!(answer["results"][0]["scores"]["keyword"], Value::Null);
}

#[apply(each_server)]
async fn a_bank_with_signs_in_its_id_is_recalled_from(subject: Subject) {
    let plain = subject.bank_without_model().await;
    let bank = subject.bank(&format!("{} 100%?#&+ü", plain.id));
    bank.configure(json!({"retain_extraction_mode": "chunks", "enable_observations": false})).await;
    bank.say("a/b ?", "Ana lives in Lisbon.").await;
    let answer = bank.recall(json!({"query": "Ana lives in Lisbon"})).await;
    assert_eq!(answer["results"][0]["document_id"], "a/b ?");
}

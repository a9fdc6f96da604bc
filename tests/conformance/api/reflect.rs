//! `POST reflect`: an answer from memory, what it rests on, and how it was found.

use crate::bank::{Bank, sorted};
use crate::each_server;
use crate::subject::Subject;
use macro_rules_attribute::apply;
use serde_json::{Value, json};

async fn ana(subject: &Subject) -> Bank {
    let bank = subject.new_bank();
    bank.configure(json!({"enable_observations": false})).await;
    bank.retain(json!([{"content": "USER: Ana lives in Lisbon.", "document_id": "d", "tags": ["x"]}])).await;
    bank
}

#[apply(each_server)]
async fn an_answer_is_a_text_and_its_price_and_nothing_else_unless_asked(subject: Subject) {
    let bank = ana(&subject).await;
    let answer = bank.post("/reflect", json!({"query": "Where does Ana live?"})).await.ok();
    assert!(!answer["text"].as_str().unwrap().is_empty());
    assert!(answer["usage"]["total_tokens"].as_u64().unwrap() > 0, "{answer}");
    for field in ["based_on", "structured_output", "structured_output_error", "trace"] {
        assert_eq!(answer[field], Value::Null, "{field}");
    }
}

#[apply(each_server)]
async fn an_answer_names_the_facts_it_rests_on(subject: Subject) {
    let bank = ana(&subject).await;
    let request = json!({"query": "Where does Ana live?", "include": {"facts": {}}});
    let answer = bank.post("/reflect", request).await.ok();
    let memories = answer["based_on"]["memories"].as_array().unwrap();
    let [memory] = memories.as_slice() else { panic!("{answer}") };
    let fact = bank.memory("").await;
    for (field, known) in [
        ("id", "id"),
        ("text", "text"),
        ("type", "fact_type"),
        ("document_id", "document_id"),
        ("tags", "tags"),
    ] {
        assert_eq!(memory[field], fact[known], "{field}");
    }
    assert_eq!(
        (&answer["based_on"]["mental_models"], &answer["based_on"]["directives"]),
        (&json!([]), &json!([]))
    );
}

#[apply(each_server)]
async fn the_way_to_an_answer_is_told_step_by_step(subject: Subject) {
    let bank = ana(&subject).await;
    let request = json!({"query": "Where does Ana live?", "include": {"tool_calls": {"output": true}}});
    let trace = bank.post("/reflect", request).await.ok()["trace"].clone();
    let calls = trace["tool_calls"].as_array().unwrap();
    let recall = calls.iter().find(|call| call["tool"] == "recall").unwrap_or_else(|| panic!("{trace}"));
    assert!(recall["output"].to_string().contains("Ana lives in Lisbon."), "{recall}");
    assert!(
        recall["input"].is_object() && recall["duration_ms"].is_number() && recall["iteration"].is_number()
    );
    let llm_calls = trace["llm_calls"].as_array().unwrap();
    assert!(!llm_calls.is_empty());
    assert!(
        llm_calls.iter().all(|call| call["scope"].is_string() && call["duration_ms"].is_number()),
        "{trace}"
    );
}

#[apply(each_server)]
async fn the_steps_are_told_without_what_came_back_when_not_wanted(subject: Subject) {
    let bank = ana(&subject).await;
    let request = json!({"query": "Where does Ana live?", "include": {"tool_calls": {"output": false}}});
    let trace = bank.post("/reflect", request).await.ok()["trace"].clone();
    assert!(trace["tool_calls"].as_array().unwrap().iter().all(|call| call["output"].is_null()), "{trace}");
}

#[apply(each_server)]
async fn an_answer_is_put_into_the_schema_that_is_asked_for(subject: Subject) {
    let bank = ana(&subject).await;
    let schema = json!({"type": "object", "properties": {"city": {"type": "string"}, "sure": {"type": "boolean"}}, "required": ["city"]});
    let answer =
        bank.post("/reflect", json!({"query": "Where does Ana live?", "response_schema": schema})).await.ok();
    assert!(answer["structured_output"]["city"].is_string(), "{answer}");
    assert_eq!(answer["structured_output_error"], Value::Null);
}

#[apply(each_server)]
async fn asking_a_bank_that_does_not_exist_makes_it(subject: Subject) {
    let bank = subject.new_bank();
    assert!(bank.post("/reflect", json!({"query": "Where does Ana live?"})).await.ok()["text"].is_string());
    bank.get("/stats").await.ok();
}

#[apply(each_server)]
async fn directives_that_apply_are_named(subject: Subject) {
    let bank = ana(&subject).await;
    for (name, tags, active) in [
        ("always", json!([]), true),
        ("tagged", json!(["x"]), true),
        ("other", json!(["z"]), true),
        ("off", json!([]), false),
    ] {
        let directive = json!({"name": name, "content": "Be polite.", "tags": tags, "is_active": active});
        bank.post("/directives", directive).await.ok();
    }
    let named = async |fields: Value| {
        let mut request = json!({"query": "Where does Ana live?", "include": {"facts": {}}});
        request.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
        let answer = bank.post("/reflect", request).await.ok();
        sorted(answer["based_on"]["directives"].as_array().unwrap(), "name")
    };
    assert_eq!(named(json!({})).await, ["always"]);
    assert_eq!(named(json!({"tags": ["x"]})).await, ["always", "tagged"]);
    assert_eq!(named(json!({"apply_all_directives": true})).await, ["always", "other", "tagged"]);
}

#[apply(each_server)]
async fn only_memories_with_the_tags_are_asked(subject: Subject) {
    let bank = ana(&subject).await;
    bank.retain(json!([{"content": "USER: Ana lives in Porto.", "document_id": "e", "tags": ["y"]}])).await;
    let request = json!({"query": "Where does Ana live?", "tags": ["y"], "tags_match": "any_strict", "include": {"facts": {}}});
    let answer = bank.post("/reflect", request).await.ok();
    assert_eq!(sorted(answer["based_on"]["memories"].as_array().unwrap(), "document_id"), ["e"]);
}

#[apply(each_server)]
async fn a_question_is_needed(subject: Subject) {
    let bank = ana(&subject).await;
    assert_eq!(bank.post("/reflect", json!({})).await.invalid_at(), "body.query");
    assert_eq!(
        bank.post("/reflect", json!({"query": "Ana?", "budget": "huge"})).await.invalid_at(),
        "body.budget"
    );
}

//! Looking without changing: what would be extracted, what a model would be sent, and what was.

use crate::bank::{sorted, strings};
use crate::each_server;
use crate::subject::Subject;
use macro_rules_attribute::apply;
use serde_json::{Value, json};

#[apply(each_server)]
async fn extracting_dry_tells_the_facts_and_stores_none(subject: Subject) {
    let bank = subject.new_bank();
    bank.put("", json!({})).await.ok();
    let answer =
        bank.post("/memories/dry-run-extract", json!({"content": "USER: Ana sails. Bob rows."})).await.ok();
    assert_eq!(sorted(answer["facts"].as_array().unwrap(), "text"), ["Ana sails.", "Bob rows."]);
    assert_eq!(answer["facts"][0]["fact_type"], "world");
    assert_eq!(answer["facts"][0]["entities"], json!(["Ana"]));
    let [chunk] = answer["chunks"].as_array().unwrap().as_slice() else { panic!("{answer}") };
    assert_eq!((&chunk["text"], &chunk["fact_count"]), (&json!("USER: Ana sails. Bob rows."), &json!(2)));
    assert!(answer["usage"]["total_tokens"].as_u64().unwrap() > 0);
    assert!(bank.memories("").await.is_empty());
    assert_eq!(bank.get("/documents").await.ok()["total"], 0);
}

#[apply(each_server)]
async fn a_preview_shows_where_the_mission_stands_in_the_prompt(subject: Subject) {
    let bank = subject.new_bank();
    bank.configure(
        json!({"retain_mission": "boats", "reflect_mission": "Be brief.", "observations_mission": "habits"}),
    )
    .await;
    for (operation, field, mission) in [
        ("retain", "retain_mission", "boats"),
        ("reflect", "reflect_mission", "Be brief."),
        ("consolidation", "observations_mission", "habits"),
    ] {
        let preview = bank.post("/prompts/preview", json!({"operation": operation})).await.ok();
        let messages = preview["messages"].as_array().unwrap();
        let blocks: Vec<&Value> =
            messages.iter().flat_map(|message| message["blocks"].as_array().unwrap()).collect();
        let block = blocks
            .iter()
            .find(|block| block["field"] == field)
            .unwrap_or_else(|| panic!("{operation}: {preview}"));
        assert_eq!(
            (&block["source"], &block["value"], &block["editable"]),
            (&json!("config"), &json!(mission), &json!(true))
        );
        assert!(blocks.iter().any(|block| block["source"] == "builtin"), "{operation}");
    }
    bank.post("/prompts/preview", json!({"operation": "dream"})).await.refused(422);
}

#[apply(each_server)]
async fn what_a_model_was_asked_is_kept_with_its_answer(subject: Subject) {
    let bank = subject.new_bank();
    bank.configure(json!({"enable_observations": false})).await;
    bank.say("d", "USER: Ana sails.").await;
    let mut ticks = tokio::time::interval(std::time::Duration::from_millis(100));
    let request = tokio::time::timeout(std::time::Duration::from_secs(30), async {
        loop {
            ticks.tick().await;
            if let Some(request) = bank.items("/llm-requests?scope=retain_extract_facts").await.pop() {
                return request;
            }
        }
    })
    .await
    .expect("the record is written behind the answer");
    assert_eq!((&request["operation"], &request["status"]), (&json!("retain"), &json!("success")));
    assert!(
        request["model"].is_string() && request["provider"].is_string() && request["trace_id"].is_string()
    );
    assert!(request["input"].to_string().contains("Ana sails."));
    assert!(request["output"].to_string().contains("Ana sails."));
    assert!(request["total_tokens"].as_u64().unwrap() > 0);
    let stats = bank.get("/llm-requests/stats").await.ok();
    assert!(stats["buckets"][0]["statuses"]["success"].as_u64().unwrap() >= 1, "{stats}");
    assert_eq!(bank.get("/llm-requests?limit=501").await.invalid_at(), "query.limit");
}

#[apply(each_server)]
async fn calls_are_audited_only_where_that_is_switched_on(subject: Subject) {
    let bank = subject.bank_without_model().await;
    bank.say("d", "Ana sails.").await;
    assert_eq!(bank.get("/audit-logs").await.ok()["total"], 0);
    bank.configure(json!({"audit_log_enabled": true})).await;
    bank.recall(json!({"query": "Ana sails"})).await;
    let mut ticks = tokio::time::interval(std::time::Duration::from_millis(100));
    let logs = tokio::time::timeout(std::time::Duration::from_secs(30), async {
        loop {
            ticks.tick().await;
            let logs = bank.items("/audit-logs?action=recall").await;
            if !logs.is_empty() {
                return logs;
            }
        }
    })
    .await
    .expect("the record is written behind the answer");
    assert_eq!(strings(&json!(logs), "action"), ["recall"]);
    assert_eq!(logs[0]["transport"], "http");
    let entry = bank.get(&format!("/audit-logs/{}", logs[0]["id"].as_str().unwrap())).await.ok();
    assert_eq!(entry["request"]["query"], "Ana sails");
    assert!(bank.get("/audit-logs/stats").await.ok()["buckets"][0]["total"].as_u64().unwrap() >= 1);
}

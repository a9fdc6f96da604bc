//! Numbers of a bank, now and over time.

use crate::each_server;
use crate::subject::Subject;
use macro_rules_attribute::apply;
use serde_json::{Value, json};

#[apply(each_server)]
async fn an_empty_bank_has_nothing_to_count(subject: Subject) {
    let bank = subject.new_bank();
    bank.put("", json!({})).await.ok();
    let stats = bank.get("/stats").await.ok();
    for field in [
        "total_nodes",
        "total_links",
        "total_documents",
        "pending_operations",
        "failed_operations",
        "pending_consolidation",
        "failed_consolidation",
        "total_observations",
    ] {
        assert_eq!(stats[field], 0, "{field}");
    }
    for field in [
        "nodes_by_fact_type",
        "links_by_link_type",
        "links_by_fact_type",
        "links_breakdown",
        "operations_by_status",
    ] {
        assert_eq!(stats[field], json!({}), "{field}");
    }
    assert_eq!((&stats["last_consolidated_at"], &stats["bank_id"]), (&Value::Null, &json!(bank.id)));
}

#[apply(each_server)]
async fn facts_links_documents_and_operations_are_counted(subject: Subject) {
    let bank = subject.new_bank();
    let items = json!([{"content": "USER: Ana sails. Ana rows.", "document_id": "d"}]);
    let answer = bank.post("/memories", json!({"items": items, "async": true})).await.ok();
    bank.completed(&answer).await;
    let stats = bank.idle().await;
    assert_eq!((&stats["total_documents"], &stats["total_nodes"]), (&json!(1), &json!(4)));
    assert_eq!(stats["nodes_by_fact_type"], json!({"world": 2, "observation": 2}));
    assert_eq!(stats["total_observations"], 2);
    assert!(stats["total_links"].as_u64().unwrap() > 0, "{stats}");
    assert!(stats["links_by_link_type"]["entity"].as_u64().unwrap() > 0, "{stats}");
    assert!(stats["operations_by_status"]["completed"].as_u64().unwrap() >= 2, "{stats}");
    assert!(stats["last_consolidated_at"].is_string() && stats["last_memory_write_at"].is_string());
}

#[apply(each_server)]
async fn facts_that_wait_for_consolidation_are_counted(subject: Subject) {
    let bank = subject.new_bank();
    bank.configure(json!({"enable_auto_consolidation": false})).await;
    bank.say("d", "USER: Ana sails. Bob rows.").await;
    assert_eq!(bank.get("/stats?refresh=true").await.ok()["pending_consolidation"], 2);
}

#[apply(each_server)]
async fn every_period_has_its_number_of_buckets_with_zeros_in_between(subject: Subject) {
    let bank = subject.bank_without_model().await;
    bank.say("d", "Ana sails.").await;
    for (period, trunc, buckets) in [
        ("1h", "minute", 60),
        ("12h", "hour", 12),
        ("1d", "hour", 24),
        ("7d", "day", 7),
        ("30d", "day", 30),
        ("90d", "day", 90),
    ] {
        let series = bank.get(&format!("/stats/memories-timeseries?period={period}")).await.ok();
        assert_eq!(
            (&series["period"], &series["trunc"], &series["time_field"]),
            (&json!(period), &json!(trunc), &json!("created_at"))
        );
        let list = series["buckets"].as_array().unwrap();
        assert!((buckets..=buckets + 1).contains(&list.len()), "{period}: {}", list.len());
        assert_eq!(list.iter().map(|bucket| bucket["world"].as_u64().unwrap()).sum::<u64>(), 1, "{period}");
    }
}

#[apply(each_server)]
async fn an_unknown_period_is_a_week(subject: Subject) {
    let bank = subject.bank_without_model().await;
    assert_eq!(bank.get("/stats/memories-timeseries?period=ever").await.ok()["period"], "7d");
    assert_eq!(bank.get("/stats/memories-timeseries").await.ok()["period"], "7d");
}

#[apply(each_server)]
async fn a_series_counts_by_another_time_of_the_facts(subject: Subject) {
    let bank = subject.bank_without_model().await;
    bank.retain(json!([{"content": "Ana sails.", "timestamp": "2020-01-01T00:00:00Z"}])).await;
    let series = bank.get("/stats/memories-timeseries?time_field=mentioned_at").await.ok();
    assert_eq!(series["time_field"], "mentioned_at");
    assert!(series["buckets"].as_array().unwrap().iter().all(|bucket| bucket["world"] == 0));
}

#[apply(each_server)]
async fn a_bank_that_does_not_exist_has_no_numbers(subject: Subject) {
    let bank = subject.new_bank();
    bank.get("/stats").await.refused(404);
    bank.get("/stats/memories-timeseries").await.refused(404);
}

//! The graph of facts: nodes, edges, and the table beside it.

use crate::bank::{Bank, sorted};
use crate::each_server;
use crate::subject::Subject;
use macro_rules_attribute::apply;
use serde_json::{Value, json};

/// Two facts about Ana a minute apart and one of another year.
async fn three(subject: &Subject) -> Bank {
    let bank = subject.bank_without_model().await;
    bank.retain(json!([{
        "content": "Purple tractors rust.", "document_id": "c", "timestamp": "2020-01-01T00:00:00Z"
    }]))
    .await;
    bank.retain(json!([{
        "content": "Ana sails.", "document_id": "a", "timestamp": "2026-01-01T10:00:00Z",
        "entities": [{"text": "Ana"}], "tags": ["x"], "context": "harbour"
    }]))
    .await;
    bank.retain(json!([{
        "content": "Ana rows.", "document_id": "b", "timestamp": "2026-01-01T10:01:00Z",
        "entities": [{"text": "Ana"}], "tags": ["x", "y"]
    }]))
    .await;
    bank
}

fn data(list: &Value) -> Vec<Value> {
    list.as_array().unwrap().iter().map(|entry| entry["data"].clone()).collect()
}

#[apply(each_server)]
async fn every_fact_is_a_node_and_a_row(subject: Subject) {
    let bank = three(&subject).await;
    let graph = bank.get("/graph").await.ok();
    assert_eq!((&graph["total_units"], &graph["limit"]), (&json!(3), &json!(1000)));
    let ids = sorted(&bank.memories("").await, "id");
    let nodes = data(&graph["nodes"]);
    assert_eq!(sorted(&nodes, "id"), ids);
    assert_eq!(sorted(graph["table_rows"].as_array().unwrap(), "id"), ids);
    let sails = nodes.iter().find(|node| node["text"] == "Ana sails.").unwrap();
    assert_eq!((&sails["entities"], &sails["context"]), (&json!("Ana"), &json!("harbour")));
    assert!(sails["label"].is_string() && sails["color"].is_string() && sails["date"].is_string(), "{sails}");
    let rows = graph["table_rows"].as_array().unwrap();
    let row = rows.iter().find(|row| row["text"] == "Ana sails.").unwrap();
    assert_eq!(
        (&row["document_id"], &row["fact_type"], &row["tags"]),
        (&json!("a"), &json!("world"), &json!(["x"]))
    );
}

#[apply(each_server)]
async fn facts_are_joined_by_names_and_by_nearness_in_time(subject: Subject) {
    let bank = three(&subject).await;
    let graph = bank.get("/graph").await.ok();
    let nodes = data(&graph["nodes"]);
    let id = |text: &str| nodes.iter().find(|node| node["text"] == text).unwrap()["id"].clone();
    let pair = [id("Ana sails."), id("Ana rows.")];
    let edges = data(&graph["edges"]);
    for (kind, color, style) in [("entity", "#ffd700", "solid"), ("temporal", "#00bcd4", "dashed")] {
        let edge = edges.iter().find(|edge| {
            edge["linkType"] == kind && pair.contains(&edge["source"]) && pair.contains(&edge["target"])
        });
        let edge = edge.unwrap_or_else(|| panic!("no {kind}: {edges:?}"));
        assert_eq!((&edge["color"], &edge["lineStyle"]), (&json!(color), &json!(style)), "{kind}");
        assert!(edge["weight"].as_f64().unwrap() > 0.9 && edge["id"].is_string(), "{edge}");
    }
    let tractors = id("Purple tractors rust.");
    for edge in edges.iter().filter(|edge| edge["linkType"] == "entity") {
        assert!(edge["source"] != tractors && edge["target"] != tractors, "{edge}");
    }
}

#[apply(each_server)]
async fn a_graph_is_filtered_and_kept_small(subject: Subject) {
    let bank = three(&subject).await;
    let texts =
        async |query: &str| sorted(&data(&bank.get(&format!("/graph?{query}")).await.ok()["nodes"]), "text");
    assert_eq!(texts("q=tractor").await, ["Purple tractors rust."]);
    assert_eq!(texts("document_id=a").await, ["Ana sails."]);
    assert_eq!(texts(&format!("chunk_id={}_b_0", bank.id)).await, ["Ana rows."]);
    assert_eq!(texts("tags=x&tags=y").await, ["Ana rows."], "all of them, strictly, unless told otherwise");
    assert_eq!(texts("tags=x&tags_match=any_strict").await, ["Ana rows.", "Ana sails."]);
    assert_eq!(texts("type=experience").await, Vec::<String>::new());
    let small = bank.get("/graph?limit=1").await.ok();
    assert_eq!(
        (data(&small["nodes"]).len(), &small["total_units"], &small["limit"]),
        (1, &json!(3), &json!(1))
    );
}

#[apply(each_server)]
async fn a_bank_that_does_not_exist_has_no_graph(subject: Subject) {
    subject.new_bank().get("/graph").await.refused(404);
}

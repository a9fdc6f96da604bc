//! Facts changed one by one and many at once, and taken back as they were.

use super::At;
use crate::bank::Bank;
use crate::each_server;
use crate::subject::Subject;
use macro_rules_attribute::apply;
use serde_json::{Value, json};

/// Twenty names that no server takes for one another.
const FRIENDS: [&str; 20] = [
    "Alder", "Birch", "Cedar", "Dogwood", "Elm", "Fir", "Ginkgo", "Hazel", "Ivy", "Juniper", "Katsura",
    "Larch", "Maple", "Nutmeg", "Olive", "Poplar", "Quince", "Rowan", "Spruce", "Tamarack",
];

/// What a person sees of a fact, without what the server says of its own book-keeping.
fn seen(fact: &Value) -> Value {
    let mut entities: Vec<&str> =
        fact["entities"].as_array().unwrap().iter().filter_map(Value::as_str).collect();
    entities.sort_unstable();
    let fields =
        ["text", "context", "occurredStart", "occurredEnd", "mentionedAt", "factType", "state", "tags"];
    let mut seen: serde_json::Map<String, Value> =
        fields.iter().map(|field| ((*field).to_owned(), fact[*field].clone())).collect();
    seen.insert("entities".to_owned(), json!(entities));
    Value::Object(seen)
}

async fn all(at: &At, ids: &[Value]) -> Vec<Value> {
    let mut all = Vec::new();
    for id in ids {
        all.push(seen(&at.ask("memory.get", json!({"id": id})).await["fact"]));
    }
    all
}

/// A bank of twenty facts with entities, and one of another kind.
async fn twenty(subject: &Subject) -> (Bank, At, Vec<Value>) {
    let bank = subject.bank_without_model().await;
    let item = |n: usize| {
        json!({"content": format!("{} <b>of Ana</b> lives in house {n}.", FRIENDS[n]), "document_id": format!("d/{n}?#"),
               "timestamp": "2026-01-02T03:04:05Z", "tags": ["street, with comma"],
               "entities": [{"text": FRIENDS[n]}, {"text": "Ana"}]})
    };
    bank.retain((0..20).map(item).collect()).await;
    let at = At::the(&bank).await;
    let facts = at.facts(json!({"limit": 100})).await;
    assert_eq!(facts.len(), 20, "{facts:?}");
    let ids = facts.iter().map(|fact| fact["id"].clone()).collect();
    (bank, at, ids)
}

#[apply(each_server)]
async fn twenty_facts_are_retired_in_one_run_and_one_undo_brings_them_back(subject: Subject) {
    let (_bank, at, ids) = twenty(&subject).await;
    let before = all(&at, &ids).await;
    let edit = json!({"kind": "patch", "patch": {"state": "invalidated", "reason": "a test"}});
    let preview = at.ask("review.preview", json!({"ids": ids, "edit": edit})).await;
    assert_eq!((&preview["facts"], &preview["changes"]), (&json!(20), &json!(20)), "{preview}");
    let run = at.ask("memory.edit", json!({"ids": ids, "edit": edit, "label": "Invalidate 20 facts"})).await;
    let run = at.settled(&run).await;
    assert_eq!((&run["state"], &run["done"]), (&json!("done"), &json!(20)), "{run}");
    assert_eq!(at.facts(json!({"state": "invalidated", "limit": 100})).await.len(), 20);
    assert!(at.facts(json!({"limit": 100})).await.iter().all(|fact| fact["state"] == "invalidated"));

    let run: Value = at.app.must("run.undo", json!({"id": run["id"]})).await;
    let run = at.settled(&run).await;
    assert_eq!((&run["state"], &run["undone"]), (&json!("undone"), &json!(20)), "{run}");
    assert_eq!(all(&at, &ids).await, before);
}

#[apply(each_server)]
async fn text_dates_kind_and_entities_are_edited_and_come_back(subject: Subject) {
    let (_bank, at, ids) = twenty(&subject).await;
    let before = all(&at, &ids[..1]).await;
    let patch = json!({"text": "Mara <i>likes</i> the new text.", "occurredStart": "2026-02-03", "factType": "experience",
                       "entities": ["Mara"], "resolveEntities": false, "context": "looked at"});
    let order = json!({"label": "Edit a fact", "changes": [{"id": ids[0], "patch": patch}]});
    let run = at.ask("memory.change", order).await;
    assert_eq!(run["state"], "done", "{run}");
    let now = all(&at, &ids[..1]).await;
    let now = &now[0];
    assert_eq!(
        (&now["text"], &now["entities"], &now["factType"], &now["context"]),
        (
            &json!("Mara <i>likes</i> the new text."),
            &json!(["Mara"]),
            &json!("experience"),
            &json!("looked at")
        ),
        "{now}"
    );
    assert!(now["occurredStart"].as_str().unwrap().starts_with("2026-02-03"), "{now}");
    let undone: Value = at.app.must("run.undo", json!({"id": run["id"]})).await;
    assert_eq!(undone["undone"], 1, "{undone}");
    assert_eq!(all(&at, &ids[..1]).await, before);
}

#[apply(each_server)]
async fn a_merge_of_entities_rewrites_the_facts_and_its_undo_separates_them(subject: Subject) {
    let (_bank, at, ids) = twenty(&subject).await;
    let before = all(&at, &ids).await;
    let run = at.ask("entity.merge", json!({"into": "Birch", "from": ["Cedar", "Dogwood"]})).await;
    let run = at.settled(&run).await;
    assert_eq!((&run["state"], &run["done"]), (&json!("done"), &json!(2)), "{run}");
    let now = all(&at, &ids).await;
    assert_eq!(now.iter().filter(|fact| fact["entities"] == json!(["Ana", "Birch"])).count(), 3, "{now:?}");
    let run: Value = at.app.must("run.undo", json!({"id": run["id"]})).await;
    at.settled(&run).await;
    assert_eq!(all(&at, &ids).await, before);
}

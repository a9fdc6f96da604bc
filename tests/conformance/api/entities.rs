//! Entities: the names that facts share, one by one and as a graph.

use crate::bank::{Bank, sorted, strings};
use crate::each_server;
use crate::subject::Subject;
use macro_rules_attribute::apply;
use serde_json::{Value, json};

/// Ana and Bob in one fact, Ana and Porto in another, Ana alone in a third.
async fn ana_and_others(subject: &Subject) -> Bank {
    let bank = subject.bank_without_model().await;
    for (id, names, day) in [
        ("a", &["Ana", "Bob"][..], "2026-01-01"),
        ("b", &["Ana", "Porto"], "2026-01-02"),
        ("c", &["Ana"], "2026-01-03"),
    ] {
        let entities: Vec<_> = names.iter().map(|name| json!({"text": name})).collect();
        bank.retain(json!([{"content": format!("Fact {id}."), "document_id": id, "timestamp": day, "entities": entities, "tags": [id]}])).await;
    }
    bank
}

async fn entity(bank: &Bank, name: &str) -> Value {
    let entities = bank.items("/entities").await;
    entities
        .iter()
        .find(|entity| entity["canonical_name"] == name)
        .unwrap_or_else(|| panic!("{entities:?}"))
        .clone()
}

#[apply(each_server)]
async fn an_entity_tells_how_often_and_when_it_was_named(subject: Subject) {
    let bank = ana_and_others(&subject).await;
    let ana = entity(&bank, "Ana").await;
    assert_eq!((&ana["mention_count"], &ana["metadata"]), (&json!(3), &json!({})));
    assert!(ana["first_seen"].as_str().unwrap().starts_with("2026-01-01"), "{ana}");
    assert!(ana["last_seen"].as_str().unwrap().starts_with("2026-01-03"), "{ana}");
}

#[apply(each_server)]
async fn entities_are_listed_in_pages_the_most_named_first(subject: Subject) {
    let bank = ana_and_others(&subject).await;
    let page = bank.get("/entities").await.ok();
    assert_eq!((&page["total"], &page["limit"], &page["offset"]), (&json!(3), &json!(100), &json!(0)));
    assert_eq!(page["items"][0]["canonical_name"], "Ana");
    let second = bank.get("/entities?limit=1&offset=1").await.ok();
    assert_eq!((&second["total"], second["items"].as_array().unwrap().len()), (&json!(3), 1));
    assert_ne!(second["items"][0]["canonical_name"], "Ana");
}

#[apply(each_server)]
async fn entities_are_filtered_by_the_tags_of_their_facts(subject: Subject) {
    let bank = ana_and_others(&subject).await;
    assert_eq!(
        sorted(&bank.items("/entities?tags=a&tags_match=any_strict").await, "canonical_name"),
        ["Ana", "Bob"]
    );
}

#[apply(each_server)]
async fn one_entity_reads_as_in_the_list(subject: Subject) {
    let bank = ana_and_others(&subject).await;
    let listed = entity(&bank, "Ana").await;
    let ana = bank.get(&format!("/entities/{}", listed["id"].as_str().unwrap())).await.ok();
    for field in ["id", "canonical_name", "mention_count", "first_seen", "last_seen", "metadata"] {
        assert_eq!(ana[field], listed[field], "{field}");
    }
    assert_eq!(ana["observations"], json!([]));
}

#[apply(each_server)]
async fn an_entity_that_is_not_there_and_an_id_that_is_none_are_told_apart(subject: Subject) {
    let bank = ana_and_others(&subject).await;
    bank.get("/entities/00000000-0000-4000-8000-000000000000").await.refused(404);
    bank.get("/entities/no-uuid").await.refused(400);
    bank.start("/entities/00000000-0000-4000-8000-000000000000/regenerate").await.refused(410);
}

#[apply(each_server)]
async fn names_that_occur_together_are_joined_by_an_edge(subject: Subject) {
    let bank = ana_and_others(&subject).await;
    let graph = bank.get("/entities/graph").await.ok();
    let nodes: Vec<Value> =
        graph["nodes"].as_array().unwrap().iter().map(|node| node["data"].clone()).collect();
    assert_eq!(sorted(&nodes, "label"), ["Ana", "Bob", "Porto"]);
    let id = |name: &str| {
        nodes.iter().find(|node| node["label"] == name).unwrap()["id"].as_str().unwrap().to_owned()
    };
    let ends: Vec<_> = graph["edges"]
        .as_array()
        .unwrap()
        .iter()
        .map(|edge| {
            let edge = &edge["data"];
            assert_eq!((&edge["linkType"], &edge["weight"]), (&json!("cooccurrence"), &json!(1)));
            assert!(edge["lastCooccurred"].is_string());
            let mut ends =
                [edge["source"].as_str().unwrap().to_owned(), edge["target"].as_str().unwrap().to_owned()];
            ends.sort();
            ends
        })
        .collect();
    for other in ["Bob", "Porto"] {
        let mut wanted = [id("Ana"), id(other)];
        wanted.sort();
        assert!(ends.contains(&wanted), "{other}: {graph}");
    }
    assert_eq!(ends.len(), 2);
}

#[apply(each_server)]
async fn the_graph_of_entities_can_be_kept_small(subject: Subject) {
    let bank = ana_and_others(&subject).await;
    assert_eq!(bank.get("/entities/graph?limit=1").await.ok()["edges"].as_array().unwrap().len(), 1);
    assert_eq!(bank.get("/entities/graph?min_count=2").await.ok()["edges"], json!([]));
}

#[apply(each_server)]
async fn names_that_nothing_names_any_more_are_gone(subject: Subject) {
    let bank = ana_and_others(&subject).await;
    bank.delete("/documents/a").await.ok();
    assert_eq!(entity(&bank, "Ana").await["mention_count"], 2);
    let named: Vec<_> =
        bank.items("/entities").await.into_iter().filter(|entity| entity["mention_count"] != 0).collect();
    assert_eq!(sorted(&named, "canonical_name"), ["Ana", "Porto"]);
}

#[apply(each_server)]
async fn a_bank_that_does_not_exist_has_no_entities(subject: Subject) {
    let bank = subject.new_bank();
    bank.get("/entities").await.refused(404);
    bank.get("/entities/graph").await.refused(404);
}

#[apply(each_server)]
async fn a_name_with_one_letter_wrong_is_the_same_unless_told_otherwise(subject: Subject) {
    let bank = subject.bank_without_model().await;
    let named = |id: &str, name: &str, resolve: bool| json!([{"content": "A fact.", "document_id": id, "entities": [{"text": name}, {"text": "Harbour Club"}], "resolve_entities": resolve}]);
    bank.retain(named("a", "Christina Almeida", true)).await;
    bank.retain(named("b", "Christina Almeyda", true)).await;
    assert_eq!(strings(&json!(bank.items("/entities").await), "canonical_name").len(), 2);
    bank.retain(named("c", "Christina Almeida-Santos", false)).await;
    assert_eq!(strings(&json!(bank.items("/entities").await), "canonical_name").len(), 3);
}

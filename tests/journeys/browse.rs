//! Entities, graph, timeline and documents of a bank on the engine in this app.

use rearview_tests::temp_app::TempApp;
use serde_json::{Value, json};
use std::collections::HashSet;

/// An app with the sample bank.
async fn sample() -> TempApp {
    let app = TempApp::with_engine().await;
    let _: Value = app.must("engine.loadSample", json!({})).await;
    app
}

fn of(more: Value) -> Value {
    let mut request = json!({"serverId": "embedded", "bankId": "sample"});
    request.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    request
}

async fn ask(app: &TempApp, name: &str, more: Value) -> Value {
    app.must(name, of(more)).await
}

fn items(value: &Value) -> &Vec<Value> {
    value["items"].as_array().unwrap()
}

#[tokio::test]
async fn all_entities_are_listed_once_and_their_facts_are_no_more_than_the_mentions() {
    let app = sample().await;
    let list = ask(&app, "entity.list", json!({})).await;
    let ids: HashSet<&str> = items(&list).iter().map(|entity| entity["id"].as_str().unwrap()).collect();
    assert_eq!(ids.len(), items(&list).len());
    assert_eq!(list["total"], items(&list).len());
    assert!(ids.len() > 10, "{list}");
    let most = &items(&list)[0];
    let facts = ask(&app, "memory.list", json!({"filter": {"entityId": most["id"]}})).await;
    // An invalidated fact still mentions it.
    assert!(
        facts["total"].as_u64() > Some(0) && facts["total"].as_u64() <= most["mentionCount"].as_u64(),
        "{most}"
    );
}

#[tokio::test]
async fn entities_are_read_anew_after_a_change_and_not_before() {
    let app = sample().await;
    let before = ask(&app, "entity.list", json!({})).await;
    assert_eq!(ask(&app, "entity.list", json!({})).await, before);
    let name = items(&before)[0]["canonicalName"].as_str().unwrap().to_owned();
    let facts =
        ask(&app, "memory.list", json!({"filter": {"entityId": items(&before)[0]["id"], "limit": 1}})).await;
    let fact = items(&facts)[0]["id"].as_str().unwrap().to_owned();
    let client = rearview_tests::temp_app::engine_client(&app).await;
    let patch = rearview_hindsight::MemoryPatch {
        entities: Some(vec![name, "A name that is new here".to_owned()]),
        resolve_entities: Some(false),
        ..Default::default()
    };
    client.patch_memory(&"sample".into(), &fact, &patch).await.unwrap();
    let after = ask(&app, "entity.list", json!({})).await;
    assert!(
        items(&after).iter().any(|entity| entity["canonicalName"] == "A name that is new here"),
        "{after}"
    );
}

#[tokio::test]
async fn names_that_look_alike_are_grouped_and_a_merge_says_what_it_would_rewrite() {
    let app = sample().await;
    let list = ask(&app, "entity.list", json!({})).await;
    let kept = items(&list)[0].clone();
    let name = kept["canonicalName"].as_str().unwrap().to_owned();
    // The same words the other way round, on one fact that names the first too and on one that does not.
    let twin = name.split(' ').rev().collect::<Vec<_>>().join(" ");
    let client = rearview_tests::temp_app::engine_client(&app).await;
    let facts = ask(&app, "memory.list", json!({"filter": {"factType": "world", "limit": 60}})).await;
    let names = |fact: &Value| -> Vec<String> {
        fact["entities"].as_array().unwrap().iter().map(|name| name.as_str().unwrap().to_owned()).collect()
    };
    let both = items(&facts).iter().find(|fact| names(fact).contains(&name)).unwrap();
    let one = items(&facts).iter().find(|fact| !names(fact).contains(&name)).unwrap();
    for fact in [both, one] {
        let patch = rearview_hindsight::MemoryPatch {
            entities: Some(names(fact).into_iter().chain([twin.clone()]).collect()),
            resolve_entities: Some(false),
            ..Default::default()
        };
        client.patch_memory(&"sample".into(), fact["id"].as_str().unwrap(), &patch).await.unwrap();
    }
    let alikes = ask(&app, "entity.alikes", json!({})).await;
    let group = alikes["groups"].as_array().unwrap().iter().find(|group| {
        group["entities"].as_array().unwrap().iter().any(|entity| entity["canonicalName"] == json!(twin))
    });
    let group = group.unwrap_or_else(|| panic!("{twin} stands in no group: {alikes}"));
    assert_eq!(group["likeness"], "order");
    let other =
        group["entities"].as_array().unwrap().iter().find(|entity| entity["canonicalName"] == json!(twin));
    let plan = ask(&app, "entity.mergePlan", json!({"keep": name, "others": [other.unwrap()["id"]]})).await;
    assert_eq!((plan["facts"].as_array().unwrap().len(), &plan["namedBoth"]), (2, &json!(1)), "{plan}");
    for fact in plan["facts"].as_array().unwrap() {
        let after = fact["after"].as_array().unwrap();
        assert_eq!(after.iter().filter(|after| **after == json!(name)).count(), 1, "{fact}");
        assert!(!after.contains(&json!(twin)), "{fact}");
    }
    app.refused("entity.mergePlan", of(json!({"keep": name, "others": ["nobody"]}))).await;
}

fn whole(graph: &Value) {
    let keys: HashSet<&str> =
        graph["nodes"].as_array().unwrap().iter().map(|node| node["key"].as_str().unwrap()).collect();
    assert_eq!(keys.len(), graph["nodes"].as_array().unwrap().len(), "a node stands twice");
    let mut pairs = HashSet::new();
    for link in graph["links"].as_array().unwrap() {
        let (a, b) = (link["source"].as_str().unwrap(), link["target"].as_str().unwrap());
        assert!(keys.contains(a) && keys.contains(b) && a != b, "{link}");
        assert!(pairs.insert((a.min(b), a.max(b))), "a pair stands twice: {link}");
        assert!(!link["parts"].as_array().unwrap().is_empty(), "{link}");
    }
    assert!(graph["totalNodes"].as_u64().unwrap() >= keys.len() as u64, "{}", graph["totalNodes"]);
}

fn kinds(graph: &Value) -> HashSet<&str> {
    let links = graph["links"].as_array().unwrap().iter();
    links
        .flat_map(|link| link["parts"].as_array().unwrap())
        .map(|part| part["kind"].as_str().unwrap())
        .collect()
}

#[tokio::test]
async fn around_a_fact_stand_what_it_names_what_is_like_it_and_what_was_said_with_it() {
    let app = sample().await;
    let facts = ask(&app, "memory.list", json!({"filter": {"q": "hazelnut", "factType": "world"}})).await;
    let fact = &items(&facts)[0];
    let graph = ask(&app, "graph.around", json!({"around": {"kind": "fact", "id": fact["id"]}})).await;
    whole(&graph);
    let kinds = kinds(&graph);
    assert!(kinds.contains("names"), "{kinds:?}");
    assert!(kinds.contains("semantic") || kinds.contains("recalled"), "{kinds:?}");
    assert_eq!(graph["notes"], json!([]), "nothing had to be left out");
    let middle = format!("f:{}", fact["id"].as_str().unwrap());
    let beside = |link: &&Value| link["source"] == json!(middle) || link["target"] == json!(middle);
    assert!(graph["links"].as_array().unwrap().iter().filter(beside).count() > 3, "{graph}");
    let gone = of(json!({"around": {"kind": "fact", "id": "00000000-0000-0000-0000-000000000000"}}));
    let error = app.refused("graph.around", gone).await;
    assert_eq!(serde_json::to_value(error.code).unwrap(), "notFound");
}

#[tokio::test]
async fn around_an_observation_stand_the_facts_it_was_made_of() {
    let app = sample().await;
    let list = ask(&app, "memory.list", json!({"filter": {"factType": "observation", "limit": 1}})).await;
    let observation = &items(&list)[0];
    let graph = ask(&app, "graph.around", json!({"around": {"kind": "fact", "id": observation["id"]}})).await;
    whole(&graph);
    assert!(kinds(&graph).contains("source"), "{graph}");
}

#[tokio::test]
async fn around_an_entity_stand_its_facts_and_what_else_they_name() {
    let app = sample().await;
    let list = ask(&app, "entity.list", json!({})).await;
    let most = &items(&list)[0];
    let graph = ask(&app, "graph.around", json!({"around": {"kind": "entity", "id": most["id"]}})).await;
    whole(&graph);
    let nodes = graph["nodes"].as_array().unwrap();
    let of_kind = |kind: &str| nodes.iter().filter(|node| node["kind"] == kind).count();
    assert_eq!(of_kind("fact") as u64, most["mentionCount"].as_u64().unwrap().min(60));
    assert!(of_kind("entity") > 1, "{graph}");
}

#[tokio::test]
async fn the_whole_bank_is_drawn_up_to_a_number_and_says_how_much_there_is() {
    let app = sample().await;
    let graph = ask(&app, "graph.bank", json!({"filter": {"limit": 40}})).await;
    whole(&graph);
    let facts = graph["nodes"].as_array().unwrap().iter().filter(|node| node["kind"] == "fact").count();
    assert_eq!(facts, 40);
    assert!(graph["totalNodes"].as_u64().unwrap() > 187, "{}", graph["totalNodes"]);
    assert!(!kinds(&graph).contains("entity"), "entities are nodes, not links");
    let pairs = ask(&app, "graph.entities", json!({"limit": 50, "least": 1})).await;
    whole(&pairs);
    assert_eq!(kinds(&pairs), HashSet::from(["together"]));
    assert!(pairs["links"].as_array().unwrap().len() <= 50);
}

#[tokio::test]
async fn the_strip_counts_every_dated_fact_once_and_the_undated_are_found() {
    let app = sample().await;
    let total = ask(&app, "memory.list", json!({"filter": {"limit": 0}})).await["total"].as_u64().unwrap();
    for clock in ["occurred_start", "mentioned_at", "created_at"] {
        let strip = ask(&app, "timeline.strip", json!({"clock": clock, "filter": {}})).await;
        let bars = strip["bars"].as_array().unwrap();
        let sum: u64 = bars.iter().map(|bar| bar["count"].as_u64().unwrap()).sum();
        assert_eq!(sum, strip["dated"].as_u64().unwrap(), "{clock}: {strip}");
        assert_eq!(sum + strip["undated"].as_u64().unwrap(), total, "{clock}");
        assert!((1..=73).contains(&bars.len()), "{clock}: {}", bars.len());
        for pair in bars.windows(2) {
            assert_eq!(pair[0]["to"], pair[1]["from"], "{clock}");
        }
        // A bar, asked for by itself, holds what it said.
        let fullest = bars.iter().max_by_key(|bar| bar["count"].as_u64()).unwrap();
        let filter =
            json!({"timeField": clock, "startDate": fullest["from"], "endDate": fullest["to"], "limit": 0});
        assert_eq!(
            ask(&app, "memory.list", json!({"filter": filter})).await["total"],
            fullest["count"],
            "{clock}"
        );
    }
    let strip = ask(&app, "timeline.strip", json!({"clock": "occurred_start", "filter": {}})).await;
    let found =
        ask(&app, "timeline.undated", json!({"clock": "occurred_start", "filter": {}, "offset": 0})).await;
    assert_eq!(items(&found).len() as u64, strip["undated"].as_u64().unwrap());
    assert!(items(&found).iter().all(|fact| fact["occurredStart"].is_null()), "{found}");
    assert_eq!((&found["next"], &found["looked"]), (&Value::Null, &json!(total)));
}

#[tokio::test]
async fn a_span_is_zoomed_and_a_filter_holds_on_the_strip() {
    let app = sample().await;
    let all = ask(&app, "timeline.strip", json!({"clock": "mentioned_at", "filter": {}})).await;
    let fullest =
        all["bars"].as_array().unwrap().iter().max_by_key(|bar| bar["count"].as_u64()).unwrap().clone();
    let span = json!({"startDate": fullest["from"], "endDate": fullest["to"]});
    let near = ask(&app, "timeline.strip", json!({"clock": "mentioned_at", "filter": span})).await;
    assert_eq!(near["dated"], fullest["count"]);
    assert_ne!(near["unit"], all["unit"], "a span of one bar is shown in finer ones");
    let observed = json!({"clock": "mentioned_at", "filter": {"factType": "observation"}});
    let observed = ask(&app, "timeline.strip", observed).await;
    assert!(observed["total"].as_u64().unwrap() < all["total"].as_u64().unwrap());
}

#[tokio::test]
async fn a_document_is_listed_read_in_chunks_tagged_and_deleted_with_what_goes_with_it() {
    let app = sample().await;
    let page = ask(&app, "document.list", json!({"filter": {"limit": 100}})).await;
    assert_eq!(page["total"], 61);
    let found =
        items(&page).iter().max_by_key(|document| document["memoryUnitCount"].as_u64()).unwrap().clone();
    let me = json!({"documentId": found["id"]});
    let view = ask(&app, "document.read", me.clone()).await;
    assert!(view["document"]["originalText"].is_string() && view["turn"].is_null(), "{view}");
    let chunks = ask(&app, "document.chunks", json!({"documentId": found["id"], "offset": 0})).await;
    let text = view["document"]["originalText"].as_str().unwrap();
    assert!(
        items(&chunks).iter().all(|chunk| text.contains(chunk["text"].as_str().unwrap().trim())),
        "{chunks}"
    );
    let tagged = json!({"documentId": found["id"], "tags": ["ein Schild, mit Komma", "<b>"]});
    let _ = ask(&app, "document.retag", tagged.clone()).await;
    let view = ask(&app, "document.read", me.clone()).await;
    assert_eq!(view["document"]["tags"], tagged["tags"]);
    let history = ask(&app, "document.history", me.clone()).await;
    assert!(items(&history).iter().any(|event| event["kind"] == "retag"), "{history}");
    let goes = ask(&app, "document.goes", me.clone()).await;
    assert_eq!(
        (&goes["goes"]["facts"], &goes["goes"]["complete"]),
        (&found["memoryUnitCount"], &json!(true))
    );
    let deleted = ask(&app, "document.delete", me.clone()).await;
    assert_eq!(deleted["memories"], found["memoryUnitCount"]);
    assert!(ask(&app, "document.read", me.clone()).await["document"].is_null());
    let again = app.refused("document.delete", of(me)).await;
    assert_eq!(serde_json::to_value(again.code).unwrap(), "notFound");
}

#[tokio::test]
async fn a_document_whose_text_is_replaced_keeps_its_id_tags_and_time_and_says_what_is_lost() {
    let app = sample().await;
    let page = ask(&app, "document.list", json!({"filter": {"limit": 100}})).await;
    let found =
        items(&page).iter().max_by_key(|document| document["memoryUnitCount"].as_u64()).unwrap().clone();
    let me = json!({"documentId": found["id"]});
    let _ = ask(&app, "document.retag", json!({"documentId": found["id"], "tags": ["kept"]})).await;
    let before = ask(&app, "document.read", me.clone()).await["document"].clone();
    let filter = json!({"filter": {"documentId": found["id"], "limit": 100}});
    let facts = ask(&app, "memory.list", filter.clone()).await;
    let own: Vec<&Value> =
        items(&facts).iter().filter(|fact| fact["factType"] != "observation").take(2).collect();
    let changes = json!([
        {"id": own[0]["id"], "patch": {"text": "Edited by hand."}},
        {"id": own[1]["id"], "patch": {"state": "invalidated", "reason": "a test"}},
    ]);
    let _ = ask(&app, "memory.change", json!({"label": "Two edits", "changes": changes})).await;
    let goes = ask(&app, "document.goes", me.clone()).await["goes"].clone();
    assert_eq!((&goes["edited"], &goes["invalidated"]), (&json!(1), &json!(1)), "{goes}");

    let text = "Mara keeps seven hens behind the old mill.";
    let with =
        |text: &str, hash: &Value| json!({"documentId": found["id"], "text": text, "contentHash": hash});
    let stale = app.refused("document.replace", of(with(text, &json!("another hash")))).await;
    assert_eq!(serde_json::to_value(stale.code).unwrap(), "conflict");
    app.refused("document.replace", of(with("  ", &before["contentHash"]))).await;
    let nothing = json!({"documentId": "nothing/of ?that#kind", "text": text});
    let nothing = app.refused("document.replace", of(nothing)).await;
    assert_eq!(serde_json::to_value(nothing.code).unwrap(), "notFound");
    assert_eq!(
        ask(&app, "document.read", me.clone()).await["document"]["originalText"],
        before["originalText"]
    );

    let begun = ask(&app, "document.replace", with(text, &before["contentHash"])).await;
    let operation = json!({"operationId": begun["operationId"]});
    let ended = async {
        while ask(&app, "operation.read", operation.clone()).await["status"] != "completed" {
            tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        }
    };
    tokio::time::timeout(rearview_tests::gate::PATIENCE, ended).await.expect("it is read anew");
    let after = ask(&app, "document.read", me.clone()).await["document"].clone();
    assert_eq!(after["originalText"], text);
    assert_eq!((&after["id"], &after["tags"]), (&before["id"], &json!(["kept"])));
    let time = |document: &Value| document["retainParams"]["event_date"].clone();
    assert_eq!(time(&after), time(&before), "an edit today was not said today");
    assert_eq!(after["documentMetadata"], before["documentMetadata"]);
    let facts = ask(&app, "memory.list", filter).await;
    assert!(items(&facts).iter().all(|fact| fact["text"].as_str().unwrap().contains("hens")), "{facts}");
    assert!(!items(&facts).is_empty());
    let listed = ask(&app, "document.list", json!({"filter": {"limit": 100}})).await;
    assert_eq!(listed["total"], page["total"], "no second document was made");
}

#[tokio::test]
async fn a_picture_of_the_graph_is_written_as_a_file_and_nothing_else_is() {
    let app = sample().await;
    let png =
        "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";
    let save = |bank: &str, base64: &str| json!({"bankId": bank, "base64": base64});
    let first: Value = app.must("graph.savePicture", save("../a/b", png)).await;
    let second: Value = app.must("graph.savePicture", save("../a/b", png)).await;
    let path = |file: &Value| std::path::PathBuf::from(file["path"].as_str().unwrap());
    assert_eq!(path(&first).parent(), Some(app.dir().join("downloads").as_path()), "{first}");
    assert_ne!(first, second, "the first one is not overwritten");
    assert!(std::fs::read(path(&first)).unwrap().starts_with(b"\x89PNG"));
    for wrong in ["", "no base64 !", "PHNjcmlwdD4="] {
        app.refused("graph.savePicture", save("a", wrong)).await;
    }
}

#[tokio::test]
async fn a_document_of_a_chat_leads_to_its_turn_and_is_read_anew() {
    let app = TempApp::with_engine().await;
    let chat = app.chat_with(json!({"kind": "normal", "model": "demo/demo"})).await;
    let ended = app.say(&chat, "My sister Ana moved to Lisbon in March.").await;
    app.stored(&ended).await;
    let here = |more: Value| {
        let mut request = json!({"serverId": "embedded", "bankId": "default"});
        request.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        request
    };
    let page: Value = app.must("document.list", here(json!({"filter": {}}))).await;
    let id = items(&page)[0]["id"].clone();
    let view: Value = app.must("document.read", here(json!({"documentId": id}))).await;
    assert_eq!(view["turn"]["chatId"], json!(chat), "{view}");
    assert_eq!(view["turn"]["turnId"], json!(ended.turn.id));
    let begun: Value = app.must("document.reprocess", here(json!({"documentId": id}))).await;
    assert!(begun["operationId"].is_string(), "{begun}");
    let gone = app.refused("document.reprocess", here(json!({"documentId": "nothing/of ?that#kind"}))).await;
    assert_eq!(serde_json::to_value(gone.code).unwrap(), "notFound");
}

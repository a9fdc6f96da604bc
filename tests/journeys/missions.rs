//! Missions and settings of a bank on the engine in this app: saved, kept in versions, tried on the sample's documents by
//! rules and by a scripted model; settings set, given back, refused.

use rearview_api::table;
use rearview_tests::scripted_provider::{Script, ScriptedProvider};
use rearview_tests::temp_app::{TempApp, engine_client};
use serde_json::{Value, json};

async fn sample() -> TempApp {
    let app = TempApp::with_engine().await;
    let _: Value = app.must("engine.loadSample", json!({})).await;
    // Its own missions would be a version of each journey.
    engine_client(&app).await.reset_config(&"sample".into()).await.unwrap();
    app
}

/// A request about the sample bank, with more fields.
fn of(more: Value) -> Value {
    let mut request = json!({"serverId": "embedded", "bankId": "sample"});
    for (key, value) in more.as_object().into_iter().flatten() {
        request[key] = value.clone();
    }
    request
}

async fn versions(app: &TempApp) -> Vec<Value> {
    let page: Value = app.must("mission.versions", of(json!({}))).await;
    page["items"].as_array().unwrap().clone()
}

/// All events of a lab and how it ended.
async fn lab(app: &TempApp, settings: Value, documents: &[Value]) -> (Vec<Value>, Result<(), String>) {
    let request = of(json!({"settings": settings, "documentIds": documents})).to_string();
    let (sink, mut events) = tokio::sync::mpsc::unbounded_channel();
    let ended = table::stream(app.app(), "mission.lab", &request, Box::new(sink)).await;
    let mut read = Vec::new();
    while let Some(event) = events.recv().await {
        read.push(serde_json::from_str(&event).unwrap());
    }
    (read, ended.map_err(|error| error.message))
}

#[tokio::test]
async fn a_saved_mission_is_kept_as_a_version_and_an_earlier_one_can_be_saved_again() {
    let app = sample().await;
    let before: Value = app.must("bankConfig.read", of(json!({}))).await;
    assert_eq!(before["reader"]["kind"], "rules");
    let first = json!({"retain_mission": "Boats <b>only</b>", "disposition_empathy": 5});
    let saved: Value = app.must("mission.save", of(json!({"settings": first, "base": {}}))).await;
    assert_eq!(saved["config"]["overrides"], first);
    let second = json!({"retain_mission": "Boats and birds"});
    let _: Value = app.must("mission.save", of(json!({"settings": second, "base": first}))).await;
    let kept = versions(&app).await;
    let origins: Vec<_> = kept.iter().map(|one| (&one["origin"], &one["settings"])).collect();
    assert_eq!(origins, [(&json!("saved"), &second), (&json!("saved"), &first)]);

    let again = of(json!({"version": kept[1]["id"]}));
    let reverted: Value = app.must("mission.revert", again).await;
    assert_eq!(reverted["config"]["overrides"], first);
    let newest = versions(&app).await.remove(0);
    assert_eq!((&newest["origin"], &newest["revertedTo"]), (&json!("reverted"), &kept[1]["id"]));
    app.refused("mission.revert", of(json!({"version": 99}))).await;
    app.refused("mission.save", of(json!({"settings": {"retain_chunk_size": 1}}))).await;
}

#[tokio::test]
async fn what_others_change_is_seen_kept_and_never_saved_over_unknowingly() {
    let app = sample().await;
    let client = engine_client(&app).await;
    let change = |mission: &str| {
        json!({"observations_mission": mission, "retain_chunk_size": 900}).as_object().cloned().unwrap()
    };
    client.patch_config(&"sample".into(), change("theirs")).await.unwrap();
    let _: Value = app.must("bankConfig.read", of(json!({}))).await;
    let _: Value = app.must("bankConfig.read", of(json!({}))).await;
    let kept = versions(&app).await;
    assert_eq!(kept.len(), 1, "looking twice keeps one version: {kept:?}");
    assert_eq!(kept[0]["origin"], "seen");
    // Settings that are no mission are no part of a version.
    assert_eq!(kept[0]["settings"], json!({"observations_mission": "theirs"}));

    client.patch_config(&"sample".into(), change("theirs again")).await.unwrap();
    let mine = json!({"observations_mission": "mine"});
    let request = of(json!({"settings": mine, "base": {"observations_mission": "theirs"}}));
    let refused = app.refused("mission.save", request).await;
    assert_eq!(serde_json::to_value(refused.code).unwrap(), "conflict");
    let config: Value = app.must("bankConfig.read", of(json!({}))).await;
    assert_eq!(config["config"]["overrides"]["observations_mission"], "theirs again");
    let saved: Value = app.must("mission.save", of(json!({"settings": mine}))).await;
    assert_eq!(saved["config"]["overrides"]["observations_mission"], "mine");
    assert_eq!(saved["config"]["overrides"]["retain_chunk_size"], 900);
    let origins: Vec<_> = versions(&app).await.iter().map(|one| one["origin"].clone()).collect();
    assert_eq!(origins, ["saved", "seen", "seen"]);
}

#[tokio::test]
async fn settings_are_set_given_back_and_refused_with_the_servers_own_words() {
    let app = sample().await;
    let set: Value = app
        .must(
            "bankConfig.change",
            of(json!({"updates": {"retain_chunk_size": 500, "enable_reranking": false}})),
        )
        .await;
    assert_eq!(set["config"]["config"]["retain_chunk_size"], 500);
    assert_eq!(set["config"]["withoutEffect"], json!(["enable_reranking"]));
    for (key, value) in [("retain_chunk_size", json!("big")), ("nope", json!(1)), ("llm_api_key", json!("x"))]
    {
        let refused = app.refused("bankConfig.change", of(json!({"updates": {key: value}}))).await;
        let words = format!("{} {:?}", refused.message, refused.source);
        assert!(words.contains(key), "{words}");
    }
    let back: Value =
        app.must("bankConfig.change", of(json!({"updates": {"retain_chunk_size": null}}))).await;
    assert_eq!(back["config"]["config"]["retain_chunk_size"], 3000);
    assert!(versions(&app).await.is_empty(), "no mission was touched");

    let _: Value = app.must("bankConfig.change", of(json!({"updates": {"reflect_mission": "x"}}))).await;
    let reset: Value = app.must("bankConfig.reset", of(json!({}))).await;
    assert_eq!(reset["config"]["overrides"], json!({}));
    let kept = versions(&app).await;
    assert_eq!(kept[0]["settings"], json!({}));
    assert_eq!(kept[1]["settings"], json!({"reflect_mission": "x"}), "a reset loses no mission");
}

#[tokio::test]
async fn rules_read_the_last_documents_twice_alike_and_cost_nothing() {
    let app = sample().await;
    let settings = json!({"retain_mission": "Only boats."});
    let plan: Value = app.must("mission.planLab", of(json!({"settings": settings, "count": 5}))).await;
    let documents = plan["documents"].as_array().unwrap();
    assert_eq!(
        (documents.len(), &plan["cost"], &plan["reader"]["kind"]),
        (5, &json!(0.0), &json!("rules")),
        "{plan}"
    );
    assert_eq!((&plan["before"]["calls"], &plan["differs"]), (&json!(0), &json!(true)));
    let ids: Vec<Value> = documents.iter().map(|one| one["id"].clone()).collect();
    let before: Value = app.must("memory.list", of(json!({"filter": {"limit": 0}}))).await;
    let (events, ended) = lab(&app, settings, &ids).await;
    assert_eq!(ended, Ok(()));
    assert_eq!(events[0], json!({"kind": "started", "documents": 5}));
    assert_eq!(events.len(), 6);
    for event in &events[1..] {
        assert_eq!(event["kind"], "read", "{event}");
        let pairs = &event["pairs"];
        assert_eq!(
            (&pairs["gained"], &pairs["lost"], &pairs["reworded"]),
            (&json!([]), &json!([]), &json!([]))
        );
    }
    let after: Value = app.must("memory.list", of(json!({"filter": {"limit": 0}}))).await;
    assert_eq!(before["total"], after["total"], "nothing is stored");

    let one: Value =
        app.must("mission.planLab", of(json!({"settings": {}, "count": 20, "documentId": ids[0]}))).await;
    assert_eq!((one["documents"].as_array().unwrap().len(), &one["differs"]), (1, &json!(false)));
    app.refused("mission.planLab", of(json!({"settings": {}, "count": 1, "documentId": "gone/away"}))).await;
    let (_, ended) = lab(&app, json!({}), &[]).await;
    assert!(ended.is_err(), "a lab without documents is refused");
}

#[tokio::test]
async fn a_model_reads_a_document_under_both_missions_and_the_difference_is_told() {
    let app = sample().await;
    let provider = ScriptedProvider::start().await.unwrap();
    app.provider(&provider).await;
    let plan: Value = app.must("mission.planLab", of(json!({"settings": {}, "count": 1}))).await;
    let id = plan["documents"][0]["id"].clone();
    let model = json!({"model": "scripted/scripted-1", "tokensPerDay": 100_000});
    let _: Value = app.must("engine.saveModel", model).await;
    let settings = json!({"retain_mission": "Only boats."});
    let plan: Value =
        app.must("mission.planLab", of(json!({"settings": settings, "count": 1, "documentId": id}))).await;
    assert_eq!(
        (&plan["reader"]["model"], &plan["cost"]),
        (&json!("scripted/scripted-1"), &json!(null)),
        "{plan}"
    );
    assert!(plan["after"]["calls"].as_u64().unwrap() >= 1 && plan["tokensLeft"] == 100_000.0, "{plan}");
    assert!(plan["after"]["inputTokens"].as_u64() > plan["before"]["inputTokens"].as_u64(), "{plan}");

    let fact = |text: &str| json!({"text": text, "kind": "world", "start": null, "end": null, "entities": [], "because": []});
    let calls = plan["before"]["calls"].as_u64().unwrap() + plan["after"]["calls"].as_u64().unwrap();
    assert_eq!(calls, 2, "a document of one chunk");
    for call in 0..calls {
        // Which of the two is asked first is nobody's business here.
        let facts = [
            json!([fact("Wiebke rows a boat.")]),
            json!([fact("Wiebke rows a blue boat."), fact("It leaks.")]),
        ];
        let answer = json!({"facts": facts[usize::from(call % 2 == 1)]});
        provider.answer(Script::text(&answer.to_string()).usage(50, 30));
    }
    let (events, ended) = lab(&app, settings, std::slice::from_ref(&id)).await;
    assert_eq!(ended, Ok(()));
    let read = &events[1];
    assert_eq!(read["kind"], "read", "{events:?}");
    assert!(!read["pairs"]["reworded"].as_array().unwrap().is_empty(), "{read}");
    assert_eq!(read["before"]["inputTokens"].as_u64().unwrap() % 50, 0);
    let bodies: Vec<String> = provider.requests().iter().map(|request| request.json().to_string()).collect();
    let with = bodies.iter().filter(|body| body.contains("Only boats.")).count();
    assert!(
        with >= 1 && with < bodies.len(),
        "one of the two readings has the mission: {with} of {}",
        bodies.len()
    );
}

#[tokio::test]
async fn one_document_that_is_gone_fails_alone() {
    let app = sample().await;
    let plan: Value = app.must("mission.planLab", of(json!({"settings": {}, "count": 1}))).await;
    let ids = [json!("gone <i>/?#"), plan["documents"][0]["id"].clone()];
    let (events, ended) = lab(&app, json!({}), &ids).await;
    assert_eq!(ended, Ok(()));
    let mut kinds: Vec<_> = events.iter().map(|event| event["kind"].as_str().unwrap()).collect();
    kinds.sort_unstable();
    assert_eq!(kinds, ["failed", "read", "started"]);
}

#[tokio::test]
async fn prompts_are_shown_with_the_settings_that_made_them() {
    let app = sample().await;
    let settings = json!({"retain_mission": "Only boats.", "retain_strategies": {"all": {"retain_extraction_mode": "verbose"}}});
    let _: Value = app.must("mission.save", of(json!({"settings": settings}))).await;
    let shown: Value =
        app.must("bankConfig.prompts", of(json!({"operation": "retain", "strategy": "all"}))).await;
    assert_eq!((&shown["strategy"], &shown["strategies"]), (&json!("all"), &json!(["all"])));
    let blocks: Vec<&Value> = shown["messages"]
        .as_array()
        .unwrap()
        .iter()
        .flat_map(|one| one["blocks"].as_array().unwrap())
        .collect();
    let made =
        |field: &str| blocks.iter().any(|block| block["field"] == field && block["source"] == "config");
    assert!(made("retain_mission") && made("retain_extraction_mode"), "{shown}");
    assert!(shown["responseSchema"].is_object());
    for operation in ["consolidation", "reflect"] {
        let shown: Value = app.must("bankConfig.prompts", of(json!({"operation": operation}))).await;
        assert!(!shown["messages"].as_array().unwrap().is_empty(), "{shown}");
    }
    let chunks = json!({"updates": {"retain_extraction_mode": "chunks"}});
    let _: Value = app.must("bankConfig.change", of(chunks)).await;
    let shown: Value = app.must("bankConfig.prompts", of(json!({"operation": "retain"}))).await;
    assert!(shown["skippedReason"].is_string(), "{shown}");
    let counted: Value = app.must("mission.countTokens", json!({"texts": ["", "hello world"]})).await;
    assert_eq!(counted, json!({"counts": [0, 2]}));
}

#[tokio::test]
async fn scopes_are_counted_and_observations_cleared_without_their_facts() {
    let app = sample().await;
    let page: Value = app.must("observation.scopes", of(json!({}))).await;
    let scopes = page["scopes"].as_array().unwrap();
    let sum: u64 = scopes.iter().map(|scope| scope["count"].as_u64().unwrap()).sum();
    let total = async |filter: Value| -> u64 {
        let page: Value = app.must("memory.list", of(json!({"filter": filter}))).await;
        page["total"].as_u64().unwrap()
    };
    assert_eq!(sum, total(json!({"factType": "observation", "limit": 0})).await);
    assert_eq!(page["total"], scopes.len());
    let facts = total(json!({"factType": "world", "limit": 0})).await;
    let begun: Value = app.must("observation.consolidate", of(json!({"scopes": [["a"]]}))).await;
    assert!(begun["operationId"].is_string());
    let recovered: Value = app.must("observation.recover", of(json!({}))).await;
    assert_eq!(recovered["retriedCount"], 0);
    let cleared: Value = app.must("observation.clear", of(json!({}))).await;
    assert_eq!(cleared["deletedCount"], sum);
    assert_eq!(total(json!({"factType": "observation", "limit": 0})).await, 0);
    assert_eq!(total(json!({"factType": "world", "limit": 0})).await, facts);
    // The engine has no preview of strategies; the page hides it, and asking says why.
    let strategies = json!([{"scopes": [{"tags": ["a"]}], "observations_mission": "x"}]);
    let refused = app.refused("observation.strategies", of(json!({"strategies": strategies}))).await;
    assert_eq!(serde_json::to_value(refused.code).unwrap(), "serverIncompatible");
}

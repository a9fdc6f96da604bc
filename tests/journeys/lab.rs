//! The recall lab through the command table: what a turn would ask, recall with its stages, why a fact is not there,
//! retain by hand, and checks from saving to YAML.

use rearview_tests::scripted_memory::ScriptedMemory;
use rearview_tests::temp_app::TempApp;
use serde_json::{Value, json};
use tokio::sync::mpsc;

const SAMPLE: &str = "sample";

async fn with_sample() -> TempApp {
    let app = TempApp::with_engine().await;
    let _: Value = app.must("engine.loadSample", json!({})).await;
    app
}

fn at(bank: &str, more: Value) -> Value {
    let mut request = json!({"serverId": "embedded", "bankId": bank});
    request.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    request
}

async fn recall(app: &TempApp, request: Value) -> Value {
    app.must("lab.recall", at(SAMPLE, json!({"request": request}))).await
}

/// Everything that a stream of checks tells.
async fn run_checks(app: &TempApp, request: Value) -> Vec<Value> {
    let (sink, mut told) = mpsc::unbounded_channel::<String>();
    rearview_api::table::stream(app.app(), "check.run", &request.to_string(), Box::new(sink)).await.unwrap();
    let mut all = Vec::new();
    while let Some(json) = told.recv().await {
        all.push(serde_json::from_str(&json).unwrap());
    }
    all
}

#[tokio::test]
async fn the_defaults_are_what_the_next_turn_of_that_bank_asks() {
    let app = with_sample().await;
    let settings = json!({"budget": "high", "max_memory_tokens": 900, "recall_tags": ["home"], "max_memories": {"kind": "at", "n": 5}});
    let bank = json!({"serverId": "embedded", "bankId": SAMPLE, "settings": settings});
    let _: Value = app.must("bank.saveSettings", bank).await;
    let chat = app.chat_with(json!({"kind": "normal", "model": "demo/demo"})).await;
    let ended = app.send(&chat, json!({"text": "What is Wiebke allergic to?", "bankId": SAMPLE})).await;
    let sent = ended.record.memory.as_ref().unwrap().request.clone();
    let defaults: Value = app.must("lab.defaults", at(SAMPLE, json!({"chatId": chat}))).await;
    assert_eq!(defaults["recall"], sent, "byte for byte what the turn sent");
    assert_eq!(defaults["maxMemories"], json!({"kind": "at", "n": 5}));
    assert!(defaults["recallUrl"].as_str().unwrap().ends_with("/v1/default/banks/sample/memories/recall"));
    let without: Value = app.must("lab.defaults", at(SAMPLE, json!({}))).await;
    assert_eq!(without["recall"]["query"], "");
    assert!(without["retain"]["items"][0]["document_id"].as_str().unwrap().starts_with("lab."));
}

#[tokio::test]
async fn a_reflect_by_hand_answers_with_what_it_rests_on() {
    let app = with_sample().await;
    let request = json!({"query": "What is Wiebke allergic to?", "include": {"facts": {}}});
    let answer: Value = app.must("lab.reflect", at(SAMPLE, json!({"request": request}))).await;
    let told = answer.to_string();
    assert!(told.contains("hazelnuts"), "{told}");
}

#[tokio::test]
async fn a_recall_by_hand_answers_its_stages_and_sends_what_it_says() {
    let app = with_sample().await;
    let request = json!({"query": "What is Wiebke allergic to?", "max_tokens": 40, "trace": true});
    let answer = recall(&app, request.clone()).await;
    assert_eq!(answer["body"], request);
    let stages = &answer["stages"];
    assert_eq!(stages["make"], "summed");
    let candidates = stages["candidates"].as_array().unwrap();
    let results = answer["answer"]["results"].as_array().unwrap();
    let answered = candidates.iter().filter(|one| one["fate"]["kind"] == "answered").count();
    assert_eq!(answered, results.len());
    assert!(candidates.iter().any(|one| one["fate"]["kind"] == "tokens"), "40 tokens are few: {stages}");
    assert!(stages["tokens"].as_u64().unwrap() <= 40);
    for one in candidates {
        // The product of what is told is the score that is told.
        let product: f64 = one["factors"]
            .as_array()
            .unwrap()
            .iter()
            .map(|factor| factor["times"].as_f64().unwrap())
            .product();
        let score = one["score"].as_f64().unwrap();
        assert!((product - score).abs() < 1e-3, "{product} is not {score}: {one}");
    }
    let refused =
        app.refused("lab.recall", at(SAMPLE, json!({"request": {"query": "x", "bugdet": "low"}}))).await;
    assert!(refused.message.contains("bugdet"), "{}", refused.message);
}

#[tokio::test]
async fn what_is_missed_is_explained_and_the_change_lets_it_in() {
    let app = with_sample().await;
    let request = json!({"query": "What is Wiebke allergic to?", "max_tokens": 40});
    let answer =
        recall(&app, json!({"query": "What is Wiebke allergic to?", "max_tokens": 40, "trace": true})).await;
    let out =
        answer["stages"]["candidates"].as_array().unwrap().iter().find(|one| one["fate"]["kind"] == "tokens");
    let id = &out.unwrap()["id"];
    let asked = at(SAMPLE, json!({"request": request, "expected": {"id": id}}));
    let why: Value = app.must("lab.whyNot", asked).await;
    assert_eq!((&why["gate"]["kind"], &why["proved"]), (&json!("tokens"), &json!(true)), "{why}");
    let again = recall(&app, why["request"].clone()).await;
    assert!(again["answer"]["results"].as_array().unwrap().iter().any(|one| &one["id"] == id), "{why}");
}

#[tokio::test]
async fn what_is_retained_by_hand_is_seen_to_become_facts() {
    let app = TempApp::with_engine().await;
    let defaults: Value = app.must("lab.defaults", at("lab", json!({}))).await;
    let mut request = defaults["retain"].clone();
    request["items"][0]["content"] = json!("My sister Ana moved to Lisbon in March.");
    request["items"][0]["tags"] = json!(["family"]);
    request["async"] = json!(false);
    let told: Value = app.must("lab.retain", at("lab", json!({"request": request}))).await;
    assert_eq!(told["answer"]["success"], true, "{told}");
    let document = &request["items"][0]["document_id"];
    let asked = at("lab", json!({"operationIds": [], "documentIds": [document]}));
    let learned: Value = app.must("lab.learned", asked).await;
    assert!(learned["facts"][0]["text"].as_str().unwrap().contains("Lisbon"), "{learned}");
    assert_eq!(learned["facts"][0]["tags"], json!(["family"]));
}

#[tokio::test]
async fn a_dry_run_of_a_retain_tells_the_facts_and_stores_none() {
    let app = with_sample().await;
    let request = json!({"items": [{"content": "My sister Ana moved to Lisbon in March.", "tags": ["family"]}], "async": true});
    let tried: Value = app.must("lab.tryRetain", at(SAMPLE, json!({"request": request}))).await;
    assert!(tried["answer"]["facts"][0]["text"].as_str().unwrap().contains("Lisbon"), "{tried}");
    assert_eq!(tried["body"]["tags"], Value::Null, "what says how it is stored is not sent");
    let listed: Value = app.must("memory.list", at(SAMPLE, json!({"filter": {"q": "Lisbon"}}))).await;
    assert_eq!(listed["total"], 0, "{listed}");
    let two = json!({"items": [{"content": "a"}, {"content": "b"}]});
    app.refused("lab.tryRetain", at(SAMPLE, json!({"request": two}))).await;
    let nobody =
        app.refused("lab.tryRetain", at("nobody", json!({"request": {"items": [{"content": "a"}]}}))).await;
    assert!(nobody.hint.unwrap().contains("new bank"), "the first thing that is stored makes it");
}

#[tokio::test]
async fn a_call_that_hangs_can_be_cancelled() {
    let app = TempApp::new().await;
    let memory = ScriptedMemory::start().await.unwrap();
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    drop(memory);
    let server = app.server(&format!("http://{}", listener.local_addr().unwrap()), None).await;
    let request = json!({"serverId": server, "bankId": "b", "request": {"query": "q"}, "run": "one"});
    let (refused, _) = tokio::join!(app.refused("lab.recall", request), async {
        tokio::time::sleep(std::time::Duration::from_millis(300)).await;
        let _: Value = app.must("lab.cancel", json!({"run": "one"})).await;
    });
    assert_eq!(serde_json::to_value(refused.code).unwrap(), "cancelled");
    // What is over needs no end.
    let _: Value = app.must("lab.cancel", json!({"run": "one"})).await;
}

#[tokio::test]
async fn checks_are_saved_run_compared_exported_and_read_again() {
    let app = with_sample().await;
    let answer = recall(&app, json!({"query": "What is Wiebke allergic to?"})).await;
    let first = &answer["answer"]["results"][0];
    let check = json!({
        "id": "", "name": "", "serverId": "embedded", "bankId": SAMPLE,
        "request": {"query": "What is Wiebke allergic to?"},
        "expect": [{"kind": "fact", "id": first["id"], "text": first["text"], "rank": 1}]
    });
    let saved: Value = app.must("check.save", json!({"check": check})).await;
    assert_eq!(saved["name"], "What is Wiebke allergic to?");
    let told = run_checks(&app, json!({})).await;
    assert_eq!((&told[0]["done"], &told[0]["of"]), (&json!(0), &json!(1)));
    assert_eq!(told[1]["view"]["last"]["state"], "green", "{}", told[1]);
    assert_eq!(told[1]["view"]["difference"], Value::Null, "there is no run before");

    let mut red = saved.clone();
    red["expect"] = json!([{"kind": "never", "text": first["text"]}]);
    red["request"]["max_tokens"] = json!(30);
    let _: Value = app.must("check.save", json!({"check": red})).await;
    let told = run_checks(&app, json!({"ids": [saved["id"]]})).await;
    let view = &told[1]["view"];
    assert_eq!(
        (&view["last"]["state"], &view["difference"]["was"]),
        (&json!("red"), &json!("green")),
        "{view}"
    );
    assert!(view["difference"]["tokens"].as_i64().unwrap() < 0, "{view}");

    let listed: Value = app.must("check.list", json!({})).await;
    assert_eq!(listed["items"][0]["last"]["state"], "red");
    let yaml: Value = app.must("check.export", json!({})).await;
    assert!(!yaml["yaml"].as_str().unwrap().contains("127.0.0.1"), "{yaml}");
    for name in ["rearview checks.yaml", "rearview checks (2).yaml"] {
        let file: Value = app.must("check.saveFile", json!({})).await;
        let path = std::path::Path::new(file["path"].as_str().unwrap());
        assert_eq!(path, app.dir().join("downloads").join(name), "nothing is overwritten");
        assert_eq!(std::fs::read_to_string(path).unwrap(), yaml["yaml"].as_str().unwrap());
    }
    let import = json!({"yaml": yaml["yaml"], "serverId": "embedded"});
    let imported: Value = app.must("check.import", import).await;
    assert_eq!(imported["items"][0]["expect"], red["expect"]);
    assert_ne!(imported["items"][0]["id"], saved["id"]);
    app.refused("check.import", json!({"yaml": "- nothing", "serverId": "embedded"})).await;
    let empty = json!({"id": "", "name": "x", "serverId": "embedded", "bankId": SAMPLE, "request": {"query": "q"}, "expect": []});
    app.refused("check.save", json!({"check": empty})).await;
    let _: Value = app.must("check.delete", json!({"id": saved["id"]})).await;
    let left: Value = app.must("check.list", json!({})).await;
    assert_eq!(left["items"].as_array().unwrap().len(), 1);
}

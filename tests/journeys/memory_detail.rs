//! One memory on the engine in this app: where it was said, what was built on it, where it came up, what was done to it.

use rearview_tests::temp_app::TempApp;
use serde_json::{Value, json};

/// An app with the sample bank.
async fn sample() -> TempApp {
    let app = TempApp::with_engine().await;
    let _: Value = app.must("engine.loadSample", json!({})).await;
    app
}

fn of(id: &str) -> Value {
    json!({"serverId": "embedded", "bankId": "sample", "id": id})
}

async fn list(app: &TempApp, filter: Value) -> Vec<Value> {
    let request = json!({"serverId": "embedded", "bankId": "sample", "filter": filter});
    let page: Value = app.must("memory.list", request).await;
    page["items"].as_array().unwrap().clone()
}

fn id(fact: &Value) -> String {
    fact["id"].as_str().unwrap().to_owned()
}

/// A fact of the sample that has these words.
async fn fact(app: &TempApp, words: &str) -> Value {
    let found = list(app, json!({"q": words, "factType": "world"})).await;
    found.first().unwrap_or_else(|| panic!("no fact says `{words}`")).clone()
}

/// What stands between two UTF-16 offsets.
fn cut(text: &str, span: &Value) -> String {
    let units: Vec<u16> = text.encode_utf16().collect();
    let at = |name: &str| span[name].as_u64().unwrap() as usize;
    String::from_utf16(&units[at("start")..at("end")]).unwrap()
}

#[tokio::test]
async fn a_fact_tells_itself_whole_and_an_observation_the_facts_behind_it() {
    let app = sample().await;
    let listed = fact(&app, "hazelnut").await;
    let whole: Value = app.must("memory.get", of(&id(&listed))).await;
    assert_eq!(whole["fact"]["text"], listed["text"]);
    assert!(whole["raw"]["origin"].is_string() && whole["sources"].as_array().unwrap().is_empty(), "{whole}");
    let observation = list(&app, json!({"factType": "observation", "limit": 1})).await.remove(0);
    let whole: Value = app.must("memory.get", of(&id(&observation))).await;
    let sources = whole["sources"].as_array().unwrap();
    assert_eq!(sources.len(), observation["sourceMemoryIds"].as_array().unwrap().len());
    assert!(sources.iter().all(|source| source["text"].is_string()), "{whole}");
    app.refused("memory.get", of("no uuid")).await;
    let error = app.refused("memory.get", of("00000000-0000-0000-0000-000000000000")).await;
    assert_eq!(serde_json::to_value(error.code).unwrap(), "notFound");
}

#[tokio::test]
async fn facts_of_the_sample_are_found_in_their_chunks_and_documents() {
    let app = sample().await;
    let facts = list(&app, json!({"limit": 60})).await;
    let mut found = 0;
    let mut looked = 0;
    for fact in facts.iter().filter(|fact| fact["factType"] != "observation") {
        let around: Value = app.must("memory.around", of(&id(fact))).await;
        let text = around["chunk"]["text"].as_str().unwrap();
        assert_eq!(around["document"]["id"], fact["documentId"]);
        assert!(around["document"]["characters"].as_u64().unwrap() >= text.chars().count() as u64);
        looked += 1;
        if around["span"].is_null() {
            continue;
        }
        found += 1;
        let sentence = cut(text, &around["span"]);
        let source: Value = app.must("memory.source", of(&id(fact))).await;
        assert_eq!(cut(source["text"].as_str().unwrap(), &source["span"]), sentence);
    }
    // The sample's facts are a model's words; most of them keep enough of the sentence's.
    assert!(found * 10 >= looked * 7, "{found} of {looked}");
    let observation = list(&app, json!({"factType": "observation", "limit": 1})).await.remove(0);
    let around: Value = app.must("memory.around", of(&id(&observation))).await;
    assert!(around["chunk"].is_null() && around["why"].is_string(), "{around}");
    app.refused("memory.source", of(&id(&observation))).await;
}

#[tokio::test]
async fn observations_on_a_fact_name_it_and_those_beside_an_observation_share_its_facts() {
    let app = sample().await;
    let observation = list(&app, json!({"factType": "observation", "limit": 1})).await.remove(0);
    let sources: Vec<&str> =
        observation["sourceMemoryIds"].as_array().unwrap().iter().map(|id| id.as_str().unwrap()).collect();
    let asked = |id: &str, sources: &[&str]| json!({"serverId": "embedded", "bankId": "sample", "id": id, "sources": sources, "most": 5000});
    let found: Value = app.must("memory.observations", asked(sources[0], &[])).await;
    let ids: Vec<_> = found["items"].as_array().unwrap().iter().map(|item| item["id"].clone()).collect();
    assert!(ids.contains(&observation["id"]), "{found}");
    assert_eq!((&found["whole"], &found["looked"], &found["of"]), (&json!(true), &json!(25), &json!(25)));
    let beside: Value = app.must("memory.observations", asked(&id(&observation), &sources)).await;
    assert!(beside["items"].as_array().unwrap().iter().all(|item| item["id"] != observation["id"]));
    let cleared: Value = app.must("memory.clearObservations", of(sources[0])).await;
    assert!(cleared["count"].as_u64().unwrap() >= 1, "{cleared}");
    let after: Value = app.must("memory.observations", asked(sources[0], &[])).await;
    let left: Vec<_> = after["items"].as_array().unwrap().iter().map(|item| item["id"].clone()).collect();
    assert!(!left.contains(&observation["id"]), "{after}");
}

#[tokio::test]
async fn an_edit_is_in_the_past_of_its_fact_and_can_be_taken_back() {
    let app = sample().await;
    let before = fact(&app, "hazelnut").await;
    let id = id(&before);
    let change = json!({"serverId": "embedded", "bankId": "sample", "label": "Edit 1 fact",
        "changes": [{"id": id, "patch": {"text": "Wiebke eats everything."}}]});
    let run: Value = app.must("memory.change", change).await;
    let changes: Value = app.must("memory.changes", of(&id)).await;
    let item = &changes["items"][0];
    assert_eq!((&item["run"]["id"], &item["change"]["before"]["text"]), (&run["id"], &before["text"]));
    assert!(item["change"]["fields"].as_array().unwrap().contains(&json!("text")), "{item}");
    let history: Value = app.must("memory.history", of(&id)).await;
    // The engine keeps earlier texts of facts too, Hindsight of observations only.
    let version = &history["versions"][0];
    assert_eq!((&version["text"], &version["change"]), (&before["text"], &json!("edited")), "{history}");
    assert_eq!(history["versionsWhy"], Value::Null);
    assert_eq!(history["events"][0]["kind"], "fact_edited", "{history}");
    let _: Value = app.must("run.undo", json!({"id": run["id"]})).await;
    let whole: Value = app.must("memory.get", of(&id)).await;
    assert_eq!(whole["fact"]["text"], before["text"]);
}

#[tokio::test]
async fn a_memory_names_the_turns_it_was_in_after_a_restart_and_until_their_chat_goes() {
    let mut app = sample().await;
    let chat = app.chat_with(json!({"kind": "normal", "model": "demo/demo"})).await;
    let said = json!({"text": "What is Wiebke allergic to?", "bankId": "sample"});
    let ended = app.send(&chat, said).await;
    let record = app.record(&chat, &ended.turn.id).await;
    let memory = record.selected.iter().find(|one| one.gate.is_none()).unwrap().memory_id.clone();
    app.stored(&ended).await;
    let turns: Value = app.must("memory.turns", of(&memory)).await;
    assert_eq!((&turns["total"], &turns["left"]), (&json!(1), &json!(0)), "{turns}");
    app.reopen().await;
    let turns: Value = app.must("memory.turns", of(&memory)).await;
    let turn = &turns["turns"][0];
    assert_eq!(turns["total"], 1);
    assert_eq!((&turn["chatId"], &turn["turnId"]), (&json!(chat), &json!(ended.turn.id)));
    assert_eq!((&turn["injected"], &turn["question"]), (&json!(true), &json!("What is Wiebke allergic to?")));
    let _: Value = app.must("chat.delete", json!({"chatId": chat, "learned": "keep"})).await;
    let turns: Value = app.must("memory.turns", of(&memory)).await;
    assert_eq!(turns["total"], 0);
}

#[tokio::test]
async fn a_fact_that_a_model_read_names_the_call() {
    use rearview_tests::scripted_provider::{Script, ScriptedProvider};
    let app = TempApp::with_engine().await;
    let provider = ScriptedProvider::start().await.unwrap();
    app.provider(&provider).await;
    let _: Value =
        app.must("engine.saveModel", json!({"model": "scripted/scripted-1", "tokensPerDay": 100_000})).await;
    provider.answer(Script::text("Noted."));
    let read = json!({"facts": [{"text": "Ana is a potter in Porto.", "kind": "world", "start": null, "end": null,
                                 "entities": ["Ana", "Porto"], "because": []}]});
    provider.answer(Script::text(&read.to_string()).usage(50, 30));
    let chat = app.chat().await;
    let ended = app.say(&chat, "You know Ana? She makes pots in Porto now.").await;
    app.stored(&ended).await;
    let request = json!({"serverId": "embedded", "bankId": "default", "filter": {"q": "potter"}});
    let page: Value = app.must("memory.list", request).await;
    let asked = json!({"serverId": "embedded", "bankId": "default", "id": page["items"][0]["id"]});
    let made: Value = app.must("memory.llmRequests", asked).await;
    let call = &made["calls"][0];
    assert_eq!((&call["part"], &call["sure"]), (&json!("extracted"), &json!(true)), "{made}");
    assert_eq!((&call["inputTokens"], &call["outputTokens"]), (&json!(50), &json!(30)), "{made}");
}

//! The command table as a whole: every command is called, and answers, in one life of the app.

use crate::stage::Stage;
use rearview_api::table;
use rearview_domain::turn::RetainState;
use rearview_tests::gate::Gate;
use rearview_tests::scripted_memory::{Endpoint, Mood};
use rearview_tests::scripted_provider::Script;
use serde_json::{Value, json};
use std::collections::BTreeSet;

#[tokio::test]
async fn every_command_of_the_table_answers_in_one_life_of_the_app_or_in_a_journey_of_its_own() {
    let stage = Stage::with_facts(&["Ana sails."]).await;
    let app = &stage.app;
    let events = app.events().await;

    let info: Value = app.must("app.info", json!({})).await;
    assert_eq!((&info["secrets"]["keychain"], &info["notices"]), (&json!(false), &json!("notices")));
    let mut preferences: Value = app.must("app.preferences", json!({})).await;
    preferences["zoom"] = json!(1.25);
    preferences["defaultModel"] = json!("scripted/scripted-1");
    let saved: Value = app.must("app.savePreferences", json!({"preferences": preferences})).await;
    assert_eq!(saved, app.must::<Value>("app.preferences", json!({})).await);
    preferences["zoom"] = json!(9);
    app.refused("app.savePreferences", json!({"preferences": preferences})).await;
    let diagnostics: Value = app.must("app.diagnostics", json!({})).await;
    assert!(diagnostics["text"].as_str().unwrap().contains("provider scripted"));
    let _: Value = app.must("app.openUrl", json!({"url": "https://example.org/"})).await;

    let providers: Value = app.must("provider.list", json!({})).await;
    assert_eq!(providers["items"][1]["keyPresent"], true);
    let config =
        json!({"id": "spare", "name": "Spare", "wire": "openai_chat", "baseUrl": stage.provider.base_url()});
    let check: Value = app.must("provider.check", json!({"config": config})).await;
    assert_eq!(check["modelsListed"]["kind"], "yes");
    let _: Value = app.must("provider.save", json!({"config": config, "key": "k"})).await;
    let _: Value = app.must("provider.clearKey", json!({"providerId": "spare"})).await;
    let models: Value = app.must("provider.models", json!({"providerId": "spare", "refresh": true})).await;
    assert_eq!(models["items"].as_array().unwrap().len(), 2);
    let _: Value = app.must("provider.delete", json!({"providerId": "spare"})).await;
    let models: Value = app.must("model.list", json!({})).await;
    assert!(!models.to_string().contains("spare"));
    let found: Value = app.must("provider.findLocal", json!({})).await;
    assert_eq!(found, json!({"items": [], "silent": []}), "a journey looks for servers on no port");
    let file = app.dir().join(".env");
    std::fs::write(&file, "SOME_NAME=1\n").unwrap();
    let file: Value = app.must("provider.lookIntoEnvFile", json!({"path": file})).await;
    assert_eq!(file["others"], json!(["SOME_NAME"]));
    // No variable of the environment can be set here; what it must not do is take any variable.
    let refused = app.refused("provider.importKey", json!({"preset": "openai", "variable": "HOME"})).await;
    assert!(refused.message.contains("`HOME`"));

    // This app runs without an engine of its own; `engine` has the journeys of one that does.
    let engine: Value = app.must("engine.status", json!({})).await;
    assert_eq!((&engine["present"], &engine["state"]), (&json!(false), &json!("offline")));
    let chosen = json!({"model": "scripted/scripted-1", "tokensPerDay": 1000});
    let engine: Value = app.must("engine.saveModel", chosen).await;
    assert_eq!((&engine["model"], &engine["tokensPerDay"]), (&json!("scripted/scripted-1"), &json!(1000.0)));
    app.refused("engine.loadSample", json!({})).await;
    app.refused("engine.removeSample", json!({})).await;

    let check: Value =
        app.must("server.check", json!({"serverId": stage.server, "baseUrl": stage.memory.url()})).await;
    assert_eq!(check["reachable"]["kind"], "yes");
    let second = app.server(&stage.memory.url(), Some("hsk_x")).await;
    let _: Value = app.must("server.clearKey", json!({"serverId": second})).await;
    let _: Value = app.must("server.makeDefault", json!({"serverId": stage.server})).await;
    let _: Value = app.must("server.delete", json!({"serverId": second})).await;
    let servers: Value = app.must("server.list", json!({})).await;
    assert_eq!(
        (&servers["defaultId"], servers["items"].as_array().unwrap().len()),
        (&json!(stage.server), 1)
    );
    let banks: Value =
        app.must("server.banks", json!({"serverId": stage.server, "q": "", "limit": 10, "offset": 0})).await;
    assert_eq!((&banks["total"], &banks["items"][0]["id"]), (&json!(1), &json!("ana")));
    let bank = json!({"serverId": stage.server, "bankId": "ana", "settings": {"budget": "high"}});
    let _: Value = app.must("bank.saveSettings", bank).await;
    let settings: Value = app.must("bank.settings", json!({"serverId": stage.server, "bankId": "ana"})).await;
    assert_eq!(settings, json!({"settings": {"budget": "high"}}));
    let profile: Value = app.must("profile.save", json!({"profile": {"id": "", "name": "work"}})).await;
    let profiles: Value = app.must("profile.list", json!({})).await;
    assert_eq!(profiles["items"], json!([profile]));

    let chat = app.chat_with(json!({"kind": "normal"})).await;
    app.update(&chat, json!({"profileId": profile["id"], "title": "A trip"})).await;
    let _: Value = app.must("profile.delete", json!({"profileId": profile["id"]})).await;
    let status: Value = app.must("memory.status", json!({"chatId": chat})).await;
    assert_eq!((&status["bank"]["bankId"], &status["injectOff"]), (&json!("ana"), &Value::Null));
    let _: Value = app.must("chat.saveDraft", json!({"chatId": chat, "text": "Whe"})).await;
    let image = json!({"mediaType": "image/png", "base64": "iVBORw0KGgo="});
    let first = app.send(&chat, json!({"text": "Where?", "images": [image]})).await;
    app.stored(&first).await;
    let second = app.retry(&chat, first.turn.question_id.as_str(), json!({})).await;
    let siblings: Value =
        app.must("chat.siblings", json!({"chatId": chat, "messageId": second.turn.answer_id})).await;
    assert_eq!(siblings["ids"].as_array().unwrap().len(), 2);
    let view: Value =
        app.must("chat.showBranch", json!({"chatId": chat, "messageId": first.turn.answer_id})).await;
    assert_eq!(view["path"][1]["turnId"], json!(first.turn.id));
    let opened: Value = app.must("chat.open", json!({"chatId": chat, "tail": 60})).await;
    assert_eq!(opened["messages"], view["messages"]);
    let whole: Value =
        app.must("chat.messages", json!({"chatId": chat, "ids": [first.turn.question_id]})).await;
    let hash = whole["messages"][0]["parts"][1]["hash"].clone();
    let _: Value = app.must("chat.image", json!({"chatId": chat, "hash": hash})).await;
    let hits: Value = app.must("chat.search", json!({"text": "trip", "limit": 5, "offset": 0})).await;
    assert_eq!(hits["items"][0]["messageId"], Value::Null);
    let step = json!({"chatId": chat, "turnId": first.turn.id, "step": 0});
    let _: Value = app.must("turn.curl", step).await;

    let gate = Gate::new();
    stage.memory.mood(Endpoint::Recall, Mood::After(gate.clone()));
    stage.provider.answer(Script::text("On ").never_ends());
    let started =
        app.start(&chat, json!({"text": "More", "settings": {"recall_timeout_ms": 60_000}})).await.unwrap();
    assert!(gate.reached().await);
    let _: Value = app.must("turn.skipMemory", json!({"runId": started.run})).await;
    assert!(stage.provider.asked(3).await);
    // Nobody asks, so nobody hears it; that is no error.
    let nothing = json!({"runId": started.run, "step": 0, "callId": "none", "allow": true});
    let _: Value = app.must("turn.answerTool", nothing).await;
    app.cancel(&started).await;
    app.finish(&started).await;

    stage.memory.mood(Endpoint::Recall, Mood::Well).mood(Endpoint::Retain, Mood::Refuses(422, "no"));
    let refused = app.say(&chat, "Once more").await;
    app.retained(&chat, &refused.turn.id, |state| matches!(state, RetainState::Failed { .. })).await;
    let request = json!({"chatId": chat, "turnId": refused.turn.id});
    let _: RetainState = app.must("turn.retryRetain", request).await;

    let list: Value = app.must("chat.list", json!({"limit": 10, "offset": 0})).await;
    assert_eq!(list["total"], 1);
    let _: Value = app.must("chat.delete", json!({"chatId": chat, "learned": "forget"})).await;
    drop(events);

    let mut called = app.called();
    // Refused above, which is all that can be asked of it without an environment of its own.
    called.insert("provider.importKey".to_owned());
    let table: BTreeSet<String> = table::rows().map(|row| row.name.to_owned()).collect();
    // The rooms of memory and banks have journeys of their own, on the engine; a life of the app with all of them would
    // be no story any more. What counts is that none is left out.
    let elsewhere = journeys();
    let missing: Vec<&String> =
        table.difference(&called).filter(|name| !elsewhere.contains(&format!("\"{name}\""))).collect();
    assert!(missing.is_empty(), "in no journey: {missing:?}");
}

/// The text of the other journeys.
fn journeys() -> String {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("journeys");
    let files = std::fs::read_dir(folder).unwrap().map(|file| file.unwrap().path());
    let others = files.filter(|path| path.file_name().is_some_and(|name| name != "table.rs"));
    others.map(|path| std::fs::read_to_string(path).unwrap()).collect()
}

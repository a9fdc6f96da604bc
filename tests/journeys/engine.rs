//! Memory on this computer: an app with nothing set up remembers, by rules and by a model, and says how it is.

use rearview_domain::turn::MemoryOutcome;
use rearview_tests::gate::PATIENCE;
use rearview_tests::scripted_provider::{Script, ScriptedProvider};
use rearview_tests::temp_app::{TempApp, engine_client};
use serde_json::{Value, json};
use std::time::Duration;

async fn status(app: &TempApp) -> Value {
    app.must("engine.status", json!({})).await
}

/// Waits until the bank `default` holds a memory with this word.
async fn listed(app: &TempApp, word: &str) {
    let client = engine_client(app).await;
    let waiting = async {
        loop {
            let facts = client.memories(&"default".into(), &Default::default()).await;
            // Before the first retain there is no bank.
            if facts.is_ok_and(|facts| facts.items.iter().any(|fact| fact.text.contains(word))) {
                return;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    tokio::time::timeout(PATIENCE, waiting).await.unwrap_or_else(|_| panic!("no memory says `{word}`"));
}

/// Sends a message with the Demo and waits until memory has it.
async fn tell(app: &TempApp, text: &str) {
    let chat = app.chat_with(json!({"kind": "normal", "model": "demo/demo"})).await;
    let ended = app.say(&chat, text).await;
    app.stored(&ended).await;
}

#[tokio::test]
async fn an_app_with_nothing_set_up_remembers_in_the_next_chat_and_after_a_restart() {
    let mut app = TempApp::with_engine().await;
    tell(&app, "My sister Ana moved to Lisbon in March and is allergic to hazelnuts.").await;
    for round in ["at once", "after a restart"] {
        let chat = app.chat_with(json!({"kind": "normal", "model": "demo/demo"})).await;
        let ended = app.say(&chat, "What is Ana allergic to?").await;
        assert!(
            matches!(ended.turn.memory, Some(MemoryOutcome::Used { .. })),
            "{round}: {:?}",
            ended.turn.memory
        );
        let memories = ended.memories();
        assert!(memories.iter().any(|memory| memory.contains("hazelnuts")), "{round}: {memories:?}");
        if round == "at once" {
            app.stored(&ended).await;
            app.reopen().await;
        }
    }
}

#[tokio::test]
async fn the_engine_is_the_first_server_and_the_default_and_cannot_be_deleted() {
    let app = TempApp::with_engine().await;
    let list: Value = app.must("server.list", json!({})).await;
    assert_eq!((&list["items"][0]["embedded"], &list["defaultId"]), (&json!(true), &json!("embedded")));
    let check: Value = app.must("server.check", json!({"serverId": "embedded", "baseUrl": ""})).await;
    assert_eq!(check["reachable"]["kind"], "yes", "{check}");
    app.refused("server.delete", json!({"serverId": "embedded"})).await;
    let mut config = list["items"][0]["config"].clone();
    config["name"] = json!("My laptop");
    config["baseUrl"] = json!("https://elsewhere.example");
    let saved: Value = app.must("server.save", json!({"config": config, "makeDefault": false})).await;
    assert_eq!((&saved["config"]["name"], &saved["config"]["baseUrl"]), (&json!("My laptop"), &json!("")));
}

#[tokio::test]
async fn the_engine_says_how_it_is_and_how_much_it_holds() {
    let app = TempApp::with_engine().await;
    tell(&app, "Ana sails with Bob every Sunday.").await;
    let view = status(&app).await;
    assert!(["ready", "loading_model", "degraded"].contains(&view["state"].as_str().unwrap()), "{view}");
    assert_eq!((&view["present"], &view["banks"]), (&json!(true), &json!(1)));
    assert!(view["facts"].as_u64().unwrap() >= 1 && view["bytes"].as_f64().unwrap() > 0.0, "{view}");
    assert!(std::path::Path::new(view["path"].as_str().unwrap()).is_file());
}

#[tokio::test]
async fn the_sample_is_loaded_answers_and_goes_without_a_trace() {
    let app = TempApp::with_engine().await;
    let view: Value = app.must("engine.loadSample", json!({})).await;
    assert_eq!(view["sample"], true);
    assert!(view["facts"].as_u64().unwrap() >= 150, "{view}");
    // Loading what is there changes nothing.
    let again: Value = app.must("engine.loadSample", json!({})).await;
    assert_eq!(again["facts"], view["facts"]);
    let chat = app.chat_with(json!({"kind": "normal", "model": "demo/demo"})).await;
    let ended = app.send(&chat, json!({"text": "What is Wiebke allergic to?", "bankId": "sample"})).await;
    let memories = ended.memories();
    assert!(memories.iter().any(|memory| memory.contains("hazelnut")), "{memories:?}");
    app.stored(&ended).await;
    let gone: Value = app.must("engine.removeSample", json!({})).await;
    assert_eq!((&gone["sample"], &gone["facts"]), (&json!(false), &json!(0)));
}

#[tokio::test]
async fn the_model_that_was_picked_reads_what_was_said_and_its_tokens_are_counted() {
    let app = TempApp::with_engine().await;
    let provider = ScriptedProvider::start().await.unwrap();
    app.provider(&provider).await;
    app.refused("engine.saveModel", json!({"model": "demo/demo", "tokensPerDay": 1000})).await;
    app.refused("engine.saveModel", json!({"model": "nobody/x", "tokensPerDay": 1000})).await;
    let _: Value =
        app.must("engine.saveModel", json!({"model": "scripted/scripted-1", "tokensPerDay": 100_000})).await;
    provider.answer(Script::text("Noted."));
    let fact = json!({"facts": [{"text": "Ana is a potter in Porto.", "kind": "world", "start": null, "end": null,
                                 "entities": ["Ana", "Porto"], "because": []}]});
    provider.answer(Script::text(&fact.to_string()).usage(50, 30));
    let chat = app.chat().await;
    let ended = app.say(&chat, "You know Ana? She makes pots in Porto now.").await;
    app.stored(&ended).await;
    provider.answer(Script::text("She is a potter."));
    let chat = app.chat().await;
    let asked = app.say(&chat, "What does Ana do?").await;
    assert_eq!(asked.memories(), ["Ana is a potter in Porto."], "{:?}", asked.turn.memory);
    assert_eq!(status(&app).await["tokensToday"], 80.0);
}

#[tokio::test]
async fn the_model_that_reads_for_memory_may_be_written_as_litellm_reads_it() {
    let app = TempApp::with_engine().await;
    let provider = ScriptedProvider::start().await.unwrap();
    app.provider(&provider).await;
    let config = json!({"id": "my-openai", "name": "Mine", "wire": "openai_chat", "baseUrl": provider.base_url(),
                        "catalogue": "openai"});
    let _: Value = app.must("provider.save", json!({"config": config, "key": "sk-scripted"})).await;
    let _: Value = app.must("engine.saveModel", json!({"model": "gpt-4o", "tokensPerDay": 100_000})).await;
    provider.answer(Script::text("Noted."));
    let fact = json!({"facts": [{"text": "Ana is a potter.", "kind": "world", "start": null, "end": null,
                                 "entities": ["Ana"], "because": []}]});
    provider.answer(Script::text(&fact.to_string()));
    let chat = app.chat().await;
    let ended = app.say(&chat, "You know Ana? She makes pots now.").await;
    app.stored(&ended).await;
    listed(&app, "potter").await;
    assert_eq!(provider.requests()[1].json()["model"], "gpt-4o");
}

#[tokio::test]
async fn without_its_model_the_text_itself_is_found_and_is_read_when_the_limit_is_raised() {
    let app = TempApp::with_engine().await;
    let provider = ScriptedProvider::start().await.unwrap();
    app.provider(&provider).await;
    let _: Value =
        app.must("engine.saveModel", json!({"model": "scripted/scripted-1", "tokensPerDay": 0})).await;
    provider.answer(Script::text("Noted."));
    let chat = app.chat().await;
    let ended = app.say(&chat, "Bob keeps bees on the roof.").await;
    listed(&app, "bees").await;
    provider.answer(Script::text("Bees."));
    let other = app.chat().await;
    let asked = app.say(&other, "What does Bob keep on the roof?").await;
    let memories = asked.memories();
    assert!(memories.iter().any(|memory| memory.contains("bees")), "{memories:?} {:?}", asked.turn.memory);

    let fact = json!({"facts": [{"text": "Bob is a beekeeper.", "kind": "world", "start": null, "end": null,
                                 "entities": ["Bob"], "because": []}]});
    for _ in 0..2 {
        // What was asked in between is read as well.
        provider.answer(Script::text(&fact.to_string()).usage(50, 30));
    }
    let _: Value =
        app.must("engine.saveModel", json!({"model": "scripted/scripted-1", "tokensPerDay": 100_000})).await;
    app.stored(&ended).await;
    listed(&app, "beekeeper").await;
}

#[tokio::test]
async fn an_engine_that_cannot_start_leaves_the_chat_alone_and_says_why() {
    let kept = tempfile::tempdir().unwrap();
    std::fs::create_dir_all(kept.path().join("data/memory")).unwrap();
    std::fs::write(
        kept.path().join("data/memory/memory.db"),
        "this is no database, and longer than a header".repeat(50),
    )
    .unwrap();
    let app = TempApp::with_engine_at(kept.path()).await;
    let chat = app.chat_with(json!({"kind": "normal", "model": "demo/demo"})).await;
    let ended = app.say(&chat, "Hello there, my name is Ana.").await;
    assert_eq!(ended.error, None);
    assert!(matches!(ended.turn.memory, Some(MemoryOutcome::Failed { .. })), "{:?}", ended.turn.memory);
    let view = status(&app).await;
    assert_eq!(view["state"], "offline");
    assert!(view["error"]["message"].as_str().unwrap().contains("damaged"), "{view}");
}

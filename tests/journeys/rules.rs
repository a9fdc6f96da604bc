//! Who decides: kinds of chats, profiles, banks, settings on every level, excluded models.

use crate::stage::Stage;
use rearview_domain::ErrorCode;
use rearview_domain::resolve::BankDecision;
use rearview_domain::settings::Level;
use rearview_domain::turn::{MemoryOff, MemoryOutcome, RetainSkip, RetainState};
use rearview_tests::scripted_memory::Endpoint;
use serde_json::{Value, json};

#[tokio::test]
async fn an_incognito_chat_is_kept_and_touches_no_memory() {
    let mut stage = Stage::with_facts(&["Ana sails."]).await;
    let chat = stage.app.chat_with(json!({"kind": "incognito", "model": "scripted/scripted-1"})).await;
    let on = json!({"inject_memories": true, "store_conversations": true});
    let ended = stage.app.send(&chat, json!({"text": "A secret", "settings": on})).await;
    assert_eq!(ended.turn.memory, Some(MemoryOutcome::Off { why: MemoryOff::Incognito }));
    assert_eq!(ended.turn.retain, Some(RetainState::Skipped { why: RetainSkip::Incognito }));
    stage.app.reopen().await;
    let view: Value = stage.app.must("chat.open", json!({"chatId": chat, "tail": 10})).await;
    assert_eq!(view["messages"][0]["parts"][0]["text"], "A secret");
    assert!(stage.memory.all_calls().is_empty(), "{:?}", stage.memory.all_calls());
}

#[tokio::test]
async fn a_temporary_chat_is_gone_with_the_process_and_was_never_on_disk() {
    let mut stage = Stage::with_facts(&["Ana sails."]).await;
    let chat = stage.app.chat_with(json!({"kind": "temporary", "model": "scripted/scripted-1"})).await;
    let ended = stage.app.say(&chat, "xyzzy-temporary").await;
    assert_eq!(ended.turn.memory, Some(MemoryOutcome::Off { why: MemoryOff::Temporary }));
    assert_eq!(ended.turn.retain, Some(RetainState::Skipped { why: RetainSkip::Temporary }));
    assert_eq!(ended.body().as_bytes(), stage.provider.last().unwrap().body);
    let list: Value = stage.app.must("chat.list", json!({"limit": 10, "offset": 0})).await;
    assert_eq!(list["total"], 1);
    let stays = stage.app.refused("chat.update", json!({"chatId": chat, "kind": "normal"})).await;
    assert_eq!(stays.code, ErrorCode::InvalidInput);
    stage.app.quit().await;
    let data = stage.app.dir().join("data");
    for entry in std::fs::read_dir(data).unwrap() {
        let bytes = std::fs::read(entry.unwrap().path()).unwrap();
        assert!(!bytes.windows(15).any(|window| window == b"xyzzy-temporary"));
    }
    stage.app.open_again().await;
    let gone = stage.app.refused("chat.open", json!({"chatId": chat, "tail": 1})).await;
    assert_eq!(gone.code, ErrorCode::NotFound);
    assert!(stage.memory.all_calls().is_empty());
}

#[tokio::test]
async fn the_demo_is_given_memory_and_only_the_persons_words_are_kept_of_it() {
    let stage = Stage::with_facts(&["Ana is vegetarian."]).await;
    let chat = stage.app.chat_with(json!({"kind": "normal", "model": "demo/demo"})).await;
    let ended = stage.app.say(&chat, "Where should we eat?").await;
    assert!(ended.said().contains("Ana is vegetarian."), "{}", ended.said());
    assert_eq!(ended.memories(), ["Ana is vegetarian."]);
    stage.app.stored(&ended).await;
    let document = stage.memory.document(ended.turn.document_id().as_str()).unwrap();
    assert_eq!(document.item["content"], "USER: Where should we eat?");
    assert!(stage.provider.requests().is_empty());
}

#[tokio::test]
async fn an_excluded_model_neither_gets_nor_gives_memories() {
    let stage = Stage::with_facts(&["Ana sails."]).await;
    let chat = stage.app.chat().await;
    stage.app.update(&chat, json!({"settings": {"excluded_models": ["SCRIPTED-*"]}})).await;
    let ended = stage.app.say(&chat, "Where?").await;
    assert_eq!(ended.turn.memory, Some(MemoryOutcome::Off { why: MemoryOff::ExcludedModel }));
    assert_eq!(ended.turn.retain, Some(RetainState::Skipped { why: RetainSkip::ExcludedModel }));
    assert!(stage.memory.all_calls().is_empty());
}

#[tokio::test]
async fn the_two_halves_are_switched_apart() {
    let stage = Stage::with_facts(&["Ana sails."]).await;
    let chat = stage.app.chat().await;
    let ended =
        stage.app.send(&chat, json!({"text": "Where?", "settings": {"store_conversations": false}})).await;
    assert_eq!(ended.memories(), ["Ana sails."]);
    assert_eq!(ended.turn.retain, Some(RetainState::Skipped { why: RetainSkip::Setting }));
    let ended =
        stage.app.send(&chat, json!({"text": "Where?", "settings": {"inject_memories": false}})).await;
    assert_eq!(ended.turn.memory, Some(MemoryOutcome::Off { why: MemoryOff::Setting }));
    assert!(matches!(ended.turn.retain, Some(RetainState::Queued { .. })));
}

#[tokio::test]
async fn without_a_memory_server_a_chat_works_and_says_so() {
    let stage = Stage::set().await;
    let _: Value = stage.app.must("server.delete", json!({"serverId": stage.server})).await;
    let (_, ended) = stage.say("Hello").await;
    assert_eq!(ended.turn.memory, Some(MemoryOutcome::Off { why: MemoryOff::NoServer }));
    assert_eq!(ended.turn.retain, Some(RetainState::Skipped { why: RetainSkip::NoServer }));
    assert_eq!(ended.said(), "You said: Hello");
}

#[tokio::test]
async fn a_message_without_a_word_asks_nothing_of_memory() {
    let stage = Stage::set().await;
    let (_, ended) = stage.say("?!").await;
    assert_eq!(ended.turn.memory, Some(MemoryOutcome::Off { why: MemoryOff::NoQuery }));
    assert!(stage.memory.calls(Endpoint::Recall).is_empty());
}

#[tokio::test]
async fn the_strongest_voice_decides_the_bank_and_the_record_names_it() {
    let stage = Stage::set().await;
    let profile: Value = stage
        .app
        .must(
            "profile.save",
            json!({"profile": {"id": "", "name": "work", "userId": "ana@example.org", "bankRule": "team-{user.prefix}"}}),
        )
        .await;
    let chat = stage.app.chat().await;
    let mut decided = Vec::new();
    let ended = stage.app.say(&chat, "one").await;
    decided.push(ended.record.resolved.unwrap().bank);
    stage.app.update(&chat, json!({"profileId": profile["id"]})).await;
    let ended = stage.app.say(&chat, "two").await;
    decided.push(ended.record.resolved.unwrap().bank);
    stage.app.update(&chat, json!({"bankId": "100%?# ü"})).await;
    let ended = stage.app.say(&chat, "three").await;
    decided.push(ended.record.resolved.unwrap().bank);
    let ended = stage.app.send(&chat, json!({"text": "four", "bankId": "just this once"})).await;
    decided.push(ended.record.resolved.clone().unwrap().bank);
    let banks: Vec<&str> = decided.iter().map(|bank| bank.bank_id.as_str()).collect();
    assert_eq!(banks, ["ana", "team-ana", "100%?# ü", "just this once"]);
    let rule = BankDecision::ProfileRule { rule: "team-{user.prefix}".into() };
    let by: Vec<BankDecision> = decided.iter().map(|bank| bank.decision.clone()).collect();
    assert_eq!(by, [BankDecision::Server, rule, BankDecision::Chat, BankDecision::Message]);
    // Recall asked there, and retain stores there, whatever signs the id has.
    stage.app.stored(&ended).await;
    let asked: Vec<String> = stage.memory.calls(Endpoint::Recall).into_iter().map(|call| call.bank).collect();
    assert_eq!(asked, banks);
    let mut stored: Vec<String> =
        stage.memory.documents().into_iter().map(|document| document.bank).collect();
    stored.sort();
    assert_eq!(stored, ["100%?# ü", "ana", "just this once", "team-ana"]);
}

#[tokio::test]
async fn a_bank_with_a_slash_is_refused_with_nothing_sent_and_nothing_lost() {
    let stage = Stage::set().await;
    let chat = stage.app.chat().await;
    let draft = json!({"chatId": chat, "text": "my long thought"});
    let _: Value = stage.app.must("chat.saveDraft", draft).await;
    let request = json!({"text": "my long thought", "bankId": "team/ana"});
    let error = stage.app.start(&chat, request).await.unwrap_err();
    assert_eq!(error.code, ErrorCode::InvalidInput);
    assert!(error.message.contains("team/ana") && error.hint.is_some(), "{error:?}");
    let view: Value = stage.app.must("chat.open", json!({"chatId": chat, "tail": 10})).await;
    assert_eq!(view["chat"]["draft"], "my long thought", "what was typed is lost");
    assert_eq!(view["path"], json!([]));
    for (command, request) in [
        ("chat.create", json!({"kind": "normal", "bankId": "a/b"})),
        ("chat.update", json!({"chatId": chat, "bankId": "a/b"})),
        ("profile.save", json!({"profile": {"id": "", "name": "p", "bankId": "a/b"}})),
        ("bank.saveSettings", json!({"serverId": stage.server, "bankId": "a/b", "settings": {}})),
    ] {
        assert_eq!(stage.app.refused(command, request).await.code, ErrorCode::InvalidInput, "{command}");
    }
    assert!(stage.provider.requests().is_empty() && stage.memory.all_calls().is_empty());
}

#[tokio::test]
async fn each_level_overrules_the_one_below_and_the_record_says_which_did() {
    let stage = Stage::set().await;
    let config = json!({"id": stage.server, "name": "Memory", "baseUrl": stage.memory.url(), "defaultBank": "ana",
                        "settings": {"budget": "low", "max_memory_tokens": 1, "recall_tags": ["server"]}});
    let _: Value = stage.app.must("server.save", json!({"config": config, "makeDefault": true})).await;
    let bank = json!({"max_memory_tokens": 2, "fact_types": ["world"], "tags": ["bank"]});
    let request = json!({"serverId": stage.server, "bankId": "ana", "settings": bank});
    let _: Value = stage.app.must("bank.saveSettings", request).await;
    let profile = json!({"id": "", "name": "work", "settings": {"recall_tags": ["profile"], "recall_tags_match": "all_strict"}});
    let profile: Value = stage.app.must("profile.save", json!({"profile": profile})).await;
    let chat = stage.app.chat().await;
    stage
        .app
        .update(
            &chat,
            json!({"profileId": profile["id"], "settings": {"prefer_observations": "on", "tags": []}}),
        )
        .await;
    let message = json!({"budget": "high"});
    let ended = stage.app.send(&chat, json!({"text": "Where?", "settings": message})).await;
    let asked = stage.memory.calls(Endpoint::Recall).pop().unwrap().body;
    assert_eq!(
        asked,
        json!({"query": "Where?", "types": ["world"], "budget": "high", "max_tokens": 2, "prefer_observations": true,
               "trace": true, "tags": ["profile"], "tags_match": "all_strict"})
    );
    assert_eq!(ended.record.memory.clone().unwrap().request, asked, "the record shows another request");
    let settings = ended.record.resolved.clone().unwrap().settings;
    let levels = [
        settings.budget.level,
        settings.max_memory_tokens.level,
        settings.recall_tags.level,
        settings.prefer_observations.level,
        settings.mode.level,
    ];
    assert_eq!(levels, [Level::Message, Level::Bank, Level::Profile, Level::Chat, Level::BuiltIn]);
    stage.app.stored(&ended).await;
    let document = stage.memory.document(ended.turn.document_id().as_str()).unwrap();
    assert_eq!(
        document.item["tags"],
        json!([format!("chat:{chat}")]),
        "an empty list clears the bank's tags"
    );
}

//! Providers that refuse, and what a person reads then; lists of models; setting up.

use crate::stage::{MODELS, Stage};
use rearview_domain::ErrorCode;
use rearview_domain::turn::TurnState;
use rearview_tests::scripted_provider::Script;
use rearview_tests::temp_app::KEY;
use serde_json::{Value, json};

#[tokio::test]
async fn a_refusal_is_told_with_the_providers_words_and_its_request_id() {
    let stage = Stage::set().await;
    let cases = [
        (400, "context_length_exceeded", "prompt is too long", ErrorCode::ContextTooLong),
        (403, "permission_error", "not for you", ErrorCode::PermissionDenied),
        (404, "model_not_found", "The model `scripted-1` does not exist", ErrorCode::UnknownModel),
        (402, "insufficient_quota", "pay first", ErrorCode::QuotaExceeded),
        (429, "rate_limit_error", "slow down", ErrorCode::RateLimited),
        (529, "overloaded_error", "too much today", ErrorCode::Overloaded),
    ];
    for model in MODELS {
        for (status, code, words, expected) in cases {
            let script = Script::refuses(status, code, words);
            stage.provider.answer(script.header("x-request-id", "req-7").header("retry-after", "120"));
            let chat = stage.app.chat_with(json!({"kind": "normal", "model": model})).await;
            let ended = stage.app.say(&chat, "Hello").await;
            let error = ended.error.unwrap_or_else(|| panic!("{model} {status}: no error"));
            assert_eq!((ended.turn.state, error.code), (TurnState::Failed, expected), "{model} {status}");
            assert_eq!(error.request_id.as_deref(), Some("req-7"));
            let source = error.source.unwrap();
            assert_eq!((source.status, source.message.as_deref()), (Some(status), Some(words)));
            assert!(source.name.starts_with("Scripted"));
            let end = &ended.record.step_ends[0];
            assert_eq!((end.status, end.request_id.as_deref()), (Some(status), Some("req-7")));
            let view: Value = stage.app.must("chat.open", json!({"chatId": chat, "tail": 10})).await;
            assert_eq!(view["messages"][0]["parts"][0]["text"], "Hello", "the question is lost");
        }
    }
}

#[tokio::test]
async fn a_page_of_a_proxy_is_no_answer_and_is_never_shown() {
    let stage = Stage::set().await;
    stage.provider.answer(Script::html(502, "<html><title>502 Bad Gateway</title><p>secret</p></html>"));
    let (_, ended) = stage.say("Hello").await;
    let error = ended.error.unwrap();
    assert_eq!(error.code, ErrorCode::Overloaded);
    assert!(error.message.contains("502 Bad Gateway") && !format!("{error:?}").contains("secret"));
}

#[tokio::test]
async fn the_wait_that_a_provider_asks_for_is_told() {
    let stage = Stage::set().await;
    stage.provider.answer(Script::refuses(429, "rate_limit", "slow down").header("retry-after", "120"));
    let (_, ended) = stage.say("Hello").await;
    let error = ended.error.unwrap();
    assert_eq!((error.retryable, error.retry_after_ms), (true, Some(120_000)));
}

#[tokio::test]
async fn a_provider_that_is_not_there_is_told_apart_and_the_question_stays() {
    let stage = Stage::set().await;
    let address = rearview_tests::scripted_memory::ScriptedMemory::dead_address().unwrap();
    let config = json!({"id": "gone", "name": "Gone", "wire": "openai_chat", "baseUrl": format!("http://{address}/v1")});
    let _: Value = stage.app.must("provider.save", json!({"config": config})).await;
    let chat = stage.app.chat_with(json!({"kind": "normal", "model": "gone/x"})).await;
    let ended = stage.app.say(&chat, "Hello").await;
    assert_eq!(ended.error.unwrap().code, ErrorCode::NetworkUnreachable);
    let again = stage.app.send(&chat, json!({"text": "Hello", "model": MODELS[0]})).await;
    assert_eq!(again.said(), "You said: Hello");
}

#[tokio::test]
async fn a_model_of_a_provider_that_is_gone_is_refused_with_the_draft_kept() {
    let stage = Stage::set().await;
    let (chat, _) = stage.say("Hello").await;
    let _: Value = stage.app.must("provider.delete", json!({"providerId": "scripted"})).await;
    let _: Value = stage.app.must("chat.saveDraft", json!({"chatId": chat, "text": "and more"})).await;
    let error = stage.app.start(&chat, json!({"text": "and more"})).await.unwrap_err();
    assert_eq!(error.code, ErrorCode::NotConfigured);
    assert!(error.message.contains("`scripted`") && error.hint.is_some());
    let view: Value = stage.app.must("chat.open", json!({"chatId": chat, "tail": 10})).await;
    assert_eq!((&view["chat"]["draft"], view["path"].as_array().unwrap().len()), (&json!("and more"), 2));
    let nonsense = stage.app.start(&chat, json!({"text": "x", "model": "no-model"})).await.unwrap_err();
    assert_eq!(nonsense.code, ErrorCode::InvalidInput);
    let bare = stage.app.start(&chat, json!({"text": "x", "model": "gpt-4o"})).await.unwrap_err();
    assert_eq!(bare.code, ErrorCode::NotConfigured, "it is OpenAI's, which is not set up");
}

#[tokio::test]
async fn a_model_string_as_litellm_reads_it_finds_the_provider_that_is_set_up() {
    let stage = Stage::set().await;
    let config = json!({
        "id": "my-openai", "name": "Mine", "wire": "openai_chat", "baseUrl": stage.provider.base_url(),
        "catalogue": "openai"
    });
    let _: Value = stage.app.must("provider.save", json!({"config": config, "key": KEY})).await;
    for (asked, sent) in
        [("gpt-4o", "gpt-4o"), ("openai/gpt-99-unknown", "gpt-99-unknown"), ("my-openai/gpt-4o", "gpt-4o")]
    {
        let chat = stage.app.chat_with(json!({"kind": "normal", "model": asked})).await;
        let ended = stage.app.say(&chat, "Hello").await;
        assert_eq!(ended.error, None, "{asked}");
        assert_eq!(stage.provider.last().unwrap().json()["model"], sent);
        assert_eq!(ended.turn.cost.is_some(), sent == "gpt-4o", "{asked}: the price is known or it is not");
    }
}

#[tokio::test]
async fn a_server_that_does_not_know_stream_options_is_asked_again_and_both_requests_are_recorded() {
    let stage = Stage::set().await;
    stage.provider.answer(Script::refuses(400, "invalid_request_error", "Unknown field: stream_options"));
    let (_, ended) = stage.say("Hello").await;
    assert_eq!(ended.said(), "You said: Hello");
    let got = stage.provider.requests();
    assert_eq!((got.len(), ended.record.steps.len()), (2, 2));
    for (got, step) in got.iter().zip(&ended.record.steps) {
        assert_eq!(step.body_hash, got.hash());
    }
    assert!(!got[1].text().contains("stream_options"));
    let ends: Vec<_> =
        ended.record.step_ends.iter().map(|end| (end.index, end.status, end.error.is_some())).collect();
    assert_eq!(ends, [(0, Some(400), true), (1, Some(200), false)], "every request has an end");
}

#[tokio::test]
async fn a_request_that_is_refused_in_its_other_form_as_well_is_recorded_in_both() {
    let stage = Stage::set().await;
    for _ in 0..2 {
        stage.provider.answer(Script::refuses(400, "invalid_request_error", "Unknown field: stream_options"));
    }
    let (_, ended) = stage.say("Hello").await;
    assert!(ended.error.is_some());
    let got = stage.provider.requests();
    assert_eq!((got.len(), ended.record.steps.len()), (2, 2));
    for (got, step) in got.iter().zip(&ended.record.steps) {
        assert_eq!(step.body_hash, got.hash());
    }
    let ends: Vec<_> =
        ended.record.step_ends.iter().map(|end| (end.index, end.status, end.error.is_some())).collect();
    assert_eq!(ends, [(0, Some(400), true), (1, Some(400), true)]);
}

#[tokio::test]
async fn models_are_listed_from_all_providers_and_a_dead_one_hides_no_other() {
    let stage = Stage::set().await;
    let address = rearview_tests::scripted_memory::ScriptedMemory::dead_address().unwrap();
    let config = json!({"id": "gone", "name": "Gone", "wire": "openai_chat", "baseUrl": format!("http://{address}/v1"), "models": ["by-hand"]});
    let _: Value = stage.app.must("provider.save", json!({"config": config})).await;
    let list: Value = stage.app.must("model.list", json!({})).await;
    let ids: Vec<&str> =
        list["items"].as_array().unwrap().iter().filter_map(|item| item["id"].as_str()).collect();
    assert_eq!(
        ids,
        [
            "demo/demo",
            "scripted/scripted-1",
            "scripted/scripted-2",
            "claude/scripted-1",
            "claude/scripted-2",
            "gone/by-hand"
        ]
    );
    assert_eq!(list["failed"][0]["providerId"], "gone");
}

#[tokio::test]
async fn an_address_is_healed_and_every_change_is_told() {
    let stage = Stage::set().await;
    let pasted = format!("{}/chat/completions", stage.provider.base_url());
    let config = json!({"id": "pasted", "name": "", "wire": "openai_chat", "baseUrl": pasted});
    let saved: Value = stage.app.must("provider.save", json!({"config": config})).await;
    assert_eq!(saved["config"]["baseUrl"], stage.provider.base_url());
    assert_eq!(saved["healed"].as_array().unwrap().len(), 1);
    for (field, value) in [("id", "Not An Id"), ("id", "demo"), ("baseUrl", "http://"), ("wire", "demo")] {
        let mut config = config.clone();
        config[field] = json!(value);
        let refused = stage.app.refused("provider.save", json!({"config": config})).await;
        assert_eq!(refused.code, ErrorCode::InvalidInput, "{field}: {value}");
    }
}

//! A turn from Enter to its end: streaming, stopping, failing, trying again.

use crate::stage::{MODELS, Stage, assert_recorded_as_sent};
use rearview_domain::event::Happening;
use rearview_domain::message::Part;
use rearview_domain::turn::{FinishReason, MemoryOutcome, RetainSkip, RetainState, TurnState};
use rearview_domain::{ErrorCode, TurnId};
use rearview_tests::gate::Gate;
use rearview_tests::scripted_memory::{Endpoint, Mood};
use rearview_tests::scripted_provider::Script;
use rearview_tests::temp_app::KEY;
use serde_json::{Value, json};

#[tokio::test]
async fn a_turn_is_shown_kept_recorded_and_stored_the_same() {
    let stage = Stage::with_facts(&["Ana is vegetarian."]).await;
    for model in MODELS {
        let answer = "Since Ana is vegetarian: 日本の豆腐 😀.";
        stage.provider.answer(Script::text(answer).reasoning("Let me think.").usage(100, 20).in_pieces_of(3));
        let chat = stage.app.chat_with(json!({"kind": "normal", "model": model})).await;
        let ended = stage.app.say(&chat, "Where should we eat?").await;
        assert_eq!((ended.turn.state, ended.error.clone()), (TurnState::Finished, None));
        assert_eq!((ended.said(), ended.shown()), (answer.to_owned(), answer.to_owned()));
        assert!(
            ended
                .parts
                .iter()
                .any(|part| matches!(part, Part::Reasoning { text, .. } if text == "Let me think."))
        );
        assert_eq!(ended.turn.finish, Some(FinishReason::Stop));
        assert_eq!((ended.turn.usage.input, ended.turn.usage.output), (Some(100), Some(20)));
        assert!(matches!(ended.turn.memory, Some(MemoryOutcome::Used { count: 1, .. })));
        assert_recorded_as_sent(&ended, &stage.provider);

        // What the page folds while it runs is what it reads afterwards.
        let seqs: Vec<u32> = ended.events.iter().map(|event| event.seq).collect();
        assert_eq!(seqs, (1..=ended.events.len() as u32).collect::<Vec<_>>());
        let mut live = ended.record.clone();
        live = rearview_domain::record::TurnRecord::new(live.turn_id, live.chat_id, live.started_at);
        for event in &ended.events {
            if let Happening::Record { part } = &event.event {
                live.apply((**part).clone());
            }
        }
        // The outbox may have moved on between the last event and the reading.
        let now = ended.record.retained.as_ref().map(|retained| retained.state.clone());
        live.retained.as_mut().unwrap().state = now.unwrap();
        assert_eq!(live, ended.record);

        let view: Value = stage.app.must("chat.open", json!({"chatId": chat, "tail": 10})).await;
        assert_eq!(view["chat"]["title"], "Where should we eat?");
        assert_eq!(view["messages"][1]["parts"], serde_json::to_value(&ended.parts).unwrap());
        stage.app.stored(&ended).await;
        let document = stage.memory.document(ended.turn.document_id().as_str()).unwrap();
        assert_eq!(document.item["content"], format!("USER: Where should we eat?\n\nASSISTANT: {answer}"));
        assert_eq!(document.item["tags"], json!([format!("chat:{chat}")]));
        assert_eq!(document.item["update_mode"], "replace");
        assert_eq!(document.item["timestamp"], json!(ended.turn.started_at));
    }
}

#[tokio::test]
async fn the_previous_exchange_goes_along_as_context_and_not_as_content() {
    let stage = Stage::set().await;
    let (chat, _) = stage.say("Let us talk about Lisbon").await;
    let second = stage.app.say(&chat, "And there?").await;
    stage.app.stored(&second).await;
    let document = stage.memory.document(second.turn.document_id().as_str()).unwrap();
    assert_eq!(document.item["content"], "USER: And there?\n\nASSISTANT: You said: And there?");
    let context = document.item["context"].as_str().unwrap();
    assert!(context.contains("USER: Let us talk about Lisbon"), "{context}");
}

#[tokio::test]
async fn the_model_can_change_in_mid_chat_and_the_bank_stays() {
    let stage = Stage::with_facts(&["Ana sails."]).await;
    let (chat, _) = stage.say("One").await;
    let second = stage.app.send(&chat, json!({"text": "Two", "model": MODELS[1]})).await;
    assert_eq!(stage.provider.last().unwrap().path, "/v1/messages");
    assert_eq!(second.turn.model, MODELS[1]);
    assert_eq!(second.memories(), ["Ana sails."]);
    let body = stage.provider.last().unwrap().json();
    assert_eq!(body["messages"][0]["content"], "One");
    assert_eq!(body["messages"][1]["content"], "You said: One");
    let third = stage.app.say(&chat, "Three").await;
    assert_eq!(third.turn.model, MODELS[0], "one message's model is not the chat's");
    for call in stage.memory.calls(Endpoint::Recall) {
        assert_eq!(call.bank, "ana");
    }
}

#[tokio::test]
async fn stopping_keeps_what_came_hangs_up_and_stores_it() {
    let stage = Stage::set().await;
    let gate = Gate::new();
    stage.provider.answer(Script::text("The beginning ").wait(&gate).then("never seen"));
    let chat = stage.app.chat().await;
    let started = stage.app.start(&chat, json!({"text": "Tell me"})).await.unwrap();
    assert!(gate.reached().await);
    // The pieces are shown one by one; stop only after the person could read them.
    while !shown(&stage, &started.run).await.contains("beginning") {}
    stage.app.cancel(&started).await;
    let ended = stage.app.finish(&started).await;
    assert!(stage.provider.hung_up().await);
    assert_eq!((ended.turn.state, ended.said().trim()), (TurnState::Cancelled, "The beginning"));
    assert_eq!(ended.error, None);
    stage.app.stored(&ended).await;
    let document = stage.memory.document(ended.turn.document_id().as_str()).unwrap();
    assert_eq!(document.item["content"], "USER: Tell me\n\nASSISTANT: The beginning ");
}

/// What a run has shown so far.
async fn shown(stage: &Stage, run: &rearview_domain::RunId) -> String {
    let (sink, mut events) = tokio::sync::mpsc::unbounded_channel();
    let request = json!({"runId": run, "afterSeq": 0}).to_string();
    let attaching = rearview_api::table::stream(stage.app.app(), "turn.attach", &request, Box::new(sink));
    let mut text = String::new();
    tokio::select! {
        _ = attaching => {}
        () = async {
            while let Some(event) = events.recv().await {
                let event: Value = serde_json::from_str(&event).unwrap();
                text.push_str(event["event"]["text"].as_str().unwrap_or_default());
                if event["event"]["kind"] == "text" && text.contains("beginning") {
                    return;
                }
            }
        } => {}
    }
    text
}

#[tokio::test]
async fn stopping_while_memory_is_asked_sends_nothing_and_hangs_up_there_too() {
    let stage = Stage::set().await;
    let gate = Gate::new();
    stage.memory.mood(Endpoint::Reflect, Mood::After(gate.clone()));
    let chat = stage.app.chat().await;
    let request = json!({"text": "Where?", "settings": {"mode": "reflect"}});
    let started = stage.app.start(&chat, request).await.unwrap();
    assert!(gate.reached().await);
    stage.app.cancel(&started).await;
    let ended = stage.app.finish(&started).await;
    assert_eq!(ended.turn.state, TurnState::Cancelled);
    assert!(stage.memory.hung_up().await, "the memory server goes on thinking for nobody");
    assert!(stage.provider.requests().is_empty());
    assert_eq!(ended.turn.retain, Some(RetainState::Skipped { why: RetainSkip::Nothing }));
}

#[tokio::test]
async fn whoever_does_not_want_to_wait_for_memory_goes_on_without_it() {
    let stage = Stage::with_facts(&["Ana sails."]).await;
    let gate = Gate::new();
    stage.memory.mood(Endpoint::Recall, Mood::After(gate.clone()));
    let chat = stage.app.chat().await;
    let request = json!({"text": "Where?", "settings": {"recall_timeout_ms": 60_000}});
    let started = stage.app.start(&chat, request).await.unwrap();
    assert!(gate.reached().await);
    let _: Value = stage.app.must("turn.skipMemory", json!({"runId": started.run})).await;
    let ended = stage.app.finish(&started).await;
    assert_eq!(ended.turn.state, TurnState::Finished);
    assert!(
        matches!(ended.turn.memory, Some(MemoryOutcome::Failed { ref error }) if error.code == ErrorCode::Cancelled)
    );
    assert!(ended.memories().is_empty());
    assert!(stage.memory.hung_up().await);
}

#[tokio::test]
async fn an_answer_that_breaks_off_stays_and_can_be_asked_for_again() {
    let stage = Stage::set().await;
    for model in MODELS {
        let broken = [
            Script::text("The beginning ").cut_off(),
            Script::text("The beginning ").error("upstream is gone"),
        ];
        for script in broken {
            stage.provider.answer(script);
            let chat = stage.app.chat_with(json!({"kind": "normal", "model": model})).await;
            let failed = stage.app.say(&chat, "Tell me").await;
            assert_eq!((failed.turn.state, failed.said().trim()), (TurnState::Failed, "The beginning"));
            let error = failed.error.clone().unwrap();
            assert!(error.retryable, "{error:?}");
            assert_eq!(failed.turn.error, Some(error));
            let again = stage.app.retry(&chat, failed.turn.question_id.as_str(), json!({})).await;
            assert_eq!(again.said(), "You said: Tell me");
            // The failed attempt is beside the new one, not in it.
            assert!(!stage.provider.last().unwrap().text().contains("The beginning"));
        }
    }
}

#[tokio::test]
async fn a_failed_turn_leaves_the_question_and_an_empty_answer_is_not_sent_back() {
    let stage = Stage::set().await;
    stage.provider.answer(Script::refuses(400, "bad_request", "no"));
    let (chat, failed) = stage.say("First").await;
    assert_eq!(failed.turn.retain, Some(RetainState::Skipped { why: RetainSkip::Nothing }));
    stage.app.say(&chat, "Second").await;
    let body = stage.provider.last().unwrap().json();
    let messages: Vec<&Value> = body["messages"].as_array().unwrap().iter().collect();
    let said: Vec<&str> = messages.iter().map(|message| message["content"].as_str().unwrap()).collect();
    assert_eq!(said, ["First", "Second"]);
}

#[tokio::test]
async fn two_messages_at_once_in_one_chat_make_one_turn_and_one_refusal() {
    let stage = Stage::set().await;
    let chat = stage.app.chat().await;
    let both = tokio::join!(
        stage.app.start(&chat, json!({"text": "One"})),
        stage.app.start(&chat, json!({"text": "Two"})),
    );
    let (started, refused) = match both {
        (Ok(started), Err(refused)) | (Err(refused), Ok(started)) => (started, refused),
        other => panic!("{other:?}"),
    };
    assert_eq!(refused.code, ErrorCode::Conflict);
    stage.app.finish(&started).await;
    let view: Value = stage.app.must("chat.open", json!({"chatId": chat, "tail": 10})).await;
    assert_eq!(view["path"].as_array().unwrap().len(), 2);
}

#[tokio::test]
async fn a_page_that_reloads_attaches_again_and_misses_nothing() {
    let stage = Stage::set().await;
    let gate = Gate::new();
    stage.provider.answer(Script::text("One ").wait(&gate).then("two"));
    let chat = stage.app.chat().await;
    let started = stage.app.start(&chat, json!({"text": "Count"})).await.unwrap();
    assert!(gate.reached().await);
    let view: Value = stage.app.must("chat.open", json!({"chatId": chat, "tail": 10})).await;
    let running = json!([{"runId": started.run, "answerId": started.turn.answer_id}]);
    assert_eq!(view["running"], running);
    gate.open();
    let ended = stage.app.finish(&started).await;
    assert_eq!(ended.shown(), "One two");
    assert_eq!(stage.app.attach(&started.run).await, ended.events);
    let view: Value = stage.app.must("chat.open", json!({"chatId": chat, "tail": 10})).await;
    assert_eq!(view["running"], json!([]));
}

#[tokio::test]
async fn a_message_of_a_megabyte_goes_through_whole() {
    let stage = Stage::set().await;
    let text = "Lisbon 😀 \"quoted\"\n".repeat(1_048_576 / 20 + 1);
    stage.provider.answer(Script::text("Noted."));
    let (chat, ended) = stage.say(&text).await;
    assert_recorded_as_sent(&ended, &stage.provider);
    let sent = ended.sent_from(|origin| matches!(origin, rearview_domain::record::Origin::User { .. }));
    assert!(sent == [text.as_str()], "what was sent is not what was said");
    let view: Value = stage.app.must("chat.open", json!({"chatId": chat, "tail": 10})).await;
    assert_eq!(view["messages"][0]["parts"][0]["text"], text);
    assert_eq!(view["chat"]["title"].as_str().unwrap().chars().count(), 17);
}

#[tokio::test]
async fn curl_repeats_the_request_without_the_key() {
    let stage = Stage::set().await;
    for (model, variable) in MODELS.into_iter().zip(["$SCRIPTED_API_KEY", "$CLAUDE_API_KEY"]) {
        let chat = stage.app.chat_with(json!({"kind": "normal", "model": model})).await;
        let ended = stage.app.say(&chat, "It's me").await;
        let got = stage.provider.last().unwrap();
        assert!(got.headers.iter().any(|(_, value)| value.contains(KEY)), "the key was not sent");
        let request = json!({"chatId": chat, "turnId": ended.turn.id, "step": 0});
        let copied: Value = stage.app.must("turn.curl", request).await;
        let command = copied["text"].as_str().unwrap();
        assert!(!command.contains(KEY) && command.contains(variable), "{command}");
        let body = got.text().replace('\'', r"'\''");
        assert!(command.ends_with(&format!("--data-raw '{body}'")), "{command}");
        let record = serde_json::to_string(&ended.record).unwrap();
        assert!(!record.contains(KEY) && !serde_json::to_string(&ended.events).unwrap().contains(KEY));
    }
}

#[tokio::test]
async fn what_does_not_exist_is_told_so() {
    let stage = Stage::set().await;
    let (chat, ended) = stage.say("Hello").await;
    let none = TurnId::mint();
    for (command, request) in [
        ("turn.record", json!({"chatId": chat, "turnId": none})),
        ("turn.body", json!({"chatId": chat, "turnId": ended.turn.id, "step": 7})),
        ("turn.cancel", json!({"runId": "nobody"})),
        ("chat.open", json!({"chatId": "nobody", "tail": 1})),
        ("chat.image", json!({"chatId": chat, "hash": "00"})),
        ("turn.retryRetain", json!({"chatId": chat, "turnId": none})),
        ("server.makeDefault", json!({"serverId": "nobody"})),
    ] {
        assert_eq!(stage.app.refused(command, request).await.code, ErrorCode::NotFound, "{command}");
    }
    let unknown = stage.app.refused("chat.explode", json!({})).await;
    assert_eq!(unknown.code, ErrorCode::InvalidInput);
    let misspelt = stage.app.refused("chat.open", json!({"chatId": chat, "tail": 1, "depth": 3})).await;
    assert_eq!(misspelt.code, ErrorCode::InvalidInput);
}

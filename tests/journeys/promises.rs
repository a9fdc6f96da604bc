//! What hindsight-litellm 0.5.4 promises and does not keep, kept. One test for each broken promise.
//!
//! | what breaks there | test here |
//! |---|---|
//! | 1.1 overrides of one call are ignored and leak into the provider's body | `an_override_for_one_message_reaches_memory_and_never_the_provider` |
//! | 1.1 configuring twice wipes what was set before; a value can never be cleared | `changing_one_setting_keeps_the_others_and_a_list_can_be_cleared` |
//! | 1.1 unknown values of a mode are taken in silence | `a_setting_that_does_not_exist_is_refused_and_nothing_is_sent` |
//! | 1.2 the pipeline runs twice: two blocks, two documents | `one_message_is_one_recall_one_block_one_request_and_one_document` |
//! | 1.2 a bank named for one call is also written to the default bank | `a_bank_named_for_one_message_is_the_only_one_touched` |
//! | 1.2 asynchronous calls never inject | `a_streamed_answer_was_asked_for_with_memory` |
//! | 1.2 a system prompt or content that is a list is turned into text | `injection::a_list_of_parts_stays_a_list_in_every_placement_on_both_wires` |
//! | 1.3 trace and include settings are not sent | `rules::each_level_overrules_the_one_below_and_the_record_says_which_did` |
//! | 1.6 a failure is swallowed and seen by nobody | `a_failure_of_memory_is_shown_at_the_message_and_in_the_record` |
//! | 1.6 the first turn of a new bank logs an error | `the_first_turn_of_a_new_bank_is_no_failure` |
//! | 1.6 a failed store loses the answer | `a_retain_that_fails_costs_no_answer` |
//! | 1.7 the whole history is stored every turn | `each_turn_stores_itself_and_the_history_does_not_grow_in_memory` |
//! | 1.7 injected text is stored back | `what_was_injected_is_never_stored_whatever_the_placement_and_mode` |
//! | 1.7 in one placement the person's own message is dropped from storage | the same |
//! | 1.7 background failures vanish; the last turn is lost at exit | `the_last_turn_before_quitting_is_stored_after_the_next_start` |
//! | 1.8 an abandoned stream is never stored | `an_answer_nobody_listens_to_is_stored` |
//! | 1.8 streamed tool calls are lost | `a_streamed_tool_call_is_kept_in_the_answer` |
//! | 1.9 asking for reflect's facts injects nothing | `reflect_tells_what_it_rests_on_and_is_injected` |
//! | 1.9 the debug record names the wrong bank after an error | `a_failure_of_memory_is_shown_at_the_message_and_in_the_record` |
//! | 1.11, 1.12 settings are global to the process | `two_chats_at_once_keep_their_settings_apart` |
//! | 1.12 a fixed query is stored as what the person said | `a_fixed_query_does_not_change_what_is_stored` |
//! | 1.12 only the first text part is searched with | `a_message_without_words_is_searched_with_the_last_that_had_some` |
//!
//! 1.10 (missions) is not ours yet: nothing here sets one, so nothing can fail to.

use crate::stage::{MODELS, Stage};
use rearview_domain::ErrorCode;
use rearview_domain::message::Part;
use rearview_domain::turn::{MemoryOutcome, RetainState};
use rearview_tests::gate::Gate;
use rearview_tests::scripted_memory::{Endpoint, Mood};
use rearview_tests::scripted_provider::Script;
use serde_json::{Value, json};

#[tokio::test]
async fn an_override_for_one_message_reaches_memory_and_never_the_provider() {
    let stage = Stage::set().await;
    let overrides = json!({
        "budget": "high", "max_memory_tokens": 77, "fact_types": ["observation"], "recall_tags": ["once"],
        "recall_tags_match": "any_strict", "min_scores": {"final": 0.25}, "tags": ["stored-once"],
        "metadata": {"why": "override"}, "query": {"kind": "fixed", "text": "only for memory"},
    });
    for model in MODELS {
        let chat = stage.app.chat_with(json!({"kind": "normal", "model": model})).await;
        let ended = stage.app.send(&chat, json!({"text": "Hello", "settings": overrides})).await;
        let asked = stage.memory.calls(Endpoint::Recall).pop().unwrap().body;
        assert_eq!(
            asked,
            json!({"query": "only for memory", "types": ["observation"], "budget": "high", "max_tokens": 77,
                   "trace": true, "tags": ["once"], "tags_match": "any_strict", "min_scores": {"final": 0.25}})
        );
        stage.app.stored(&ended).await;
        let item = stage.memory.document(ended.turn.document_id().as_str()).unwrap().item;
        assert_eq!(item["tags"][0], "stored-once");
        assert_eq!(item["metadata"]["why"], "override");
        let plain_chat = stage.app.chat_with(json!({"kind": "normal", "model": model})).await;
        let plain = stage.app.say(&plain_chat, "Hello").await;
        assert_eq!(ended.body(), plain.body(), "an override changed the provider's request");
    }
}

#[tokio::test]
async fn changing_one_setting_keeps_the_others_and_a_list_can_be_cleared() {
    let stage = Stage::set().await;
    let server = json!({"id": stage.server, "name": "Memory", "baseUrl": stage.memory.url(), "defaultBank": "ana",
                        "settings": {"recall_tags": ["a"], "max_memory_tokens": 9}});
    let _: Value = stage.app.must("server.save", json!({"config": server, "makeDefault": true})).await;
    let chat = stage.app.chat().await;
    stage.app.update(&chat, json!({"settings": {"budget": "low"}})).await;
    stage.app.update(&chat, json!({"title": "Renamed"})).await;
    stage.app.send(&chat, json!({"text": "one", "settings": {"recall_tags": []}})).await;
    let asked = stage.memory.calls(Endpoint::Recall).pop().unwrap().body;
    assert_eq!(asked, json!({"query": "one", "budget": "low", "max_tokens": 9, "trace": true}));
    stage.app.say(&chat, "two").await;
    let asked = stage.memory.calls(Endpoint::Recall).pop().unwrap().body;
    assert_eq!(asked["tags"], json!(["a"]), "the override outlived its message");
}

#[tokio::test]
async fn a_setting_that_does_not_exist_is_refused_and_nothing_is_sent() {
    let stage = Stage::set().await;
    let chat = stage.app.chat().await;
    for settings in [json!({"bugdet": "high"}), json!({"placement": "everywhere"}), json!({"budget": "max"})]
    {
        let refused = stage.app.start(&chat, json!({"text": "x", "settings": settings})).await.unwrap_err();
        assert_eq!(refused.code, ErrorCode::InvalidInput);
    }
    assert!(stage.provider.requests().is_empty() && stage.memory.all_calls().is_empty());
}

#[tokio::test]
async fn one_message_is_one_recall_one_block_one_request_and_one_document() {
    let stage = Stage::with_facts(&["Ana sails."]).await;
    for model in MODELS {
        let before = (stage.memory.calls(Endpoint::Recall).len(), stage.provider.requests().len());
        let chat = stage.app.chat_with(json!({"kind": "normal", "model": model})).await;
        let ended = stage.app.say(&chat, "Where?").await;
        stage.app.stored(&ended).await;
        let after = (stage.memory.calls(Endpoint::Recall).len(), stage.provider.requests().len());
        assert_eq!((after.0 - before.0, after.1 - before.1), (1, 1));
        assert_eq!(stage.provider.last().unwrap().text().matches("# Relevant Memories").count(), 1);
    }
    assert_eq!(stage.memory.calls(Endpoint::Retain).len(), MODELS.len());
    assert!(stage.memory.documents().iter().all(|document| document.stored == 1));
}

#[tokio::test]
async fn a_bank_named_for_one_message_is_the_only_one_touched() {
    let stage = Stage::set().await;
    let chat = stage.app.chat().await;
    let ended = stage.app.send(&chat, json!({"text": "Hello", "bankId": "other"})).await;
    stage.app.stored(&ended).await;
    for call in stage.memory.all_calls() {
        assert_eq!(call.bank, "other", "{call:?}");
    }
}

#[tokio::test]
async fn a_streamed_answer_was_asked_for_with_memory() {
    let stage = Stage::with_facts(&["Ana sails."]).await;
    let (_, ended) = stage.say("Where?").await;
    let body = stage.provider.last().unwrap().json();
    assert_eq!(body["stream"], true);
    assert!(body["messages"].to_string().contains("Ana sails."));
    assert_eq!(ended.memories(), ["Ana sails."]);
}

#[tokio::test]
async fn a_failure_of_memory_is_shown_at_the_message_and_in_the_record() {
    let stage = Stage::set().await;
    let gate = Gate::new();
    for (mood, code) in [
        (Mood::Refuses(500, "the database is gone"), ErrorCode::Overloaded),
        (Mood::Html, ErrorCode::ServerIncompatible),
        (Mood::HalfJson, ErrorCode::ServerIncompatible),
        (Mood::WrongTypes, ErrorCode::ServerIncompatible),
        (Mood::After(gate), ErrorCode::Timeout),
    ] {
        stage.memory.mood(Endpoint::Recall, mood);
        let chat = stage.app.chat().await;
        let settings = json!({"recall_timeout_ms": 2_000});
        let ended =
            stage.app.send(&chat, json!({"text": "Where?", "bankId": "other", "settings": settings})).await;
        assert_eq!(ended.said(), "You said: Where?", "memory broke the chat");
        let Some(MemoryOutcome::Failed { error }) = ended.turn.memory.clone() else {
            panic!("{code:?}: {:?}", ended.turn.memory)
        };
        assert_eq!(error.code, code);
        let call = ended.record.memory.clone().unwrap();
        assert_eq!((call.error.as_ref(), &call.request["query"]), (Some(&error), &json!("Where?")));
        assert_eq!(ended.record.resolved.clone().unwrap().bank.bank_id.as_str(), "other");
        let status: Value = stage.app.must("memory.status", json!({"chatId": chat})).await;
        assert_eq!(status["health"]["ok"], false);
    }
}

#[tokio::test]
async fn the_first_turn_of_a_new_bank_is_no_failure() {
    let stage = Stage::set().await;
    let chat = stage.app.chat().await;
    let ended = stage.app.send(&chat, json!({"text": "Hello", "bankId": "new bank"})).await;
    assert_eq!(ended.turn.memory, Some(MemoryOutcome::Empty { new_bank: true }));
    assert_eq!(ended.record.memory.clone().unwrap().error, None);
    stage.app.stored(&ended).await;
}

#[tokio::test]
async fn a_retain_that_fails_costs_no_answer() {
    let stage = Stage::set().await;
    stage.memory.mood(Endpoint::Retain, Mood::Refuses(500, "no"));
    let (chat, ended) = stage.say("Hello").await;
    assert_eq!((ended.said().as_str(), ended.error), ("You said: Hello", None));
    let view: Value = stage.app.must("chat.open", json!({"chatId": chat, "tail": 10})).await;
    assert_eq!(view["messages"][1]["parts"][0]["text"], "You said: Hello");
}

#[tokio::test]
async fn each_turn_stores_itself_and_the_history_does_not_grow_in_memory() {
    let stage = Stage::set().await;
    let chat = stage.app.chat().await;
    let mut sizes = Vec::new();
    for turn in 0..6 {
        let ended = stage.app.say(&chat, &format!("Sentence number {turn}.")).await;
        stage.app.stored(&ended).await;
        let item = stage.memory.document(ended.turn.document_id().as_str()).unwrap().item;
        let content = item["content"].as_str().unwrap();
        assert_eq!(
            content,
            format!("USER: Sentence number {turn}.\n\nASSISTANT: You said: Sentence number {turn}.")
        );
        sizes.push(item.to_string().len());
    }
    // The context holds one exchange, never more.
    assert_eq!(sizes[1], sizes[5], "{sizes:?}");
    assert_eq!(stage.memory.documents().len(), 6);
}

#[tokio::test]
async fn what_was_injected_is_never_stored_whatever_the_placement_and_mode() {
    let stage = Stage::with_facts(&["xyzzy-fact"]).await;
    stage.memory.reflects("xyzzy-paragraph", Value::Null);
    for model in MODELS {
        for placement in ["own_block", "system_message", "prepend_user"] {
            for mode in ["recall", "reflect"] {
                stage.provider.answer(Script::text("Noted."));
                let chat = stage.app.chat_with(json!({"kind": "normal", "model": model})).await;
                let image = json!({"mediaType": "image/png", "base64": "iVBORw0KGgo="});
                let images = if mode == "recall" { json!([image]) } else { json!([]) };
                let settings = json!({"placement": placement, "mode": mode});
                let request = json!({"text": "My own words", "images": images, "settings": settings});
                let ended = stage.app.send(&chat, request).await;
                assert!(ended.body().contains("xyzzy"), "{model} {placement} {mode}: nothing was injected");
                let retained = ended.record.retained.unwrap();
                assert_eq!(retained.content, "USER: My own words\n\nASSISTANT: Noted.");
            }
        }
    }
    assert!(stage.memory.until(|memory| memory.documents().len() == 12).await);
    for call in stage.memory.calls(Endpoint::Retain) {
        assert!(!call.body.to_string().contains("xyzzy"), "{}", call.body);
    }
}

#[tokio::test]
async fn the_last_turn_before_quitting_is_stored_after_the_next_start() {
    let mut stage = Stage::set().await;
    stage.memory.mood(Endpoint::Retain, Mood::Refuses(500, "not now"));
    let (chat, ended) = stage.say("Good night").await;
    let waits =
        |state: &RetainState| matches!(state, RetainState::Queued { attempts: 1.., last_error: Some(_), .. });
    stage.app.retained(&chat, &ended.turn.id, waits).await;
    stage.app.quit().await;
    stage.memory.mood(Endpoint::Retain, Mood::Well);
    stage.app.open_again().await;
    stage.app.stored(&ended).await;
    assert_eq!(stage.memory.document(ended.turn.document_id().as_str()).unwrap().stored, 1);
}

#[tokio::test]
async fn an_answer_nobody_listens_to_is_stored() {
    let stage = Stage::set().await;
    let chat = stage.app.chat().await;
    let started = stage.app.start(&chat, json!({"text": "Hello"})).await.unwrap();
    // Nobody attaches: the run goes on by itself.
    stage.app.retained(&chat, &started.turn.id, |state| matches!(state, RetainState::Done { .. })).await;
    let document = stage.memory.document(started.turn.document_id().as_str()).unwrap();
    assert_eq!(document.item["content"], "USER: Hello\n\nASSISTANT: You said: Hello");
}

#[tokio::test]
async fn a_streamed_tool_call_is_kept_in_the_answer() {
    let stage = Stage::set().await;
    for model in MODELS {
        stage.provider.answer(Script::text("Let me look. ").tool_call("find", "{\"q\": 1}").in_pieces_of(5));
        let chat = stage.app.chat_with(json!({"kind": "normal", "model": model})).await;
        let ended = stage.app.say(&chat, "Find it").await;
        let calls: Vec<&Part> =
            ended.parts.iter().filter(|part| matches!(part, Part::ToolCall { .. })).collect();
        let [Part::ToolCall { name, arguments, .. }] = calls.as_slice() else { panic!("{:?}", ended.parts) };
        assert_eq!((name.as_str(), arguments.as_str()), ("find", "{\"q\": 1}"));
        assert_eq!(ended.said(), "Let me look. ");
    }
}

#[tokio::test]
async fn reflect_tells_what_it_rests_on_and_is_injected() {
    let stage = Stage::set().await;
    stage.memory.reflects("Ana eats no meat.", Value::Null);
    let chat = stage.app.chat().await;
    let settings = json!({"mode": "reflect", "reflect_context": "planning dinner"});
    let ended = stage.app.send(&chat, json!({"text": "Where?", "settings": settings})).await;
    let asked = stage.memory.calls(Endpoint::Reflect).pop().unwrap().body;
    assert_eq!(asked["include"], json!({"facts": {}, "tool_calls": {"output": true}}));
    assert_eq!((&asked["context"], &asked["query"]), (&json!("planning dinner"), &json!("Where?")));
    let reflected = ended.record.memory.clone().unwrap().reflect.unwrap();
    assert_eq!(reflected.based_on.unwrap()["memories"][0]["text"], "a fact");
    assert!(matches!(ended.turn.memory, Some(MemoryOutcome::Used { count: 1, .. })));
    assert!(ended.body().contains("Ana eats no meat."));
}

#[tokio::test]
async fn two_chats_at_once_keep_their_settings_apart() {
    let stage = Stage::set().await;
    stage.memory.knows("left", &["left fact"]).knows("right", &["right fact"]);
    let (left, right) = (stage.app.chat().await, stage.app.chat().await);
    stage.app.update(&left, json!({"bankId": "left", "settings": {"placement": "system_message"}})).await;
    stage.app.update(&right, json!({"bankId": "right"})).await;
    let (left, right) = tokio::join!(stage.app.say(&left, "one"), stage.app.say(&right, "two"));
    assert_eq!(
        (left.memories(), right.memories()),
        (vec!["left fact".to_owned()], vec!["right fact".to_owned()])
    );
    let placed = |ended: &rearview_tests::temp_app::Ended| ended.record.injected.clone().unwrap().placement;
    assert_ne!(placed(&left), placed(&right));
}

#[tokio::test]
async fn a_fixed_query_does_not_change_what_is_stored() {
    let stage = Stage::set().await;
    let chat = stage.app.chat().await;
    let settings = json!({"query": {"kind": "fixed", "text": "Ana's diet"}});
    let ended = stage.app.send(&chat, json!({"text": "Where shall we eat?", "settings": settings})).await;
    assert_eq!(stage.memory.calls(Endpoint::Recall).pop().unwrap().body["query"], "Ana's diet");
    let content = ended.record.retained.unwrap().content;
    assert!(content.starts_with("USER: Where shall we eat?") && !content.contains("diet"), "{content}");
}

#[tokio::test]
async fn a_message_without_words_is_searched_with_the_last_that_had_some() {
    let stage = Stage::set().await;
    let (chat, _) = stage.say("Where is this tower?").await;
    let image = json!({"mediaType": "image/png", "base64": "iVBORw0KGgo="});
    let ended = stage.app.send(&chat, json!({"text": "", "images": [image]})).await;
    assert_eq!(stage.memory.calls(Endpoint::Recall).pop().unwrap().body["query"], "Where is this tower?");
    assert_eq!(ended.record.query.unwrap().derived, "last user message that has words");
}

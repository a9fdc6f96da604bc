//! The same message to several models at once.

use rearview_domain::message::Part;
use rearview_domain::turn::{RetainSkip, RetainState, TurnState};
use rearview_domain::{ErrorCode, MessageId};
use rearview_tests::scripted_memory::ScriptedMemory;
use rearview_tests::scripted_provider::{Script, ScriptedProvider};
use rearview_tests::temp_app::{KEY, Started, TempApp};
use serde_json::{Value, json};

const FIRST: &str = "one/scripted-1";
const SECOND: &str = "two/scripted-1";

struct Desk {
    app: TempApp,
    one: ScriptedProvider,
    two: ScriptedProvider,
    memory: ScriptedMemory,
}

impl Desk {
    async fn set() -> Self {
        let app = TempApp::new().await;
        let (one, two) = (ScriptedProvider::start().await.unwrap(), ScriptedProvider::start().await.unwrap());
        for (id, wire, provider) in [("one", "openai_chat", &one), ("two", "anthropic_messages", &two)] {
            let config = json!({"id": id, "name": id, "wire": wire, "baseUrl": provider.base_url()});
            let _: Value = app.must("provider.save", json!({"config": config, "key": KEY})).await;
        }
        let memory = ScriptedMemory::start().await.unwrap();
        app.server(&memory.url(), None).await;
        Self { app, one, two, memory }
    }

    async fn ask(&self, chat: &Value, also: Value) -> Value {
        let request = json!({
            "chatId": chat, "text": "Where should we eat?", "images": [], "after": {"kind": "leaf"},
            "model": FIRST, "also": also, "settings": {}
        });
        self.app.must("turn.start", request).await
    }
}

fn started(answer: &Value) -> Started {
    Started {
        run: serde_json::from_value(answer["runId"].clone()).unwrap(),
        turn: serde_json::from_value(answer["turn"].clone()).unwrap(),
    }
}

#[tokio::test]
async fn each_model_answers_in_a_turn_of_its_own_and_only_the_first_is_visible_and_stored() {
    let desk = Desk::set().await;
    desk.one.answer(Script::text("At Ana's.").usage(10, 3));
    desk.two.answer(Script::text("At Ben's.").usage(20, 4));
    let chat = json!(desk.app.chat().await);
    let answer = desk.ask(&chat, json!([SECOND])).await;
    let (first, second) = (started(&answer), started(&answer["also"][0]));
    let (one, two) = tokio::join!(desk.app.finish(&first), desk.app.finish(&second));
    assert_eq!((one.said(), two.said()), ("At Ana's.".into(), "At Ben's.".into()));
    assert_eq!((one.turn.usage.input, two.turn.usage.input), (Some(10), Some(20)));
    assert_eq!((one.turn.model.as_str(), two.turn.model.as_str()), (FIRST, SECOND));
    assert_eq!(one.turn.question_id, two.turn.question_id);
    assert_ne!(one.record.steps[0].url, two.record.steps[0].url);
    assert_eq!(two.turn.retain, Some(RetainState::Skipped { why: RetainSkip::NotVisible }));
    desk.app.stored(&one).await;
    assert!(desk.memory.document(two.turn.document_id().as_str()).is_none());

    let view: Value = desk.app.must("chat.open", json!({"chatId": chat, "tail": 10})).await;
    assert_eq!(view["chat"]["leafId"], json!(one.turn.answer_id));
    assert_eq!(view["path"][1]["siblings"], 2);
    assert_eq!(view["running"], json!([]));

    // Going on with the other one takes its place in memory.
    let show = json!({"chatId": chat, "messageId": two.turn.answer_id});
    let _: Value = desk.app.must("chat.showBranch", show).await;
    desk.app.stored(&two).await;
    let removed = |state: &RetainState| matches!(state, RetainState::Removed { .. });
    desk.app.retained(&one.turn.chat_id, &one.turn.id, removed).await;
    assert!(desk.memory.document(one.turn.document_id().as_str()).is_none());
}

#[tokio::test]
async fn one_model_that_fails_or_is_stopped_leaves_the_other_alone() {
    let desk = Desk::set().await;
    desk.one.answer(Script::refuses(401, "invalid_api_key", "no"));
    desk.two.answer(Script::text("Still ").never_ends());
    let chat = json!(desk.app.chat().await);
    let answer = desk.ask(&chat, json!([SECOND])).await;
    let (first, second) = (started(&answer), started(&answer["also"][0]));
    let one = desk.app.finish(&first).await;
    assert_eq!(one.turn.state, TurnState::Failed);
    let view: Value = desk.app.must("chat.open", json!({"chatId": chat, "tail": 10})).await;
    assert_eq!(view["running"], json!([{"runId": second.run, "answerId": second.turn.answer_id}]));
    desk.app.cancel(&second).await;
    let two = desk.app.finish(&second).await;
    assert_eq!(two.turn.state, TurnState::Cancelled);
    assert!(two.said().starts_with("Still "));
}

#[tokio::test]
async fn a_model_that_is_not_set_up_stops_all_of_them_before_anything_is_written() {
    let desk = Desk::set().await;
    let chat = json!(desk.app.chat().await);
    let request = json!({
        "chatId": chat, "text": "Hi", "images": [], "after": {"kind": "leaf"}, "model": FIRST,
        "also": ["nowhere/model"], "settings": {}
    });
    let error = desk.app.refused("turn.start", request).await;
    assert_eq!(error.code, ErrorCode::NotConfigured);
    let view: Value = desk.app.must("chat.open", json!({"chatId": chat, "tail": 10})).await;
    assert_eq!(view["path"], json!([]));
    let many: Vec<&str> = vec![SECOND; 6];
    let request = json!({
        "chatId": chat, "text": "Hi", "images": [], "after": {"kind": "leaf"}, "model": FIRST,
        "also": many, "settings": {}
    });
    assert_eq!(desk.app.refused("turn.start", request).await.code, ErrorCode::InvalidInput);
}

#[tokio::test]
async fn a_question_can_be_answered_again_by_several_models() {
    let desk = Desk::set().await;
    let chat = desk.app.chat_with(json!({"kind": "normal", "model": FIRST})).await;
    let first = desk.app.say(&chat, "Where should we eat?").await;
    let request = json!({
        "chatId": chat, "questionId": first.turn.question_id, "model": FIRST, "also": [SECOND], "settings": {}
    });
    let answer: Value = desk.app.must("turn.retry", request).await;
    for begun in [started(&answer), started(&answer["also"][0])] {
        assert_eq!(desk.app.finish(&begun).await.turn.state, TurnState::Finished);
    }
    let view: Value = desk.app.must("chat.open", json!({"chatId": chat, "tail": 10})).await;
    assert_eq!(view["path"][1]["siblings"], 3);
}

#[tokio::test]
async fn a_chat_goes_on_with_another_model_without_losing_tools_images_or_what_it_can_read_of_reasoning() {
    let desk = Desk::set().await;
    let chat = desk.app.chat_with(json!({"kind": "normal", "model": SECOND})).await;
    let settings = json!({"memory_tools": true, "preload": false});
    let image = json!([{"name": "a.png", "mediaType": "image/png", "base64": "iVBORw0KGgo="}]);
    desk.two
        .answer(Script::text("Looking. ").reasoning("Hm.").tool_call("recall_memory", r#"{"query":"Ana"}"#));
    desk.two.answer(Script::text("Nothing."));
    let request = json!({"text": "Who is this?", "images": image, "settings": settings});
    let before = desk.app.send(&chat, request).await;
    assert_eq!(before.said(), "Looking. Nothing.");

    // The other family gets everything but the reasoning, which only its own family can read.
    desk.one.answer(Script::text("Hello from another model."));
    desk.app.send(&chat, json!({"text": "Go on.", "model": FIRST})).await;
    let sent = desk.one.last().unwrap().text();
    for kept in ["data:image/png;base64,iVBORw0KGgo=", "recall_memory", "tool_call_id", "Looking. "] {
        assert!(sent.contains(kept), "{kept} is missing in {sent}");
    }
    assert!(!sent.contains("scripted-signature") && !sent.contains("Hm."), "{sent}");

    // Back at the first, its own reasoning goes along again.
    desk.two.answer(Script::text("Welcome back."));
    desk.app.send(&chat, json!({"text": "And you?", "model": SECOND})).await;
    let sent = desk.two.last().unwrap().text();
    for kept in ["scripted-signature", "Hm.", "tool_use_id", "Hello from another model."] {
        assert!(sent.contains(kept), "{kept} is missing in {sent}");
    }
}

#[tokio::test]
async fn a_file_goes_along_as_text_or_as_it_is_and_what_no_model_reads_is_refused() {
    let desk = Desk::set().await;
    let chat = desk.app.chat_with(json!({"kind": "normal", "model": FIRST})).await;
    let files = json!([
        {"name": "notes.md", "mediaType": "application/octet-stream", "base64": "SGVsbG8="},
        {"name": "a.pdf", "mediaType": "application/pdf", "base64": "JVBERi0="}
    ]);
    let ended = desk.app.send(&chat, json!({"text": "Read these.", "files": files})).await;
    assert_eq!(ended.turn.state, TurnState::Finished);
    let sent = desk.one.last().unwrap().text();
    assert!(sent.contains("File `notes.md`:\\n\\nHello"), "{sent}");
    assert!(sent.contains("\"filename\":\"a.pdf\"") && sent.contains("JVBERi0="), "{sent}");
    let question: MessageId = ended.turn.question_id.clone();
    let kept: Value = desk.app.must("chat.messages", json!({"chatId": chat, "ids": [question]})).await;
    let parts: Vec<Part> = serde_json::from_value(kept["messages"][0]["parts"].clone()).unwrap();
    assert!(matches!(&parts[1], Part::File { name, bytes: 5, .. } if name == "notes.md"), "{parts:?}");
    let binary = json!([{"name": "x.bin", "mediaType": "application/octet-stream", "base64": "AP8A"}]);
    let request = json!({
        "chatId": chat, "text": "x", "images": [], "files": binary, "after": {"kind": "leaf"}, "settings": {}
    });
    let error = desk.app.refused("turn.start", request).await;
    assert!(error.message.contains("x.bin"), "{}", error.message);
}

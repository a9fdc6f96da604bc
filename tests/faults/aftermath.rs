//! What has to hold in a folder whose process has died, given what it had told.

use rearview_domain::message::Message;
use rearview_domain::turn::{RetainSkip, RetainState, Turn, TurnState};
use rearview_domain::{ChatId, MessageId};
use rearview_tests::scripted_memory::ScriptedMemory;
use rearview_tests::temp_app::TempApp;
use serde_json::{Value, json};
use std::path::Path;

/// Opens the folder as the next start does, and checks everything.
pub async fn check(dir: &Path, told: &[Value], memory: &ScriptedMemory) {
    let mut app = TempApp::at(dir).await.unwrap();
    let did = |what: &str| told.iter().filter(|line| line["did"] == what).collect::<Vec<_>>();
    if !did("set up").is_empty() {
        let providers: Value = app.must("provider.list", json!({})).await;
        assert_eq!(providers["items"][1]["config"]["id"], "scripted", "the provider is lost");
    }
    let Some(chat) = did("chat").first().map(|line| line["chat"].clone()) else {
        return app.quit().await;
    };
    let chat: ChatId = serde_json::from_value(chat).unwrap();
    let view: Value = app.must("chat.open", json!({"chatId": chat, "tail": 200})).await;
    if !did("draft").is_empty() {
        let sent = !view["path"].as_array().unwrap().is_empty();
        assert!(sent || view["chat"]["draft"] == "what I wanted to say", "what was typed is lost: {view}");
    }
    let mut all: Vec<Turn> = Vec::new();
    for line in did("started") {
        let request = json!({"chatId": chat, "ids": [line["question"], line["answer"]]});
        let whole: Value = app.must("chat.messages", request).await;
        let messages: Vec<Message> = serde_json::from_value(whole["messages"].clone()).unwrap();
        let [question, answer] = messages.as_slice() else { panic!("{} is lost: {whole}", line["text"]) };
        assert_eq!(json!(question.said()), line["text"]);
        let turns: Vec<Turn> = serde_json::from_value(whole["turns"].clone()).unwrap();
        let turn = turns.into_iter().next().expect("an answer has a turn");
        assert_ne!(turn.state, TurnState::Running, "{} runs for ever", turn.id);
        let shown: String = did("shown")
            .iter()
            .filter(|shown| shown["turn"] == line["turn"])
            .map(|shown| shown["text"].as_str().unwrap())
            .collect();
        let said = answer.said();
        assert!(said.starts_with(&shown), "shown and lost: `{shown}` in `{said}`");
        let record = app.record(&chat, &turn.id).await;
        let retained = record.retained.as_ref().map(|retained| &retained.document_id);
        assert_eq!(retained, Some(&turn.document_id()), "the record does not say what became of the retain");
        if let Some(ended) = did("ended").iter().find(|ended| ended["turn"] == line["turn"]) {
            assert_eq!(ended["state"], json!(turn.state), "the end of a turn is lost");
            for step in &record.steps {
                let request = json!({"chatId": chat, "turnId": turn.id, "step": step.index});
                let body: Value = app.must("turn.body", request).await;
                assert_eq!(body["hash"], json!(step.body_hash));
            }
        }
        all.push(turn);
    }
    if let (Some(last), Some(leaf)) = (all.last(), view["path"].as_array().unwrap().last()) {
        // Turns are started one after the other: the last told one is visible, or the next one is.
        let visible =
            view["path"].as_array().unwrap().iter().any(|head| head["id"] == json!(last.question_id));
        assert!(
            visible || all.iter().all(|turn| json!(turn.answer_id) != leaf["id"]),
            "the branch went back"
        );
    }
    stored_once(&app, &chat, &view, memory).await;
    app.quit().await;
}

/// Waits until the outbox is empty; then memory holds the visible turns that had an answer, each stored by
/// one operation, and nothing else.
async fn stored_once(app: &TempApp, chat: &ChatId, view: &Value, memory: &ScriptedMemory) {
    let mut events = app.events().await;
    loop {
        let status: Value = app.must("memory.status", json!({"chatId": chat})).await;
        assert_eq!(status["failed"], 0);
        if status["waiting"] == 0 {
            break;
        }
        tokio::time::timeout(rearview_tests::gate::PATIENCE, events.next_retain())
            .await
            .expect("the outbox is stuck");
    }
    let view: Value = app.must("chat.open", json!({"chatId": view["chat"]["id"], "tail": 200})).await;
    let messages: Vec<Message> = serde_json::from_value(view["messages"].clone()).unwrap();
    let turns: Vec<Turn> = serde_json::from_value(view["turns"].clone()).unwrap();
    let mut expected: Vec<String> = Vec::new();
    for turn in &turns {
        let said = |id: &MessageId| messages.iter().find(|message| message.id == *id).unwrap().said();
        let (asked, answered) = (said(&turn.question_id), said(&turn.answer_id));
        if answered.is_empty() {
            assert_eq!(turn.retain, Some(RetainState::Skipped { why: RetainSkip::Nothing }), "{turn:?}");
            continue;
        }
        assert!(matches!(turn.retain, Some(RetainState::Done { .. })), "{turn:?}");
        let id = turn.document_id().to_string();
        let document = memory.document(&id).unwrap_or_else(|| panic!("`{asked}` never got to memory"));
        assert_eq!(document.item["content"], format!("USER: {asked}\n\nASSISTANT: {answered}"));
        assert_eq!(document.stored, 1, "`{asked}` was stored by several operations");
        expected.push(id);
    }
    let mut held: Vec<String> = memory.documents().into_iter().map(|document| document.id).collect();
    held.sort();
    expected.sort();
    assert_eq!(held, expected, "memory holds what is not visible");
}

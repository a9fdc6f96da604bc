//! Whole turns against a real Hindsight server: what is said in one chat is known in the next, and what
//! leaves the visible branch leaves the server.

use crate::client::support::facts;
use crate::each_server;
use crate::subject::Subject;
use macro_rules_attribute::apply;
use rearview_domain::turn::{MemoryOutcome, RetainState, Turn};
use rearview_domain::{BankId, ChatId, DocumentId};
use rearview_hindsight::{Client, DocumentFilter, HindsightError, OperationFilter};
use rearview_tests::scripted_provider::{Script, ScriptedProvider};
use rearview_tests::temp_app::TempApp;
use serde_json::{Value, json};
use std::process::Command;

const MODEL: &str = "scripted/scripted-1";

/// A real app between a scripted provider and the real server, and a bank that does not exist yet.
struct Stage {
    app: TempApp,
    provider: ScriptedProvider,
    client: Client,
    bank: BankId,
}

impl Stage {
    async fn set(subject: &Subject) -> Self {
        let provider = ScriptedProvider::start().await.unwrap();
        let app = TempApp::new().await;
        app.provider(&provider).await;
        app.server(&subject.url, subject.token.as_deref()).await;
        Self { app, provider, client: subject.client(), bank: subject.client_and_bank().1 }
    }

    async fn chat(&self, kind: &str, model: &str) -> ChatId {
        self.app.chat_with(json!({"kind": kind, "model": model, "bankId": self.bank})).await
    }

    async fn text_of(&self, turn: &Turn) -> Option<String> {
        let document = self.client.document(&self.bank, &turn.document_id()).await.unwrap();
        document.map(|document| document.original_text.unwrap_or_default())
    }
}

#[apply(each_server)]
async fn what_is_said_in_one_chat_is_known_in_the_next(subject: Subject) {
    let stage = Stage::set(&subject).await;
    stage.provider.answer(Script::text("How nice."));
    let first = stage.chat("normal", MODEL).await;
    let told = stage.app.say(&first, "Ana lives in Lisbon.").await;
    assert_eq!(told.turn.memory, Some(MemoryOutcome::Empty { new_bank: true }));
    stage.app.stored(&told).await;
    assert_eq!(
        stage.text_of(&told.turn).await.as_deref(),
        Some("USER: Ana lives in Lisbon.\n\nASSISTANT: How nice.")
    );

    let second = stage.chat("normal", MODEL).await;
    let asked = stage.app.say(&second, "Where does she live? Ana, I mean.").await;
    assert!(matches!(asked.turn.memory, Some(MemoryOutcome::Used { .. })), "{:?}", asked.turn.memory);
    assert!(stage.provider.last().unwrap().text().contains("Ana lives in Lisbon."));
    assert!(asked.memories().contains(&"Ana lives in Lisbon.".to_owned()), "{:?}", asked.memories());
    assert_eq!(asked.body().as_bytes(), stage.provider.last().unwrap().body);
    let call = asked.record.memory.clone().unwrap();
    assert_eq!(call.ignored_params, Vec::<String>::new(), "the server does not know what is asked of it");
    assert!(call.trace.is_some(), "there is nothing to explain the recall with");
    let fact = call.memories.iter().find(|memory| memory.text == "Ana lives in Lisbon.").unwrap();
    assert_eq!(fact.document_id, Some(told.turn.document_id()));
    assert!(!fact.arms.is_empty(), "no arm found the fact: {fact:?}");
    stage.app.stored(&asked).await;
    let kept = stage.text_of(&asked.turn).await.unwrap();
    assert!(
        !kept.contains("Relevant Memories") && !kept.contains("Lisbon"),
        "injected text was stored: {kept}"
    );
}

#[apply(each_server)]
async fn a_left_branch_leaves_the_server_with_its_facts(subject: Subject) {
    let stage = Stage::set(&subject).await;
    let chat = stage.chat("normal", MODEL).await;
    let first = stage.app.say(&chat, "Bob lives in Porto.").await;
    stage.app.stored(&first).await;
    let document = first.turn.document_id();
    assert_eq!(facts(&stage.client, &stage.bank, document.as_str()).await.len(), 1);
    let beside = json!({"kind": "beside", "message_id": first.turn.question_id});
    let edited = stage.app.send(&chat, json!({"text": "Bob lives in Faro.", "after": beside})).await;
    stage.app.stored(&edited).await;
    stage.app.retained(&chat, &first.turn.id, |state| matches!(state, RetainState::Removed { .. })).await;
    assert_eq!(stage.text_of(&first.turn).await, None);
    assert!(facts(&stage.client, &stage.bank, document.as_str()).await.is_empty());
    assert_eq!(facts(&stage.client, &stage.bank, edited.turn.document_id().as_str()).await.len(), 1);
}

#[apply(each_server)]
async fn an_incognito_chat_leaves_not_even_a_bank(subject: Subject) {
    let stage = Stage::set(&subject).await;
    let chat = stage.chat("incognito", MODEL).await;
    stage.app.say(&chat, "Carla has a secret.").await;
    let none = stage.client.documents(&stage.bank, &DocumentFilter::default()).await;
    assert!(matches!(none, Err(HindsightError::NotFound { .. })), "{none:?}");
}

#[apply(each_server)]
async fn reflect_answers_from_what_was_said_and_is_injected(subject: Subject) {
    let stage = Stage::set(&subject).await;
    let chat = stage.chat("normal", MODEL).await;
    let told = stage.app.say(&chat, "Dora sails on Sundays.").await;
    stage.app.stored(&told).await;
    let next = stage.chat("normal", MODEL).await;
    let request = json!({"text": "When does Dora sail?", "settings": {"mode": "reflect"}});
    let ended = stage.app.send(&next, request).await;
    let reflected =
        ended.record.memory.clone().unwrap().reflect.unwrap_or_else(|| panic!("{:?}", ended.record.memory));
    assert!(!reflected.text.is_empty());
    assert!(reflected.based_on.is_some(), "the facts it rests on were asked for");
    assert!(matches!(ended.turn.memory, Some(MemoryOutcome::Used { count: 1, .. })));
    let sent = stage.provider.last().unwrap().json();
    assert!(sent["messages"].to_string().contains(&reflected.text));
}

#[apply(each_server)]
async fn of_the_demo_only_the_persons_words_are_kept(subject: Subject) {
    let stage = Stage::set(&subject).await;
    let chat = stage.chat("normal", "demo/demo").await;
    let ended = stage.app.say(&chat, "Eva collects stamps.").await;
    stage.app.stored(&ended).await;
    assert_eq!(stage.text_of(&ended.turn).await.as_deref(), Some("USER: Eva collects stamps."));
}

#[apply(each_server)]
async fn a_process_that_dies_before_it_hears_that_the_server_has_it_stores_it_once(subject: Subject) {
    let provider = ScriptedProvider::start().await.unwrap();
    let dir = tempfile::tempdir().unwrap();
    let mut victim = tokio::process::Command::from(Command::new(env!("CARGO_BIN_EXE_victim")));
    victim.arg(dir.path()).args([provider.base_url().as_str(), subject.url.as_str()]);
    let output = victim.env("REARVIEW_FAULT", "outbox.after_call:1").output().await.unwrap();
    assert!(!output.status.success(), "the victim lived on");
    let told: Vec<Value> = String::from_utf8_lossy(&output.stdout)
        .lines()
        .filter_map(|line| serde_json::from_str(line).ok())
        .collect();
    let line = |did: &str| told.iter().find(|line| line["did"] == did).unwrap_or_else(|| panic!("{told:?}"));
    let chat: ChatId = serde_json::from_value(line("chat")["chat"].clone()).unwrap();
    let first = line("started")["turn"].as_str().unwrap().to_owned();

    let mut app = TempApp::at(dir.path()).await.unwrap();
    app.retained(&chat, &first.as_str().into(), |state| matches!(state, RetainState::Done { .. })).await;
    let (client, bank) = (subject.client(), BankId::from("ana"));
    let document = DocumentId::from(format!("{chat}.{first}"));
    assert!(client.document(&bank, &document).await.unwrap().is_some());
    let view: Value = app.must("chat.open", json!({"chatId": chat, "tail": 200})).await;
    let turns: Vec<Turn> = serde_json::from_value(view["turns"].clone()).unwrap();
    let mut stored = 0;
    for turn in &turns {
        let ended =
            |state: &RetainState| matches!(state, RetainState::Done { .. } | RetainState::Skipped { .. });
        let state = app.retained(&chat, &turn.id, ended).await;
        stored += usize::from(matches!(state, RetainState::Done { .. }));
    }
    let kind = OperationFilter { kind: Some("batch_retain".into()), ..OperationFilter::default() };
    let operations = client.operations(&bank, &kind).await.unwrap().operations;
    assert_eq!(operations.len(), stored, "{operations:?}");
    app.quit().await;
}

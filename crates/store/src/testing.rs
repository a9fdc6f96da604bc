//! What the tests of this crate share: a chat, messages, turns, spans.

use crate::{Begin, Finish, NewOutboxItem, OutboxAction, Store};
use rearview_domain::chat::{Chat, ChatKind};
use rearview_domain::message::{Message, Part, Role};
use rearview_domain::record::{Origin, RecordPart, Span, Step};
use rearview_domain::time::Time;
use rearview_domain::turn::{Turn, TurnState, Usage};
use rearview_domain::{ChatId, MessageId, TurnId};

pub(crate) fn at(ms: i64) -> Time {
    Time::from_ms(1_790_000_000_000 + ms)
}

pub(crate) fn chat(id: &str) -> Chat {
    Chat {
        id: id.into(),
        title: String::new(),
        kind: ChatKind::Normal,
        bank_id: None,
        profile_id: None,
        model: None,
        system_prompt: String::new(),
        settings: Default::default(),
        leaf_id: None,
        draft: String::new(),
        created_at: at(0),
        updated_at: at(0),
    }
}

pub(crate) fn message(chat: &str, id: &str, parent: Option<&str>, role: Role, text: &str) -> Message {
    Message {
        id: id.into(),
        chat_id: chat.into(),
        parent_id: parent.map(MessageId::from),
        role,
        parts: if text.is_empty() { Vec::new() } else { vec![Part::text(text)] },
        turn_id: None,
        created_at: at(0),
    }
}

/// A turn `t` with question `t.q` and answer `t.a`.
pub(crate) fn turn(chat: &str, id: &str) -> Turn {
    Turn {
        id: id.into(),
        chat_id: chat.into(),
        question_id: MessageId(format!("{id}.q")),
        answer_id: MessageId(format!("{id}.a")),
        model: "demo/demo".into(),
        state: TurnState::Running,
        finish: None,
        error: None,
        memory: None,
        retain: None,
        usage: Usage::default(),
        cost: None,
        context_tokens: None,
        learned: None,
        first_token_ms: None,
        total_ms: None,
        started_at: at(0),
    }
}

/// The begin of turn `id`, whose question follows `parent`.
pub(crate) fn begin(chat: &str, id: &str, parent: Option<&str>, text: &str) -> Begin {
    let turn = turn(chat, id);
    let mut answer =
        message(chat, turn.answer_id.as_str(), Some(turn.question_id.as_str()), Role::Assistant, "");
    answer.turn_id = Some(turn.id.clone());
    let question = message(chat, turn.question_id.as_str(), parent, Role::User, text);
    Begin { question: Some(question), answer, turn, visible: true }
}

/// The end of a turn that answered with `text`.
pub(crate) fn finish(chat: &str, id: &str, text: &str) -> Finish {
    let mut turn = turn(chat, id);
    turn.state = TurnState::Finished;
    turn.total_ms = Some(1_000.0);
    Finish { turn, parts: vec![Part::text(text)], outbox: Vec::new() }
}

/// Runs a whole turn.
pub(crate) async fn say(
    store: &Store,
    chat: &str,
    id: &str,
    parent: Option<&str>,
    question: &str,
    answer: &str,
) {
    store.begin_turn(begin(chat, id, parent, question)).await.unwrap();
    store.finish_turn(finish(chat, id, answer)).await.unwrap();
}

pub(crate) fn retain(turn: &str) -> NewOutboxItem {
    NewOutboxItem {
        turn_id: turn.into(),
        chat_id: "c".into(),
        server_id: "s".into(),
        bank_id: "b".into(),
        document_id: format!("c.{turn}").into(),
        action: OutboxAction::Retain { payload: serde_json::json!({"content": turn}) },
        operation_id: None,
        next_try_at: at(0),
        created_at: at(0),
    }
}

pub(crate) fn removal(turn: &str) -> NewOutboxItem {
    NewOutboxItem { action: OutboxAction::DeleteDocument, ..retain(turn) }
}

/// Spans of these lengths, one after the other.
pub(crate) fn spans(lengths: &[u32]) -> Vec<Span> {
    let mut start = 0;
    lengths
        .iter()
        .map(|length| {
            let span = Span { start, end: start + length, origin: Origin::System };
            start += length;
            span
        })
        .collect()
}

/// Keeps a body and the step that names it.
pub(crate) async fn send(store: &Store, chat: &str, turn: &str, body: &[u8], spans: &[Span]) -> String {
    let hash = store.put_body(body, spans).await.unwrap();
    let step = RecordPart::Step(Box::new(Step {
        index: 0,
        method: "POST".into(),
        url: "https://example.org".into(),
        headers: Vec::new(),
        body_hash: hash.clone(),
        body_bytes: u32::try_from(body.len()).unwrap(),
        spans: spans.to_vec(),
        own_ms: 0.5,
        sent_at: at(1),
    }));
    store.append_record(&TurnId::from(turn), &ChatId::from(chat), &at(0), &step).await.unwrap();
    hash
}

/// Ends what a killed process left running, as its caller does at start.
pub(crate) async fn recover(store: &Store) -> Vec<Turn> {
    let mut recovered = Vec::new();
    for (turn, parts) in store.interrupted().await.unwrap() {
        store.finish_turn(Finish { turn: turn.clone(), parts, outbox: Vec::new() }).await.unwrap();
        recovered.push(turn);
    }
    recovered
}

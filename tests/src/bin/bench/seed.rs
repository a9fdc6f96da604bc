//! Fills a data folder with chats, through the store as the app does it, message by message, so that the
//! tables and the search index have the shape that they get in use.

use crate::failed::{Result, at};
use crate::words;
use rearview_domain::chat::{Chat, ChatKind};
use rearview_domain::message::{Message, Part, Role};
use rearview_domain::settings::TurnSettings;
use rearview_domain::time::Time;
use rearview_domain::turn::{FinishReason, Turn, TurnState, Usage};
use rearview_domain::{ChatId, MessageId, TurnId};
use rearview_store::{Begin, Store};
use std::path::Path;

/// A chat to be made.
#[derive(Clone, Copy, Debug)]
pub struct Shape {
    /// Messages, a question and its answer by turns.
    pub messages: usize,
    /// Words in each.
    pub words: usize,
}

/// Fills the data folder below `home`, which nobody may have open. Answers the chats, in their order.
pub async fn fill(home: &Path, shapes: impl IntoIterator<Item = Shape>) -> Result<Vec<ChatId>> {
    let store = Store::open(home.join("data")).await.map_err(at("open the store"))?;
    let mut ids = Vec::new();
    let mut seed = 0;
    for shape in shapes {
        ids.push(fill_chat(&store, shape, &mut seed).await?);
    }
    store.close().await;
    Ok(ids)
}

async fn fill_chat(store: &Store, shape: Shape, seed: &mut u64) -> Result<ChatId> {
    let attempt = "fill a chat";
    let chat = Chat {
        id: ChatId::mint(),
        title: words::text(*seed, 4),
        kind: ChatKind::Normal,
        bank_id: None,
        profile_id: None,
        model: None,
        system_prompt: String::new(),
        settings: TurnSettings::default(),
        leaf_id: None,
        draft: String::new(),
        created_at: Time::now(),
        updated_at: Time::now(),
    };
    store.insert_chat(&chat).await.map_err(at(attempt))?;
    let mut leaf = None;
    for _ in 0..shape.messages / 2 {
        *seed += 2;
        let question = message(&chat.id, leaf, Role::User, words::text(*seed, shape.words), None);
        let turn_id = TurnId::mint();
        let said = words::answer(*seed + 1, shape.words);
        let answer =
            message(&chat.id, Some(question.id.clone()), Role::Assistant, said, Some(turn_id.clone()));
        leaf = Some(answer.id.clone());
        let turn = ended(turn_id, &question, &answer);
        // The answer is whole when it is first written: what is measured reads it, and has not to wait
        // for a second transaction of each of a million messages.
        store
            .begin_turn(Begin { question: Some(question), answer, turn, visible: true })
            .await
            .map_err(at(attempt))?;
    }
    Ok(chat.id)
}

fn message(
    chat: &ChatId,
    parent: Option<MessageId>,
    role: Role,
    text: String,
    turn: Option<TurnId>,
) -> Message {
    Message {
        id: MessageId::mint(),
        chat_id: chat.clone(),
        parent_id: parent,
        role,
        parts: vec![Part::text(text)],
        turn_id: turn,
        created_at: Time::now(),
    }
}

fn ended(id: TurnId, question: &Message, answer: &Message) -> Turn {
    Turn {
        id,
        chat_id: question.chat_id.clone(),
        question_id: question.id.clone(),
        answer_id: answer.id.clone(),
        model: "bench/bench".to_owned(),
        state: TurnState::Finished,
        finish: Some(FinishReason::Stop),
        error: None,
        memory: None,
        retain: None,
        usage: Usage { input: Some(1_200), output: Some(80), ..Usage::default() },
        cost: None,
        context_tokens: None,
        learned: None,
        first_token_ms: Some(400.0),
        total_ms: Some(2_000.0),
        started_at: question.created_at.clone(),
    }
}

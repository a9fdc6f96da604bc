//! A chat: a tree of messages with one visible branch, and how it uses memory.

use crate::id::{BankId, ChatId, MessageId, ServerId};
use crate::settings::TurnSettings;
use crate::time::Time;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// How a chat is kept and whether it touches memory.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
#[ts(export)]
pub enum ChatKind {
    /// Kept, and uses memory as its settings say.
    #[default]
    Normal,
    /// Kept in the history; neither recalls nor retains.
    Incognito,
    /// Lives in memory only and is gone when closed; neither recalls nor retains.
    Temporary,
}

/// A chat, without its messages.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export)]
pub struct Chat {
    /// Its id.
    pub id: ChatId,
    /// Its title; empty until the first message gives it one.
    pub title: String,
    /// How it is kept.
    pub kind: ChatKind,
    /// The bank it names, if it names one.
    pub bank_id: Option<BankId>,
    /// The profile it uses.
    pub profile_id: Option<String>,
    /// The model it uses, as `provider/model`.
    pub model: Option<String>,
    /// The chat's own instruction to the model.
    pub system_prompt: String,
    /// Its settings.
    pub settings: TurnSettings,
    /// The last message of the visible branch.
    pub leaf_id: Option<MessageId>,
    /// What was typed and not sent.
    pub draft: String,
    /// When it was made.
    pub created_at: Time,
    /// When its last message was made.
    pub updated_at: Time,
}

/// What a person said of a memory for one chat.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
#[ts(export)]
pub enum ChatMemoryKind {
    /// It is injected into every turn of the chat, first, whatever recall finds.
    Pinned,
    /// It is not relevant here: it is never injected, however recall ranks it.
    NotHere,
}

/// A memory that is pinned to a chat or not relevant in it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export)]
pub struct ChatMemory {
    /// The server that holds it.
    pub server_id: ServerId,
    /// The bank that holds it.
    pub bank_id: BankId,
    /// Its id.
    pub memory_id: String,
    /// What was said of it.
    pub kind: ChatMemoryKind,
    /// Its text as it was then.
    pub text: String,
    /// When it was said.
    pub created_at: Time,
}

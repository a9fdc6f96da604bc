//! Chats: listing, opening, changing, leaving.

use super::wire;
use rearview_domain::chat::{Chat, ChatKind};
use rearview_domain::message::{Message, Role};
use rearview_domain::settings::TurnSettings;
use rearview_domain::time::Time;
use rearview_domain::turn::Turn;
use rearview_domain::{BankId, ChatId, MessageId, RunId, TurnId};
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use ts_rs::TS;

wire! {
    /// Lists chats, the last used first.
    request ListChats {
        /// At most this many.
        pub limit: u32,
        /// After this many.
        pub offset: u32,
    }

    /// Makes a chat.
    request CreateChat {
        /// How it is kept.
        pub kind: ChatKind,
        /// Its model; the preferred one when absent.
        pub model: Option<String>,
        /// The bank it names.
        pub bank_id: Option<BankId>,
    }

    /// Opens a chat: its branch, and its last messages whole.
    request OpenChat {
        /// The chat.
        pub chat_id: ChatId,
        /// How many messages from the end come whole.
        pub tail: u32,
    }

    /// Fetches messages of a chat whole.
    request FetchMessages {
        /// The chat.
        pub chat_id: ChatId,
        /// The messages; at most 200.
        pub ids: Vec<MessageId>,
    }

    /// Changes a chat; what is absent stays.
    request UpdateChat {
        /// The chat.
        pub chat_id: ChatId,
        /// Its title.
        pub title: Option<String>,
        /// Its model.
        pub model: Option<String>,
        /// Its instruction to the model.
        pub system_prompt: Option<String>,
        /// The bank it names; an empty text takes it away.
        pub bank_id: Option<String>,
        /// Its profile; an empty text takes it away.
        pub profile_id: Option<String>,
        /// Its settings, all of them.
        pub settings: Option<TurnSettings>,
        /// Normal or incognito. A temporary chat stays temporary.
        pub kind: Option<ChatKind>,
    }

    /// Keeps what was typed and not sent.
    request SaveDraft {
        /// The chat.
        pub chat_id: ChatId,
        /// The text.
        pub text: String,
    }

    /// Deletes a chat.
    request DeleteChat {
        /// The chat.
        pub chat_id: ChatId,
        /// What becomes of what was learned from it.
        pub learned: Learned,
    }

    /// Makes another branch visible.
    request ShowBranch {
        /// The chat.
        pub chat_id: ChatId,
        /// A message on that branch.
        pub message_id: MessageId,
    }

    /// Searches all messages and titles.
    request Search {
        /// Words as typed.
        pub text: String,
        /// At most this many.
        pub limit: u32,
        /// After this many.
        pub offset: u32,
    }
}

/// What becomes of what was learned from a chat that is deleted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
#[ts(export)]
pub enum Learned {
    /// It stays in memory.
    Keep,
    /// Its documents are deleted from memory, and with them the facts.
    Forget,
}

wire! {
    /// Some chats.
    answer ChatPage {
        /// The chats.
        pub items: Vec<Chat>,
        /// How many there are.
        pub total: u32,
        /// Chats with a turn running now.
        pub running: Vec<ChatId>,
        /// Chats with a turn that is paused at a breakpoint.
        pub paused: Vec<ChatId>,
        /// Turns that wait for the person's word before they are stored, by chat; chats without any are left out.
        #[ts(type = "Record<string, number>")]
        pub asking: HashMap<ChatId, u32>,
    }

    /// A message on the visible branch, without its parts.
    answer MessageHead {
        /// Its id.
        pub id: MessageId,
        /// Who said it.
        pub role: Role,
        /// The turn that made it.
        pub turn_id: Option<TurnId>,
        /// Size of its parts in bytes; lets a list guess its height.
        pub bytes: u32,
        /// How many messages share its parent, itself included.
        pub siblings: u32,
        /// Its place among them, from 0.
        pub sibling_index: u32,
        /// When it was made.
        pub created_at: Time,
    }

    /// A chat as it is shown.
    answer ChatView {
        /// The chat.
        pub chat: Chat,
        /// The visible branch from its root to its leaf.
        pub path: Vec<MessageHead>,
        /// The last messages, whole.
        pub messages: Vec<Message>,
        /// The turns that made them.
        pub turns: Vec<Turn>,
        /// The turns that are running now, the oldest first.
        pub running: Vec<RunningTurn>,
    }

    /// A turn that is running.
    answer RunningTurn {
        /// What to attach to.
        pub run_id: RunId,
        /// The message it writes.
        pub answer_id: MessageId,
    }

    /// Messages, whole.
    answer Messages {
        /// The messages.
        pub messages: Vec<Message>,
        /// The turns that made them.
        pub turns: Vec<Turn>,
    }

    /// The other messages with the same parent.
    answer Siblings {
        /// In the order they were made, the message itself included.
        pub ids: Vec<MessageId>,
    }

    /// What a search found.
    answer Hits {
        /// The hits, best first.
        pub items: Vec<Hit>,
        /// Whether there are more.
        pub more: bool,
    }

    /// One hit.
    answer Hit {
        /// The chat.
        pub chat_id: ChatId,
        /// Its title.
        pub chat_title: String,
        /// The message; absent when the title was hit.
        pub message_id: Option<MessageId>,
        /// Who said it.
        pub role: Option<Role>,
        /// A piece of the text; matches stand between U+2068 and U+2069.
        pub snippet: String,
        /// When it was said.
        pub created_at: Time,
    }

    /// An image that was attached.
    answer ImageData {
        /// E.g. `image/png`.
        pub media_type: String,
        /// The bytes, base64.
        pub base64: String,
    }
}

wire! {
    /// Names a message.
    request MessageRef {
        /// The chat.
        pub chat_id: ChatId,
        /// The message.
        pub message_id: MessageId,
    }

    /// Fetches an attached image.
    request FetchImage {
        /// The chat it was attached in.
        pub chat_id: ChatId,
        /// SHA-256 of its bytes.
        pub hash: String,
    }
}

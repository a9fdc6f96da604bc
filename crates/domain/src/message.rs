//! A message and its parts, as stored and as shown. Not how any provider spells them.

use crate::id::{ChatId, MessageId, TurnId};
use crate::time::Time;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// Who said it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
#[ts(export)]
pub enum Role {
    /// The chat's instruction to the model.
    System,
    /// The person.
    User,
    /// The model.
    Assistant,
    /// The result of a tool.
    Tool,
}

/// One piece of a message. Order is kept.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
#[serde(tag = "kind", rename_all = "snake_case")]
#[ts(export)]
pub enum Part {
    /// Plain text or markdown.
    Text {
        /// The text.
        text: String,
    },
    /// The model's visible reasoning.
    Reasoning {
        /// The reasoning text, possibly empty when only a signature came.
        text: String,
        /// The signature to send back with it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        signature: Option<String>,
        /// The wire family that may get it back, e.g. `anthropic`.
        family: String,
    },
    /// A block of a provider that only means something to the same family: redacted reasoning,
    /// reasoning details, server tools. Replayed verbatim to that family, dropped for others.
    Opaque {
        /// The wire family that may get it back.
        family: String,
        /// The block as it came.
        #[ts(type = "unknown")]
        value: serde_json::Value,
    },
    /// An image; its bytes live in the store under their hash.
    Image {
        /// E.g. `image/png`.
        media_type: String,
        /// SHA-256 of the bytes, in hex.
        hash: String,
        /// Size in bytes.
        bytes: u32,
        /// The file's name, when there was one.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        name: Option<String>,
    },
    /// A file that is no image; its bytes live in the store under their hash.
    File {
        /// E.g. `application/pdf` or `text/plain`.
        media_type: String,
        /// SHA-256 of the bytes, in hex.
        hash: String,
        /// Size in bytes.
        bytes: u32,
        /// The file's name.
        name: String,
    },
    /// A tool call that the model made.
    ToolCall {
        /// The provider's id of the call.
        id: String,
        /// The tool's name.
        name: String,
        /// The arguments as JSON text, exactly as received.
        arguments: String,
    },
    /// What a tool answered.
    ToolResult {
        /// The id of the call it answers.
        id: String,
        /// The tool's name.
        name: String,
        /// The answer.
        text: String,
        /// Whether the tool failed; the text then says how.
        #[serde(default)]
        failed: bool,
    },
}

impl Part {
    /// A text part.
    pub fn text(text: impl Into<String>) -> Self {
        Self::Text { text: text.into() }
    }
}

/// A message in a chat's tree.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export)]
pub struct Message {
    /// Its id.
    pub id: MessageId,
    /// Its chat.
    pub chat_id: ChatId,
    /// The message it answers or follows; `None` for the first.
    pub parent_id: Option<MessageId>,
    /// Who said it.
    pub role: Role,
    /// What was said.
    pub parts: Vec<Part>,
    /// The turn that made it; only on assistant messages.
    pub turn_id: Option<TurnId>,
    /// When it was made.
    pub created_at: Time,
}

impl Message {
    /// What the person or the model said in words: the text parts, joined by a blank line.
    /// Reasoning, images, tools and anything injected are not in it; this is what may be retained.
    pub fn said(&self) -> String {
        let texts: Vec<&str> = self
            .parts
            .iter()
            .filter_map(|part| match part {
                Part::Text { text } if !text.trim().is_empty() => Some(text.as_str()),
                _ => None,
            })
            .collect();
        texts.join("\n\n")
    }
}

//! The one request that every wire is encoded from. Text is made of pieces, each with the origin of
//! its bytes, so that an encoder can say which byte of a body came from where.
//!
//! `turns` builds it; the encoders in `wire` read it. How a vendor spells it is not here.

use rearview_domain::message::Role;
use rearview_domain::record::Origin;
use serde_json::Value;
use std::sync::Arc;

/// What is asked of a model.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Request {
    /// The conversation, oldest first. System messages may stand anywhere; a target that does not
    /// take them in mid conversation gets them folded into the next user message.
    pub messages: Vec<RequestMessage>,
    /// At most this many tokens of answer; `None` leaves it to the provider.
    pub max_output_tokens: Option<u32>,
    /// Sampling temperature; `None` leaves it to the provider.
    pub temperature: Option<f32>,
    /// JSON Schema that the answer should follow. Sent where the wire has a field for it (OpenAI Chat);
    /// elsewhere the conversation has to ask for it in words.
    pub answer_schema: Option<Value>,
}

/// One message.
#[derive(Clone, Debug, PartialEq)]
pub struct RequestMessage {
    /// Who says it.
    pub role: Role,
    /// What is said, in order.
    pub parts: Vec<RequestPart>,
}

/// One part of a message.
#[derive(Clone, Debug, PartialEq)]
pub enum RequestPart {
    /// One text part: the concatenation of its pieces, with nothing between them.
    Text(Vec<Piece>),
    /// An image.
    Image {
        /// E.g. `image/png`.
        media_type: String,
        /// Its bytes in base64, shared because a history repeats them every turn.
        base64: Arc<str>,
        /// Where it came from.
        origin: Origin,
    },
    /// Reasoning of an earlier answer. Goes back to the family it came from, is left out for others.
    Reasoning {
        /// The reasoning.
        text: String,
        /// What came with it and must go back with it.
        signature: Option<String>,
        /// The family that may get it, as `Target::family` names it.
        family: String,
        /// Where it came from.
        origin: Origin,
    },
    /// A block that only its own family understands. Goes back verbatim, is left out for others.
    Opaque {
        /// The family that may get it.
        family: String,
        /// The block, as `Event::Opaque` gave it.
        value: Value,
        /// Where it came from.
        origin: Origin,
    },
    /// A tool call of an earlier answer.
    ToolCall {
        /// The provider's id of the call.
        id: String,
        /// The tool.
        name: String,
        /// The arguments as JSON text, as received.
        arguments: String,
        /// Where it came from.
        origin: Origin,
    },
    /// What a tool answered.
    ToolResult {
        /// The id of the call it answers.
        id: String,
        /// The tool.
        name: String,
        /// The answer.
        text: String,
        /// Where it came from.
        origin: Origin,
    },
}

/// A run of text with one origin.
#[derive(Clone, Debug, PartialEq)]
pub struct Piece {
    /// The text.
    pub text: String,
    /// Where it came from.
    pub origin: Origin,
}

impl Piece {
    /// A piece of text from `origin`.
    pub fn new(text: impl Into<String>, origin: Origin) -> Self {
        Self { text: text.into(), origin }
    }
}

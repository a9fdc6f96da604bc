//! The one request that every wire is encoded from. Text is made of pieces, each with the origin of
//! its bytes, so that an encoder can say which byte of a body came from where.
//!
//! `turns` builds it; the encoders in `wire` read it. How a vendor spells it is not here.

use rearview_domain::message::Role;
use rearview_domain::record::Origin;
use rearview_domain::settings::Effort;
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
    /// JSON Schema that the answer should follow. Sent where the wire has a field for it; elsewhere the
    /// conversation has to ask for it in words.
    pub answer_schema: Option<Value>,
    /// The tools that the model may call, in this order.
    pub tools: Vec<Tool>,
    /// Whether it may, must or must not call one. Says nothing when there are no tools.
    pub tool_choice: ToolChoice,
    /// How much the model should think before it answers; `None` leaves it to the provider.
    pub effort: Option<Effort>,
    /// Ask for the answer as one document instead of a stream.
    pub plain: bool,
}

/// A tool that the model may call.
#[derive(Clone, Debug, PartialEq)]
pub struct Tool {
    /// Its name: letters, digits, `_` and `-`, as every vendor takes them.
    pub name: String,
    /// What it does and when to call it.
    pub description: String,
    /// JSON Schema of its arguments, an object.
    pub parameters: Value,
}

impl Tool {
    /// The origin of its bytes in a body.
    pub fn origin(&self) -> Origin {
        Origin::Tool { name: self.name.clone() }
    }
}

/// Whether the model may, must or must not call a tool.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ToolChoice {
    /// As it likes.
    #[default]
    Auto,
    /// It must call one.
    Required,
    /// It must not.
    Forbidden,
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
    /// A file that is no image, such as a PDF.
    File {
        /// E.g. `application/pdf`.
        media_type: String,
        /// Its name; some wires want one.
        name: String,
        /// Its bytes in base64.
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
        /// Whether the tool failed; the text then says how.
        failed: bool,
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

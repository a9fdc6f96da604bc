//! How each wire spells a script, as its vendor documents it, in small increments. Written apart from the
//! decoders on purpose: they share nothing but the vendors' words.

mod anthropic;
mod cohere;
mod converse;
mod gemini;
mod ollama;
mod openai_chat;
mod openai_responses;

use crate::script::Script;
use rearview_domain::turn::FinishReason;
use rearview_providers::WireKind;
use serde_json::Value;

/// What every server calls its requests.
pub(crate) const REQUEST_ID: &str = "req-0123";

/// The reason of an answer's end that no client knows.
pub(crate) const NOVEL: &str = "from_next_year";

/// A stream: its bytes, and those that say that it is over.
#[derive(Default)]
pub(crate) struct Spelt {
    pub(crate) bytes: Vec<u8>,
    pub(crate) mark: Vec<u8>,
}

/// A script as a stream.
pub(crate) fn spelt(wire: WireKind, script: &Script) -> Spelt {
    match wire {
        WireKind::OpenaiChat | WireKind::Demo => openai_chat::stream(script),
        WireKind::OpenaiResponses => openai_responses::stream(script),
        WireKind::AnthropicMessages => anthropic::stream(script),
        WireKind::Gemini => gemini::stream(script),
        WireKind::BedrockConverse => converse::stream(script),
        WireKind::CohereChat => cohere::stream(script),
        WireKind::OllamaChat => ollama::stream(script),
    }
}

/// A script as one document.
pub(crate) fn document(wire: WireKind, script: &Script) -> Value {
    match wire {
        WireKind::OpenaiChat | WireKind::Demo => openai_chat::document(script),
        WireKind::OpenaiResponses => openai_responses::document(script),
        WireKind::AnthropicMessages => anthropic::document(script),
        WireKind::Gemini => gemini::document(script),
        WireKind::BedrockConverse => converse::document(script),
        WireKind::CohereChat => cohere::document(script),
        WireKind::OllamaChat => ollama::document(script),
    }
}

/// The media type of a wire's streams.
pub(crate) fn content_type(wire: WireKind) -> &'static str {
    match wire {
        WireKind::BedrockConverse => "application/vnd.amazon.eventstream",
        WireKind::OllamaChat => "application/x-ndjson",
        _ => "text/event-stream",
    }
}

/// The header in which a wire's servers name a request.
pub(crate) fn request_id_header(wire: WireKind) -> &'static str {
    match wire {
        WireKind::AnthropicMessages => "request-id",
        WireKind::BedrockConverse => "x-amzn-requestid",
        _ => "x-request-id",
    }
}

/// What a wire calls an answer that a filter stopped, where it has a word for that.
pub(crate) fn filtered(wire: WireKind) -> Option<FinishReason> {
    match wire {
        WireKind::AnthropicMessages => Some(FinishReason::Refusal),
        WireKind::CohereChat | WireKind::OllamaChat => None,
        _ => Some(FinishReason::ContentFilter),
    }
}

/// A text in increments of a few letters.
fn increments(text: &str) -> Vec<String> {
    let letters: Vec<char> = text.chars().collect();
    letters.chunks(4).map(|letters| letters.iter().collect()).collect()
}

/// A server-sent event, with a line for its name when it has one.
fn event(name: &str, value: &Value) -> Vec<u8> {
    let name = if name.is_empty() { String::new() } else { format!("event: {name}\n") };
    format!("{name}data: {value}\n\n").into_bytes()
}

/// The arguments of a call as the object that they are.
fn object(arguments: &str) -> Value {
    serde_json::from_str(arguments).unwrap()
}

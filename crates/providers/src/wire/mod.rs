//! The wire protocols. Each has an encoder and a decoder, both pure: no IO, no clock, no key.

use crate::error::ProviderError;
use crate::event::Event;
use crate::target::{Target, WireKind};
use serde_json::Value;

pub(crate) mod anthropic;
mod cache;
pub(crate) mod cohere;
pub(crate) mod converse;
mod functions;
pub(crate) mod gemini;
pub(crate) mod ollama;
pub(crate) mod openai_chat;
pub(crate) mod openai_responses;

/// What a wire makes of the frames of one answer. `decode` holds the promise of one terminal event.
pub(crate) trait Reader: Send {
    /// One frame of a stream. `event` is its name, empty when it has none; `raw` is its text.
    fn frame(&mut self, event: &str, value: &Value, raw: &str, out: &mut Vec<Event>);

    /// A whole answer instead of a stream. False when it is none.
    fn whole(&mut self, value: &Value, out: &mut Vec<Event>) -> bool;

    /// The mark `[DONE]`, which only some wires have.
    fn done(&mut self, _out: &mut Vec<Event>) {}

    /// The bytes ended, for `cause`; a wire without a mark of its own may know that all has come.
    fn end(&mut self, cause: ProviderError, out: &mut Vec<Event>);
}

/// The reader of a target's wire.
pub(crate) fn reader(target: &Target) -> Box<dyn Reader> {
    match target.wire {
        WireKind::OpenaiChat | WireKind::Demo => Box::new(openai_chat::Decoder::new(target)),
        WireKind::OpenaiResponses => Box::new(openai_responses::Decoder::new(target)),
        WireKind::AnthropicMessages => Box::new(anthropic::Decoder::default()),
        WireKind::Gemini => Box::new(gemini::Decoder::new(target)),
        WireKind::BedrockConverse => Box::new(converse::Decoder::default()),
        WireKind::CohereChat => Box::new(cohere::Decoder::default()),
        WireKind::OllamaChat => Box::new(ollama::Decoder::default()),
    }
}

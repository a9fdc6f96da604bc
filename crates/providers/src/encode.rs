//! A request as the exact bytes that go out, with where each of them came from.
//!
//! Which wire spells what is in `wire`; here is what they share: address, headers, size. `turns`
//! records what comes out of here, so nothing may be added to it on the way to the socket except the
//! key's header, `host` and `content-length`.

use crate::address::{Ask, address};
use crate::auth;
use crate::body::Body;
use crate::error::{ErrorKind, ProviderError};
use crate::request::{Request, RequestMessage, RequestPart};
use crate::target::{Target, WireKind};
use crate::wire::{anthropic, cohere, converse, gemini, ollama, openai_chat, openai_responses};
use rearview_domain::message::Role;
use rearview_domain::record::Span;
use secrecy::SecretString;
use std::borrow::Cow;

pub(crate) mod files;
mod pairs;

/// How Rearview names itself to providers.
const USER_AGENT: &str = concat!("rearview/", env!("CARGO_PKG_VERSION"));

/// A request, ready to send.
#[derive(Clone, Debug, PartialEq)]
pub struct Encoded {
    /// `POST`.
    pub method: &'static str,
    /// The full address.
    pub url: String,
    /// The headers in lower case, without the key's.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Vec<u8>,
    /// Where the body's bytes came from, in order, not overlapping. A span of a string covers what
    /// stands between the quotes; a span of a replayed block covers its JSON.
    pub spans: Vec<Span>,
}

/// Encodes a request for a target. The same input gives the same bytes.
///
/// # Errors
/// `Invalid` when the target's address is none or no model is chosen, when a tool message holds no
/// result, or when the body would be larger than 4 GiB.
pub fn encode(request: &Request, target: &Target) -> Result<Encoded, ProviderError> {
    let invalid =
        |detail: String| ProviderError::new(ErrorKind::Invalid, &target.provider_name).detail(detail);
    if target.wire != WireKind::Demo && target.model.trim().is_empty() {
        return Err(invalid("no model is chosen".into()));
    }
    let empty_tool = |message: &RequestMessage| {
        message.role == Role::Tool
            && !message.parts.iter().any(|part| matches!(part, RequestPart::ToolResult { .. }))
    };
    if request.messages.iter().any(empty_tool) {
        return Err(invalid("a tool message holds no result".into()));
    }
    let messages = folded(&request.messages, target.takes_mid_system());
    let messages = pairs::paired(messages, pairs::Ids::of(target));
    let mut body = Body::default();
    match target.wire {
        WireKind::OpenaiChat | WireKind::Demo => openai_chat::encode(&mut body, request, &messages, target),
        WireKind::OpenaiResponses => openai_responses::encode(&mut body, request, &messages, target),
        WireKind::AnthropicMessages => anthropic::encode(&mut body, request, &messages, target),
        WireKind::Gemini => gemini::encode(&mut body, request, &messages, target),
        WireKind::BedrockConverse => converse::encode(&mut body, request, &messages, target),
        WireKind::CohereChat => cohere::encode(&mut body, request, &messages, target),
        WireKind::OllamaChat => ollama::encode(&mut body, request, &messages, target),
    }
    let url = match target.wire {
        WireKind::Demo => "demo:local".to_owned(),
        _ => address(target, Ask::Answer { plain: request.plain })?,
    };
    let (body, spans) = body.finish();
    if u32::try_from(body.len()).is_err() {
        return Err(invalid("it is larger than 4 GiB".into()));
    }
    let mut headers = headers(target);
    headers.insert(0, ("content-type".into(), "application/json".into()));
    let accept = match target.wire {
        _ if request.plain => "application/json",
        WireKind::BedrockConverse => "application/vnd.amazon.eventstream",
        WireKind::OllamaChat => "application/x-ndjson",
        _ => "text/event-stream",
    };
    headers.push(("accept".into(), accept.into()));
    // A compressed stream is held back by whoever compresses it.
    headers.push(("accept-encoding".into(), "identity".into()));
    Ok(Encoded { method: "POST", url, headers, body, spans })
}

/// The headers of every request to a target.
pub(crate) fn headers(target: &Target) -> Vec<(String, String)> {
    let mut headers = vec![("user-agent".to_owned(), USER_AGENT.to_owned())];
    if target.wire == WireKind::AnthropicMessages {
        headers.extend(anthropic::headers(target));
    }
    headers
}

/// The headers as they are recorded: as sent, with what proves who sends them masked. The key tells how that
/// is proved; nothing of it is in the result.
pub fn masked_headers(
    encoded: &Encoded,
    target: &Target,
    key: Option<&SecretString>,
) -> Vec<(String, String)> {
    let mut headers = encoded.headers.clone();
    let proof = auth::masked_headers(target, key);
    headers.extend(proof.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())));
    headers
}

/// The messages with every system message of mid conversation folded into the next user message as
/// its first parts, unless the target takes it where it stands. One with no user message after it
/// becomes a user message itself, so that nothing is lost.
fn folded(messages: &[RequestMessage], takes_mid_system: bool) -> Vec<Cow<'_, RequestMessage>> {
    let leading = messages.iter().take_while(|message| message.role == Role::System).count();
    let mut folded: Vec<Cow<'_, RequestMessage>> = Vec::with_capacity(messages.len());
    let mut carried: Vec<RequestPart> = Vec::new();
    for (at, message) in messages.iter().enumerate() {
        if message.role == Role::System && at >= leading && !takes_mid_system {
            carried.extend(message.parts.iter().cloned());
        } else if message.role == Role::User && !carried.is_empty() {
            let mut parts = std::mem::take(&mut carried);
            parts.extend(message.parts.iter().cloned());
            folded.push(Cow::Owned(RequestMessage { role: Role::User, parts }));
        } else {
            folded.push(Cow::Borrowed(message));
        }
    }
    if !carried.is_empty() {
        folded.push(Cow::Owned(RequestMessage { role: Role::User, parts: carried }));
    }
    folded
}

#[cfg(test)]
mod tests;

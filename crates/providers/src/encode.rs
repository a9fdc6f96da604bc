//! A request as the exact bytes that go out, with where each of them came from.
//!
//! Which wire spells what is in `wire`; here is what they share: address, headers, size. `turns`
//! records what comes out of here, so nothing may be added to it on the way to the socket except the
//! key's header, `host` and `content-length`.

use crate::body::Body;
use crate::error::{ErrorKind, ProviderError};
use crate::key;
use crate::request::{Request, RequestMessage, RequestPart};
use crate::target::{Target, WireKind};
use crate::wire::{anthropic, openai_chat};
use rearview_domain::message::Role;
use rearview_domain::record::Span;
use std::borrow::Cow;
use url::Url;

/// The API version that our Anthropic encoder and decoder are written against. Later versions refuse
/// sampling parameters, so it is pinned.
const ANTHROPIC_VERSION: &str = "2023-06-01";

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
    let messages = folded(&request.messages, target.takes_mid_system());
    let empty_tool = |message: &RequestMessage| {
        message.role == Role::Tool
            && !message.parts.iter().any(|part| matches!(part, RequestPart::ToolResult { .. }))
    };
    if messages.iter().any(|message| empty_tool(message)) {
        return Err(invalid("a tool message holds no result".into()));
    }
    let mut body = Body::default();
    let url = match target.wire {
        WireKind::OpenaiChat => {
            openai_chat::encode(&mut body, request, &messages, target);
            endpoint(target, "chat/completions")?
        }
        WireKind::AnthropicMessages => {
            anthropic::encode(&mut body, request, &messages, target);
            endpoint(target, "messages")?
        }
        WireKind::Demo => {
            openai_chat::encode(&mut body, request, &messages, target);
            "demo:local".to_owned()
        }
    };
    let (body, spans) = body.finish();
    if u32::try_from(body.len()).is_err() {
        return Err(invalid("it is larger than 4 GiB".into()));
    }
    let mut headers = headers(target.wire);
    headers.insert(0, ("content-type".into(), "application/json".into()));
    headers.push(("accept".into(), "text/event-stream".into()));
    // A compressed stream is held back by whoever compresses it.
    headers.push(("accept-encoding".into(), "identity".into()));
    Ok(Encoded { method: "POST", url, headers, body, spans })
}

/// The headers of every request to a wire.
pub(crate) fn headers(wire: WireKind) -> Vec<(String, String)> {
    let mut headers = vec![("user-agent".to_owned(), USER_AGENT.to_owned())];
    if wire == WireKind::AnthropicMessages {
        headers.push(("anthropic-version".into(), ANTHROPIC_VERSION.into()));
    }
    headers
}

/// The headers as they are recorded: as sent, with the key's value masked.
pub fn masked_headers(encoded: &Encoded, target: &Target, has_key: bool) -> Vec<(String, String)> {
    let mut headers = encoded.headers.clone();
    if has_key && target.wire != WireKind::Demo {
        headers.push((key::header_name(target.wire).into(), key::MASK.into()));
    }
    headers
}

/// An address below the target's base. A query in the base stays (some gateways want one); an
/// Anthropic base may end in `/v1` or not, as both are written in the wild.
///
/// # Errors
/// `Invalid` when the base is no `http` or `https` address.
pub(crate) fn endpoint(target: &Target, path: &str) -> Result<String, ProviderError> {
    let invalid = || {
        ProviderError::new(ErrorKind::Invalid, &target.provider_name)
            .detail(format!("its address `{}` is no web address", target.base_url))
    };
    let mut url = Url::parse(&target.base_url).map_err(|_| invalid())?;
    if !matches!(url.scheme(), "http" | "https") || url.host_str().is_none() {
        return Err(invalid());
    }
    let base = url.path().trim_end_matches('/').to_owned();
    let version =
        if target.wire == WireKind::AnthropicMessages && !base.ends_with("/v1") { "/v1" } else { "" };
    url.set_path(&format!("{base}{version}/{path}"));
    url.set_fragment(None);
    Ok(url.into())
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

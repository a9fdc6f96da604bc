//! Tool calls and their results, paired: what every wire demands and no history promises.
//!
//! A turn that was stopped leaves calls without a result; a history that was cut leaves results without
//! their call; another vendor's ids may repeat or have letters that this one refuses. `encode` calls this
//! once, for every wire, so that no encoder has to think of it.
//!
//! A call without a result gets one that says so. Leaving the call out instead would leave reasoning behind
//! that some vendors accept only before its call, and would hide from the model that it asked. A result
//! without a call is left out: there is no place for it.

use crate::request::{RequestMessage, RequestPart};
use crate::target::{Target, WireKind};
use rearview_domain::message::Role;
use rearview_domain::record::Origin;
use std::borrow::Cow;
use std::collections::HashSet;
use url::Url;

/// What stands in for the result of a call that never got one.
pub(super) const STOPPED: &str = "The call was stopped before it had a result.";

/// The longest id that Anthropic and Bedrock take; the pattern of both is `[a-zA-Z0-9_-]{1,64}`.
const MAX_PLAIN_ID: usize = 64;

/// Which ids of calls a target takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ids {
    /// Any, even twice.
    Any,
    /// Letters, digits, `_` and `-`, each id once (Anthropic, Bedrock, OpenAI Responses).
    Plain,
    /// Nine letters and digits, each id once (Mistral's own API).
    Nine,
}

impl Ids {
    /// The ids that `target` takes.
    pub(super) fn of(target: &Target) -> Self {
        let host = Url::parse(&target.base_url).ok();
        let mistral = host.as_ref().and_then(Url::host_str).is_some_and(|host| host.ends_with("mistral.ai"));
        match target.wire {
            WireKind::AnthropicMessages | WireKind::BedrockConverse | WireKind::OpenaiResponses => {
                Self::Plain
            }
            WireKind::OpenaiChat if mistral => Self::Nine,
            _ => Self::Any,
        }
    }
}

/// The messages with each call's result right behind the message that called, in the order of the calls,
/// in one message of their own. Messages that have nothing to do with tools are not copied.
pub(super) fn paired(messages: Vec<Cow<'_, RequestMessage>>, ids: Ids) -> Vec<Cow<'_, RequestMessage>> {
    let about_tools =
        |part: &RequestPart| matches!(part, RequestPart::ToolCall { .. } | RequestPart::ToolResult { .. });
    if !messages.iter().any(|message| message.parts.iter().any(about_tools)) {
        return messages;
    }
    let mut given = Given { ids, taken: HashSet::new(), made: 0 };
    let mut paired = Vec::with_capacity(messages.len() + 1);
    let mut messages = messages.into_iter().flat_map(split).peekable();
    while let Some(message) = messages.next() {
        let calls = calls(&message);
        if calls.is_empty() {
            paired.extend(without_results(message));
            continue;
        }
        // The results of an answer's calls stand before the next answer.
        let mut behind = Vec::new();
        while let Some(next) = messages.next_if(|next| next.role != Role::Assistant) {
            behind.push(next);
        }
        let mut results: Vec<&RequestPart> =
            behind.iter().flat_map(|message| &message.parts).filter(|part| is_result(part)).collect();
        let mut answers = Vec::with_capacity(calls.len());
        let mut new_ids = Vec::with_capacity(calls.len());
        for (id, name) in &calls {
            let found = results
                .iter()
                .position(|part| matches!(part, RequestPart::ToolResult { id: of, .. } if of == id));
            let mut answer = found.map_or_else(|| stopped(id, name), |at| results.remove(at).clone());
            let new_id = given.id(id);
            if let RequestPart::ToolResult { id, .. } = &mut answer {
                id.clone_from(&new_id);
            }
            answers.push(answer);
            new_ids.push(new_id);
        }
        let kept = calls.iter().zip(&new_ids).all(|((id, _), new_id)| id == new_id);
        paired.push(if kept { message } else { Cow::Owned(renamed(&message, new_ids)) });
        paired.push(Cow::Owned(RequestMessage { role: Role::Tool, parts: answers }));
        paired.extend(behind.into_iter().filter_map(without_results));
    }
    paired
}

/// An answer that holds its tools' results too, as several messages: results are never the assistant's.
fn split(message: Cow<'_, RequestMessage>) -> Vec<Cow<'_, RequestMessage>> {
    if message.role != Role::Assistant || !message.parts.iter().any(is_result) {
        return vec![message];
    }
    message
        .parts
        .chunk_by(|a, b| is_result(a) == is_result(b))
        .map(|parts| {
            let role = if parts.iter().any(is_result) { Role::Tool } else { Role::Assistant };
            Cow::Owned(RequestMessage { role, parts: parts.to_vec() })
        })
        .collect()
}

/// The ids and names of the calls of an answer.
fn calls(message: &RequestMessage) -> Vec<(String, String)> {
    if message.role != Role::Assistant {
        return Vec::new();
    }
    message
        .parts
        .iter()
        .filter_map(|part| match part {
            RequestPart::ToolCall { id, name, .. } => Some((id.clone(), name.clone())),
            _ => None,
        })
        .collect()
}

fn is_result(part: &RequestPart) -> bool {
    matches!(part, RequestPart::ToolResult { .. })
}

/// What is left of a message without its results; nothing of a tool's.
fn without_results(message: Cow<'_, RequestMessage>) -> Option<Cow<'_, RequestMessage>> {
    if !message.parts.iter().any(is_result) {
        return Some(message);
    }
    if message.role == Role::Tool {
        return None;
    }
    let parts: Vec<RequestPart> = message.parts.iter().filter(|part| !is_result(part)).cloned().collect();
    (!parts.is_empty()).then_some(Cow::Owned(RequestMessage { role: message.role, parts }))
}

fn stopped(id: &str, name: &str) -> RequestPart {
    RequestPart::ToolResult {
        id: id.to_owned(),
        name: name.to_owned(),
        text: STOPPED.to_owned(),
        failed: true,
        origin: Origin::ToolResult { call_id: id.to_owned() },
    }
}

/// The message with these ids for its calls, in their order.
fn renamed(message: &RequestMessage, ids: Vec<String>) -> RequestMessage {
    let mut ids = ids.into_iter();
    let mut renamed = message.clone();
    for part in &mut renamed.parts {
        if let RequestPart::ToolCall { id, .. } = part
            && let Some(new_id) = ids.next()
        {
            *id = new_id;
        }
    }
    renamed
}

/// The ids that were given out. Made from the history alone and from its beginning on, so a longer history
/// gets the same ids again and the provider's cache of the prompt stays good.
struct Given {
    ids: Ids,
    taken: HashSet<String>,
    made: u32,
}

impl Given {
    /// The id of the next call: its own where the target takes it, else one of ours.
    fn id(&mut self, id: &str) -> String {
        let fits = match self.ids {
            Ids::Any => return id.to_owned(),
            Ids::Plain => {
                (1..=MAX_PLAIN_ID).contains(&id.len())
                    && id.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-'))
            }
            Ids::Nine => id.len() == 9 && id.bytes().all(|byte| byte.is_ascii_alphanumeric()),
        };
        if fits && self.taken.insert(id.to_owned()) {
            return id.to_owned();
        }
        loop {
            self.made += 1;
            let made = match self.ids {
                Ids::Nine => format!("call{:05}", self.made),
                _ => format!("call_{}", self.made),
            };
            if self.taken.insert(made.clone()) {
                return made;
            }
        }
    }
}

//! Writes a Messages body. Reading answers is in `decode`.

use crate::body::Body;
use crate::request::{Piece, Request, RequestMessage, RequestPart};
use crate::target::{Platform, Target};
use rearview_domain::message::Role;
use serde_json::{Map, Value};
use std::borrow::Cow;

/// `max_tokens` is mandatory on this wire. 8,192 is what every current Claude model can write and is
/// enough for a long answer; a model with a smaller limit says so in its error.
const DEFAULT_MAX_TOKENS: u32 = 8_192;

/// The API version that our encoder and decoder are written against.
const VERSION: &str = "2023-06-01";

/// The same on Vertex AI, the only value that it takes.
const VERTEX_VERSION: &str = "vertex-2023-10-16";

/// The headers that name the version; Vertex AI wants it in the body instead.
pub(crate) fn headers(target: &Target) -> Vec<(String, String)> {
    match target.platform {
        Platform::Vertex { .. } => Vec::new(),
        _ => vec![("anthropic-version".into(), VERSION.into())],
    }
}

/// Writes the body. Leading system messages go to the top-level `system`; neighbours of one role are
/// one message, because the API wants roles to alternate.
pub(crate) fn encode(
    body: &mut Body,
    request: &Request,
    messages: &[Cow<'_, RequestMessage>],
    target: &Target,
) {
    let leading = messages.iter().take_while(|message| message.role == Role::System).count();
    let (system, turns) = messages.split_at(leading);
    body.open('{');
    match target.platform {
        // The address names the model there, and the body the version.
        Platform::Vertex { .. } => body.key("anthropic_version").string(VERTEX_VERSION),
        _ => body.key("model").string(&target.model),
    };
    body.key("max_tokens").literal(request.max_output_tokens.unwrap_or(DEFAULT_MAX_TOKENS));
    body.key("stream").literal(true);
    if let Some(temperature) = request.temperature.filter(|t| t.is_finite() && target.quirks.sampling) {
        body.key("temperature").literal(temperature);
    }
    let family = target.family();
    let system: Vec<Block<'_>> = system
        .iter()
        .flat_map(|message| &message.parts)
        .filter_map(|part| block(part, Role::System, family))
        .collect();
    if !system.is_empty() {
        body.key("system");
        write_content(body, &system);
    }
    body.key("messages").open('[');
    for (role, blocks) in merged(turns, family) {
        body.open('{').key("role").string(role).key("content");
        write_content(body, &blocks);
        body.close('}');
    }
    body.close(']').close('}');
}

/// A content block of this wire, made from a part that the wire can carry.
enum Block<'a> {
    Text(&'a [Piece]),
    Part(&'a RequestPart),
}

/// Messages with their blocks; neighbours of one role are one, empty ones are left out.
fn merged<'a>(turns: &'a [Cow<'_, RequestMessage>], family: &str) -> Vec<(&'static str, Vec<Block<'a>>)> {
    let mut merged: Vec<(&'static str, Vec<Block<'a>>)> = Vec::new();
    for message in turns {
        let role = match message.role {
            Role::System => "system",
            Role::User | Role::Tool => "user",
            Role::Assistant => "assistant",
        };
        let mut blocks: Vec<(u8, Block<'a>)> = message
            .parts
            .iter()
            .filter_map(|part| block(part, message.role, family).map(|block| (rank(part), block)))
            .collect();
        // The sort is stable: what is of one rank keeps its order.
        blocks.sort_by_key(|(rank, _)| *rank);
        let blocks = blocks.into_iter().map(|(_, block)| block);
        match merged.last_mut() {
            Some((last, content)) if *last == role => content.extend(blocks),
            _ => {
                let blocks: Vec<_> = blocks.collect();
                if !blocks.is_empty() {
                    merged.push((role, blocks));
                }
            }
        }
    }
    merged
}

/// Thinking must stand first in an assistant message, tool results first in a user message.
fn rank(part: &RequestPart) -> u8 {
    match part {
        RequestPart::Reasoning { .. } | RequestPart::ToolResult { .. } => 0,
        RequestPart::Opaque { value, .. } if value["type"] == "redacted_thinking" => 0,
        _ => 1,
    }
}

/// The part as a block, when this wire can carry it in a message of `role`. Blank text is left out
/// because the API refuses it; so is thinking without a signature, as a stopped answer leaves it.
fn block<'a>(part: &'a RequestPart, role: Role, family: &str) -> Option<Block<'a>> {
    match part {
        RequestPart::Text(pieces) => {
            pieces.iter().any(|piece| !piece.text.trim().is_empty()).then_some(Block::Text(pieces))
        }
        RequestPart::Image { .. } | RequestPart::File { .. } => {
            (role == Role::User).then_some(Block::Part(part))
        }
        RequestPart::Reasoning { signature, family: of, .. } => {
            (role == Role::Assistant && of == family && signature.is_some()).then_some(Block::Part(part))
        }
        RequestPart::Opaque { family: of, .. } => {
            (role == Role::Assistant && of == family).then_some(Block::Part(part))
        }
        RequestPart::ToolCall { .. } => (role == Role::Assistant).then_some(Block::Part(part)),
        RequestPart::ToolResult { .. } => {
            matches!(role, Role::User | Role::Tool).then_some(Block::Part(part))
        }
    }
}

/// A string for a single text, else a list of blocks.
fn write_content(body: &mut Body, blocks: &[Block<'_>]) {
    if let [Block::Text(pieces)] = blocks {
        write_pieces(body, pieces);
        return;
    }
    body.open('[');
    for block in blocks {
        match block {
            Block::Text(pieces) => {
                body.open('{').key("type").string("text").key("text");
                write_pieces(body, pieces);
                body.close('}');
            }
            Block::Part(part) => write_part(body, part),
        }
    }
    body.close(']');
}

fn write_pieces(body: &mut Body, pieces: &[Piece]) {
    body.open_string();
    for piece in pieces {
        body.piece(&piece.text, &piece.origin);
    }
    body.close_string();
}

fn write_part(body: &mut Body, part: &RequestPart) {
    match part {
        RequestPart::Text(pieces) => write_pieces(body, pieces),
        RequestPart::Image { media_type, base64, origin } => {
            body.open('{').key("type").string("image").key("source").open('{').key("type").string("base64");
            body.key("media_type").string_from(media_type, origin).key("data").string_from(base64, origin);
            body.close('}').close('}');
        }
        RequestPart::File { media_type, name, base64, origin } => {
            body.open('{').key("type").string("document").key("title").string_from(name, origin);
            body.key("source").open('{').key("type").string("base64");
            body.key("media_type").string_from(media_type, origin).key("data").string_from(base64, origin);
            body.close('}').close('}');
        }
        RequestPart::Reasoning { text, signature, origin, .. } => {
            body.open('{').key("type").string("thinking").key("thinking").string_from(text, origin);
            body.key("signature").string_from(signature.as_deref().unwrap_or_default(), origin).close('}');
        }
        RequestPart::Opaque { value, origin, .. } => {
            body.value_from(value, origin);
        }
        RequestPart::ToolCall { id, name, arguments, origin } => {
            body.open('{').key("type").string("tool_use").key("id").string_from(id, origin);
            body.key("name").string_from(name, origin).key("input");
            // The API wants an object. Arguments that are none, such as those of an answer that was cut
            // off, travel as text inside of one.
            if arguments.trim().is_empty() {
                body.open('{').close('}');
            } else if serde_json::from_str::<Map<String, Value>>(arguments).is_ok() {
                body.raw_from(arguments.trim(), origin);
            } else {
                body.open('{').key("arguments").string_from(arguments, origin).close('}');
            }
            body.close('}');
        }
        RequestPart::ToolResult { id, text, origin, .. } => {
            body.open('{').key("type").string("tool_result").key("tool_use_id").string_from(id, origin);
            body.key("content").string_from(text, origin).close('}');
        }
    }
}

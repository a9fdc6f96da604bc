//! Content blocks: which parts of a message this wire carries, in which order, and how they are written.

use super::version::is_later;
use crate::body::Body;
use crate::encode::files;
use crate::request::{Piece, RequestMessage, RequestPart};
use crate::target::Target;
use crate::wire::functions::{write_arguments_object, write_text};
use rearview_domain::message::Role;
use std::borrow::Cow;

/// A content block of this wire, made from a part that the wire can carry.
pub(super) enum Block<'a> {
    Text(&'a [Piece]),
    Part(&'a RequestPart),
}

impl Block<'_> {
    fn is_result(&self) -> bool {
        matches!(self, Self::Part(RequestPart::ToolResult { .. }))
    }

    /// Whether the block may say that what ends with it is to be cached. Thinking may not, empty text may
    /// not, and what only the provider understands goes back as it came.
    pub(super) fn bears_mark(&self) -> bool {
        match self {
            // Blank text is no block.
            Self::Text(_) => true,
            Self::Part(RequestPart::Reasoning { .. } | RequestPart::Opaque { .. }) => false,
            Self::Part(RequestPart::ToolResult { text, .. }) => !text.trim().is_empty(),
            Self::Part(_) => true,
        }
    }

    fn is_call(&self) -> bool {
        matches!(self, Self::Part(RequestPart::ToolCall { .. }))
    }

    fn is_thinking(&self) -> bool {
        match self {
            Self::Part(RequestPart::Reasoning { .. }) => true,
            Self::Part(RequestPart::Opaque { value, .. }) => value["type"] == "redacted_thinking",
            _ => false,
        }
    }
}

/// One message of this wire: its role and its blocks.
pub(super) type Turn<'a> = (&'static str, Vec<Block<'a>>);

/// Messages with their blocks; neighbours of one role are one, because the API wants roles to alternate.
/// Empty ones are left out.
pub(super) fn merged<'a>(turns: &'a [Cow<'_, RequestMessage>], target: &Target) -> Vec<Turn<'a>> {
    let mut merged: Vec<Turn<'a>> = Vec::new();
    for message in turns {
        let role = match message.role {
            Role::System => "system",
            Role::User | Role::Tool => "user",
            Role::Assistant => "assistant",
        };
        let mut blocks: Vec<Block<'a>> = of(message, target).collect();
        if message.role == Role::Assistant {
            thinking_first(&mut blocks);
        }
        match merged.last_mut() {
            Some((last, content)) if *last == role => content.extend(blocks),
            _ if blocks.is_empty() => {}
            _ => merged.push((role, blocks)),
        }
    }
    // Results stand first in a user message. The sort is stable: what is of one kind keeps its order.
    for (_, blocks) in &mut merged {
        blocks.sort_by_key(|block| !block.is_result());
    }
    merged
}

/// Whether the last answer called a tool and did not think first.
pub(super) fn ends_in_bare_calls(turns: &[Turn<'_>]) -> bool {
    let last = turns.iter().rev().find(|(role, _)| *role == "assistant");
    last.is_some_and(|(_, blocks)| {
        blocks.iter().any(Block::is_call) && !blocks.first().is_some_and(Block::is_thinking)
    })
}

/// An answer that thought begins with its thinking. Thinking further behind stands where the model put it,
/// between its calls, and stays there: the API checks the order.
fn thinking_first(blocks: &mut [Block<'_>]) {
    let Some(start) = blocks.iter().position(Block::is_thinking) else { return };
    let run = blocks[start..].iter().take_while(|block| block.is_thinking()).count();
    blocks[..start + run].rotate_left(start);
}

/// The blocks of a message, in its order.
pub(super) fn of<'a>(message: &'a RequestMessage, target: &Target) -> impl Iterator<Item = Block<'a>> {
    let (role, family, later) = (message.role, target.family(), is_later(target));
    message.parts.iter().filter_map(move |part| block(part, role, family, later))
}

/// The part as a block, when this wire can carry it in a message of `role`. Blank text is left out
/// because the API refuses it; so is thinking without a signature, as a stopped answer leaves it.
fn block<'a>(part: &'a RequestPart, role: Role, family: &str, later: bool) -> Option<Block<'a>> {
    let carried = match part {
        RequestPart::Text(pieces) => {
            let says = pieces.iter().any(|piece| !piece.text.trim().is_empty());
            return says.then_some(Block::Text(pieces));
        }
        RequestPart::Image { .. } | RequestPart::File { .. } => role == Role::User,
        RequestPart::Reasoning { signature, family: of, .. } => {
            role == Role::Assistant && of == family && signature.is_some()
        }
        // A document that an answer brought along is refused from 2026-10-21 on.
        RequestPart::Opaque { family: of, value, .. } => {
            role == Role::Assistant && of == family && !(later && value["type"] == "document")
        }
        RequestPart::ToolCall { .. } => role == Role::Assistant,
        RequestPart::ToolResult { .. } => matches!(role, Role::User | Role::Tool),
    };
    carried.then_some(Block::Part(part))
}

/// A string for a single text without a mark, else a list of blocks. `marked` says of a block, by its place,
/// whether it gets the mark of what may be cached.
pub(super) fn write(body: &mut Body, blocks: &[Block<'_>], marked: impl Fn(usize) -> bool) {
    if let [Block::Text(pieces)] = blocks
        && !marked(0)
    {
        write_text(body, pieces);
        return;
    }
    body.open('[');
    for (at, block) in blocks.iter().enumerate() {
        match block {
            Block::Text(pieces) => {
                body.open('{').key("type").string("text").key("text");
                write_text(body, pieces);
                finish(body, marked(at));
            }
            Block::Part(part) => write_part(body, part, marked(at)),
        }
    }
    body.close(']');
}

/// Closes a block, with its mark.
fn finish(body: &mut Body, marked: bool) {
    if marked {
        body.key("cache_control").open('{').key("type").string("ephemeral").close('}');
    }
    body.close('}');
}

fn write_part(body: &mut Body, part: &RequestPart, marked: bool) {
    match part {
        RequestPart::Text(pieces) => write_text(body, pieces),
        RequestPart::Image { media_type, base64, origin } => {
            body.open('{').key("type").string("image").key("source").open('{').key("type").string("base64");
            body.key("media_type").string_from(media_type, origin).key("data").string_from(base64, origin);
            body.close('}');
            finish(body, marked);
        }
        RequestPart::File { media_type, name, base64, origin } => {
            body.open('{').key("type").string("document").key("title").string_from(name, origin);
            body.key("source").open('{').key("type");
            // In base64 the API takes PDF files only.
            if let Some(text) = files::text(media_type, base64) {
                body.string("text").key("media_type").string("text/plain");
                body.key("data").string_from(&text, origin);
            } else {
                body.string("base64").key("media_type").string_from(media_type, origin);
                body.key("data").string_from(base64, origin);
            }
            body.close('}');
            finish(body, marked);
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
            write_arguments_object(body, arguments, origin);
            finish(body, marked);
        }
        RequestPart::ToolResult { id, text, failed, origin, .. } => {
            body.open('{').key("type").string("tool_result").key("tool_use_id").string_from(id, origin);
            body.key("content").string_from(text, origin);
            if *failed {
                body.key("is_error").literal(true);
            }
            finish(body, marked);
        }
    }
}

//! Writes a Converse body; the model stands in the address. Reading answers is in `decode`.

use super::effort::{Thinking, thinking};
use super::{document, tools};
use crate::body::Body;
use crate::request::{Piece, Request, RequestMessage, RequestPart};
use crate::target::Target;
use crate::wire::cache::Places;
use crate::wire::functions::write_text;
use rearview_domain::message::Role;
use serde_json::{Value, json};
use std::borrow::Cow;

/// What stands beside a document that came without a word, because Converse refuses it alone.
const BESIDE_DOCUMENT: &str = "See the attached document.";

/// Writes the body. Leading system messages go to `system`; neighbours of one role are one message, because
/// roles have to alternate and all results of a turn have to stand in one message.
pub(crate) fn encode(
    body: &mut Body,
    request: &Request,
    messages: &[Cow<'_, RequestMessage>],
    target: &Target,
) {
    let leading = messages.iter().take_while(|message| message.role == Role::System).count();
    let (system, turns) = messages.split_at(leading);
    let family = target.family();
    body.open('{').key("messages").open('[');
    let mut names = document::Names::default();
    let places = Places::of(request, messages, target);
    let sent = |message: &RequestMessage| {
        message.parts.iter().filter(|part| is_sent(part, message.role, family)).count()
    };
    let counts: Vec<usize> = turns.iter().map(|message| sent(message)).collect();
    let turns_merged = merged(turns, family);
    let bears: Vec<bool> =
        turns_merged.iter().flat_map(|(_, parts)| parts).map(|part| bears_mark(part)).collect();
    let mut marks = places.marks(&counts, &bears).into_iter();
    for (role, parts) in turns_merged {
        body.open('{').key("role").string(role).key("content").open('[');
        for part in &parts {
            write_part(body, part, &mut names);
            if marks.next() == Some(true) {
                write_mark(body);
            }
        }
        let has = |wanted: fn(&RequestPart) -> bool| parts.iter().any(|part| wanted(part));
        if has(|part| matches!(part, RequestPart::File { .. }))
            && !has(|part| matches!(part, RequestPart::Text(_)))
        {
            body.open('{').key("text").string(BESIDE_DOCUMENT).close('}');
        }
        body.close(']').close('}');
    }
    body.close(']');
    let mut open = false;
    for part in system.iter().flat_map(|message| &message.parts) {
        if let RequestPart::Text(pieces) = part
            && says_something(pieces)
        {
            if !open {
                body.key("system").open('[');
                open = true;
            }
            write_text_block(body, pieces);
        }
    }
    if open {
        if places.system {
            write_mark(body);
        }
        body.close(']');
    }
    let thinking = thinking(request, target);
    write_inference(body, request, target, &thinking);
    tools::write_config(body, request, turns);
    if let Some(fields) = &thinking.fields {
        body.key("additionalModelRequestFields").literal(fields);
    }
    // A model that cannot be held to a schema refuses the field, so it goes to those that are known to.
    if let Some(schema) =
        request.answer_schema.as_ref().filter(|_| target.facts.is_some_and(|f| f.answer_schema))
    {
        let schema = closed(schema.clone()).to_string();
        let format = json!({
            "type": "json_schema", "structure": { "jsonSchema": { "schema": schema, "name": "answer" } }
        });
        body.key("outputConfig").open('{').key("textFormat").literal(format).close('}');
    }
    body.close('}');
}

fn write_inference(body: &mut Body, request: &Request, target: &Target, thinking: &Thinking) {
    let limit = request.max_output_tokens.filter(|_| !thinking.no_limit);
    let sampling = target.quirks.sampling && target.facts.is_none_or(|facts| facts.sampling);
    let temperature = request.temperature.filter(|t| t.is_finite() && sampling && !thinking.no_temperature);
    if limit.is_none() && temperature.is_none() {
        return;
    }
    body.key("inferenceConfig").open('{');
    if let Some(limit) = limit {
        body.key("maxTokens").literal(limit);
    }
    if let Some(temperature) = temperature {
        body.key("temperature").literal(temperature);
    }
    body.close('}');
}

/// The schema with every object in it closed to further fields where it says nothing of them, as Bedrock
/// demands of schemas for answers.
fn closed(mut schema: Value) -> Value {
    match &mut schema {
        Value::Object(fields) => {
            for field in fields.values_mut() {
                *field = closed(field.take());
            }
            if fields.get("type").is_some_and(|kind| kind == "object") {
                fields.entry("additionalProperties").or_insert(Value::Bool(false));
            }
        }
        Value::Array(items) => {
            for item in items {
                *item = closed(item.take());
            }
        }
        _ => {}
    }
    schema
}

/// Messages with the parts that can be sent; neighbours of one role are one, empty ones are left out.
fn merged<'a>(
    turns: &'a [Cow<'_, RequestMessage>],
    family: &str,
) -> Vec<(&'static str, Vec<&'a RequestPart>)> {
    let mut merged: Vec<(&'static str, Vec<&'a RequestPart>)> = Vec::new();
    for message in turns {
        let role = match message.role {
            Role::Assistant => "assistant",
            // What is told in mid conversation is told by the person's side, when a quirk lets it through.
            Role::System | Role::User | Role::Tool => "user",
        };
        let mut parts: Vec<&RequestPart> =
            message.parts.iter().filter(|part| is_sent(part, message.role, family)).collect();
        // The sort is stable: what is of one rank keeps its order.
        parts.sort_by_key(|part| rank(part));
        match merged.last_mut() {
            Some((last, content)) if *last == role => content.extend(parts),
            _ if parts.is_empty() => {}
            _ => merged.push((role, parts)),
        }
    }
    merged
}

/// Reasoning stands first in an assistant message, results of tools first in a user message.
fn rank(part: &RequestPart) -> u8 {
    match part {
        RequestPart::Reasoning { .. } | RequestPart::ToolResult { .. } => 0,
        RequestPart::Opaque { value, .. } if value.get("reasoningContent").is_some() => 0,
        _ => 1,
    }
}

/// Whether a message of `role` can carry the part. Blank text is refused; so is reasoning without a
/// signature, by Claude because it is half a block and by others because they take none back.
fn is_sent(part: &RequestPart, role: Role, family: &str) -> bool {
    match part {
        RequestPart::Text(pieces) => says_something(pieces),
        RequestPart::Image { .. } | RequestPart::File { .. } => role == Role::User,
        RequestPart::Reasoning { signature, family: of, .. } => {
            role == Role::Assistant && of == family && signature.is_some()
        }
        RequestPart::Opaque { family: of, value, .. } => {
            role == Role::Assistant && of == family && value.is_object()
        }
        RequestPart::ToolCall { .. } => role == Role::Assistant,
        RequestPart::ToolResult { .. } => matches!(role, Role::User | Role::Tool),
    }
}

/// Whether a mark of what may be cached may stand right behind the part. Behind reasoning and behind documents
/// Bedrock refuses it; what only the provider understands may be either.
fn bears_mark(part: &RequestPart) -> bool {
    !matches!(part, RequestPart::Reasoning { .. } | RequestPart::Opaque { .. } | RequestPart::File { .. })
}

/// Writes the mark: what stands before it may be cached.
fn write_mark(body: &mut Body) {
    body.open('{').key("cachePoint").open('{').key("type").string("default").close('}').close('}');
}

fn says_something(pieces: &[Piece]) -> bool {
    pieces.iter().any(|piece| !piece.text.trim().is_empty())
}

fn write_text_block(body: &mut Body, pieces: &[Piece]) {
    body.open('{').key("text");
    write_text(body, pieces);
    body.close('}');
}

fn write_part(body: &mut Body, part: &RequestPart, names: &mut document::Names) {
    match part {
        RequestPart::Text(pieces) => write_text_block(body, pieces),
        RequestPart::Image { media_type, base64, origin } => {
            // `image/png` is the format `png`; `image/jpg`, which nobody registered, is seen as well.
            let format = media_type.rsplit('/').next().unwrap_or(media_type);
            let format = if format.eq_ignore_ascii_case("jpg") { "jpeg" } else { format };
            body.open('{').key("image").open('{').key("format").string_from(format, origin);
            body.key("source").open('{').key("bytes").string_from(base64, origin);
            body.close('}').close('}').close('}');
        }
        RequestPart::File { media_type, name, base64, origin } => {
            document::write(body, names, media_type, name, base64, origin);
        }
        RequestPart::Reasoning { text, signature, origin, .. } => {
            body.open('{').key("reasoningContent").open('{').key("reasoningText").open('{');
            body.key("text").string_from(text, origin);
            body.key("signature").string_from(signature.as_deref().unwrap_or_default(), origin);
            body.close('}').close('}').close('}');
        }
        RequestPart::Opaque { value, origin, .. } => {
            body.value_from(value, origin);
        }
        RequestPart::ToolCall { id, name, arguments, origin } => {
            tools::write_call(body, id, name, arguments, origin);
        }
        RequestPart::ToolResult { id, text, failed, origin, .. } => {
            tools::write_result(body, id, text, *failed, origin);
        }
    }
}

//! Writes a Chat Completions body. Reading answers is in `decode`.

use super::reasoning;
use crate::body::Body;
use crate::encode::files;
use crate::request::{Piece, Request, RequestMessage, RequestPart};
use crate::target::Target;
use crate::wire::functions::{write_arguments, write_choice, write_file, write_text, write_tools};
use rearview_domain::message::Role;
use rearview_domain::settings::Effort;
use std::borrow::Cow;

/// Writes the body. Fields stand in a fixed order and only when they say something.
pub(crate) fn encode(
    body: &mut Body,
    request: &Request,
    messages: &[Cow<'_, RequestMessage>],
    target: &Target,
) {
    body.open('{').key("model").string(&target.model).key("messages").open('[');
    for message in messages {
        write_message(body, message, target);
    }
    body.close(']');
    write_tools(body, &request.tools);
    write_choice(body, request.tool_choice, &request.tools, "required", "none");
    body.key("stream").literal(!request.plain);
    if target.quirks.stream_options && !request.plain {
        body.key("stream_options").open('{').key("include_usage").literal(true).close('}');
    }
    if let Some(limit) = request.max_output_tokens {
        body.key(target.max_tokens_field()).literal(limit);
    }
    if let Some(temperature) = request.temperature.filter(|t| t.is_finite() && target.takes_sampling()) {
        body.key("temperature").literal(temperature);
    }
    if let Some(effort) = target.effort(request.effort).and_then(effort_word) {
        body.key("reasoning_effort").string(effort);
    }
    if let Some(schema) = &request.answer_schema {
        body.key("response_format").open('{').key("type").string("json_schema");
        body.key("json_schema").open('{').key("name").string("answer").key("schema").literal(schema);
        body.close('}').close('}');
    }
    body.close('}');
}

/// The word for an effort, of those that OpenAI's SDK 3.57 lists: none, minimal, low, medium, high, xhigh,
/// max. Models that cannot stop thinking refuse `none`, and say so.
fn effort_word(effort: Effort) -> Option<&'static str> {
    match effort {
        Effort::Provider => None,
        Effort::Off => Some("none"),
        Effort::Low => Some("low"),
        Effort::Medium => Some("medium"),
        Effort::High => Some("high"),
    }
}

/// Tool results are messages of their own here, and come before what else their message says.
fn write_message(body: &mut Body, message: &RequestMessage, target: &Target) {
    for part in &message.parts {
        if let RequestPart::ToolResult { id, text, origin, .. } = part {
            body.open('{').key("role").string("tool").key("tool_call_id").string_from(id, origin);
            body.key("content").string_from(text, origin).close('}');
        }
    }
    let role = match message.role {
        Role::System => "system",
        Role::User => "user",
        Role::Assistant => "assistant",
        Role::Tool => return,
    };
    let only_results = !message.parts.is_empty()
        && message.parts.iter().all(|part| matches!(part, RequestPart::ToolResult { .. }));
    if only_results {
        return;
    }
    body.open('{').key("role").string(role);
    write_content(body, message, target);
    if message.role == Role::Assistant {
        reasoning::write(body, &message.parts, target);
        write_tool_calls(body, &message.parts);
    }
    body.close('}');
}

/// The content: a string for one text part, else a list. Content that is list-shaped stays a list,
/// because joining would invent bytes between the parts; only a server that cannot read lists gets
/// its text parts joined by a blank line.
fn write_content(body: &mut Body, message: &RequestMessage, target: &Target) {
    let texts = || {
        message.parts.iter().filter_map(|part| match part {
            RequestPart::Text(pieces) => Some(pieces),
            _ => None,
        })
    };
    // Chat Completions takes images and files from users only.
    let has_attachments = message.role == Role::User
        && message
            .parts
            .iter()
            .any(|part| matches!(part, RequestPart::Image { .. } | RequestPart::File { .. }));
    let calls_tools = message.parts.iter().any(|part| matches!(part, RequestPart::ToolCall { .. }));
    body.key("content");
    let count = texts().count();
    if count == 0 && !has_attachments {
        if calls_tools {
            body.literal("null");
        } else {
            body.string("");
        }
    } else if !has_attachments && (count == 1 || !target.quirks.list_content) {
        body.open_string();
        for (at, pieces) in texts().enumerate() {
            if at > 0 {
                body.glue("\n\n");
            }
            write_pieces(body, pieces);
        }
        body.close_string();
    } else {
        body.open('[');
        for part in &message.parts {
            match part {
                RequestPart::Text(pieces) => {
                    body.open('{').key("type").string("text").key("text");
                    write_text(body, pieces);
                    body.close('}');
                }
                RequestPart::Image { media_type, base64, origin } if has_attachments => {
                    body.open('{').key("type").string("image_url").key("image_url").open('{');
                    body.key("url").open_string().glue("data:").piece(media_type, origin).glue(";base64,");
                    body.piece(base64, origin).close_string().close('}').close('}');
                }
                RequestPart::File { media_type, name, base64, origin } if has_attachments => {
                    // OpenAI takes PDF files only and most others take none; text everybody takes.
                    if let Some(text) = files::text(media_type, base64) {
                        body.open('{').key("type").string("text").key("text").open_string();
                        write_file(body, name, &text, origin);
                        body.close_string().close('}');
                        continue;
                    }
                    body.open('{').key("type").string("file").key("file").open('{');
                    body.key("filename").string_from(name, origin).key("file_data").open_string();
                    body.glue("data:").piece(media_type, origin).glue(";base64,").piece(base64, origin);
                    body.close_string().close('}').close('}');
                }
                _ => {}
            }
        }
        body.close(']');
    }
}

fn write_pieces(body: &mut Body, pieces: &[Piece]) {
    for piece in pieces {
        body.piece(&piece.text, &piece.origin);
    }
}

fn write_tool_calls(body: &mut Body, parts: &[RequestPart]) {
    let mut open = false;
    for part in parts {
        let RequestPart::ToolCall { id, name, arguments, origin } = part else { continue };
        if !open {
            body.key("tool_calls").open('[');
            open = true;
        }
        body.open('{').key("id").string_from(id, origin).key("type").string("function");
        body.key("function").open('{').key("name").string_from(name, origin).key("arguments");
        write_arguments(body, arguments, origin);
        body.close('}').close('}');
    }
    if open {
        body.close(']');
    }
}

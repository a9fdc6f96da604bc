//! Writes a body for `/api/chat`. The size of the context is in `context`; reading answers is in `decode`.

use super::context;
use crate::body::Body;
use crate::encode::files;
use crate::request::{Request, RequestMessage, RequestPart, ToolChoice};
use crate::target::Target;
use crate::wire::functions::{write_arguments_object, write_file, write_missing_file, write_tools};
use rearview_domain::message::Role;
use rearview_domain::settings::Effort;
use std::borrow::Cow;

/// Writes the body. Fields stand in a fixed order and only when they say something.
///
/// `truncate` and `shift` are off, so that a prompt which does not fit is refused and an answer which does
/// not is cut, both with a word, where Ollama would otherwise drop the oldest messages silently. Versions
/// that do not know them ignore them.
///
/// There is no choice of tools on this wire: tools that must not be called are left out, and nothing can
/// make the model call one.
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
    if request.tool_choice != ToolChoice::Forbidden {
        write_tools(body, &request.tools);
    }
    if let Some(effort) = target.effort(request.effort) {
        body.key("think");
        // Models of this name take levels and never stop thinking; all others take a switch.
        match effort {
            Effort::Low if takes_levels(&target.model) => body.string("low"),
            Effort::Medium if takes_levels(&target.model) => body.string("medium"),
            Effort::High if takes_levels(&target.model) => body.string("high"),
            effort => body.literal(effort != Effort::Off),
        };
    }
    if let Some(schema) = &request.answer_schema {
        body.key("format").literal(schema);
    }
    body.key("options").open('{').key("num_ctx").literal(context::size(request, messages, target));
    if let Some(temperature) = request.temperature.filter(|t| t.is_finite() && target.takes_sampling()) {
        body.key("temperature").literal(temperature);
    }
    if let Some(limit) = request.max_output_tokens {
        body.key("num_predict").literal(limit);
    }
    body.close('}').key("truncate").literal(false).key("shift").literal(false);
    body.key("stream").literal(!request.plain).close('}');
}

fn takes_levels(model: &str) -> bool {
    model.to_ascii_lowercase().contains("gpt-oss")
}

/// Tool results are messages of their own here, and come before what else their message says.
fn write_message(body: &mut Body, message: &RequestMessage, target: &Target) {
    for part in &message.parts {
        if let RequestPart::ToolResult { name, text, origin, .. } = part {
            body.open('{').key("role").string("tool").key("tool_name").string_from(name, origin);
            body.key("content").string_from(text, origin).close('}');
        }
    }
    let role = match message.role {
        Role::System => "system",
        Role::User => "user",
        Role::Assistant => "assistant",
        Role::Tool => return,
    };
    body.open('{').key("role").string(role).key("content");
    write_content(body, message);
    if message.role == Role::User {
        write_images(body, &message.parts);
    }
    if message.role == Role::Assistant {
        write_thinking(body, &message.parts, target.family());
        write_tool_calls(body, &message.parts);
    }
    body.close('}');
}

/// The content is one string: text parts, and files that are text, with a blank line between them.
fn write_content(body: &mut Body, message: &RequestMessage) {
    let mut first = true;
    body.open_string();
    for part in &message.parts {
        let is_content = match part {
            RequestPart::Text(pieces) => pieces.iter().any(|piece| !piece.text.is_empty()),
            RequestPart::File { .. } => message.role == Role::User,
            _ => false,
        };
        if !is_content {
            continue;
        }
        if !std::mem::take(&mut first) {
            body.glue("\n\n");
        }
        match part {
            RequestPart::Text(pieces) => {
                for piece in pieces {
                    body.piece(&piece.text, &piece.origin);
                }
            }
            RequestPart::File { media_type, name, base64, origin } => match files::text(media_type, base64) {
                Some(text) => write_file(body, name, &text, origin),
                None => write_missing_file(body, name, origin),
            },
            _ => {}
        }
    }
    body.close_string();
}

fn write_images(body: &mut Body, parts: &[RequestPart]) {
    let mut open = false;
    for part in parts {
        let RequestPart::Image { base64, origin, .. } = part else { continue };
        if !open {
            body.key("images").open('[');
            open = true;
        }
        body.string_from(base64, origin);
    }
    if open {
        body.close(']');
    }
}

fn write_thinking(body: &mut Body, parts: &[RequestPart], family: &str) {
    let mut open = false;
    for part in parts {
        if let RequestPart::Reasoning { text, family: of, origin, .. } = part
            && of == family
        {
            if !open {
                body.key("thinking").open_string();
                open = true;
            }
            body.piece(text, origin);
        }
    }
    if open {
        body.close_string();
    }
}

fn write_tool_calls(body: &mut Body, parts: &[RequestPart]) {
    let mut open = false;
    for part in parts {
        let RequestPart::ToolCall { name, arguments, origin, .. } = part else { continue };
        if !open {
            body.key("tool_calls").open('[');
            open = true;
        }
        body.open('{').key("function").open('{').key("name").string_from(name, origin).key("arguments");
        write_arguments_object(body, arguments, origin);
        body.close('}').close('}');
    }
    if open {
        body.close(']');
    }
}

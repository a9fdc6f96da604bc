//! Writes a Chat body of version 2. Reading answers is in `decode`.

use super::PLAN;
use crate::body::Body;
use crate::encode::files;
use crate::request::{Request, RequestMessage, RequestPart};
use crate::target::Target;
use crate::wire::functions::{
    write_arguments, write_choice, write_file, write_missing_file, write_text, write_tools,
};
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
    write_choice(body, request.tool_choice, &request.tools, "REQUIRED", "NONE");
    body.key("stream").literal(!request.plain);
    if let Some(limit) = request.max_output_tokens {
        body.key("max_tokens").literal(limit);
    }
    if let Some(temperature) = request.temperature.filter(|t| t.is_finite() && target.takes_sampling()) {
        body.key("temperature").literal(temperature);
    }
    // Refused together with tools, so that the conversation has to ask for it in words then.
    if let Some(schema) = request.answer_schema.as_ref().filter(|_| request.tools.is_empty()) {
        body.key("response_format").open('{').key("type").string("json_object");
        body.key("json_schema").literal(schema).close('}');
    }
    if let Some(effort) = target.effort(request.effort) {
        write_thinking(body, effort, request.max_output_tokens);
    }
    body.close('}');
}

/// Thinking is on by default where the model can, without a budget; that is what a lot of effort is, too.
/// The budgets are ours. They stay below the person's limit, which thinking and answer share.
fn write_thinking(body: &mut Body, effort: Effort, limit: Option<u32>) {
    let budget: Option<u32> = match effort {
        Effort::Provider | Effort::Off | Effort::High => None,
        Effort::Low => Some(1_024),
        Effort::Medium => Some(8_192),
    };
    let word = if effort == Effort::Off { "disabled" } else { "enabled" };
    body.key("thinking").open('{').key("type").string(word);
    if let Some(budget) = budget {
        let budget = limit.map_or(budget, |limit| budget.min(limit / 2).max(1));
        body.key("token_budget").literal(budget);
    }
    body.close('}');
}

/// Tool results are messages of their own here, and come before what else their message says. A message
/// that says nothing is left out, because the API refuses it.
fn write_message(body: &mut Body, message: &RequestMessage, target: &Target) {
    for part in &message.parts {
        if let RequestPart::ToolResult { id, text, origin, .. } = part {
            body.open('{').key("role").string("tool").key("tool_call_id").string_from(id, origin);
            body.key("content").open('[').open('{').key("type").string("text");
            body.key("text").string_from(text, origin).close('}').close(']').close('}');
        }
    }
    let role = match message.role {
        Role::System => "system",
        Role::User => "user",
        Role::Assistant => "assistant",
        Role::Tool => return,
    };
    let content: Vec<&RequestPart> =
        message.parts.iter().filter(|part| is_content(part, message.role, target)).collect();
    let calls = message.role == Role::Assistant
        && message.parts.iter().any(|part| matches!(part, RequestPart::ToolCall { .. }));
    if content.is_empty() && !calls {
        return;
    }
    body.open('{').key("role").string(role);
    if let [RequestPart::Text(pieces)] = content.as_slice() {
        body.key("content");
        write_text(body, pieces);
    } else if !content.is_empty() {
        body.key("content").open('[');
        for part in content {
            write_content(body, part);
        }
        body.close(']');
    }
    if calls {
        write_plan(body, message, target);
        write_tool_calls(body, message);
    }
    body.close('}');
}

/// Whether a part stands in the content of a message of `role`. Blank text is refused.
fn is_content(part: &RequestPart, role: Role, target: &Target) -> bool {
    match part {
        RequestPart::Text(pieces) => pieces.iter().any(|piece| !piece.text.trim().is_empty()),
        RequestPart::Image { .. } | RequestPart::File { .. } => role == Role::User,
        RequestPart::Reasoning { text, signature, family, .. } => {
            role == Role::Assistant
                && family == target.family()
                && signature.as_deref() != Some(PLAN)
                && !text.is_empty()
        }
        RequestPart::Opaque { .. } | RequestPart::ToolCall { .. } | RequestPart::ToolResult { .. } => false,
    }
}

fn write_content(body: &mut Body, part: &RequestPart) {
    match part {
        RequestPart::Text(pieces) => {
            body.open('{').key("type").string("text").key("text");
            write_text(body, pieces);
            body.close('}');
        }
        RequestPart::Image { media_type, base64, origin } => {
            body.open('{').key("type").string("image_url").key("image_url").open('{').key("url");
            body.open_string().glue("data:").piece(media_type, origin).glue(";base64,");
            body.piece(base64, origin).close_string().close('}').close('}');
        }
        RequestPart::File { media_type, name, base64, origin } => {
            body.open('{').key("type").string("text").key("text").open_string();
            match files::text(media_type, base64) {
                Some(text) => write_file(body, name, &text, origin),
                None => write_missing_file(body, name, origin),
            }
            body.close_string().close('}');
        }
        RequestPart::Reasoning { text, origin, .. } => {
            body.open('{').key("type").string("thinking").key("thinking").string_from(text, origin);
            body.close('}');
        }
        RequestPart::Opaque { .. } | RequestPart::ToolCall { .. } | RequestPart::ToolResult { .. } => {}
    }
}

fn write_plan(body: &mut Body, message: &RequestMessage, target: &Target) {
    let mut open = false;
    for part in &message.parts {
        if let RequestPart::Reasoning { text, signature: Some(signature), family, origin } = part
            && family == target.family()
            && signature == PLAN
        {
            if !open {
                body.key("tool_plan").open_string();
                open = true;
            }
            body.piece(text, origin);
        }
    }
    if open {
        body.close_string();
    }
}

fn write_tool_calls(body: &mut Body, message: &RequestMessage) {
    body.key("tool_calls").open('[');
    for part in &message.parts {
        if let RequestPart::ToolCall { id, name, arguments, origin } = part {
            body.open('{').key("id").string_from(id, origin).key("type").string("function");
            body.key("function").open('{').key("name").string_from(name, origin).key("arguments");
            write_arguments(body, arguments, origin);
            body.close('}').close('}');
        }
    }
    body.close(']');
}

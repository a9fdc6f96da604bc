//! Writes a Responses body. Reading answers is in `decode`; what models take is in `model`.
//!
//! Leading system messages go out as `instructions`, which every server of this wire takes and some demand;
//! they stand at the front of the prompt, so its cached beginning stays the same. A system message of mid
//! conversation, such as memory, is an item where it stands. Its role is `system`, because local servers
//! hand roles to chat templates that know no `developer`.

use super::{kept, model};
use crate::body::Body;
use crate::request::{Request, RequestMessage, RequestPart};
use crate::target::Target;
use crate::wire::functions::{write_choice, write_pieces, write_text};
use rearview_domain::message::Role;
use rearview_domain::settings::Effort;
use serde_json::Value;
use std::borrow::Cow;

/// Writes the body. Fields stand in a fixed order and only when they say something.
pub(crate) fn encode(
    body: &mut Body,
    request: &Request,
    messages: &[Cow<'_, RequestMessage>],
    target: &Target,
) {
    let leading = messages.iter().take_while(|message| message.role == Role::System).count();
    let (system, turns) = messages.split_at(leading);
    body.open('{').key("model").string(&target.model);
    write_instructions(body, system);
    body.key("input").open('[');
    for message in turns {
        write_results(body, message);
        write_items(body, message, target);
    }
    body.close(']').key("stream").literal(!request.plain).key("store").literal(false);
    write_reasoning(body, request, target);
    if let Some(limit) = request.max_output_tokens {
        body.key("max_output_tokens").literal(limit);
    }
    let sampling = target.quirks.sampling && target.facts.is_none_or(|facts| facts.sampling);
    if let Some(temperature) = request.temperature.filter(|t| t.is_finite() && sampling) {
        body.key("temperature").literal(temperature);
    }
    if let Some(schema) = &request.answer_schema {
        body.key("text").open('{').key("format").open('{').key("type").string("json_schema");
        body.key("name").string("answer").key("schema").literal(schema).close('}').close('}');
    }
    write_tools(body, request);
    body.close('}');
}

/// The texts of the leading system messages, a blank line between two of them.
fn write_instructions(body: &mut Body, system: &[Cow<'_, RequestMessage>]) {
    let mut open = false;
    for part in system.iter().flat_map(|message| &message.parts) {
        let RequestPart::Text(pieces) = part else { continue };
        if open {
            body.glue("\n\n");
        } else {
            body.key("instructions").open_string();
            open = true;
        }
        write_pieces(body, pieces);
    }
    if open {
        body.close_string();
    }
}

/// What is asked of the reasoning. The item that goes back later comes encrypted on request only.
fn write_reasoning(body: &mut Body, request: &Request, target: &Target) {
    let quirks = &target.quirks;
    let reasons = model::reasons(target);
    if reasons == Some(true) && quirks.encrypted_reasoning {
        body.key("include").open('[').string("reasoning.encrypted_content").close(']');
    }
    let effort = request.effort.filter(|_| quirks.reasoning_effort);
    let word = effort.and_then(|effort| model::effort(target, effort));
    // Of a model that nothing is known of, reasoning is expected only when some was asked for.
    let thinks = effort != Some(Effort::Off) && (reasons == Some(true) || word.is_some());
    let summary = thinks && quirks.reasoning_summary;
    if word.is_some() || summary {
        body.key("reasoning").open('{');
        if let Some(word) = word {
            body.key("effort").string(word);
        }
        if summary {
            body.key("summary").string("auto");
        }
        body.close('}');
    }
}

fn write_tools(body: &mut Body, request: &Request) {
    if request.tools.is_empty() {
        return;
    }
    body.key("tools").open('[');
    for tool in &request.tools {
        let origin = tool.origin();
        body.open('{').key("type").string("function").key("name").string_from(&tool.name, &origin);
        body.key("description").string_from(&tool.description, &origin);
        // Strict schemas allow no optional arguments, and it is the default here.
        body.key("parameters").value_from(&tool.parameters, &origin).key("strict").literal(false).close('}');
    }
    body.close(']');
    write_choice(body, request.tool_choice, &request.tools, "required", "none");
}

/// Tool results are items of their own, and come before what else their message says.
fn write_results(body: &mut Body, message: &RequestMessage) {
    for part in &message.parts {
        if let RequestPart::ToolResult { id, text, origin, .. } = part {
            body.open('{').key("type").string("function_call_output").key("call_id").string_from(id, origin);
            body.key("output").string_from(text, origin).close('}');
        }
    }
}

/// The other parts in their order: a call has to stand behind the reasoning that led to it. Neighbours
/// that a message can carry are one message.
fn write_items(body: &mut Body, message: &RequestMessage, target: &Target) {
    let host = kept::host(target);
    let role = message.role;
    let mut parts = message.parts.as_slice();
    while let Some((part, rest)) = parts.split_first() {
        parts = rest;
        match part {
            RequestPart::ToolCall { .. } if role == Role::Assistant => write_call(body, part),
            RequestPart::Opaque { origin, .. } => {
                let Some(item) = replayed(part, role, target, &host) else { continue };
                // Reasoning that nothing came of, as in a stopped answer, is refused.
                let leads_to = |part: &RequestPart| {
                    is_content(part, role)
                        || matches!(part, RequestPart::ToolCall { .. })
                        || replayed(part, role, target, &host).is_some_and(|item| !kept::is_reasoning(item))
                };
                if !kept::is_reasoning(item) || rest.iter().any(leads_to) {
                    body.value_from(item, origin);
                }
            }
            part if is_content(part, role) => {
                let mut content = vec![part];
                while let Some((next, rest)) = parts.split_first().filter(|(next, _)| !breaks(next)) {
                    content.extend(Some(next).filter(|next| is_content(next, role)));
                    parts = rest;
                }
                write_message(body, role, &content, parts.first(), &host);
            }
            _ => {}
        }
    }
}

/// Whether a message of that role can carry the part. Images and files are taken from users only.
fn is_content(part: &RequestPart, role: Role) -> bool {
    match part {
        RequestPart::Text(pieces) => pieces.iter().any(|piece| !piece.text.is_empty()),
        RequestPart::Image { .. } | RequestPart::File { .. } => role == Role::User,
        _ => false,
    }
}

/// The kept item in the part, when it goes back to this target. A model that does not reason refuses
/// reasoning.
fn replayed<'a>(part: &'a RequestPart, role: Role, target: &Target, host: &str) -> Option<&'a Value> {
    let RequestPart::Opaque { family, value, .. } = part else { return None };
    let item =
        kept::replayed(value, host).filter(|_| role == Role::Assistant && family == target.family())?;
    let refused = kept::is_reasoning(item)
        && (!target.quirks.replay_reasoning || model::reasons(target) == Some(false));
    (!refused).then_some(item)
}

/// Whether a part is an item of its own, so that what comes behind it is another message.
fn breaks(part: &RequestPart) -> bool {
    matches!(part, RequestPart::ToolCall { .. } | RequestPart::Opaque { .. })
}

fn write_message(
    body: &mut Body,
    role: Role,
    content: &[&RequestPart],
    next: Option<&RequestPart>,
    host: &str,
) {
    let (role, text) = match role {
        Role::System => ("system", "input_text"),
        Role::User | Role::Tool => ("user", "input_text"),
        Role::Assistant => ("assistant", "output_text"),
    };
    body.open('{').key("type").string("message").key("role").string(role).key("content");
    // A string is what every imitator reads; some want an id on an assistant's list.
    if let [RequestPart::Text(pieces)] = content {
        write_text(body, pieces);
    } else {
        body.open('[');
        content.iter().for_each(|part| write_content(body, part, text));
        body.close(']');
    }
    if let Some(RequestPart::Opaque { value, origin, .. }) = next
        && let Some(phase) = kept::replayed_phase(value, host)
    {
        body.key("phase").string_from(phase, origin);
    }
    body.close('}');
}

fn write_content(body: &mut Body, part: &RequestPart, text: &str) {
    match part {
        RequestPart::Text(pieces) => {
            body.open('{').key("type").string(text).key("text");
            write_text(body, pieces);
            body.close('}');
        }
        RequestPart::Image { media_type, base64, origin } => {
            body.open('{').key("type").string("input_image").key("detail").string("auto");
            body.key("image_url").open_string().glue("data:").piece(media_type, origin).glue(";base64,");
            body.piece(base64, origin).close_string().close('}');
        }
        RequestPart::File { media_type, name, base64, origin } => {
            body.open('{').key("type").string("input_file").key("filename").string_from(name, origin);
            body.key("file_data").open_string().glue("data:").piece(media_type, origin).glue(";base64,");
            body.piece(base64, origin).close_string().close('}');
        }
        _ => {}
    }
}

fn write_call(body: &mut Body, part: &RequestPart) {
    let RequestPart::ToolCall { id, name, arguments, origin } = part else { return };
    body.open('{').key("type").string("function_call").key("call_id").string_from(id, origin);
    body.key("name").string_from(name, origin).key("arguments");
    if arguments.trim().is_empty() {
        body.string("{}");
    } else {
        body.string_from(arguments, origin);
    }
    body.close('}');
}

//! Writes a Messages body. Blocks are in `blocks`, thinking and limits in `thinking`, versions in `version`;
//! reading answers is in `decode`.

use super::blocks;
use super::schema;
use super::thinking::Thinking;
use super::version::{VERTEX_VERSION, is_later, on_vertex};
use crate::body::Body;
use crate::request::{Request, RequestMessage, RequestPart, Tool, ToolChoice};
use crate::target::Target;
use crate::wire::cache::Places;
use rearview_domain::message::Role;
use serde_json::json;
use std::borrow::Cow;

/// Writes the body. Leading system messages go to the top-level `system`. On Vertex AI the model is in the
/// address and the version in the body.
pub(crate) fn encode(
    body: &mut Body,
    request: &Request,
    messages: &[Cow<'_, RequestMessage>],
    target: &Target,
) {
    let leading = messages.iter().take_while(|message| message.role == Role::System).count();
    let (system, turns) = messages.split_at(leading);
    let places = Places::of(request, messages, target);
    let counts: Vec<usize> = turns.iter().map(|message| blocks::of(message, target).count()).collect();
    let turns = blocks::merged(turns, target);
    let bears: Vec<bool> =
        turns.iter().flat_map(|(_, blocks)| blocks).map(blocks::Block::bears_mark).collect();
    let mut marks = &places.marks(&counts, &bears)[..];
    let (thinking, limit) = Thinking::of(request, target, blocks::ends_in_bare_calls(&turns));
    body.open('{');
    if on_vertex(target) {
        body.key("anthropic_version").string(VERTEX_VERSION);
    } else {
        body.key("model").string(&target.model);
    }
    body.key("max_tokens").literal(limit).key("stream").literal(!request.plain);
    let samples = target.takes_sampling() && !is_later(target) && !thinking.is_on();
    if let Some(temperature) = request.temperature.filter(|t| t.is_finite() && samples) {
        body.key("temperature").literal(temperature);
    }
    thinking.write(body);
    write_output_config(body, request, target, thinking);
    let system: Vec<_> = system.iter().flat_map(|message| blocks::of(message, target)).collect();
    if !system.is_empty() {
        body.key("system");
        let marked = |at| places.system && at + 1 == system.len();
        blocks::write(body, &system, marked);
    }
    write_tools(body, request, messages);
    body.key("messages").open('[');
    for (role, blocks) in turns {
        body.open('{').key("role").string(role).key("content");
        let (own, rest) = marks.split_at(blocks.len());
        blocks::write(body, &blocks, |at| own[at]);
        marks = rest;
        body.close('}');
    }
    body.close(']').close('}');
}

/// The effort of adaptive thinking, and the schema of the answer for models that are known to follow one.
fn write_output_config(body: &mut Body, request: &Request, target: &Target, thinking: Thinking) {
    let follows = target.facts.is_some_and(|facts| facts.answer_schema);
    let schema = request.answer_schema.as_ref().filter(|_| follows);
    if thinking.effort().is_none() && schema.is_none() {
        return;
    }
    body.key("output_config").open('{');
    if let Some(effort) = thinking.effort() {
        body.key("effort").string(effort);
    }
    if let Some(schema) = schema {
        body.key("format").open('{').key("type").string("json_schema");
        body.key("schema").literal(schema::closed(schema)).close('}');
    }
    body.close('}');
}

/// The tools. A history with calls is refused without any, so when tools were switched off in mid
/// conversation those that were called are named once more, and forbidden.
fn write_tools(body: &mut Body, request: &Request, messages: &[Cow<'_, RequestMessage>]) {
    let called = if request.tools.is_empty() { called(messages) } else { Vec::new() };
    let tools = if request.tools.is_empty() { &called } else { &request.tools };
    if tools.is_empty() {
        return;
    }
    body.key("tools").open('[');
    for tool in tools {
        let origin = tool.origin();
        body.open('{').key("name").string_from(&tool.name, &origin);
        if !tool.description.is_empty() {
            body.key("description").string_from(&tool.description, &origin);
        }
        body.key("input_schema").value_from(&tool.parameters, &origin).close('}');
    }
    body.close(']');
    let choice = match request.tool_choice {
        _ if request.tools.is_empty() => "none",
        ToolChoice::Auto => return,
        ToolChoice::Required => "any",
        ToolChoice::Forbidden => "none",
    };
    body.key("tool_choice").open('{').key("type").string(choice).close('}');
}

/// The tools that the history calls, each once, as far as it tells.
fn called(messages: &[Cow<'_, RequestMessage>]) -> Vec<Tool> {
    let mut called: Vec<Tool> = Vec::new();
    for part in messages.iter().flat_map(|message| &message.parts) {
        if let RequestPart::ToolCall { name, .. } = part
            && !called.iter().any(|tool| tool.name == *name)
        {
            let parameters = json!({"type": "object"});
            called.push(Tool { name: name.clone(), description: String::new(), parameters });
        }
    }
    called
}

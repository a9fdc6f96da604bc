//! Writes a generateContent body. Its parts are in `parts`, what a model takes in `model`; reading answers
//! is in `decode`.

use super::model::{Model, Thinking};
use super::parts::{self, Calls, Part};
use crate::body::Body;
use crate::request::{Request, RequestMessage, RequestPart, Tool, ToolChoice};
use crate::target::Target;
use rearview_domain::message::Role;
use rearview_domain::settings::Effort;
use std::borrow::Cow;

/// Writes the body. The address says which model it is and whether the answer is a stream. Fields stand
/// in a fixed order and only when they say something.
pub(crate) fn encode(
    body: &mut Body,
    request: &Request,
    messages: &[Cow<'_, RequestMessage>],
    target: &Target,
) {
    let model = Model::of(target);
    let leading = messages.iter().take_while(|message| message.role == Role::System).count();
    // What a model has no field for is said by the person, before anything else.
    let (system, turns) = messages.split_at(if model.takes_system() { leading } else { 0 });
    body.open('{');
    write_system(body, system);
    body.key("contents").open('[');
    for (role, parts) in merged(turns, target, &model) {
        body.open('{').key("role").string(role).key("parts").open('[');
        for part in &parts {
            parts::write(body, part);
        }
        body.close(']').close('}');
    }
    body.close(']');
    write_tools(body, &request.tools, request.tool_choice);
    write_config(body, request, &model);
    body.close('}');
}

/// The texts of the leading system messages, which have a field of their own.
fn write_system(body: &mut Body, system: &[Cow<'_, RequestMessage>]) {
    let mut open = false;
    for part in system.iter().flat_map(|message| &message.parts) {
        let RequestPart::Text(pieces) = part else { continue };
        if pieces.iter().all(|piece| piece.text.is_empty()) {
            continue;
        }
        if !open {
            body.key("systemInstruction").open('{').key("parts").open('[');
            open = true;
        }
        parts::write(body, &Part::text(pieces));
    }
    if open {
        body.close(']').close('}');
    }
}

/// Contents with their parts; neighbours of one role are one, empty ones are left out.
fn merged<'a>(
    turns: &'a [Cow<'_, RequestMessage>],
    target: &Target,
    model: &Model<'_>,
) -> Vec<(&'static str, Vec<Part<'a>>)> {
    let mut merged: Vec<(&'static str, Vec<Part<'a>>)> = Vec::new();
    let mut calls = Calls::new(target, model.checks_signatures());
    for message in turns {
        let role = match message.role {
            Role::Assistant => "model",
            Role::System | Role::User | Role::Tool => "user",
        };
        let parts = calls.parts(message);
        match merged.last_mut() {
            Some((last, content)) if *last == role => content.extend(parts),
            _ if parts.is_empty() => {}
            _ => merged.push((role, parts)),
        }
    }
    merged
}

/// Parameters go as `parametersJsonSchema`, which Google's client library fills too (google-genai 3.6.1):
/// `parameters` takes a dialect of OpenAPI that refuses much of JSON Schema.
fn write_tools(body: &mut Body, tools: &[Tool], choice: ToolChoice) {
    if tools.is_empty() {
        return;
    }
    body.key("tools").open('[').open('{').key("functionDeclarations").open('[');
    for tool in tools {
        let origin = tool.origin();
        body.open('{').key("name").string_from(&tool.name, &origin);
        body.key("description").string_from(&tool.description, &origin);
        body.key("parametersJsonSchema").value_from(&tool.parameters, &origin).close('}');
    }
    body.close(']').close('}').close(']');
    let mode = match choice {
        ToolChoice::Auto => return,
        ToolChoice::Required => "ANY",
        ToolChoice::Forbidden => "NONE",
    };
    body.key("toolConfig").open('{').key("functionCallingConfig").open('{').key("mode").string(mode);
    body.close('}').close('}');
}

fn write_config(body: &mut Body, request: &Request, model: &Model<'_>) {
    let temperature = request.temperature.filter(|t| t.is_finite() && model.takes_sampling());
    let schema = request
        .answer_schema
        .as_ref()
        .filter(|_| request.tools.is_empty() || model.takes_schema_with_tools());
    let thinking = model.thinking(request.effort);
    if request.max_output_tokens.is_none() && temperature.is_none() && schema.is_none() && thinking.is_none()
    {
        return;
    }
    body.key("generationConfig").open('{');
    if let Some(limit) = request.max_output_tokens {
        body.key("maxOutputTokens").literal(limit);
    }
    if let Some(temperature) = temperature {
        body.key("temperature").literal(temperature);
    }
    if let Some(schema) = schema {
        body.key("responseMimeType").string("application/json").key("responseJsonSchema").literal(schema);
    }
    if let Some(thinking) = thinking {
        // Thoughts that were wished away need not be shown.
        let show = request.effort != Some(Effort::Off);
        body.key("thinkingConfig").open('{').key("includeThoughts").literal(show);
        match thinking {
            Thinking::Budget(tokens) => body.key("thinkingBudget").literal(tokens),
            Thinking::Level(level) => body.key("thinkingLevel").string(level),
        };
        body.close('}');
    }
    body.close('}');
}

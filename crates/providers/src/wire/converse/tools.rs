//! Tools, calls of tools and their results as Converse spells them.

use crate::body::Body;
use crate::request::{Request, RequestMessage, RequestPart, ToolChoice};
use crate::wire::functions::write_arguments_object;
use rearview_domain::record::Origin;
use std::borrow::Cow;

/// The longest id of a call that is taken. Source: `ToolUseId`.
const LONGEST_ID: usize = 64;

/// What stands for an empty result, because blank text is refused.
const EMPTY_RESULT: &str = "(empty)";

/// Writes `toolConfig`, when there is something to say. A conversation with calls in it is refused without
/// it, so tools are defined even when none may be called; when they are no longer known, by their names.
pub(super) fn write_config(body: &mut Body, request: &Request, turns: &[Cow<'_, RequestMessage>]) {
    let called = called(turns);
    let forbidden = request.tool_choice == ToolChoice::Forbidden;
    if called.is_empty() && (request.tools.is_empty() || forbidden) {
        return;
    }
    body.key("toolConfig").open('{').key("tools").open('[');
    for tool in &request.tools {
        let origin = tool.origin();
        body.open('{').key("toolSpec").open('{').key("name").string_from(&tool.name, &origin);
        if !tool.description.trim().is_empty() {
            body.key("description").string_from(&tool.description, &origin);
        }
        body.key("inputSchema").open('{').key("json").value_from(&tool.parameters, &origin);
        body.close('}').close('}').close('}');
    }
    if request.tools.is_empty() {
        for (name, origin) in called {
            body.open('{').key("toolSpec").open('{').key("name").string_from(name, origin);
            body.key("inputSchema").open('{').key("json").open('{').key("type").string("object");
            body.close('}').close('}').close('}').close('}');
        }
    }
    body.close(']');
    // Not every model takes a choice, and `auto` is what they do without one. There is no word for `none`.
    if request.tool_choice == ToolChoice::Required && !request.tools.is_empty() {
        body.key("toolChoice").open('{').key("any").open('{').close('}').close('}');
    }
    body.close('}');
}

/// The tools that the conversation calls or has results of, each once.
fn called<'a>(turns: &'a [Cow<'_, RequestMessage>]) -> Vec<(&'a str, &'a Origin)> {
    let mut called: Vec<(&str, &Origin)> = Vec::new();
    for part in turns.iter().flat_map(|message| &message.parts) {
        if let RequestPart::ToolCall { name, origin, .. } | RequestPart::ToolResult { name, origin, .. } =
            part
            && !called.iter().any(|(known, _)| known == name)
        {
            called.push((name, origin));
        }
    }
    called
}

/// Writes a call.
pub(super) fn write_call(body: &mut Body, id: &str, name: &str, arguments: &str, origin: &Origin) {
    body.open('{').key("toolUse").open('{').key("toolUseId").string_from(&taken_id(id), origin);
    body.key("name").string_from(name, origin).key("input");
    write_arguments_object(body, arguments, origin);
    body.close('}').close('}');
}

/// Writes a result.
pub(super) fn write_result(body: &mut Body, id: &str, text: &str, failed: bool, origin: &Origin) {
    body.open('{').key("toolResult").open('{').key("toolUseId").string_from(&taken_id(id), origin);
    body.key("content").open('[').open('{').key("text");
    if text.trim().is_empty() {
        body.string(EMPTY_RESULT);
    } else {
        body.string_from(text, origin);
    }
    body.close('}').close(']');
    if failed {
        body.key("status").string("error");
    }
    body.close('}').close('}');
}

/// The id as Converse takes it. Its own ids stay as they are; those of other providers, from before a switch
/// of the model, may be longer or hold other characters. The end of an id tells more than its beginning.
fn taken_id(id: &str) -> Cow<'_, str> {
    let good = |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '_' | '.' | ':' | '-');
    if !id.is_empty() && id.len() <= LONGEST_ID && id.chars().all(good) {
        return Cow::Borrowed(id);
    }
    let letters: Vec<char> = id.chars().map(|letter| if good(letter) { letter } else { '_' }).collect();
    let taken: String = letters[letters.len().saturating_sub(LONGEST_ID)..].iter().collect();
    Cow::Owned(if taken.is_empty() { "call".to_owned() } else { taken })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_of_other_providers_become_ids_that_are_taken() {
        assert_eq!(taken_id("tooluse_Ab-1.x:2"), "tooluse_Ab-1.x:2");
        assert_eq!(taken_id("call|fc 1/é"), "call_fc_1__");
        assert_eq!(taken_id(""), "call");
        let long = format!("fc_{}end", "x".repeat(100));
        assert_eq!(taken_id(&long).len(), LONGEST_ID);
        assert!(taken_id(&long).ends_with("xend"));
    }
}

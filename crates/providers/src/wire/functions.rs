//! What several wires spell alike: tool definitions as functions, the choice among them, arguments of calls,
//! texts and files. Where a wire has a spelling of its own, it stands with that wire.

use crate::body::Body;
use crate::request::{Piece, Tool, ToolChoice};
use rearview_domain::record::Origin;
use serde_json::{Map, Value};

/// Writes `tools`; nothing when there are none.
pub(super) fn write_tools(body: &mut Body, tools: &[Tool]) {
    if tools.is_empty() {
        return;
    }
    body.key("tools").open('[');
    for tool in tools {
        let origin = tool.origin();
        body.open('{').key("type").string("function").key("function").open('{');
        body.key("name").string_from(&tool.name, &origin);
        body.key("description").string_from(&tool.description, &origin);
        body.key("parameters").value_from(&tool.parameters, &origin).close('}').close('}');
    }
    body.close(']');
}

/// Writes `tool_choice` with a wire's words for a call that must be and for one that may not be; nothing when the
/// model may choose, or has no tools to choose from.
pub(super) fn write_choice(
    body: &mut Body,
    choice: ToolChoice,
    tools: &[Tool],
    required: &'static str,
    forbidden: &'static str,
) {
    let word = match choice {
        ToolChoice::Auto => return,
        ToolChoice::Required => required,
        ToolChoice::Forbidden => forbidden,
    };
    if !tools.is_empty() {
        body.key("tool_choice").string(word);
    }
}

/// Whether arguments are an object, as every vendor wants them.
fn is_object(arguments: &str) -> bool {
    serde_json::from_str::<Map<String, Value>>(arguments).is_ok()
}

/// Writes arguments as a string of JSON. Those that are no object, such as those of an answer that was cut
/// off, travel as text inside of one, because many servers parse what comes back.
pub(super) fn write_arguments(body: &mut Body, arguments: &str, origin: &Origin) {
    if arguments.trim().is_empty() {
        body.string("{}");
    } else if is_object(arguments) {
        body.string_from(arguments, origin);
    } else {
        let quoted = Value::from(arguments).to_string();
        body.open_string().glue("{\"arguments\":").piece(&quoted, origin).glue("}").close_string();
    }
}

/// Writes arguments as the object that they are; those that are none travel as text inside of one.
pub(super) fn write_arguments_object(body: &mut Body, arguments: &str, origin: &Origin) {
    if arguments.trim().is_empty() {
        body.open('{').close('}');
    } else if is_object(arguments) {
        body.raw_from(arguments.trim(), origin);
    } else {
        body.open('{').key("arguments").string_from(arguments, origin).close('}');
    }
}

/// Writes the pieces of one text as one string.
pub(super) fn write_text(body: &mut Body, pieces: &[Piece]) {
    body.open_string();
    write_pieces(body, pieces);
    body.close_string();
}

/// Writes the pieces of a text into an open string.
pub(super) fn write_pieces(body: &mut Body, pieces: &[Piece]) {
    for piece in pieces {
        body.piece(&piece.text, &piece.origin);
    }
}

/// Writes a file that is text into an open string: its name, then what it says.
pub(super) fn write_file(body: &mut Body, name: &str, text: &str, origin: &Origin) {
    body.piece(name, origin).glue(":\n\n").piece(text, origin);
}

/// Writes into an open string that there was a file which this wire has no place for, so that the model
/// does not believe there was none.
pub(super) fn write_missing_file(body: &mut Body, name: &str, origin: &Origin) {
    body.glue("(The file `").piece(name, origin).glue("` is attached, but cannot be sent to this model.)");
}

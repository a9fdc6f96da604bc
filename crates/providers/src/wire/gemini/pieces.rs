//! Arguments of a call that come in pieces, each with a JSON Path of where it belongs (Vertex AI only, and
//! only when asked for; we do not ask, a gateway might). The decoder is the only caller.

use serde_json::{Map, Value};

/// Deeper arguments than this are a fault or an attack on our stack.
const DEEPEST: usize = 64;

/// One step of a path.
enum Step {
    Field(String),
    Item(usize),
}

/// Puts one `partialArgs` entry into the arguments. Text for a place that has text is added to it.
/// False when the entry cannot be understood; the arguments are then as they were.
pub(super) fn put(arguments: &mut Map<String, Value>, piece: &Value) -> bool {
    let Some(steps) = piece.get("jsonPath").and_then(Value::as_str).and_then(steps) else { return false };
    let value = match piece.as_object().and_then(|fields| {
        let known = ["stringValue", "numberValue", "boolValue", "nullValue"];
        known.iter().find_map(|name| fields.get_key_value(*name))
    }) {
        Some((name, _)) if name == "nullValue" => Value::Null,
        Some((_, value)) => value.clone(),
        None => return false,
    };
    let Some((Step::Field(first), rest)) = steps.split_first() else { return false };
    let mut place = arguments.entry(first.as_str()).or_insert(Value::Null);
    for step in rest {
        place = match step {
            Step::Field(name) => {
                if !place.is_object() {
                    *place = Value::Object(Map::new());
                }
                let Value::Object(fields) = place else { return false };
                fields.entry(name.as_str()).or_insert(Value::Null)
            }
            Step::Item(index) => {
                if !place.is_array() {
                    *place = Value::Array(Vec::new());
                }
                let Value::Array(items) = place else { return false };
                // Items come in order; an index far beyond the end must not cost its memory.
                let at = (*index).min(items.len());
                if at == items.len() {
                    items.push(Value::Null);
                }
                &mut items[at]
            }
        };
    }
    match (place, value) {
        (Value::String(text), Value::String(more)) => text.push_str(&more),
        (place, value) => *place = value,
    }
    true
}

/// The steps of `$.a[0]['b']`; `None` for anything else.
fn steps(path: &str) -> Option<Vec<Step>> {
    let mut rest = path.strip_prefix('$').unwrap_or(path);
    let mut steps = Vec::new();
    while !rest.is_empty() {
        if steps.len() == DEEPEST {
            return None;
        }
        if let Some(bracket) = rest.strip_prefix('[') {
            if let Some(quote) = bracket.chars().next().filter(|c| matches!(c, '\'' | '"')) {
                let (name, after) = bracket[1..].split_once(quote)?;
                steps.push(Step::Field(name.to_owned()));
                rest = after.strip_prefix(']')?;
            } else {
                let (index, after) = bracket.split_once(']')?;
                steps.push(Step::Item(index.parse().ok()?));
                rest = after;
            }
        } else {
            let name = rest.strip_prefix('.').unwrap_or(rest);
            let end = name.find(['.', '[']).unwrap_or(name.len());
            if end == 0 {
                return None;
            }
            steps.push(Step::Field(name[..end].to_owned()));
            rest = &name[end..];
        }
    }
    Some(steps)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn put_all(pieces: &[Value]) -> Value {
        let mut arguments = Map::new();
        for piece in pieces {
            assert!(put(&mut arguments, piece), "{piece}");
        }
        Value::Object(arguments)
    }

    #[test]
    fn pieces_go_where_their_paths_say_and_text_grows() {
        assert_eq!(
            put_all(&[
                json!({"jsonPath": "$.place", "stringValue": "New ", "willContinue": true}),
                json!({"jsonPath": "$.place", "stringValue": "Delhi"}),
                json!({"jsonPath": "$.list[0].n", "numberValue": 1.5}),
                json!({"jsonPath": "$.list[1]['a.b']", "boolValue": false}),
                json!({"jsonPath": "$.none", "nullValue": "NULL_VALUE"}),
            ]),
            json!({"place": "New Delhi", "list": [{"n": 1.5}, {"a.b": false}], "none": null})
        );
    }

    #[test]
    fn hostile_paths_cost_neither_memory_nor_stack() {
        assert_eq!(
            put_all(&[json!({"jsonPath": "$.a[4000000000]", "stringValue": "x"})]),
            json!({"a": ["x"]})
        );
        let deep = format!("$.a{}", "[0]".repeat(100_000));
        for path in [deep.as_str(), "", "$", "$..", "$.a[", "$.a[x]", "$[0]", "$['a"] {
            let mut arguments = Map::new();
            assert!(!put(&mut arguments, &json!({"jsonPath": path, "stringValue": "x"})), "{path:.20}");
            assert!(arguments.is_empty());
        }
    }
}

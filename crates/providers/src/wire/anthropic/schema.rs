//! A JSON Schema as Anthropic's structured output takes it.
//!
//! The API wants every object closed and refuses constraints that it cannot compile; the vendor's SDK
//! (2.14, `transform_schema`) rewrites schemas for that reason, and so does this. What is dropped makes the
//! answer no less a JSON of the asked shape; whoever asked checks the rest.

use serde_json::{Map, Value};

/// Constraints that are refused.
const REFUSED: [&str; 15] = [
    "minimum",
    "maximum",
    "exclusiveMinimum",
    "exclusiveMaximum",
    "multipleOf",
    "minLength",
    "maxLength",
    "pattern",
    "minItems",
    "maxItems",
    "uniqueItems",
    "minProperties",
    "maxProperties",
    "patternProperties",
    "propertyNames",
];

/// The schema with closed objects and without what is refused.
pub(super) fn closed(schema: &Value) -> Value {
    let Value::Object(fields) = schema else { return schema.clone() };
    let mut closed = Map::new();
    for (field, value) in fields {
        match (field.as_str(), value) {
            (field, _) if REFUSED.contains(&field) => {}
            ("properties" | "$defs" | "definitions", Value::Object(named)) => {
                let named = named.iter().map(|(name, schema)| (name.clone(), self::closed(schema)));
                closed.insert(field.clone(), Value::Object(named.collect()));
            }
            ("oneOf", Value::Array(options)) => {
                closed.insert("anyOf".into(), options.iter().map(self::closed).collect());
            }
            ("anyOf" | "allOf", Value::Array(options)) => {
                closed.insert(field.clone(), options.iter().map(self::closed).collect());
            }
            ("items", items) => {
                closed.insert(field.clone(), self::closed(items));
            }
            _ => {
                closed.insert(field.clone(), value.clone());
            }
        }
    }
    let is_object = match fields.get("type") {
        Some(Value::String(name)) => name == "object",
        Some(Value::Array(names)) => names.iter().any(|name| name == "object"),
        _ => fields.contains_key("properties"),
    };
    if is_object {
        closed.insert("additionalProperties".into(), Value::Bool(false));
    }
    Value::Object(closed)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn every_object_is_closed_and_constraints_go_while_properties_of_their_name_stay() {
        let schema = json!({
            "type": "object",
            "properties": {
                "minimum": {"type": "integer", "minimum": 1, "description": "least"},
                "list": {"type": "array", "minItems": 2, "items": {"type": "object", "properties": {}}},
                "either": {"oneOf": [{"type": "null"}, {"$ref": "#/$defs/x"}]},
                "choice": {"enum": [{"minimum": 1}]},
            },
            "required": ["minimum"],
            "additionalProperties": true,
            "$defs": {"x": {"type": ["object", "null"]}},
        });
        assert_eq!(
            closed(&schema),
            json!({
                "type": "object",
                "properties": {
                    "minimum": {"type": "integer", "description": "least"},
                    "list": {"type": "array", "items": {"type": "object", "properties": {}, "additionalProperties": false}},
                    "either": {"anyOf": [{"type": "null"}, {"$ref": "#/$defs/x"}]},
                    "choice": {"enum": [{"minimum": 1}]},
                },
                "required": ["minimum"],
                "additionalProperties": false,
                "$defs": {"x": {"type": ["object", "null"], "additionalProperties": false}},
            })
        );
    }
}

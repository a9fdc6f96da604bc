//! The JSON Schema of a template, made from the table of configuration keys.

use crate::config::{KEYS, Takes};
use serde_json::{Map, Value, json};

/// The schema, as `GET /v1/bank-template-schema` answers it.
pub(crate) fn schema() -> Value {
    let config: Map<String, Value> = KEYS
        .iter()
        .map(|key| {
            (key.name.to_owned(), json!({"anyOf": [of(key.takes), {"type": "null"}], "default": null}))
        })
        .collect();
    let text = json!({"type": "string"});
    let texts = json!({"type": "array", "items": {"type": "string"}});
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "BankTemplateManifest",
        "type": "object",
        "required": ["version"],
        "properties": {
            "version": {"type": "string", "enum": ["1"]},
            "bank": {"anyOf": [{"$ref": "#/$defs/BankTemplateConfig"}, {"type": "null"}], "default": null},
            "mental_models": {"anyOf": [{"type": "array", "items": {"$ref": "#/$defs/BankTemplateMentalModel"}}, {"type": "null"}], "default": null},
            "directives": {"anyOf": [{"type": "array", "items": {"$ref": "#/$defs/BankTemplateDirective"}}, {"type": "null"}], "default": null},
        },
        "$defs": {
            "BankTemplateConfig": {"type": "object", "properties": config},
            "BankTemplateMentalModel": {
                "type": "object", "required": ["id", "name", "source_query"],
                "properties": {
                    "id": text, "name": text, "source_query": text, "tags": texts,
                    "max_tokens": {"type": "integer", "minimum": 256, "maximum": 8192, "default": 2048},
                    "trigger": {"type": "object"},
                },
            },
            "BankTemplateDirective": {
                "type": "object", "required": ["name", "content"],
                "properties": {
                    "name": text, "content": text, "priority": {"type": "integer", "default": 0},
                    "is_active": {"type": "boolean", "default": true}, "tags": texts,
                },
            },
        },
    })
}

fn of(takes: Takes) -> Value {
    match takes {
        Takes::Switch => json!({"type": "boolean"}),
        Takes::Int => json!({"type": "integer"}),
        Takes::Number => json!({"type": "number"}),
        Takes::Text => json!({"type": "string"}),
        Takes::List => json!({"type": "array"}),
        Takes::Object => json!({"type": "object"}),
        Takes::Json => json!({}),
    }
}

//! Whether a JSON value has the form that a caller's JSON Schema asks for.
//!
//! The part of JSON Schema that forms of answers use: `type`, `enum`, `const`, `properties`, `required`,
//! `additionalProperties: false`, `items`, `minItems`, `maxItems`, `anyOf`. Other words are not looked at.

use serde_json::Value;

/// Deeper values are not looked at: nobody's form is that deep.
const DEEPEST: usize = 32;

/// What is wrong with a value, in words for a model; `Ok` when nothing is.
pub(super) fn check(value: &Value, schema: &Value) -> Result<(), String> {
    at("the answer", value, schema, 0)
}

fn at(place: &str, value: &Value, schema: &Value, depth: usize) -> Result<(), String> {
    if depth > DEEPEST {
        return Ok(());
    }
    if let Some(types) = schema.get("type") {
        let fits = match types {
            Value::String(name) => is(value, name),
            Value::Array(names) => names.iter().filter_map(Value::as_str).any(|name| is(value, name)),
            _ => true,
        };
        if !fits {
            return Err(format!("{place} must be of type {types}"));
        }
    }
    if let Some(allowed) = schema.get("enum").and_then(Value::as_array)
        && !allowed.contains(value)
    {
        return Err(format!("{place} must be one of {}", Value::from(allowed.clone())));
    }
    if let Some(only) = schema.get("const")
        && only != value
    {
        return Err(format!("{place} must be {only}"));
    }
    if let Some(options) = schema.get("anyOf").and_then(Value::as_array)
        && !options.iter().any(|option| at(place, value, option, depth + 1).is_ok())
    {
        return Err(format!("{place} fits none of the forms that it may have"));
    }
    object(place, value, schema, depth)?;
    list(place, value, schema, depth)
}

fn object(place: &str, value: &Value, schema: &Value, depth: usize) -> Result<(), String> {
    let Some(object) = value.as_object() else { return Ok(()) };
    for name in schema.get("required").and_then(Value::as_array).into_iter().flatten() {
        if name.as_str().is_some_and(|name| !object.contains_key(name)) {
            return Err(format!("{place} must have {name}"));
        }
    }
    let properties = schema.get("properties").and_then(Value::as_object);
    for (name, inner) in object {
        match properties.and_then(|properties| properties.get(name)) {
            Some(schema) => at(&format!("`{name}`"), inner, schema, depth + 1)?,
            None if schema.get("additionalProperties") == Some(&Value::Bool(false)) => {
                return Err(format!("{place} must not have `{name}`"));
            }
            None => {}
        }
    }
    Ok(())
}

fn list(place: &str, value: &Value, schema: &Value, depth: usize) -> Result<(), String> {
    let Some(items) = value.as_array() else { return Ok(()) };
    let limit = |word: &str| schema.get(word).and_then(Value::as_u64).and_then(|n| usize::try_from(n).ok());
    if limit("minItems").is_some_and(|least| items.len() < least) {
        return Err(format!("{place} has too few items"));
    }
    if limit("maxItems").is_some_and(|most| items.len() > most) {
        return Err(format!("{place} has too many items"));
    }
    let Some(schema) = schema.get("items") else { return Ok(()) };
    items.iter().try_for_each(|item| at(&format!("an item of {place}"), item, schema, depth + 1))
}

fn is(value: &Value, name: &str) -> bool {
    match name {
        "object" => value.is_object(),
        "array" => value.is_array(),
        "string" => value.is_string(),
        "boolean" => value.is_boolean(),
        "null" => value.is_null(),
        "integer" => value.is_i64() || value.is_u64(),
        "number" => value.is_number(),
        _ => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_value_fits_or_it_is_told_what_does_not() {
        let schema = json!({
            "type": "object", "required": ["city"], "additionalProperties": false,
            "properties": {
                "city": {"type": "string"},
                "kind": {"enum": ["big", "small"]},
                "years": {"type": "array", "items": {"type": "integer"}, "maxItems": 2},
                "note": {"anyOf": [{"type": "string"}, {"type": "null"}]},
            },
        });
        for (value, wrong) in [
            (json!({"city": "Lisbon", "kind": "big", "years": [1, 2], "note": null}), None),
            (json!([]), Some("type")),
            (json!({}), Some("\"city\"")),
            (json!({"city": 1}), Some("`city`")),
            (json!({"city": "", "kind": "x"}), Some("one of")),
            (json!({"city": "", "years": ["x"]}), Some("item of `years`")),
            (json!({"city": "", "years": [1, 2, 3]}), Some("too many")),
            (json!({"city": "", "note": 1}), Some("none of the forms")),
            (json!({"city": "", "more": 1}), Some("`more`")),
        ] {
            match (check(&value, &schema), wrong) {
                (Ok(()), None) => {}
                (Err(told), Some(part)) => assert!(told.contains(part), "{value}: {told}"),
                (told, _) => panic!("{value}: {told:?}"),
            }
        }
    }
}

//! Deserialisers for optional fields: a field of the wrong type is a field that is absent.
//!
//! A server one version ahead or behind must not cost a whole answer because a number became a string.
//! Ids and texts do not come here: an answer without them is no answer. Every answer type uses this.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer};
use serde_json::Value;
use serde_json::value::RawValue;
use std::collections::BTreeMap;

/// The value, or the type's default when it is null or of another type.
pub(crate) fn or_default<'de, D: Deserializer<'de>, T: DeserializeOwned + Default>(
    from: D,
) -> Result<T, D::Error> {
    Ok(T::deserialize(Value::deserialize(from)?).unwrap_or_default())
}

/// The value, or `None` when it is null or of another type.
pub(crate) fn option<'de, D: Deserializer<'de>, T: DeserializeOwned>(from: D) -> Result<Option<T>, D::Error> {
    or_default(from)
}

/// The elements that have the right type.
pub(crate) fn list<'de, D: Deserializer<'de>, T: DeserializeOwned>(from: D) -> Result<Vec<T>, D::Error> {
    let values: Vec<Value> = or_default(from)?;
    Ok(values.into_iter().filter_map(|value| T::deserialize(value).ok()).collect())
}

/// As [`list`], for lists of tens of thousands: each element is read from its text, without a tree of JSON between.
pub(crate) fn long_list<'de, D: Deserializer<'de>, T: DeserializeOwned>(from: D) -> Result<Vec<T>, D::Error> {
    let raw = Box::<RawValue>::deserialize(from)?;
    let values: Vec<&RawValue> = serde_json::from_str(raw.get()).unwrap_or_default();
    Ok(values.into_iter().filter_map(|value| serde_json::from_str(value.get()).ok()).collect())
}

/// The entries that have the right type.
pub(crate) fn map<'de, D: Deserializer<'de>, T: DeserializeOwned>(
    from: D,
) -> Result<BTreeMap<String, T>, D::Error> {
    let values: BTreeMap<String, Value> = or_default(from)?;
    Ok(values.into_iter().filter_map(|(key, value)| Some((key, T::deserialize(value).ok()?))).collect())
}

/// Metadata: values that are no text are kept as their JSON, nulls are left out. The trace of
/// Hindsight 1.1 has the whole map as a JSON string; that is read too.
pub(crate) fn metadata<'de, D: Deserializer<'de>>(from: D) -> Result<BTreeMap<String, String>, D::Error> {
    let value = match Value::deserialize(from)? {
        Value::String(text) => serde_json::from_str(&text).unwrap_or_default(),
        value => value,
    };
    let Value::Object(entries) = value else { return Ok(BTreeMap::new()) };
    let text = |value: Value| match value {
        Value::Null => None,
        Value::String(text) => Some(text),
        other => Some(other.to_string()),
    };
    Ok(entries.into_iter().filter_map(|(key, value)| Some((key, text(value)?))).collect())
}

/// Names of entities: a list, or one string with commas, which Hindsight 1.1 uses in lists of facts.
pub(crate) fn names<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<String>, D::Error> {
    Ok(match Value::deserialize(from)? {
        Value::String(text) => {
            text.split(',').map(str::trim).filter(|name| !name.is_empty()).map(str::to_owned).collect()
        }
        Value::Array(values) => {
            values.into_iter().filter_map(|value| value.as_str().map(str::to_owned)).collect()
        }
        _ => Vec::new(),
    })
}

/// Gives a field its value from its twin of another name when it has none of its own. Hindsight calls the
/// same thing differently from call to call (`type` and `fact_type`, `id` and `operation_id`).
pub(crate) fn twin(object: &mut Value, from: &str, to: &str) {
    let Some(object) = object.as_object_mut() else { return };
    if object.get(to).is_none_or(Value::is_null)
        && let Some(value) = object.get(from).cloned()
    {
        object.insert(to.to_owned(), value);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[derive(Deserialize, Debug, PartialEq, Default)]
    #[serde(default)]
    struct Loose {
        #[serde(deserialize_with = "option")]
        count: Option<u32>,
        #[serde(deserialize_with = "list")]
        tags: Vec<String>,
        #[serde(deserialize_with = "map")]
        sizes: BTreeMap<String, u32>,
        #[serde(deserialize_with = "metadata")]
        metadata: BTreeMap<String, String>,
        #[serde(deserialize_with = "names")]
        entities: Vec<String>,
    }

    fn read(value: Value) -> Loose {
        serde_json::from_value(value).unwrap()
    }

    #[test]
    fn fields_of_the_wrong_type_and_nulls_read_as_absent() {
        let wrong = json!({"count": "7", "tags": "a", "sizes": [1], "metadata": 3, "entities": {"a": 1}});
        let nulls = json!({"count": null, "tags": null, "sizes": null, "metadata": null, "entities": null});
        assert_eq!(read(wrong), Loose::default());
        assert_eq!(read(nulls), Loose::default());
        assert_eq!(read(json!({})), Loose::default());
    }

    #[test]
    fn what_is_right_in_a_half_wrong_field_is_kept() {
        let read =
            read(json!({"tags": ["a", 1, "b"], "sizes": {"x": 1, "y": "two"}, "entities": ["Ana", 3]}));
        assert_eq!(read.tags, ["a", "b"]);
        assert_eq!(read.sizes, BTreeMap::from([("x".to_owned(), 1)]));
        assert_eq!(read.entities, ["Ana"]);
    }

    #[test]
    fn metadata_is_text_in_whichever_shape_it_comes() {
        let expected = BTreeMap::from([("a".to_owned(), "x".to_owned()), ("b".to_owned(), "3".to_owned())]);
        assert_eq!(read(json!({"metadata": {"a": "x", "b": 3, "c": null}})).metadata, expected);
        assert_eq!(read(json!({"metadata": "{\"a\":\"x\",\"b\":3}"})).metadata, expected);
    }

    #[test]
    fn entities_are_read_from_a_list_and_from_a_comma_string() {
        assert_eq!(read(json!({"entities": "Ana, Lisbon"})).entities, ["Ana", "Lisbon"]);
        assert_eq!(read(json!({"entities": ""})).entities, [""; 0]);
    }

    #[test]
    fn a_twin_fills_a_gap_and_never_overwrites() {
        let mut fact = json!({"type": "world"});
        twin(&mut fact, "type", "fact_type");
        assert_eq!(fact["fact_type"], "world");
        let mut both = json!({"type": "world", "fact_type": "observation"});
        twin(&mut both, "type", "fact_type");
        assert_eq!(both["fact_type"], "observation");
    }
}

//! Labels: entities from a list that the bank's owner wrote (`entity_labels`), beside or instead of free names.
//!
//! A label reaches a fact as an entity named `key:value` (hindsight 1.1). Called by the prompt, which lists
//! them, and by the reading of answers, which drops values that are on no list.

use super::Mention;
use crate::config::Config;
use serde::Deserialize;
use serde_json::{Value, json};

/// One group of labels.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct Label {
    pub(super) key: String,
    #[serde(default)]
    description: String,
    #[serde(default, rename = "type")]
    kind: String,
    #[serde(default)]
    values: Vec<LabelValue>,
}

#[derive(Clone, Debug, Deserialize)]
struct LabelValue {
    value: String,
    #[serde(default)]
    description: String,
}

impl Label {
    /// Any text is a value.
    fn is_free(&self) -> bool {
        self.kind.contains("text") || self.values.is_empty()
    }

    fn is_single(&self) -> bool {
        !self.kind.starts_with("multi")
    }
}

/// The bank's labels; entries that are none are passed over.
pub(super) fn of(config: &Config) -> Vec<Label> {
    let list = config.get("entity_labels").as_array().cloned().unwrap_or_default();
    list.into_iter().filter_map(|entry| serde_json::from_value(entry).ok()).collect()
}

/// How the prompt lists them; empty without labels.
pub(super) fn described(labels: &[Label]) -> String {
    let mut text = String::new();
    for label in labels {
        let (count, free) = (if label.is_single() { "at most one" } else { "any number" }, label.is_free());
        text += &format!("- `{}` ({count}): {}\n", label.key, label.description);
        for value in label.values.iter().filter(|_| !free) {
            text += &format!("  - `{}`: {}\n", value.value, value.description);
        }
    }
    text
}

/// The schema of an answer's `labels` object.
pub(super) fn schema(labels: &[Label]) -> Value {
    let mut properties = serde_json::Map::new();
    for label in labels {
        let item = if label.is_free() {
            json!({"type": "string"})
        } else {
            json!({"type": "string", "enum": label.values.iter().map(|value| &value.value).collect::<Vec<_>>()})
        };
        properties.insert(label.key.clone(), json!({"type": "array", "items": item}));
    }
    json!({"type": "object", "properties": properties, "additionalProperties": false})
}

/// The labels of one fact as mentions, those on no list dropped.
pub(super) fn mentions(given: &Value, labels: &[Label]) -> Vec<Mention> {
    let mut found = Vec::new();
    for label in labels {
        let values: Vec<&str> = match given.get(&label.key) {
            Some(Value::String(one)) => vec![one],
            Some(Value::Array(many)) => many.iter().filter_map(Value::as_str).collect(),
            _ => Vec::new(),
        };
        let known =
            values.into_iter().map(str::trim).filter(|value| !value.is_empty()).filter_map(
                |value| match label.values.iter().find(|listed| listed.value.eq_ignore_ascii_case(value)) {
                    Some(listed) => Some(listed.value.clone()),
                    None => label.is_free().then(|| value.to_owned()),
                },
            );
        let most = if label.is_single() { 1 } else { usize::MAX };
        found.extend(known.take(most).map(|value| Mention {
            name: format!("{}:{value}", label.key),
            kind: Some(crate::entity::LABEL.to_owned()),
        }));
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_on_no_list_are_dropped_and_single_labels_stay_single() {
        let config = Config::from_column(
            &json!({"entity_labels": [
                {"key": "mood", "type": "value", "values": [{"value": "good"}, {"value": "bad"}]},
                {"key": "topic", "type": "multi-text"},
                "nonsense"
            ]})
            .to_string(),
        );
        let labels = of(&config);
        let given = json!({"mood": ["Good", "bad", "odd"], "topic": ["rowing", "tea"], "else": ["x"]});
        let names: Vec<_> = mentions(&given, &labels).into_iter().map(|mention| mention.name).collect();
        assert_eq!(names, ["mood:good", "topic:rowing", "topic:tea"]);
    }
}

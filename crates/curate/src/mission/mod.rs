//! Missions of a bank: which settings belong to them, their versions, and the difference that new ones make.
//!
//! `api` calls this. The page edits overrides; what they resolve to is the server's business.

mod keep;
mod lab;
mod pair;
mod plan;

pub use keep::{Looked, Wanted, change, read, reset, save};
pub use lab::{Draft, LabEvent, differs, run};
pub use pair::{Pairs, Reworded, pair};
pub use plan::{INSTRUCTIONS, LabDocument, Side, choose, estimate};

use serde_json::{Map, Value};

/// The settings that one version holds: the three missions, the tone of reflect, and how retain extracts
/// (Hindsight 1.1).
pub const KEYS: [&str; 12] = [
    "reflect_mission",
    "retain_mission",
    "observations_mission",
    "disposition_skepticism",
    "disposition_literalism",
    "disposition_empathy",
    "retain_extraction_mode",
    "retain_custom_instructions",
    "entity_labels",
    "entities_allow_free_form",
    "retain_strategies",
    "retain_default_strategy",
];

/// The part of a bank's overrides that belongs to its missions.
pub fn of(overrides: &Map<String, Value>) -> Map<String, Value> {
    let own = |key: &str| overrides.get(key).filter(|value| !value.is_null()).cloned();
    KEYS.into_iter().filter_map(|key| Some((key.to_owned(), own(key)?))).collect()
}

/// The updates that turn one set of overrides into another: what changed, and null for what is given back.
pub fn updates(from: &Map<String, Value>, to: &Map<String, Value>) -> Map<String, Value> {
    let (from, to) = (of(from), of(to));
    KEYS.into_iter()
        .filter(|key| from.get(*key) != to.get(*key))
        .map(|key| (key.to_owned(), to.get(key).cloned().unwrap_or(Value::Null)))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn map(value: Value) -> Map<String, Value> {
        value.as_object().cloned().unwrap_or_default()
    }

    #[test]
    fn only_what_changed_is_sent_and_what_is_given_back_is_null() {
        let from = map(json!({"retain_mission": "a", "reflect_mission": "r", "retain_chunk_size": 9}));
        let to = map(json!({"retain_mission": "b", "disposition_empathy": 5}));
        let expected = json!({"reflect_mission": null, "retain_mission": "b", "disposition_empathy": 5});
        assert_eq!(updates(&from, &to), map(expected));
        assert!(updates(&to, &to).is_empty());
    }

    #[test]
    fn a_null_override_is_none_and_other_settings_are_no_part_of_a_mission() {
        let own = of(&map(json!({"retain_mission": null, "retain_chunk_size": 9, "entity_labels": []})));
        assert_eq!(own, map(json!({"entity_labels": []})));
    }
}

//! Changing what a bank overrides: names in both spellings, types, ranges.

use super::{Config, Key, Takes, keys};
use crate::error::{EngineError, Result};
use serde_json::{Map, Value};

/// What goes before a key's name in capitals when it is written as an environment variable (hindsight 1.1).
const ENV_PREFIX: &str = "HINDSIGHT_API_";
/// Endings of names that only a server's administrator may set.
const CREDENTIALS: [&str; 4] = ["_api_key", "_base_url", "_secret", "_password"];

impl Config {
    /// Takes all updates or none; null removes an override.
    ///
    /// # Errors
    /// 400 for a key that is unknown or the server's own, and for a value of the wrong type or out of range.
    pub(crate) fn change(&mut self, updates: &Map<String, Value>) -> Result<()> {
        let mut changed = Vec::with_capacity(updates.len());
        let mut unknown = Vec::new();
        for (given, value) in updates {
            let name = match given.strip_prefix(ENV_PREFIX) {
                Some(rest) => rest.to_lowercase(),
                None => given.clone(),
            };
            if CREDENTIALS.iter().any(|ending| name.ends_with(ending)) {
                return Err(EngineError::bad_request(format!(
                    "Credential field '{given}' belongs to the server and cannot be set for a bank"
                )));
            }
            match keys::key(&name) {
                Some(key) => changed.push((key, value)),
                None => unknown.push(given.as_str()),
            }
        }
        if !unknown.is_empty() {
            return Err(EngineError::bad_request(format!("Unknown configuration fields: {unknown:?}")));
        }
        for (key, value) in &changed {
            check(key, value)?;
        }
        for (key, value) in changed {
            match value {
                Value::Null => self.overrides.remove(key.name),
                value => self.overrides.insert(key.name.to_owned(), value.clone()),
            };
        }
        Ok(())
    }
}

fn check(key: &Key, value: &Value) -> Result<()> {
    let fits = match key.takes {
        _ if value.is_null() => true,
        Takes::Switch => value.is_boolean(),
        Takes::Int => value.is_i64(),
        Takes::Number => value.is_number(),
        Takes::Text => value.is_string(),
        Takes::List => value.is_array(),
        Takes::Object => value.is_object(),
        Takes::Json => value.is_array() || value.is_object() || value.is_string(),
    };
    let wanted = match key.takes {
        Takes::Switch => "a boolean",
        Takes::Int => "an integer",
        Takes::Number => "a number",
        Takes::Text => "a string",
        Takes::List => "a list",
        Takes::Object => "an object",
        Takes::Json => "a list or an object",
    };
    if !fits {
        return Err(EngineError::bad_request(format!(
            "{} must be {wanted}, not {}",
            key.name,
            type_word(value)
        )));
    }
    if key.name.starts_with("disposition_") && value.as_i64().is_some_and(|value| !(1..=5).contains(&value)) {
        return Err(EngineError::bad_request(format!("{} must be between 1 and 5, not {value}", key.name)));
    }
    Ok(())
}

fn type_word(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "a string",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn changed(updates: Value) -> Result<Config> {
        let mut config = Config::default();
        config.change(updates.as_object().unwrap())?;
        Ok(config)
    }

    #[test]
    fn a_key_may_be_spelled_as_the_environment_variable() {
        let config = changed(json!({"HINDSIGHT_API_RETAIN_CHUNK_SIZE": 500})).unwrap();
        assert_eq!(config.overrides.get("retain_chunk_size"), Some(&json!(500)));
    }

    #[test]
    fn null_removes_an_override() {
        let mut config = changed(json!({"retain_mission": "names"})).unwrap();
        config.change(json!({"retain_mission": null}).as_object().unwrap()).unwrap();
        assert!(config.overrides.is_empty());
    }

    #[test]
    fn unknown_keys_credentials_and_wrong_types_are_refused() {
        for updates in [
            json!({"nope": 1}),
            json!({"llm_api_key": "x"}),
            json!({"HINDSIGHT_API_LLM_BASE_URL": "x"}),
            json!({"retain_chunk_size": ""}),
            json!({"retain_chunk_size": 1.5}),
            json!({"enable_observations": "yes please"}),
            json!({"disposition_empathy": 9}),
            json!({"disposition_empathy": 0}),
            json!({"entity_labels": {}}),
        ] {
            assert_eq!(changed(updates.clone()).unwrap_err().status(), 400, "{updates}");
        }
    }

    #[test]
    fn one_wrong_update_leaves_all_as_it_was() {
        let mut config = Config::default();
        let updates = json!({"retain_mission": "names", "retain_chunk_size": "big"});
        assert!(config.change(updates.as_object().unwrap()).is_err());
        assert!(config.overrides.is_empty());
    }
}

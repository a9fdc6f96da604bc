//! A bank's configuration: every key of the API with its default, its type and whether it has an effect here.
//!
//! Keys without effect are kept, so that a bank can move to a server that knows them, and are reported as
//! such. The HTTP side is in `http/config`.

mod change;
mod keys;

pub(crate) use keys::{KEYS, Key, Takes};

use serde_json::{Map, Value};

/// What a bank overrides.
#[derive(Clone, Debug, Default)]
pub(crate) struct Config {
    /// Only keys of [`KEYS`], never null.
    pub(crate) overrides: Map<String, Value>,
}

impl Config {
    /// From the bank's column; text that is no JSON object counts as nothing overridden.
    pub(crate) fn from_column(text: &str) -> Self {
        Self { overrides: serde_json::from_str(text).unwrap_or_default() }
    }

    /// For the bank's column.
    pub(crate) fn to_column(&self) -> String {
        Value::Object(self.overrides.clone()).to_string()
    }

    /// The value that counts for a key: the bank's own, else the default; null for an unknown key.
    pub(crate) fn get(&self, key: &str) -> Value {
        match self.overrides.get(key) {
            Some(value) => value.clone(),
            None => keys::key(key).map(Key::default).unwrap_or(Value::Null),
        }
    }

    /// A text that is set and not blank.
    pub(crate) fn text(&self, key: &str) -> Option<String> {
        self.get(key).as_str().map(str::trim).filter(|text| !text.is_empty()).map(str::to_owned)
    }

    /// A switch; off when it is neither set nor on by default.
    pub(crate) fn on(&self, key: &str) -> bool {
        self.get(key).as_bool().unwrap_or(false)
    }

    /// A whole number.
    pub(crate) fn int(&self, key: &str) -> Option<i64> {
        self.get(key).as_i64()
    }

    /// A number.
    pub(crate) fn number(&self, key: &str) -> Option<f64> {
        self.get(key).as_f64()
    }

    /// The three traits of the bank's tone, each 1 to 5, 3 when it is not set (hindsight 1.1).
    pub(crate) fn disposition(&self) -> Value {
        let trait_of = |key| self.int(key).unwrap_or(3);
        serde_json::json!({
            "skepticism": trait_of("disposition_skepticism"),
            "literalism": trait_of("disposition_literalism"),
            "empathy": trait_of("disposition_empathy"),
        })
    }

    /// Keys that are overridden and do nothing in this engine.
    pub(crate) fn without_effect(&self) -> Vec<&'static str> {
        KEYS.iter()
            .filter(|key| !key.effect && self.overrides.contains_key(key.name))
            .map(|key| key.name)
            .collect()
    }

    /// All keys resolved, in the table's order.
    pub(crate) fn resolved(&self) -> Map<String, Value> {
        KEYS.iter().map(|key| (key.name.to_owned(), self.get(key.name))).collect()
    }
}

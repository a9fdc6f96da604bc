//! How single values go into and come out of columns: JSON, enum words, ids as JSON lists.
//!
//! Tables are in the modules named after them. Called by all of those.

use crate::error::{Result, StoreError};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

/// A value as the JSON text of a column.
pub(crate) fn json<T: Serialize + ?Sized>(what: &'static str, value: &T) -> Result<String> {
    serde_json::to_string(value).map_err(|source| StoreError::Unreadable { what, source })
}

/// An optional value as the JSON text of a nullable column.
pub(crate) fn json_or_null<T: Serialize>(what: &'static str, value: Option<&T>) -> Result<Option<String>> {
    value.map(|value| json(what, value)).transpose()
}

/// A value from the JSON text of a column.
pub(crate) fn parse<T: DeserializeOwned>(what: &'static str, text: &str) -> Result<T> {
    serde_json::from_str(text).map_err(|source| StoreError::Unreadable { what, source })
}

/// An optional value from a nullable column.
pub(crate) fn parse_or_null<T: DeserializeOwned>(
    what: &'static str,
    text: Option<&str>,
) -> Result<Option<T>> {
    text.map(|text| parse(what, text)).transpose()
}

/// An enum without fields as the word that serde gives it, e.g. `user`.
pub(crate) fn word<T: Serialize>(what: &'static str, value: T) -> Result<String> {
    match serde_json::to_value(value).map_err(|source| StoreError::Unreadable { what, source })? {
        Value::String(word) => Ok(word),
        other => Ok(other.to_string()),
    }
}

/// An enum without fields from its word.
pub(crate) fn from_word<T: DeserializeOwned>(what: &'static str, word: String) -> Result<T> {
    serde_json::from_value(Value::String(word)).map_err(|source| StoreError::Unreadable { what, source })
}

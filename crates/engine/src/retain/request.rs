//! What a retain request may say, checked field by field and turned into [`Item`]s.
//!
//! Refusals use the API's places and words. Nothing is looked up here; documents are made in `items`.

use crate::error::{EngineError, Result};
use crate::time;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use uuid::Uuid;

/// The body of a retain.
#[derive(Deserialize)]
pub(crate) struct Request {
    items: Vec<RawItem>,
    /// Done in the background.
    #[serde(default, rename = "async")]
    pub(crate) background: bool,
    operation_id: Option<String>,
    /// Deprecated: added to the tags of each item.
    document_tags: Option<Vec<String>>,
}

#[derive(Deserialize)]
struct RawItem {
    content: Value,
    timestamp: Option<Value>,
    context: Option<String>,
    metadata: Option<Map<String, Value>>,
    document_id: Option<String>,
    entities: Option<Vec<GivenEntity>>,
    resolve_entities: Option<bool>,
    tags: Option<Vec<String>>,
    observation_scopes: Option<Value>,
    strategy: Option<String>,
    update_mode: Option<String>,
}

/// An entity that the caller names.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct GivenEntity {
    pub(crate) text: String,
    #[serde(rename = "type", default, skip_serializing_if = "Option::is_none")]
    pub(crate) kind: Option<String>,
}

/// The time of an item.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Said {
    /// Not given: the time at which it came in.
    Now(i64),
    /// Given.
    At(i64),
    /// "unset": timeless.
    Unset,
}

impl Said {
    /// Milliseconds since 1970; `None` for what is timeless.
    pub(crate) fn at(self) -> Option<i64> {
        match self {
            Self::Now(at) | Self::At(at) => Some(at),
            Self::Unset => None,
        }
    }
}

/// A checked item. It is kept as an operation's payload when the retain runs in the background.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Item {
    pub(crate) content: String,
    /// Blocks of the content that no model here can see; each has a placeholder in `content`.
    pub(crate) unread: Vec<String>,
    pub(crate) said: Said,
    pub(crate) context: Option<String>,
    pub(crate) metadata: Option<Map<String, Value>>,
    pub(crate) document_id: Option<String>,
    pub(crate) entities: Vec<GivenEntity>,
    pub(crate) resolve_entities: bool,
    pub(crate) tags: Vec<String>,
    pub(crate) observation_scopes: Option<Value>,
    pub(crate) strategy: Option<String>,
    pub(crate) append: bool,
}

impl Item {
    /// What the API calls `retain_params`: what was given beside the text. Null when nothing was.
    pub(crate) fn params(&self) -> Value {
        let mut params = Map::new();
        if let Some(context) = &self.context {
            params.insert("context".into(), context.as_str().into());
        }
        if !self.entities.is_empty() {
            params.insert("entities".into(), serde_json::json!(self.entities));
        }
        if let Some(metadata) = &self.metadata {
            params.insert("metadata".into(), Value::Object(metadata.clone()));
        }
        match self.said {
            Said::At(at) => drop(params.insert("event_date".into(), time::iso(at).into())),
            Said::Unset => drop(params.insert("event_date".into(), "unset".into())),
            Said::Now(_) => {}
        }
        if let Some(strategy) = &self.strategy {
            params.insert("strategy".into(), strategy.as_str().into());
        }
        if !self.entities.is_empty() || !self.resolve_entities {
            params.insert("resolve_entities".into(), self.resolve_entities.into());
        }
        if params.is_empty() { Value::Null } else { Value::Object(params) }
    }
}

impl Request {
    /// The caller's id for a background retain.
    ///
    /// # Errors
    /// 422 when it is no UUID.
    pub(crate) fn operation(&self) -> Result<Option<Uuid>> {
        let Some(id) = self.operation_id.as_deref().filter(|_| self.background) else { return Ok(None) };
        Uuid::parse_str(id)
            .map(Some)
            .map_err(|_| wrong(&["operation_id"], "operation_id must be a valid UUID", id.into()))
    }

    /// The items, checked. `now` is the time of those that give none, in milliseconds since 1970.
    ///
    /// # Errors
    /// 422 with the place of the first wrong field; 400 for an append without a document.
    pub(crate) fn items(self, now: i64) -> Result<Vec<Item>> {
        let shared = self.document_tags.unwrap_or_default();
        let items: Vec<Item> = self
            .items
            .into_iter()
            .enumerate()
            .map(|(at, raw)| raw.check(at, &shared, now))
            .collect::<Result<_>>()?;
        if items.iter().any(|item| item.append && item.document_id.is_none()) {
            return Err(EngineError::bad_request("update_mode='append' requires a document_id"));
        }
        Ok(items)
    }
}

impl RawItem {
    fn check(self, at: usize, shared_tags: &[String], now: i64) -> Result<Item> {
        let at = at.to_string();
        let place = |field: &'static str| ["items", at.as_str(), field];
        let said = said(self.timestamp.as_ref(), now)
            .map_err(|(message, input)| wrong(&place("timestamp"), &message, input))?;
        if let Some((key, value)) = self.metadata.iter().flatten().find(|(_, value)| !value.is_string()) {
            return Err(EngineError::Invalid {
                loc: ["body", "items", &at, "metadata", key].map(str::to_owned).to_vec(),
                kind: "string_type",
                message: "Input should be a valid string".into(),
                input: value.clone(),
            });
        }
        let append = match self.update_mode.as_deref() {
            None | Some("replace") => false,
            Some("append") => true,
            Some(other) => {
                return Err(literal(&place("update_mode"), "'replace' or 'append'", other.into()));
            }
        };
        if let Some(scopes) = &self.observation_scopes {
            check_scopes(scopes)
                .map_err(|expected| literal(&place("observation_scopes"), expected, scopes.clone()))?;
        }
        let (content, unread) =
            content(self.content).map_err(|(message, input)| wrong(&place("content"), message, input))?;
        let mut tags = self.tags.unwrap_or_default();
        tags.extend(shared_tags.iter().cloned());
        Ok(Item {
            content,
            unread,
            said,
            context: self.context,
            metadata: self.metadata,
            document_id: self.document_id.filter(|id| !id.is_empty()),
            entities: self.entities.unwrap_or_default(),
            resolve_entities: self.resolve_entities.unwrap_or(true),
            tags: once_each(tags),
            observation_scopes: self.observation_scopes,
            strategy: self.strategy,
            append,
        })
    }
}

/// Each text once, in the order of its first appearance.
pub(crate) fn once_each(texts: Vec<String>) -> Vec<String> {
    let mut seen = std::collections::HashSet::new();
    texts.into_iter().filter(|text| seen.insert(text.clone())).collect()
}

/// Whether this is a way to scope observations; what is expected when it is not.
pub(crate) fn check_scopes(scopes: &Value) -> std::result::Result<(), &'static str> {
    const EXPECTED: &str = "'per_tag', 'combined', 'all_combinations', 'shared' or a list of lists of tags";
    let good = match scopes {
        Value::Null => true,
        Value::String(word) => ["per_tag", "combined", "all_combinations", "shared"].contains(&word.as_str()),
        Value::Array(lists) => {
            lists.iter().all(|list| list.as_array().is_some_and(|tags| tags.iter().all(Value::is_string)))
        }
        _ => false,
    };
    if good { Ok(()) } else { Err(EXPECTED) }
}

type Wrong<'a> = (&'a str, Value);

/// The text of a content with the names of what could not be read.
fn content(content: Value) -> std::result::Result<(String, Vec<String>), Wrong<'static>> {
    const EMPTY: &str = "content cannot be empty";
    match content {
        Value::String(text) if text.trim().is_empty() => Err((EMPTY, text.into())),
        // A terminator inside would end the text early for SQLite's functions.
        Value::String(text) => {
            Ok((if text.contains('\0') { text.replace('\0', " ") } else { text }, Vec::new()))
        }
        Value::Array(blocks) if blocks.is_empty() => Err((EMPTY, Value::Array(blocks))),
        Value::Array(blocks) => {
            let (mut pieces, mut unread) = (Vec::with_capacity(blocks.len()), Vec::new());
            for block in &blocks {
                let text = |name: &str| block.get(name).and_then(Value::as_str);
                match text("type") {
                    Some("text") => pieces.push(text("text").unwrap_or_default().to_owned()),
                    Some(kind @ ("image" | "file")) => {
                        let name = text("filename").map_or_else(
                            || format!("{kind} {}", unread.len() + 1),
                            |name| format!("{kind} {name}"),
                        );
                        pieces.push(format!("[{name}]"));
                        unread.push(name);
                    }
                    _ => return Err(("a content block is of type 'text', 'image' or 'file'", block.clone())),
                }
            }
            let text = pieces.join("\n").replace('\0', " ");
            if text.trim().is_empty() { Err((EMPTY, Value::Null)) } else { Ok((text, unread)) }
        }
        other => Err(("content is a text or a list of content blocks", other)),
    }
}

/// The time that is meant.
fn said(given: Option<&Value>, now: i64) -> std::result::Result<Said, (String, Value)> {
    let Some(given) = given.filter(|given| !given.is_null()) else { return Ok(Said::Now(now)) };
    let text = given.as_str().unwrap_or_default();
    if text == "unset" {
        return Ok(Said::Unset);
    }
    time::parse(text).map(Said::At).ok_or_else(|| {
        let shown = given.as_str().map_or_else(|| given.to_string(), str::to_owned);
        (
            format!(
                "Invalid timestamp/event_date format: '{shown}'. Expected ISO format like '2024-01-15T10:30:00' \
                 or '2024-01-15T10:30:00Z', or the special value 'unset' to store without a timestamp."
            ),
            given.clone(),
        )
    })
}

fn wrong(loc: &[&str], message: &str, input: Value) -> EngineError {
    let loc = std::iter::once("body").chain(loc.iter().copied()).map(str::to_owned).collect();
    EngineError::Invalid { loc, kind: "value_error", message: format!("Value error, {message}"), input }
}

fn literal(loc: &[&str], expected: &str, input: Value) -> EngineError {
    let loc = std::iter::once("body").chain(loc.iter().copied()).map(str::to_owned).collect();
    EngineError::Invalid { loc, kind: "literal_error", message: format!("Input should be {expected}"), input }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn items(body: Value) -> Result<Vec<Item>> {
        serde_json::from_value::<Request>(body).unwrap().items(5)
    }

    fn place(body: Value) -> String {
        let EngineError::Invalid { loc, kind, .. } = items(body).unwrap_err() else {
            panic!("another error")
        };
        format!("{} {kind}", loc.join("."))
    }

    #[test]
    fn a_wrong_field_is_told_with_its_place() {
        for (item, told) in [
            (json!({"content": " "}), "body.items.0.content value_error"),
            (json!({"content": []}), "body.items.0.content value_error"),
            (json!({"content": 3}), "body.items.0.content value_error"),
            (json!({"content": "x", "timestamp": "soon"}), "body.items.0.timestamp value_error"),
            (json!({"content": "x", "metadata": {"a": 1}}), "body.items.0.metadata.a string_type"),
            (json!({"content": "x", "update_mode": "bad"}), "body.items.0.update_mode literal_error"),
            (
                json!({"content": "x", "observation_scopes": "bad"}),
                "body.items.0.observation_scopes literal_error",
            ),
        ] {
            assert_eq!(place(json!({"items": [item]})), told);
        }
    }

    #[test]
    fn an_append_needs_a_document() {
        let error = items(json!({"items": [{"content": "x", "update_mode": "append"}]})).unwrap_err();
        assert_eq!(
            (error.status().as_u16(), error.to_string().as_str()),
            (400, "update_mode='append' requires a document_id")
        );
    }

    #[test]
    fn blocks_become_text_and_what_cannot_be_read_is_named() {
        let blocks = json!([{"type": "text", "text": "See:"}, {"type": "file", "filename": "a.pdf", "source": {}},
                            {"type": "image", "source": {}}, {"type": "text", "text": "done"}]);
        let item = items(json!({"items": [{"content": blocks}]})).unwrap().remove(0);
        assert_eq!(item.content, "See:\n[file a.pdf]\n[image 2]\ndone");
        assert_eq!(item.unread, ["file a.pdf", "image 2"]);
    }

    #[test]
    fn times_are_given_unset_or_now() {
        let said = |timestamp: Value| {
            items(json!({"items": [{"content": "x", "timestamp": timestamp}]})).unwrap().remove(0).said
        };
        assert_eq!(said(Value::Null), Said::Now(5));
        assert_eq!(said(json!("unset")), Said::Unset);
        assert_eq!(said(json!("1970-01-01T00:00:01Z")), Said::At(1000));
    }

    #[test]
    fn tags_of_the_request_are_added_once() {
        let body = json!({"items": [{"content": "x", "tags": ["a", "b", "a"]}], "document_tags": ["b", "c"]});
        assert_eq!(items(body).unwrap().remove(0).tags, ["a", "b", "c"]);
    }

    #[test]
    fn an_operation_id_counts_for_background_retains_only() {
        let read = |body: Value| serde_json::from_value::<Request>(body).unwrap().operation();
        assert_eq!(read(json!({"items": [], "operation_id": "nouuid"})).unwrap(), None);
        assert!(read(json!({"items": [], "async": true, "operation_id": "nouuid"})).is_err());
    }
}

//! Items into documents: which items belong together, under which id, and with which settings each is cut.

use super::request::Item;
use crate::config::Config;
use crate::words;
use serde::de::IgnoredAny;
use serde_json::Value;
use std::collections::HashMap;
use std::ops::Range;
use uuid::Uuid;

/// A document as one request gives it.
#[derive(Clone, Debug)]
pub(crate) struct Draft {
    pub(crate) id: String,
    /// At least one, in the request's order.
    pub(crate) items: Vec<Item>,
}

impl Draft {
    /// Its text goes behind what the document has.
    pub(crate) fn append(&self) -> bool {
        self.items.iter().any(|item| item.append)
    }

    /// The tags of all its items.
    pub(crate) fn tags(&self) -> Vec<String> {
        super::request::once_each(self.items.iter().flat_map(|item| item.tags.clone()).collect())
    }

    /// The whole text: the items' texts on lines of their own.
    pub(crate) fn text(&self) -> String {
        self.items.iter().map(|item| item.content.as_str()).collect::<Vec<_>>().join("\n")
    }
}

/// Gives each item without a document one: all share one when no item names one, else each has its own
/// (hindsight 1.1).
pub(crate) fn name_documents(items: &mut [Item]) {
    let shared = items.iter().all(|item| item.document_id.is_none()).then(|| Uuid::new_v4().to_string());
    for item in items {
        if item.document_id.is_none() {
            item.document_id = Some(shared.clone().unwrap_or_else(|| Uuid::new_v4().to_string()));
        }
    }
}

/// Items of the same document together, documents in the order of their first item.
pub(crate) fn drafts(mut items: Vec<Item>) -> Vec<Draft> {
    name_documents(&mut items);
    let mut drafts: Vec<Draft> = Vec::new();
    let mut places: HashMap<String, usize> = HashMap::new();
    for item in items {
        let id = item.document_id.clone().unwrap_or_default();
        match places.get(&id).and_then(|place| drafts.get_mut(*place)) {
            Some(draft) => draft.items.push(item),
            None => {
                places.insert(id.clone(), drafts.len());
                drafts.push(Draft { id, items: vec![item] });
            }
        }
    }
    drafts
}

/// The bank's configuration with a named strategy laid over it. A name that the bank does not know changes
/// nothing (hindsight 1.1).
pub(crate) fn with_strategy(config: &Config, strategy: Option<&str>) -> Config {
    let mut config = config.clone();
    let default = config.text("retain_default_strategy");
    let strategies = config.get("retain_strategies");
    let laid =
        strategy.or(default.as_deref()).and_then(|name| strategies.get(name)).and_then(Value::as_object);
    for (key, value) in laid.into_iter().flatten() {
        if value.is_null() {
            config.overrides.remove(key);
        } else {
            config.overrides.insert(key.clone(), value.clone());
        }
    }
    config
}

/// Where a text is cut under this configuration. JSON may have a size of its own.
pub(crate) fn cut(text: &str, config: &Config) -> Vec<Range<usize>> {
    let size =
        |key: &str| config.int(key).and_then(|size| usize::try_from(size).ok()).filter(|size| *size > 0);
    let plain = size("retain_chunk_size").unwrap_or(words::CHUNK_CHARS);
    let size = size("retain_structured_chunk_size").filter(|_| is_structured(text)).unwrap_or(plain);
    words::chunks(text, size)
}

/// A JSON list or lines of JSON.
fn is_structured(text: &str) -> bool {
    let json = |text: &str| serde_json::from_str::<IgnoredAny>(text).is_ok();
    let text = text.trim();
    match text.chars().next() {
        Some('[') => json(text),
        Some('{') => text.lines().filter(|line| !line.trim().is_empty()).all(json),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::retain::request::Request;
    use serde_json::json;

    fn items(body: Value) -> Vec<Item> {
        serde_json::from_value::<Request>(json!({"items": body})).unwrap().items(0).unwrap()
    }

    fn config(overrides: Value) -> Config {
        Config { overrides: overrides.as_object().unwrap().clone() }
    }

    #[test]
    fn items_without_a_document_share_one_unless_some_name_theirs() {
        assert_eq!(drafts(items(json!([{"content": "a"}, {"content": "b"}]))).len(), 1);
        let some =
            drafts(items(json!([{"content": "a"}, {"content": "b", "document_id": "d"}, {"content": "c"}])));
        assert_eq!(some.len(), 3);
        assert_eq!(some.iter().filter(|draft| draft.id == "d").count(), 1);
    }

    #[test]
    fn items_of_one_document_are_one_draft_with_the_tags_of_all() {
        let drafts = drafts(items(json!([
            {"content": "a", "document_id": "d", "tags": ["x"]}, {"content": "b", "document_id": "e"},
            {"content": "c", "document_id": "d", "tags": ["y", "x"]}])));
        assert_eq!(drafts.iter().map(|draft| draft.id.as_str()).collect::<Vec<_>>(), ["d", "e"]);
        assert_eq!(
            (drafts[0].text().as_str(), drafts[0].tags()),
            ("a\nc", vec!["x".to_owned(), "y".to_owned()])
        );
    }

    #[test]
    fn a_strategy_is_laid_over_the_bank_and_an_unknown_one_is_not() {
        let bank = config(
            json!({"retain_strategies": {"raw": {"retain_extraction_mode": "chunks"}}, "retain_chunk_size": 9}),
        );
        let raw = with_strategy(&bank, Some("raw"));
        assert_eq!(
            (raw.text("retain_extraction_mode").as_deref(), raw.int("retain_chunk_size")),
            (Some("chunks"), Some(9))
        );
        assert_eq!(
            with_strategy(&bank, Some("other")).text("retain_extraction_mode").as_deref(),
            Some("concise")
        );
    }

    #[test]
    fn the_default_strategy_counts_where_none_is_named() {
        let bank = config(
            json!({"retain_strategies": {"raw": {"retain_chunk_size": 7}}, "retain_default_strategy": "raw"}),
        );
        assert_eq!(with_strategy(&bank, None).int("retain_chunk_size"), Some(7));
    }

    #[test]
    fn json_is_cut_by_its_own_size() {
        let bank = config(json!({"retain_chunk_size": 10, "retain_structured_chunk_size": 100}));
        assert_eq!(cut(r#"[{"a": "one two"}, {"b": "three"}]"#, &bank).len(), 1);
        assert_eq!(cut("{\"a\": 1}\n{\"b\": 2}", &bank).len(), 1);
        assert!(cut("one two three four", &bank).len() > 1);
    }
}

//! Query parameters of list calls: what is absent is not sent, lists repeat their name.

use rearview_domain::memory::TagsMatch;
use serde::Serialize;
use serde_json::Value;

/// Collects query parameters.
#[derive(Default)]
pub(crate) struct Query(Vec<(&'static str, String)>);

impl Query {
    /// Adds a parameter when there is a value. Enums are sent in the API's spelling.
    pub(crate) fn with(mut self, name: &'static str, value: &Option<impl Serialize>) -> Self {
        let value = value.as_ref().and_then(|value| serde_json::to_value(value).ok());
        match value {
            None | Some(Value::Null) => {}
            Some(Value::String(text)) => self.0.push((name, text)),
            Some(other) => self.0.push((name, other.to_string())),
        }
        self
    }

    /// Adds tags, and how they match; the latter only when there are tags or it is `exact`, which
    /// without tags asks for what is untagged.
    pub(crate) fn tags(self, tags: &[String], matching: Option<TagsMatch>) -> Self {
        let with = self.each("tags", tags);
        match tags.is_empty() && matching != Some(TagsMatch::Exact) {
            true => with,
            false => with.with("tags_match", &matching),
        }
    }

    /// Adds a parameter once for each value.
    pub(crate) fn each(mut self, name: &'static str, values: &[String]) -> Self {
        self.0.extend(values.iter().map(|value| (name, value.clone())));
        self
    }

    /// The parameters in the order they were added.
    pub(crate) fn done(self) -> Vec<(&'static str, String)> {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn absent_parameters_are_not_sent_and_tags_repeat() {
        let query = Query::default()
            .with("q", &None::<String>)
            .with("limit", &Some(5))
            .tags(&["a".to_owned(), "b".to_owned()], Some(TagsMatch::AllStrict))
            .done();
        let pairs: Vec<_> = query.iter().map(|(name, value)| (*name, value.as_str())).collect();
        assert_eq!(pairs, [("limit", "5"), ("tags", "a"), ("tags", "b"), ("tags_match", "all_strict")]);
    }

    #[test]
    fn asking_for_exactly_no_tags_is_sent() {
        let query = |matching| Query::default().tags(&[], Some(matching)).done();
        assert_eq!(query(TagsMatch::Exact), [("tags_match", "exact".to_owned())]);
        assert_eq!(query(TagsMatch::All), []);
    }
}

//! Filters by tags, as conditions on the column `u.tags`, a JSON list of texts.

use crate::error::{EngineError, Result};
use serde::Deserialize;
use serde_json::{Value, json};
use sqlx::{QueryBuilder, Sqlite};

/// How tags match (hindsight 1.1).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum TagsMatch {
    /// One of them, or no tags at all.
    #[default]
    Any,
    /// All of them, or no tags at all.
    All,
    /// One of them.
    AnyStrict,
    /// All of them.
    AllStrict,
    /// These and no others; without tags only what has none.
    Exact,
}

/// A filter by tags, read and checked.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Tagged {
    /// A list of tags and how it matches.
    Leaf(Vec<String>, TagsMatch),
    /// All of these.
    And(Vec<Tagged>),
    /// One of these.
    Or(Vec<Tagged>),
    /// Not this.
    Not(Box<Tagged>),
}

impl Tagged {
    /// Of a query string's `tags`, `tags_match` and `tag_groups`; `None` when nothing is filtered.
    ///
    /// # Errors
    /// 422 for groups that are none, or that stand beside `tags`; 400 for a fuzzy leaf, which needs recall.
    pub(crate) fn of(tags: &[String], mode: TagsMatch, groups: Option<&str>) -> Result<Option<Self>> {
        let Some(groups) = groups else {
            let filters = !tags.is_empty() || mode == TagsMatch::Exact;
            return Ok(filters.then(|| Self::Leaf(tags.to_vec(), mode)));
        };
        if !tags.is_empty() {
            return Err(EngineError::unprocessable("`tags` and `tag_groups` cannot be given together"));
        }
        let groups: Value = serde_json::from_str(groups)
            .map_err(|_| EngineError::unprocessable("`tag_groups` is not a JSON list"))?;
        let Some(groups) = groups.as_array() else {
            return Err(EngineError::unprocessable("`tag_groups` is not a JSON list"));
        };
        let groups = groups.iter().map(Self::read).collect::<Result<Vec<_>>>()?;
        Ok((!groups.is_empty()).then_some(Self::And(groups)))
    }

    fn read(group: &Value) -> Result<Self> {
        let wrong = || EngineError::unprocessable(format!("`{group}` is no group of tags"));
        let all = |list: &Value| {
            list.as_array().ok_or_else(wrong)?.iter().map(Self::read).collect::<Result<Vec<_>>>()
        };
        if let Some(tags) = group.get("tags") {
            let tags = serde_json::from_value(tags.clone()).map_err(|_| wrong())?;
            let mode = match group.get("match") {
                None => TagsMatch::AnyStrict,
                Some(word) => serde_json::from_value(word.clone()).map_err(|_| wrong())?,
            };
            return match group.get("resolve").and_then(Value::as_str) {
                None | Some("exact") => Ok(Self::Leaf(tags, mode)),
                Some("fuzzy") => {
                    Err(EngineError::bad_request("Tags that are much alike are found by recall only"))
                }
                Some(_) => Err(wrong()),
            };
        }
        if let Some(list) = group.get("and") {
            return all(list).map(Self::And);
        }
        if let Some(list) = group.get("or") {
            return all(list).map(Self::Or);
        }
        match group.get("not") {
            Some(inner) => Ok(Self::Not(Box::new(Self::read(inner)?))),
            None => Err(wrong()),
        }
    }

    /// Adds the condition, in brackets.
    pub(crate) fn push(&self, query: &mut QueryBuilder<Sqlite>) {
        let list = |query: &mut QueryBuilder<Sqlite>, groups: &[Self], word: &str, empty: &str| {
            query.push(format!("({empty}"));
            for group in groups {
                query.push(format!(" {word} "));
                group.push(query);
            }
            query.push(")");
        };
        match self {
            Self::And(groups) => list(query, groups, "AND", "1"),
            Self::Or(groups) => list(query, groups, "OR", "0"),
            Self::Not(group) => {
                query.push("NOT ");
                group.push(query);
            }
            Self::Leaf(tags, mode) => push_leaf(query, tags, *mode),
        }
    }
}

fn push_leaf(query: &mut QueryBuilder<Sqlite>, tags: &[String], mode: TagsMatch) {
    use TagsMatch::{All, Any, AnyStrict, Exact};
    if mode == Exact {
        let mut distinct = tags.to_vec();
        distinct.sort();
        distinct.dedup();
        query.push(format!("(json_array_length(u.tags) = {}", distinct.len()));
        for tag in &distinct {
            query.push(" AND ");
            push_has(query, tag);
        }
        query.push(")");
        return;
    }
    if tags.is_empty() {
        query.push("(1)");
        return;
    }
    let (word, empty) = if matches!(mode, Any | AnyStrict) { ("OR", "0") } else { ("AND", "1") };
    query.push(format!("(({empty}"));
    for tag in tags {
        query.push(format!(" {word} "));
        push_has(query, tag);
    }
    query.push(")");
    if matches!(mode, Any | All) {
        query.push(" OR u.tags = '[]'");
    }
    query.push(")");
}

/// The quick look for the tag as JSON spells it leaves few rows in which the list has to be taken apart.
fn push_has(query: &mut QueryBuilder<Sqlite>, tag: &str) {
    query.push("(instr(u.tags, ").push_bind(json!(tag).to_string());
    query
        .push(") > 0 AND EXISTS (SELECT 1 FROM json_each(u.tags) t WHERE t.value = ")
        .push_bind(tag.to_owned());
    query.push("))");
}

#[cfg(test)]
mod tests {
    use super::*;
    use sqlx::SqlitePool;

    /// Which of these lists of tags pass the filter.
    async fn passing(filter: &Tagged) -> Vec<String> {
        let db = SqlitePool::connect("sqlite::memory:").await.unwrap();
        let mut query = QueryBuilder::new(
            "SELECT u.tags FROM (SELECT '[]' AS tags UNION ALL SELECT '[\"a\"]' UNION ALL SELECT '[\"a\",\"b\"]' \
             UNION ALL SELECT '[\"b\"]' UNION ALL SELECT '[\"c\"]') u WHERE ",
        );
        filter.push(&mut query);
        query.build_query_scalar().fetch_all(&db).await.unwrap()
    }

    fn leaf(tags: &[&str], mode: TagsMatch) -> Tagged {
        Tagged::Leaf(tags.iter().map(|&tag| tag.to_owned()).collect(), mode)
    }

    #[tokio::test]
    async fn each_way_to_match_lets_its_own_memories_pass() {
        for (mode, wanted) in [
            (TagsMatch::Any, vec!["[]", r#"["a"]"#, r#"["a","b"]"#, r#"["b"]"#]),
            (TagsMatch::All, vec!["[]", r#"["a","b"]"#]),
            (TagsMatch::AnyStrict, vec![r#"["a"]"#, r#"["a","b"]"#, r#"["b"]"#]),
            (TagsMatch::AllStrict, vec![r#"["a","b"]"#]),
            (TagsMatch::Exact, vec![r#"["a","b"]"#]),
        ] {
            assert_eq!(passing(&leaf(&["a", "b"], mode)).await, wanted, "{mode:?}");
        }
        assert_eq!(passing(&leaf(&[], TagsMatch::Exact)).await, ["[]"]);
    }

    #[tokio::test]
    async fn groups_are_taken_together() {
        let groups = r#"[{"or": [{"tags": ["b"]}, {"tags": ["c"]}]}, {"not": {"tags": ["a"]}}]"#;
        let filter = Tagged::of(&[], TagsMatch::Any, Some(groups)).unwrap().unwrap();
        assert_eq!(passing(&filter).await, [r#"["b"]"#, r#"["c"]"#]);
    }

    #[tokio::test]
    async fn a_tag_that_looks_like_json_is_only_itself() {
        assert!(passing(&leaf(&[","], TagsMatch::AnyStrict)).await.is_empty());
    }

    #[test]
    fn what_is_no_group_is_refused() {
        for groups in ["{", "{}", r#"[{"xor": []}]"#, r#"[{"tags": "a"}]"#, r#"[{"tags": [], "match": "x"}]"#]
        {
            let refused = Tagged::of(&[], TagsMatch::Any, Some(groups)).unwrap_err();
            assert_eq!(refused.status(), 422, "{groups}");
        }
        assert!(Tagged::of(&["a".into()], TagsMatch::Any, Some("[]")).is_err());
    }
}

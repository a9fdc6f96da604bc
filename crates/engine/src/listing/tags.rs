//! The tags of a bank and how often each is used.

use crate::bank::Bank;
use crate::error::{Result, during};
use sqlx::sqlite::SqlitePool;
use std::collections::HashMap;

/// Where tags are looked for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Source {
    /// Facts and observations that are not invalidated.
    #[default]
    Memories,
    /// Mental models.
    MentalModels,
}

/// All tags that fit the pattern with the number of memories (or mental models) that carry each, the most
/// used first. In the pattern `*` stands for anything, and the case of letters does not matter.
pub(crate) async fn all(
    db: &SqlitePool,
    bank: &Bank,
    source: Source,
    pattern: Option<&str>,
) -> Result<Vec<(String, i64)>> {
    // Lists of tags repeat: SQLite counts whole lists, and only the few that differ are taken apart.
    let sql = match source {
        Source::Memories => {
            "SELECT tags, count(*) FROM unit WHERE bank = ?1 AND state = 0 AND tags <> '[]' GROUP BY tags"
        }
        Source::MentalModels => {
            "SELECT tags, count(*) FROM mental_model WHERE bank = ?1 AND tags <> '[]' GROUP BY tags"
        }
    };
    let lists: Vec<(String, i64)> =
        sqlx::query_as(sql).bind(bank.no).fetch_all(db).await.map_err(during("list tags"))?;
    let mut counts: HashMap<String, i64> = HashMap::new();
    for (list, count) in lists {
        let mut tags: Vec<String> = serde_json::from_str(&list).unwrap_or_default();
        tags.sort();
        tags.dedup();
        for tag in tags {
            *counts.entry(tag).or_default() += count;
        }
    }
    let pattern = pattern.map(str::to_lowercase).filter(|pattern| !pattern.is_empty());
    let fits = |tag: &str| pattern.as_deref().is_none_or(|pattern| fits(pattern, &tag.to_lowercase()));
    let mut found: Vec<(String, i64)> = counts.into_iter().filter(|(tag, _)| fits(tag)).collect();
    found.sort_by(|(tag, count), (other, its)| its.cmp(count).then_with(|| tag.cmp(other)));
    Ok(found)
}

/// Whether a text fits a pattern of `*` and plain text, wholly.
fn fits(pattern: &str, text: &str) -> bool {
    let Some((front, rest)) = pattern.split_once('*') else { return pattern == text };
    let Some(mut text) = text.strip_prefix(front) else { return false };
    let mut parts: Vec<&str> = rest.split('*').collect();
    let Some(back) = parts.pop() else { return true };
    for part in parts {
        match text.find(part) {
            Some(at) => text = text.get(at + part.len()..).unwrap_or_default(),
            None => return false,
        }
    }
    text.ends_with(back)
}

#[cfg(test)]
mod tests {
    use super::fits;

    #[test]
    fn a_star_stands_for_anything() {
        for (pattern, text, wanted) in [
            ("user:*", "user:ana", true),
            ("*-admin", "role-admin", true),
            ("tag*-2", "tag-a-2", true),
            ("a*b*c", "a-b-b-c", true),
            ("*", "", true),
            ("user", "user:ana", false),
            ("a*a", "a", false),
            ("a*b*c", "a-c-b", false),
        ] {
            assert_eq!(fits(pattern, text), wanted, "{pattern} {text}");
        }
    }
}

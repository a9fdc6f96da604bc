//! Substrings in SQL, whatever their case.

use sqlx::{QueryBuilder, Sqlite};

/// Adds `AND (one of the columns holds the words)`; nothing for empty words.
///
/// SQLite's LIKE knows the case of ASCII only: other scripts are asked for as given, in small and in
/// capital letters, and with a capital in front.
pub(crate) fn push_holds(query: &mut QueryBuilder<Sqlite>, columns: &[&str], words: &str) {
    if words.is_empty() {
        return;
    }
    let mut spellings = vec![words.to_owned()];
    if !words.is_ascii() {
        let small = words.to_lowercase();
        let mut letters = small.chars();
        let front: String =
            letters.next().into_iter().flat_map(char::to_uppercase).chain(letters.clone()).collect();
        spellings.extend([small.clone(), words.to_uppercase(), front]);
        spellings.sort();
        spellings.dedup();
    }
    query.push(" AND (0");
    for spelling in &spellings {
        let pattern = format!("%{}%", escaped(spelling));
        for column in columns {
            query.push(format!(" OR {column} LIKE ")).push_bind(pattern.clone()).push(" ESCAPE '\\'");
        }
    }
    query.push(")");
}

/// A text in which LIKE finds no wildcards.
pub(crate) fn escaped(text: &str) -> String {
    text.replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_")
}

//! Entities that a bank knows already and that share a word with a text, so that the same thing gets the
//! same name again.

use crate::engine::Engine;
use crate::error::{Result, during};
use crate::words;
use std::collections::HashSet;

/// Most names told to a model (engine's own choice).
const MOST: usize = 40;
/// Names looked through, the latest first: who was not heard of for longer is found by spelling later on.
const LOOKED_THROUGH: i64 = 2000;

/// Names of entities, the latest mentioned first, of which a word stands in the text.
pub(super) async fn names(engine: &Engine, bank: i64, text: &str) -> Result<Vec<String>> {
    let found: Vec<(String, String)> = sqlx::query_as(
        "SELECT name, norm FROM entity WHERE bank = ?1 ORDER BY last_seen DESC, no DESC LIMIT ?2",
    )
    .bind(bank)
    .bind(LOOKED_THROUGH)
    .fetch_all(engine.read())
    .await
    .map_err(during("look for known entities"))?;
    if found.is_empty() {
        return Ok(Vec::new());
    }
    let text = words::normal_form(text);
    let there: HashSet<&str> = text.split(' ').collect();
    let shares = |norm: &str| {
        let mut parts = norm.split(' ').filter(|part| part.chars().count() > 2 || !part.is_ascii());
        // Names without spaces stand inside longer runs.
        parts.any(|part| there.contains(part) || (!part.is_ascii() && text.contains(part)))
    };
    Ok(found.into_iter().filter(|(_, norm)| shares(norm)).map(|(name, _)| name).take(MOST).collect())
}

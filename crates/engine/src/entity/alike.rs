//! The one entity whose name is so much alike that it must be meant.

use crate::db::Write;
use crate::error::{Result, during};
use crate::words;
use sqlx::AssertSqlSafe;

/// Names that are compared at most: those that share the rarest groups of letters.
const MOST_CANDIDATES: i64 = 40;
/// Groups of three letters that are asked for.
const MOST_GRAMS: usize = 24;
/// A second name nearer than this to the best leaves open which is meant.
const MARGIN: f32 = 0.1;
/// What it counts for a candidate that it was mentioned together with the others of this text, or lately
/// (hindsight 1.1 weighs name, company and the last seven days 5:3:2; here the name must do first).
const COMPANY: f32 = 0.15;
const LATELY: f32 = 0.05;
const LATELY_MS: i64 = 7 * 24 * 60 * 60 * 1000;

/// The entity that `norm` must mean, which becomes an alias of it; `None` when there is none or more than one.
/// `others` are the entities named beside it.
pub(super) async fn find(
    write: &mut Write<'_>,
    bank: i64,
    norm: &str,
    others: &[i64],
    seen_at: i64,
) -> Result<Option<i64>> {
    let action = "look for entities with a name alike";
    let Some(query) = grams(norm) else { return Ok(None) };
    let near: Vec<(i64, String, Option<i64>)> = sqlx::query_as(
        "SELECT e.no, e.norm, e.last_seen FROM entity_gram g JOIN entity e ON e.no = g.rowid \
         WHERE entity_gram MATCH ?1 AND e.bank = ?2 AND coalesce(e.kind, '') <> ?3 ORDER BY g.rank LIMIT ?4",
    )
    .bind(query)
    .bind(bank)
    .bind(super::LABEL)
    .bind(MOST_CANDIDATES)
    .fetch_all(write.sql())
    .await
    .map_err(during(action))?;
    let mut candidates: Vec<(f32, i64)> = Vec::new();
    for (no, name, last_seen) in near.into_iter().filter(|(_, name, _)| words::alike(norm, name)) {
        let lately = last_seen.is_some_and(|at| (seen_at - at).abs() <= LATELY_MS);
        candidates.push((words::similarity(norm, &name) + if lately { LATELY } else { 0.0 }, no));
    }
    if candidates.len() > 1 && !others.is_empty() {
        for (score, no) in &mut candidates {
            *score += if in_company(write, *no, others).await? { COMPANY } else { 0.0 };
        }
    }
    candidates.sort_by(|a, b| b.0.total_cmp(&a.0));
    let found = match candidates.as_slice() {
        [best] => best.1,
        [best, second, ..] if best.0 - second.0 > MARGIN => best.1,
        _ => return Ok(None),
    };
    sqlx::query("INSERT OR IGNORE INTO entity_alias (bank, norm, entity) VALUES (?1, ?2, ?3)")
        .bind(bank)
        .bind(norm)
        .bind(found)
        .execute(write.sql())
        .await
        .map_err(during("write an entity's other name"))?;
    Ok(Some(found))
}

/// A MATCH expression for names that share letters with this one; `None` for a name too short for any.
fn grams(norm: &str) -> Option<String> {
    let letters: Vec<char> = norm.chars().collect();
    let grams = letters.windows(3).take(MOST_GRAMS).map(|gram| gram.iter().collect::<String>());
    let quoted: Vec<String> = grams.map(|gram| format!("\"{}\"", gram.replace('"', "\"\""))).collect();
    (!quoted.is_empty()).then(|| quoted.join(" OR "))
}

/// Whether a memory names this entity together with one of the others.
async fn in_company(write: &mut Write<'_>, entity: i64, others: &[i64]) -> Result<bool> {
    let others = others.iter().map(i64::to_string).collect::<Vec<_>>().join(",");
    let together: i64 = sqlx::query_scalar(AssertSqlSafe(format!(
        "SELECT EXISTS (SELECT 1 FROM unit_entity a JOIN unit_entity b ON b.unit = a.unit \
         WHERE a.entity = ?1 AND b.entity IN ({others}))"
    )))
    .bind(entity)
    .fetch_one(write.sql())
    .await
    .map_err(during("look who is mentioned with whom"))?;
    Ok(together == 1)
}

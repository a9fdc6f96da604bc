//! Whom and what memories name: a name in a text becomes an entity of the bank.
//!
//! The same normal form is the same entity; an alias that was resolved before leads to its entity; a name that is
//! much alike to one other, and to that one alone, becomes its alias (`alike`). Listing is in `http/entities`.

mod alike;
#[cfg(test)]
mod tests;

use crate::db::Write;
use crate::error::{Result, during};
use crate::extract::Mention;
use crate::time::now_ms;
use crate::words;
use uuid::Uuid;

/// The kind of mentions that name a controlled label and never anything alike.
pub(crate) const LABEL: &str = "label";

/// The entities of these mentions, in their order and each once, made where there is none yet. `fuzzy` also
/// accepts a name that is much alike; without it only the same name, whatever its case and punctuation.
pub(crate) async fn resolve(
    write: &mut Write<'_>,
    bank: i64,
    mentions: &[Mention],
    fuzzy: bool,
    seen_at: i64,
) -> Result<Vec<i64>> {
    let mut found: Vec<i64> = Vec::with_capacity(mentions.len());
    for mention in mentions {
        let norm = words::normal_form(&mention.name);
        if norm.is_empty() {
            continue;
        }
        let fuzzy = fuzzy && mention.kind.as_deref() != Some(LABEL);
        let no = match known(write, bank, &norm, fuzzy).await? {
            Some(no) => Some(no),
            None if fuzzy => alike::find(write, bank, &norm, &found, seen_at).await?,
            None => None,
        };
        let no = match no {
            Some(no) => {
                seen(write, no, seen_at).await?;
                no
            }
            None => make(write, bank, mention, &norm, seen_at).await?,
        };
        if !found.contains(&no) {
            found.push(no);
        }
    }
    Ok(found)
}

/// The entity of this normal form, or the one that it is an alias of.
async fn known(write: &mut Write<'_>, bank: i64, norm: &str, aliases: bool) -> Result<Option<i64>> {
    sqlx::query_scalar(
        "SELECT no FROM (SELECT no, 0 AS via FROM entity WHERE bank = ?1 AND norm = ?2 \
         UNION ALL SELECT entity, 1 FROM entity_alias WHERE bank = ?1 AND norm = ?2 AND ?3) ORDER BY via LIMIT 1",
    )
    .bind(bank)
    .bind(norm)
    .bind(aliases)
    .fetch_optional(write.sql())
    .await
    .map_err(during("look for an entity"))
}

async fn seen(write: &mut Write<'_>, entity: i64, at: i64) -> Result<()> {
    sqlx::query(
        "UPDATE entity SET first_seen = min(coalesce(first_seen, ?2), ?2), last_seen = max(coalesce(last_seen, ?2), ?2) \
         WHERE no = ?1",
    )
    .bind(entity)
    .bind(at)
    .execute(write.sql())
    .await
    .map_err(during("write an entity"))?;
    Ok(())
}

async fn make(write: &mut Write<'_>, bank: i64, mention: &Mention, norm: &str, seen_at: i64) -> Result<i64> {
    sqlx::query_scalar(
        "INSERT INTO entity (id, bank, name, norm, kind, first_seen, last_seen, created_at) \
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?6, ?7) RETURNING no",
    )
    .bind(Uuid::new_v4().to_string())
    .bind(bank)
    .bind(mention.name.trim())
    .bind(norm)
    .bind(&mention.kind)
    .bind(seen_at)
    .bind(now_ms())
    .fetch_one(write.sql())
    .await
    .map_err(during("write an entity"))
}

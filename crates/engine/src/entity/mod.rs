//! Whom and what memories name: a name in a text becomes an entity of the bank.
//!
//! Listing entities is in `http/entities`.

use crate::db::Write;
use crate::error::{Result, during};
use crate::extract::Mention;
use crate::time::now_ms;
use uuid::Uuid;

/// The entities of these mentions, in their order, made where there is none yet. `fuzzy` also accepts
/// a name that is much alike; without it only the same name, whatever its case.
pub(crate) async fn resolve(
    write: &mut Write<'_>,
    bank: i64,
    mentions: &[Mention],
    _fuzzy: bool,
    seen_at: i64,
) -> Result<Vec<i64>> {
    let mut found = Vec::with_capacity(mentions.len());
    for mention in mentions {
        let no: i64 = sqlx::query_scalar(
            "INSERT INTO entity (id, bank, name, norm, kind, first_seen, last_seen, created_at) \
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?6, ?7) ON CONFLICT (bank, norm) DO UPDATE SET \
             first_seen = min(first_seen, excluded.first_seen), last_seen = max(last_seen, excluded.last_seen) \
             RETURNING no",
        )
        .bind(Uuid::new_v4().to_string())
        .bind(bank)
        .bind(&mention.name)
        .bind(mention.name.to_lowercase())
        .bind(&mention.kind)
        .bind(seen_at)
        .bind(now_ms())
        .fetch_one(write.sql())
        .await
        .map_err(during("write an entity"))?;
        if !found.contains(&no) {
            found.push(no);
        }
    }
    Ok(found)
}

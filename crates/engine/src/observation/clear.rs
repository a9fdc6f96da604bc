//! Removing all observations of a bank, and counting them by scope.

use crate::bank::Bank;
use crate::db::Write;
use crate::error::{Result, during};
use serde_json::{Value, json};
use sqlx::sqlite::SqlitePool;

/// Removes every observation; their facts wait again. How many went.
pub(crate) async fn all(write: &mut Write<'_>, bank: &Bank) -> Result<usize> {
    let action = "clear observations";
    let units: Vec<i64> = sqlx::query_scalar("SELECT no FROM unit WHERE bank = ?1 AND kind = 3")
        .bind(bank.no)
        .fetch_all(write.sql())
        .await
        .map_err(during(action))?;
    sqlx::query(
        "UPDATE unit SET consolidated_at = NULL WHERE bank = ?1 AND kind IN (1, 2) AND consolidated_at IS NOT NULL",
    )
    .bind(bank.no)
    .execute(write.sql())
    .await
    .map_err(during(action))?;
    write.remove_units(bank.no, &units).await?;
    Ok(units.len())
}

/// The sets of tags under which there are observations, the fullest first, and how many sets there are.
pub(crate) async fn scopes(db: &SqlitePool, bank: i64, limit: i64, offset: i64) -> Result<(Vec<Value>, i64)> {
    let rows: Vec<(String, i64, i64)> = sqlx::query_as(
        "SELECT tags, count(*) AS held, count(*) OVER () AS total FROM unit \
         WHERE bank = ?1 AND kind = 3 AND state = 0 GROUP BY tags ORDER BY held DESC, tags LIMIT ?2 OFFSET ?3",
    )
    .bind(bank)
    .bind(limit)
    .bind(offset)
    .fetch_all(db)
    .await
    .map_err(during("list scopes of observations"))?;
    let total = rows.first().map_or(0, |row| row.2);
    let scopes = rows.into_iter().map(|(tags, count, _)| {
        json!({"tags": serde_json::from_str::<Value>(&tags).unwrap_or_default(), "count": count})
    });
    Ok((scopes.collect(), total))
}

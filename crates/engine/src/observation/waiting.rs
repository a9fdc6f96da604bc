//! Facts that no consolidation has read yet.

use super::scope::{Scope, scopes};
use crate::bank::Bank;
use crate::engine::Engine;
use crate::error::{Result, during};
use serde_json::Value;
use sqlx::{AssertSqlSafe, Row as _};
use std::collections::BTreeSet;

/// A fact that waits.
#[derive(Clone, Debug)]
pub(super) struct Waiting {
    pub(super) no: i64,
    pub(super) id: String,
    pub(super) text: String,
    pub(super) occurred_start: Option<i64>,
    pub(super) mentioned_at: Option<i64>,
    /// The document's id, for its history.
    pub(super) document: Option<String>,
    pub(super) scopes: BTreeSet<Scope>,
}

/// Which facts wait: valid ones that a model or a rule made final, neither consolidated nor given up.
pub(super) const WAITS: &str = "u.kind IN (1, 2) AND u.consolidated_at IS NULL AND u.consolidation_failed_at IS NULL \
    AND u.state = 0 AND u.origin <> 'pending'";

/// The oldest facts that wait, `most` of them, from behind `after`. With `only`, those whose tags hold all of one of these sets.
pub(super) async fn load(
    engine: &Engine,
    bank: &Bank,
    after: i64,
    most: i64,
    only: Option<&[Scope]>,
) -> Result<Vec<Waiting>> {
    let action = "look for facts to consolidate";
    let default = bank.config.get("default_observation_scopes");
    let rows = sqlx::query(AssertSqlSafe(format!(
        "SELECT u.no, u.id, u.text, u.occurred_start, u.mentioned_at, u.tags, u.observation_scopes, d.id AS document \
         FROM unit u LEFT JOIN document d ON d.no = u.document WHERE u.bank = ?1 AND {WAITS} AND u.no > ?2 \
         AND (?3 IS NULL OR EXISTS (SELECT 1 FROM json_each(?3) AS one WHERE NOT EXISTS (SELECT 1 FROM json_each(one.value) AS tag \
              WHERE tag.value NOT IN (SELECT own.value FROM json_each(u.tags) AS own)))) \
         ORDER BY u.no LIMIT ?4"
    )))
    .bind(bank.no)
    .bind(after)
    .bind(only.map(|only| Value::from(only.to_vec()).to_string()))
    .bind(most)
    .fetch_all(engine.read())
    .await
    .map_err(during(action))?;
    let read = |row: &sqlx::sqlite::SqliteRow| -> sqlx::Result<Waiting> {
        let tags: Vec<String> = serde_json::from_str(row.try_get("tags")?).unwrap_or_default();
        let own: Option<String> = row.try_get("observation_scopes")?;
        let own: Option<Value> = own.and_then(|own| serde_json::from_str(&own).ok());
        let wanted = own.filter(|own| !own.is_null()).unwrap_or_else(|| default.clone());
        Ok(Waiting {
            no: row.try_get("no")?,
            id: row.try_get("id")?,
            text: row.try_get("text")?,
            occurred_start: row.try_get("occurred_start")?,
            mentioned_at: row.try_get("mentioned_at")?,
            document: row.try_get("document")?,
            scopes: scopes(&tags, &wanted),
        })
    };
    rows.iter().map(read).collect::<sqlx::Result<_>>().map_err(during(action))
}

/// How many wait.
pub(super) async fn count<'e>(db: impl sqlx::SqliteExecutor<'e>, bank: i64) -> Result<i64> {
    sqlx::query_scalar(AssertSqlSafe(format!("SELECT count(*) FROM unit u WHERE u.bank = ?1 AND {WAITS}")))
        .bind(bank)
        .fetch_one(db)
        .await
        .map_err(during("count facts to consolidate"))
}

//! Observations: what consolidation makes of facts, and what becomes of it when facts change.
//!
//! `consolidate` is the operation: `waiting` facts, their `scope`s, the `related` observations, a question
//! (`prompt`), a `plan` made of the answer, and `apply`, which writes it. Clearing is in `clear`.

mod apply;
pub(crate) mod clear;
mod consolidate;
mod plan;
pub(crate) mod prompt;
mod related;
mod scope;
#[cfg(test)]
mod tests;
mod waiting;

pub(crate) use consolidate::consolidate;

use crate::bank::Bank;
use crate::curate::history;
use crate::db::Write;
use crate::engine::Engine;
use crate::error::{Result, during};
use crate::time::now_ms;
use crate::work::queue::{self, NewOperation};
use serde_json::{Value, json};
use sqlx::AssertSqlSafe;

/// So many facts are worth a run; it begins when nothing was retained for this long. Fewer wait for longer:
/// a model asked for each single fact costs eight times as much.
const ENOUGH: i64 = 8;
const IDLE_MS: i64 = 30_000;
const IDLE_WITH_FEW_MS: i64 = 300_000;

/// Call it before these facts are removed, changed or hidden. An observation that rests on nothing else goes;
/// one that still has sources loses these, and its other facts are consolidated anew. Answers the ids of
/// those that went.
pub(crate) async fn sources_gone(write: &mut Write<'_>, bank: i64, units: &[i64]) -> Result<Vec<String>> {
    let action = "detach observations from facts";
    let mut gone_ids = Vec::new();
    for batch in units.chunks(400) {
        let list = batch.iter().map(i64::to_string).collect::<Vec<_>>().join(",");
        let derived: Vec<i64> = sqlx::query_scalar(AssertSqlSafe(format!(
            "SELECT DISTINCT observation FROM source WHERE unit IN ({list})"
        )))
        .fetch_all(write.sql())
        .await
        .map_err(during(action))?;
        if derived.is_empty() {
            continue;
        }
        sqlx::query(AssertSqlSafe(format!("DELETE FROM source WHERE unit IN ({list})")))
            .execute(write.sql())
            .await
            .map_err(during(action))?;
        let derived = derived.iter().map(i64::to_string).collect::<Vec<_>>().join(",");
        let gone: Vec<(i64, String)> = sqlx::query_as(AssertSqlSafe(format!(
            "SELECT no, id FROM unit WHERE no IN ({derived}) \
             AND NOT EXISTS (SELECT 1 FROM source s WHERE s.observation = unit.no)"
        )))
        .fetch_all(write.sql())
        .await
        .map_err(during(action))?;
        let numbers: Vec<i64> = gone.iter().map(|(no, _)| *no).collect();
        history::keep_removed(write, &numbers).await?;
        write.remove_units(bank, &numbers).await?;
        gone_ids.extend(gone.into_iter().map(|(_, id)| id));
        let kept: Vec<i64> = sqlx::query_scalar(AssertSqlSafe(format!(
            "UPDATE unit SET proof = (SELECT count(*) FROM source s WHERE s.observation = unit.no), updated_at = ?1 \
             WHERE no IN ({derived}) RETURNING no"
        )))
        .bind(now_ms())
        .fetch_all(write.sql())
        .await
        .map_err(during(action))?;
        for observation in kept {
            write.touch(bank, observation);
        }
        sqlx::query(AssertSqlSafe(format!(
            "UPDATE unit SET consolidated_at = NULL WHERE no IN \
             (SELECT unit FROM source WHERE observation IN ({derived}))"
        )))
        .execute(write.sql())
        .await
        .map_err(during(action))?;
    }
    Ok(gone_ids)
}

/// Puts a consolidation in when the bank consolidates by itself, or puts off the one that waits: it begins when
/// nothing was retained for a while. Callers do so only while there is a model: nothing else consolidates.
pub(crate) async fn queue_consolidation(engine: &Engine, write: &mut Write<'_>, bank: &Bank) -> Result<()> {
    if !bank.config.on("enable_observations") || !bank.config.on("enable_auto_consolidation") {
        return Ok(());
    }
    let idle = match engine.consolidates_after() {
        Some(idle) => i64::try_from(idle.as_millis()).unwrap_or(IDLE_WITH_FEW_MS),
        None if waiting::count(&mut *write.sql(), bank.no).await? >= ENOUGH => IDLE_MS,
        None => IDLE_WITH_FEW_MS,
    };
    let waits = sqlx::query(
        "UPDATE operation SET run_after = ?2 WHERE bank = ?1 AND kind = 'consolidation' AND state = 'pending' \
         AND payload = '{}' AND run_after > 0 AND error IS NULL",
    )
    .bind(bank.no)
    .bind(now_ms() + idle)
    .execute(write.sql())
    .await
    .map_err(during("queue a consolidation"))?
    .rows_affected();
    if waits == 0 && pending(write, bank.no).await?.is_none() {
        put(write, bank, json!({}), now_ms() + idle).await?;
    }
    Ok(())
}

/// Puts a consolidation in that begins at once, of all facts or of those within some scopes. Its id, and whether one
/// was waiting already.
pub(crate) async fn consolidate_now(
    write: &mut Write<'_>,
    bank: &Bank,
    scopes: Option<Vec<Vec<String>>>,
) -> Result<(String, bool)> {
    let Some(waiting) = pending(write, bank.no).await? else {
        let payload = scopes.map_or(json!({}), |scopes| json!({"observation_scopes": scopes}));
        return Ok((put(write, bank, payload, 0).await?.to_string(), false));
    };
    // It may have been asked for other scopes: all does what both want.
    sqlx::query("UPDATE operation SET run_after = 0, payload = '{}' WHERE id = ?1")
        .bind(&waiting)
        .execute(write.sql())
        .await
        .map_err(during("queue a consolidation"))?;
    Ok((waiting, true))
}

/// Forgets that consolidation failed with facts of this bank. How many there were.
pub(crate) async fn recover(write: &mut Write<'_>, bank: &Bank) -> Result<u64> {
    let retried = sqlx::query(
        "UPDATE unit SET consolidation_failed_at = NULL WHERE bank = ?1 AND consolidation_failed_at IS NOT NULL",
    )
    .bind(bank.no)
    .execute(write.sql())
    .await
    .map_err(during("take up facts that failed"))?;
    Ok(retried.rows_affected())
}

async fn pending(write: &mut Write<'_>, bank: i64) -> Result<Option<String>> {
    sqlx::query_scalar(
        "SELECT id FROM operation WHERE bank = ?1 AND kind = 'consolidation' AND state = 'pending' LIMIT 1",
    )
    .bind(bank)
    .fetch_optional(write.sql())
    .await
    .map_err(during("look for a consolidation"))
}

async fn put(write: &mut Write<'_>, bank: &Bank, payload: Value, run_after: i64) -> Result<uuid::Uuid> {
    queue::put(
        write,
        bank,
        &NewOperation { kind: "consolidation", payload, run_after, ..NewOperation::default() },
    )
    .await
}

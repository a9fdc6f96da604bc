//! Observations: what consolidation makes of facts, and what becomes of it when facts change.

use crate::bank::Bank;
use crate::db::Write;
use crate::error::{Result, during};
use crate::time::now_ms;
use crate::work::queue::{self, NewOperation};
use sqlx::AssertSqlSafe;

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

/// Puts a consolidation in when the bank consolidates by itself and none is waiting. Callers do so only while
/// there is a model: nothing else consolidates.
pub(crate) async fn queue_consolidation(write: &mut Write<'_>, bank: &Bank) -> Result<()> {
    if !bank.config.on("enable_observations") || !bank.config.on("enable_auto_consolidation") {
        return Ok(());
    }
    let waiting: i64 = sqlx::query_scalar(
        "SELECT count(*) FROM operation WHERE bank = ?1 AND kind = 'consolidation' AND state = 'pending'",
    )
    .bind(bank.no)
    .fetch_one(write.sql())
    .await
    .map_err(during("queue a consolidation"))?;
    if waiting == 0 {
        queue::put(write, bank, &NewOperation { kind: "consolidation", ..NewOperation::default() }).await?;
    }
    Ok(())
}

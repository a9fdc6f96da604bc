//! The table of operations: how one is put in, claimed, reported on and ended.

use crate::bank::{self, Bank};
use crate::db::Write;
use crate::engine::Engine;
use crate::error::{EngineError, Result, during};
use crate::time::{iso, now_ms};
use serde_json::{Value, json};
use sqlx::{AssertSqlSafe, Row as _};
use uuid::Uuid;

/// An operation to put in.
#[derive(Clone, Debug, Default)]
pub(crate) struct NewOperation {
    /// The caller's own id, for asking twice and doing once.
    pub(crate) id: Option<Uuid>,
    pub(crate) kind: &'static str,
    pub(crate) items: i64,
    pub(crate) document_id: Option<String>,
    pub(crate) mental_model_id: Option<String>,
    pub(crate) payload: Value,
    /// A parent is never claimed: it ends with its children.
    pub(crate) parent: Option<Uuid>,
    pub(crate) idx: i64,
    /// Not before this time.
    pub(crate) run_after: i64,
}

/// A claimed operation.
#[derive(Debug)]
pub(crate) struct Operation {
    pub(crate) id: String,
    pub(crate) bank: Bank,
    pub(crate) kind: String,
    pub(crate) payload: Value,
    pub(crate) attempts: i64,
}

/// What there is to do.
#[derive(Debug)]
pub(crate) enum Claimed {
    Operation(Box<Operation>),
    /// Nothing now; the time of the next one that waits.
    Nothing {
        next_at: Option<i64>,
    },
}

/// How an operation ended.
#[derive(Debug)]
pub(crate) enum End {
    Done(Value),
    Failed(String),
    Cancelled,
    /// The engine stopped: from the beginning at the next start.
    PutBack,
    /// Tried again later; `counts` as one of its tries.
    Wait {
        until: i64,
        error: String,
        counts: bool,
    },
}

/// Puts an operation in. Its id.
pub(crate) async fn put(write: &mut Write<'_>, bank: &Bank, new: &NewOperation) -> Result<Uuid> {
    let id = new.id.unwrap_or_else(Uuid::new_v4);
    let now = now_ms();
    sqlx::query(
        "INSERT INTO operation (id, bank, kind, state, parent, idx, items, document_id, mental_model_id, payload, \
         run_after, created_at, updated_at) VALUES (?1,?2,?3,'pending',?4,?5,?6,?7,?8,?9,?10,?11,?11)",
    )
    .bind(id.to_string())
    .bind(bank.no)
    .bind(new.kind)
    .bind(new.parent.map(|parent| parent.to_string()))
    .bind(new.idx)
    .bind(new.items)
    .bind(&new.document_id)
    .bind(&new.mental_model_id)
    .bind(new.payload.to_string())
    .bind(new.run_after)
    .bind(now)
    .execute(write.sql())
    .await
    .map_err(during("put in an operation"))?;
    Ok(id)
}

/// What waits for the worker. A bank is consolidated by one operation at a time: two would both take up what waits.
const WAITING: &str = "o.state = 'pending' AND o.kind <> 'batch_retain' AND NOT (o.kind = 'consolidation' AND EXISTS \
                       (SELECT 1 FROM operation p WHERE p.bank = o.bank AND p.kind = 'consolidation' AND p.state = 'processing'))";

/// Takes the oldest operation that may run now and marks it as processing.
pub(crate) async fn claim(engine: &Engine) -> Result<Claimed> {
    let action = "look for operations";
    // Looked up without the write lock first: most wake-ups find nothing.
    let oldest = format!(
        "SELECT o.id FROM operation o WHERE {WAITING} AND o.run_after <= ?1 ORDER BY o.created_at, o.idx LIMIT 1"
    );
    let now = now_ms();
    let found: Option<String> = sqlx::query_scalar(AssertSqlSafe(oldest.clone()))
        .bind(now)
        .fetch_optional(engine.read())
        .await
        .map_err(during(action))?;
    if found.is_none() {
        let next_at = sqlx::query_scalar(AssertSqlSafe(format!(
            "SELECT min(o.run_after) FROM operation o WHERE {WAITING}"
        )))
        .fetch_one(engine.read())
        .await
        .map_err(during(action))?;
        return Ok(Claimed::Nothing { next_at });
    }
    let mut write = engine.write().await?;
    let row = sqlx::query(AssertSqlSafe(format!(
        "UPDATE operation SET state = 'processing', updated_at = ?1 WHERE id = ({oldest}) \
         RETURNING id, kind, payload, attempts, (SELECT b.id FROM bank b WHERE b.no = operation.bank) AS bank"
    )))
    .bind(now)
    .fetch_optional(write.sql())
    .await
    .map_err(during(action))?;
    let Some(row) = row else { return Ok(Claimed::Nothing { next_at: Some(now) }) };
    let read = || -> sqlx::Result<(String, String, String, i64, String)> {
        Ok((
            row.try_get("id")?,
            row.try_get("kind")?,
            row.try_get("payload")?,
            row.try_get("attempts")?,
            row.try_get("bank")?,
        ))
    };
    let (id, kind, payload, attempts, bank) = read().map_err(during(action))?;
    let bank =
        bank::look(write.sql(), &bank).await?.ok_or_else(|| EngineError::not_found("the bank is gone"))?;
    write.commit().await?;
    let payload = serde_json::from_str(&payload).unwrap_or_default();
    Ok(Claimed::Operation(Box::new(Operation { id, bank, kind, payload, attempts })))
}

/// Marks what was half done by an earlier run as pending again.
pub(super) async fn put_back(engine: &Engine) -> Result<()> {
    let mut write = engine.write().await?;
    sqlx::query("UPDATE operation SET state = 'pending', run_after = 0 WHERE state = 'processing' AND kind <> 'batch_retain'")
        .execute(write.sql())
        .await
        .map_err(during("take up operations"))?;
    write.commit().await
}

/// Lets operations that wait for another try run now: what they waited for may be there.
pub(crate) async fn wait_no_longer(engine: &Engine) -> Result<()> {
    let mut write = engine.write().await?;
    sqlx::query("UPDATE operation SET run_after = 0 WHERE state = 'pending' AND error IS NOT NULL")
        .execute(write.sql())
        .await
        .map_err(during("let operations run"))?;
    write.commit().await
}

/// Writes how far an operation is.
pub(super) async fn set_progress(
    engine: &Engine,
    id: &str,
    stage: &str,
    processed: usize,
    total: usize,
) -> Result<()> {
    let now = now_ms();
    let progress =
        json!({"stage": stage, "at": iso(now), "processed": processed, "total": total, "detail": {}});
    let mut write = engine.write().await?;
    sqlx::query("UPDATE operation SET progress = ?2, updated_at = ?3 WHERE id = ?1")
        .bind(id)
        .bind(progress.to_string())
        .bind(now)
        .execute(write.sql())
        .await
        .map_err(during("write an operation's progress"))?;
    write.commit().await
}

/// Keeps an operation's result in the transaction of its last step, so that a death before [`end`] does not make it
/// begin anew. The room looks for it with [`done`] first.
pub(crate) async fn note_done(write: &mut Write<'_>, id: &str, result: &Value) -> Result<()> {
    sqlx::query("UPDATE operation SET payload = json_set(payload, '$.done', json(?2)) WHERE id = ?1")
        .bind(id)
        .bind(result.to_string())
        .execute(write.sql())
        .await
        .map_err(during("note that an operation is done"))?;
    Ok(())
}

/// The result of an operation whose last step an earlier run did.
pub(crate) fn done(payload: &Value) -> Option<Value> {
    payload.get("done").cloned()
}

/// Writes how an operation ended, and with the last child how its parent did.
pub(super) async fn end(engine: &Engine, id: &str, end: End) -> Result<()> {
    let now = now_ms();
    let (state, run_after, error, result, counts, completed) = match end {
        End::Done(result) => ("completed", 0, None, Some(result.to_string()), false, Some(now)),
        End::Failed(error) => ("failed", 0, Some(error), None, true, Some(now)),
        End::Cancelled => ("cancelled", 0, None, None, false, Some(now)),
        End::PutBack => ("pending", 0, None, None, false, None),
        End::Wait { until, error, counts } => ("pending", until, Some(error), None, counts, None),
    };
    let mut write = engine.write().await?;
    let parent: Option<Option<String>> = sqlx::query_scalar(
        "UPDATE operation SET state = ?2, run_after = ?3, error = ?4, result = coalesce(?5, result), \
         attempts = attempts + ?6, completed_at = ?7, updated_at = ?8 WHERE id = ?1 AND state = 'processing' RETURNING parent",
    )
    .bind(id)
    .bind(state)
    .bind(run_after)
    .bind(error)
    .bind(result)
    .bind(i64::from(counts))
    .bind(completed)
    .bind(now)
    .fetch_optional(write.sql())
    .await
    .map_err(during("end an operation"))?;
    if let Some(Some(parent)) = parent {
        settle_parent(&mut write, &parent).await?;
    }
    write.commit().await
}

/// A parent is done when all its children are, failed when one failed and none is open, cancelled when one is.
pub(crate) async fn settle_parent(write: &mut Write<'_>, parent: &str) -> Result<()> {
    sqlx::query(
        "UPDATE operation SET updated_at = ?2, \
         state = CASE WHEN c.open > 0 THEN CASE WHEN c.begun > 0 THEN 'processing' ELSE 'pending' END \
                      WHEN c.failed > 0 THEN 'failed' WHEN c.cancelled > 0 THEN 'cancelled' ELSE 'completed' END, \
         error = c.error, completed_at = CASE WHEN c.open > 0 THEN NULL ELSE ?2 END \
         FROM (SELECT sum(state IN ('pending', 'processing')) AS open, sum(state NOT IN ('pending')) AS begun, \
               sum(state = 'failed') AS failed, sum(state = 'cancelled') AS cancelled, max(error) AS error \
               FROM operation WHERE parent = ?1) AS c WHERE operation.id = ?1",
    )
    .bind(parent)
    .bind(now_ms())
    .execute(write.sql())
    .await
    .map_err(during("end a parent operation"))?;
    Ok(())
}

//! Cancelling, retrying and forgetting operations.

use super::queue::settle_parent;
use crate::bank::Bank;
use crate::db::Write;
use crate::engine::Engine;
use crate::error::{EngineError, Result, during};
use crate::time::now_ms;
use uuid::Uuid;

/// State, kind and parent of an operation.
///
/// # Errors
/// 404 in the API's words.
async fn find(write: &mut Write<'_>, bank: &Bank, id: Uuid) -> Result<(String, String, Option<String>)> {
    sqlx::query_as("SELECT state, kind, parent FROM operation WHERE bank = ?1 AND id = ?2")
        .bind(bank.no)
        .bind(id.to_string())
        .fetch_optional(write.sql())
        .await
        .map_err(during("find an operation"))?
        .ok_or_else(|| EngineError::not_found(format!("Operation {id} not found for bank {}", bank.id)))
}

/// Stops an operation, a parent with its open children. What was committed stays.
///
/// # Errors
/// 409 when it has ended; 404.
pub(crate) async fn cancel(engine: &Engine, bank: &Bank, id: Uuid) -> Result<()> {
    let mut write = engine.write().await?;
    let (state, _, parent) = find(&mut write, bank, id).await?;
    if !matches!(state.as_str(), "pending" | "processing") {
        return Err(EngineError::conflict(format!(
            "Operation {id} cannot be cancelled: status is '{state}', only 'pending' and 'processing' \
             operations can be cancelled"
        )));
    }
    let stopped: Vec<String> = sqlx::query_scalar(
        "UPDATE operation SET state = 'cancelled', completed_at = ?2, updated_at = ?2 \
         WHERE (id = ?1 OR parent = ?1) AND state IN ('pending', 'processing') RETURNING id",
    )
    .bind(id.to_string())
    .bind(now_ms())
    .fetch_all(write.sql())
    .await
    .map_err(during("cancel an operation"))?;
    if let Some(parent) = parent {
        settle_parent(&mut write, &parent).await?;
    }
    write.commit().await?;
    stopped.iter().for_each(|id| engine.worker().cancel(id));
    Ok(())
}

/// Does an operation again that failed or was cancelled; of a parent, the children that did.
///
/// # Errors
/// 409 when there is nothing to do again; 404.
pub(crate) async fn retry(engine: &Engine, bank: &Bank, id: Uuid) -> Result<()> {
    let action = "retry an operation";
    let mut write = engine.write().await?;
    let (state, kind, parent) = find(&mut write, bank, id).await?;
    let again = "UPDATE operation SET state = 'pending', attempts = 0, run_after = 0, error = NULL, \
                 completed_at = NULL, updated_at = ?2 WHERE state IN ('failed', 'cancelled') AND ";
    let which = if kind == "batch_retain" { "parent = ?1" } else { "id = ?1" };
    let done = sqlx::query(sqlx::AssertSqlSafe(format!("{again}{which}")))
        .bind(id.to_string())
        .bind(now_ms())
        .execute(write.sql())
        .await
        .map_err(during(action))?;
    if done.rows_affected() == 0 {
        return Err(EngineError::conflict(if kind == "batch_retain" {
            format!(
                "Operation {id} is a batch_retain parent with no incomplete sub-batches to retry (its children \
                 have all completed, or it has none). Resubmit the source documents to re-ingest them, then \
                 delete this record via DELETE /operations/{id}/delete."
            )
        } else {
            format!(
                "Operation {id} cannot be retried: status is '{state}', only 'failed' and 'cancelled' \
                 operations can be retried"
            )
        }));
    }
    let parent = if kind == "batch_retain" { Some(id.to_string()) } else { parent };
    if let Some(parent) = parent {
        settle_parent(&mut write, &parent).await?;
    }
    write.commit().await?;
    engine.worker().wake();
    Ok(())
}

/// Forgets an operation, a parent with its children. One that runs is stopped.
///
/// # Errors
/// 404.
pub(crate) async fn forget(engine: &Engine, bank: &Bank, id: Uuid) -> Result<()> {
    let action = "forget an operation";
    let mut write = engine.write().await?;
    let (_, _, parent) = find(&mut write, bank, id).await?;
    let running: Vec<String> = sqlx::query_scalar(
        "SELECT id FROM operation WHERE (id = ?1 OR parent = ?1) AND state = 'processing'",
    )
    .bind(id.to_string())
    .fetch_all(write.sql())
    .await
    .map_err(during(action))?;
    sqlx::query("DELETE FROM operation WHERE id = ?1")
        .bind(id.to_string())
        .execute(write.sql())
        .await
        .map_err(during(action))?;
    if let Some(parent) = parent {
        settle_parent(&mut write, &parent).await?;
    }
    write.commit().await?;
    running.iter().for_each(|id| engine.worker().cancel(id));
    Ok(())
}

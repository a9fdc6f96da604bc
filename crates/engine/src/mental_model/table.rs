//! The table of mental models and of their history.

use super::MentalModel;
use crate::bank::Bank;
use crate::db::Write;
use crate::error::{EngineError, Result, during};
use crate::time::iso;
use serde_json::Value;
use sqlx::sqlite::SqlitePool;
use sqlx::{AssertSqlSafe, SqliteExecutor};

/// Entries of a model's history that are kept.
const MOST_ENTRIES: i64 = 50;

/// A bank's models: those that were never refreshed, then the one refreshed last (hindsight 1.1).
pub(crate) async fn all(db: &SqlitePool, bank: &Bank) -> Result<Vec<MentalModel>> {
    let rows = sqlx::query(AssertSqlSafe(format!(
        "SELECT {} FROM mental_model WHERE bank = ?1 ORDER BY last_refreshed_at DESC NULLS FIRST, id DESC",
        MentalModel::COLUMNS
    )))
    .bind(bank.no)
    .fetch_all(db)
    .await
    .map_err(during("list mental models"))?;
    rows.iter().map(MentalModel::read).collect::<sqlx::Result<_>>().map_err(during("list mental models"))
}

/// Whether a bank has any.
pub(crate) async fn any(db: &SqlitePool, bank: &Bank) -> Result<bool> {
    sqlx::query_scalar("SELECT EXISTS (SELECT 1 FROM mental_model WHERE bank = ?1)")
        .bind(bank.no)
        .fetch_one(db)
        .await
        .map_err(during("look for mental models"))
}

/// One model.
///
/// # Errors
/// 404 in the API's words.
pub(crate) async fn find<'e>(db: impl SqliteExecutor<'e>, bank: &Bank, id: &str) -> Result<MentalModel> {
    let row = sqlx::query(AssertSqlSafe(format!(
        "SELECT {} FROM mental_model WHERE bank = ?1 AND id = ?2",
        MentalModel::COLUMNS
    )))
    .bind(bank.no)
    .bind(id)
    .fetch_optional(db)
    .await
    .map_err(during("read a mental model"))?;
    let row = row.ok_or_else(|| unknown(id))?;
    MentalModel::read(&row).map_err(during("read a mental model"))
}

fn unknown(id: &str) -> EngineError {
    EngineError::not_found(format!("Mental model '{id}' not found"))
}

/// Writes a new model.
///
/// # Errors
/// 409 when the bank has one with this id.
pub(crate) async fn insert(write: &mut Write<'_>, bank: &Bank, model: &MentalModel) -> Result<()> {
    let made = sqlx::query(
        "INSERT INTO mental_model (bank, id, name, source_query, created_at, updated_at) VALUES (?1,?2,?3,?4,?5,?6) \
         ON CONFLICT (bank, id) DO NOTHING",
    )
    .bind(bank.no)
    .bind(&model.id)
    .bind(&model.name)
    .bind(&model.source_query)
    .bind(model.created_at)
    .bind(model.updated_at)
    .execute(write.sql())
    .await
    .map_err(during("write a mental model"))?;
    if made.rows_affected() == 0 {
        return Err(EngineError::conflict(format!(
            "Mental model '{}' already exists in bank '{}'",
            model.id, bank.id
        )));
    }
    save(write, bank, model).await
}

/// Writes a model that is there. One that went meanwhile stays gone.
pub(crate) async fn save(write: &mut Write<'_>, bank: &Bank, model: &MentalModel) -> Result<()> {
    let trigger = serde_json::to_string(&model.trigger).unwrap_or_else(|_| "{}".to_owned());
    sqlx::query(
        "UPDATE mental_model SET name = ?3, source_query = ?4, content = ?5, tags = ?6, max_tokens = ?7, \
         trigger_options = ?8, reflect_response = ?9, last_refreshed_at = ?10, last_full_refreshed_at = ?11, \
         last_memory_seen_at = ?12, last_refresh_failed_at = ?13, updated_at = ?14 WHERE bank = ?1 AND id = ?2",
    )
    .bind(bank.no)
    .bind(&model.id)
    .bind(&model.name)
    .bind(&model.source_query)
    .bind(&model.content)
    .bind(Value::from(model.tags.clone()).to_string())
    .bind(model.max_tokens)
    .bind(trigger)
    .bind(model.reflect_response.as_ref().map(Value::to_string))
    .bind(model.last_refreshed_at)
    .bind(model.last_full_refreshed_at)
    .bind(model.last_memory_seen_at)
    .bind(model.last_refresh_failed_at)
    .bind(model.updated_at)
    .execute(write.sql())
    .await
    .map_err(during("write a mental model"))?;
    Ok(())
}

/// Removes a model with its history.
///
/// # Errors
/// 404.
pub(crate) async fn remove(write: &mut Write<'_>, bank: &Bank, id: &str) -> Result<()> {
    let action = "remove a mental model";
    let gone = sqlx::query("DELETE FROM mental_model WHERE bank = ?1 AND id = ?2")
        .bind(bank.no)
        .bind(id)
        .execute(write.sql())
        .await
        .map_err(during(action))?;
    if gone.rows_affected() == 0 {
        return Err(unknown(id));
    }
    sqlx::query("DELETE FROM mental_model_history WHERE bank = ?1 AND model_id = ?2")
        .bind(bank.no)
        .bind(id)
        .execute(write.sql())
        .await
        .map_err(during(action))?;
    Ok(())
}

/// Adds an entry to a model's history and drops what is too old.
pub(super) async fn remember(
    write: &mut Write<'_>,
    bank: &Bank,
    id: &str,
    entry: &Value,
    at: i64,
) -> Result<()> {
    let action = "write the history of a mental model";
    sqlx::query("INSERT INTO mental_model_history (bank, model_id, entry, changed_at) VALUES (?1,?2,?3,?4)")
        .bind(bank.no)
        .bind(id)
        .bind(entry.to_string())
        .bind(at)
        .execute(write.sql())
        .await
        .map_err(during(action))?;
    sqlx::query(
        "DELETE FROM mental_model_history WHERE bank = ?1 AND model_id = ?2 AND no NOT IN \
         (SELECT no FROM mental_model_history WHERE bank = ?1 AND model_id = ?2 ORDER BY no DESC LIMIT ?3)",
    )
    .bind(bank.no)
    .bind(id)
    .bind(MOST_ENTRIES)
    .execute(write.sql())
    .await
    .map_err(during(action))?;
    Ok(())
}

/// A model's history as the API answers it, the newest change first.
pub(crate) async fn history(db: &SqlitePool, bank: &Bank, id: &str) -> Result<Vec<Value>> {
    find(db, bank, id).await?;
    let rows: Vec<(String, i64)> = sqlx::query_as(
        "SELECT entry, changed_at FROM mental_model_history WHERE bank = ?1 AND model_id = ?2 ORDER BY no DESC",
    )
    .bind(bank.no)
    .bind(id)
    .fetch_all(db)
    .await
    .map_err(during("read the history of a mental model"))?;
    let entry = |(entry, at): (String, i64)| {
        let mut entry: Value = serde_json::from_str(&entry).ok()?;
        entry.as_object_mut()?.insert("changed_at".to_owned(), iso(at).into());
        Some(entry)
    };
    Ok(rows.into_iter().filter_map(entry).collect())
}

//! Banks as every room needs them: found by id or alias, made when something is written to them.
//!
//! Listing, renaming, cloning and deleting banks is in `http/banks` and `listing/banks`.

use crate::config::Config;
use crate::db::Write;
use crate::error::{EngineError, Result, during};
use crate::time::now_ms;
use sqlx::sqlite::SqlitePool;
use sqlx::{Row as _, SqliteExecutor};

/// Longest id, in bytes of UTF-8 (hindsight 1.1).
const LONGEST_ID: usize = 192;

/// A bank with what it overrides.
#[derive(Clone, Debug)]
pub(crate) struct Bank {
    /// Ours alone.
    pub(crate) no: i64,
    /// The id that it was made with; an alias never stands here.
    pub(crate) id: String,
    pub(crate) name: Option<String>,
    pub(crate) config: Config,
    pub(crate) created_at: i64,
}

/// Refuses what cannot be a bank's id (hindsight 1.1: not empty, at most 192 bytes, no control characters, no
/// leading underscore; a blank may be one; a slash is the end of a path and so never found).
pub(crate) fn check_id(id: &str) -> Result<()> {
    let wrong = |why: &str| Err(EngineError::bad_request(format!("Invalid bank id: {why}")));
    match id {
        "" => wrong("it is empty"),
        id if id.contains('/') => Err(EngineError::not_found("Not Found")),
        id if id.len() > LONGEST_ID => wrong("it is longer than 192 bytes"),
        id if id.starts_with('_') => wrong("it begins with an underscore"),
        id if id.chars().any(char::is_control) => wrong("it holds control characters"),
        _ => Ok(()),
    }
}

/// The bank with this id or alias.
///
/// # Errors
/// 404 in the API's words when there is none.
pub(crate) async fn find(db: &SqlitePool, id: &str) -> Result<Bank> {
    look(db, id).await?.ok_or_else(|| EngineError::not_found(format!("Bank '{id}' not found")))
}

/// The bank with this id or alias, made when there is none.
pub(crate) async fn find_or_make(write: &mut Write<'_>, id: &str) -> Result<Bank> {
    check_id(id)?;
    if let Some(bank) = look(&mut *write.sql(), id).await? {
        return Ok(bank);
    }
    let now = now_ms();
    let no: i64 =
        sqlx::query_scalar("INSERT INTO bank (id, created_at, updated_at) VALUES (?1, ?2, ?2) RETURNING no")
            .bind(id)
            .bind(now)
            .fetch_one(write.sql())
            .await
            .map_err(during("make a bank"))?;
    write.make_keywords(no).await?;
    Ok(Bank { no, id: id.to_owned(), name: None, config: Config::default(), created_at: now })
}

/// As [`find`], with `None` when there is none.
pub(crate) async fn look<'e>(db: impl SqliteExecutor<'e>, id: &str) -> Result<Option<Bank>> {
    let action = "find a bank";
    // An id wins over an alias of the same name.
    let row = sqlx::query(
        "SELECT b.no, b.id, b.name, b.config, b.created_at, 0 AS via FROM bank b WHERE b.id = ?1 \
         UNION ALL SELECT b.no, b.id, b.name, b.config, b.created_at, 1 FROM alias a JOIN bank b ON b.no = a.bank \
         WHERE a.alias = ?1 ORDER BY via LIMIT 1",
    )
    .bind(id)
    .fetch_optional(db)
    .await
    .map_err(during(action))?;
    let Some(row) = row else { return Ok(None) };
    let read = || -> sqlx::Result<Bank> {
        Ok(Bank {
            no: row.try_get("no")?,
            id: row.try_get("id")?,
            name: row.try_get("name")?,
            config: Config::from_column(row.try_get("config")?),
            created_at: row.try_get("created_at")?,
        })
    };
    read().map(Some).map_err(during(action))
}

//! Changing what is remembered: by a person's hand, one memory at a time or all at once.
//!
//! What a text adds is `retain`, what facts become is `observation`. Called by `http`.

pub(crate) mod change;
pub(crate) mod clear;
pub(crate) mod history;

use crate::db::Write;
use crate::error::{Result, during};
use crate::time::now_ms;

/// Says that a memory of the bank was written now, for the list of banks and for `stats`.
pub(crate) async fn written(write: &mut Write<'_>, bank: i64) -> Result<()> {
    sqlx::query("UPDATE bank SET last_write_at = ?2 WHERE no = ?1")
        .bind(bank)
        .bind(now_ms())
        .execute(write.sql())
        .await
        .map_err(during("write when a bank was written"))?;
    Ok(())
}

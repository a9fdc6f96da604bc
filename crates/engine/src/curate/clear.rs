//! Deleting much at once: a bank, or its memories of one type or all.

use crate::bank::Bank;
use crate::engine::Engine;
use crate::error::{Result, during};
use rearview_domain::fault;

/// Deletes a bank with everything in it. How many memories, documents and entities went.
pub(crate) async fn bank(engine: &Engine, bank: &Bank) -> Result<i64> {
    let action = "delete a bank";
    let mut write = engine.write().await?;
    let counted: i64 = sqlx::query_scalar(
        "SELECT (SELECT count(*) FROM unit WHERE bank = ?1) + (SELECT count(*) FROM document WHERE bank = ?1) \
         + (SELECT count(*) FROM entity WHERE bank = ?1)",
    )
    .bind(bank.no)
    .fetch_one(write.sql())
    .await
    .map_err(during(action))?;
    sqlx::query("DELETE FROM bank WHERE no = ?1")
        .bind(bank.no)
        .execute(write.sql())
        .await
        .map_err(during(action))?;
    write.drop_bank(bank.no).await?;
    fault::point("engine.curate.delete_bank");
    write.commit().await?;
    Ok(counted)
}

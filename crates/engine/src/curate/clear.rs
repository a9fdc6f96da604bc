//! Deleting much at once: a bank, its memories of one type or all, what was derived from one fact.

use super::{history, written};
use crate::bank::Bank;
use crate::engine::Engine;
use crate::error::{Result, during};
use crate::observation;
use crate::unit::Kind;
use rearview_domain::fault;
use uuid::Uuid;

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

/// Deletes all memories with their documents, chunks and entities; the bank and its configuration stay. How
/// many memories went.
pub(crate) async fn everything(engine: &Engine, bank: &Bank) -> Result<i64> {
    let mut write = engine.write().await?;
    let deleted: i64 = sqlx::query_scalar("SELECT count(*) FROM unit WHERE bank = ?1")
        .bind(bank.no)
        .fetch_one(write.sql())
        .await
        .map_err(during("count memories"))?;
    for sql in [
        "DELETE FROM unit WHERE bank = ?1",
        "DELETE FROM document WHERE bank = ?1",
        "DELETE FROM entity WHERE bank = ?1",
        "DELETE FROM history WHERE bank = ?1",
        "DELETE FROM document_event WHERE bank = ?1",
        "UPDATE bank SET last_document_at = NULL WHERE no = ?1",
    ] {
        sqlx::query(sql).bind(bank.no).execute(write.sql()).await.map_err(during("delete all memories"))?;
    }
    // An empty index is made faster than a full one is emptied row by row.
    write.drop_bank(bank.no).await?;
    write.make_keywords(bank.no).await?;
    written(&mut write, bank.no).await?;
    fault::point("engine.curate.delete_all");
    write.commit().await?;
    Ok(deleted)
}

/// Deletes the memories of one type. How many went; observations that went with their facts are not counted.
pub(crate) async fn of_kind(engine: &Engine, bank: &Bank, kind: Kind) -> Result<usize> {
    let action = "delete memories";
    let mut write = engine.write().await?;
    let of_kind: Vec<(i64, String)> = sqlx::query_as("SELECT no, id FROM unit WHERE bank = ?1 AND kind = ?2")
        .bind(bank.no)
        .bind(kind as i64)
        .fetch_all(write.sql())
        .await
        .map_err(during(action))?;
    let (units, mut ids): (Vec<i64>, Vec<String>) = of_kind.into_iter().unzip();
    if units.is_empty() {
        return Ok(0);
    }
    if kind == Kind::Observation {
        sqlx::query("UPDATE unit SET consolidated_at = NULL WHERE bank = ?1 AND kind < 3")
            .bind(bank.no)
            .execute(write.sql())
            .await
            .map_err(during(action))?;
    } else {
        ids.extend(observation::sources_gone(&mut write, bank.no, &units).await?);
    }
    write.remove_units(bank.no, &units).await?;
    history::forget(&mut write, bank.no, &ids).await?;
    written(&mut write, bank.no).await?;
    fault::point("engine.curate.delete_kind");
    write.commit().await?;
    Ok(units.len())
}

/// Deletes the observations that rest on a fact; it and their other facts are consolidated anew. How many went.
pub(crate) async fn derived(engine: &Engine, bank: &Bank, fact: Uuid) -> Result<usize> {
    let action = "delete a memory's observations";
    let unit = crate::listing::memory::fields(engine.read(), bank, fact).await?.no;
    let mut write = engine.write().await?;
    let derived: Vec<i64> = sqlx::query_scalar("SELECT observation FROM source WHERE unit = ?1")
        .bind(unit)
        .fetch_all(write.sql())
        .await
        .map_err(during(action))?;
    sqlx::query(
        "UPDATE unit SET consolidated_at = NULL, consolidation_failed_at = NULL WHERE no = ?1 OR no IN \
         (SELECT s.unit FROM source s WHERE s.observation IN (SELECT observation FROM source WHERE unit = ?1))",
    )
    .bind(unit)
    .execute(write.sql())
    .await
    .map_err(during(action))?;
    history::keep_removed(&mut write, &derived).await?;
    write.remove_units(bank.no, &derived).await?;
    if !derived.is_empty() {
        written(&mut write, bank.no).await?;
    }
    let consolidates = engine.synthesis().is_some();
    if consolidates {
        observation::queue_consolidation(engine, &mut write, bank).await?;
    }
    write.commit().await?;
    if consolidates {
        engine.worker().wake();
    }
    Ok(derived.len())
}

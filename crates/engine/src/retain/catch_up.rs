//! What an earlier run or a missing encoder left undone: memories without vector, texts that nobody read.
//!
//! Begun once per start by `work`. Encoding is the operation `vector_index_maintenance`, one per bank.

use super::jobs;
use crate::engine::{Engine, Status};
use crate::error::{Result, during};
use crate::synthesis::SynthesisError;
use crate::unit::encoded_text;
use crate::work::Job;
use crate::work::queue::{self, NewOperation};
use crate::{bank, time};
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

/// Memories encoded in one call and one transaction.
const BATCH: i64 = 64;

/// Puts in what is left to do, as soon as it can be done.
pub(crate) async fn begin(engine: Engine, stop: CancellationToken) {
    if let Err(error) = jobs::take_up(&engine).await {
        tracing::warn!(%error, "could not look for texts that were not read");
    }
    tokio::select! {
        () = engine.vectors().settled() => {}
        () = stop.cancelled() => return,
    }
    if engine.status() == Status::Ready
        && let Err(error) = queue_encoding(&engine).await
    {
        tracing::warn!(%error, "could not look for memories without vectors");
    }
}

/// One operation for each bank with memories that have no vector, or one of another model.
async fn queue_encoding(engine: &Engine) -> Result<()> {
    let action = "look for memories without vectors";
    let banks: Vec<String> = sqlx::query_scalar(
        "SELECT b.id FROM bank b WHERE (b.embed_model IS NOT NULL AND b.embed_model <> ?1 \
         OR EXISTS (SELECT 1 FROM unit u LEFT JOIN vector v ON v.unit = u.no WHERE u.bank = b.no AND v.unit IS NULL)) \
         AND NOT EXISTS (SELECT 1 FROM operation o WHERE o.bank = b.no AND o.kind = 'vector_index_maintenance' \
         AND o.state IN ('pending', 'processing'))",
    )
    .bind(engine.vectors().model())
    .fetch_all(engine.read())
    .await
    .map_err(during(action))?;
    for id in banks {
        let mut write = engine.write().await?;
        if let Some(bank) = bank::look(write.sql(), &id).await? {
            let encoding = NewOperation { kind: "vector_index_maintenance", ..NewOperation::default() };
            queue::put(&mut write, &bank, &encoding).await?;
        }
        write.commit().await?;
    }
    engine.worker().wake();
    Ok(())
}

/// The operation: encodes until none is left. Vectors of another model go first.
pub(crate) async fn encode(job: &Job) -> Result<Value> {
    let (engine, bank) = (&job.engine, &job.bank);
    drop_foreign(engine, bank.no).await?;
    let waiting: i64 = sqlx::query_scalar(
        "SELECT count(*) FROM unit u LEFT JOIN vector v ON v.unit = u.no WHERE u.bank = ?1 AND v.unit IS NULL",
    )
    .bind(bank.no)
    .fetch_one(engine.read())
    .await
    .map_err(during("count memories without vectors"))?;
    let total = usize::try_from(waiting).unwrap_or(0);
    let (mut done, mut after) = (0, 0);
    loop {
        job.progress("encoding", done, total).await?;
        type Row = (i64, String, Option<i64>, Option<i64>, Option<String>);
        let rows: Vec<Row> = sqlx::query_as(
            "SELECT u.no, u.text, u.occurred_start, u.occurred_end, (SELECT group_concat(e.name, char(10)) \
             FROM unit_entity ue JOIN entity e ON e.no = ue.entity WHERE ue.unit = u.no) \
             FROM unit u LEFT JOIN vector v ON v.unit = u.no \
             WHERE u.bank = ?1 AND v.unit IS NULL AND u.no > ?2 ORDER BY u.no LIMIT ?3",
        )
        .bind(bank.no)
        .bind(after)
        .bind(BATCH)
        .fetch_all(engine.read())
        .await
        .map_err(during("read memories without vectors"))?;
        let Some((last, ..)) = rows.last() else { return Ok(json!({"items_count": done})) };
        after = *last;
        let texts = rows.iter().map(|(_, text, start, end, names)| {
            let names: Vec<String> =
                names.iter().flat_map(|names| names.lines()).map(str::to_owned).collect();
            encoded_text(text, *start, *end, &names)
        });
        let Some(vectors) = engine.vectors().texts(texts.collect()).await else {
            let message = "the encoder is not there".to_owned();
            return Err(SynthesisError::Unavailable { message, retry_after_ms: None }.into());
        };
        let mut write = engine.write().await?;
        for ((no, text, ..), vector) in rows.iter().zip(vectors) {
            // Removed or reworded meanwhile.
            let same: Option<i64> = sqlx::query_scalar("SELECT 1 FROM unit WHERE no = ?1 AND text = ?2")
                .bind(no)
                .bind(text)
                .fetch_optional(write.sql())
                .await
                .map_err(during("read a memory"))?;
            if same.is_some() {
                write.set_vector(*no, &vector).await?;
                write.touch(bank.no, *no);
                done += 1;
            }
        }
        super::note_model(&mut write, engine, bank).await?;
        write.commit().await?;
    }
}

/// Removes a bank's vectors when another model made them.
async fn drop_foreign(engine: &Engine, bank: i64) -> Result<()> {
    let action = "remove vectors of another model";
    let mut write = engine.write().await?;
    let foreign = sqlx::query(
        "UPDATE bank SET embed_model = NULL, updated_at = ?3 WHERE no = ?1 AND embed_model <> ?2",
    )
    .bind(bank)
    .bind(engine.vectors().model())
    .bind(time::now_ms())
    .execute(write.sql())
    .await
    .map_err(during(action))?;
    if foreign.rows_affected() == 0 {
        return Ok(());
    }
    let units: Vec<i64> = sqlx::query_scalar(
        "DELETE FROM vector WHERE unit IN (SELECT no FROM unit WHERE bank = ?1) RETURNING unit",
    )
    .bind(bank)
    .fetch_all(write.sql())
    .await
    .map_err(during(action))?;
    units.into_iter().for_each(|unit| write.touch(bank, unit));
    write.commit().await
}

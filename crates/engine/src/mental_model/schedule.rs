//! Refreshes that begin by themselves: after a consolidation, or when a cron expression comes due.
//!
//! A model that nothing new happened to is left alone, and so is one whose last refresh failed: the same prompt
//! would fail again and cost again (hindsight 1.1). Without a language model nothing begins by itself.

use super::cron::Cron;
use super::refresh::KIND;
use super::trigger::Mode;
use super::{MentalModel, Newest, table};
use crate::bank::{self, Bank};
use crate::engine::Engine;
use crate::error::{Result, during};
use crate::time::now_ms;
use crate::work::queue::{self, NewOperation};
use serde_json::json;
use std::time::Duration;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

/// How often cron expressions are looked at: their unit.
const TICK: Duration = Duration::from_secs(60);

/// Puts in a refresh. The caller commits and wakes the worker.
pub(crate) async fn put_refresh(
    write: &mut crate::db::Write<'_>,
    bank: &Bank,
    model: &str,
    mode: Option<Mode>,
    run_after: i64,
) -> Result<Uuid> {
    let new = NewOperation {
        kind: KIND,
        items: 1,
        mental_model_id: Some(model.to_owned()),
        payload: json!({"mental_model_id": model, "mode": mode.map(Mode::word)}),
        run_after,
        ..NewOperation::default()
    };
    queue::put(write, bank, &new).await
}

/// Begins the refreshes that wait for a consolidation. Call it after the commit of one.
pub(crate) async fn after_consolidation(engine: &Engine, bank: &Bank) -> Result<()> {
    begin(engine, bank, |model| model.trigger.refresh_after_consolidation.then_some(None)).await
}

/// Looks at the cron expressions once a minute until the engine stops.
pub(crate) async fn follow(engine: Engine, stop: CancellationToken) {
    loop {
        tokio::select! {
            () = tokio::time::sleep(TICK) => {}
            () = stop.cancelled() => return,
        }
        if let Err(error) = come_due(&engine).await {
            tracing::warn!(%error, "could not look for mental models that are due");
        }
    }
}

/// Begins what came due, also while nothing was running.
pub(super) async fn come_due(engine: &Engine) -> Result<()> {
    if engine.synthesis().is_none() {
        return Ok(());
    }
    let banks: Vec<String> = sqlx::query_scalar(
        "SELECT id FROM bank WHERE no IN (SELECT bank FROM mental_model \
         WHERE coalesce(trigger_options ->> 'refresh_cron', trigger_options ->> 'full_refresh_cron') IS NOT NULL)",
    )
    .fetch_all(engine.read())
    .await
    .map_err(during("look for mental models that are due"))?;
    let now = now_ms();
    for id in banks {
        if let Some(bank) = bank::look(engine.read(), &id).await? {
            begin(engine, &bank, |model| due(model, now)).await?;
        }
    }
    Ok(())
}

/// Whether a model's time has come since its last refresh, and in which mode it is refreshed then.
fn due(model: &MentalModel, now: i64) -> Option<Option<Mode>> {
    let passed = |cron: &Option<String>, since: Option<i64>| {
        let last = Cron::parse(cron.as_deref()?)?.last_before(now)?;
        (last > since.unwrap_or(model.created_at)).then_some(())
    };
    let full =
        passed(&model.trigger.full_refresh_cron, model.last_full_refreshed_at).map(|()| Some(Mode::Full));
    full.or_else(|| passed(&model.trigger.refresh_cron, model.last_refreshed_at).map(|()| None))
}

/// Begins the refresh of each model that is wanted, has new memories, did not fail and does not wait already.
async fn begin(
    engine: &Engine,
    bank: &Bank,
    wanted: impl Fn(&MentalModel) -> Option<Option<Mode>>,
) -> Result<()> {
    if engine.synthesis().is_none() {
        return Ok(());
    }
    let models = table::all(engine.read(), bank).await?;
    let models: Vec<(Option<Mode>, MentalModel)> = models
        .into_iter()
        .filter(|model| model.last_refresh_failed_at.is_none())
        .filter_map(|model| Some((wanted(&model)?, model)))
        .collect();
    if models.is_empty() {
        return Ok(());
    }
    let oldest = models.iter().map(|(_, model)| model.last_memory_seen_at).min().flatten();
    let newest = Newest::since(engine.read(), bank, oldest).await?;
    let mut write = engine.write().await?;
    let waiting: Vec<String> = sqlx::query_scalar(
        "SELECT mental_model_id FROM operation WHERE bank = ?1 AND kind = ?2 AND state IN ('pending', 'processing') \
         AND mental_model_id IS NOT NULL",
    )
    .bind(bank.no)
    .bind(KIND)
    .fetch_all(write.sql())
    .await
    .map_err(during("look for refreshes that wait"))?;
    for (mode, model) in models {
        if newest.stale(&model) && !waiting.contains(&model.id) {
            put_refresh(&mut write, bank, &model.id, mode, not_before(bank, &model)).await?;
        }
    }
    write.commit().await?;
    engine.worker().wake();
    Ok(())
}

/// The least time between refreshes: the model's own, else the bank's.
fn not_before(bank: &Bank, model: &MentalModel) -> i64 {
    let own = model.trigger.min_refresh_interval_seconds;
    let seconds = own.or_else(|| bank.config.int("mental_model_min_refresh_interval_seconds")).unwrap_or(0);
    model.last_refreshed_at.map_or(0, |last| last.saturating_add(seconds.max(0).saturating_mul(1000)))
}

//! Operations: what takes long is a row in a table, done by one worker, resumed after a crash.
//!
//! [`queue`] writes and reads the rows, this file runs them. What an operation does is in the room that
//! [`run`] names. The HTTP side is in `http/operations`.

pub(crate) mod control;
pub(crate) mod queue;
#[cfg(test)]
mod tests;
pub(crate) mod view;

use crate::bank::Bank;
use crate::engine::Engine;
use crate::error::{EngineError, Result};
use crate::synthesis::SynthesisError;
use crate::time::now_ms;
use queue::{Claimed, End};
use rearview_domain::fault;
use serde_json::Value;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::{Notify, Semaphore};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// Operations at a time: one may wait for a model while another works.
const AT_A_TIME: usize = 2;
/// Further tries of an operation that a busy or dead provider stopped, and the wait before each (hindsight 1.1).
const MOST_RETRIES: i64 = 3;
const RETRY_AFTER_MS: i64 = 60_000;
/// How long stopping waits for the work at hand.
const STOP_WITHIN: Duration = Duration::from_secs(3);

/// Does operations, oldest first.
#[derive(Default)]
pub(crate) struct Worker {
    wake: Arc<Notify>,
    stop: CancellationToken,
    tasks: TaskTracker,
    /// Of running operations, by id.
    cancels: Arc<Mutex<HashMap<String, CancellationToken>>>,
}

/// An operation at work.
pub(crate) struct Job {
    pub(crate) engine: Engine,
    pub(crate) id: String,
    pub(crate) bank: Bank,
    pub(crate) kind: String,
    pub(crate) payload: Value,
    /// Cancelled by a person, or when the engine stops. Look at it between steps.
    pub(crate) cancel: CancellationToken,
}

impl Job {
    /// Says how far it is; `total` 0 when that is not known.
    pub(crate) async fn progress(&self, stage: &str, processed: usize, total: usize) -> Result<()> {
        self.check()?;
        queue::set_progress(&self.engine, &self.id, stage, processed, total).await
    }

    /// Fails with `Cancelled` when it should stop.
    pub(crate) fn check(&self) -> Result<()> {
        if self.cancel.is_cancelled() { Err(EngineError::Cancelled) } else { Ok(()) }
    }
}

/// Which room does which operation. What it answers becomes the operation's `result_metadata`.
async fn run(job: &Job) -> Result<Value> {
    match job.kind.as_str() {
        "retain" => crate::retain::jobs::retain(job).await,
        "export_bank" | "export_documents" => crate::transfer::jobs::export(job).await,
        "import_bank" | "import_documents" => crate::transfer::jobs::import(job).await,
        crate::duplicate::KIND => crate::duplicate::run(job).await,
        crate::mental_model::KIND => crate::mental_model::run(job).await,
        "vector_index_maintenance" => crate::retain::catch_up::encode(job).await,
        "consolidation" => crate::observation::consolidate(job).await,
        other => Err(EngineError::bad_request(format!("There is no operation `{other}`."))),
    }
}

impl Worker {
    /// Puts back what an earlier run left half done, and begins.
    pub(crate) async fn start(&self, engine: Engine) -> Result<()> {
        queue::put_back(&engine).await?;
        let (wake, stop, tasks, cancels) =
            (self.wake.clone(), self.stop.clone(), self.tasks.clone(), self.cancels.clone());
        let slots = Arc::new(Semaphore::new(AT_A_TIME));
        let all = tasks.clone();
        tasks.spawn(crate::mental_model::follow(engine.clone(), stop.clone()));
        tasks.spawn(crate::db::repair::follow(engine.clone(), stop.clone()));
        tasks.spawn(crate::retain::catch_up::begin(engine.clone(), stop.clone()));
        tasks.spawn(async move {
            loop {
                let Ok(slot) = slots.clone().acquire_owned().await else { return };
                if stop.is_cancelled() {
                    return;
                }
                let claimed = match queue::claim(&engine).await {
                    Ok(claimed) => claimed,
                    Err(error) => {
                        tracing::warn!(%error, "could not look for operations");
                        Claimed::Nothing { next_at: Some(now_ms() + 1_000) }
                    }
                };
                match claimed {
                    Claimed::Operation(operation) => {
                        let cancel = stop.child_token();
                        cancels
                            .lock()
                            .unwrap_or_else(PoisonError::into_inner)
                            .insert(operation.id.clone(), cancel.clone());
                        let (engine, cancels, wake) = (engine.clone(), cancels.clone(), wake.clone());
                        let stop = stop.clone();
                        all.spawn(async move {
                            let id = operation.id.clone();
                            perform(&engine, *operation, cancel, &stop).await;
                            cancels.lock().unwrap_or_else(PoisonError::into_inner).remove(&id);
                            drop(slot);
                            wake.notify_one();
                        });
                    }
                    Claimed::Nothing { next_at } => {
                        drop(slot);
                        let wait = next_at.map_or(Duration::from_secs(3600), |at| {
                            Duration::from_millis(u64::try_from(at - now_ms()).unwrap_or(0).max(10))
                        });
                        tokio::select! {
                            () = wake.notified() => {}
                            () = tokio::time::sleep(wait) => {}
                            () = stop.cancelled() => return,
                        }
                    }
                }
            }
        });
        Ok(())
    }

    /// Says that there is something to do, or that what was waited for is there. Call it after the commit.
    pub(crate) fn wake(&self) {
        self.wake.notify_one();
    }

    /// Stops an operation that is running now.
    pub(crate) fn cancel(&self, id: &str) {
        if let Some(cancel) = self.cancels.lock().unwrap_or_else(PoisonError::into_inner).get(id) {
            cancel.cancel();
        }
    }

    /// Whether the engine is being closed.
    pub(crate) fn is_stopping(&self) -> bool {
        self.stop.is_cancelled()
    }

    /// Stops at the next safe point; what is half done begins anew at the next start.
    pub(crate) async fn stop(&self) {
        self.stop.cancel();
        self.tasks.close();
        // What does not stop is put back at the next start.
        let _ = tokio::time::timeout(STOP_WITHIN, self.tasks.wait()).await;
    }
}

/// Does one operation and writes how it ended.
async fn perform(
    engine: &Engine,
    operation: queue::Operation,
    cancel: CancellationToken,
    stop: &CancellationToken,
) {
    let attempts = operation.attempts;
    let job = Job {
        engine: engine.clone(),
        id: operation.id,
        bank: operation.bank,
        kind: operation.kind,
        payload: operation.payload,
        cancel,
    };
    fault::point("engine.operation.before");
    let end = match run(&job).await {
        Ok(result) => End::Done(result),
        // A person's wish; at the end of the engine it is only put back.
        Err(EngineError::Cancelled) if stop.is_cancelled() => End::PutBack,
        Err(EngineError::Cancelled) => End::Cancelled,
        Err(error) => match &error {
            EngineError::Synthesis(SynthesisError::LimitReached { again_at }) => {
                End::Wait { until: *again_at, error: error.to_string(), counts: false }
            }
            EngineError::Synthesis(SynthesisError::Unavailable { retry_after_ms, .. })
                if attempts < MOST_RETRIES =>
            {
                let after =
                    retry_after_ms.map_or(RETRY_AFTER_MS, |ms| i64::try_from(ms).unwrap_or(RETRY_AFTER_MS));
                End::Wait { until: now_ms() + after, error: error.to_string(), counts: true }
            }
            _ => End::Failed(error.to_string()),
        },
    };
    fault::point("engine.operation.after");
    if let Err(error) = queue::end(engine, &job.id, end).await {
        // It is still marked as processing and begins anew at the next start.
        tracing::error!(%error, "could not write how an operation ended");
    }
}

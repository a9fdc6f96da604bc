//! The encoder's own thread: loads the weights when they are wanted, computes, and lets them go again.
//!
//! One thread, so that async code never blocks and no two batches fight for the processor. Nothing that
//! happens here ends the app: a panic is caught, and becomes a state with a reason. Started by `local`.

use super::EncodeError;
use super::encoder::Encoder;
use super::jobs::{Batch, Jobs, Next};
use super::local::EncoderState;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;

/// What the thread owns.
pub(super) struct Worker {
    pub(super) folder: PathBuf,
    pub(super) idle_after: Duration,
    pub(super) jobs: Arc<Jobs>,
    pub(super) state: watch::Sender<EncoderState>,
}

impl Worker {
    /// Starts the thread. If that fails, the state says so and nobody waits in vain.
    pub(super) fn start(self) {
        let (jobs, state) = (Arc::clone(&self.jobs), self.state.clone());
        let thread = std::thread::Builder::new().name("encoder".to_owned());
        if let Err(error) = thread.spawn(move || self.run_to_end()) {
            jobs.close();
            state.send_replace(absent(format!("could not start the encoder's thread: {error}")));
        }
    }

    fn run_to_end(self) {
        if catch_unwind(AssertUnwindSafe(|| self.run())).is_err() {
            self.state.send_replace(absent("the encoder's thread ended unexpectedly"));
        }
        self.jobs.close();
    }

    fn run(&self) {
        let mut encoder = None;
        loop {
            match self.jobs.next(encoder.is_some().then_some(self.idle_after)) {
                Next::Load => encoder = encoder.or_else(|| self.load()),
                Next::Query(query) => {
                    encoder = encoder.or_else(|| self.load_unless_absent());
                    let vector =
                        self.slice(encoder.as_ref(), &[query.text]).and_then(|mut vectors| vectors.pop());
                    // Who does not wait any more needs no answer, here and below.
                    drop(query.answer.send(vector));
                }
                Next::Batch(batch) => {
                    encoder = encoder.or_else(|| self.load_unless_absent());
                    self.go_on(encoder.as_ref(), batch);
                }
                Next::Idle => {
                    encoder = None;
                    self.state.send_replace(EncoderState::Idle);
                    tracing::debug!("the encoder's weights were let go");
                }
                Next::Closed => return,
            }
        }
    }

    /// One slice of a batch; what is left of it queues again, behind queries and other batches.
    fn go_on(&self, encoder: Option<&Encoder>, mut batch: Batch) {
        if batch.done.len() < batch.texts.len() {
            match self.slice(encoder, &batch.texts[batch.done.len()..]) {
                Some(mut vectors) => batch.done.append(&mut vectors),
                None => return drop(batch.answer.send(None)),
            }
        }
        if batch.done.len() < batch.texts.len() {
            self.jobs.batch(batch);
        } else {
            drop(batch.answer.send(Some(batch.done)));
        }
    }

    fn slice(&self, encoder: Option<&Encoder>, texts: &[String]) -> Option<Vec<Vec<f32>>> {
        let encoder = encoder?;
        match catch_unwind(AssertUnwindSafe(|| encoder.encode_slice(texts))) {
            Ok(Ok(vectors)) => Some(vectors),
            Ok(Err(error)) => {
                tracing::warn!(%error, "a text has no vector");
                None
            }
            // The encoder is only read while it computes, so the next text finds it whole.
            Err(_) => {
                tracing::warn!("a text has no vector: the encoder panicked");
                None
            }
        }
    }

    /// What failed once is tried again only when somebody asks for it: reading 90 MB for each query is no way
    /// to find out that they are still damaged.
    fn load_unless_absent(&self) -> Option<Encoder> {
        let absent = matches!(*self.state.borrow(), EncoderState::Absent { .. });
        if absent { None } else { self.load() }
    }

    fn load(&self) -> Option<Encoder> {
        self.state.send_replace(EncoderState::Loading);
        let loaded = catch_unwind(AssertUnwindSafe(|| Encoder::load(&self.folder)));
        let loaded = loaded.unwrap_or_else(|_| Err(EncodeError::Panicked));
        match loaded {
            Ok(encoder) => {
                self.state.send_replace(EncoderState::Ready);
                Some(encoder)
            }
            Err(error) => {
                tracing::warn!(%error, "memories are found by their words only");
                self.state.send_replace(absent(error.to_string()));
                None
            }
        }
    }
}

fn absent(reason: impl Into<String>) -> EncoderState {
    EncoderState::Absent { reason: reason.into() }
}

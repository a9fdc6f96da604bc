//! The handle that the engine holds: vectors from the local model, whenever there are weights.
//!
//! Cheap to clone, never blocks, never fails loudly: without weights the answer is `None`, the state says
//! why, and memory goes on by words alone. The computing is `worker`'s thread.

use super::embedder::{EmbedError, Embedder};
use super::jobs::{Batch, Jobs, Query};
use super::layers::DIMENSIONS;
use super::recent::Recent;
use super::weights::MODEL;
use super::worker::Worker;
use async_trait::async_trait;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::{oneshot, watch};

/// How long weights stay in memory without work: long enough for a pause in a conversation.
pub const IDLE_AFTER: Duration = Duration::from_secs(10 * 60);

/// Whether there are vectors to be had.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum EncoderState {
    /// No, and why. Only [`LocalEmbedder::load`] tries again.
    Absent {
        /// Shown to the person.
        reason: String,
    },
    /// In a moment; who asks meanwhile waits.
    Loading,
    /// Yes.
    Ready,
    /// Yes, after the weights were read (again), which the next question does.
    Idle,
}

/// The local model, in memory or not.
#[derive(Clone)]
pub struct LocalEmbedder(Arc<Inner>);

struct Inner {
    jobs: Arc<Jobs>,
    state: watch::Receiver<EncoderState>,
    recent: Mutex<Recent>,
}

impl Drop for Inner {
    fn drop(&mut self) {
        self.jobs.close();
    }
}

impl LocalEmbedder {
    /// A handle on the weights in `folder`, which nothing reads yet. They are let go after `idle_after`
    /// without work ([`IDLE_AFTER`] unless there is a reason). `None` for a machine without weights.
    pub fn new(folder: Option<PathBuf>, idle_after: Duration) -> Self {
        let jobs = Arc::new(Jobs::default());
        let (sender, state) = watch::channel(EncoderState::Idle);
        match folder {
            Some(folder) => Worker { folder, idle_after, jobs: Arc::clone(&jobs), state: sender }.start(),
            None => {
                jobs.close();
                let reason = format!("the model `{MODEL}` is not installed");
                sender.send_replace(EncoderState::Absent { reason });
            }
        }
        Self(Arc::new(Inner { jobs, state, recent: Mutex::default() }))
    }

    /// Begins to read the weights in the background, also when that failed before.
    pub fn load(&self) {
        self.0.jobs.load();
    }

    /// Whether there are vectors to be had now.
    pub fn state(&self) -> EncoderState {
        self.0.state.borrow().clone()
    }

    /// Follows the state.
    pub fn watch(&self) -> watch::Receiver<EncoderState> {
        self.0.state.clone()
    }

    /// The vector of a query, before any batch; at once if it is one of the latest 256.
    pub async fn query(&self, text: &str) -> Option<Arc<[f32]>> {
        if let Some(vector) = self.recent().get(text) {
            return Some(vector);
        }
        let (answer, waits) = oneshot::channel();
        self.0.jobs.query(Query { text: text.to_owned(), answer });
        let vector: Arc<[f32]> = waits.await.ok()??.into();
        self.recent().insert(text.to_owned(), Arc::clone(&vector));
        Some(vector)
    }

    /// A vector for each text, in slices between which queries are answered. Dropping the future ends the
    /// work after the present slice.
    pub async fn texts(&self, texts: Vec<String>) -> Option<Vec<Vec<f32>>> {
        let (answer, waits) = oneshot::channel();
        self.0.jobs.batch(Batch { done: Vec::with_capacity(texts.len()), texts, answer });
        waits.await.ok()?
    }

    /// Its contents are whole after any panic: a vector more or less.
    fn recent(&self) -> std::sync::MutexGuard<'_, Recent> {
        self.0.recent.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl Embedder for LocalEmbedder {
    fn model(&self) -> String {
        MODEL.to_owned()
    }

    fn dim(&self) -> usize {
        DIMENSIONS
    }

    async fn embed(&self, texts: Vec<String>) -> Result<Vec<Vec<f32>>, EmbedError> {
        let count = texts.len();
        self.texts(texts).await.ok_or_else(|| EmbedError {
            model: MODEL.to_owned(),
            texts: count,
            reason: match self.state() {
                EncoderState::Absent { reason } => reason,
                _ => "it refused a text".to_owned(),
            },
        })
    }
}

//! What turns texts into vectors, as the rooms see it: the encoder in this process, or nothing.
//!
//! `None` means "words only for now": whoever asked goes on without a vector, and memories that were
//! written meanwhile are encoded later. The encoder itself is in `encode`.

use crate::encode::{EncoderState, IDLE_AFTER, LocalEmbedder, MODEL};
use crate::engine::Status;
use std::path::PathBuf;
use std::sync::Arc;

/// The way to vectors.
pub(crate) struct Vectors {
    local: LocalEmbedder,
}

impl Vectors {
    /// Begins to load the weights and returns at once.
    pub(crate) fn start(weights: Option<PathBuf>) -> Self {
        let local = LocalEmbedder::new(weights, IDLE_AFTER);
        local.load();
        Self { local }
    }

    /// How the encoder is.
    pub(crate) fn status(&self) -> Status {
        match self.local.state() {
            EncoderState::Ready | EncoderState::Idle => Status::Ready,
            EncoderState::Loading => Status::LoadingModel,
            EncoderState::Absent { reason } => Status::Degraded { reason },
        }
    }

    /// Waits until the weights are read or known to be missing.
    pub(crate) async fn settled(&self) {
        let mut state = self.local.watch();
        // An encoder that is gone will not load either.
        let _ = state.wait_for(|state| !matches!(state, EncoderState::Loading)).await;
    }

    /// The name of the model, as a bank remembers it.
    pub(crate) fn model(&self) -> &'static str {
        MODEL
    }

    /// A question's vector, of length 1.
    pub(crate) async fn query(&self, text: &str) -> Option<Arc<[f32]>> {
        self.local.query(text).await
    }

    /// The vectors of texts, in their order, each of length 1.
    pub(crate) async fn texts(&self, texts: Vec<String>) -> Option<Vec<Vec<f32>>> {
        self.local.texts(texts).await
    }
}

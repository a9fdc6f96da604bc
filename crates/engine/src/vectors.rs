//! What turns texts into vectors, as the rooms see it: the encoder in this process, or nothing.
//!
//! `None` means "words only for now": whoever asked goes on without a vector, and memories that were
//! written meanwhile are encoded later. The encoder itself is in `encode`.

use crate::engine::Status;
use std::path::PathBuf;
use std::sync::Arc;

/// The way to vectors.
#[derive(Debug)]
pub(crate) struct Vectors {
    weights: Option<PathBuf>,
}

impl Vectors {
    /// Begins to load the weights and returns at once.
    pub(crate) fn start(weights: Option<PathBuf>) -> Self {
        Self { weights }
    }

    /// How the encoder is.
    pub(crate) fn status(&self) -> Status {
        let reason = match &self.weights {
            None => "no encoder weights are installed",
            Some(_) => "the encoder is not built in",
        };
        Status::Degraded { reason: reason.to_owned() }
    }

    /// The name of the model, as a bank remembers it.
    pub(crate) fn model(&self) -> &'static str {
        "all-MiniLM-L6-v2"
    }

    /// A question's vector, of length 1.
    pub(crate) async fn query(&self, _text: &str) -> Option<Arc<[f32]>> {
        None
    }

    /// The vectors of texts, in their order, each of length 1.
    pub(crate) async fn texts(&self, _texts: Vec<String>) -> Option<Vec<Vec<f32>>> {
        None
    }
}

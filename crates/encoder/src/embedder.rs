//! The one trait for a source of vectors: the model in this process, or a provider that a bank chose.
//!
//! The local model's implementation is in `local`; a provider's belongs to whoever holds its key.

use async_trait::async_trait;

/// Why some texts have no vectors. Never holds the texts or a key.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("could not embed `{texts}` texts with `{model}`: {reason}")]
pub struct EmbedError {
    /// What was asked.
    pub model: String,
    /// How many texts it was asked for.
    pub texts: usize,
    /// What it said, or why it could not be asked.
    pub reason: String,
}

/// A source of vectors. Vectors of different [`Embedder::model`]s must never be compared.
#[async_trait]
pub trait Embedder: Send + Sync {
    /// The name that is kept beside each vector.
    fn model(&self) -> String;

    /// Numbers of each vector.
    fn dim(&self) -> usize;

    /// A vector of length one for each text, in their order.
    ///
    /// # Errors
    /// When there are none; the texts stay findable by their words.
    async fn embed(&self, texts: Vec<String>) -> Result<Vec<Vec<f32>>, EmbedError>;
}

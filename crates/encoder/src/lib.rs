//! Text to vectors: all-MiniLM-L6-v2 on the processor, and the one trait for any other source of vectors.
//!
//! [`LocalEmbedder`] is what the engine holds; it loads an [`Encoder`] when vectors are wanted and drops it
//! when they are not. What vectors are compared with, and where they are kept, is retrieval's and storage's.

pub mod at_rest;
mod embedder;
mod encoder;
mod error;
mod jobs;
mod kernels;
mod layers;
mod local;
mod parts;
mod recent;
mod tokens;
mod weights;
mod worker;

#[cfg(test)]
mod tests;

pub use embedder::{EmbedError, Embedder};
pub use encoder::Encoder;
pub use error::EncodeError;
pub use layers::DIMENSIONS;
pub use local::{EncoderState, IDLE_AFTER, LocalEmbedder};
pub use weights::{MODEL, beside_program};

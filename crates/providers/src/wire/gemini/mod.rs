//! Gemini generateContent, of AI Studio and of Vertex AI.
//!
//! The encoder writes what the model's generation takes (`model`), the decoder gathers calls whose
//! arguments come in pieces (`pieces`); what must go back on the very part it came with is in `replay`.

mod decode;
mod encode;
mod model;
mod parts;
mod pieces;
mod replay;

pub(crate) use decode::Decoder;
pub(crate) use encode::encode;

//! Gemini generateContent, of AI Studio and of Vertex AI.

mod decode;
mod encode;

pub(crate) use decode::Decoder;
pub(crate) use encode::encode;

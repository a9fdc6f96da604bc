//! Ollama's own chat, which can set the size of the context; its OpenAI shape cannot.

mod context;
mod decode;
mod encode;

pub(crate) use decode::Decoder;
pub(crate) use encode::encode;

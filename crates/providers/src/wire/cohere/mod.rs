//! Cohere Chat, version 2.

mod decode;
mod encode;

pub(crate) use decode::Decoder;
pub(crate) use encode::encode;

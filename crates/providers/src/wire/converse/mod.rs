//! Bedrock Converse and ConverseStream.

mod decode;
mod encode;

pub(crate) use decode::Decoder;
pub(crate) use encode::encode;

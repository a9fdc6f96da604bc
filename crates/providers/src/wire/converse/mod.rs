//! Bedrock Converse and ConverseStream. Shapes and rules are those of AWS's service model `bedrock-runtime`,
//! version 2023-09-30.

mod decode;
mod document;
mod effort;
mod encode;
mod tools;

pub(crate) use decode::Decoder;
pub(crate) use encode::encode;

//! Anthropic Messages, version 2023-06-01.

mod decode;
mod encode;

pub(crate) use decode::Decoder;
pub(crate) use encode::{encode, headers};

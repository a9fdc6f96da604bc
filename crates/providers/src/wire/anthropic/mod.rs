//! Anthropic Messages, versions 2023-06-01 and 2026-10-21.

mod blocks;
mod decode;
mod encode;
mod schema;
mod thinking;
mod version;

pub(crate) use decode::Decoder;
pub(crate) use encode::encode;
pub(crate) use version::headers;

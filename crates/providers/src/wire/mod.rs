//! How each wire protocol spells a request and an answer. Pure: no IO, so every trap is a test on bytes.
//!
//! `encode` and the driver are the only callers.

pub(crate) mod anthropic;
pub(crate) mod openai_chat;

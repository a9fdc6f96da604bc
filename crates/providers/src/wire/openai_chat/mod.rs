//! OpenAI Chat Completions, as OpenAI and everybody who imitates it speak it.

mod decode;
mod encode;
mod reasoning;
pub(in crate::wire) mod think;
mod tools;

pub(crate) use decode::Decoder;
pub(crate) use encode::encode;

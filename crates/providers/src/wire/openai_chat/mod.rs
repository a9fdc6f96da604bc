//! OpenAI Chat Completions, as OpenAI and everybody who imitates it speak it.

mod decode;
mod encode;
mod reasoning;
mod think;
mod tools;

pub(crate) use decode::Decoder;
pub(crate) use encode::encode;

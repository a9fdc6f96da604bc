//! OpenAI Responses, spoken without state on the server: the whole conversation goes out each time, and
//! reasoning comes encrypted, so that it can go back.

mod call;
mod decode;
mod encode;
mod items;
mod kept;
mod model;

pub(crate) use decode::Decoder;
pub(crate) use encode::encode;

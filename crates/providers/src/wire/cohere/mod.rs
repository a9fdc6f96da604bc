//! Cohere Chat, version 2. Shapes are those of the vendor's SDK 7.3.1.

mod decode;
mod encode;

pub(crate) use decode::Decoder;
pub(crate) use encode::encode;

/// The signature of reasoning that came as a plan for tools. It goes back in the field it came in; other
/// reasoning has no signature and goes back as thinking.
const PLAN: &str = "tool_plan";

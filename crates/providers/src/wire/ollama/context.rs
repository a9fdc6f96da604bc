//! The size of the context that a request asks Ollama for.
//!
//! It has to be asked for. Without `num_ctx` Ollama takes a small default and cuts a longer prompt from its
//! beginning without a word, which would eat the system prompt and the memory in it.

use crate::encode::files;
use crate::request::{Request, RequestMessage, RequestPart};
use crate::target::Target;
use std::borrow::Cow;

/// The least that is asked for: what current models take with ease, so that a chat begins without a reload.
const LEAST: u32 = 8_192;

/// The most that is asked for when the model's own size is not known. Ollama lowers it to what the model
/// was trained with; memory for more than this few computers have.
const MOST: u32 = 131_072;

/// Bytes for each token, on the safe side: English has about four, other scripts and code three and fewer.
const BYTES_PER_TOKEN: u64 = 3;

/// Tokens of an image: more than the encoders of current local models make of one.
const IMAGE_TOKENS: u64 = 2_048;

/// Tokens of the marks that a template puts around a message.
const MESSAGE_TOKENS: u64 = 16;

/// What is kept free for an answer without a limit.
const ANSWER_TOKENS: u32 = 4_096;

/// The `num_ctx` of a request: the person's, else what holds prompt and answer, as a power of two. A model
/// is loaded anew whenever the size changes, and powers of two change seldom as a chat grows.
pub(super) fn size(request: &Request, messages: &[Cow<'_, RequestMessage>], target: &Target) -> u32 {
    if let Some(size) = target.quirks.num_ctx {
        return size;
    }
    let most = target.facts.and_then(|facts| facts.context).unwrap_or(MOST);
    let answer = u64::from(request.max_output_tokens.unwrap_or(ANSWER_TOKENS));
    let needed = (prompt_tokens(request, messages) + answer).next_power_of_two();
    u32::try_from(needed).unwrap_or(u32::MAX).max(LEAST).min(most)
}

fn prompt_tokens(request: &Request, messages: &[Cow<'_, RequestMessage>]) -> u64 {
    let mut bytes = 0;
    let mut tokens = 0;
    for message in messages {
        tokens += MESSAGE_TOKENS;
        for part in &message.parts {
            match part {
                RequestPart::Text(pieces) => {
                    bytes += pieces.iter().map(|piece| piece.text.len()).sum::<usize>();
                }
                RequestPart::Reasoning { text, .. } => bytes += text.len(),
                RequestPart::ToolCall { name, arguments, .. } => bytes += name.len() + arguments.len(),
                RequestPart::ToolResult { text, .. } => bytes += text.len(),
                RequestPart::File { media_type, base64, .. } => {
                    bytes += files::text(media_type, base64).map_or(0, |text| text.len());
                }
                RequestPart::Image { .. } => tokens += IMAGE_TOKENS,
                RequestPart::Opaque { .. } => {}
            }
        }
    }
    for tool in &request.tools {
        bytes += tool.name.len() + tool.description.len() + tool.parameters.to_string().len();
    }
    tokens + (bytes as u64).div_ceil(BYTES_PER_TOKEN)
}

//! An answer's bytes as frames, however they are cut: server-sent events, lines of JSON, AWS event streams.
//!
//! `decode` is the only caller. What a frame means is in `wire`.

mod aws;
mod ndjson;
mod sse;

#[cfg(test)]
pub(crate) use aws::message as aws_message;
pub(crate) use aws::{AwsEvents, EXCEPTION};
pub(crate) use ndjson::Ndjson;
pub(crate) use sse::Sse;

/// The most bytes that one frame may have. An answer's frame has a few hundred; a frame of many
/// megabytes is a fault or an attack on our memory.
pub(crate) const MAX_FRAME_BYTES: usize = 16 * 1024 * 1024;

/// One event.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Frame {
    /// Its name; empty when it has none.
    pub(crate) event: String,
    /// Its data: JSON on every wire that is spoken here.
    pub(crate) data: String,
}

/// Why no more frames can be read.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum FrameError {
    /// A frame grew beyond `MAX_FRAME_BYTES`.
    TooLarge,
    /// A frame is not what its checksum or its lengths say.
    Broken,
}

/// The framing of one answer.
pub(crate) enum Frames {
    /// Server-sent events, which most wires use.
    Sse(Sse),
    /// One JSON document a line (Ollama).
    Ndjson(Ndjson),
    /// AWS event streams (Bedrock).
    Aws(AwsEvents),
}

impl Frames {
    /// Takes bytes and appends the frames that they complete.
    pub(crate) fn feed(&mut self, bytes: &[u8], frames: &mut Vec<Frame>) -> Result<(), FrameError> {
        match self {
            Self::Sse(sse) => sse.feed(bytes, frames),
            Self::Ndjson(lines) => lines.feed(bytes, frames),
            Self::Aws(events) => events.feed(bytes, frames),
        }
    }

    /// The last frame, when the stream ended without the mark that should end it.
    pub(crate) fn end(&mut self) -> Option<Frame> {
        match self {
            Self::Sse(sse) => sse.end(),
            Self::Ndjson(lines) => lines.end(),
            // Half a message has no checksum to trust it by.
            Self::Aws(_) => None,
        }
    }
}

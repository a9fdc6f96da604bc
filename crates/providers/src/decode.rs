//! The bytes of an answer as events, however they are cut, with exactly one terminal event.
//!
//! Here is what the wires share: telling a stream from a whole JSON answer from a web page, framing,
//! and the end. What frames mean is in `wire`. The driver is the only caller; no IO happens here.

use crate::classify;
use crate::error::{ErrorKind, ProviderError};
use crate::event::Event;
use crate::frame::{AwsEvents, Frame, FrameError, Frames, MAX_FRAME_BYTES, Ndjson, Sse};
use crate::target::{Target, WireKind};
use crate::wire::{Reader, reader};
use serde_json::Value;

/// Blank bytes before the first other one beyond this mean a stream: nobody pads JSON this much.
const MAX_BLANK_BYTES: usize = 64 * 1024;

/// How an answer comes, told by its first byte, because content types lie.
enum Shape {
    /// Only blanks so far.
    Unknown(Vec<u8>),
    /// Frames.
    Stream(Frames),
    /// One JSON document, or a web page; read at the end.
    Whole(Vec<u8>),
}

/// Turns bytes into events.
pub(crate) struct Decode {
    shape: Shape,
    wire: WireKind,
    reader: Box<dyn Reader>,
    /// Frames of a stream so far.
    frames: usize,
    ended: bool,
}

impl Decode {
    pub(crate) fn new(target: &Target) -> Self {
        Self {
            shape: Shape::Unknown(Vec::new()),
            wire: target.wire,
            reader: reader(target),
            frames: 0,
            ended: false,
        }
    }

    /// Frames of a stream so far; stays 0 while the answer is one document.
    pub(crate) fn frames(&self) -> usize {
        self.frames
    }

    /// Takes bytes and appends what they mean. Nothing is appended after the terminal event.
    pub(crate) fn feed(&mut self, bytes: &[u8], out: &mut Vec<Event>) {
        if self.ended {
            return;
        }
        let from = out.len();
        match &mut self.shape {
            Shape::Unknown(blanks) => {
                blanks.extend_from_slice(bytes);
                let first = blanks.iter().find(|byte| !is_blank(**byte));
                if first.is_none() && blanks.len() < MAX_BLANK_BYTES {
                    return;
                }
                let frames = framing(self.wire);
                let whole = match (first, &frames) {
                    // An answer that is one line and a stream look alike here, and are read alike.
                    (Some(b'{' | b'['), Frames::Ndjson(_)) => false,
                    (first, _) => matches!(first, Some(b'{' | b'[' | b'<')),
                };
                let bytes = std::mem::take(blanks);
                self.shape = if whole { Shape::Whole(Vec::new()) } else { Shape::Stream(frames) };
                return self.feed(&bytes, out);
            }
            Shape::Stream(stream) => {
                let mut frames = Vec::new();
                let fed = stream.feed(bytes, &mut frames);
                self.frames += frames.len();
                for frame in frames {
                    self.frame(&frame, out);
                }
                match fed {
                    Ok(()) => {}
                    Err(FrameError::TooLarge) => self.too_large(out),
                    Err(FrameError::Broken) => {
                        let detail = "a frame arrived damaged: its checksum or its length is wrong";
                        out.push(Event::Failed(ProviderError::new(ErrorKind::Decode, "").detail(detail)));
                    }
                }
            }
            Shape::Whole(whole) => {
                if whole.len() + bytes.len() > MAX_FRAME_BYTES {
                    self.too_large(out);
                } else {
                    whole.extend_from_slice(bytes);
                }
            }
        }
        self.close(from, out);
    }

    /// The bytes ended: by themselves, or for `cause`. An answer that was whole by then is finished
    /// whatever the cause.
    pub(crate) fn end(&mut self, cause: Option<ProviderError>, out: &mut Vec<Event>) {
        if self.ended {
            return;
        }
        let from = out.len();
        match &mut self.shape {
            Shape::Stream(stream) => {
                if let Some(frame) = stream.end() {
                    self.frame(&frame, out);
                }
            }
            Shape::Whole(bytes) => {
                let bytes = std::mem::take(bytes);
                self.whole(&bytes, cause.clone(), out);
            }
            Shape::Unknown(_) => {}
        }
        let cause = cause.unwrap_or_else(|| ProviderError::new(ErrorKind::Truncated, ""));
        self.reader.end(cause, out);
        self.close(from, out);
    }

    fn frame(&mut self, frame: &Frame, out: &mut Vec<Event>) {
        let data = frame.data.trim();
        if data.is_empty() {
            return;
        }
        if data == "[DONE]" {
            return self.reader.done(out);
        }
        let value = match serde_json::from_str::<Value>(data) {
            Ok(value) => value,
            Err(_) if frame.event == "error" => {
                let mut error = ProviderError::new(ErrorKind::Overloaded, "");
                error.vendor_message = Some(data.to_owned());
                return out.push(Event::Failed(error));
            }
            // What looks like an object and is none may be a lost piece of the answer; going on would
            // show a text with a hole in it.
            Err(_) if data.starts_with('{') => {
                let error = ProviderError::new(ErrorKind::Decode, "").detail("a frame is broken JSON");
                return out.push(Event::Failed(error));
            }
            Err(_) => return out.push(Event::Note(frame.data.clone())),
        };
        self.reader.frame(&frame.event, &value, &frame.data, out);
    }

    fn whole(&mut self, bytes: &[u8], cause: Option<ProviderError>, out: &mut Vec<Event>) {
        let start = bytes.iter().position(|byte| !is_blank(*byte)).unwrap_or(0);
        let bytes = &bytes[start..];
        if bytes.starts_with(b"<") {
            let detail = classify::page(&String::from_utf8_lossy(bytes));
            out.push(Event::Failed(ProviderError::new(ErrorKind::Decode, "").detail(detail)));
            return;
        }
        match (serde_json::from_slice::<Value>(bytes), cause) {
            (Ok(value), _) => {
                if !self.reader.whole(&value, out) {
                    out.push(Event::Failed(not_an_answer(&value)));
                }
            }
            (Err(_), Some(cause)) => out.push(Event::Failed(cause)),
            (Err(error), None) => {
                let kind = if error.is_eof() { ErrorKind::Truncated } else { ErrorKind::Decode };
                out.push(Event::Failed(ProviderError::new(kind, "").detail("it is no whole JSON document")));
            }
        }
    }

    fn too_large(&mut self, out: &mut Vec<Event>) {
        let detail = format!("a frame is larger than {} MiB", MAX_FRAME_BYTES / (1024 * 1024));
        out.push(Event::Failed(ProviderError::new(ErrorKind::Decode, "").detail(detail)));
    }

    /// Holds the promise of one terminal event, the last.
    fn close(&mut self, from: usize, out: &mut Vec<Event>) {
        if let Some(at) = out[from..].iter().position(Event::is_terminal) {
            out.truncate(from + at + 1);
            self.ended = true;
        }
    }
}

/// The framing of a wire's streams.
fn framing(wire: WireKind) -> Frames {
    match wire {
        WireKind::OllamaChat => Frames::Ndjson(Ndjson::default()),
        WireKind::BedrockConverse => Frames::Aws(AwsEvents::default()),
        _ => Frames::Sse(Sse::default()),
    }
}

/// A JSON document that is no answer: an error, if it says so.
fn not_an_answer(value: &Value) -> ProviderError {
    let says = |field: &str| value.get(field).is_some_and(|value| !value.is_null());
    if value.is_array() || says("error") || says("message") || says("detail") {
        return classify::from_json(value, None);
    }
    let mut error = ProviderError::new(ErrorKind::Decode, "").detail("it is neither an answer nor an error");
    error.vendor_message = Some(value.to_string());
    error
}

/// White space and the bytes of a byte order mark.
fn is_blank(byte: u8) -> bool {
    byte.is_ascii_whitespace() || matches!(byte, 0xef | 0xbb | 0xbf)
}

#[cfg(test)]
mod tests;

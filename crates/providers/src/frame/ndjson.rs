//! Lines of JSON out of bytes, however they are cut.

use super::{Frame, FrameError, MAX_FRAME_BYTES};
use serde::de::IgnoredAny;

/// Collects bytes into lines. Works on bytes and decodes whole lines only, so a character that is split
/// across chunks stays whole.
#[derive(Default)]
pub(crate) struct Ndjson {
    line: Vec<u8>,
}

impl Ndjson {
    /// Takes bytes and appends the lines that they complete; blank ones are left out.
    pub(crate) fn feed(&mut self, bytes: &[u8], frames: &mut Vec<Frame>) -> Result<(), FrameError> {
        let mut rest = bytes;
        while let Some(at) = rest.iter().position(|byte| *byte == b'\n') {
            self.take(&rest[..at])?;
            frames.extend(self.line());
            rest = &rest[at + 1..];
        }
        self.take(rest)
    }

    /// The last line, when it has no end. A document that was cut off is none: what is missing is told by
    /// the stream's end, not as a fault in the line.
    pub(crate) fn end(&mut self) -> Option<Frame> {
        let cut = |frame: &Frame| {
            frame.data.starts_with('{') && serde_json::from_str::<IgnoredAny>(&frame.data).is_err()
        };
        self.line().filter(|frame| !cut(frame))
    }

    fn line(&mut self) -> Option<Frame> {
        let line = std::mem::take(&mut self.line);
        let data = String::from_utf8_lossy(&line).trim().to_owned();
        (!data.is_empty()).then(|| Frame { event: String::new(), data })
    }

    fn take(&mut self, bytes: &[u8]) -> Result<(), FrameError> {
        if self.line.len() + bytes.len() > MAX_FRAME_BYTES {
            return Err(FrameError::TooLarge);
        }
        self.line.extend_from_slice(bytes);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(chunks: &[&[u8]]) -> Vec<String> {
        let mut lines = Ndjson::default();
        let mut frames = Vec::new();
        for chunk in chunks {
            lines.feed(chunk, &mut frames).unwrap();
        }
        frames.extend(lines.end());
        frames.into_iter().map(|frame| frame.data).collect()
    }

    #[test]
    fn lines_come_whole_however_they_are_cut_and_blank_ones_not_at_all() {
        let text = "{\"a\":\"ü😀\"}\r\n\n  \n{\"b\":1}\n".as_bytes();
        let whole = ["{\"a\":\"ü😀\"}", "{\"b\":1}"];
        assert_eq!(lines(&[text]), whole);
        assert_eq!(lines(&text.chunks(1).collect::<Vec<_>>()), whole);
    }

    #[test]
    fn a_last_line_counts_without_its_end_unless_it_was_cut_off() {
        assert_eq!(lines(&[b"{\"a\":1}\n{\"b\":2}"]), ["{\"a\":1}", "{\"b\":2}"]);
        assert_eq!(lines(&[b"{\"a\":1}\n{\"b\":"]), ["{\"a\":1}"]);
        assert_eq!(lines(&[b"out of memory"]), ["out of memory"]);
    }

    #[test]
    fn a_line_beyond_the_cap_is_refused() {
        let mut lines = Ndjson::default();
        let chunk = vec![b'x'; 1024 * 1024];
        assert!((0..17).any(|_| lines.feed(&chunk, &mut Vec::new()).is_err()));
    }
}

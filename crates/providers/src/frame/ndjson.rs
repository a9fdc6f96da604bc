//! Lines of JSON out of bytes, however they are cut.

use super::{Frame, FrameError, MAX_FRAME_BYTES};

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
            frames.extend(self.end());
            rest = &rest[at + 1..];
        }
        self.take(rest)
    }

    /// The last line, when it has no end.
    pub(crate) fn end(&mut self) -> Option<Frame> {
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

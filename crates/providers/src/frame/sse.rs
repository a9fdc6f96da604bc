//! Server-sent events out of bytes, however they are cut: the event stream format of the HTML
//! standard, and a little more lenient at the end of the stream.
//!
//! What a frame means is not known here.

use super::{Frame, FrameError, MAX_FRAME_BYTES};

/// Collects bytes into frames. Works on bytes and decodes whole lines only, so a character that is
/// split across chunks stays whole.
#[derive(Default)]
pub(crate) struct Sse {
    line: Vec<u8>,
    event: String,
    data: Option<String>,
    /// The last byte was a carriage return: a line feed right after it belongs to the same line end.
    after_cr: bool,
    /// A byte order mark may stand before the first line only.
    past_first_line: bool,
}

impl Sse {
    /// Takes bytes and appends the frames that they complete.
    pub(crate) fn feed(&mut self, bytes: &[u8], frames: &mut Vec<Frame>) -> Result<(), FrameError> {
        let mut rest = bytes;
        if self.after_cr && !rest.is_empty() {
            self.after_cr = false;
            rest = rest.strip_prefix(b"\n").unwrap_or(rest);
        }
        while let Some(at) = rest.iter().position(|byte| matches!(byte, b'\n' | b'\r')) {
            self.take(&rest[..at])?;
            frames.extend(self.end_line());
            let was_cr = rest[at] == b'\r';
            rest = &rest[at + 1..];
            if was_cr {
                self.after_cr = rest.is_empty();
                rest = rest.strip_prefix(b"\n").unwrap_or(rest);
            }
        }
        self.take(rest)
    }

    /// The last frame, when the stream ended without the blank line that should end it.
    pub(crate) fn end(&mut self) -> Option<Frame> {
        let frame = self.end_line();
        frame.or_else(|| self.end_line())
    }

    fn take(&mut self, bytes: &[u8]) -> Result<(), FrameError> {
        if self.line.len() + bytes.len() + self.data.as_ref().map_or(0, String::len) > MAX_FRAME_BYTES {
            return Err(FrameError::TooLarge);
        }
        self.line.extend_from_slice(bytes);
        Ok(())
    }

    fn end_line(&mut self) -> Option<Frame> {
        let bytes = std::mem::take(&mut self.line);
        let mut line = &bytes[..];
        if !std::mem::replace(&mut self.past_first_line, true) {
            line = line.strip_prefix(b"\xef\xbb\xbf").unwrap_or(line);
        }
        if line.is_empty() {
            let event = std::mem::take(&mut self.event);
            return self.data.take().map(|data| Frame { event, data });
        }
        let (field, value) = match line.iter().position(|byte| *byte == b':') {
            Some(at) => (&line[..at], line[at + 1..].strip_prefix(b" ").unwrap_or(&line[at + 1..])),
            None => (line, &[][..]),
        };
        let value = String::from_utf8_lossy(value);
        match field {
            b"data" => match &mut self.data {
                Some(data) => {
                    data.push('\n');
                    data.push_str(&value);
                }
                None => self.data = Some(value.into_owned()),
            },
            b"event" => self.event = value.into_owned(),
            // Comments keep a connection alive; `id` and `retry` are for reconnecting, which would be
            // billed as a second answer.
            _ => {}
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn frames(chunks: &[&[u8]]) -> Vec<(String, String)> {
        let mut sse = Sse::default();
        let mut frames = Vec::new();
        for chunk in chunks {
            sse.feed(chunk, &mut frames).unwrap();
        }
        frames.extend(sse.end());
        frames.into_iter().map(|frame| (frame.event, frame.data)).collect()
    }

    fn pair(event: &str, data: &str) -> (String, String) {
        (event.to_owned(), data.to_owned())
    }

    #[test]
    fn all_three_line_ends_end_a_line() {
        for end in ["\n", "\r\n", "\r"] {
            let text = format!("event: a{end}data: 1{end}{end}data: 2{end}{end}");
            assert_eq!(frames(&[text.as_bytes()]), [pair("a", "1"), pair("", "2")], "{end:?}");
        }
    }

    #[test]
    fn a_byte_order_mark_before_the_first_line_is_not_part_of_it() {
        assert_eq!(frames(&[b"\xef\xbb", b"\xbfdata: x\n\n"]), [pair("", "x")]);
    }

    #[test]
    fn data_lines_join_with_a_line_feed_and_lose_one_blank() {
        assert_eq!(frames(&[b"data:  a\ndata:b\ndata\n\n"]), [pair("", " a\nb\n")]);
    }

    #[test]
    fn comments_and_unknown_fields_make_no_frame() {
        assert_eq!(frames(&[b": OPENROUTER PROCESSING\n\nid: 7\nretry: 5\n\n"]), []);
    }

    #[test]
    fn an_event_name_without_data_does_not_leak_into_the_next_frame() {
        assert_eq!(frames(&[b"event: a\n\ndata: x\n\n"]), [pair("", "x")]);
    }

    #[test]
    fn a_frame_without_its_blank_line_counts_at_the_end() {
        assert_eq!(frames(&[b"data: x"]), [pair("", "x")]);
        assert_eq!(frames(&[b"data: x\n"]), [pair("", "x")]);
    }

    #[test]
    fn a_frame_beyond_the_cap_is_refused_in_one_line_and_in_many() {
        let line = vec![b'x'; 1024 * 1024];
        for separator in [&b""[..], b"\ndata: "] {
            let mut sse = Sse::default();
            let mut frames = Vec::new();
            let mut feed = |bytes: &[u8]| sse.feed(bytes, &mut frames);
            feed(b"data: ").unwrap();
            let refused = (0..17).any(|_| feed(&line).and_then(|()| feed(separator)).is_err());
            assert!(refused, "{separator:?}");
        }
    }

    proptest! {
        #[test]
        fn how_the_bytes_are_cut_changes_nothing(
            lines in proptest::collection::vec("(data: |event: |: |)[a-zü€😀]{0,4}(\n|\r\n|\r)", 0..12),
            cuts in proptest::collection::vec(any::<prop::sample::Index>(), 0..8),
        ) {
            let text = lines.concat();
            let bytes = text.as_bytes();
            let mut at: Vec<usize> = cuts.iter().map(|cut| cut.index(bytes.len() + 1)).collect();
            at.sort_unstable();
            let mut chunks = Vec::new();
            let mut from = 0;
            for cut in at {
                chunks.push(&bytes[from..cut]);
                from = cut;
            }
            chunks.push(&bytes[from..]);
            prop_assert_eq!(frames(&chunks), frames(&[bytes]));
            let single: Vec<&[u8]> = bytes.chunks(1).collect();
            prop_assert_eq!(frames(&single), frames(&[bytes]));
        }
    }
}

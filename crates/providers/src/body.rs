//! Writes a JSON body piece by piece and records, while writing, which bytes came from where.
//!
//! The wires' encoders are its only callers. Nothing is ever found by searching, so a memory that
//! repeats the user's words still gets its own bytes. The same calls give the same bytes.

use rearview_domain::record::{Origin, Span};
use serde_json::Value;

/// A JSON body under construction. Commas are put where they belong; brackets are the caller's duty.
#[derive(Default)]
pub(crate) struct Body {
    bytes: Vec<u8>,
    spans: Vec<Span>,
}

impl Body {
    /// The finished bytes and the spans, in order, not overlapping.
    pub(crate) fn finish(self) -> (Vec<u8>, Vec<Span>) {
        (self.bytes, self.spans)
    }

    /// Opens an object or array: `{` or `[`.
    pub(crate) fn open(&mut self, bracket: char) -> &mut Self {
        self.comma();
        self.bytes.push(bracket as u8);
        self
    }

    /// Closes an object or array: `}` or `]`.
    pub(crate) fn close(&mut self, bracket: char) -> &mut Self {
        self.bytes.push(bracket as u8);
        self
    }

    /// A field's name.
    pub(crate) fn key(&mut self, name: &str) -> &mut Self {
        self.string(name);
        self.bytes.push(b':');
        self
    }

    /// A string of ours.
    pub(crate) fn string(&mut self, text: &str) -> &mut Self {
        self.open_string();
        self.glue(text);
        self.close_string()
    }

    /// A literal such as `true` or `12`.
    pub(crate) fn literal(&mut self, json: impl ToString) -> &mut Self {
        self.comma();
        self.bytes.extend_from_slice(json.to_string().as_bytes());
        self
    }

    /// A string that came from `origin` as a whole.
    pub(crate) fn string_from(&mut self, text: &str, origin: &Origin) -> &mut Self {
        self.open_string();
        self.piece(text, origin);
        self.close_string()
    }

    /// A JSON value that came from `origin`; its span covers its JSON text.
    pub(crate) fn value_from(&mut self, value: &Value, origin: &Origin) -> &mut Self {
        self.raw_from(&value.to_string(), origin)
    }

    /// JSON text that came from `origin`, as it is; the caller has checked that it is JSON.
    pub(crate) fn raw_from(&mut self, json: &str, origin: &Origin) -> &mut Self {
        self.comma();
        let start = self.bytes.len();
        self.bytes.extend_from_slice(json.as_bytes());
        self.span(start, origin);
        self
    }

    /// Begins a string that is written in pieces.
    pub(crate) fn open_string(&mut self) -> &mut Self {
        self.comma();
        self.bytes.push(b'"');
        self
    }

    /// Ends a string that is written in pieces.
    pub(crate) fn close_string(&mut self) -> &mut Self {
        self.bytes.push(b'"');
        self
    }

    /// Text inside an open string that came from `origin`.
    pub(crate) fn piece(&mut self, text: &str, origin: &Origin) -> &mut Self {
        let start = self.bytes.len();
        self.glue(text);
        self.span(start, origin);
        self
    }

    /// Text inside an open string that is ours, such as the blank line between two text parts.
    pub(crate) fn glue(&mut self, text: &str) -> &mut Self {
        escape_into(&mut self.bytes, text);
        self
    }

    fn span(&mut self, start: usize, origin: &Origin) {
        let end = self.bytes.len();
        if end > start {
            // A body that outgrows u32 is refused by `encode` before anybody reads its spans.
            let place = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
            self.spans.push(Span { start: place(start), end: place(end), origin: origin.clone() });
        }
    }

    /// A value or key is preceded by a comma unless it is the first in its bracket or follows its key.
    /// Outside of strings the last byte alone tells.
    fn comma(&mut self) {
        if !matches!(self.bytes.last(), None | Some(b'{' | b'[' | b':')) {
            self.bytes.push(b',');
        }
    }
}

/// Escapes as JSON demands and no further: quotes, backslashes and control characters. Runs between
/// them are copied as they are, so that megabytes of base64 cost one copy.
fn escape_into(out: &mut Vec<u8>, text: &str) {
    let mut run = 0;
    for (at, byte) in text.bytes().enumerate() {
        let escaped: &[u8] = match byte {
            b'"' => b"\\\"",
            b'\\' => b"\\\\",
            b'\n' => b"\\n",
            b'\r' => b"\\r",
            b'\t' => b"\\t",
            0x08 => b"\\b",
            0x0c => b"\\f",
            0x00..=0x1f => b"",
            _ => continue,
        };
        out.extend_from_slice(&text.as_bytes()[run..at]);
        run = at + 1;
        if escaped.is_empty() {
            out.extend_from_slice(format!("\\u{byte:04x}").as_bytes());
        } else {
            out.extend_from_slice(escaped);
        }
    }
    out.extend_from_slice(&text.as_bytes()[run..]);
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn any_text_reads_back_as_it_was(text in any::<String>()) {
            let mut body = Body::default();
            body.string(&text);
            let (bytes, _) = body.finish();
            prop_assert_eq!(serde_json::from_slice::<String>(&bytes).unwrap(), text);
        }
    }

    #[test]
    fn every_control_character_reads_back_as_it_was() {
        let text: String =
            (0u8..0x20).map(char::from).chain(['"', '\\', '/', '\u{7f}', '\u{2028}']).collect();
        let mut body = Body::default();
        body.string(&text);
        assert_eq!(serde_json::from_slice::<String>(&body.finish().0).unwrap(), text);
    }

    #[test]
    fn commas_stand_between_values_and_nowhere_else() {
        let mut body = Body::default();
        body.open('{').key("a").open('[').close(']').key("b").literal(1).key("c").open('[');
        body.string(",").literal(true).open('{').close('}').close(']').close('}');
        assert_eq!(body.finish().0, br#"{"a":[],"b":1,"c":[",",true,{}]}"#);
    }
}

//! What a scripted provider is told to answer: words, waits, ends and refusals, not yet in any wire's form.

use crate::gate::Gate;
use serde_json::{Value, json};

/// One answer.
#[derive(Clone, Debug)]
pub struct Script {
    pub(super) status: u16,
    pub(super) headers: Vec<(&'static str, String)>,
    /// Stops before the head of the answer.
    pub(super) before: Option<Gate>,
    pub(super) said: Vec<Said>,
    pub(super) usage: Option<(u32, u32)>,
    /// The size of the pieces that the bytes are cut into; whole frames when absent.
    pub(super) cut: Option<usize>,
    pub(super) end: End,
    /// A whole body of this content type instead of a stream.
    pub(super) page: Option<(String, String)>,
}

/// One thing that is said.
#[derive(Clone, Debug)]
pub(super) enum Said {
    Text(String),
    Reasoning(String),
    ToolCall { name: String, arguments: String },
    Error(String),
    Wait(Gate),
}

/// How an answer ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum End {
    Whole,
    Cut,
    Never,
}

/// A piece of an answer on its way.
#[derive(Debug)]
pub(super) enum Step {
    Bytes(Vec<u8>),
    Wait(Gate),
}

impl Script {
    fn new() -> Self {
        Self {
            status: 200,
            headers: Vec::new(),
            before: None,
            said: Vec::new(),
            usage: None,
            cut: None,
            end: End::Whole,
            page: None,
        }
    }

    /// An answer in words, one frame for each of them.
    pub fn text(text: &str) -> Self {
        Self::new().then(text)
    }

    /// More words.
    #[must_use]
    pub fn then(mut self, text: &str) -> Self {
        self.said.extend(text.split_inclusive(' ').map(|word| Said::Text(word.to_owned())));
        self
    }

    /// Reasoning that is shown.
    #[must_use]
    pub fn reasoning(mut self, text: &str) -> Self {
        self.said.push(Said::Reasoning(text.to_owned()));
        self
    }

    /// A call of a tool.
    #[must_use]
    pub fn tool_call(mut self, name: &str, arguments: &str) -> Self {
        self.said.push(Said::ToolCall { name: name.to_owned(), arguments: arguments.to_owned() });
        self
    }

    /// Stops here until the gate opens.
    #[must_use]
    pub fn wait(mut self, gate: &Gate) -> Self {
        self.said.push(Said::Wait(gate.clone()));
        self
    }

    /// Stops before the head of the answer until the gate opens.
    #[must_use]
    pub fn wait_before(mut self, gate: &Gate) -> Self {
        self.before = Some(gate.clone());
        self
    }

    /// Tokens of prompt and answer.
    #[must_use]
    pub fn usage(mut self, input: u32, output: u32) -> Self {
        self.usage = Some((input, output));
        self
    }

    /// Cuts the bytes into pieces of this size, wherever that falls.
    #[must_use]
    pub fn in_pieces_of(mut self, bytes: usize) -> Self {
        self.cut = Some(bytes.max(1));
        self
    }

    /// Reports an error in mid stream.
    #[must_use]
    pub fn error(mut self, message: &str) -> Self {
        self.said.push(Said::Error(message.to_owned()));
        self
    }

    /// Breaks the connection instead of ending.
    #[must_use]
    pub fn cut_off(mut self) -> Self {
        self.end = End::Cut;
        self
    }

    /// Goes on for ever.
    #[must_use]
    pub fn never_ends(mut self) -> Self {
        self.end = End::Never;
        self
    }

    /// A header of the answer.
    #[must_use]
    pub fn header(mut self, name: &'static str, value: &str) -> Self {
        self.headers.push((name, value.to_owned()));
        self
    }

    /// A refusal in the shape of both wires, for good: the client is told not to try again.
    pub fn refuses(status: u16, code: &str, message: &str) -> Self {
        let body = json!({"type": "error", "error": {"type": code, "code": code, "message": message}});
        Self::body(status, "application/json", &body).header("x-should-retry", "false")
    }

    /// A page of a proxy.
    pub fn html(status: u16, page: &str) -> Self {
        let mut script = Self::body(status, "text/html", &Value::Null).header("x-should-retry", "false");
        script.page = Some(("text/html".to_owned(), page.to_owned()));
        script
    }

    /// Whether it is words and calls from start to end, with nothing that only a stream can show.
    pub(super) fn is_plain(&self) -> bool {
        let plain = |said: &Said| matches!(said, Said::Text(_) | Said::ToolCall { .. });
        self.page.is_none() && self.before.is_none() && self.end == End::Whole && self.said.iter().all(plain)
    }

    fn body(status: u16, content_type: &str, body: &Value) -> Self {
        Self { status, page: Some((content_type.to_owned(), body.to_string())), ..Self::new() }
    }
}

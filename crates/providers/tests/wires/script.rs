//! What a scripted server says and does, the same for every wire.

/// The words of an error that comes in mid stream.
pub(crate) const FAULT: &str = "the machine fell over";

/// A call of a tool.
#[derive(Clone)]
pub(crate) struct Call {
    pub(crate) id: &'static str,
    pub(crate) name: &'static str,
    pub(crate) arguments: &'static str,
}

/// One thing that is said.
#[derive(Clone)]
pub(crate) enum Step {
    Reasoning(&'static str),
    Text(String),
    /// Calls that are made together.
    Calls(Vec<Call>),
    /// A frame that no client knows, holding this text.
    Unknown(String),
    /// An error, holding this text.
    Fault(String),
}

/// Why the answer ends.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Stop {
    Done,
    Limit,
    Calls,
    Filter,
    /// A reason that no client knows.
    Novel,
}

/// What happens behind the last byte.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Ending {
    /// The answer is whole.
    Whole,
    /// The connection closes in order, but the mark of the end never came.
    Unmarked,
    /// The connection breaks, and the mark never came.
    Cut,
    /// Nothing more comes, and the connection stays open.
    Stall,
}

/// The tokens of an answer. Cached ones are part of the prompt, reasoning is part of the answer.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Counts {
    pub(crate) input: u32,
    pub(crate) output: u32,
    pub(crate) cache_read: u32,
    pub(crate) cache_write: u32,
    pub(crate) reasoning: u32,
}

/// An answer.
#[derive(Clone)]
pub(crate) struct Script {
    pub(crate) steps: Vec<Step>,
    pub(crate) stop: Stop,
    pub(crate) counts: Option<Counts>,
    pub(crate) ending: Ending,
    /// The size of the pieces in which the bytes leave; all at once when absent.
    pub(crate) pieces: Option<usize>,
    /// One document instead of a stream.
    pub(crate) document: bool,
}

impl Script {
    pub(crate) fn new(steps: Vec<Step>) -> Self {
        let calls = steps.iter().any(|step| matches!(step, Step::Calls(_)));
        let stop = if calls { Stop::Calls } else { Stop::Done };
        Self { steps, stop, counts: None, ending: Ending::Whole, pieces: None, document: false }
    }

    pub(crate) fn text(text: &str) -> Self {
        Self::new(vec![Step::Text(text.into())])
    }

    pub(crate) fn stop(self, stop: Stop) -> Self {
        Self { stop, ..self }
    }

    pub(crate) fn counts(self, counts: Counts) -> Self {
        Self { counts: Some(counts), ..self }
    }

    pub(crate) fn ending(self, ending: Ending) -> Self {
        Self { ending, ..self }
    }

    pub(crate) fn pieces(self, size: usize) -> Self {
        Self { pieces: Some(size), ..self }
    }

    pub(crate) fn document(self) -> Self {
        Self { document: true, ..self }
    }
}

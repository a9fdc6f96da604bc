//! What a memory is made of, as the tables and the resident rows keep it.
//!
//! How memories are read and written is in `db::write` and in the rooms that do it (retain, curation, …).

use serde_json::{Map, Value};
use uuid::Uuid;

/// The type of a memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[repr(u8)]
pub(crate) enum Kind {
    /// About people and the world.
    World = 1,
    /// What the assistant did, said or advised.
    Experience = 2,
    /// Made of facts by consolidation.
    Observation = 3,
}

impl Kind {
    /// All, in the order in which the API lists them.
    pub(crate) const ALL: [Self; 3] = [Self::World, Self::Experience, Self::Observation];

    /// The API's word.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::World => "world",
            Self::Experience => "experience",
            Self::Observation => "observation",
        }
    }

    /// From the API's word.
    pub(crate) fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.word() == word)
    }

    /// From the column.
    pub(crate) fn from_column(value: i64) -> Self {
        match value {
            2 => Self::Experience,
            3 => Self::Observation,
            _ => Self::World,
        }
    }
}

/// Who made a memory. The words are the column's and the API's `origin`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Origin {
    /// Extracted or consolidated by a model.
    Model,
    /// Taken out of a text by rules, without a model.
    Rule,
    /// A chunk as it stands: the bank asks for no extraction.
    Chunk,
    /// A chunk that stands in until a model has read it.
    Pending,
    /// Came with an archive.
    Import,
}

impl Origin {
    /// The column's word.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Model => "model",
            Self::Rule => "rule",
            Self::Chunk => "chunk",
            Self::Pending => "pending",
            Self::Import => "import",
        }
    }
}

/// A memory that is to be written.
#[derive(Clone, Debug)]
pub(crate) struct NewUnit {
    pub(crate) id: Uuid,
    pub(crate) kind: Kind,
    pub(crate) text: String,
    pub(crate) context: Option<String>,
    /// The document's and the chunk's `no`.
    pub(crate) document: Option<i64>,
    pub(crate) chunk: Option<i64>,
    /// Place within the document.
    pub(crate) ord: i64,
    pub(crate) occurred_start: Option<i64>,
    pub(crate) occurred_end: Option<i64>,
    pub(crate) mentioned_at: Option<i64>,
    pub(crate) proof: u32,
    pub(crate) tags: Vec<String>,
    pub(crate) metadata: Option<Map<String, Value>>,
    pub(crate) observation_scopes: Option<Value>,
    pub(crate) origin: Origin,
    /// Entities' `no`.
    pub(crate) entities: Vec<i64>,
    /// `None` when nothing can encode now; `work` makes up for it.
    pub(crate) vector: Option<Vec<f32>>,
    pub(crate) created_at: i64,
}

/// Tokens of a text in OpenAI's o200k vocabulary, which is how the API counts budgets.
pub(crate) fn tokens(text: &str) -> u32 {
    let counted = tiktoken_rs::o200k_base_singleton().count_ordinary(text);
    u32::try_from(counted).unwrap_or(u32::MAX)
}

/// The dates of a memory as English words, for the keyword index and the encoder; empty without dates.
pub(crate) fn date_words(start: Option<i64>, end: Option<i64>) -> String {
    let at = |ms: i64| jiff::Timestamp::from_millisecond(ms).ok();
    match (start.and_then(at), end.and_then(at)) {
        (Some(start), end) => crate::when::phrase(start, end.unwrap_or(start)),
        (None, _) => String::new(),
    }
}

/// What the encoder reads of a memory: its text, when it happened and whom it names (hindsight 1.1 adds the
/// same two to the text that it embeds).
pub(crate) fn encoded_text(text: &str, start: Option<i64>, end: Option<i64>, _names: &[String]) -> String {
    match date_words(start, end) {
        dates if dates.is_empty() => text.to_owned(),
        dates => format!("{text} ({dates})"),
    }
}

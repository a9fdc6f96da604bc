//! Facts and vectors made ready before anything is written, where no model has to be waited for.
//!
//! Short texts of a bank without extraction, or without a model, then cost one transaction and one call of
//! the encoder. What is not ready here is read later by `pending`: nothing depends on this.

use super::append::append;
use super::delta::{self, Piece};
use super::items::{Draft, with_strategy};
use super::store;
use crate::bank::Bank;
use crate::engine::Engine;
use crate::error::{EngineError, Result, during};
use crate::extract::{Found, SPEAKER_WITHIN, Source, extract_after};
use crate::synthesis::Usage;
use crate::unit::{Origin, encoded_text};
use std::collections::{HashMap, HashSet};

/// Above this many new chunks a request is stored first and read afterwards.
const MOST: usize = 256;

/// What was found in a chunk.
#[derive(Debug)]
pub(super) struct Ready {
    pub(super) facts: Vec<Found>,
    /// One for each fact, or none.
    pub(super) vectors: Vec<Option<Vec<f32>>>,
    pub(super) origin: Origin,
    pub(super) usage: Usage,
}

/// By the hash of the chunk's text.
pub(super) type Prepared = HashMap<String, Ready>;

/// No model is waited for: the mode asks for none, or there is none.
pub(super) fn is_local(engine: &Engine, config: &crate::config::Config) -> bool {
    engine.synthesis().is_none() || config.text("retain_extraction_mode").as_deref() == Some("chunks")
}

/// Reads the chunks that will be new as things stand now.
pub(super) async fn prepare(
    engine: &Engine,
    bank: &Bank,
    drafts: &[Draft],
    anew: bool,
    trace_id: &str,
) -> Result<Prepared> {
    let mut prepared = Prepared::new();
    for draft in drafts {
        let appended;
        let draft = match old_text(engine, bank, draft).await? {
            Some(old) => {
                let mut whole = draft.clone();
                if let Some(first) = whole.items.first_mut() {
                    first.content = append(&old, &first.content);
                }
                appended = whole;
                &appended
            }
            None => draft,
        };
        let pieces = delta::pieces(draft, &bank.config);
        let stands = if anew { HashSet::new() } else { standing(engine, bank, draft).await? };
        let fresh: Vec<(usize, &Piece)> =
            pieces.iter().enumerate().filter(|(_, piece)| !stands.contains(&piece.hash)).collect();
        if prepared.len() + fresh.len() > MOST {
            return Ok(Prepared::new());
        }
        for (at, piece) in fresh {
            let Some(item) = draft.items.get(piece.item) else { continue };
            let config = with_strategy(&bank.config, item.strategy.as_deref());
            let whole = config.text("retain_extraction_mode").as_deref() == Some("chunks");
            // What a chunk says may hang on who spoke before it: reading it wants its neighbours in the tables.
            if prepared.contains_key(&piece.hash)
                || !(whole || (pieces.len() == 1 && is_local(engine, &config)))
            {
                continue;
            }
            let source = Source {
                bank,
                config: &config,
                document_id: &draft.id,
                text: piece.text(draft),
                chunk: (at, pieces.len()),
                context: item.context.as_deref(),
                metadata: item.metadata.as_ref(),
                said_at: item.said.at(),
                trace_id,
            };
            // The document's chunks are not in the tables yet: who speaks here stands in the ones before.
            let before = pieces.get(at.saturating_sub(SPEAKER_WITHIN)..at).unwrap_or_default();
            let same = before.iter().filter(|earlier| earlier.item == piece.item);
            let earlier: String = same.map(|earlier| earlier.text(draft)).collect();
            let read = match extract_after(engine, &source, &earlier).await {
                // A model that is asked after all and cannot be had: read later.
                Err(EngineError::Synthesis(_)) => continue,
                read => read?,
            };
            if read.origin != Origin::Pending {
                let ready =
                    Ready { facts: read.facts, vectors: Vec::new(), origin: read.origin, usage: read.usage };
                prepared.insert(piece.hash.clone(), ready);
            }
        }
    }
    encode(engine, &mut prepared).await;
    Ok(prepared)
}

/// One call of the encoder for all facts.
async fn encode(engine: &Engine, prepared: &mut Prepared) {
    let texts: Vec<String> = prepared.values().flat_map(|ready| ready.facts.iter().map(encoded)).collect();
    if texts.is_empty() {
        return;
    }
    let Some(vectors) = engine.vectors().texts(texts).await else { return };
    let mut vectors = vectors.into_iter();
    for ready in prepared.values_mut() {
        ready.vectors = ready.facts.iter().map(|_| vectors.next()).collect();
    }
}

/// What the encoder reads of a fact.
pub(super) fn encoded(found: &Found) -> String {
    let names: Vec<String> = found.entities.iter().map(|mention| mention.name.clone()).collect();
    encoded_text(&found.text, found.occurred_start, found.occurred_end, &names)
}

/// The text that a draft goes behind.
async fn old_text(engine: &Engine, bank: &Bank, draft: &Draft) -> Result<Option<String>> {
    if !draft.append() {
        return Ok(None);
    }
    let no: Option<i64> = sqlx::query_scalar("SELECT no FROM document WHERE bank = ?1 AND id = ?2")
        .bind(bank.no)
        .bind(&draft.id)
        .fetch_optional(engine.read())
        .await
        .map_err(during("read a document"))?;
    match no {
        Some(no) => store::text(engine.read(), no).await.map(Some),
        None => Ok(None),
    }
}

/// Hashes of the chunks that the document has.
async fn standing(engine: &Engine, bank: &Bank, draft: &Draft) -> Result<HashSet<String>> {
    let hashes: Vec<String> = sqlx::query_scalar(
        "SELECT c.hash FROM document d JOIN chunk c ON c.document = d.no WHERE d.bank = ?1 AND d.id = ?2",
    )
    .bind(bank.no)
    .bind(&draft.id)
    .fetch_all(engine.read())
    .await
    .map_err(during("read a document's chunks"))?;
    Ok(hashes.into_iter().collect())
}

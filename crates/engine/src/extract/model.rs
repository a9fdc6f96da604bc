//! Facts by a model: one question per chunk, halved when its answer does not fit, the chunk itself when the
//! model twice says nothing that can be read.

use super::speech::{self, Speaker};
use super::{Extracted, Found, Mode, Source, answer, labels, prompt, whole};
use crate::engine::Engine;
use crate::error::Result;
use crate::llm::{Answer, Block, Call, json_answer};
use crate::synthesis::{Message, Prompt, Purpose, Role, Usage};
use crate::unit::{Kind, Origin};
use crate::words;
use serde_json::json;

/// A chunk that is cut off is halved down to this size, in characters (hindsight 1.1).
const LEAST_HALVED: usize = 500;
/// Room for an answer, in tokens: the facts of 3000 characters are a third of this.
const MAX_OUTPUT: u32 = 8_000;
const TEMPERATURE: f32 = 0.1;

/// What is told to a model about a source.
pub(super) fn messages(
    source: &Source<'_>,
    mode: Mode,
    text: &str,
    before: Option<Speaker>,
    known: &[String],
) -> Vec<(Role, Vec<Block>)> {
    vec![
        (Role::System, prompt::system(source.config, mode)),
        (Role::User, prompt::user(source, text, before, known)),
    ]
}

/// Asks a model for the facts of a chunk.
///
/// # Errors
/// `Synthesis`: it did not answer.
pub(super) async fn extract(
    engine: &Engine,
    source: &Source<'_>,
    mode: Mode,
    before: Option<Speaker>,
    known: &[String],
) -> Result<Extracted> {
    let mut all = Extracted { facts: Vec::new(), usage: Usage::default(), origin: Origin::Chunk };
    // Parts still to read, the next one last.
    let mut parts = vec![(source.text.to_owned(), before)];
    while let Some((text, before)) = parts.pop() {
        let length = text.chars().count();
        let answered = read(engine, source, mode, &text, before, known).await?;
        all.usage += answered.1;
        match answered.0 {
            Some(facts) => {
                let offset = all.facts.len();
                all.origin = Origin::Model;
                all.facts.extend(facts.into_iter().map(|mut fact| {
                    fact.because.iter_mut().for_each(|cause| *cause += offset);
                    fact
                }));
            }
            None if length >= LEAST_HALVED * 2 => {
                let mut speaker = before;
                let mut halves = Vec::new();
                for range in words::chunks(&text, length.div_ceil(2)) {
                    let half = text.get(range).unwrap_or_default().to_owned();
                    let next = speech::last_speaker(&half).or(speaker);
                    halves.push((half, speaker));
                    speaker = next;
                }
                parts.extend(halves.into_iter().rev());
            }
            None => all.facts.extend(whole(&text).facts),
        }
    }
    Ok(all)
}

/// One question. `None` when the answer was cut off; the text itself when it cannot be read.
async fn read(
    engine: &Engine,
    source: &Source<'_>,
    mode: Mode,
    text: &str,
    before: Option<Speaker>,
    known: &[String],
) -> Result<(Option<Vec<Found>>, Usage)> {
    let labels = labels::of(source.config);
    let messages = messages(source, mode, text, before, known);
    let messages =
        messages.into_iter().map(|(role, blocks)| Message { role, content: Block::joined(&blocks) });
    let question = Prompt {
        purpose: Purpose::Retain,
        messages: messages.collect(),
        schema: Some(prompt::schema(&labels)),
        max_output_tokens: MAX_OUTPUT,
        temperature: TEMPERATURE,
    };
    let call = Call {
        bank: source.bank,
        scope: "retain_extract_facts",
        trace_id: source.trace_id,
        metadata: json!({"document_id": source.document_id, "chunk_index": source.chunk.0}),
    };
    let answered = json_answer::<answer::Facts>(engine, &call, &question).await?;
    let free = source.config.on("entities_allow_free_form");
    let facts = match answered.answer {
        Answer::Read(facts) if mode == Mode::Verbatim => {
            let (entities, occurred_start, occurred_end) = answer::annotations(&facts, &labels, free);
            let text = text.trim().to_owned();
            let kind = Kind::World;
            Some(vec![Found { text, kind, occurred_start, occurred_end, entities, because: Vec::new() }])
        }
        Answer::Read(facts) => Some(answer::cleaned(facts, &labels, free)),
        Answer::Truncated => None,
        Answer::Unreadable(why) => {
            tracing::debug!(why, "a model's facts could not be read; the text stands for them");
            Some(whole(text).facts)
        }
    };
    Ok((facts, answered.usage))
}

#[cfg(test)]
#[path = "model_tests.rs"]
mod tests;

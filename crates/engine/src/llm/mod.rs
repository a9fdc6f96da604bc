//! Asking the model, and keeping what was asked.
//!
//! Every call of extraction, consolidation, reflect and mental models goes through [`ask`], which keeps it as
//! an LLM request ([`record`]), or through [`json_answer`], which also reads the answer. Listing requests is
//! in `http/llm_requests`; which model there is, whoever starts the engine says (`synthesis`).

mod answer;
mod block;
mod json;
mod record;

#[cfg(test)]
pub(crate) use answer::Answered;
pub(crate) use answer::{Answer, json_answer};
pub(crate) use block::Block;

use crate::bank::Bank;
use crate::engine::Engine;
use crate::error::Result;
use crate::synthesis::{Completion, Prompt, SynthesisError};
use crate::time::now_ms;
use rearview_domain::fault;
use serde_json::Value;

/// What a call belongs to, for the list of LLM requests.
#[derive(Clone, Debug)]
pub(crate) struct Call<'a> {
    pub(crate) bank: &'a Bank,
    /// The kind of call, in the API's words: `retain_extract_facts`, `consolidation`, `reflect`, …
    pub(crate) scope: &'a str,
    /// Calls of one operation share it.
    pub(crate) trace_id: &'a str,
    /// `document_id`, `memory_ids`, `mental_model_id`: what the list can be filtered by.
    pub(crate) metadata: Value,
}

/// Asks the model once and keeps the request with its answer.
///
/// # Errors
/// `Synthesis`: there is no model, or it did not answer.
pub(crate) async fn ask(engine: &Engine, call: &Call<'_>, prompt: &Prompt) -> Result<Completion> {
    let model = engine.synthesis().ok_or(SynthesisError::NotConfigured)?;
    let started_at = now_ms();
    fault::point("engine.llm.before");
    let answer = model.complete(prompt).await;
    fault::point("engine.llm.after");
    let kept = record::keep(engine, call, prompt, model.as_ref(), &answer, started_at).await;
    if let Err(error) = kept {
        // The answer has been paid for; the list of requests is only for looking.
        tracing::warn!(%error, "an LLM request could not be kept");
    }
    Ok(answer?)
}

#[cfg(test)]
pub(crate) mod scripted;
#[cfg(test)]
mod tests;

//! Reflect: an answer out of memory, with the memories that it rests on.
//!
//! [`reflect`] is the whole of it, called by the HTTP area of the same name and by mental models. First the
//! engine looks things up by itself (`retrieval`), then the model answers or asks for more (`steps`), its answer
//! is put into the caller's form if there is one (`structured`). Without a model `rule` answers with a list.
//! What was found stands in `evidence`, what the model is told in `prompt`, what is asked in `question`, what
//! is answered in `answer`. Nothing here writes memories.

mod answer;
mod evidence;
mod prompt;
mod question;
mod retrieval;
mod rule;
mod schema;
mod scope;
mod steps;
mod structured;

#[cfg(test)]
mod tests;

pub(crate) use answer::{LlmCall, Reflected, usage};
pub(crate) use prompt::preview_blocks;
pub(crate) use question::{FactType, Question, ReflectRequest, tokens};
pub(crate) use retrieval::ToolCall;
pub(crate) use scope::Scope;

use crate::bank::Bank;
use crate::directive;
use crate::engine::Engine;
use crate::error::{EngineError, Result};
use axum::http::StatusCode;
use retrieval::Retrieval;
use std::time::Duration;

/// How long a whole reflect may take (hindsight 1.1).
const WALL_CLOCK: Duration = Duration::from_secs(300);

/// Answers a question out of a bank. Dropping the future stops it, a call of the model included.
///
/// # Errors
/// `Synthesis` when the model fails, 504 after 300 seconds, SQLite's. That there is no model is no error.
pub(crate) async fn reflect(engine: &Engine, bank: &Bank, question: &Question) -> Result<Reflected> {
    match tokio::time::timeout(WALL_CLOCK, answered(engine, bank, question)).await {
        Ok(reflected) => reflected,
        Err(_) => Err(EngineError::refused(
            StatusCode::GATEWAY_TIMEOUT,
            format!("Reflect took longer than {} seconds", WALL_CLOCK.as_secs()),
        )),
    }
}

async fn answered(engine: &Engine, bank: &Bank, question: &Question) -> Result<Reflected> {
    let mut directives = directive::all(engine.read(), bank, true).await?;
    directives.retain(|directive| question.all_directives || question.scope.applies(&directive.tags));
    let retrieval = Retrieval::new(engine, bank, question);
    match engine.synthesis() {
        Some(_) => steps::answer(retrieval, directives).await,
        None => rule::answer(retrieval, directives).await,
    }
}

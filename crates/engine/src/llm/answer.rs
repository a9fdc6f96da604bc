//! Answers in JSON, with one round of repair: a model that answered wrongly is shown its answer and the error.

use super::{Call, ask, json};
use crate::engine::Engine;
use crate::error::Result;
use crate::synthesis::{Message, Prompt, Role, Usage};
use serde::de::DeserializeOwned;

/// How much of a wrong answer is shown to the model again, in characters.
const SHOWN: usize = 8_000;

/// What an answer turned out to be.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Answer<T> {
    /// As asked.
    Read(T),
    /// It ended at the token limit: the question was too big.
    Truncated,
    /// No JSON of this shape, even after the repair; why.
    Unreadable(String),
}

/// An answer and what it cost, the repair included.
#[derive(Clone, Debug)]
pub(crate) struct Answered<T> {
    pub(crate) answer: Answer<T>,
    pub(crate) usage: Usage,
}

/// Asks for JSON and reads it; asks once more when it cannot be read.
///
/// # Errors
/// `Synthesis`: there is no model, or it did not answer. An answer that is no JSON is no error.
pub(crate) async fn json_answer<T: DeserializeOwned>(
    engine: &Engine,
    call: &Call<'_>,
    prompt: &Prompt,
) -> Result<Answered<T>> {
    let first = ask(engine, call, prompt).await?;
    let mut usage = first.usage;
    let wrong = match json::read(&first.text) {
        // A list cut off behind a whole entry reads well and is not all.
        _ if first.truncated => return Ok(Answered { answer: Answer::Truncated, usage }),
        Ok(value) => return Ok(Answered { answer: Answer::Read(value), usage }),
        Err(wrong) => wrong,
    };
    let shown: String = first.text.chars().take(SHOWN).collect();
    let mut again = prompt.clone();
    again.messages.push(Message { role: Role::Assistant, content: shown });
    again.messages.push(Message {
        role: Role::User,
        content: format!(
            "That could not be read: {wrong}. Answer again with nothing but the JSON object that was asked for."
        ),
    });
    let second = ask(engine, call, &again).await?;
    usage += second.usage;
    let answer = match json::read(&second.text) {
        _ if second.truncated => Answer::Truncated,
        Ok(value) => Answer::Read(value),
        Err(wrong) => Answer::Unreadable(wrong),
    };
    Ok(Answered { answer, usage })
}

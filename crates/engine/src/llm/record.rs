//! LLM requests as rows: written after each call, kept for a day.

use super::Call;
use crate::engine::Engine;
use crate::error::{Result, during};
use crate::synthesis::{Completion, Prompt, Purpose, Synthesis, SynthesisError};
use crate::time::now_ms;
use serde_json::{Value, json};
use uuid::Uuid;

/// How long requests are kept and where their texts are cut, in characters (hindsight 1.1).
const KEPT_MS: i64 = 24 * 60 * 60 * 1000;
const LONGEST_TEXT: usize = 50_000;

/// Writes a call with its answer or error, and removes this bank's requests of the day before yesterday.
pub(super) async fn keep(
    engine: &Engine,
    call: &Call<'_>,
    prompt: &Prompt,
    model: &dyn Synthesis,
    answer: &std::result::Result<Completion, SynthesisError>,
    started_at: i64,
) -> Result<()> {
    let action = "keep an LLM request";
    let ended_at = now_ms();
    let input: Vec<Value> = prompt
        .messages
        .iter()
        .map(|message| json!({"role": message.role, "content": cut(&message.content)}))
        .collect();
    let mut info = json!({"request": {
        "temperature": prompt.temperature, "max_output_tokens": prompt.max_output_tokens,
        "response_schema": prompt.schema,
    }});
    let (status, output, error, usage) = match answer {
        Ok(answer) => {
            let reason = if answer.truncated { "length" } else { "stop" };
            info.as_object_mut().map(|info| info.insert("finish_reason".into(), reason.into()));
            ("success", Some(cut(&answer.text)), None, answer.usage)
        }
        Err(error) => ("error", None, Some(error.to_string()), Default::default()),
    };
    let count = |tokens: u64| i64::try_from(tokens).unwrap_or(i64::MAX);
    let mut write = engine.write().await?;
    sqlx::query("DELETE FROM llm_request WHERE bank = ?1 AND started_at < ?2")
        .bind(call.bank.no)
        .bind(ended_at - KEPT_MS)
        .execute(write.sql())
        .await
        .map_err(during(action))?;
    sqlx::query(
        "INSERT INTO llm_request (id, bank, operation, scope, trace_id, provider, model, status, input, output, error, \
         llm_info, metadata, input_tokens, output_tokens, cached_tokens, thoughts_tokens, started_at, ended_at, duration_ms) \
         VALUES (?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11,?12,?13,?14,?15,?16,?17,?18,?19,?20)",
    )
    .bind(Uuid::new_v4().to_string())
    .bind(call.bank.no)
    .bind(operation(prompt.purpose))
    .bind(call.scope)
    .bind(call.trace_id)
    .bind(model.provider())
    .bind(model.model())
    .bind(status)
    .bind(Value::from(input).to_string())
    .bind(output)
    .bind(error)
    .bind(info.to_string())
    .bind(call.metadata.to_string())
    .bind(count(usage.input_tokens))
    .bind(count(usage.output_tokens))
    .bind(count(usage.cached_tokens))
    .bind(count(usage.thoughts_tokens))
    .bind(started_at)
    .bind(ended_at)
    .bind((ended_at - started_at).max(0))
    .execute(write.sql())
    .await
    .map_err(during(action))?;
    write.commit().await
}

/// The API's word for what a call is for.
fn operation(purpose: Purpose) -> &'static str {
    match purpose {
        Purpose::Retain => "retain",
        Purpose::Consolidation => "consolidation",
        Purpose::Reflect => "reflect",
        Purpose::MentalModel => "refresh_mental_model",
    }
}

fn cut(text: &str) -> &str {
    text.char_indices().nth(LONGEST_TEXT).and_then(|(end, _)| text.get(..end)).unwrap_or(text)
}

//! The refresh of a mental model: its question answered from memory, the answer kept, and what became of it told.
//!
//! [`run`] is the operation. `dry_run` uses the first half of it and writes nothing.

use super::trigger::Mode;
use super::{MentalModel, Newest, table};
use crate::bank::Bank;
use crate::engine::Engine;
use crate::error::{EngineError, Result, during};
use crate::recall::Budget;
use crate::reflect::{self, FactType, Question, Reflected, tokens};
use crate::synthesis::{Purpose, SynthesisError};
use crate::time::now_ms;
use crate::work::Job;
use rearview_domain::fault;
use serde_json::{Map, Value, json};
use std::time::Instant;

/// The operation's kind.
pub(crate) const KIND: &str = "refresh_mental_model";
/// The groups of `based_on` in the API's order; opinions are gone from the product.
const GROUPS: [&str; 6] = ["world", "experience", "opinion", "observation", "mental-models", "directives"];

/// What a refresh did or would do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    Written,
    Unchanged,
    /// Nothing new since the last refresh.
    Preserved,
    Empty,
    /// The form that the trigger asks for could not be filled in.
    Unstructured,
    Failed,
}

impl Outcome {
    /// The API's word.
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Written => "content_written",
            Self::Unchanged => "content_unchanged",
            Self::Preserved => "content_preserved_no_new_facts",
            Self::Empty => "refresh_failed_empty_candidate",
            Self::Unstructured => "refresh_failed_structured_output",
            Self::Failed => "refresh_failed_error",
        }
    }

    /// Why it failed, in the API's words.
    fn reason(self) -> Option<&'static str> {
        match self {
            Self::Written | Self::Unchanged | Self::Preserved => None,
            Self::Empty => Some("empty_candidate"),
            Self::Unstructured => Some("structured_output_failed"),
            Self::Failed => Some("unexpected_error"),
        }
    }
}

/// An answer that may become the content.
pub(super) struct Candidate {
    pub(super) requested: Mode,
    pub(super) effective: Mode,
    /// Why `delta` became `full`.
    pub(super) fallback: Option<&'static str>,
    pub(super) outcome: Outcome,
    /// As it would be stored.
    pub(super) content: String,
    pub(super) reflected: Reflected,
    /// When the look began: memories written later are for the next refresh.
    pub(super) began_at: i64,
    /// The newest memory that it saw, or the time of the model itself.
    pub(super) seen_at: i64,
    pub(super) duration_ms: i64,
}

/// Answers a model's question. Nothing is written.
///
/// # Errors
/// `Synthesis` without a model or when it fails; what reflect fails with.
pub(super) async fn candidate(
    engine: &Engine,
    bank: &Bank,
    model: &MentalModel,
    mode: Option<Mode>,
) -> Result<Candidate> {
    let started = Instant::now();
    let began_at = now_ms();
    let requested = mode.unwrap_or(model.trigger.mode);
    let newest = Newest::since(engine.read(), bank, model.last_memory_seen_at).await?;
    let seen_at =
        newest.of(model).max(model.last_memory_seen_at).unwrap_or(model.created_at).max(model.created_at);
    let empty = model.content.trim().is_empty();
    let (effective, fallback) = match requested {
        Mode::Full => (Mode::Full, None),
        Mode::Delta if empty => (Mode::Full, Some("no_baseline_content")),
        Mode::Delta if !newest.stale(model) => (Mode::Delta, None),
        // Contents are kept as text: there are no sections that could be edited one by one.
        Mode::Delta => (Mode::Full, Some("structured_doc_unreadable")),
    };
    let mut candidate = Candidate {
        requested,
        effective,
        fallback,
        outcome: Outcome::Preserved,
        content: model.content.clone(),
        reflected: Reflected::default(),
        began_at,
        seen_at,
        duration_ms: 0,
    };
    if effective == Mode::Full {
        if engine.synthesis().is_none() {
            return Err(SynthesisError::NotConfigured.into());
        }
        candidate.reflected = reflect::reflect(engine, bank, &question(bank, model)).await?;
        if candidate.reflected.by_rule {
            // The model was taken away meanwhile; a list by rules is no content to keep.
            return Err(SynthesisError::NotConfigured.into());
        }
        candidate.content = format!("{}\n", candidate.reflected.text.trim());
        candidate.outcome = match candidate.content.trim() {
            "" => Outcome::Empty,
            _ if candidate.reflected.structured_output_error.is_some() => Outcome::Unstructured,
            text if text == model.content.trim() => Outcome::Unchanged,
            _ => Outcome::Written,
        };
    }
    candidate.duration_ms = i64::try_from(started.elapsed().as_millis()).unwrap_or(i64::MAX);
    Ok(candidate)
}

/// The model's question with what its trigger says; a bank's own reflect options do not count here (hindsight 1.1).
fn question(bank: &Bank, model: &MentalModel) -> Question {
    let trigger = &model.trigger;
    let basic = Question::new(&model.source_query, &bank.config);
    let chunk_tokens = match trigger.include_chunks {
        Some(false) => 0,
        Some(true) if basic.chunk_tokens == 0 => bank.config.int("recall_chunks_max_tokens").unwrap_or(1000),
        _ => basic.chunk_tokens,
    };
    Question {
        budget: trigger.budget.unwrap_or(Budget::Mid),
        max_tokens: model.max_tokens,
        scope: model.scope(),
        kinds: FactType::kinds(trigger.fact_types.as_deref()),
        without_models: trigger.exclude_mental_models,
        without_model_ids: excluded(model),
        observation_tokens: trigger
            .reflect_search_observations_max_tokens
            .map_or(basic.observation_tokens, tokens),
        observation_entities: trigger.reflect_search_observations_include_entities.unwrap_or(true),
        fact_tokens: trigger.recall_max_tokens.map_or(basic.fact_tokens, tokens),
        chunk_tokens: match trigger.recall_chunks_max_tokens {
            Some(most) if chunk_tokens > 0 => most,
            _ => chunk_tokens,
        },
        response_schema: trigger.response_schema.clone().map(Value::Object),
        purpose: Purpose::MentalModel,
        mental_model: Some(model.id.clone()),
        ..basic
    }
}

/// A model never rests on itself.
pub(super) fn excluded(model: &MentalModel) -> Vec<String> {
    let mut ids = model.trigger.exclude_mental_model_ids.clone().unwrap_or_default();
    if !ids.contains(&model.id) {
        ids.push(model.id.clone());
    }
    ids
}

/// What an answer rests on, by type, as a model keeps it.
pub(super) fn based_on(reflected: &Reflected) -> Map<String, Value> {
    let mut groups: Map<String, Value> =
        GROUPS.iter().map(|group| ((*group).to_owned(), json!([]))).collect();
    let mut put = |group: &str, item: Value| {
        if let Some(Value::Array(items)) = groups.get_mut(group) {
            items.push(item);
        }
    };
    for fact in reflected.evidence.memories() {
        let item = json!({"id": fact.id, "text": fact.text, "type": fact.kind, "context": fact.context});
        put(fact.kind, item);
    }
    for model in reflected.evidence.models() {
        let item =
            json!({"id": model.id, "text": model.content, "type": "mental-models", "context": model.name});
        put("mental-models", item);
    }
    for rule in &reflected.directives {
        put(
            "directives",
            json!({"id": rule.id, "text": rule.content, "type": "directives", "context": null}),
        );
    }
    groups
}

/// Does the operation. Its result, which says what became of the content.
///
/// # Errors
/// `Cancelled`; what reflect fails with, after the failure was written into the model's history.
pub(crate) async fn run(job: &Job) -> Result<Value> {
    let id = job.payload.get("mental_model_id").and_then(Value::as_str).unwrap_or_default();
    let mode = job.payload.get("mode").and_then(|mode| serde_json::from_value(mode.clone()).ok());
    let model = table::find(job.engine.read(), &job.bank, id).await?;
    job.progress("reflecting", 0, 1).await?;
    let asked = tokio::select! {
        asked = candidate(&job.engine, &job.bank, &model, mode) => asked,
        () = job.cancel.cancelled() => Err(EngineError::Cancelled),
    };
    match asked {
        Ok(candidate) if candidate.outcome.reason().is_none() => write(job, id, candidate).await,
        Ok(candidate) => {
            let error = match &candidate.reflected.structured_output_error {
                Some(error) => format!("the structured output could not be made: {error}"),
                None => "the model gave no content".to_owned(),
            };
            fail(job, &model, candidate.outcome, &error, true).await?;
            Err(EngineError::bad_request(error))
        }
        Err(EngineError::Cancelled) => Err(EngineError::Cancelled),
        Err(error) => {
            // What passes by itself is no reason to hold back refreshes that begin by themselves.
            let lasting = !matches!(
                error,
                EngineError::Synthesis(
                    SynthesisError::NotConfigured
                        | SynthesisError::LimitReached { .. }
                        | SynthesisError::Unavailable { .. }
                )
            );
            fail(job, &model, Outcome::Failed, &error.to_string(), lasting).await?;
            Err(error)
        }
    }
}

/// Keeps the content, what it rests on, and what stood there before.
async fn write(job: &Job, id: &str, candidate: Candidate) -> Result<Value> {
    let Candidate { outcome, reflected, .. } = &candidate;
    let (bank, now) = (&job.bank, now_ms());
    let based_on = based_on(reflected);
    let counts: Map<String, Value> = based_on
        .iter()
        .map(|(group, items)| (group.clone(), items.as_array().map_or(0, Vec::len).into()))
        .collect();
    let mut write = job.engine.write().await?;
    // Read again: name, tags and trigger may have changed while the model was thinking.
    let mut model = table::find(write.sql(), bank, id).await?;
    if *outcome != Outcome::Preserved {
        let previous = model.reflect_response.as_ref().map(|kept| json!({"based_on": kept["based_on"]}));
        let entry = json!({"previous_content": model.content, "previous_reflect_response": previous});
        table::remember(&mut write, bank, id, &entry, now).await?;
        let mut kept = json!({
            "text": reflected.text, "outcome": outcome.word(), "based_on": based_on, "mental_models": [],
        });
        if let Some(output) = &reflected.structured_output {
            kept["structured_output"] = output.clone();
        }
        if model.trigger.keep_trace {
            kept["trace"] = super::dry_run::trace(&candidate, false);
        }
        model.reflect_response = Some(kept);
        if *outcome == Outcome::Written {
            model.content = candidate.content.clone();
        }
        model.last_full_refreshed_at = Some(now);
    }
    model.last_refreshed_at = Some(now);
    model.last_memory_seen_at = Some(candidate.seen_at);
    model.last_refresh_failed_at = None;
    model.updated_at = now;
    table::save(&mut write, bank, &model).await?;
    let result = json!({
        "name": model.name,
        "outcome": outcome.word(),
        "content_len": model.content.chars().count(),
        "failure_reason": null,
        "based_on_counts": counts,
        "mental_model_id": id,
        "delta_ops_applied": 0,
        "delta_ops_skipped": 0,
        "populated_content": !model.content.trim().is_empty(),
    });
    tell(&mut write, job, *outcome, &result).await?;
    fault::point("engine.mental_model.refresh");
    write.commit().await?;
    Ok(result)
}

/// Writes a failure into the model's history; `lasting` ones hold back refreshes that begin by themselves.
async fn fail(job: &Job, model: &MentalModel, outcome: Outcome, error: &str, lasting: bool) -> Result<()> {
    let now = now_ms();
    let mut write = job.engine.write().await?;
    let entry = json!({
        "previous_content": null, "previous_reflect_response": null, "kind": "failure",
        "outcome": outcome.word(), "failure_reason": outcome.reason(), "error_message": error,
    });
    table::remember(&mut write, &job.bank, &model.id, &entry, now).await?;
    if lasting {
        sqlx::query("UPDATE mental_model SET last_refresh_failed_at = ?3 WHERE bank = ?1 AND id = ?2")
            .bind(job.bank.no)
            .bind(&model.id)
            .bind(now)
            .execute(write.sql())
            .await
            .map_err(during("write that a refresh failed"))?;
    }
    let result = json!({
        "name": model.name, "outcome": outcome.word(), "failure_reason": outcome.reason(), "mental_model_id": model.id,
    });
    tell(&mut write, job, outcome, &result).await?;
    write.commit().await
}

/// Writes what became of the refresh into its operation, which failures would not do.
async fn tell(write: &mut crate::db::Write<'_>, job: &Job, outcome: Outcome, result: &Value) -> Result<()> {
    let details =
        json!({"operation_type": KIND, "outcome": outcome.word(), "failure_reason": outcome.reason()});
    sqlx::query("UPDATE operation SET details = ?2, result = ?3 WHERE id = ?1")
        .bind(&job.id)
        .bind(details.to_string())
        .bind(result.to_string())
        .execute(write.sql())
        .await
        .map_err(during("write what became of a refresh"))?;
    Ok(())
}

//! What a refresh would do to a mental model, in every detail, without doing it.

use super::MentalModel;
use super::refresh::{Candidate, Outcome, based_on, candidate, excluded};
use super::trigger::Mode;
use crate::bank::Bank;
use crate::engine::Engine;
use crate::error::Result;
use crate::reflect::{LlmCall, usage};
use crate::time::iso;
use serde_json::{Map, Value, json};
use similar::TextDiff;

/// Runs a refresh up to the point at which it would write.
///
/// # Errors
/// As a refresh.
pub(crate) async fn dry_run(
    engine: &Engine,
    bank: &Bank,
    model: &MentalModel,
    mode: Option<Mode>,
) -> Result<Value> {
    let tried = candidate(engine, bank, model, mode).await?;
    let reflected = &tried.reflected;
    let based_on = based_on(reflected);
    let used: Map<String, Value> = based_on
        .iter()
        .filter_map(|(group, items)| {
            let count = items.as_array().map_or(0, Vec::len);
            (count > 0).then(|| (group.clone(), count.into()))
        })
        .collect();
    let scope = model.scope();
    let candidate_text = match tried.outcome {
        Outcome::Preserved => "",
        _ => reflected.text.trim(),
    };
    Ok(json!({
        "mental_model_id": model.id,
        "name": model.name,
        "requested_mode": tried.requested.word(),
        "effective_mode": tried.effective.word(),
        "mode_fallback_reason": tried.fallback,
        "outcome": tried.outcome.word(),
        "would_persist": matches!(tried.outcome, Outcome::Written | Outcome::Unchanged),
        "scope": {
            "tags": if scope.tag_groups.is_some() { Value::Null } else { model.tags.clone().into() },
            "tags_match": scope.tags_match,
            "tag_groups": model.trigger.tag_groups,
            "fact_types": model.trigger.fact_types,
            "exclude_mental_models": model.trigger.exclude_mental_models,
            "exclude_mental_model_ids": excluded(model),
        },
        "window": {
            "created_after": null,
            "created_before": zulu(tried.began_at),
            "watermark": zulu(tried.seen_at),
        },
        "facts": {"retrieved": retrieved(&tried), "used": used},
        "based_on": based_on,
        "current_content": model.content.trim(),
        "candidate_content": candidate_text,
        "preview_content": tried.content,
        "diff": diff(&model.content, &tried.content),
        "delta_operations": null,
        "retraction": null,
        "trace": trace(&tried, true),
        "usage": usage(reflected.usage),
        "duration_ms": tried.duration_ms,
        "warnings": [],
    }))
}

/// How a refresh went. A stored trace is without what the look-ups brought, so that it stays small.
pub(super) fn trace(tried: &Candidate, with_outputs: bool) -> Value {
    let calls = tried.reflected.tool_calls.iter().map(|call| {
        json!({
            "tool": call.tool,
            "reason": null,
            "input": call.input,
            "output": with_outputs.then_some(&call.output),
            "updated_at": null,
            "result_count": call.count,
            "duration_ms": call.duration_ms,
            "iteration": call.iteration,
        })
    });
    json!({
        "recorded_at": zulu(tried.began_at + tried.duration_ms),
        "effective_mode": tried.effective.word(),
        "mode_fallback_reason": tried.fallback,
        "outcome": tried.outcome.word(),
        "tool_calls": calls.collect::<Vec<_>>(),
        "llm_calls": tried.reflected.llm_calls.iter().map(LlmCall::to_json).collect::<Vec<_>>(),
        "delta_operations": null,
        "retraction": null,
        "usage": usage(tried.reflected.usage),
        "duration_ms": tried.duration_ms,
        "warnings": [],
    })
}

/// How many memories of each type the look-ups brought, each counted once.
fn retrieved(tried: &Candidate) -> Value {
    let mut seen = std::collections::BTreeMap::new();
    for call in &tried.reflected.tool_calls {
        let lists = ["memories", "observations"].iter().filter_map(|name| call.output[*name].as_array());
        for memory in lists.flatten() {
            seen.insert(
                memory["id"].to_string(),
                memory["fact_type"].as_str().unwrap_or_default().to_owned(),
            );
        }
    }
    let mut counts = Map::new();
    for kind in seen.into_values() {
        let count = counts.get(&kind).and_then(Value::as_u64).unwrap_or(0);
        counts.insert(kind, (count + 1).into());
    }
    Value::Object(counts)
}

/// A unified diff; empty when nothing changes but white space at the ends.
fn diff(current: &str, preview: &str) -> String {
    if current.trim() == preview.trim() {
        return String::new();
    }
    TextDiff::from_lines(current, preview).unified_diff().header("current", "preview").to_string()
}

/// As the API writes the times of a dry run.
fn zulu(ms: i64) -> String {
    iso(ms).replace("+00:00", "Z")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_diff_names_lines_that_go_and_come() {
        assert_eq!(diff("a\nb\n", "a\nb"), "");
        let told = diff("a\nb\n", "a\nc\n");
        assert!(told.contains("-b\n+c\n") && told.starts_with("--- current\n+++ preview\n"), "{told}");
    }
}

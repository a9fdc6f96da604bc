//! Extraction without storing: what would be found in a text, and what a model would be told.

use super::read::Body;
use crate::bank::{self, Bank};
use crate::engine::Engine;
use crate::error::{EngineError, Result};
use crate::extract::{self, Mode, Source};
use crate::llm::Block;
use crate::retain::{cut, request, with_strategy};
use crate::synthesis::{Role, Usage};
use crate::time::{iso, now_ms};
use crate::{directive, observation, reflect};
use axum::extract::{Path, State};
use axum::routing::post;
use axum::{Json, Router};
use serde::Deserialize;
use serde_json::{Value, json};

pub(super) fn routes() -> Router<Engine> {
    Router::new()
        .route("/v1/default/banks/{bank_id}/memories/dry-run-extract", post(dry_run))
        .route("/v1/default/banks/{bank_id}/prompts/preview", post(preview))
}

/// A text, and settings that count for this once.
#[derive(Deserialize)]
struct DryRun {
    content: Value,
    context: Option<String>,
    timestamp: Option<String>,
    strategy: Option<String>,
    retain_mission: Option<String>,
    retain_extraction_mode: Option<String>,
    retain_custom_instructions: Option<String>,
    retain_chunk_size: Option<i64>,
    entity_labels: Option<Vec<Value>>,
    entities_allow_free_form: Option<bool>,
}

async fn dry_run(
    State(engine): State<Engine>,
    Path(bank_id): Path<String>,
    Body(asked): Body<DryRun>,
) -> Result<Json<Value>> {
    let bank = bank::find(engine.read(), &bank_id).await?;
    let item = json!({"content": asked.content, "timestamp": asked.timestamp, "context": asked.context});
    let request: request::Request = serde_json::from_value(json!({"items": [item]}))
        .map_err(|error| EngineError::invalid(&["content"], error.to_string()))?;
    let items = request.items(now_ms())?;
    let item = items.first().ok_or_else(|| EngineError::invalid(&["content"], "Field required"))?;
    let mut config = with_strategy(&bank.config, asked.strategy.as_deref());
    for (key, value) in [
        ("retain_mission", asked.retain_mission.map(Value::from)),
        ("retain_extraction_mode", asked.retain_extraction_mode.map(Value::from)),
        ("retain_custom_instructions", asked.retain_custom_instructions.map(Value::from)),
        ("retain_chunk_size", asked.retain_chunk_size.map(Value::from)),
        ("entity_labels", asked.entity_labels.map(Value::from)),
        ("entities_allow_free_form", asked.entities_allow_free_form.map(Value::from)),
    ] {
        if let Some(value) = value {
            config.overrides.insert(key.to_owned(), value);
        }
    }
    let text = item.content.as_str();
    let ranges = cut(text, &config);
    let trace_id = uuid::Uuid::new_v4().to_string();
    let (mut facts, mut chunks, mut usage) = (Vec::new(), Vec::new(), Usage::default());
    for (place, range) in ranges.iter().enumerate() {
        let source = Source {
            bank: &bank,
            config: &config,
            document_id: "",
            text: text.get(range.clone()).unwrap_or_default(),
            chunk: (place, ranges.len()),
            context: item.context.as_deref(),
            metadata: None,
            said_at: item.said.at(),
            trace_id: &trace_id,
        };
        let earlier = text.get(..range.start).unwrap_or_default();
        let found = extract::extract_after(&engine, &source, earlier).await?;
        usage += found.usage;
        chunks.push(json!({"text": source.text, "fact_count": found.facts.len()}));
        facts.extend(found.facts.iter().map(|fact| {
            let names: Vec<&str> = fact.entities.iter().map(|mention| mention.name.as_str()).collect();
            json!({
                "text": fact.text, "fact_type": fact.kind.word(), "occurred_start": fact.occurred_start.map(iso),
                "occurred_end": fact.occurred_end.map(iso), "entities": names, "chunk_index": place,
                "attachments": [],
            })
        }));
    }
    Ok(Json(json!({"facts": facts, "chunks": chunks, "usage": {
        "input_tokens": usage.input_tokens, "output_tokens": usage.output_tokens,
        "total_tokens": usage.input_tokens + usage.output_tokens, "cached_tokens": usage.cached_tokens,
        "thoughts_tokens": usage.thoughts_tokens,
    }})))
}

/// Which prompts.
#[derive(Clone, Copy, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Operation {
    #[default]
    Retain,
    Consolidation,
    Reflect,
}

#[derive(Deserialize)]
struct Preview {
    #[serde(default)]
    operation: Operation,
    strategy: Option<String>,
}

/// What an operation would send.
#[derive(Default)]
struct Shown {
    messages: Vec<(Role, Vec<Block>)>,
    run_settings: Vec<&'static str>,
    schema: Option<Value>,
    skipped: Option<&'static str>,
}

async fn preview(
    State(engine): State<Engine>,
    Path(bank_id): Path<String>,
    Body(asked): Body<Preview>,
) -> Result<Json<Value>> {
    let mut bank = bank::find(engine.read(), &bank_id).await?;
    let strategies = bank.config.get("retain_strategies");
    let names: Vec<&String> = strategies.as_object().into_iter().flat_map(|map| map.keys()).collect();
    let retain = matches!(asked.operation, Operation::Retain);
    let strategy = asked
        .strategy
        .filter(|_| retain)
        .or_else(|| bank.config.text("retain_default_strategy").filter(|_| retain));
    if retain {
        bank.config = with_strategy(&bank.config, strategy.as_deref());
    }
    let shown = match asked.operation {
        Operation::Retain => retain_shown(&bank),
        Operation::Consolidation => consolidation_shown(&bank),
        Operation::Reflect => reflect_shown(&engine, &bank).await?,
    };
    let messages: Vec<Value> = shown
        .messages
        .iter()
        .map(|(role, blocks)| json!({"role": role, "blocks": blocks.iter().map(Block::preview).collect::<Vec<_>>()}))
        .collect();
    let settings: Vec<Value> = shown
        .run_settings
        .iter()
        .map(|field| {
            let value = match bank.config.get(field) {
                Value::Null => Value::Null,
                value => json!(value.to_string()),
            };
            json!({"field": field, "value": value, "kind": "text", "editable": true})
        })
        .collect();
    Ok(Json(json!({
        "messages": messages, "strategy": strategy, "strategies": names, "run_settings": settings,
        "response_schema": shown.schema, "skipped_reason": shown.skipped,
    })))
}

fn retain_shown(bank: &Bank) -> Shown {
    let run_settings = vec!["retain_chunk_size", "retain_structured_chunk_size"];
    if Mode::of(&bank.config) == Mode::Chunks {
        let skipped = Some("In mode `chunks` each chunk is kept as it is; no model is asked.");
        return Shown { run_settings, skipped, ..Shown::default() };
    }
    let (messages, schema) = extract::preview(bank, now_ms());
    Shown { messages, run_settings, schema: Some(schema), skipped: None }
}

fn consolidation_shown(bank: &Bank) -> Shown {
    let run_settings = vec!["consolidation_llm_batch_size", "max_observations_per_scope"];
    if !bank.config.on("enable_observations") {
        return Shown {
            run_settings,
            skipped: Some("Observations are off in this bank."),
            ..Shown::default()
        };
    }
    let material = "New facts:\n«the facts that wait»\n\nObservations:\n«those that are near to them»\n";
    let messages = vec![
        (Role::System, observation::prompt::system()),
        (Role::User, observation::prompt::user(bank, material)),
    ];
    Shown { messages, run_settings, schema: Some(observation::prompt::schema()), skipped: None }
}

async fn reflect_shown(engine: &Engine, bank: &Bank) -> Result<Shown> {
    let directives = directive::all(engine.read(), bank, true).await?;
    Ok(Shown { messages: reflect::preview_blocks(bank, &directives), ..Shown::default() })
}

#[cfg(test)]
mod tests {
    use crate::engine::testing::Fresh;
    use serde_json::json;

    const BANK: &str = "/v1/default/banks/b";

    #[tokio::test]
    async fn a_dry_run_tells_the_facts_of_the_rules_and_stores_none() {
        let fresh = Fresh::open().await;
        fresh.ok("PUT", BANK, Some(json!({}))).await;
        let body = json!({"content": "USER: Ana rows. Why?\n\nASSISTANT: It is healthy.", "timestamp": "2026-03-04T12:00:00Z"});
        let answer = fresh.ok("POST", &format!("{BANK}/memories/dry-run-extract"), Some(body)).await;
        assert_eq!(answer["facts"].as_array().unwrap().len(), 1, "{answer}");
        assert_eq!(
            (&answer["facts"][0]["text"], &answer["facts"][0]["fact_type"]),
            (&json!("Ana rows."), &json!("world"))
        );
        assert_eq!(
            (&answer["chunks"][0]["fact_count"], &answer["usage"]["total_tokens"]),
            (&json!(1), &json!(0))
        );
        let units: i64 =
            sqlx::query_scalar("SELECT count(*) FROM unit").fetch_one(fresh.engine.read()).await.unwrap();
        assert_eq!(units, 0);
    }

    #[tokio::test]
    async fn the_words_of_the_assistant_stay_its_own_across_chunks() {
        let fresh = Fresh::open().await;
        fresh.ok("PUT", BANK, Some(json!({}))).await;
        let long =
            format!("USER: I row daily.\n\nASSISTANT: {}", "Rowing is good for your back. ".repeat(20));
        let body = json!({"content": long, "retain_chunk_size": 120});
        let answer = fresh.ok("POST", &format!("{BANK}/memories/dry-run-extract"), Some(body)).await;
        let world =
            answer["facts"].as_array().unwrap().iter().filter(|fact| fact["fact_type"] == "world").count();
        assert_eq!(world, 1, "{answer}");
        assert!(answer["chunks"].as_array().unwrap().len() > 2);
    }

    #[tokio::test]
    async fn previews_show_which_setting_made_which_words() {
        let fresh = Fresh::open().await;
        fresh
            .ok(
                "PATCH",
                &format!("{BANK}/config"),
                Some(json!({"updates": {"retain_mission": "boats", "observations_mission": "habits"}})),
            )
            .await;
        for (operation, field, value) in
            [("retain", "retain_mission", "boats"), ("consolidation", "observations_mission", "habits")]
        {
            let answer = fresh
                .ok("POST", &format!("{BANK}/prompts/preview"), Some(json!({"operation": operation})))
                .await;
            let blocks = answer["messages"][1]["blocks"].as_array().unwrap();
            let block = blocks.iter().find(|block| block["field"] == field).unwrap();
            assert_eq!(
                (&block["value"], &block["source"], &block["editable"]),
                (&json!(value), &json!("config"), &json!(true))
            );
            assert!(answer["response_schema"].is_object());
        }
        let chunks = json!({"updates": {"retain_extraction_mode": "chunks"}});
        fresh.ok("PATCH", &format!("{BANK}/config"), Some(chunks)).await;
        let answer = fresh.ok("POST", &format!("{BANK}/prompts/preview"), None).await;
        assert!(answer["skipped_reason"].is_string() && answer["messages"] == json!([]));
        let (status, ..) =
            fresh.ask("POST", &format!("{BANK}/prompts/preview"), Some(json!({"operation": "dream"}))).await;
        assert_eq!(status, 422);
    }
}

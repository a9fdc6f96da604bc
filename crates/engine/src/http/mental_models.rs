//! Mental models: list, make, read, change, clear, delete, refresh, their history, and what a refresh would do.

use super::directives::ListMatch;
use super::read::{Body, Params, page};
use crate::bank;
use crate::engine::Engine;
use crate::error::{EngineError, Result};
use crate::mental_model::{self, CONTENT_TOKENS, Detail, MentalModel, Mode, Newest, Trigger};
use crate::time::now_ms;
use axum::extract::{Path, State};
use axum::routing::{get, post};
use axum::{Json, Router};
use serde::Deserialize;
use serde_json::{Map, Value, json};
use uuid::Uuid;

pub(super) fn routes() -> Router<Engine> {
    const ONE: &str = "/v1/default/banks/{bank_id}/mental-models/{mental_model_id}";
    Router::new()
        .route("/v1/default/banks/{bank_id}/mental-models", get(list).post(make))
        .route(ONE, get(read).patch(change).delete(remove))
        .route(&format!("{ONE}/history"), get(history))
        .route(&format!("{ONE}/refresh"), post(refresh))
        .route(&format!("{ONE}/dry-run-refresh"), post(dry_run))
        .route(&format!("{ONE}/clear"), post(clear))
}

#[derive(Deserialize)]
struct Asked {
    #[serde(default)]
    tags: Vec<String>,
    #[serde(default)]
    tags_match: ListMatch,
    detail: Option<Detail>,
    limit: Option<i64>,
    offset: Option<i64>,
    #[serde(rename = "exclude_knowledge_pages")]
    _exclude_knowledge_pages: Option<bool>,
}

impl Asked {
    fn shows(&self, tags: &[String]) -> bool {
        let has = |tag: &String| tags.contains(tag);
        match self.tags_match {
            _ if self.tags.is_empty() => true,
            ListMatch::Any => self.tags.iter().any(has),
            ListMatch::All => self.tags.iter().all(has),
            ListMatch::Exact => self.tags.iter().all(has) && tags.iter().all(|tag| self.tags.contains(tag)),
        }
    }
}

async fn list(
    State(engine): State<Engine>,
    Path(id): Path<String>,
    Params(asked): Params<Asked>,
) -> Result<Json<Value>> {
    let (limit, offset) = page(asked.limit, asked.offset, 100, 1000)?;
    let bank = bank::find(engine.read(), &id).await?;
    let mut models = mental_model::all(engine.read(), &bank).await?;
    models.retain(|model| asked.shows(&model.tags));
    let total = models.len();
    let skip = usize::try_from(offset).unwrap_or(usize::MAX);
    let models: Vec<MentalModel> =
        models.into_iter().skip(skip).take(usize::try_from(limit).unwrap_or(0)).collect();
    let newest = Newest::for_all(engine.read(), &bank, &models).await?;
    let detail = asked.detail.unwrap_or(Detail::Metadata);
    let items: Vec<Value> =
        models.iter().map(|model| model.to_json(&bank, detail, Some(newest.stale(model)))).collect();
    Ok(Json(json!({"items": items, "total": total, "limit": limit, "offset": offset})))
}

#[derive(Deserialize)]
struct New {
    id: Option<String>,
    name: String,
    source_query: String,
    #[serde(default)]
    tags: Vec<String>,
    max_tokens: Option<u32>,
    trigger: Option<Map<String, Value>>,
}

/// Tokens of a content: 256 to 8192 (hindsight 1.1).
fn content_tokens(given: Option<u32>) -> Result<u32> {
    match given.unwrap_or(CONTENT_TOKENS) {
        tokens @ 256..=8192 => Ok(tokens),
        _ => Err(EngineError::invalid(&["max_tokens"], "Input should be from 256 to 8192")),
    }
}

async fn make(
    State(engine): State<Engine>,
    Path(id): Path<String>,
    Body(new): Body<New>,
) -> Result<Json<Value>> {
    let now = now_ms();
    let model = MentalModel {
        id: new.id.filter(|id| !id.is_empty()).unwrap_or_else(|| Uuid::new_v4().to_string()),
        name: new.name,
        source_query: new.source_query,
        content: String::new(),
        tags: new.tags,
        max_tokens: content_tokens(new.max_tokens)?,
        trigger: Trigger::default().with(&new.trigger.unwrap_or_default())?,
        reflect_response: None,
        last_refreshed_at: None,
        last_full_refreshed_at: None,
        last_memory_seen_at: None,
        last_refresh_failed_at: None,
        created_at: now,
        updated_at: now,
    };
    let mut write = engine.write().await?;
    let bank = bank::find_or_make(&mut write, &id).await?;
    mental_model::insert(&mut write, &bank, &model).await?;
    let operation = mental_model::put_refresh(&mut write, &bank, &model.id, None, 0).await?;
    write.commit().await?;
    engine.worker().wake();
    Ok(Json(json!({"mental_model_id": model.id, "operation_id": operation})))
}

#[derive(Deserialize)]
struct How {
    detail: Option<Detail>,
}

async fn read(
    State(engine): State<Engine>,
    Path((id, model)): Path<(String, String)>,
    Params(how): Params<How>,
) -> Result<Json<Value>> {
    let bank = bank::find(engine.read(), &id).await?;
    let model = mental_model::find(engine.read(), &bank, &model).await?;
    let stale = Newest::since(engine.read(), &bank, model.last_memory_seen_at).await?.stale(&model);
    Ok(Json(model.to_json(&bank, how.detail.unwrap_or(Detail::Full), Some(stale))))
}

/// Null counts as not given. The content is the model's answer and not to be set.
#[derive(Deserialize)]
struct Changes {
    name: Option<String>,
    source_query: Option<String>,
    max_tokens: Option<u32>,
    tags: Option<Vec<String>>,
    trigger: Option<Map<String, Value>>,
}

async fn change(
    State(engine): State<Engine>,
    Path((id, model)): Path<(String, String)>,
    Body(changes): Body<Changes>,
) -> Result<Json<Value>> {
    let bank = bank::find(engine.read(), &id).await?;
    let mut write = engine.write().await?;
    let old = mental_model::find(write.sql(), &bank, &model).await?;
    let changed = MentalModel {
        name: changes.name.unwrap_or(old.name),
        source_query: changes.source_query.unwrap_or(old.source_query),
        max_tokens: content_tokens(Some(changes.max_tokens.unwrap_or(old.max_tokens)))?,
        tags: changes.tags.unwrap_or(old.tags),
        trigger: old.trigger.with(&changes.trigger.unwrap_or_default())?,
        updated_at: now_ms(),
        ..old
    };
    mental_model::save(&mut write, &bank, &changed).await?;
    write.commit().await?;
    Ok(Json(changed.to_json(&bank, Detail::Full, None)))
}

async fn remove(
    State(engine): State<Engine>,
    Path((id, model)): Path<(String, String)>,
) -> Result<Json<Value>> {
    let bank = bank::find(engine.read(), &id).await?;
    let mut write = engine.write().await?;
    mental_model::remove(&mut write, &bank, &model).await?;
    write.commit().await?;
    Ok(Json(json!({"status": "deleted"})))
}

async fn clear(
    State(engine): State<Engine>,
    Path((id, model)): Path<(String, String)>,
) -> Result<Json<Value>> {
    let bank = bank::find(engine.read(), &id).await?;
    let mut write = engine.write().await?;
    let mut model = mental_model::find(write.sql(), &bank, &model).await?;
    model.content.clear();
    model.updated_at = now_ms();
    mental_model::save(&mut write, &bank, &model).await?;
    write.commit().await?;
    Ok(Json(model.to_json(&bank, Detail::Full, None)))
}

async fn history(
    State(engine): State<Engine>,
    Path((id, model)): Path<(String, String)>,
) -> Result<Json<Value>> {
    let bank = bank::find(engine.read(), &id).await?;
    Ok(Json(mental_model::history(engine.read(), &bank, &model).await?.into()))
}

/// Null is the model's own mode.
#[derive(Deserialize)]
struct Refresh {
    mode: Option<Mode>,
}

async fn refresh(
    State(engine): State<Engine>,
    Path((id, model)): Path<(String, String)>,
    Body(asked): Body<Refresh>,
) -> Result<Json<Value>> {
    let bank = bank::find(engine.read(), &id).await?;
    let mut write = engine.write().await?;
    let model = mental_model::find(write.sql(), &bank, &model).await?;
    let operation = mental_model::put_refresh(&mut write, &bank, &model.id, asked.mode, 0).await?;
    write.commit().await?;
    engine.worker().wake();
    Ok(Json(json!({"operation_id": operation, "status": "queued"})))
}

async fn dry_run(
    State(engine): State<Engine>,
    Path((id, model)): Path<(String, String)>,
    Body(asked): Body<Refresh>,
) -> Result<Json<Value>> {
    let bank = bank::find(engine.read(), &id).await?;
    let model = mental_model::find(engine.read(), &bank, &model).await?;
    Ok(Json(mental_model::dry_run(&engine, &bank, &model, asked.mode).await?))
}

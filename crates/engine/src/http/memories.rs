//! Memories one by one and in lists: read, edit, invalidate, restore, delete.
//!
//! Storing and recalling have files of their own beside this one.

use super::read::{Body, Params, page};
use crate::bank;
use crate::curate::change::Change;
use crate::curate::{change, clear, history};
use crate::engine::Engine;
use crate::error::{EngineError, Result};
use crate::listing::as_of::{self, AsOf};
use crate::listing::memories::{self, Filter, Item, TimeField};
use crate::listing::memory;
use crate::listing::tagged::{Tagged, TagsMatch};
use crate::time::parse;
use crate::unit::Kind;
use axum::extract::{Path, State};
use axum::routing::{delete, get};
use axum::{Json, Router};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

pub(super) fn routes() -> Router<Engine> {
    Router::new()
        .route("/v1/default/banks/{bank}/memories", delete(clear_memories))
        .route("/v1/default/banks/{bank}/memories/list", get(list))
        .route("/v1/default/banks/{bank}/memories/as-of", get(as_of))
        .route("/v1/default/banks/{bank}/memories/{memory}", get(read).patch(patch))
        .route("/v1/default/banks/{bank}/memories/{memory}/history", get(versions))
        .route("/v1/default/banks/{bank}/memories/{memory}/observations", delete(clear_derived))
}

#[derive(Deserialize)]
struct List {
    #[serde(rename = "type")]
    kind: Option<String>,
    q: Option<String>,
    consolidation_state: Option<String>,
    state: Option<String>,
    document_id: Option<String>,
    entity_id: Option<String>,
    #[serde(default)]
    tags: Vec<String>,
    #[serde(default)]
    tags_match: TagsMatch,
    time_field: Option<TimeField>,
    start_date: Option<String>,
    end_date: Option<String>,
    limit: Option<i64>,
    offset: Option<i64>,
}

/// A page of the list, written without a tree of JSON between: whoever reads a whole bank asks for a lot of them.
#[derive(Serialize)]
struct Page {
    items: Vec<Item>,
    total: i64,
    limit: i64,
    offset: i64,
}

async fn list(
    State(engine): State<Engine>,
    Path(id): Path<String>,
    Params(asked): Params<List>,
) -> Result<Json<Page>> {
    let (limit, offset) = page(asked.limit, asked.offset, 100, i64::MAX)?;
    let entity_id = match asked.entity_id.as_deref() {
        None => None,
        Some(text) => Some(super::entities::id(text)?),
    };
    let filter = Filter {
        kind: asked.kind,
        q: asked.q.unwrap_or_default(),
        document_id: asked.document_id,
        chunk_id: None,
        entity_id,
        tagged: Tagged::of(&asked.tags, asked.tags_match, None)?,
        invalidated: memories::invalidated(asked.state.as_deref())?,
        consolidation: memories::consolidation(asked.consolidation_state.as_deref())?,
        time_field: asked.time_field,
        start: memories::time("start_date", asked.start_date.as_deref())?,
        end: memories::time("end_date", asked.end_date.as_deref())?,
    };
    let bank = bank::find(engine.read(), &id).await?;
    let (total, units) = filter.find(engine.read(), &bank, limit, offset).await?;
    let items = memories::items(engine.read(), &bank, &units).await?;
    Ok(Json(Page { items, total, limit, offset }))
}

/// Of this engine: what a bank knew at a time. Hindsight 1.1 keeps no versions of facts and has no such call.
#[derive(Deserialize)]
struct AsOfTime {
    at: String,
    #[serde(rename = "type")]
    kind: Option<String>,
    q: Option<String>,
    #[serde(default)]
    ids: Vec<String>,
    limit: Option<i64>,
    offset: Option<i64>,
}

async fn as_of(
    State(engine): State<Engine>,
    Path(id): Path<String>,
    Params(asked): Params<AsOfTime>,
) -> Result<Json<as_of::Page>> {
    let (limit, offset) = page(asked.limit, asked.offset, 100, 1000)?;
    let Some(at) = memories::time("at", Some(&asked.at))? else {
        return Err(EngineError::invalid(&["at"], "a time is needed"));
    };
    let asked = AsOf { at, kind: asked.kind, q: asked.q.unwrap_or_default(), ids: asked.ids };
    let bank = bank::find(engine.read(), &id).await?;
    Ok(Json(asked.find(engine.read(), &bank, limit, offset).await?))
}

async fn read(State(engine): State<Engine>, Path((id, unit)): Path<(String, String)>) -> Result<Json<Value>> {
    let unit = memory::id(&unit)?;
    let bank = bank::find(engine.read(), &id).await?;
    Ok(Json(memory::read(engine.read(), &bank, unit).await?))
}

/// Null counts as not given.
#[derive(Deserialize)]
struct Patch {
    text: Option<String>,
    context: Option<String>,
    occurred_start: Option<String>,
    occurred_end: Option<String>,
    mentioned_at: Option<String>,
    fact_type: Option<String>,
    entities: Option<Vec<String>>,
    resolve_entities: Option<bool>,
    state: Option<String>,
    reason: Option<String>,
}

impl Patch {
    fn change(self) -> Result<Change> {
        let kind = match self.fact_type.as_deref() {
            None => None,
            Some("world") => Some(Kind::World),
            Some("experience") => Some(Kind::Experience),
            Some(_) => return Err(EngineError::invalid(&[], "fact_type is 'world' or 'experience'")),
        };
        let invalidated = match self.state.as_deref() {
            None => None,
            Some("valid") => Some(false),
            Some("invalidated") => Some(true),
            Some(_) => return Err(EngineError::invalid(&[], "state is 'valid' or 'invalidated'")),
        };
        if self.text.as_ref().is_some_and(|text| text.trim().is_empty()) {
            return Err(EngineError::invalid(&["text"], "A memory needs a text"));
        }
        let change = Change {
            text: self.text,
            context: self.context,
            occurred_start: time(self.occurred_start)?,
            occurred_end: time(self.occurred_end)?,
            mentioned_at: time(self.mentioned_at)?,
            kind,
            entities: self.entities,
            resolve_entities: self.resolve_entities.unwrap_or(true),
            invalidated,
            reason: self.reason,
        };
        if change.is_empty() {
            return Err(EngineError::invalid(&[], "At least one field has to be given"));
        }
        Ok(change)
    }
}

/// Empty clears; what is no time is refused with 400.
fn time(text: Option<String>) -> Result<Option<Option<i64>>> {
    match text {
        None => Ok(None),
        Some(text) if text.is_empty() => Ok(Some(None)),
        Some(text) => match parse(&text) {
            Some(ms) => Ok(Some(Some(ms))),
            None => Err(EngineError::bad_request(format!("'{text}' is no ISO 8601 time"))),
        },
    }
}

async fn patch(
    State(engine): State<Engine>,
    Path((id, unit)): Path<(String, String)>,
    Body(body): Body<Patch>,
) -> Result<Json<Value>> {
    let change = body.change()?;
    let unit = memory::id(&unit)?;
    let bank = bank::find(engine.read(), &id).await?;
    change::apply(&engine, &bank, unit, &change).await?;
    Ok(Json(memory::read(engine.read(), &bank, unit).await?))
}

#[derive(Deserialize)]
struct Versions {
    /// Of this engine: facts answer their versions too. Hindsight 1.1 knows none and answers an empty list.
    #[serde(default)]
    versions: bool,
}

async fn versions(
    State(engine): State<Engine>,
    Path((id, unit)): Path<(String, String)>,
    Params(asked): Params<Versions>,
) -> Result<Json<Value>> {
    let unit = memory::id(&unit)?;
    let bank = bank::find(engine.read(), &id).await?;
    let found = memory::fields(engine.read(), &bank, unit).await?;
    if found.kind != Kind::Observation && !asked.versions {
        return Ok(Json(json!([])));
    }
    Ok(Json(json!(history::list(engine.read(), &bank, &unit.to_string()).await?)))
}

async fn clear_derived(
    State(engine): State<Engine>,
    Path((id, unit)): Path<(String, String)>,
) -> Result<Json<Value>> {
    let unit = memory::id(&unit)?;
    let bank = bank::find(engine.read(), &id).await?;
    Ok(Json(json!({"deleted_count": clear::derived(&engine, &bank, unit).await?})))
}

#[derive(Deserialize)]
struct Clear {
    #[serde(rename = "type")]
    kind: Option<String>,
}

/// Without a type everything goes, documents too. A word that is no type deletes nothing (hindsight 1.1).
async fn clear_memories(
    State(engine): State<Engine>,
    Path(id): Path<String>,
    Params(asked): Params<Clear>,
) -> Result<Json<Value>> {
    let bank = bank::find(engine.read(), &id).await?;
    let (deleted, what) = match asked.kind.as_deref() {
        None => (clear::everything(&engine, &bank).await?, "memories".to_owned()),
        Some(word) => {
            let deleted = match Kind::from_word(word) {
                Some(kind) => clear::of_kind(&engine, &bank, kind).await?,
                None => 0,
            };
            (i64::try_from(deleted).unwrap_or(i64::MAX), format!("memories of type '{word}'"))
        }
    };
    Ok(Json(json!({
        "success": true,
        "message": format!("Deleted {deleted} {what} from bank '{}'", bank.id),
        "deleted_count": deleted,
    })))
}

#[cfg(test)]
#[path = "memories_tests.rs"]
mod tests;

//! Changing a document: other tags or scopes, deleting it with its facts, reading it anew.

use super::event::{self, Event};
use super::find;
use crate::bank::Bank;
use crate::curate::history;
use crate::engine::Engine;
use crate::error::{EngineError, Result, during};
use crate::observation;
use crate::retain::request::{GivenEntity, Item, Said, check_scopes, once_each};
use crate::retain::{self, Takes, jobs};
use crate::time::{self, now_ms};
use rearview_domain::fault;
use serde::Deserialize;
use serde_json::Value;
use sqlx::Row as _;
use uuid::Uuid;

/// What a document may be changed to.
#[derive(Debug, Deserialize)]
pub(crate) struct Patch {
    /// All its tags from now on.
    tags: Option<Vec<String>>,
    observation_scopes: Option<Value>,
}

/// Changes a document and all its facts. Facts whose tags or scopes change are consolidated anew.
///
/// # Errors
/// 422 when nothing is to be changed; 404 when there is no such document.
pub(crate) async fn patch(engine: &Engine, bank: &Bank, id: &str, patch: Patch) -> Result<()> {
    let tags = patch.tags.map(once_each);
    let scopes = patch.observation_scopes.filter(|scopes| !scopes.is_null());
    if tags.is_none() && scopes.is_none() {
        return Err(EngineError::unprocessable(
            "At least one field (tags, observation_scopes) must be provided",
        ));
    }
    if let Some(scopes) = &scopes {
        check_scopes(scopes).map_err(|expected| {
            EngineError::invalid(&["observation_scopes"], format!("Input should be {expected}"))
        })?;
    }
    let now = now_ms();
    let mut write = engine.write().await?;
    let no = find(write.sql(), bank.no, id).await?;
    sqlx::query(
        "UPDATE document SET tags = coalesce(?2, tags), observation_scopes = coalesce(?3, observation_scopes), \
         updated_at = ?4 WHERE no = ?1",
    )
    .bind(no)
    .bind(tags.as_ref().map(|tags| Value::from(tags.clone()).to_string()))
    .bind(scopes.as_ref().map(ToString::to_string))
    .bind(now)
    .execute(write.sql())
    .await
    .map_err(during("change a document"))?;
    let takes = Takes { tags: tags.as_deref(), metadata: None, scopes: scopes.as_ref().map(Some) };
    let gone = retain::take_over(&mut write, bank.no, &format!("document = {no}"), &takes, now).await?;
    let retag = Event { kind: "retag", observations_removed: &gone, ..Event::default() };
    event::add(&mut write, bank.no, id, &retag).await?;
    if engine.synthesis().is_some() {
        observation::queue_consolidation(engine, &mut write, bank).await?;
    }
    write.commit().await?;
    engine.worker().wake();
    Ok(())
}

/// Deletes a document with its facts and what rests on those alone. Answers how many memories went.
///
/// # Errors
/// 404 when there is no such document.
pub(crate) async fn delete(engine: &Engine, bank: &Bank, id: &str) -> Result<usize> {
    let action = "delete a document";
    let mut write = engine.write().await?;
    let no = find(write.sql(), bank.no, id).await?;
    let facts: Vec<(i64, String)> = sqlx::query_as("SELECT no, id FROM unit WHERE document = ?1")
        .bind(no)
        .fetch_all(write.sql())
        .await
        .map_err(during(action))?;
    let (units, mut ids): (Vec<i64>, Vec<String>) = facts.into_iter().unzip();
    ids.extend(history::of_document(&mut write, bank.no, id).await?);
    ids.extend(observation::sources_gone(&mut write, bank.no, &units).await?);
    write.remove_units(bank.no, &units).await?;
    history::forget(&mut write, bank.no, &ids).await?;
    sqlx::query("DELETE FROM document WHERE no = ?1")
        .bind(no)
        .execute(write.sql())
        .await
        .map_err(during(action))?;
    sqlx::query("UPDATE bank SET last_write_at = ?2 WHERE no = ?1")
        .bind(bank.no)
        .bind(now_ms())
        .execute(write.sql())
        .await
        .map_err(during(action))?;
    if engine.synthesis().is_some() {
        observation::queue_consolidation(engine, &mut write, bank).await?;
    }
    fault::point("engine.document.before_delete");
    write.commit().await?;
    engine.worker().wake();
    Ok(units.len())
}

/// Puts in that a document is read anew, with what its last retain asked for. Answers the operation.
///
/// # Errors
/// 404 when there is no such document.
pub(crate) async fn reprocess(engine: &Engine, bank: &Bank, id: &str) -> Result<Uuid> {
    let no = find(engine.read(), bank.no, id).await?;
    let item = stored_item(engine, no, id).await?;
    jobs::submit(engine, bank, None, vec![item], true).await
}

/// The document as the item that would make it.
async fn stored_item(engine: &Engine, no: i64, id: &str) -> Result<Item> {
    let action = "read a document";
    let content = retain::text(engine.read(), no).await?;
    let row = sqlx::query(
        "SELECT context, tags, metadata, retain_params, observation_scopes, mentioned_at FROM document WHERE no = ?1",
    )
    .bind(no)
    .fetch_one(engine.read())
    .await
    .map_err(during(action))?;
    let read = || -> sqlx::Result<Item> {
        let params = super::json(row.try_get("retain_params")?);
        let entities: Vec<GivenEntity> = params
            .get("entities")
            .and_then(|list| serde_json::from_value(list.clone()).ok())
            .unwrap_or_default();
        let mentioned_at: Option<i64> = row.try_get("mentioned_at")?;
        let given = params.get("event_date").and_then(Value::as_str).and_then(time::parse);
        Ok(Item {
            content,
            unread: Vec::new(),
            said: given.map_or_else(|| mentioned_at.map_or(Said::Unset, Said::Now), Said::At),
            context: row.try_get("context")?,
            metadata: super::json(row.try_get("metadata")?).as_object().cloned(),
            document_id: Some(id.to_owned()),
            entities,
            resolve_entities: params.get("resolve_entities").and_then(Value::as_bool).unwrap_or(true),
            tags: serde_json::from_str(row.try_get("tags")?).unwrap_or_default(),
            observation_scopes: Some(super::json(row.try_get("observation_scopes")?))
                .filter(|scopes| !scopes.is_null()),
            strategy: params.get("strategy").and_then(Value::as_str).map(str::to_owned),
            append: false,
        })
    };
    read().map_err(during(action))
}

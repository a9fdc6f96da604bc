//! Editing, invalidating and restoring one fact.
//!
//! What is derived from the fact as it was (its vector, the causes it is linked with, observations) goes with
//! the change; the version that stood is kept in `history`.

use super::{history, written};
use crate::bank::Bank;
use crate::db::Write;
use crate::document::event::{self, Event};
use crate::engine::Engine;
use crate::entity;
use crate::error::{EngineError, Result, during};
use crate::extract::Mention;
use crate::listing::memory;
use crate::observation;
use crate::time::now_ms;
use crate::unit::{Kind, encoded_text, tokens};
use rearview_domain::fault;
use serde_json::json;
use sqlx::{Row as _, SqliteExecutor};
use uuid::Uuid;

/// Times a change is begun anew because another one came in while texts were encoded.
const MOST_TRIES: usize = 4;

/// What to change. `None` leaves a field as it is; an inner `None` clears it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Change {
    pub(crate) text: Option<String>,
    /// Empty clears it.
    pub(crate) context: Option<String>,
    pub(crate) occurred_start: Option<Option<i64>>,
    pub(crate) occurred_end: Option<Option<i64>>,
    pub(crate) mentioned_at: Option<Option<i64>>,
    /// World or experience.
    pub(crate) kind: Option<Kind>,
    pub(crate) entities: Option<Vec<String>>,
    /// Whether a name that is much alike stands for an entity of the bank.
    pub(crate) resolve_entities: bool,
    /// True invalidates, false restores.
    pub(crate) invalidated: Option<bool>,
    pub(crate) reason: Option<String>,
}

impl Change {
    /// Something besides the state is to be changed.
    fn edits(&self) -> bool {
        self.text.is_some()
            || self.context.is_some()
            || self.occurred_start.is_some()
            || self.occurred_end.is_some()
            || self.mentioned_at.is_some()
            || self.kind.is_some()
            || self.entities.is_some()
    }

    /// Nothing is to be changed.
    pub(crate) fn is_empty(&self) -> bool {
        !self.edits() && self.invalidated.is_none()
    }
}

/// A fact as it stands.
struct Fact {
    no: i64,
    id: String,
    kind: Kind,
    text: String,
    context: Option<String>,
    occurred_start: Option<i64>,
    occurred_end: Option<i64>,
    mentioned_at: Option<i64>,
    created_at: i64,
    updated_at: i64,
    invalidated: bool,
    document: Option<String>,
    names: Vec<String>,
}

/// Changes a fact.
///
/// # Errors
/// 404 when the bank has no such memory; 400 for an observation, and for editing what stays invalidated.
pub(crate) async fn apply(engine: &Engine, bank: &Bank, id: Uuid, change: &Change) -> Result<()> {
    for _ in 0..MOST_TRIES {
        if try_apply(engine, bank, id, change).await? {
            return Ok(());
        }
    }
    Err(EngineError::conflict(format!("Memory '{id}' is being changed by others at the same time")))
}

/// False when the fact was changed by another while its text was encoded.
async fn try_apply(engine: &Engine, bank: &Bank, id: Uuid, change: &Change) -> Result<bool> {
    let seen = read(engine.read(), bank, id).await?;
    if seen.kind == Kind::Observation {
        return Err(EngineError::bad_request(format!(
            "Memory '{id}' is an observation: it follows from its facts, and only facts can be changed"
        )));
    }
    if seen.invalidated && change.edits() && change.invalidated != Some(false) {
        return Err(EngineError::bad_request(
            "An invalidated memory cannot be edited before it is 'valid' again",
        ));
    }
    let edited = change.edits().then(|| merged(&seen, change));
    let vector = match &edited {
        Some(edited) => {
            let names = change.entities.as_ref().unwrap_or(&seen.names);
            let read = encoded_text(&edited.text, edited.occurred_start, edited.occurred_end, names);
            engine.vectors().texts(vec![read]).await.and_then(|mut vectors| vectors.pop())
        }
        None => None,
    };
    fault::point("engine.curate.encoded");

    let mut write = engine.write().await?;
    let now = read(write.sql(), bank, id).await?;
    if (now.updated_at, now.invalidated, &now.text) != (seen.updated_at, seen.invalidated, &seen.text) {
        return Ok(false);
    }
    let at = now_ms();
    if change.invalidated == Some(false) && seen.invalidated {
        restore(&mut write, bank, &seen, at).await?;
    }
    if let Some(edited) = &edited {
        edit(&mut write, bank, edited, change, vector.as_deref(), at).await?;
    }
    if change.invalidated == Some(true) {
        invalidate(&mut write, bank, &seen, change.reason.as_deref(), at).await?;
    }
    written(&mut write, bank.no).await?;
    write.touch(bank.no, seen.no);
    let consolidates = engine.synthesis().is_some();
    if consolidates {
        observation::queue_consolidation(engine, &mut write, bank).await?;
    }
    fault::point("engine.curate.written");
    write.commit().await?;
    if consolidates {
        engine.worker().wake();
    }
    Ok(true)
}

/// The fact as it will be.
fn merged(seen: &Fact, change: &Change) -> Fact {
    let context = match &change.context {
        Some(context) => Some(context.clone()).filter(|context| !context.is_empty()),
        None => seen.context.clone(),
    };
    Fact {
        no: seen.no,
        id: seen.id.clone(),
        kind: change.kind.unwrap_or(seen.kind),
        text: change.text.clone().unwrap_or_else(|| seen.text.clone()),
        context,
        occurred_start: change.occurred_start.unwrap_or(seen.occurred_start),
        occurred_end: change.occurred_end.unwrap_or(seen.occurred_end),
        mentioned_at: change.mentioned_at.unwrap_or(seen.mentioned_at),
        created_at: seen.created_at,
        updated_at: seen.updated_at,
        invalidated: false,
        document: seen.document.clone(),
        names: seen.names.clone(),
    }
}

async fn edit(
    write: &mut Write<'_>,
    bank: &Bank,
    fact: &Fact,
    change: &Change,
    vector: Option<&[f32]>,
    at: i64,
) -> Result<()> {
    let action = "edit a memory";
    history::keep(write, fact.no, "edited", at, &[]).await?;
    let gone = observation::sources_gone(write, bank.no, &[fact.no]).await?;
    let event_at = fact.occurred_start.or(fact.mentioned_at).unwrap_or(fact.created_at);
    sqlx::query(
        "UPDATE unit SET kind = ?2, text = ?3, context = ?4, occurred_start = ?5, occurred_end = ?6, \
         mentioned_at = ?7, event_at = ?8, tokens = ?9, edited_at = ?10, updated_at = ?10, consolidated_at = NULL, \
         consolidation_failed_at = NULL WHERE no = ?1",
    )
    .bind(fact.no)
    .bind(fact.kind as i64)
    .bind(&fact.text)
    .bind(&fact.context)
    .bind(fact.occurred_start)
    .bind(fact.occurred_end)
    .bind(fact.mentioned_at)
    .bind(event_at)
    .bind(i64::from(tokens(&fact.text)))
    .bind(at)
    .execute(write.sql())
    .await
    .map_err(during(action))?;
    match vector {
        Some(vector) => write.set_vector(fact.no, vector).await?,
        // The old one says what the fact no longer says. One without a vector is encoded later.
        None => run(write, "DELETE FROM vector WHERE unit = ?1", fact.no).await?,
    }
    if change.text.is_some() {
        run(write, "DELETE FROM link WHERE src = ?1 OR dst = ?1", fact.no).await?;
    }
    if let Some(names) = &change.entities {
        run(write, "DELETE FROM unit_entity WHERE unit = ?1", fact.no).await?;
        attach(write, bank, fact.no, names, change.resolve_entities, event_at).await?;
    }
    tell(write, bank, fact, "fact_edited", &gone).await
}

async fn invalidate(
    write: &mut Write<'_>,
    bank: &Bank,
    fact: &Fact,
    reason: Option<&str>,
    at: i64,
) -> Result<()> {
    let action = "invalidate a memory";
    if fact.invalidated {
        sqlx::query("UPDATE unit SET invalidation_reason = coalesce(?2, invalidation_reason) WHERE no = ?1")
            .bind(fact.no)
            .bind(reason)
            .execute(write.sql())
            .await
            .map_err(during(action))?;
        return Ok(());
    }
    history::keep(write, fact.no, "invalidated", at, &[]).await?;
    let gone = observation::sources_gone(write, bank.no, &[fact.no]).await?;
    // Its names are in the version just kept.
    run(write, "DELETE FROM unit_entity WHERE unit = ?1", fact.no).await?;
    sqlx::query(
        "UPDATE unit SET state = 1, invalidation_reason = ?2, invalidated_at = ?3, consolidated_at = NULL, \
         consolidation_failed_at = NULL WHERE no = ?1",
    )
    .bind(fact.no)
    .bind(reason)
    .bind(at)
    .execute(write.sql())
    .await
    .map_err(during(action))?;
    tell(write, bank, fact, "fact_invalidated", &gone).await
}

async fn restore(write: &mut Write<'_>, bank: &Bank, fact: &Fact, at: i64) -> Result<()> {
    let names = history::entities_before(write, bank.no, &fact.id).await?;
    history::keep(write, fact.no, "restored", at, &[]).await?;
    run(
        write,
        "UPDATE unit SET state = 0, invalidation_reason = NULL, invalidated_at = NULL, consolidated_at = NULL \
         WHERE no = ?1",
        fact.no,
    )
    .await?;
    let event_at = fact.occurred_start.or(fact.mentioned_at).unwrap_or(fact.created_at);
    attach(write, bank, fact.no, &names, false, event_at).await?;
    tell(write, bank, fact, "fact_restored", &[]).await
}

/// Gives a memory these entities besides those it has.
async fn attach(
    write: &mut Write<'_>,
    bank: &Bank,
    unit: i64,
    names: &[String],
    fuzzy: bool,
    seen_at: i64,
) -> Result<()> {
    let names = names.iter().map(|name| name.trim()).filter(|name| !name.is_empty());
    let mentions: Vec<Mention> = names.map(|name| Mention { name: name.to_owned(), kind: None }).collect();
    let entities = entity::resolve(write, bank.no, &mentions, fuzzy, seen_at).await?;
    sqlx::query("INSERT OR IGNORE INTO unit_entity (unit, entity) SELECT ?1, j.value FROM json_each(?2) j")
        .bind(unit)
        .bind(json!(entities).to_string())
        .execute(write.sql())
        .await
        .map_err(during("give a memory its entities"))?;
    Ok(())
}

/// Writes the change into the history of the fact's document.
async fn tell(
    write: &mut Write<'_>,
    bank: &Bank,
    fact: &Fact,
    kind: &str,
    observations_removed: &[String],
) -> Result<()> {
    let Some(document) = &fact.document else { return Ok(()) };
    let event = Event { kind, fact_id: Some(&fact.id), observations_removed, ..Event::default() };
    event::add(write, bank.no, document, &event).await?;
    Ok(())
}

/// One statement about one memory.
async fn run(write: &mut Write<'_>, sql: &'static str, unit: i64) -> Result<()> {
    sqlx::query(sql).bind(unit).execute(write.sql()).await.map_err(during("change a memory"))?;
    Ok(())
}

async fn read<'e>(db: impl SqliteExecutor<'e>, bank: &Bank, id: Uuid) -> Result<Fact> {
    let action = "read a memory";
    let row = sqlx::query(
        "SELECT u.no, u.id, u.kind, u.text, u.context, u.occurred_start, u.occurred_end, u.mentioned_at, u.created_at, \
         u.updated_at, u.state, d.id AS document, (SELECT json_group_array(e.name) FROM unit_entity ue \
         JOIN entity e ON e.no = ue.entity WHERE ue.unit = u.no) AS names \
         FROM unit u LEFT JOIN document d ON d.no = u.document WHERE u.id = ?1 AND u.bank = ?2",
    )
    .bind(id.to_string())
    .bind(bank.no)
    .fetch_optional(db)
    .await
    .map_err(during(action))?;
    let row = row.ok_or_else(|| memory::unknown(id))?;
    let read = || -> sqlx::Result<Fact> {
        Ok(Fact {
            no: row.try_get("no")?,
            id: row.try_get("id")?,
            kind: Kind::from_column(row.try_get("kind")?),
            text: row.try_get("text")?,
            context: row.try_get("context")?,
            occurred_start: row.try_get("occurred_start")?,
            occurred_end: row.try_get("occurred_end")?,
            mentioned_at: row.try_get("mentioned_at")?,
            created_at: row.try_get("created_at")?,
            updated_at: row.try_get("updated_at")?,
            invalidated: row.try_get::<i64, _>("state")? != 0,
            document: row.try_get("document")?,
            names: serde_json::from_str(row.try_get("names")?).unwrap_or_default(),
        })
    };
    read().map_err(during(action))
}

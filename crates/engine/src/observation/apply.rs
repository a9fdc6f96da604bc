//! Writing a plan: observations made, changed and removed, each with its earlier version kept.

use super::plan::{Plan, Planned};
use super::scope::Scope;
use super::waiting::Waiting;
use crate::bank::Bank;
use crate::curate::history;
use crate::db::Write;
use crate::document::event::{self, Event};
use crate::error::{Result, during};
use crate::time::now_ms;
use crate::unit::{Kind, NewUnit, Origin, tokens};
use crate::work::Job;
use rearview_domain::fault;
use serde_json::Value;
use sqlx::AssertSqlSafe;
use std::collections::BTreeSet;
use uuid::Uuid;

/// Ids of observations that changed.
#[derive(Clone, Debug, Default)]
pub(super) struct Applied {
    pub(super) created: Vec<String>,
    pub(super) updated: Vec<String>,
    pub(super) removed: Vec<String>,
}

/// Carries a plan out in one transaction, and marks the facts in `finished` as consolidated.
pub(super) async fn apply(
    job: &Job,
    scope: &Scope,
    facts: &[&Waiting],
    plan: Plan,
    finished: &[i64],
) -> Result<Applied> {
    let bank = &job.bank;
    let mut applied = Applied::default();
    let mut write = job.engine.write().await?;
    let there = still_there(&mut write, bank, facts).await?;
    for mut planned in plan.writes {
        planned.sources.retain(|no| there.contains(no));
        if planned.sources.is_empty() {
            continue;
        }
        match planned.target {
            Some(no) => applied.updated.extend(update(&mut write, bank, no, &planned).await?),
            None if has_room(&mut write, bank, scope).await? => {
                applied.created.push(create(&mut write, bank, scope, planned).await?);
            }
            None => {}
        }
    }
    for no in plan.deletes {
        history::keep_removed(&mut write, &[no]).await?;
        let id: Option<String> = sqlx::query_scalar("SELECT id FROM unit WHERE no = ?1 AND kind = 3")
            .bind(no)
            .fetch_optional(write.sql())
            .await
            .map_err(during("remove an observation"))?;
        if let Some(id) = id {
            write.remove_units(bank.no, &[no]).await?;
            applied.removed.push(id);
        }
    }
    let now = now_ms();
    mark(&mut write, "consolidated_at", finished, now).await?;
    sqlx::query("UPDATE bank SET last_consolidated_at = ?2 WHERE no = ?1")
        .bind(bank.no)
        .bind(now)
        .execute(write.sql())
        .await
        .map_err(during("mark a bank as consolidated"))?;
    tell_documents(&mut write, job, facts, &applied).await?;
    fault::point("engine.consolidation.commit");
    write.commit().await?;
    Ok(applied)
}

/// Sets a time on facts.
pub(super) async fn mark(write: &mut Write<'_>, column: &'static str, facts: &[i64], at: i64) -> Result<()> {
    if facts.is_empty() {
        return Ok(());
    }
    sqlx::query(AssertSqlSafe(format!("UPDATE unit SET {column} = ?1 WHERE no IN ({})", list(facts))))
        .bind(at)
        .execute(write.sql())
        .await
        .map_err(during("mark facts as consolidated"))?;
    Ok(())
}

/// Of these facts, those that nobody removed or hid while the model was thinking.
async fn still_there(write: &mut Write<'_>, bank: &Bank, facts: &[&Waiting]) -> Result<BTreeSet<i64>> {
    let numbers: Vec<i64> = facts.iter().map(|fact| fact.no).collect();
    let there: Vec<i64> = sqlx::query_scalar(AssertSqlSafe(format!(
        "SELECT no FROM unit WHERE bank = ?1 AND state = 0 AND no IN ({})",
        list(&numbers)
    )))
    .bind(bank.no)
    .fetch_all(write.sql())
    .await
    .map_err(during("look for an observation's facts"))?;
    Ok(there.into_iter().collect())
}

/// Whether the scope may hold another observation.
async fn has_room(write: &mut Write<'_>, bank: &Bank, scope: &Scope) -> Result<bool> {
    let most = bank.config.int("max_observations_per_scope").unwrap_or(-1);
    if most < 0 {
        return Ok(true);
    }
    let held: i64 = sqlx::query_scalar(
        "SELECT count(*) FROM unit WHERE bank = ?1 AND kind = 3 AND state = 0 AND tags = ?2",
    )
    .bind(bank.no)
    .bind(Value::from(scope.clone()).to_string())
    .fetch_one(write.sql())
    .await
    .map_err(during("count observations"))?;
    Ok(held < most)
}

async fn create(write: &mut Write<'_>, bank: &Bank, scope: &Scope, planned: Planned) -> Result<String> {
    let id = Uuid::new_v4();
    let unit = NewUnit {
        id,
        kind: Kind::Observation,
        text: planned.text,
        context: None,
        document: None,
        chunk: None,
        ord: 0,
        occurred_start: None,
        occurred_end: None,
        mentioned_at: None,
        proof: 1,
        tags: scope.clone(),
        metadata: None,
        observation_scopes: None,
        origin: Origin::Model,
        entities: Vec::new(),
        vector: planned.vector,
        created_at: now_ms(),
    };
    let no = write.add_unit(bank.no, &unit).await?;
    rest_on(write, no, &planned.sources).await?;
    Ok(id.to_string())
}

/// Gives an observation another text and further sources. `None` when it is gone.
async fn update(write: &mut Write<'_>, bank: &Bank, no: i64, planned: &Planned) -> Result<Option<String>> {
    let action = "change an observation";
    let id: Option<String> =
        sqlx::query_scalar("SELECT id FROM unit WHERE no = ?1 AND bank = ?2 AND kind = 3 AND state = 0")
            .bind(no)
            .bind(bank.no)
            .fetch_optional(write.sql())
            .await
            .map_err(during(action))?;
    let Some(id) = id else { return Ok(None) };
    let sources: Vec<i64> = planned.sources.iter().copied().collect();
    let new: Vec<String> = sqlx::query_scalar(AssertSqlSafe(format!(
        "SELECT id FROM unit WHERE no IN ({}) AND no NOT IN (SELECT unit FROM source WHERE observation = ?1) ORDER BY no",
        list(&sources)
    )))
    .bind(no)
    .fetch_all(write.sql())
    .await
    .map_err(during(action))?;
    history::keep(write, no, "consolidated", now_ms(), &new).await?;
    sqlx::query("UPDATE unit SET text = ?2, tokens = ?3, updated_at = ?4 WHERE no = ?1")
        .bind(no)
        .bind(&planned.text)
        .bind(i64::from(tokens(&planned.text)))
        .bind(now_ms())
        .execute(write.sql())
        .await
        .map_err(during(action))?;
    match &planned.vector {
        Some(vector) => write.set_vector(no, vector).await?,
        // The old one is of another text; it is encoded later.
        None => {
            sqlx::query("DELETE FROM vector WHERE unit = ?1")
                .bind(no)
                .execute(write.sql())
                .await
                .map_err(during(action))?;
        }
    }
    rest_on(write, no, &planned.sources).await?;
    write.touch(bank.no, no);
    Ok(Some(id))
}

/// Adds sources, and draws from all of them what an observation has of its facts: proof, dates, entities.
async fn rest_on(write: &mut Write<'_>, observation: i64, sources: &BTreeSet<i64>) -> Result<()> {
    let action = "note what an observation rests on";
    for unit in sources {
        sqlx::query("INSERT OR IGNORE INTO source (observation, unit) VALUES (?1, ?2)")
            .bind(observation)
            .bind(unit)
            .execute(write.sql())
            .await
            .map_err(during(action))?;
    }
    sqlx::query(
        "UPDATE unit SET proof = f.proof, occurred_start = f.first, occurred_end = f.last, mentioned_at = f.said, \
         event_at = coalesce(f.first, f.said, unit.created_at) FROM (SELECT count(*) AS proof, min(u.occurred_start) AS first, \
         max(coalesce(u.occurred_end, u.occurred_start)) AS last, max(u.mentioned_at) AS said \
         FROM source s JOIN unit u ON u.no = s.unit WHERE s.observation = ?1) AS f WHERE unit.no = ?1",
    )
    .bind(observation)
    .execute(write.sql())
    .await
    .map_err(during(action))?;
    sqlx::query(
        "INSERT OR IGNORE INTO unit_entity (unit, entity) SELECT ?1, ue.entity FROM source s \
         JOIN unit_entity ue ON ue.unit = s.unit WHERE s.observation = ?1",
    )
    .bind(observation)
    .execute(write.sql())
    .await
    .map_err(during(action))?;
    Ok(())
}

/// Writes into the history of each document whose facts were read what became of it.
async fn tell_documents(
    write: &mut Write<'_>,
    job: &Job,
    facts: &[&Waiting],
    applied: &Applied,
) -> Result<()> {
    if applied.created.is_empty() && applied.updated.is_empty() && applied.removed.is_empty() {
        return Ok(());
    }
    let documents: BTreeSet<&String> = facts.iter().filter_map(|fact| fact.document.as_ref()).collect();
    for document in documents {
        let event = Event {
            kind: "consolidation",
            operation_id: Some(&job.id),
            observations_created: &applied.created,
            observations_updated: &applied.updated,
            observations_removed: &applied.removed,
            ..Event::default()
        };
        event::add(write, job.bank.no, document, &event).await?;
    }
    Ok(())
}

fn list(numbers: &[i64]) -> String {
    numbers.iter().map(i64::to_string).collect::<Vec<_>>().join(",")
}

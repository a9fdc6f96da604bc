//! Earlier versions of memories: one is kept before each change, with the time from which to which it stood.

use crate::bank::Bank;
use crate::db::Write;
use crate::error::{Result, during};
use crate::time::{iso, now_ms};
use crate::unit::Kind;
use serde_json::{Value, json};
use sqlx::Row as _;
use sqlx::sqlite::SqlitePool;
use std::collections::{HashMap, HashSet};

/// Versions kept of one observation (hindsight 1.1).
const MOST_OF_AN_OBSERVATION: i64 = 50;

/// Keeps the version of a memory that stands now, before it is changed in this transaction. `change` is the
/// column's word, `at` its time; `new_sources` are the ids of facts that an observation gains by this change.
pub(crate) async fn keep(
    write: &mut Write<'_>,
    unit: i64,
    change: &'static str,
    at: i64,
    new_sources: &[String],
) -> Result<()> {
    let action = "keep a memory's version";
    sqlx::query(
        "INSERT INTO history (bank, unit_id, version, stood_from, stood_to, change, new_sources) \
         SELECT u.bank, u.id, json_object('text', u.text, 'context', u.context, 'tags', json(u.tags), \
         'occurred_start', u.occurred_start, 'occurred_end', u.occurred_end, 'mentioned_at', u.mentioned_at, \
         'kind', u.kind, 'state', u.state, 'reason', u.invalidation_reason, \
         'document', (SELECT d.id FROM document d WHERE d.no = u.document), \
         'entities', (SELECT json_group_array(e.name) FROM unit_entity ue JOIN entity e ON e.no = ue.entity \
                      WHERE ue.unit = u.no), \
         'sources', (SELECT json_group_array(f.id) FROM source s JOIN unit f ON f.no = s.unit \
                     WHERE s.observation = u.no)), \
         coalesce((SELECT max(h.stood_to) FROM history h WHERE h.bank = u.bank AND h.unit_id = u.id), u.created_at), \
         ?2, ?3, ?4 FROM unit u WHERE u.no = ?1",
    )
    .bind(unit)
    .bind(at)
    .bind(change)
    .bind(json!(new_sources).to_string())
    .execute(write.sql())
    .await
    .map_err(during(action))?;
    sqlx::query(
        "DELETE FROM history WHERE no IN (SELECT h.no FROM unit u JOIN history h ON h.bank = u.bank AND h.unit_id = u.id \
         WHERE u.no = ?1 AND u.kind = 3 ORDER BY h.no DESC LIMIT -1 OFFSET ?2)",
    )
    .bind(unit)
    .bind(MOST_OF_AN_OBSERVATION)
    .execute(write.sql())
    .await
    .map_err(during(action))?;
    Ok(())
}

/// Keeps the versions of memories that are about to be removed because something else takes their place: a text that
/// is stored anew, a fact that is changed under an observation. What a person deletes is not kept, see [`forget`].
pub(crate) async fn keep_removed(write: &mut Write<'_>, units: &[i64]) -> Result<()> {
    let at = now_ms();
    for unit in units {
        keep(write, *unit, "removed", at, &[]).await?;
    }
    Ok(())
}

/// Drops every version of memories that a person deleted, and of observations that rested on them: they go for good,
/// and so does what they were before.
pub(crate) async fn forget(write: &mut Write<'_>, bank: i64, ids: &[String]) -> Result<()> {
    for batch in ids.chunks(400) {
        sqlx::query(
            "DELETE FROM history WHERE bank = ?1 AND (unit_id IN (SELECT value FROM json_each(?2)) \
             OR EXISTS (SELECT 1 FROM json_each(version, '$.sources') s JOIN json_each(?2) gone ON gone.value = s.value))",
        )
        .bind(bank)
        .bind(json!(batch).to_string())
        .execute(write.sql())
        .await
        .map_err(during("forget a memory's versions"))?;
    }
    Ok(())
}

/// The ids of the facts that a document ever had, as far as versions of them are kept.
pub(crate) async fn of_document(write: &mut Write<'_>, bank: i64, document: &str) -> Result<Vec<String>> {
    sqlx::query_scalar("SELECT DISTINCT unit_id FROM history WHERE bank = ?1 AND version ->> 'document' = ?2")
        .bind(bank)
        .bind(document)
        .fetch_all(write.sql())
        .await
        .map_err(during("find what a document said before"))
}

/// The names of the entities that a memory had when it was last invalidated.
pub(super) async fn entities_before(write: &mut Write<'_>, bank: i64, unit_id: &str) -> Result<Vec<String>> {
    let version: Option<String> = sqlx::query_scalar(
        "SELECT version FROM history WHERE bank = ?1 AND unit_id = ?2 AND change = 'invalidated' \
         ORDER BY no DESC LIMIT 1",
    )
    .bind(bank)
    .bind(unit_id)
    .fetch_optional(write.sql())
    .await
    .map_err(during("read a memory's versions"))?;
    let version: Value = version.and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default();
    Ok(serde_json::from_value(version["entities"].clone()).unwrap_or_default())
}

/// The earlier versions of a memory, the latest first. Beside the API's fields each says from when it stood
/// and what ended it.
pub(crate) async fn list(db: &SqlitePool, bank: &Bank, unit_id: &str) -> Result<Vec<Value>> {
    let action = "read a memory's versions";
    let rows = sqlx::query(
        "SELECT version, stood_from, stood_to, change, new_sources FROM history \
         WHERE bank = ?1 AND unit_id = ?2 ORDER BY no DESC",
    )
    .bind(bank.no)
    .bind(unit_id)
    .fetch_all(db)
    .await
    .map_err(during(action))?;
    let mut versions = Vec::with_capacity(rows.len());
    for row in &rows {
        let read = || -> sqlx::Result<Version> {
            Ok(Version {
                what: serde_json::from_str(row.try_get("version")?).unwrap_or_default(),
                from: row.try_get("stood_from")?,
                to: row.try_get("stood_to")?,
                change: row.try_get("change")?,
                new_sources: serde_json::from_str(row.try_get("new_sources")?).unwrap_or_default(),
            })
        };
        versions.push(read().map_err(during(action))?);
    }
    let wanted: HashSet<&String> = versions.iter().flat_map(|version| version.new_sources.iter()).collect();
    let old: HashSet<String> = versions.iter().flat_map(Version::old_sources).collect();
    let ids: Vec<&String> = wanted.into_iter().chain(&old).collect();
    let facts = facts(db, bank, &json!(ids).to_string()).await?;
    Ok(versions.iter().map(|version| version.answer(&facts)).collect())
}

struct Version {
    what: Value,
    from: i64,
    to: i64,
    change: String,
    new_sources: Vec<String>,
}

impl Version {
    fn old_sources(&self) -> Vec<String> {
        serde_json::from_value(self.what["sources"].clone()).unwrap_or_default()
    }

    fn answer(&self, facts: &HashMap<String, Value>) -> Value {
        let at = |name: &str| self.what[name].as_i64().map(iso);
        let told = |id: &String, is_new: bool| {
            let mut fact = facts.get(id)?.clone();
            fact["is_new"] = json!(is_new);
            Some(fact)
        };
        let old = self.old_sources();
        let old = old.iter().filter(|id| !self.new_sources.contains(id)).filter_map(|id| told(id, false));
        let new = self.new_sources.iter().filter_map(|id| told(id, true));
        let sources: Vec<Value> = new.chain(old).collect();
        json!({
            "previous_text": self.what["text"],
            "previous_context": self.what["context"],
            "previous_tags": self.what["tags"],
            "previous_occurred_start": at("occurred_start"),
            "previous_occurred_end": at("occurred_end"),
            "previous_mentioned_at": at("mentioned_at"),
            "previous_type": self.what["kind"].as_i64().map(|kind| Kind::from_column(kind).word()),
            "previous_entities": self.what["entities"],
            "previous_state": if self.what["state"].as_i64() == Some(1) { "invalidated" } else { "valid" },
            "previous_reason": self.what["reason"],
            "stood_from": iso(self.from),
            "changed_at": iso(self.to),
            "change": self.change,
            "new_source_memory_ids": self.new_sources,
            "source_facts": sources,
        })
    }
}

/// Facts by id, as a version names its sources. Facts that are gone are left out.
async fn facts(db: &SqlitePool, bank: &Bank, ids: &str) -> Result<HashMap<String, Value>> {
    let rows: Vec<(String, String, i64, Option<String>)> = sqlx::query_as(
        "SELECT u.id, u.text, u.kind, u.context FROM json_each(?2) j CROSS JOIN unit u \
         WHERE u.id = j.value AND u.bank = ?1",
    )
    .bind(bank.no)
    .bind(ids)
    .fetch_all(db)
    .await
    .map_err(during("read a memory's versions"))?;
    let fact = |(id, text, kind, context): (String, String, i64, Option<String>)| {
        let word = Kind::from_column(kind).word();
        (id.clone(), json!({"id": id, "text": text, "type": word, "context": context}))
    };
    Ok(rows.into_iter().map(fact).collect())
}

//! Counts of a bank: memories, documents, links, operations; memories over time.
//!
//! Counted each time from indexes, so nothing is out of date.

use crate::bank::Bank;
use crate::error::{Result, during};
use crate::time::{iso, now_ms};
use crate::unit::Kind;
use serde_json::{Map, Value, json};
use sqlx::Row as _;
use sqlx::sqlite::SqlitePool;

/// The counts as the API answers them. Links are causes, which are stored, and pairs of memories that share an
/// entity; neighbours in time and in meaning are computed where they are drawn, and counting them would mean
/// comparing every pair.
pub(crate) async fn counts(db: &SqlitePool, bank: &Bank) -> Result<Value> {
    let action = "count what is in a bank";
    let groups = async |sql: &'static str| -> Result<Vec<(String, i64)>> {
        sqlx::query_as(sql).bind(bank.no).fetch_all(db).await.map_err(during(action))
    };
    let kinds: Vec<(i64, i64)> =
        sqlx::query_as("SELECT kind, count(*) FROM unit WHERE bank = ?1 AND state = 0 GROUP BY kind")
            .bind(bank.no)
            .fetch_all(db)
            .await
            .map_err(during(action))?;
    let mut links = groups(
        "SELECT l.kind, count(*) FROM link l CROSS JOIN unit u ON u.no = l.src WHERE u.bank = ?1 GROUP BY l.kind",
    )
    .await?;
    let shared: i64 = sqlx::query_scalar(
        "SELECT coalesce(sum(n * (n - 1) / 2), 0) FROM (SELECT count(*) AS n FROM entity e \
         CROSS JOIN unit_entity ue ON ue.entity = e.no WHERE e.bank = ?1 GROUP BY e.no)",
    )
    .bind(bank.no)
    .fetch_one(db)
    .await
    .map_err(during(action))?;
    if shared > 0 {
        links.push(("entity".to_owned(), shared));
    }
    let states = groups("SELECT state, count(*) FROM operation WHERE bank = ?1 GROUP BY state").await?;
    let row = sqlx::query(
        "SELECT (SELECT count(*) FROM document WHERE bank = ?1) AS documents, last_write_at, last_consolidated_at, \
         (SELECT count(*) FROM unit WHERE bank = ?1 AND kind IN (1, 2) AND consolidated_at IS NULL \
          AND consolidation_failed_at IS NULL AND state = 0) AS pending, \
         (SELECT count(*) FROM unit WHERE bank = ?1 AND kind IN (1, 2) AND consolidation_failed_at IS NOT NULL \
          AND state = 0) AS failed FROM bank WHERE no = ?1",
    )
    .bind(bank.no)
    .fetch_one(db)
    .await
    .map_err(during(action))?;
    let count = |name: &str| row.try_get::<i64, _>(name).map_err(during(action));
    let at = |name: &str| row.try_get::<Option<i64>, _>(name).map(|ms| ms.map(iso)).map_err(during(action));
    let in_state = |state: &str| states.iter().find(|(word, _)| word == state).map_or(0, |(_, count)| *count);
    let of_kind = |kind: Kind| kinds.iter().find(|(no, _)| *no == kind as i64).map_or(0, |(_, count)| *count);
    let by_kind: Map<String, Value> = Kind::ALL
        .into_iter()
        .filter(|kind| of_kind(*kind) > 0)
        .map(|kind| (kind.word().to_owned(), json!(of_kind(kind))))
        .collect();
    Ok(json!({
        "bank_id": bank.id,
        "total_nodes": kinds.iter().map(|(_, count)| count).sum::<i64>(),
        "total_links": links.iter().map(|(_, count)| count).sum::<i64>(),
        "total_documents": count("documents")?,
        "nodes_by_fact_type": by_kind,
        "links_by_link_type": links.into_iter().map(|(k, n)| (k, json!(n))).collect::<Map<_, _>>(),
        "links_by_fact_type": {},
        "links_breakdown": {},
        "pending_operations": in_state("pending"),
        "failed_operations": in_state("failed"),
        "operations_by_status": states.iter().map(|(k, n)| (k.clone(), json!(n))).collect::<Map<_, _>>(),
        "last_consolidated_at": at("last_consolidated_at")?,
        "last_memory_write_at": at("last_write_at")?,
        "pending_consolidation": count("pending")?,
        "failed_consolidation": count("failed")?,
        "total_observations": of_kind(Kind::Observation),
    }))
}

const MINUTE: i64 = 60_000;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;

/// The periods of hindsight 1.1: name, name of a bucket's length, that length, how many buckets.
const PERIODS: [(&str, &str, i64, i64); 6] = [
    ("1h", "minute", MINUTE, 60),
    ("12h", "hour", HOUR, 12),
    ("1d", "hour", HOUR, 24),
    ("7d", "day", DAY, 7),
    ("30d", "day", DAY, 30),
    ("90d", "day", DAY, 90),
];
/// Which of them counts for a name that is none of them.
const USUAL: usize = 3;

/// Memories per bucket of the period that ends now, by type; the last bucket is the one that is running. A
/// memory without the time asked for counts by when it was stored.
pub(crate) async fn over_time(db: &SqlitePool, bank: &Bank, period: &str, field: &str) -> Result<Value> {
    let action = "count memories over time";
    let known = PERIODS.iter().find(|(name, ..)| *name == period).unwrap_or(&PERIODS[USUAL]);
    let (period, trunc, step, buckets) = *known;
    let (field, sql) = match field {
        "mentioned_at" => (
            "mentioned_at",
            "SELECT (coalesce(mentioned_at, created_at) - ?2) / ?3, kind, count(*) FROM unit WHERE bank = ?1 AND state = 0 \
             AND coalesce(mentioned_at, created_at) BETWEEN ?2 AND ?4 GROUP BY 1, 2",
        ),
        "occurred_start" => (
            "occurred_start",
            "SELECT (coalesce(occurred_start, created_at) - ?2) / ?3, kind, count(*) FROM unit WHERE bank = ?1 AND state = 0 \
             AND coalesce(occurred_start, created_at) BETWEEN ?2 AND ?4 GROUP BY 1, 2",
        ),
        _ => (
            "created_at",
            "SELECT (created_at - ?2) / ?3, kind, count(*) FROM unit WHERE bank = ?1 AND state = 0 \
             AND created_at BETWEEN ?2 AND ?4 GROUP BY 1, 2",
        ),
    };
    let first = now_ms().div_euclid(step) * step - (buckets - 1) * step;
    let counted: Vec<(i64, i64, i64)> = sqlx::query_as(sql)
        .bind(bank.no)
        .bind(first)
        .bind(step)
        .bind(first + buckets * step - 1)
        .fetch_all(db)
        .await
        .map_err(during(action))?;
    let mut filled: Vec<Value> = (0..buckets)
        .map(|n| json!({"time": iso(first + n * step), "world": 0, "experience": 0, "observation": 0}))
        .collect();
    for (bucket, kind, count) in counted {
        if let Some(bucket) = usize::try_from(bucket).ok().and_then(|bucket| filled.get_mut(bucket)) {
            bucket[Kind::from_column(kind).word()] = json!(count);
        }
    }
    Ok(json!({
        "bank_id": bank.id, "period": period, "trunc": trunc, "time_field": field, "buckets": filled,
    }))
}

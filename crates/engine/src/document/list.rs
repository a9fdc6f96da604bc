//! Pages of a bank's documents: by words, tags and time.

use super::json;
use crate::bank::Bank;
use crate::error::{EngineError, Result, during};
use crate::time::{iso, parse};
use serde::Deserialize;
use serde_json::{Value, json};
use sqlx::sqlite::{SqlitePool, SqliteRow};
use sqlx::{AssertSqlSafe, Row as _};

/// What is asked for.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct Filter {
    /// Part of an id or a text, whatever its case.
    pub(crate) q: Option<String>,
    #[serde(default)]
    pub(crate) tags: Vec<String>,
    pub(crate) tags_match: Option<String>,
    pub(crate) time_field: Option<String>,
    /// Inclusive.
    pub(crate) start_date: Option<String>,
    /// Exclusive.
    pub(crate) end_date: Option<String>,
    pub(crate) limit: Option<i64>,
    pub(crate) offset: Option<i64>,
}

/// A page and how many documents there are.
pub(crate) async fn page(
    db: &SqlitePool,
    bank: &Bank,
    filter: &Filter,
    (limit, offset): (i64, i64),
) -> Result<Value> {
    let action = "list documents";
    let axis = match filter.time_field.as_deref() {
        None | Some("updated_at") => "updated_at",
        Some("created_at") => "created_at",
        Some(other) => return Err(literal("time_field", "'created_at' or 'updated_at'", other)),
    };
    let tagged = tags_sql(filter.tags_match.as_deref().unwrap_or("any_strict"), !filter.tags.is_empty())?;
    let (start, end) =
        (date("start_date", filter.start_date.as_deref())?, date("end_date", filter.end_date.as_deref())?);
    let q = filter.q.as_deref().map(str::to_lowercase).filter(|q| !q.is_empty());
    let tags = Value::from(filter.tags.clone()).to_string();
    let found = format!(
        "FROM document d WHERE d.bank = ?1 AND (?2 IS NULL OR instr(lower(d.id), ?2) OR instr(lower(d.text), ?2)) \
         AND {tagged} AND (?4 IS NULL OR d.{axis} >= ?4) AND (?5 IS NULL OR d.{axis} < ?5)"
    );
    let total: i64 = sqlx::query_scalar(AssertSqlSafe(format!("SELECT count(*) {found}")))
        .bind(bank.no)
        .bind(&q)
        .bind(&tags)
        .bind(start)
        .bind(end)
        .fetch_one(db)
        .await
        .map_err(during(action))?;
    let rows = sqlx::query(AssertSqlSafe(format!(
        "SELECT d.id, d.hash, d.created_at, d.updated_at, d.text_length, d.retain_params, d.metadata, d.tags, \
         (SELECT count(*) FROM unit u WHERE u.document = d.no AND u.state = 0) AS units, \
         coalesce(instr(lower(d.id), ?2), 0) AS in_id, coalesce(instr(lower(d.text), ?2), 0) AS in_text \
         {found} ORDER BY d.{axis} DESC, d.no DESC LIMIT ?6 OFFSET ?7"
    )))
    .bind(bank.no)
    .bind(&q)
    .bind(&tags)
    .bind(start)
    .bind(end)
    .bind(limit)
    .bind(offset)
    .fetch_all(db)
    .await
    .map_err(during(action))?;
    let items: Vec<Value> =
        rows.iter().map(|row| item(bank, row)).collect::<sqlx::Result<_>>().map_err(during(action))?;
    Ok(json!({"items": items, "total": total, "limit": limit, "offset": offset, "total_is_estimate": false}))
}

fn item(bank: &Bank, row: &SqliteRow) -> sqlx::Result<Value> {
    let mut matched = Vec::new();
    for (column, field) in [("in_id", "id"), ("in_text", "original_text")] {
        if row.try_get::<i64, _>(column)? > 0 {
            matched.push(field);
        }
    }
    Ok(json!({
        "id": row.try_get::<&str, _>("id")?,
        "bank_id": bank.id,
        "content_hash": row.try_get::<&str, _>("hash")?,
        "created_at": iso(row.try_get("created_at")?),
        "updated_at": iso(row.try_get("updated_at")?),
        "text_length": row.try_get::<i64, _>("text_length")?,
        "memory_unit_count": row.try_get::<i64, _>("units")?,
        "retain_params": json(row.try_get("retain_params")?),
        "document_metadata": json(row.try_get("metadata")?),
        "tags": json(row.try_get("tags")?),
        "matched_fields": matched,
    }))
}

/// Which documents the tags in `?3` let through.
fn tags_sql(how: &str, any_given: bool) -> Result<&'static str> {
    const ONE: &str =
        "EXISTS (SELECT 1 FROM json_each(d.tags) t WHERE t.value IN (SELECT value FROM json_each(?3)))";
    const ALL: &str = "NOT EXISTS (SELECT 1 FROM json_each(?3) g WHERE g.value NOT IN (SELECT value FROM json_each(d.tags)))";
    const NO_OTHER: &str = "NOT EXISTS (SELECT 1 FROM json_each(d.tags) t WHERE t.value NOT IN (SELECT value FROM json_each(?3))) \
         AND NOT EXISTS (SELECT 1 FROM json_each(?3) g WHERE g.value NOT IN (SELECT value FROM json_each(d.tags)))";
    const UNTAGGED_OR_ONE: &str = "(d.tags = '[]' OR EXISTS \
         (SELECT 1 FROM json_each(d.tags) t WHERE t.value IN (SELECT value FROM json_each(?3))))";
    const UNTAGGED_OR_ALL: &str = "(d.tags = '[]' OR NOT EXISTS \
         (SELECT 1 FROM json_each(?3) g WHERE g.value NOT IN (SELECT value FROM json_each(d.tags))))";
    let sql = match how {
        "any" => UNTAGGED_OR_ONE,
        "all" => UNTAGGED_OR_ALL,
        "any_strict" => ONE,
        "all_strict" => ALL,
        "exact" => return Ok(NO_OTHER),
        other => {
            return Err(literal("tags_match", "'any', 'all', 'any_strict', 'all_strict' or 'exact'", other));
        }
    };
    // The number keeps its place in the statement.
    Ok(if any_given { sql } else { "?3 IS NOT NULL" })
}

fn date(name: &str, given: Option<&str>) -> Result<Option<i64>> {
    given
        .filter(|text| !text.is_empty())
        .map(|text| {
            // A plus sign that was not escaped arrives as a blank.
            parse(text).or_else(|| parse(&text.replace(' ', "+"))).ok_or_else(|| {
                EngineError::bad_request(format!("Invalid {name}: '{text}' is not an ISO-8601 datetime."))
            })
        })
        .transpose()
}

fn literal(name: &str, expected: &str, input: &str) -> EngineError {
    EngineError::Invalid {
        loc: vec!["query".into(), name.into()],
        kind: "literal_error",
        message: format!("Input should be {expected}"),
        input: input.into(),
    }
}

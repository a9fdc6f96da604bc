//! What was sent to the model lately, and how much.

use super::read::{Params, page};
use crate::bank;
use crate::engine::Engine;
use crate::error::{EngineError, Result, during};
use crate::time::{self, iso, now_ms};
use axum::extract::{Path, State};
use axum::routing::get;
use axum::{Json, Router};
use serde::Deserialize;
use serde_json::{Map, Value, json};
use sqlx::sqlite::SqliteRow;
use sqlx::{AssertSqlSafe, Row as _};

const DAY_MS: i64 = 24 * 60 * 60 * 1000;

pub(super) fn routes() -> Router<Engine> {
    Router::new()
        .route("/v1/default/banks/{bank_id}/llm-requests", get(list))
        .route("/v1/default/banks/{bank_id}/llm-requests/stats", get(stats))
}

/// Kinds of calls; the engine only ever makes the first (its encoder is no service).
#[derive(Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum CallType {
    Llm,
    Embedding,
    Rerank,
    Decision,
}

#[derive(Deserialize)]
struct Asked {
    status: Option<String>,
    operation: Option<String>,
    scope: Option<String>,
    call_type: Option<CallType>,
    provider: Option<String>,
    trace_id: Option<String>,
    document_id: Option<String>,
    memory_id: Option<String>,
    #[serde(default)]
    group: bool,
    start_date: Option<String>,
    end_date: Option<String>,
    limit: Option<i64>,
    offset: Option<i64>,
}

/// What a row must be like; ?1 is the bank. A filter that is not given is NULL.
const WHERE: &str = "bank = ?1 AND (?2 IS NULL OR status = ?2) AND (?3 IS NULL OR operation = ?3) \
    AND (?4 IS NULL OR scope = ?4) AND (?5 IS NULL OR provider = ?5) AND (?6 IS NULL OR trace_id = ?6) \
    AND (?7 IS NULL OR json_extract(metadata, '$.document_id') = ?7) \
    AND (?8 IS NULL OR EXISTS (SELECT 1 FROM json_each(metadata, '$.memory_ids') AS memory WHERE memory.value = ?8)) \
    AND (?9 IS NULL OR started_at >= ?9) AND (?10 IS NULL OR started_at < ?10) AND ?11";

async fn list(
    State(engine): State<Engine>,
    Path(bank_id): Path<String>,
    Params(asked): Params<Asked>,
) -> Result<Json<Value>> {
    let action = "list LLM requests";
    let (limit, offset) = page(asked.limit, asked.offset, 50, 500)?;
    let bank = bank::find(engine.read(), &bank_id).await?;
    let (start, end) =
        (date("start_date", asked.start_date.as_deref())?, date("end_date", asked.end_date.as_deref())?);
    let made = asked.call_type.is_none_or(|kind| kind == CallType::Llm);
    // Grouped, a page is of whole runs: all calls of the newest traces.
    let (counted, paged) = if asked.group {
        let traces = format!(
            "SELECT trace_id FROM llm_request WHERE {WHERE} GROUP BY trace_id ORDER BY max(started_at) DESC LIMIT ?12 OFFSET ?13"
        );
        (
            format!("SELECT count(DISTINCT trace_id) FROM llm_request WHERE {WHERE}"),
            format!(
                "SELECT * FROM llm_request WHERE bank = ?1 AND trace_id IN ({traces}) ORDER BY started_at DESC, rowid DESC"
            ),
        )
    } else {
        (
            format!("SELECT count(*) FROM llm_request WHERE {WHERE}"),
            format!(
                "SELECT * FROM llm_request WHERE {WHERE} ORDER BY started_at DESC, rowid DESC LIMIT ?12 OFFSET ?13"
            ),
        )
    };
    macro_rules! filtered {
        ($query:expr) => {
            $query
                .bind(bank.no)
                .bind(&asked.status)
                .bind(&asked.operation)
                .bind(&asked.scope)
                .bind(&asked.provider)
                .bind(&asked.trace_id)
                .bind(&asked.document_id)
                .bind(&asked.memory_id)
                .bind(start)
                .bind(end)
                .bind(made)
        };
    }
    let total: i64 = filtered!(sqlx::query_scalar(AssertSqlSafe(counted)))
        .fetch_one(engine.read())
        .await
        .map_err(during(action))?;
    let rows = filtered!(sqlx::query(AssertSqlSafe(paged)))
        .bind(limit)
        .bind(offset)
        .fetch_all(engine.read())
        .await
        .map_err(during(action))?;
    let items: Vec<Value> =
        rows.iter().map(|row| item(row, &bank.id)).collect::<sqlx::Result<_>>().map_err(during(action))?;
    Ok(Json(json!({"bank_id": bank.id, "total": total, "limit": limit, "offset": offset, "items": items})))
}

fn date(name: &str, text: Option<&str>) -> Result<Option<i64>> {
    let wrong = |text: &str| EngineError::bad_request(format!("Invalid {name}: `{text}` is no ISO date"));
    text.map(|text| time::parse(text).ok_or_else(|| wrong(text))).transpose()
}

fn item(row: &SqliteRow, bank_id: &str) -> sqlx::Result<Value> {
    let text = |name: &str| row.try_get::<Option<String>, _>(name);
    let number = |name: &str| row.try_get::<i64, _>(name);
    let read = |name: &str| {
        Ok::<_, sqlx::Error>(serde_json::from_str::<Value>(row.try_get(name)?).unwrap_or_default())
    };
    // A call without an answer cost nothing that anybody counted.
    let counted = |name: &str| Ok::<_, sqlx::Error>(Some(number(name)?).filter(|tokens| *tokens > 0));
    Ok(json!({
        "id": text("id")?, "bank_id": bank_id, "operation": text("operation")?, "scope": text("scope")?,
        "trace_id": text("trace_id")?, "span_id": text("id")?, "parent_span_id": null, "provider": text("provider")?,
        "model": text("model")?, "status": text("status")?, "started_at": iso(number("started_at")?),
        "ended_at": iso(number("ended_at")?), "duration_ms": number("duration_ms")?,
        "input_tokens": counted("input_tokens")?, "output_tokens": counted("output_tokens")?,
        "cached_tokens": counted("cached_tokens")?, "thoughts_tokens": counted("thoughts_tokens")?,
        "total_tokens": number("input_tokens")? + number("output_tokens")?, "input": read("input")?,
        "output": text("output")?, "error": text("error")?, "llm_info": read("llm_info")?, "metadata": read("metadata")?,
    }))
}

#[derive(Deserialize)]
struct AskedStats {
    operation: Option<String>,
    call_type: Option<CallType>,
    period: Option<String>,
}

/// Bucket's time, status, calls, then tokens: input, output, cached, thoughts.
type Counted = (i64, String, i64, i64, i64, i64, i64);

async fn stats(
    State(engine): State<Engine>,
    Path(bank_id): Path<String>,
    Params(asked): Params<AskedStats>,
) -> Result<Json<Value>> {
    let action = "count LLM requests";
    let bank = bank::find(engine.read(), &bank_id).await?;
    let (period, days, trunc, width) = match asked.period.as_deref() {
        Some("1d") => ("1d", 1, "hour", DAY_MS / 24),
        Some("30d") => ("30d", 30, "day", DAY_MS),
        _ => ("7d", 7, "day", DAY_MS),
    };
    let start = now_ms() - days * DAY_MS;
    let rows: Vec<Counted> = sqlx::query_as(
        "SELECT started_at / ?4 * ?4 AS bucket, status, count(*), sum(input_tokens), sum(output_tokens), \
         sum(cached_tokens), sum(thoughts_tokens) FROM llm_request WHERE bank = ?1 AND started_at >= ?2 \
         AND (?3 IS NULL OR operation = ?3) AND ?5 GROUP BY bucket, status ORDER BY bucket",
    )
    .bind(bank.no)
    .bind(start)
    .bind(&asked.operation)
    .bind(width)
    .bind(asked.call_type.is_none_or(|kind| kind == CallType::Llm))
    .fetch_all(engine.read())
    .await
    .map_err(during(action))?;
    let mut buckets: Vec<Value> = Vec::new();
    for same in rows.chunk_by(|a, b| a.0 == b.0) {
        let Some(first) = same.first() else { continue };
        let statuses: Map<String, Value> = same.iter().map(|row| (row.1.clone(), json!(row.2))).collect();
        let sum = |of: fn(&Counted) -> i64| same.iter().map(of).sum::<i64>();
        let (input, output) = (sum(|row| row.3), sum(|row| row.4));
        buckets.push(json!({
            "time": iso(first.0), "statuses": statuses, "total": sum(|row| row.2),
            "tokens": {"input": input, "output": output, "cached": sum(|row| row.5), "thoughts": sum(|row| row.6),
                       "total": input + output},
        }));
    }
    Ok(Json(json!({
        "bank_id": bank.id, "period": period, "trunc": trunc, "start": iso(start), "buckets": buckets,
    })))
}

#[cfg(test)]
mod tests {
    use crate::engine::testing::Fresh;
    use crate::llm::scripted::Scripted;
    use serde_json::json;

    const BANK: &str = "/v1/default/banks/b";

    #[tokio::test]
    async fn requests_are_listed_filtered_and_counted() {
        let fresh = Fresh::open().await;
        let facts = r#"{"facts":[{"text":"Ana rows.","kind":"world"}]}"#;
        fresh.engine.set_synthesis(Some(Scripted::answers(&[facts])));
        fresh.ok("PUT", BANK, Some(json!({}))).await;
        fresh
            .ok("POST", &format!("{BANK}/memories/dry-run-extract"), Some(json!({"content": "Ana rows."})))
            .await;
        let list = async |query: &str| fresh.ok("GET", &format!("{BANK}/llm-requests?{query}"), None).await;
        let all = list("").await;
        let item = &all["items"][0];
        assert_eq!(
            (&all["total"], &item["scope"], &item["output"]),
            (&json!(1), &json!("retain_extract_facts"), &json!(facts))
        );
        assert_eq!((&item["total_tokens"], &item["status"]), (&json!(15), &json!("success")));
        for (query, total) in [
            ("scope=retain_extract_facts&status=success&operation=retain&call_type=llm", 1),
            ("call_type=embedding", 0),
            ("memory_id=x", 0),
            ("group=true", 1),
            ("start_date=2999-01-01", 0),
        ] {
            assert_eq!(list(query).await["total"], total, "{query}");
        }
        assert_eq!(fresh.ask("GET", &format!("{BANK}/llm-requests?limit=501"), None).await.0, 422);
        let stats = fresh.ok("GET", &format!("{BANK}/llm-requests/stats"), None).await;
        assert_eq!(
            (&stats["buckets"][0]["statuses"]["success"], &stats["buckets"][0]["tokens"]["total"]),
            (&json!(1), &json!(15))
        );
    }
}

//! The audit log: what was asked of a bank that wants it kept (`audit_log_enabled`), and its reading.
//!
//! Written by a layer over all routes, after the answer; reading the log is not itself logged.

use crate::bank;
use crate::engine::Engine;
use crate::error::{EngineError, Result, during};
use crate::http::read::{Params, page};
use crate::time::{iso, now_ms, parse};
use axum::body::{Body, Bytes, to_bytes};
use axum::extract::{MatchedPath, Path, Request, State};
use axum::http::Method;
use axum::middleware::Next;
use axum::response::Response;
use axum::routing::get;
use axum::{Json, Router};
use serde::Deserialize;
use serde_json::{Map, Value, json};
use sqlx::Row as _;
use uuid::Uuid;

/// Bodies above this size are not kept, in bytes: a log must not double the memory.
const LARGEST_BODY: usize = 256 * 1024;
const DAY_MS: i64 = 86_400_000;

/// Which request is which action (hindsight 1.1's words); what is not here is not logged.
fn action(method: &Method, path: &str) -> Option<&'static str> {
    // Routes call their ids what they like.
    let named: Vec<&str> =
        path.split('/').map(|part| if part.starts_with('{') { "{id}" } else { part }).collect();
    let path = named.join("/");
    let rest = path.strip_prefix("/v1/default/banks/{id}")?;
    let action = match (method.as_str(), rest) {
        ("POST", "/memories") => "retain",
        ("POST", "/memories/recall") => "recall",
        ("POST", "/reflect") => "reflect",
        ("PUT" | "PATCH", "") => "update_bank",
        ("DELETE", "") => "delete_bank",
        ("PATCH", "/config") => "update_bank_config",
        ("DELETE", "/config") => "reset_bank_config",
        ("PATCH", "/memories/{id}") => "update_memory",
        ("DELETE", "/memories") => "clear_memories",
        ("DELETE", "/documents/{id}") => "delete_document",
        ("PATCH", "/documents/{id}") => "update_document",
        ("POST", "/documents/{id}/reprocess") => "reprocess_document",
        ("POST", "/consolidate") => "consolidate",
        ("POST", "/directives") => "create_directive",
        ("PATCH", "/directives/{id}") => "update_directive",
        ("DELETE", "/directives/{id}") => "delete_directive",
        ("POST", "/mental-models") => "create_mental_model",
        ("POST", "/mental-models/{id}/refresh") => "refresh_mental_model",
        ("DELETE", "/mental-models/{id}") => "delete_mental_model",
        ("POST", "/import") => "import_bank_template",
        ("POST", "/clone") => "clone_bank",
        _ => return None,
    };
    Some(action)
}

/// Keeps a request and its answer when its bank asks for that.
pub(super) async fn keep(State(engine): State<Engine>, request: Request, next: Next) -> Response {
    let matched = request.extensions().get::<MatchedPath>().map(|path| path.as_str().to_owned());
    let action = matched.and_then(|path| action(request.method(), &path));
    let bank_id = request.uri().path().split('/').nth(4).map(decoded);
    let (Some(action), Some(bank_id)) = (action, bank_id) else { return next.run(request).await };
    let bank = bank::look(engine.read(), &bank_id).await.ok().flatten();
    let Some(bank) = bank.filter(|bank| bank.config.on("audit_log_enabled")) else {
        return next.run(request).await;
    };
    let started = now_ms();
    let (parts, body) = request.into_parts();
    let Ok(asked) = to_bytes(body, usize::MAX).await else {
        return next.run(Request::from_parts(parts, Body::empty())).await;
    };
    let response = next.run(Request::from_parts(parts, Body::from(asked.clone()))).await;
    let (parts, body) = response.into_parts();
    let Ok(answered) = to_bytes(body, usize::MAX).await else {
        return Response::from_parts(parts, Body::empty());
    };
    if let Err(error) = write(&engine, bank.no, action, started, &asked, &answered).await {
        tracing::warn!(%error, action, "an entry of the audit log could not be written");
    }
    Response::from_parts(parts, Body::from(answered))
}

fn decoded(part: &str) -> String {
    let pairs: Vec<(String, String)> =
        serde_html_form::from_str(&format!("x={}", part.replace('+', "%2B"))).unwrap_or_default();
    pairs.into_iter().next().map(|(_, value)| value).unwrap_or_default()
}

async fn write(
    engine: &Engine,
    bank: i64,
    action: &'static str,
    started: i64,
    asked: &Bytes,
    answered: &Bytes,
) -> Result<()> {
    let text = |bytes: &Bytes| {
        (!bytes.is_empty() && bytes.len() <= LARGEST_BODY)
            .then(|| String::from_utf8_lossy(bytes).into_owned())
    };
    let mut write = engine.write().await?;
    sqlx::query(
        "INSERT INTO audit (id, bank, action, request, response, started_at, ended_at) \
         SELECT ?1, no, ?3, ?4, ?5, ?6, ?7 FROM bank WHERE no = ?2",
    )
    .bind(Uuid::new_v4().to_string())
    .bind(bank)
    .bind(action)
    .bind(text(asked))
    .bind(text(answered))
    .bind(started)
    .bind(now_ms())
    .execute(write.sql())
    .await
    .map_err(during("write the audit log"))?;
    write.commit().await
}

pub(super) fn routes() -> Router<Engine> {
    Router::new()
        .route("/v1/default/banks/{bank_id}/audit-logs", get(list))
        .route("/v1/default/banks/{bank_id}/audit-logs/stats", get(stats))
        .route("/v1/default/banks/{bank_id}/audit-logs/{log_id}", get(one))
}

#[derive(Deserialize)]
struct ListParams {
    action: Option<String>,
    transport: Option<String>,
    start_date: Option<String>,
    end_date: Option<String>,
    limit: Option<i64>,
    offset: Option<i64>,
}

fn entry(row: &sqlx::sqlite::SqliteRow, bank_id: &str) -> sqlx::Result<Map<String, Value>> {
    let (started, ended): (i64, i64) = (row.try_get("started_at")?, row.try_get("ended_at")?);
    let metadata: &str = row.try_get("metadata")?;
    let value = json!({
        "id": row.try_get::<String, _>("id")?, "action": row.try_get::<String, _>("action")?,
        "transport": row.try_get::<String, _>("transport")?, "bank_id": bank_id,
        "started_at": iso(started), "ended_at": iso(ended), "duration_ms": ended - started,
        "metadata": serde_json::from_str::<Value>(metadata).unwrap_or_default(),
    });
    Ok(value.as_object().cloned().unwrap_or_default())
}

async fn list(
    State(engine): State<Engine>,
    Path(bank_id): Path<String>,
    Params(params): Params<ListParams>,
) -> Result<Json<Value>> {
    let bank = bank::find(engine.read(), &bank_id).await?;
    let (limit, offset) = page(params.limit, params.offset, 50, 500)?;
    let condition = "bank = ?1 AND (?2 IS NULL OR action = ?2) AND (?3 IS NULL OR transport = ?3) \
                     AND started_at >= coalesce(?4, started_at) AND started_at < coalesce(?5, started_at + 1)";
    let (start, end) =
        (params.start_date.as_deref().and_then(parse), params.end_date.as_deref().and_then(parse));
    let total: i64 =
        sqlx::query_scalar(sqlx::AssertSqlSafe(format!("SELECT count(*) FROM audit WHERE {condition}")))
            .bind(bank.no)
            .bind(&params.action)
            .bind(&params.transport)
            .bind(start)
            .bind(end)
            .fetch_one(engine.read())
            .await
            .map_err(during("read the audit log"))?;
    let rows = sqlx::query(sqlx::AssertSqlSafe(format!(
        "SELECT * FROM audit WHERE {condition} ORDER BY started_at DESC, id LIMIT ?6 OFFSET ?7"
    )))
    .bind(bank.no)
    .bind(&params.action)
    .bind(&params.transport)
    .bind(start)
    .bind(end)
    .bind(limit)
    .bind(offset)
    .fetch_all(engine.read())
    .await
    .map_err(during("read the audit log"))?;
    let items: sqlx::Result<Vec<_>> = rows.iter().map(|row| entry(row, &bank.id)).collect();
    let items = items.map_err(during("read the audit log"))?;
    Ok(Json(json!({"bank_id": bank.id, "total": total, "limit": limit, "offset": offset, "items": items})))
}

async fn one(
    State(engine): State<Engine>,
    Path((bank_id, log_id)): Path<(String, String)>,
) -> Result<Json<Value>> {
    let bank = bank::find(engine.read(), &bank_id).await?;
    let row = sqlx::query("SELECT * FROM audit WHERE bank = ?1 AND id = ?2")
        .bind(bank.no)
        .bind(&log_id)
        .fetch_optional(engine.read())
        .await
        .map_err(during("read the audit log"))?
        .ok_or_else(|| EngineError::not_found(format!("Audit log '{log_id}' not found")))?;
    let mut entry = entry(&row, &bank.id).map_err(during("read the audit log"))?;
    for name in ["request", "response"] {
        let text: Option<&str> = row.try_get(name).map_err(during("read the audit log"))?;
        let value = text.map(|text| serde_json::from_str(text).unwrap_or_else(|_| json!(text)));
        entry.insert(name.to_owned(), value.unwrap_or_default());
    }
    Ok(Json(Value::Object(entry)))
}

#[derive(Deserialize)]
struct StatsParams {
    action: Option<String>,
    period: Option<String>,
}

async fn stats(
    State(engine): State<Engine>,
    Path(bank_id): Path<String>,
    Params(params): Params<StatsParams>,
) -> Result<Json<Value>> {
    let bank = bank::find(engine.read(), &bank_id).await?;
    let (period, days) = match params.period.as_deref() {
        Some("1d") => ("1d", 1),
        Some("30d") => ("30d", 30),
        _ => ("7d", 7),
    };
    let (trunc, width) = if days == 1 { ("hour", DAY_MS / 24) } else { ("day", DAY_MS) };
    let start = now_ms() - days * DAY_MS;
    let rows: Vec<(i64, String, i64)> = sqlx::query_as(
        "SELECT started_at / ?3 * ?3, action, count(*) FROM audit WHERE bank = ?1 AND started_at >= ?2 \
         AND (?4 IS NULL OR action = ?4) GROUP BY 1, 2 ORDER BY 1, 2",
    )
    .bind(bank.no)
    .bind(start)
    .bind(width)
    .bind(&params.action)
    .fetch_all(engine.read())
    .await
    .map_err(during("read the audit log"))?;
    let mut buckets: Vec<(i64, Map<String, Value>, i64)> = Vec::new();
    for (time, action, count) in rows {
        if buckets.last().is_none_or(|bucket| bucket.0 != time) {
            buckets.push((time, Map::new(), 0));
        }
        if let Some(bucket) = buckets.last_mut() {
            bucket.1.insert(action, json!(count));
            bucket.2 += count;
        }
    }
    let buckets: Vec<Value> = buckets
        .into_iter()
        .map(|(time, actions, total)| json!({"time": iso(time), "actions": actions, "total": total}))
        .collect();
    Ok(Json(
        json!({"bank_id": bank.id, "period": period, "trunc": trunc, "start": iso(start), "buckets": buckets}),
    ))
}

#[cfg(test)]
mod tests {
    use crate::engine::testing::Fresh;
    use serde_json::json;

    #[tokio::test]
    async fn a_bank_that_asks_for_it_keeps_what_was_asked_and_answered() {
        let fresh = Fresh::open().await;
        let on = json!({"updates": {"audit_log_enabled": true}});
        fresh.ok("PATCH", "/v1/default/banks/a%20b/config", Some(on)).await;
        let change = json!({"updates": {"retain_mission": "names"}});
        fresh.ok("PATCH", "/v1/default/banks/a%20b/config", Some(change.clone())).await;
        let log = fresh.ok("GET", "/v1/default/banks/a%20b/audit-logs", None).await;
        // The first change came before the bank asked for a log.
        assert_eq!((&log["total"], &log["items"][0]["action"]), (&json!(1), &json!("update_bank_config")));
        let id = log["items"][0]["id"].as_str().unwrap();
        let entry = fresh.ok("GET", &format!("/v1/default/banks/a%20b/audit-logs/{id}"), None).await;
        assert_eq!(entry["request"], change);
        assert_eq!(entry["response"]["config"]["retain_mission"], "names");
        let stats = fresh.ok("GET", "/v1/default/banks/a%20b/audit-logs/stats", None).await;
        assert_eq!(stats["buckets"][0]["actions"]["update_bank_config"], 1);
    }
}

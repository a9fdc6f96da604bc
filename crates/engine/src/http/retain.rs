//! Retain: `POST …/memories`.

use super::read::Body;
use crate::engine::Engine;
use crate::error::{EngineError, Result};
use crate::retain::request::Request;
use crate::retain::{self, jobs};
use crate::synthesis::Usage;
use crate::time::now_ms;
use axum::extract::{Path, State};
use axum::routing::post;
use axum::{Json, Router};
use serde_json::{Value, json};

pub(super) fn routes() -> Router<Engine> {
    Router::new().route("/v1/default/banks/{bank}/memories", post(take))
}

async fn take(
    State(engine): State<Engine>,
    Path(bank): Path<String>,
    Body(request): Body<Request>,
) -> Result<Json<Value>> {
    let (background, id) = (request.background, request.operation()?);
    let items = request.items(now_ms())?;
    let mut answer = json!({
        "success": true, "bank_id": bank, "items_count": items.len(), "async": background,
        "operation_id": null, "operation_ids": null, "usage": null,
    });
    if items.is_empty() && !background {
        // Nothing makes no bank.
        answer["usage"] = usage(&Usage::default());
        return Ok(Json(answer));
    }
    let bank = retain::bank(&engine, &bank).await?;
    answer["bank_id"] = bank.id.as_str().into();
    let fields = answer.as_object_mut().ok_or(EngineError::Cancelled)?;
    if background {
        let operation = jobs::submit(&engine, &bank, id, items, false).await?;
        fields.insert("operation_id".into(), operation.to_string().into());
        return Ok(Json(answer));
    }
    let unread: Vec<String> = items.iter().flat_map(|item| item.unread.clone()).collect();
    // A client that goes away does not stop what was begun.
    let work = tokio::spawn(async move { retain::now(&engine, &bank, retain::drafts(items)).await });
    let done = work.await.map_err(|_| EngineError::Cancelled)??;
    fields.insert("usage".into(), usage(&done.usage));
    if !unread.is_empty() {
        fields.insert("unread".into(), unread.into());
    }
    Ok(Json(answer))
}

/// Tokens as the API answers them.
pub(super) fn usage(usage: &Usage) -> Value {
    json!({
        "input_tokens": usage.input_tokens, "output_tokens": usage.output_tokens,
        "total_tokens": usage.input_tokens + usage.output_tokens,
        "cached_tokens": usage.cached_tokens, "thoughts_tokens": usage.thoughts_tokens,
    })
}

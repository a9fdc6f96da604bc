//! Health and version: what needs no token.

use crate::engine::Engine;
use crate::error::Result;
use axum::extract::State;
use axum::routing::get;
use axum::{Json, Router};
use serde_json::{Value, json};

/// The API that this engine speaks.
pub(crate) const API_VERSION: &str = "1.1.0";

pub(super) fn routes() -> Router<Engine> {
    Router::new()
        .route("/health", get(health))
        .route("/health/ready", get(health))
        .route("/health/live", get(live))
        .route("/version", get(version))
}

async fn health(State(engine): State<Engine>) -> Result<Json<Value>> {
    let began = std::time::Instant::now();
    engine.check_database().await?;
    let acquired = began.elapsed().as_secs_f64() * 1000.0;
    let pool = engine.read();
    let size = i64::from(pool.size());
    let idle = i64::try_from(pool.num_idle()).unwrap_or(0);
    Ok(Json(json!({
        "status": "healthy", "database": "connected", "db_acquire_ms": acquired, "db_pool_waiting": 0,
        "db_pool_in_use": size - idle, "db_pool_max": size, "db_pool_idle": idle,
        "engine": engine.status(),
    })))
}

async fn live(State(engine): State<Engine>) -> Json<Value> {
    Json(json!({"status": "alive", "version": API_VERSION, "uptime_seconds": engine.uptime_seconds()}))
}

async fn version() -> Json<Value> {
    Json(json!({
        "api_version": API_VERSION,
        "engine": {"name": "rearview", "version": env!("CARGO_PKG_VERSION")},
        // What is off here answers 404.
        "features": {
            "observations": true, "mcp": false, "worker": true, "bank_config_api": true,
            "bank_llm_health": false, "file_upload_api": false, "document_export_api": true,
            "document_import_api": true, "audit_log": true, "llm_trace": true, "store_document_text": true,
        },
    }))
}

//! `transfer/export`, `transfer/import` and the download of what an export made.

use crate::bank;
use crate::engine::Engine;
use crate::error::{EngineError, Result, during};
use crate::http::read::Params;
use crate::transfer::archive::Archive;
use crate::transfer::export::Scope;
use crate::transfer::jobs::{self, Import};
use crate::transfer::merge::Conflict;
use crate::transfer::restore::exists;
use axum::extract::{Multipart, Path, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use serde::Deserialize;
use serde_json::{Value, json};

pub(super) fn routes() -> Router<Engine> {
    Router::new()
        .route("/v1/default/banks/{bank_id}/transfer/export", post(export))
        .route("/v1/default/banks/{bank_id}/transfer/import", post(import))
        .route("/v1/default/files/download/{*key}", get(download))
}

fn yes() -> bool {
    true
}

#[derive(Deserialize)]
struct ExportParams {
    #[serde(default = "yes")]
    include_data: bool,
    #[serde(default)]
    include_bank_config: Option<bool>,
    #[serde(default)]
    include_history: Option<bool>,
    #[serde(default)]
    document_id: Option<String>,
}

async fn export(
    State(engine): State<Engine>,
    Path(bank_id): Path<String>,
    Params(params): Params<ExportParams>,
) -> Result<(StatusCode, Json<Value>)> {
    let bank = bank::find(engine.read(), &bank_id).await?;
    let scope = Scope {
        data: params.include_data,
        bank_config: params.include_bank_config.unwrap_or(true),
        history: params.include_history.unwrap_or(false),
        document_id: params.document_id,
    };
    if scope.document_id.is_some() && (scope.bank_config || scope.history) {
        return Err(EngineError::bad_request(
            "include_bank_config and include_history are only supported for a whole-bank export (omit document_id)",
        ));
    }
    let id = jobs::put_export(&engine, &bank, &scope).await?;
    Ok((StatusCode::ACCEPTED, Json(json!({"operation_id": id, "status": "pending"}))))
}

#[derive(Deserialize)]
struct ImportParams {
    #[serde(default)]
    mode: Option<String>,
    #[serde(default)]
    target_bank_id: Option<String>,
    #[serde(default)]
    document_conflict: Option<String>,
    #[serde(default)]
    include_data: Option<bool>,
    #[serde(default)]
    include_bank_config: Option<bool>,
}

async fn import(
    State(engine): State<Engine>,
    Path(bank_id): Path<String>,
    Params(params): Params<ImportParams>,
    multipart: Multipart,
) -> Result<(StatusCode, Json<Value>)> {
    let mode = params.mode.as_deref().unwrap_or("restore");
    if !matches!(mode, "restore" | "merge") {
        return Err(EngineError::bad_request(format!("Invalid mode '{mode}' (expected restore|merge)")));
    }
    let conflict = params.document_conflict.as_deref().unwrap_or("skip");
    if Conflict::from_word(conflict).is_none() {
        return Err(EngineError::bad_request(format!(
            "Invalid document_conflict '{conflict}' (expected skip|replace|new-id)"
        )));
    }
    let bytes = file(multipart).await?;
    // Read before anything is written: what is no archive leaves no operation and no bank behind.
    let archive = Archive::unpack(&bytes)?;
    let import = match mode {
        "restore" => {
            let target = params.target_bank_id.unwrap_or_else(|| archive.manifest.source_bank_id.clone());
            bank::check_id(&target)?;
            if bank::look(engine.read(), &target).await?.is_some() {
                return Err(exists(&target));
            }
            Import::Restore {
                target,
                data: params.include_data.unwrap_or(true),
                bank_config: params.include_bank_config.unwrap_or(true),
            }
        }
        _ if params.target_bank_id.is_some() => {
            return Err(EngineError::bad_request("target_bank_id is only supported with mode=restore"));
        }
        _ => Import::Merge { conflict: conflict.to_owned() },
    };
    let mut write = engine.write().await?;
    let bank = bank::find_or_make(&mut write, &bank_id).await?;
    let id = jobs::put_import(&mut write, &bank, bytes, &import).await?;
    write.commit().await?;
    engine.worker().wake();
    Ok((StatusCode::ACCEPTED, Json(json!({"operation_id": id, "status": "pending"}))))
}

/// The multipart field `file`.
async fn file(mut multipart: Multipart) -> Result<Vec<u8>> {
    let broken = |error: axum::extract::multipart::MultipartError| {
        EngineError::refused(error.status(), error.body_text())
    };
    while let Some(field) = multipart.next_field().await.map_err(broken)? {
        if field.name() == Some("file") {
            return Ok(field.bytes().await.map_err(broken)?.to_vec());
        }
    }
    Err(EngineError::Invalid {
        loc: vec!["body".to_owned(), "file".to_owned()],
        kind: "missing",
        message: "Field required".to_owned(),
        input: Value::Null,
    })
}

async fn download(State(engine): State<Engine>, Path(key): Path<String>) -> Result<Response> {
    let found: Option<(String, Vec<u8>)> = sqlx::query_as("SELECT name, bytes FROM file WHERE key = ?1")
        .bind(&key)
        .fetch_optional(engine.read())
        .await
        .map_err(during("read an archive"))?;
    let (name, bytes) = found.ok_or_else(|| EngineError::not_found("File not found"))?;
    // A bank's id may hold what a header must not.
    let name: String = name.chars().map(|c| if c.is_ascii_graphic() && c != '"' { c } else { '_' }).collect();
    let headers = [
        (header::CONTENT_TYPE, "application/zip".to_owned()),
        (header::CONTENT_DISPOSITION, format!("attachment; filename=\"{name}\"")),
    ];
    Ok((headers, bytes).into_response())
}

//! Exports and imports as operations. An archive waits in the table `file` until it is fetched or a day old.

use super::archive::Archive;
use super::export::{self, Scope};
use super::merge::{Conflict, merge};
use super::restore::restore;
use crate::bank::Bank;
use crate::db::Write;
use crate::engine::Engine;
use crate::error::{EngineError, Result, during};
use crate::time::now_ms;
use crate::work::Job;
use crate::work::queue::{self, NewOperation};
use serde_json::{Value, json};
use uuid::Uuid;

/// How long an archive is kept, in milliseconds.
const KEPT_MS: i64 = 24 * 3600 * 1000;

/// Puts in an export.
pub(crate) async fn put_export(engine: &Engine, bank: &Bank, scope: &Scope) -> Result<Uuid> {
    let kind = if scope.document_id.is_some() { "export_documents" } else { "export_bank" };
    let payload = json!({
        "data": scope.data, "bank_config": scope.bank_config, "history": scope.history,
        "document_id": scope.document_id,
    });
    let mut write = engine.write().await?;
    let id = queue::put(&mut write, bank, &NewOperation { kind, payload, ..NewOperation::default() }).await?;
    write.commit().await?;
    engine.worker().wake();
    Ok(id)
}

/// How an archive comes in.
#[derive(Clone, Debug)]
pub(crate) enum Import {
    /// Into a bank that does not exist yet, with or without its memories, with or without how it is set up.
    Restore { target: String, data: bool, bank_config: bool },
    /// Into the operation's bank.
    Merge { conflict: String },
}

/// Keeps the archive and puts in its import, in the transaction that made its bank.
pub(crate) async fn put_import(
    write: &mut Write<'_>,
    bank: &Bank,
    bytes: Vec<u8>,
    import: &Import,
) -> Result<Uuid> {
    let id = Uuid::new_v4();
    let key = format!("imports/{id}/transfer.zip");
    keep(write, bank, &key, "import.zip", bytes).await?;
    let (kind, payload) = match import {
        Import::Restore { target, data, bank_config } => {
            ("import_bank", json!({"file": key, "target": target, "data": data, "bank_config": bank_config}))
        }
        Import::Merge { conflict } => ("import_documents", json!({"file": key, "conflict": conflict})),
    };
    queue::put(write, bank, &NewOperation { id: Some(id), kind, payload, ..NewOperation::default() }).await
}

async fn keep(write: &mut Write<'_>, bank: &Bank, key: &str, name: &str, bytes: Vec<u8>) -> Result<()> {
    let now = now_ms();
    sqlx::query("DELETE FROM file WHERE created_at < ?1")
        .bind(now - KEPT_MS)
        .execute(write.sql())
        .await
        .map_err(during("drop old archives"))?;
    sqlx::query("INSERT OR REPLACE INTO file (key, bank, name, bytes, created_at) VALUES (?1,?2,?3,?4,?5)")
        .bind(key)
        .bind(bank.no)
        .bind(name)
        .bind(bytes)
        .bind(now)
        .execute(write.sql())
        .await
        .map_err(during("keep an archive"))?;
    Ok(())
}

/// The work of `export_bank` and `export_documents`.
pub(crate) async fn export(job: &Job) -> Result<Value> {
    let on = |name: &str| job.payload.get(name).and_then(Value::as_bool).unwrap_or(false);
    let scope = Scope {
        data: on("data"),
        bank_config: on("bank_config"),
        history: on("history"),
        document_id: job.payload.get("document_id").and_then(Value::as_str).map(str::to_owned),
    };
    let archive = export::archive(&job.engine, &job.bank, &scope).await?;
    job.check()?;
    let bytes = archive.pack()?;
    let size = bytes.len();
    let what = if scope.document_id.is_some() { "documents" } else { "bank" };
    let name = format!("{}-{what}.zip", job.bank.id);
    let key = format!("banks/{}/exports/{}/transfer.zip", job.bank.id, job.id);
    let mut write = job.engine.write().await?;
    keep(&mut write, &job.bank, &key, &name, bytes).await?;
    write.commit().await?;
    Ok(json!({
        "filename": name, "byte_size": size, "storage_key": key,
        "download_url": format!("/v1/default/files/download/{key}"),
    }))
}

/// The work of `import_bank` and `import_documents`.
pub(crate) async fn import(job: &Job) -> Result<Value> {
    if let Some(done) = queue::done(&job.payload) {
        return Ok(done);
    }
    let text = |name: &str| job.payload.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
    let key = text("file");
    let bytes: Option<Vec<u8>> = sqlx::query_scalar("SELECT bytes FROM file WHERE key = ?1")
        .bind(&key)
        .fetch_optional(job.engine.read())
        .await
        .map_err(during("read an archive"))?;
    let bytes =
        bytes.ok_or_else(|| EngineError::bad_request("The archive was kept for a day and is gone."))?;
    let mut archive = Archive::unpack(&bytes)?;
    let done = if job.kind == "import_bank" {
        let left_out = |name: &str| job.payload.get(name).and_then(Value::as_bool) == Some(false);
        if left_out("data") {
            archive.leave_out_data();
        }
        if left_out("bank_config") {
            archive.leave_out_bank_config();
        }
        restore(job, &archive, &text("target")).await?
    } else {
        let conflict = Conflict::from_word(&text("conflict")).unwrap_or(Conflict::Skip);
        merge(job, &archive, conflict).await?
    };
    let mut write = job.engine.write().await?;
    sqlx::query("DELETE FROM file WHERE key = ?1")
        .bind(&key)
        .execute(write.sql())
        .await
        .map_err(during("drop an archive"))?;
    queue::note_done(&mut write, &job.id, &done).await?;
    write.commit().await?;
    Ok(done)
}

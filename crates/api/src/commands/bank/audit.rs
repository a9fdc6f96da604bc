//! The audit log of a bank, and the switch that makes the server keep it.

use crate::app::App;
use crate::wire::*;
use rearview_domain::Error;
use rearview_hindsight::{AuditEntry, AuditPage, AuditVolume};
use serde_json::{Map, Value};

/// The setting that makes a server keep the log.
pub(super) const KEPT: &str = "audit_log_enabled";
/// The most that servers list at once.
const PAGE: u32 = 500;

pub async fn list(app: &App, request: ListAuditLog) -> Result<AuditPage, Error> {
    let client = app.0.clients.client(&request.server_id).await?;
    let mut filter = request.filter;
    filter.limit = Some(filter.limit.unwrap_or(100).min(PAGE));
    client.audit_log(&request.bank_id, &filter).await.map_err(|error| error.to_error())
}

pub async fn read(app: &App, request: AuditEntryRef) -> Result<AuditEntry, Error> {
    let client = app.0.clients.client(&request.server_id).await?;
    client.audit_entry(&request.bank_id, &request.entry_id).await.map_err(|error| error.to_error())
}

pub async fn volume(app: &App, request: CountAuditLog) -> Result<AuditVolume, Error> {
    let client = app.0.clients.client(&request.server_id).await?;
    client
        .audit_volume(&request.bank_id, request.action, &request.period)
        .await
        .map_err(|error| error.to_error())
}

pub async fn state(app: &App, request: BankRef) -> Result<AuditState, Error> {
    let client = app.0.clients.client(&request.server_id).await?;
    let config = client.config(&request.bank_id).await.map_err(|error| error.to_error())?;
    Ok(AuditState { on: config.config.get(KEPT).and_then(Value::as_bool) })
}

pub async fn switch(app: &App, request: SwitchAuditLog) -> Result<AuditState, Error> {
    let client = app.0.clients.client(&request.server_id).await?;
    let updates = Map::from_iter([(KEPT.to_owned(), Value::Bool(request.on))]);
    let config = client.patch_config(&request.bank_id, updates).await.map_err(|error| error.to_error())?;
    Ok(AuditState { on: config.config.get(KEPT).and_then(Value::as_bool) })
}

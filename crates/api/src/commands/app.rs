//! Handlers of `app.*`.

use super::{invalid, store_error};
use crate::app::App;
use crate::diagnostics;
use crate::sink::Sink;
use crate::wire::*;
use rearview_domain::Error;
use rearview_secrets::StoreKind;
use tokio::sync::broadcast::error::RecvError;

pub async fn info(app: &App, _: Empty) -> Result<AppInfo, Error> {
    let inner = &app.0;
    let disk = inner.store.disk_use().map_err(store_error)?;
    #[expect(clippy::cast_precision_loss, reason = "file sizes stay far under 2^53 bytes")]
    let row = |name: &str, bytes: u64| DiskUse { name: name.to_owned(), bytes: bytes as f64 };
    Ok(AppInfo {
        version: env!("CARGO_PKG_VERSION").to_owned(),
        platform: std::env::consts::OS.to_owned(),
        data_dir: inner.config.data_dir.display().to_string(),
        log_dir: inner.config.log_dir.display().to_string(),
        started_at: inner.started_at.clone(),
        secrets: SecretsInfo {
            keychain: inner.secret_status.kind == StoreKind::Keychain,
            why: inner.secret_status.why.clone(),
        },
        disk: vec![row("chats", disk.app), row("records", disk.records), row("backups", disk.backups)],
        notices: inner.config.notices.to_owned(),
    })
}

pub async fn preferences(app: &App, _: Empty) -> Result<Preferences, Error> {
    Ok(app.0.setup.preferences())
}

pub async fn save_preferences(app: &App, request: SavePreferences) -> Result<Preferences, Error> {
    let zoom = request.preferences.zoom;
    if !(0.5..=3.0).contains(&zoom) {
        return Err(invalid(format!("The zoom {zoom} is not between 0.5 and 3.")));
    }
    app.0.setup.save_preferences(&request.preferences).await?;
    Ok(request.preferences)
}

pub async fn diagnostics(app: &App, _: Empty) -> Result<Diagnostics, Error> {
    Ok(Diagnostics { text: diagnostics::text(app).await })
}

/// Only schemes that cannot run anything. The shell opens the address outside of the window.
pub async fn open_url(app: &App, request: OpenUrl) -> Result<Done, Error> {
    let url =
        url::Url::parse(&request.url).map_err(|_| invalid(format!("`{}` is no address.", request.url)))?;
    if !matches!(url.scheme(), "http" | "https" | "mailto") {
        return Err(invalid(format!("Addresses that begin with `{}:` are not opened.", url.scheme()))
            .hint("Only http, https and mailto links open."));
    }
    app.0.host.open_url(url.as_str())?;
    Ok(Done {})
}

pub async fn events(app: &App, _: Empty, sink: Box<dyn Sink>) -> Result<(), Error> {
    let mut news = app.0.news.subscribe();
    loop {
        let event = match news.recv().await {
            Ok(event) => event,
            // The page was too slow and missed some. It attaches again and refetches everything.
            Err(RecvError::Lagged(_) | RecvError::Closed) => return Ok(()),
        };
        let Ok(json) = serde_json::to_string(&event) else { continue };
        if !sink.send(json) {
            return Ok(());
        }
    }
}

//! Handlers of `mission.*`: missions are saved, their versions listed and saved again.

use super::config::view;
use crate::app::App;
use crate::commands::{missing, store_error};
use crate::wire::*;
use rearview_curate::mission;
use rearview_domain::{Error, ErrorCode};
use rearview_store::{MissionVersion, VersionOrigin};

/// Versions on one page; each may hold long texts.
const PAGE: u32 = 100;

pub async fn save(app: &App, request: SaveMission) -> Result<BankConfigView, Error> {
    let SaveMission { server_id, bank_id, settings, base } = request;
    let client = app.0.clients.client(&server_id).await?;
    let wanted = mission::Wanted { settings: &settings, base: base.as_ref(), reverted_to: None };
    let config = mission::save(&app.0.store, &client, &server_id, &bank_id, wanted).await?;
    Ok(view(app, &server_id, config))
}

pub async fn revert(app: &App, request: RevertMission) -> Result<BankConfigView, Error> {
    let RevertMission { server_id, bank_id, version } = request;
    let kept = app.0.store.mission_version(&server_id, &bank_id, version).await.map_err(store_error)?;
    let kept = kept.ok_or_else(|| missing("version", version))?;
    let client = app.0.clients.client(&server_id).await?;
    let wanted = mission::Wanted { settings: &kept.settings, base: None, reverted_to: Some(version) };
    let config = mission::save(&app.0.store, &client, &server_id, &bank_id, wanted).await?;
    Ok(view(app, &server_id, config))
}

pub async fn versions(app: &App, request: ListMissionVersions) -> Result<MissionVersions, Error> {
    let limit = request.limit.unwrap_or(50).min(PAGE);
    let offset = request.offset.unwrap_or(0);
    let page = app.0.store.mission_versions(&request.server_id, &request.bank_id, limit, offset).await;
    let page = page.map_err(store_error)?;
    Ok(MissionVersions { items: page.items.into_iter().map(shown).collect(), total: page.total })
}

pub async fn count_tokens(_: &App, request: CountTokens) -> Result<TokenCounts, Error> {
    // A megabyte takes a good part of a second; it must not hold up the others.
    let counting = tokio::task::spawn_blocking(move || {
        request.texts.iter().map(|text| rearview_turns::tokens::count(text)).collect()
    });
    let counts = counting
        .await
        .map_err(|_| Error::new(ErrorCode::Internal, "Counting tokens failed inside Rearview."))?;
    Ok(TokenCounts { counts })
}

fn shown(version: MissionVersion) -> MissionVersionView {
    let MissionVersion { id, at, origin, reverted_to, settings } = version;
    let origin = match origin {
        VersionOrigin::Saved => MissionOrigin::Saved,
        VersionOrigin::Reverted => MissionOrigin::Reverted,
        VersionOrigin::Seen => MissionOrigin::Seen,
    };
    MissionVersionView { id, at, origin, reverted_to, settings }
}

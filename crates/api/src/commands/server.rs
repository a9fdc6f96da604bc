//! Handlers of `server.*`, `bank.*` and `profile.*`. A key goes into the keychain and is never answered.

use super::{invalid, missing, same_origin};
use crate::app::App;
use crate::clients::{Clients, server_account};
use crate::setup::EMBEDDED;
use crate::wire::*;
use rearview_domain::resolve::{BankVoices, Profile, decide_bank};
use rearview_domain::time::Time;
use rearview_domain::{BankId, Error, ErrorCode, ServerId};
use rearview_hindsight::{Client, Feature};
use rearview_turns::outbox;
use secrecy::SecretString;

pub async fn list(app: &App, _: Empty) -> Result<ServerList, Error> {
    let mut items = Vec::new();
    for config in app.0.setup.servers() {
        items.push(view(app, config, Vec::new()).await);
    }
    let default_id = app.0.setup.default_server().map(|server| server.id);
    Ok(ServerList { items, default_id })
}

async fn view(app: &App, config: ServerConfig, healed: Vec<String>) -> ServerView {
    if config.id.as_str() == EMBEDDED {
        return ServerView { config, embedded: true, key_present: false, healed };
    }
    let present = app.0.secrets.present(&server_account(&config.id)).await;
    let key_present = present
        .inspect_err(|error| tracing::warn!(%error, server_id = %config.id, "the keychain did not answer"))
        .unwrap_or(false);
    ServerView { config, embedded: false, key_present, healed }
}

pub async fn save(app: &App, request: SaveServer) -> Result<ServerView, Error> {
    let mut config = request.config;
    if config.id.as_str() == EMBEDDED {
        return save_embedded(app, config, request.make_default).await;
    }
    if config.id.as_str().is_empty() {
        config.id = ServerId::from(uuid::Uuid::now_v7().to_string());
    }
    let (base_url, healed) = heal(&config)?;
    config.base_url = base_url;
    config.name = config.name.trim().to_owned();
    if config.name.is_empty() {
        config.name = host(&config.base_url).unwrap_or_else(|| "Hindsight".to_owned());
    }
    config.default_bank =
        config.default_bank.map(|bank| bank.trim().to_owned()).filter(|bank| !bank.is_empty());
    if let Some(bank) = &config.default_bank {
        BankId::parse(bank)?;
    }
    let account = server_account(&config.id);
    let key = request.key.map(|key| key.trim().to_owned()).filter(|key| !key.is_empty());
    let before = app.0.setup.server(&config.id);
    if key.is_none() && before.is_some_and(|before| !same_origin(&before.base_url, &config.base_url)) {
        // A key stays with the host it was entered for.
        app.0.secrets.clear(&account).await.map_err(|error| error.to_error())?;
    }
    if let Some(key) = key {
        app.0.secrets.set(&account, SecretString::from(key)).await.map_err(|error| error.to_error())?;
    }
    let first = app.0.setup.servers().is_empty();
    app.0.setup.save_server(&config).await?;
    app.0.clients.forget(&config.id);
    if request.make_default || first {
        app.0.setup.make_default(&config.id).await?;
    }
    // What the old key or address kept from being stored gets another chance.
    if outbox::revive(&app.0.store, &config.id).await.map_err(|error| error.to_error())? {
        app.changed(&["outbox", "record"]);
    }
    app.0.outbox.notify_one();
    app.changed(&["servers"]);
    Ok(view(app, config, healed).await)
}

/// Name, default bank and settings of the engine in this app; address and token are its own.
async fn save_embedded(app: &App, mut config: ServerConfig, make_default: bool) -> Result<ServerView, Error> {
    if app.0.embedded.is_none() {
        return Err(missing("memory server", &config.id));
    }
    config.base_url = String::new();
    config.name = config.name.trim().to_owned();
    if config.name.is_empty() {
        config.name = "This computer".to_owned();
    }
    config.default_bank =
        config.default_bank.map(|bank| bank.trim().to_owned()).filter(|bank| !bank.is_empty());
    if let Some(bank) = &config.default_bank {
        BankId::parse(bank)?;
    }
    app.0.setup.save_server(&config).await?;
    if make_default {
        app.0.setup.make_default(&config.id).await?;
    }
    app.changed(&["servers"]);
    Ok(view(app, config, Vec::new()).await)
}

/// The address as it will be used, and what was changed about it.
fn heal(config: &ServerConfig) -> Result<(String, Vec<String>), Error> {
    let entered = config.base_url.trim();
    let healed = Clients::make(config, None)?.base_url().to_owned();
    let changes =
        if healed == entered { Vec::new() } else { vec![format!("`{entered}` is used as `{healed}`")] };
    Ok((healed, changes))
}

fn host(url: &str) -> Option<String> {
    url::Url::parse(url).ok()?.host_str().map(str::to_owned)
}

pub async fn delete(app: &App, request: ServerRef) -> Result<Done, Error> {
    if request.server_id.as_str() == EMBEDDED {
        return Err(invalid("The memory on this computer cannot be removed from the list.")
            .hint("Make another server the default; its banks can be deleted one by one."));
    }
    app.0.secrets.clear(&server_account(&request.server_id)).await.map_err(|error| error.to_error())?;
    app.0.setup.delete_server(&request.server_id).await?;
    app.0.clients.forget(&request.server_id);
    app.changed(&["servers"]);
    Ok(Done {})
}

pub async fn clear_key(app: &App, request: ServerRef) -> Result<Done, Error> {
    app.0.secrets.clear(&server_account(&request.server_id)).await.map_err(|error| error.to_error())?;
    app.0.clients.forget(&request.server_id);
    app.changed(&["servers"]);
    Ok(Done {})
}

pub async fn make_default(app: &App, request: ServerRef) -> Result<Done, Error> {
    app.0.setup.server(&request.server_id).ok_or_else(|| missing("memory server", &request.server_id))?;
    app.0.setup.make_default(&request.server_id).await?;
    app.changed(&["servers"]);
    Ok(Done {})
}

pub async fn check(app: &App, request: CheckServer) -> Result<ServerCheck, Error> {
    if let Some(id) = request.server_id.as_ref().filter(|id| id.as_str() == EMBEDDED) {
        let client = app.0.clients.client(id).await?;
        return Ok(examine(&client).await);
    }
    let entered = request.key.map(|key| key.trim().to_owned()).filter(|key| !key.is_empty());
    let kept = request.server_id.as_ref().and_then(|id| app.0.setup.server(id));
    let config = ServerConfig {
        id: request.server_id.unwrap_or_else(|| "check".into()),
        name: kept.as_ref().map_or_else(|| "The memory server".to_owned(), |kept| kept.name.clone()),
        base_url: request.base_url,
        default_bank: None,
        settings: Default::default(),
    };
    let (base_url, healed) = heal(&config)?;
    let key = match (entered, &kept) {
        (Some(key), _) => Some(SecretString::from(key)),
        (None, Some(kept)) if same_origin(&kept.base_url, &base_url) => {
            app.0.secrets.get(&server_account(&kept.id)).await.map_err(|error| error.to_error())?
        }
        (None, _) => None,
    };
    let client = Clients::make(&config, key)?;
    let mut check = examine(&client).await;
    check.base_url = base_url;
    check.healed = healed;
    Ok(check)
}

/// Asks a server what it is, step by step; a step that fails leaves the later ones unknown.
async fn examine(client: &Client) -> ServerCheck {
    let unknown = |why: &str| Verdict::Unknown { why: why.to_owned() };
    let mut check = ServerCheck {
        reachable: unknown("not asked"),
        version: unknown("not reached"),
        key_accepted: unknown("not reached"),
        features: Vec::new(),
        banks: None,
        base_url: String::new(),
        healed: Vec::new(),
    };
    match client.handshake().await {
        Ok(handshake) => {
            check.reachable = Verdict::Yes { detail: "it answers".to_owned() };
            check.version = Verdict::Yes { detail: format!("Hindsight {}", handshake.version.api_version) };
            check.features = handshake
                .features
                .all()
                .into_iter()
                .map(|(name, feature)| FeatureView {
                    name: name.replace('_', " "),
                    available: feature.available,
                    reason: feature.reason.clone(),
                })
                .collect();
        }
        Err(error) => {
            let error = error.to_error();
            let reached = !matches!(error.code, ErrorCode::NetworkUnreachable | ErrorCode::Timeout);
            if reached {
                check.reachable = Verdict::Yes { detail: "something answers".to_owned() };
                check.version = Verdict::No { error };
            } else {
                check.reachable = Verdict::No { error };
            }
            return check;
        }
    }
    match client.banks(None, 1, 0).await {
        Ok(page) => {
            check.banks = page.total.and_then(|total| u32::try_from(total).ok());
            check.key_accepted = Verdict::Yes { detail: "banks can be listed".to_owned() };
        }
        Err(error) => {
            let error = error.to_error();
            check.key_accepted = match error.code {
                ErrorCode::AuthFailed | ErrorCode::PermissionDenied => Verdict::No { error },
                _ => Verdict::Unknown { why: error.message },
            };
        }
    }
    check
}

pub async fn features(app: &App, request: ServerRef) -> Result<FeatureList, Error> {
    let features = app.0.clients.features(&request.server_id).await?;
    let view = |(name, feature): (&str, &Feature)| FeatureView {
        name: name.to_owned(),
        available: feature.available,
        reason: feature.reason.clone(),
    };
    Ok(FeatureList { items: features.all().into_iter().map(view).collect() })
}

pub async fn banks(app: &App, request: ListBanks) -> Result<BankPage, Error> {
    let client = app.0.clients.client(&request.server_id).await?;
    let q = request.q.as_deref().map(str::trim).filter(|q| !q.is_empty());
    let answered =
        client.banks(q, request.limit.min(500), request.offset).await.map_err(|error| error.to_error());
    app.0.clients.answered(&request.server_id, answered.as_ref().map(drop).map_err(Clone::clone));
    let page = answered?;
    let total = page.total.and_then(|total| u32::try_from(total).ok());
    let items: Vec<BankView> = page
        .banks
        .into_iter()
        .map(|bank| BankView {
            name: bank.display_alias.or(bank.name).unwrap_or_else(|| bank.id.to_string()),
            id: bank.id,
            facts: bank.fact_count.and_then(|count| u32::try_from(count).ok()),
            last_write_at: bank.last_write_at.map(Time),
        })
        .collect();
    let total = total.unwrap_or_else(|| u32::try_from(items.len()).unwrap_or(u32::MAX));
    Ok(BankPage { items, total })
}

pub async fn bank_settings(app: &App, request: BankRef) -> Result<BankSettings, Error> {
    Ok(BankSettings { settings: app.0.setup.bank_settings(&request.server_id, &request.bank_id) })
}

pub async fn save_bank_settings(app: &App, request: SaveBankSettings) -> Result<Done, Error> {
    app.0.setup.server(&request.server_id).ok_or_else(|| missing("memory server", &request.server_id))?;
    BankId::parse(request.bank_id.as_str())?;
    app.0.setup.save_bank_settings(&request.server_id, &request.bank_id, &request.settings).await?;
    app.changed(&["bankSettings", "chat"]);
    Ok(Done {})
}

pub async fn profiles(app: &App, _: Empty) -> Result<ProfileList, Error> {
    Ok(ProfileList { items: app.0.setup.profiles() })
}

pub async fn save_profile(app: &App, request: SaveProfile) -> Result<Profile, Error> {
    let mut profile = request.profile;
    profile.name = profile.name.trim().to_owned();
    if profile.name.is_empty() {
        return Err(invalid("The profile has no name."));
    }
    if profile.id.is_empty() {
        profile.id = uuid::Uuid::now_v7().to_string();
    }
    // A rule that cannot be filled in, or makes a bank that no server takes, is refused here and not at
    // the next message.
    decide_bank(&BankVoices { profile: Some(&profile), ..BankVoices::default() })?;
    app.0.setup.save_profile(&profile).await?;
    app.changed(&["profiles", "chat"]);
    Ok(profile)
}

pub async fn delete_profile(app: &App, request: ProfileRef) -> Result<Done, Error> {
    app.0.setup.delete_profile(&request.profile_id).await?;
    app.changed(&["profiles", "chat"]);
    Ok(Done {})
}

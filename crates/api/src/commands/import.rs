//! Handlers of `provider.lookIntoEnvFile` and `provider.importKey`: keys that are in the environment or in a
//! `.env` file already. Names are shown; a value goes from where it is into the keychain and nowhere else.

use super::keep::{KeyChange, with_key};
use super::provider::{account, field_error, settled, view};
use super::{invalid, missing};
use crate::app::{App, lock};
use crate::presets::{self, Row};
use crate::wire::{EnvFile, ImportKey, Importable, LookIntoEnvFile, ProviderConfig, ProviderView};
use rearview_domain::{Error, ErrorCode, ProviderId};
use rearview_providers::{Platform, credential, key_stays};
use rearview_secrets::{env_file, read_env};
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::json;
use std::collections::HashSet;
use std::path::Path;

/// Names of a region, in the order that they count (the AWS SDKs, then LiteLLM).
const REGIONS: [&str; 3] = ["AWS_REGION", "AWS_DEFAULT_REGION", "AWS_REGION_NAME"];
const PROJECTS: [&str; 3] = ["VERTEXAI_PROJECT", "GOOGLE_CLOUD_PROJECT", "GCLOUD_PROJECT"];
const LOCATIONS: [&str; 3] = ["VERTEXAI_LOCATION", "GOOGLE_CLOUD_LOCATION", "GOOGLE_CLOUD_REGION"];
const VERSIONS: [&str; 2] = ["AZURE_API_VERSION", "OPENAI_API_VERSION"];

/// Halves and additions of a credential, which are taken along with the other half and never by themselves.
const COMPANIONS: [&str; 3] = ["AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_PROFILE"];

/// Where values are taken from.
enum Source {
    Environment,
    File(rearview_secrets::EnvFile),
}

impl Source {
    async fn open(path: Option<&str>) -> Result<Self, Error> {
        match path {
            None => Ok(Self::Environment),
            Some(path) => Ok(Self::File(read(path).await?)),
        }
    }

    fn get(&self, name: &str) -> Option<SecretString> {
        match self {
            Self::Environment => read_env(name),
            Self::File(file) => file.get(name),
        }
    }

    /// A value that is no secret: an address, a region.
    fn plain(&self, names: &[&str]) -> Option<String> {
        names.iter().find_map(|name| self.get(name)).map(|value| value.expose_secret().to_owned())
    }

    /// The folder that a path without a root is meant from.
    fn folder(&self) -> Option<&Path> {
        match self {
            Self::Environment => None,
            Self::File(file) => file.path().parent(),
        }
    }
}

async fn read(path: &str) -> Result<rearview_secrets::EnvFile, Error> {
    let path = path.to_owned();
    // A disk may be a network's.
    let reading = tokio::task::spawn_blocking(move || rearview_secrets::EnvFile::read(&path));
    match reading.await {
        Ok(read) => read.map_err(|error| error.to_error()),
        Err(_) => Err(Error::new(ErrorCode::Internal, "Reading the file failed inside Rearview.")),
    }
}

/// The keys of the catalogue's providers that are set in this process's environment.
pub(super) fn in_environment() -> Vec<Importable> {
    importable(&|name| read_env(name).is_some(), None)
}

/// Of every row the names that hold a key, and of a key with two halves the first, when both are there.
fn importable(is_set: &dyn Fn(&str) -> bool, path: Option<&str>) -> Vec<Importable> {
    let mut found = Vec::new();
    for row in presets::rows() {
        for variable in row.variables.iter().filter(|name| !COMPANIONS.contains(name) && is_set(name)) {
            if *variable == "AWS_ACCESS_KEY_ID" && !is_set("AWS_SECRET_ACCESS_KEY") {
                continue;
            }
            let (preset, variable) = (row.id.to_owned(), (*variable).to_owned());
            found.push(Importable { preset, variable, path: path.map(str::to_owned) });
        }
    }
    found
}

pub async fn look_into_env_file(_: &App, request: LookIntoEnvFile) -> Result<EnvFile, Error> {
    let file = read(&request.path).await?;
    let path = file.path().display().to_string();
    let names: HashSet<&str> = file.names().collect();
    let importable = importable(&|name| names.contains(name), Some(&path));
    let used: HashSet<&str> = importable.iter().flat_map(taken_along).collect();
    let others = file.names().filter(|name| !used.contains(name)).map(str::to_owned).collect();
    Ok(EnvFile { path, importable, others })
}

/// All names that an import looks at.
fn taken_along(found: &Importable) -> Vec<&'static str> {
    let Some(row) = presets::row(&found.preset) else { return Vec::new() };
    let more: &[&str] = match row.platform {
        Platform::Plain => &[],
        Platform::Azure { .. } => &VERSIONS,
        Platform::Vertex { .. } => {
            &[PROJECTS[0], PROJECTS[1], PROJECTS[2], LOCATIONS[0], LOCATIONS[1], LOCATIONS[2]]
        }
        Platform::Bedrock { .. } => &REGIONS,
    };
    row.variables.iter().chain(&row.base_variables).chain(more).copied().collect()
}

pub async fn import_key(app: &App, request: ImportKey) -> Result<ProviderView, Error> {
    let row = presets::row(&request.preset).ok_or_else(|| missing("preset", &request.preset))?;
    let variable = request.variable.as_str();
    if !row.variables.contains(&variable) || COMPANIONS.contains(&variable) {
        return Err(invalid(format!("`{variable}` is not a variable that holds the key of {}.", row.name)));
    }
    let source = Source::open(request.path.as_deref()).await?;
    let secret = source.get(variable).ok_or_else(|| {
        Error::new(ErrorCode::NotFound, format!("The variable `{variable}` is not set any more."))
    })?;
    let secret = whole(&source, row, variable, secret).await?;
    let mut told = Vec::new();
    let config = config(app, &source, row, variable, &secret, &mut told)?;
    let (config, healed) = settled(config)?;
    told.extend(healed);
    let key = credential(&config.platform, secret.expose_secret()).map_err(|error| field_error(&error))?;
    let save = app.0.setup.save_provider(&config);
    with_key(app.0.secrets.as_ref(), &account(&config.id), KeyChange::Set(key), save).await?;
    lock(&app.0.models).remove(config.id.as_str());
    app.changed(&["providers", "models"]);
    Ok(view(app, config, told).await)
}

/// The credential as one text: both halves of an access key, and the file that a variable names.
async fn whole(
    source: &Source,
    row: &Row,
    variable: &str,
    value: SecretString,
) -> Result<SecretString, Error> {
    match row.platform {
        Platform::Bedrock { .. } if variable == "AWS_ACCESS_KEY_ID" => {
            let secret = source.get("AWS_SECRET_ACCESS_KEY").ok_or_else(|| {
                invalid("`AWS_ACCESS_KEY_ID` is set and `AWS_SECRET_ACCESS_KEY` is not; they are one key.")
            })?;
            let mut key = json!({
                "access_key_id": value.expose_secret(), "secret_access_key": secret.expose_secret()
            });
            if let Some(token) = source.get("AWS_SESSION_TOKEN") {
                key["session_token"] = json!(token.expose_secret());
            }
            Ok(SecretString::from(key.to_string()))
        }
        Platform::Vertex { .. } if !value.expose_secret().starts_with('{') => {
            let mut path = env_file::expanded(value.expose_secret());
            if let (true, Some(folder)) = (path.is_relative(), source.folder()) {
                path = folder.join(path);
            }
            let reading = tokio::task::spawn_blocking(move || env_file::read_text(&path));
            let (_, text) = reading
                .await
                .map_err(|_| Error::new(ErrorCode::Internal, "Reading the file failed inside Rearview."))?
                // Not the file's own error: the variable may hold something that is no path, such as a key.
                .map_err(|_| invalid(format!("`{variable}` names no file that can be read.")))?;
            Ok(SecretString::from(text))
        }
        _ => Ok(value),
    }
}

/// The provider that the key is for: the one that is there, or one made from the row with what stands
/// beside the key.
fn config(
    app: &App,
    source: &Source,
    row: &Row,
    variable: &str,
    secret: &SecretString,
    told: &mut Vec<String>,
) -> Result<ProviderConfig, Error> {
    let id = ProviderId::from(row.id);
    // A key in a file belongs to the address in the same file. Vertex AI has no such variable.
    let base = match row.platform {
        Platform::Vertex { .. } => None,
        _ => source.plain(&row.base_variables),
    };
    if let Some(kept) = app.0.setup.provider(&id) {
        let mut fresh = kept.clone();
        if let Platform::Azure { entra, .. } = &mut fresh.platform {
            *entra = variable == "AZURE_AD_TOKEN";
        }
        let its_own = row.own_base || row.base_url.contains('{');
        let meant = base.or_else(|| (!its_own).then(|| row.base_url.to_owned()));
        if let Some(meant) = meant {
            let (meant, _) = settled(ProviderConfig { base_url: meant, ..fresh.clone() })?;
            let at = |config: &ProviderConfig| config.base_url.clone();
            if !key_stays(
                (&at(&meant), meant.wire, &fresh.platform),
                (&at(&fresh), fresh.wire, &fresh.platform),
            ) {
                return Err(Error::new(
                    ErrorCode::Conflict,
                    format!("`{variable}` is for {}, and `{id}` has another address.", meant.base_url),
                )
                .hint("Enter the key by hand if it is meant for that address."));
            }
        }
        return Ok(fresh);
    }
    if let Some(base) = &base {
        told.push(format!("The address `{base}` was taken from beside the key."));
    }
    let platform = platform(source, row, variable, secret, told);
    if matches!(platform, Platform::Azure { .. }) && base.is_none() {
        let names = row.base_variables.join("` or `");
        return Err(invalid(format!("The address of the resource is missing: `{names}` is not set."))
            .hint("Set Azure up with its address first, then take the key."));
    }
    Ok(ProviderConfig {
        id,
        name: row.name.to_owned(),
        wire: row.wire,
        base_url: base.unwrap_or_else(|| row.base_url.to_owned()),
        models: Vec::new(),
        quirks: row.quirks.clone(),
        platform,
        catalogue: Some(row.prefix.to_owned()),
    })
}

fn platform(
    source: &Source,
    row: &Row,
    variable: &str,
    secret: &SecretString,
    told: &mut Vec<String>,
) -> Platform {
    let mut or_else = |found: Option<String>, what: &str, otherwise: &str| {
        found.unwrap_or_else(|| {
            told.push(format!("No {what} was found beside the key; `{otherwise}` is used."));
            otherwise.to_owned()
        })
    };
    match &row.platform {
        Platform::Plain => Platform::Plain,
        Platform::Azure { .. } => {
            Platform::Azure { api_version: source.plain(&VERSIONS), entra: variable == "AZURE_AD_TOKEN" }
        }
        Platform::Bedrock { .. } => Platform::Bedrock {
            region: or_else(source.plain(&REGIONS), "region", "us-east-1"),
            profile: None,
        },
        Platform::Vertex { .. } => {
            let of_account = || {
                let account: serde_json::Value = serde_json::from_str(secret.expose_secret()).ok()?;
                account.get("project_id")?.as_str().map(str::to_owned)
            };
            Platform::Vertex {
                project: source.plain(&PROJECTS).or_else(of_account).unwrap_or_default(),
                location: or_else(source.plain(&LOCATIONS), "location", "us-central1"),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(names: &[&str]) -> Vec<(String, String)> {
        let found = importable(&|name| names.contains(&name), None);
        found.into_iter().map(|one| (one.preset, one.variable)).collect()
    }

    fn pair(preset: &str, variable: &str) -> (String, String) {
        (preset.to_owned(), variable.to_owned())
    }

    #[test]
    fn a_key_is_offered_once_and_an_access_key_only_with_both_halves() {
        assert_eq!(found(&["OPENAI_API_KEY", "HOME"]), [pair("openai", "OPENAI_API_KEY")]);
        let aws = ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_REGION"];
        assert_eq!(found(&aws), [pair("bedrock", "AWS_ACCESS_KEY_ID")]);
        assert!(found(&aws[..1]).is_empty());
        assert!(found(&aws[1..]).is_empty());
    }
}

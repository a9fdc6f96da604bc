//! Which providers are asked: those of the catalogue whose variables are set, with the address, the fields and
//! the model that the environment gives. Nothing is asked here.

use rearview_providers::catalogue::{
    self, Confidence, ModelFacts, PlatformKind, ProviderRow, model, models_of,
};
use rearview_providers::route::{sent_model, wire_for};
use rearview_providers::{ModelInfo, Platform, Target, heal_azure, heal_base_url};
use secrecy::SecretString;

/// Reads a variable of the environment; blank ones are none.
pub(crate) type Env<'e> = &'e dyn Fn(&str) -> Option<String>;

/// Names of models that answer with something else than words, or to something else.
const NO_CHAT: [&str; 10] =
    ["audio", "image", "search", "realtime", "live", "tts", "guard", "embed", "moderation", "transcribe"];

/// A provider that is asked.
pub(crate) struct Chosen {
    pub(crate) row: &'static ProviderRow,
    pub(crate) key: Option<SecretString>,
    /// The model that the person names.
    pub(crate) model: Option<String>,
    base_url: String,
    platform: Platform,
}

/// What is done about a provider.
pub(crate) enum Choice {
    Ask(Box<Chosen>),
    /// There is a key, but something else is missing.
    Skip(String),
    /// Nothing of it is in the environment.
    NoKey,
}

/// What the environment says about a provider.
pub(crate) fn choose(row: &'static ProviderRow, env: Env<'_>) -> Choice {
    if !row.offered || only(env).is_some_and(|only| !only.iter().any(|id| id == row.id())) {
        return Choice::NoKey;
    }
    let key = first(&row.variables, env);
    // A server of one's own needs no key, and cloud credentials may lie in files.
    let keyless =
        (!row.needs_key || row.platform == PlatformKind::Vertex) && first(&row.base_variables, env).is_some();
    if key.is_none() && !keyless {
        return Choice::NoKey;
    }
    if row.confidence == Confidence::Low && only(env).is_none() {
        return Choice::Skip("its address is not verified; name it in REARVIEW_LIVE_ONLY to ask it".into());
    }
    match chosen(row, key, env) {
        Ok(chosen) => Choice::Ask(Box::new(chosen)),
        Err(why) => Choice::Skip(why),
    }
}

fn only(env: Env<'_>) -> Option<Vec<String>> {
    let list = set("REARVIEW_LIVE_ONLY", env)?;
    Some(list.split(',').map(|id| id.trim().to_owned()).collect())
}

fn set(name: &str, env: Env<'_>) -> Option<String> {
    env(name).map(|value| value.trim().to_owned()).filter(|value| !value.is_empty())
}

/// The first of these variables that is set, with its value.
fn first<'n>(names: &'n [String], env: Env<'_>) -> Option<(&'n str, String)> {
    names.iter().find_map(|name| Some((name.as_str(), set(name, env)?)))
}

fn one_of(names: &[&str], env: Env<'_>) -> Result<String, String> {
    let found = names.iter().find_map(|name| set(name, env));
    found.ok_or_else(|| format!("{} is not set", names.join(" or ")))
}

const REGION: [&str; 3] = ["AWS_REGION", "AWS_DEFAULT_REGION", "AWS_REGION_NAME"];
const PROJECT: [&str; 2] = ["VERTEXAI_PROJECT", "GOOGLE_CLOUD_PROJECT"];
const LOCATION: [&str; 2] = ["VERTEXAI_LOCATION", "GOOGLE_CLOUD_LOCATION"];
const API_VERSION: [&str; 2] = ["AZURE_API_VERSION", "OPENAI_API_VERSION"];

fn chosen(row: &'static ProviderRow, key: Option<(&str, String)>, env: Env<'_>) -> Result<Chosen, String> {
    let mut base_url = base(row, env)?;
    let name = key.as_ref().map(|(name, _)| *name);
    let mut secret = key.as_ref().map(|(_, value)| value.clone());
    let platform = match row.platform {
        PlatformKind::Plain => Platform::Plain,
        PlatformKind::Azure => {
            let healed = heal_azure(&base_url);
            base_url = healed.url;
            let api_version = one_of(&API_VERSION, env).ok().or(healed.api_version);
            Platform::Azure { api_version, entra: name == Some("AZURE_AD_TOKEN") }
        }
        PlatformKind::Vertex => {
            // The other variable names a file that is read where it is needed.
            let entered = set("VERTEXAI_CREDENTIALS", env).map(|text| match text.starts_with('{') {
                true => Ok(text),
                false => std::fs::read_to_string(&text)
                    .map_err(|_| "VERTEXAI_CREDENTIALS names no file that can be read".to_owned()),
            });
            secret = entered.transpose()?;
            Platform::Vertex { project: one_of(&PROJECT, env)?, location: one_of(&LOCATION, env)? }
        }
        PlatformKind::Bedrock => {
            // An access key is read from the environment by the signer, together with its other half.
            secret = secret.filter(|_| name == Some("AWS_BEARER_TOKEN_BEDROCK"));
            let profile = set("AWS_PROFILE", env).filter(|_| name == Some("AWS_PROFILE"));
            Platform::Bedrock { region: one_of(&REGION, env)?, profile }
        }
    };
    let model = set(&model_variable(row), env);
    if row.platform == PlatformKind::Azure && model.is_none() {
        return Err(format!("{} is not set, and Azure does not list deployments", model_variable(row)));
    }
    Ok(Chosen { row, key: secret.map(SecretString::from), model, base_url, platform })
}

/// The base address: the person's, or the catalogue's with its fields filled in.
fn base(row: &ProviderRow, env: Env<'_>) -> Result<String, String> {
    let given: Vec<String> = row.base_variables.iter().filter_map(|name| set(name, env)).collect();
    let is_address = |text: &&String| text.contains("://");
    if let Some(address) = given.iter().find(is_address) {
        let plain = row.platform == PlatformKind::Plain;
        let healed = row.wire.filter(|_| plain).map(|wire| heal_base_url(address, wire).url);
        return Ok(healed.unwrap_or_else(|| address.clone()));
    }
    if row.base_url.is_empty() {
        return Err(format!("{} is not set", row.base_variables.join(" or ")));
    }
    let name = given.iter().find(|text| !is_address(text));
    let (region, location) = (one_of(&REGION, env).ok(), one_of(&LOCATION, env).ok());
    let field = |field: &str| match field {
        "region" => region.as_deref(),
        "location" => location.as_deref(),
        // What the variable holds where it holds no address: an account, a workspace, a resource.
        _ => name.map(String::as_str).filter(|_| row.fields().len() == 1),
    };
    row.base_with(field).ok_or_else(|| {
        let mut wanted: Vec<&str> = row.base_variables.iter().map(String::as_str).collect();
        wanted.extend(row.fields().contains(&"region").then_some(REGION[0]));
        format!("its address needs {}: set {}", row.fields().join(" and "), wanted.join(" or "))
    })
}

/// The variable that names a provider's model, e.g. `REARVIEW_LIVE_MODEL_LM_STUDIO`.
pub(crate) fn model_variable(row: &ProviderRow) -> String {
    let id: String =
        row.id().chars().map(|letter| if letter.is_ascii_alphanumeric() { letter } else { '_' }).collect();
    format!("REARVIEW_LIVE_MODEL_{}", id.to_ascii_uppercase())
}

impl Chosen {
    /// The target for a model; for none, to list them.
    pub(crate) fn target(&self, name: &str) -> Option<Target> {
        let row = self.row;
        Some(Target {
            provider_id: row.id().into(),
            provider_name: row.name.clone(),
            wire: wire_for(row.wire?, &self.platform, Some(&row.prefix), name),
            platform: self.platform.clone(),
            base_url: self.base_url.clone(),
            model: sent_model(&row.prefix, name).into(),
            quirks: row.quirks.clone(),
            facts: model(&row.prefix, name),
        })
    }

    /// The model to ask: the person's, else the cheapest of those listed that is known to chat and to call
    /// tools. Of a server of one's own the first, when nothing is known of any.
    pub(crate) fn model(&self, listed: &[ModelInfo]) -> Option<String> {
        if let Some(model) = &self.model {
            return Some(model.clone());
        }
        let prefix = &self.row.prefix;
        let known: Vec<(String, &ModelFacts)> = if listed.is_empty() {
            models_of(prefix).into_iter().map(|(name, facts)| (name.to_owned(), facts)).collect()
        } else {
            let of = |one: &ModelInfo| Some((one.id.clone(), catalogue::model(prefix, &one.id)?));
            listed.iter().filter_map(of).collect()
        };
        let own = || listed.first().filter(|_| self.row.local).map(|model| model.id.clone());
        cheapest(known).or_else(own)
    }
}

/// The cheapest; one that costs nothing only where nothing costs anything, because a price of nought is often
/// one that nobody knew.
fn cheapest(mut known: Vec<(String, &ModelFacts)>) -> Option<String> {
    let price = |facts: &ModelFacts| facts.price.map_or(0.0, |price| price.input + price.output);
    known.retain(|(name, facts)| {
        let name = name.to_ascii_lowercase();
        facts.tools && facts.price.is_some() && !NO_CHAT.iter().any(|word| name.contains(word))
    });
    known.sort_by(|(a, of_a), (b, of_b)| {
        let key = |facts: &ModelFacts| (price(facts) <= 0.0, price(facts));
        key(of_a).partial_cmp(&key(of_b)).unwrap_or(std::cmp::Ordering::Equal).then_with(|| a.cmp(b))
    });
    known.into_iter().next().map(|(name, _)| name)
}

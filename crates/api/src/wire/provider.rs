//! Providers of models: setting them up, checking them, listing their models. Keys go in, never out.

use super::wire;
use rearview_domain::{Error, ProviderId};
use rearview_providers::{Platform, Quirks, WireKind};
use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// A provider as it is kept.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export)]
pub struct ProviderConfig {
    /// Its id, also the first part of `provider/model`. Lower case letters, digits, `-`
    /// and `_`.
    pub id: ProviderId,
    /// Its name.
    pub name: String,
    /// What it speaks.
    pub wire: WireKind,
    /// Its base address.
    pub base_url: String,
    /// Models that are offered even when the provider does not list them.
    #[serde(default)]
    pub models: Vec<String>,
    /// How it differs from its wire.
    #[serde(default)]
    pub quirks: Quirks,
    /// Whose addresses and credentials it is spoken with.
    #[serde(default)]
    pub platform: Platform,
    /// The catalogue entry that it was made from, by its prefix; `None` for an address of one's own.
    #[serde(default)]
    pub catalogue: Option<String>,
}

wire! {
    /// Keeps a provider.
    request SaveProvider {
        /// The provider. Its address is healed; the answer says what was changed.
        pub config: ProviderConfig,
        /// Its key, when one was entered.
        pub key: Option<String>,
    }

    /// Names a provider.
    request ProviderRef {
        /// The provider.
        pub provider_id: ProviderId,
    }

    /// Checks a provider before or after it is kept.
    request CheckProvider {
        /// The provider.
        pub config: ProviderConfig,
        /// Its key, when one was entered; otherwise the kept one is used if the address is unchanged.
        pub key: Option<String>,
        /// Check without a key, also when one is kept: with a profile or this computer's own credentials.
        #[serde(default)]
        pub without_key: bool,
        /// A model to ask one token of.
        pub model: Option<String>,
    }

    /// Lists a provider's models.
    request ListModels {
        /// The provider.
        pub provider_id: ProviderId,
        /// Ask again instead of answering from the last list.
        pub refresh: bool,
    }

    /// Takes a key from an environment variable, or from a file of them, into the keychain.
    request ImportKey {
        /// The provider that it is for; made from its preset when it does not exist.
        pub preset: String,
        /// The variable's name.
        pub variable: String,
        /// The `.env` file that holds it; absent for the environment of this process.
        pub path: Option<String>,
    }

    /// Looks into a `.env` file for keys. Its values stay on this side.
    request LookIntoEnvFile {
        /// The file's path; `~` stands for the home folder.
        pub path: String,
    }
}

wire! {
    /// All providers.
    answer ProviderList {
        /// What is set up, the Demo first.
        pub items: Vec<ProviderView>,
        /// What can be set up.
        pub presets: Vec<Preset>,
        /// Keys found in the environment, by name.
        pub importable: Vec<Importable>,
    }

    /// A provider as it is shown.
    answer ProviderView {
        /// The provider.
        pub config: ProviderConfig,
        /// Whether a key is kept for it.
        pub key_present: bool,
        /// What was changed about its address, when it was just kept.
        pub healed: Vec<String>,
    }

    /// Something that can be set up.
    answer Preset {
        /// Its id.
        pub id: String,
        /// Its name.
        pub name: String,
        /// What it speaks.
        pub wire: WireKind,
        /// Its address; may hold `{resource}` and the like, which the person fills in.
        pub base_url: String,
        /// Whose addresses and credentials it is spoken with; says which fields its form has.
        pub platform: Platform,
        /// How it differs from its wire.
        pub quirks: Quirks,
        /// How well its row is known; a row of low confidence is shown as unverified.
        pub confidence: Confidence,
        /// Whether it runs on this computer or one nearby.
        pub local: bool,
        /// Whether it wants a key.
        pub needs_key: bool,
        /// Where a key is made.
        pub key_url: Option<String>,
        /// Where it is explained.
        pub docs: Option<String>,
        /// Models of it in the catalogue.
        pub models: u32,
        /// Environment variables that its key is usually kept in.
        pub variables: Vec<String>,
        /// One sentence about it.
        pub about: String,
    }

    /// A key that an environment variable holds.
    answer Importable {
        /// The preset it is for.
        pub preset: String,
        /// The variable's name. Its value is never shown.
        pub variable: String,
        /// The file that holds it; absent for the environment of this process.
        pub path: Option<String>,
    }

    /// Keys that a file holds, by name.
    answer EnvFile {
        /// The file, with its whole path.
        pub path: String,
        /// The keys that belong to a provider of the catalogue.
        pub importable: Vec<Importable>,
        /// Other names in it, which no provider of the catalogue uses.
        pub others: Vec<String>,
    }

    /// Servers that answered on this computer.
    answer LocalServers {
        /// What was found.
        pub items: Vec<LocalServer>,
        /// Where nothing answered, as addresses.
        pub silent: Vec<String>,
    }

    /// A model server on this computer.
    answer LocalServer {
        /// The preset that it looks like.
        pub preset: String,
        /// Its name.
        pub name: String,
        /// What it speaks best.
        pub wire: WireKind,
        /// Its base address.
        pub base_url: String,
        /// The models that it has, by their ids.
        pub models: Vec<String>,
        /// Whether a provider with this address is set up already.
        pub known: bool,
    }

    /// What a check found, each verdict on its own.
    answer ProviderCheck {
        /// Whether anything answers at the address.
        pub reachable: Verdict,
        /// Whether the key was accepted.
        pub key_accepted: Verdict,
        /// Whether models could be listed.
        pub models_listed: Verdict,
        /// Whether the chosen model answers.
        pub model_answers: Verdict,
        /// Whether its answer came as a stream.
        pub streams: Verdict,
        /// Whether it calls tools.
        pub calls_tools: Verdict,
        /// What all of it comes to.
        pub outcome: CheckOutcome,
        /// What the check cost, in US dollars, when prices and tokens are known.
        pub usd: Option<f64>,
        /// The models that were listed.
        pub models: Vec<ModelInfo>,
        /// The address that was used.
        pub base_url: String,
        /// What was changed about it.
        pub healed: Vec<String>,
    }

    /// A model.
    answer ModelInfo {
        /// As `provider/model`.
        pub id: String,
        /// The provider's name for it.
        pub name: String,
        /// The provider.
        pub provider_id: ProviderId,
        /// The provider's name.
        pub provider_name: String,
        /// Tokens that fit, when known.
        pub context: Option<u32>,
        /// What the catalogue knows of it; absent for a model that it does not list.
        pub facts: Option<ModelCard>,
    }

    /// What the catalogue knows of a model. Prices are US dollars for a million tokens.
    answer ModelCard {
        /// Tokens that an answer may have.
        pub max_output: Option<u32>,
        /// Of the prompt.
        pub input_price: Option<f64>,
        /// Of the answer.
        pub output_price: Option<f64>,
        /// Of the prompt, read from the cache.
        pub cache_read_price: Option<f64>,
        /// Whether it calls tools.
        pub tools: bool,
        /// Whether it reads images.
        pub images: bool,
        /// Whether it reads PDF files.
        pub files: bool,
        /// Whether it can reason before it answers.
        pub reasoning: bool,
        /// When it is switched off, e.g. `2026-10-20`, when that is announced.
        pub ends: Option<String>,
    }

    /// Models that can be chosen.
    answer ModelList {
        /// The models.
        pub items: Vec<ModelInfo>,
        /// Providers whose list could not be had, and why.
        pub failed: Vec<ModelListFailure>,
        /// The date of the catalogue's prices, e.g. `2026-11-20`.
        pub prices_of: String,
    }

    /// A list that could not be had.
    answer ModelListFailure {
        /// The provider.
        pub provider_id: ProviderId,
        /// Why.
        pub error: Error,
    }
}

/// What a check comes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
#[ts(export)]
pub enum CheckOutcome {
    /// The provider works.
    Accepted,
    /// The provider said no: to the key, the address or the model.
    Refused,
    /// It could not be checked: no connection, overloaded, no answer.
    Unchecked,
}

/// How well a row of the catalogue is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
#[ts(export)]
pub enum Confidence {
    /// Documented by the vendor and used by several libraries.
    High,
    /// Used by one library, and seen in its requests.
    Medium,
    /// Read in one library's table only.
    Low,
}

/// One of three honest outcomes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
#[serde(tag = "kind", rename_all = "snake_case")]
#[ts(export)]
pub enum Verdict {
    /// Yes.
    Yes {
        /// What was seen.
        detail: String,
    },
    /// No.
    No {
        /// Why.
        error: Error,
    },
    /// It could not be told.
    Unknown {
        /// Why.
        why: String,
    },
}

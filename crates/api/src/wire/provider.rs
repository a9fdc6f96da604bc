//! Providers of models: setting them up, checking them, listing their models. Keys go in, never out.

use super::wire;
use rearview_domain::{Error, ProviderId};
use rearview_providers::{Quirks, WireKind};
use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// A provider as it is kept.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export)]
pub struct ProviderConfig {
    /// Its id, also the first part of `provider/model`. Lower case letters, digits and `-`.
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

    /// Takes a key from an environment variable into the keychain.
    request ImportKey {
        /// The provider that it is for; made from its preset when it does not exist.
        pub preset: String,
        /// The variable's name.
        pub variable: String,
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
        /// Its address.
        pub base_url: String,
        /// Whether it wants a key.
        pub needs_key: bool,
        /// Where a key is made.
        pub key_url: Option<String>,
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
    }

    /// Models that can be chosen.
    answer ModelList {
        /// The models.
        pub items: Vec<ModelInfo>,
        /// Providers whose list could not be had, and why.
        pub failed: Vec<ModelListFailure>,
    }

    /// A list that could not be had.
    answer ModelListFailure {
        /// The provider.
        pub provider_id: ProviderId,
        /// Why.
        pub error: Error,
    }
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

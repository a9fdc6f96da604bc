//! Where a request goes: wire protocol, address, model, and how this provider differs from its wire.
//!
//! Made by `api` from a configured provider. Keys are not part of it; they are handed to the driver.

use crate::catalogue::ModelFacts;
use rearview_domain::ProviderId;
use rearview_domain::settings::Effort;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// The protocol that a provider speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
#[ts(export)]
pub enum WireKind {
    /// OpenAI Chat Completions, which most providers and local servers speak.
    OpenaiChat,
    /// OpenAI Responses, the only way to some models.
    OpenaiResponses,
    /// Anthropic Messages.
    AnthropicMessages,
    /// Gemini generateContent, of AI Studio and of Vertex AI.
    Gemini,
    /// Bedrock Converse and ConverseStream.
    BedrockConverse,
    /// Cohere Chat, version 2.
    CohereChat,
    /// Ollama's own chat, which can set the context size; its OpenAI shape cannot.
    OllamaChat,
    /// No network: answers with what it was given, and says that it is no model.
    Demo,
}

impl WireKind {
    /// Its name as it is written in JSON, e.g. `openai_chat`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::OpenaiChat => "openai_chat",
            Self::OpenaiResponses => "openai_responses",
            Self::AnthropicMessages => "anthropic_messages",
            Self::Gemini => "gemini",
            Self::BedrockConverse => "bedrock_converse",
            Self::CohereChat => "cohere_chat",
            Self::OllamaChat => "ollama_chat",
            Self::Demo => "demo",
        }
    }
}

/// Whose addresses and credentials a wire is spoken with.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(tag = "kind", rename_all = "snake_case")]
#[ts(export)]
pub enum Platform {
    /// The wire's own: its paths below the base address, the key in its own header.
    #[default]
    Plain,
    /// Azure OpenAI and Azure AI Foundry.
    Azure {
        /// E.g. `2024-10-21`, for addresses with the deployment in them; `None` for the v1 addresses.
        api_version: Option<String>,
        /// Whether the key is an Entra token, which travels as a bearer.
        entra: bool,
    },
    /// Vertex AI. The key is the JSON of a service account; without one the application default
    /// credentials of this computer are used.
    Vertex {
        /// The Google Cloud project.
        project: String,
        /// E.g. `us-central1`, or `global`.
        location: String,
    },
    /// Amazon Bedrock. The key is a Bedrock API key, or JSON with `access_key_id`, `secret_access_key`
    /// and perhaps `session_token`; without one the profile is used.
    Bedrock {
        /// E.g. `us-east-1`.
        region: String,
        /// A profile of `~/.aws`.
        profile: Option<String>,
    },
}

/// A model at a provider.
#[derive(Clone, Debug, PartialEq)]
pub struct Target {
    /// The provider's id.
    pub provider_id: ProviderId,
    /// The provider's name, as errors tell it.
    pub provider_name: String,
    /// The protocol.
    pub wire: WireKind,
    /// Whose addresses and credentials it is spoken with.
    pub platform: Platform,
    /// The base address, e.g. `https://api.openai.com/v1`. Keys are sent to its origin only.
    pub base_url: String,
    /// The model, in the provider's spelling; empty where only models are listed.
    pub model: String,
    /// How the provider differs from its wire.
    pub quirks: Quirks,
    /// What the catalogue knows of the model; `None` for one that it does not list.
    pub facts: Option<&'static ModelFacts>,
}

/// How a provider or model differs from its wire. The defaults suit most.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase", default)]
#[ts(export)]
pub struct Quirks {
    /// The field that carries the output limit (OpenAI Chat only).
    pub max_tokens_field: MaxTokensField,
    /// Whether usage may be asked for in a stream (OpenAI Chat only).
    pub stream_options: bool,
    /// Whether a system message may stand in mid conversation.
    pub mid_system: MidSystem,
    /// Whether a message's content may be a list of parts (OpenAI Chat only).
    pub list_content: bool,
    /// Whether sampling parameters such as temperature are taken.
    pub sampling: bool,
    /// The header that carries the key.
    pub key_header: KeyHeader,
    /// The API version that is asked for (Anthropic only).
    pub anthropic_version: AnthropicVersion,
    /// The context size that is asked for (Ollama only); the model's own when absent.
    pub num_ctx: Option<u32>,
    /// Whether the model may be told how much to think (OpenAI Responses only).
    pub reasoning_effort: bool,
    /// Whether a readable summary of the reasoning may be asked for (OpenAI Responses only).
    pub reasoning_summary: bool,
    /// Whether encrypted reasoning may be asked for, to be handed back later (OpenAI Responses only).
    pub encrypted_reasoning: bool,
    /// Whether reasoning of earlier answers is handed back (OpenAI Responses only).
    pub replay_reasoning: bool,
    /// Whether what may be cached is marked (Anthropic and Converse only), for models that are known to cache.
    pub prompt_cache: bool,
}

impl Default for Quirks {
    fn default() -> Self {
        Self {
            max_tokens_field: MaxTokensField::Auto,
            stream_options: true,
            mid_system: MidSystem::Auto,
            list_content: true,
            sampling: true,
            key_header: KeyHeader::Auto,
            anthropic_version: AnthropicVersion::Auto,
            num_ctx: None,
            reasoning_effort: true,
            reasoning_summary: true,
            encrypted_reasoning: true,
            replay_reasoning: true,
            prompt_cache: true,
        }
    }
}

/// The header that carries the key.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
#[ts(export)]
pub enum KeyHeader {
    /// By wire and platform.
    #[default]
    Auto,
    /// `Authorization: Bearer`.
    Bearer,
    /// `x-api-key`.
    XApiKey,
    /// `api-key`.
    ApiKey,
}

/// The version of Anthropic's API.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
#[ts(export)]
pub enum AnthropicVersion {
    /// 2023-06-01, unless the model is known to need the later one.
    #[default]
    Auto,
    /// 2023-06-01.
    V2023_06_01,
    /// 2026-10-21, which refuses sampling parameters.
    V2026_10_21,
}

/// The field that carries the output limit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
#[ts(export)]
pub enum MaxTokensField {
    /// By the model's name: see `Target::max_tokens_field`.
    #[default]
    Auto,
    /// `max_tokens`.
    MaxTokens,
    /// `max_completion_tokens`.
    MaxCompletionTokens,
}

/// Whether a system message may stand in mid conversation.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
#[ts(export)]
pub enum MidSystem {
    /// By the wire: see `Target::takes_mid_system`.
    #[default]
    Auto,
    /// It may.
    Yes,
    /// It may not.
    No,
}

impl Target {
    /// Whether a system message may stand in mid conversation.
    ///
    /// OpenAI Chat has always taken it anywhere. Anthropic takes it from newer Claude models only and
    /// answers 400 for others and for Claude behind other clouds, so the catalogue decides, and for a
    /// model that it does not list the answer is no. Gemini and Converse have one system field at the
    /// front. The Demo takes anything.
    pub fn takes_mid_system(&self) -> bool {
        match (self.quirks.mid_system, self.wire) {
            (MidSystem::Yes, _) => true,
            (MidSystem::No, _) => false,
            (
                MidSystem::Auto,
                WireKind::OpenaiChat
                | WireKind::OpenaiResponses
                | WireKind::CohereChat
                | WireKind::OllamaChat
                | WireKind::Demo,
            ) => true,
            (MidSystem::Auto, WireKind::AnthropicMessages) => {
                self.platform == Platform::Plain && self.facts.is_some_and(|facts| facts.mid_system)
            }
            (MidSystem::Auto, WireKind::Gemini | WireKind::BedrockConverse) => false,
        }
    }

    /// Whether sampling parameters such as temperature may be sent: neither the provider's quirks nor what
    /// is known of the model speak against it.
    pub(crate) fn takes_sampling(&self) -> bool {
        self.quirks.sampling && self.facts.is_none_or(|facts| facts.sampling)
    }

    /// Whether to mark what may be cached. Only models that are known to cache get marks: others that speak the
    /// wire may refuse the field. Of Bedrock's models it is Claude and Nova that take them.
    pub(crate) fn marks_cache(&self) -> bool {
        let takes = match self.wire {
            WireKind::AnthropicMessages => true,
            WireKind::BedrockConverse => {
                ["anthropic.claude", "amazon.nova"].iter().any(|family| self.model.contains(family))
            }
            _ => false,
        };
        takes && self.quirks.prompt_cache && self.facts.is_some_and(|facts| facts.prompt_cache)
    }

    /// The effort to ask this model for; `None` says nothing. A model that is known not to reason is asked
    /// for none, one that is not known gets what the person set.
    pub(crate) fn effort(&self, wanted: Option<Effort>) -> Option<Effort> {
        wanted
            .filter(|effort| *effort != Effort::Provider && self.quirks.reasoning_effort)
            .filter(|_| self.facts.is_none_or(|facts| facts.reasoning))
    }

    /// The family that reasoning and opaque blocks belong to: they go back to the same family only.
    pub fn family(&self) -> &'static str {
        match self.wire {
            WireKind::OpenaiChat => "openai_chat",
            WireKind::OpenaiResponses => "openai_responses",
            WireKind::AnthropicMessages => "anthropic",
            WireKind::Gemini => "gemini",
            WireKind::BedrockConverse => "bedrock",
            WireKind::CohereChat => "cohere",
            WireKind::OllamaChat => "ollama",
            WireKind::Demo => "demo",
        }
    }

    /// The name of the field for the output limit. OpenAI's o-series and GPT-5 and later refuse
    /// `max_tokens`; nearly every other server knows only that one.
    pub(crate) fn max_tokens_field(&self) -> &'static str {
        match self.quirks.max_tokens_field {
            MaxTokensField::MaxTokens => "max_tokens",
            MaxTokensField::MaxCompletionTokens => "max_completion_tokens",
            MaxTokensField::Auto if wants_completion_tokens(&self.model) => "max_completion_tokens",
            MaxTokensField::Auto => "max_tokens",
        }
    }
}

/// Whether the name is one of OpenAI's o-series (`o3-mini`) or of GPT-5 and later (`gpt-5.1`,
/// `openai/gpt-6`). Names such as `gpt-oss` and `olmo` are neither.
fn wants_completion_tokens(model: &str) -> bool {
    let name = model.rsplit('/').next().unwrap_or(model).to_ascii_lowercase();
    let number = |text: &str| -> Option<u32> {
        let digits: String = text.chars().take_while(char::is_ascii_digit).collect();
        digits.parse().ok()
    };
    if let Some(rest) = name.strip_prefix("gpt-") {
        return number(rest).is_some_and(|generation| generation >= 5);
    }
    name.strip_prefix('o').and_then(number).is_some()
}

#[cfg(test)]
impl Target {
    /// A target as tests want it: nothing special about it.
    pub(crate) fn plain(wire: WireKind, base_url: &str, model: &str) -> Self {
        Self {
            provider_id: "acme".into(),
            provider_name: "Acme".into(),
            wire,
            platform: Platform::Plain,
            base_url: base_url.into(),
            model: model.into(),
            quirks: Quirks::default(),
            facts: None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn target(wire: WireKind, model: &str) -> Target {
        Target::plain(wire, "http://127.0.0.1/v1", model)
    }

    #[test]
    fn only_the_o_series_and_gpt_5_and_later_get_the_new_limit_field() {
        for model in ["o1", "o3-mini", "o4-mini", "gpt-5", "gpt-5.1-mini", "openai/gpt-5", "GPT-6", "gpt-10"]
        {
            assert_eq!(
                target(WireKind::OpenaiChat, model).max_tokens_field(),
                "max_completion_tokens",
                "{model}"
            );
        }
        for model in ["gpt-4o", "gpt-4.1", "gpt-oss-120b", "olmo-2", "gpt-", "o", "llama3.2", "openai/gpt-4o"]
        {
            assert_eq!(target(WireKind::OpenaiChat, model).max_tokens_field(), "max_tokens", "{model}");
        }
    }

    #[test]
    fn the_quirk_outranks_the_model_name() {
        let mut target = target(WireKind::OpenaiChat, "gpt-5");
        target.quirks.max_tokens_field = MaxTokensField::MaxTokens;
        assert_eq!(target.max_tokens_field(), "max_tokens");
    }

    #[test]
    fn anthropic_takes_a_system_message_in_mid_conversation_only_when_told_so() {
        let mut target = target(WireKind::AnthropicMessages, "claude-opus-4-8");
        assert!(!target.takes_mid_system());
        target.quirks.mid_system = MidSystem::Yes;
        assert!(target.takes_mid_system());
    }

    #[test]
    fn the_catalogue_says_which_claude_takes_it_and_no_other_cloud_does() {
        let of = |facts: &'static ModelFacts, platform: Platform| {
            let target = target(WireKind::AnthropicMessages, "claude-opus-4-8");
            Target { facts: Some(facts), platform, ..target }.takes_mid_system()
        };
        let newer: &'static ModelFacts =
            Box::leak(Box::new(ModelFacts { mid_system: true, ..ModelFacts::default() }));
        let older: &'static ModelFacts = Box::leak(Box::default());
        assert!(of(newer, Platform::Plain));
        assert!(!of(older, Platform::Plain));
        let vertex = Platform::Vertex { project: "p".into(), location: "global".into() };
        let bedrock = Platform::Bedrock { region: "us-east-1".into(), profile: None };
        for platform in [Platform::Azure { api_version: None, entra: false }, vertex, bedrock] {
            assert!(!of(newer, platform.clone()), "{platform:?}");
        }
    }

    #[test]
    fn absent_quirks_are_the_defaults() {
        let quirks: Quirks = serde_json::from_str(r#"{"sampling":false}"#).unwrap();
        assert_eq!(quirks, Quirks { sampling: false, ..Quirks::default() });
    }
}

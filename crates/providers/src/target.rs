//! Where a request goes: wire protocol, address, model, and how this provider differs from its wire.
//!
//! Made by `api` from a configured provider. Keys are not part of it; they are handed to the driver.

use rearview_domain::ProviderId;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// The protocol that a provider speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
#[ts(export)]
pub enum WireKind {
    /// OpenAI Chat Completions, which most providers and local servers speak.
    OpenaiChat,
    /// Anthropic Messages.
    AnthropicMessages,
    /// No network: answers with what it was given, and says that it is no model.
    Demo,
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
    /// The base address, e.g. `https://api.openai.com/v1`. Keys are sent to its origin only.
    pub base_url: String,
    /// The model, in the provider's spelling; empty where only models are listed.
    pub model: String,
    /// How the provider differs from its wire.
    pub quirks: Quirks,
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
}

impl Default for Quirks {
    fn default() -> Self {
        Self {
            max_tokens_field: MaxTokensField::Auto,
            stream_options: true,
            mid_system: MidSystem::Auto,
            list_content: true,
            sampling: true,
        }
    }
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
    /// answers 400 for others and for Claude behind other clouds; a name does not tell which, so the
    /// answer is no until the provider's quirk says yes. The Demo takes anything.
    pub fn takes_mid_system(&self) -> bool {
        match (self.quirks.mid_system, self.wire) {
            (MidSystem::Yes, _) => true,
            (MidSystem::No, _) => false,
            (MidSystem::Auto, WireKind::OpenaiChat | WireKind::Demo) => true,
            (MidSystem::Auto, WireKind::AnthropicMessages) => false,
        }
    }

    /// The family that reasoning and opaque blocks belong to: they go back to the same family only.
    pub fn family(&self) -> &'static str {
        match self.wire {
            WireKind::OpenaiChat => "openai_chat",
            WireKind::AnthropicMessages => "anthropic",
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
mod tests {
    use super::*;

    fn target(wire: WireKind, model: &str) -> Target {
        Target {
            provider_id: "p".into(),
            provider_name: "P".into(),
            wire,
            base_url: "http://127.0.0.1/v1".into(),
            model: model.into(),
            quirks: Quirks::default(),
        }
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
    fn absent_quirks_are_the_defaults() {
        let quirks: Quirks = serde_json::from_str(r#"{"sampling":false}"#).unwrap();
        assert_eq!(quirks, Quirks { sampling: false, ..Quirks::default() });
    }
}

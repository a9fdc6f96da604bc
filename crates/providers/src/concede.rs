//! What we give up when a server refuses it: optional fields that some servers do not know, and that some
//! accounts may not ask for.
//!
//! The driver asks here after a refusal, encodes the request again and sends it once more without the
//! field. Each row is given up once for a request. A row to add: the wire, what the refusal looks like,
//! and the quirk that leaves the field out; the encoder of the wire has to heed that quirk.

use crate::error::ProviderError;
use crate::target::{AnthropicVersion, Quirks, Target, WireKind};

/// One thing that can be given up.
struct Row {
    /// The wire that sends it.
    wire: WireKind,
    /// Its name in the request, for the log.
    field: &'static str,
    /// The field that the provider complains about, when it says so in a place of its own. What is inside
    /// of the field counts too.
    params: &'static [&'static str],
    /// What its message or its code says, in lower case.
    words: &'static [&'static str],
    /// Leaves it out.
    give_up: fn(&mut Quirks),
}

/// The first row that fits is taken, so the narrow ones stand first.
const ROWS: [Row; 12] = [
    // Servers that do not know the field refuse the whole request and name it.
    Row {
        wire: WireKind::OpenaiChat,
        field: "stream_options",
        params: &["stream_options"],
        words: &["stream_options"],
        give_up: |quirks| quirks.stream_options = false,
    },
    // OpenAI refuses summaries to organisations that are not verified.
    Row {
        wire: WireKind::OpenaiResponses,
        field: "reasoning.summary",
        params: &["reasoning.summary"],
        words: &["reasoning.summary", "reasoning summar"],
        give_up: |quirks| quirks.reasoning_summary = false,
    },
    // A model that does not reason has nothing to encrypt, and says so without naming the field.
    Row {
        wire: WireKind::OpenaiResponses,
        field: "include",
        params: &["include"],
        words: &["reasoning.encrypted_content", "encrypted content is not supported"],
        give_up: |quirks| quirks.encrypted_reasoning = false,
    },
    // Reasoning of another account, of a model that is gone, or whose answer was changed since.
    Row {
        wire: WireKind::OpenaiResponses,
        field: "earlier reasoning",
        params: &[],
        words: &[
            "invalid_encrypted_content",
            "encrypted content",
            "encrypted_content",
            "reasoning input items",
            "of type 'reasoning'",
            "items are not persisted",
        ],
        give_up: |quirks| quirks.replay_reasoning = false,
    },
    // The words for how much to think differ from model to model.
    Row {
        wire: WireKind::OpenaiResponses,
        field: "reasoning",
        params: &["reasoning"],
        words: &["reasoning.effort", "unknown field reasoning", "unknown field `reasoning`"],
        give_up: |quirks| {
            quirks.reasoning_effort = false;
            quirks.reasoning_summary = false;
        },
    },
    Row {
        wire: WireKind::OpenaiChat,
        field: "reasoning_effort",
        params: &["reasoning_effort"],
        words: &["reasoning_effort", "reasoning effort"],
        give_up: |quirks| quirks.reasoning_effort = false,
    },
    // A model that wants a later version than ours says so; what that one refuses is left out then.
    Row {
        wire: WireKind::AnthropicMessages,
        field: "anthropic-version 2023-06-01",
        params: &[],
        words: &["anthropic-version", "anthropic_version"],
        give_up: |quirks| {
            if quirks.anthropic_version == AnthropicVersion::Auto {
                quirks.anthropic_version = AnthropicVersion::V2026_10_21;
            }
        },
    },
    // Whoever speaks the wire but keeps nothing. Before `thinking`, whose words are in complaints about marks.
    Row {
        wire: WireKind::AnthropicMessages,
        field: "cache_control",
        params: &["cache_control"],
        words: &["cache_control", "cache control"],
        give_up: |quirks| quirks.prompt_cache = false,
    },
    Row {
        wire: WireKind::AnthropicMessages,
        field: "thinking",
        params: &["thinking"],
        words: &["thinking.", "output_config.effort", "budget_tokens"],
        give_up: |quirks| quirks.reasoning_effort = false,
    },
    // Bedrock says "your request did not allow prompt caching", with 403, for a model that it does not cache.
    Row {
        wire: WireKind::BedrockConverse,
        field: "cachePoint",
        params: &[],
        words: &["cachepoint", "cache point", "cache_control", "prompt caching"],
        give_up: |quirks| quirks.prompt_cache = false,
    },
    Row {
        wire: WireKind::CohereChat,
        field: "thinking",
        params: &["thinking"],
        words: &["thinking", "token_budget"],
        give_up: |quirks| quirks.reasoning_effort = false,
    },
    Row {
        wire: WireKind::OllamaChat,
        field: "think",
        params: &[],
        words: &["does not support thinking", "think value"],
        give_up: |quirks| quirks.reasoning_effort = false,
    },
];

/// What to send instead.
pub(crate) struct GivenUp {
    /// The target without the field.
    pub(crate) target: Target,
    /// The field, for the log.
    pub(crate) field: &'static str,
}

/// What to give up after this refusal; `None` when it is about nothing that can be.
pub(crate) fn concede(target: &Target, error: &ProviderError) -> Option<GivenUp> {
    let rows = ROWS
        .iter()
        .filter(|row| row.wire == target.wire && row.tells_with(error.status) && row.refused_in(error));
    rows.map(|row| {
        let mut target = target.clone();
        (row.give_up)(&mut target.quirks);
        GivenUp { target, field: row.field }
    })
    .find(|given_up| given_up.target.quirks != target.quirks)
}

impl Row {
    /// Whether a complaint about the field comes with this status. Bedrock forbids what it does not cache.
    fn tells_with(&self, status: Option<u16>) -> bool {
        matches!(status, Some(400 | 422)) || (status == Some(403) && self.wire == WireKind::BedrockConverse)
    }

    fn refused_in(&self, error: &ProviderError) -> bool {
        let inside = |param: &str, field: &str| {
            param.strip_prefix(field).is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[']))
        };
        let named = error
            .vendor_param
            .as_deref()
            .is_some_and(|param| self.params.iter().any(|field| inside(param, field)));
        named
            || [&error.vendor_message, &error.vendor_code].into_iter().flatten().any(|text| {
                let text = text.to_lowercase();
                self.words.iter().any(|word| text.contains(word))
            })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::classify;

    fn field(wire: WireKind, status: u16, body: &str) -> Option<&'static str> {
        let target = Target::plain(wire, "https://api.example/v1", "m");
        concede(&target, &classify::from_answer(status, body.as_bytes())).map(|given_up| given_up.field)
    }

    #[test]
    fn what_other_wires_refuse_is_given_up_too() {
        for (wire, message, given_up) in [
            (
                WireKind::OpenaiChat,
                "Unrecognized request argument supplied: reasoning_effort",
                "reasoning_effort",
            ),
            (
                WireKind::AnthropicMessages,
                "anthropic-version: this model requires 2026-10-21 or later",
                "anthropic-version 2023-06-01",
            ),
            (
                WireKind::AnthropicMessages,
                "thinking.type: `enabled` is not supported for this model",
                "thinking",
            ),
            (
                WireKind::AnthropicMessages,
                "messages.3.content.0.thinking.cache_control: Extra inputs are not permitted",
                "cache_control",
            ),
            (
                WireKind::BedrockConverse,
                "Cache point cannot be inserted after reasoning block.",
                "cachePoint",
            ),
            (WireKind::CohereChat, "thinking is not supported by this model", "thinking"),
            (WireKind::OllamaChat, "\"llama3\" does not support thinking", "think"),
        ] {
            let body = serde_json::json!({"error": {"message": message}}).to_string();
            assert_eq!(field(wire, 400, &body), Some(given_up), "{message}");
        }
    }

    #[test]
    fn a_version_that_a_person_chose_is_not_given_up() {
        let mut target = Target::plain(WireKind::AnthropicMessages, "https://api.example", "m");
        target.quirks.anthropic_version = AnthropicVersion::V2023_06_01;
        let body = r#"{"error":{"message":"anthropic-version: unsupported"}}"#;
        assert!(concede(&target, &classify::from_answer(400, body.as_bytes())).is_none());
    }

    #[test]
    fn bedrock_forbids_what_it_does_not_cache_and_that_is_given_up() {
        let no =
            r#"{"message":"You invoked an unsupported model or your request did not allow prompt caching."}"#;
        assert_eq!(field(WireKind::BedrockConverse, 403, no), Some("cachePoint"));
        assert_eq!(field(WireKind::AnthropicMessages, 403, r#"{"error":{"message":"cache_control"}}"#), None);
        let denied = r#"{"message":"You don't have access to the model with the specified model ID."}"#;
        assert_eq!(field(WireKind::BedrockConverse, 403, denied), None);
    }

    #[test]
    fn each_refusal_gives_up_what_it_is_about() {
        let refusal = |message: &str, param: &str, code: &str| {
            serde_json::json!({"error": {"message": message, "type": "invalid_request_error", "param": param, "code": code}})
                .to_string()
        };
        for (body, given_up) in [
            (
                refusal(
                    "Your organization must be verified to generate reasoning summaries.",
                    "reasoning.summary",
                    "unsupported_value",
                ),
                "reasoning.summary",
            ),
            (refusal("Unknown parameter: 'reasoning.summary'.", "", ""), "reasoning.summary"),
            (refusal("Encrypted content is not supported with this model.", "include", ""), "include"),
            (refusal("Invalid value", "include[0]", "invalid_value"), "include"),
            (
                refusal("The encrypted content gAAA could not be verified.", "", "invalid_encrypted_content"),
                "earlier reasoning",
            ),
            (
                refusal("reasoning `encrypted_content` was not issued to this caller", "", ""),
                "earlier reasoning",
            ),
            (
                refusal(
                    "Item 'rs_1' of type 'reasoning' was provided without its required following item.",
                    "input",
                    "",
                ),
                "earlier reasoning",
            ),
            (
                refusal(
                    "Unsupported value: 'minimal' is not supported with the 'gpt-5.1' model.",
                    "reasoning.effort",
                    "unsupported_value",
                ),
                "reasoning",
            ),
        ] {
            assert_eq!(field(WireKind::OpenaiResponses, 400, &body), Some(given_up), "{body}");
        }
    }

    #[test]
    fn nothing_is_given_up_for_another_wire_another_status_or_another_reason() {
        let summary = r#"{"error":{"message":"no","param":"reasoning.summary"}}"#;
        assert_eq!(field(WireKind::OpenaiResponses, 400, summary), Some("reasoning.summary"));
        assert_eq!(field(WireKind::OpenaiResponses, 422, summary), Some("reasoning.summary"));
        assert_eq!(field(WireKind::OpenaiResponses, 429, summary), None);
        assert_eq!(field(WireKind::OpenaiChat, 400, summary), None);
        let other = r#"{"error":{"message":"no such model","param":"model"}}"#;
        assert_eq!(field(WireKind::OpenaiResponses, 400, other), None);
        let includes = r#"{"error":{"message":"what you include is too long","param":"included"}}"#;
        assert_eq!(field(WireKind::OpenaiResponses, 400, includes), None);
    }

    #[test]
    fn what_was_given_up_once_is_not_given_up_again() {
        let error = classify::from_answer(400, br#"{"error":"unknown field stream_options"}"#);
        let target = Target::plain(WireKind::OpenaiChat, "https://api.example/v1", "m");
        let lesser = concede(&target, &error).map(|given_up| given_up.target);
        assert!(lesser.as_ref().is_some_and(|lesser| !lesser.quirks.stream_options));
        assert!(lesser.is_some_and(|lesser| concede(&lesser, &error).is_none()));
    }
}

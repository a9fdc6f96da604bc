//! How each wire's vendor refuses: status, headers and body in its own shape.

use crate::spelling::{REQUEST_ID, request_id_header};
use crate::subject::{Proof, Subject};
use rearview_providers::{Platform, WireKind};
use serde_json::{Value, json};

/// Why it refuses.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Why {
    TooMany,
    WrongKey,
    NoModel,
    TooLong,
    Broken,
}

/// An answer that is no success.
#[derive(Clone)]
pub(crate) struct Refusal {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(&'static str, String)>,
    pub(crate) body: String,
}

impl Refusal {
    /// In the subject's own words; `more` is put behind its message.
    pub(crate) fn of(subject: &Subject, why: Why, more: &str) -> Self {
        let (status, name, message) = words(subject, why);
        let message = format!("{message}{more}");
        let mut refusal =
            Self::new(status, "application/json", &body(subject, status, name, &message).to_string());
        if subject.wire == WireKind::BedrockConverse {
            refusal =
                refusal.header("x-amzn-errortype", &format!("{name}:http://internal.amazon.com/coral/"));
        }
        refusal.header(request_id_header(subject.wire), REQUEST_ID)
    }

    pub(crate) fn new(status: u16, content_type: &str, body: &str) -> Self {
        let headers = vec![("content-type", content_type.to_owned())];
        Self { status, headers, body: body.to_owned() }
    }

    pub(crate) fn header(mut self, name: &'static str, value: &str) -> Self {
        self.headers.push((name, value.to_owned()));
        self
    }
}

/// Status, the vendor's name for it, and its message.
fn words(subject: &Subject, why: Why) -> (u16, &'static str, &'static str) {
    let azure = matches!(subject.platform, Platform::Azure { .. });
    match (subject.wire, why) {
        (WireKind::AnthropicMessages, Why::TooMany) => (429, "rate_limit_error", "slow down"),
        (WireKind::AnthropicMessages, Why::WrongKey) => (401, "authentication_error", "invalid x-api-key"),
        (WireKind::AnthropicMessages, Why::NoModel) => (404, "not_found_error", "model: m"),
        (WireKind::AnthropicMessages, Why::TooLong) => {
            (400, "invalid_request_error", "prompt is too long: 210000 tokens > 200000 maximum")
        }
        (WireKind::AnthropicMessages, Why::Broken) => (500, "api_error", "Internal server error"),

        (WireKind::Gemini, Why::TooMany) => (429, "RESOURCE_EXHAUSTED", "Resource has been exhausted"),
        (WireKind::Gemini, Why::WrongKey) if subject.proof == Proof::Token => {
            (401, "UNAUTHENTICATED", "Request had invalid authentication credentials.")
        }
        (WireKind::Gemini, Why::WrongKey) => (400, "INVALID_ARGUMENT", "API key not valid."),
        (WireKind::Gemini, Why::NoModel) => {
            (404, "NOT_FOUND", "models/m is not found for API version v1beta")
        }
        (WireKind::Gemini, Why::TooLong) => (
            400,
            "INVALID_ARGUMENT",
            "The input token count (2000000) exceeds the maximum number of tokens allowed (1048576).",
        ),
        (WireKind::Gemini, Why::Broken) => (500, "INTERNAL", "An internal error has occurred"),

        (WireKind::BedrockConverse, Why::TooMany) => (429, "ThrottlingException", "Too many requests"),
        (WireKind::BedrockConverse, Why::WrongKey) => {
            (403, "UnrecognizedClientException", "The security token included in the request is invalid.")
        }
        (WireKind::BedrockConverse, Why::NoModel) => {
            (400, "ValidationException", "The provided model identifier is invalid.")
        }
        (WireKind::BedrockConverse, Why::TooLong) => {
            (400, "ValidationException", "Input is too long for requested model.")
        }
        (WireKind::BedrockConverse, Why::Broken) => (500, "InternalServerException", "oops"),

        (WireKind::CohereChat, Why::TooMany) => (429, "", "You are using a Trial key, limited to 20 calls"),
        (WireKind::CohereChat, Why::WrongKey) => (401, "", "invalid api token"),
        (WireKind::CohereChat, Why::NoModel) => (404, "", "model 'm' not found, make sure the id is correct"),
        (WireKind::CohereChat, Why::TooLong) => {
            (400, "", "too many tokens: size limit exceeded by 4 tokens.")
        }
        (WireKind::CohereChat, Why::Broken) => (500, "", "internal server error"),

        (WireKind::OllamaChat, Why::TooMany) => (429, "", "too many requests"),
        (WireKind::OllamaChat, Why::WrongKey) => (401, "", "unauthorized"),
        (WireKind::OllamaChat, Why::NoModel) => (404, "", "model 'm' not found"),
        (WireKind::OllamaChat, Why::TooLong) => (400, "", "the input length exceeds the context length"),
        (WireKind::OllamaChat, Why::Broken) => (500, "", "model runner has unexpectedly stopped"),

        (_, Why::NoModel) if azure => {
            (404, "DeploymentNotFound", "The API deployment for this resource does not exist.")
        }
        (_, Why::TooMany) => (429, "rate_limit_exceeded", "slow down"),
        (_, Why::WrongKey) => (401, "invalid_api_key", "Incorrect API key provided"),
        (_, Why::NoModel) => (404, "model_not_found", "The model `m` does not exist"),
        (_, Why::TooLong) => (400, "context_length_exceeded", "This model's maximum context length is 8192"),
        (_, Why::Broken) => (500, "server_error", "The server had an error"),
    }
}

fn body(subject: &Subject, status: u16, name: &str, message: &str) -> Value {
    match subject.wire {
        WireKind::AnthropicMessages => {
            json!({"type": "error", "error": {"type": name, "message": message}})
        }
        // A stream that was asked for is refused in a list.
        WireKind::Gemini => json!([{"error": {"code": status, "message": message, "status": name}}]),
        WireKind::BedrockConverse | WireKind::CohereChat => json!({"message": message}),
        WireKind::OllamaChat => json!({"error": message}),
        _ => json!({"error": {"message": message, "type": "error", "param": null, "code": name}}),
    }
}

//! Reads a provider's refusal, in whichever shape it comes, into a `ProviderError`.
//!
//! Shapes seen: `{"error":{message,type,code}}` (OpenAI, Anthropic, most), `{"error":"text"}`,
//! `{"message":…}` (AWS, some with `__type`), `{"detail":…}` (FastAPI), a list around any of them (Gemini), an
//! HTML page of a proxy, plain text. What Google adds beside its message is in `google`, AWS's names are in
//! `aws`. Called by the driver for answers that are no success and by the decoders for errors inside a stream.

pub(crate) mod aws;
mod google;

use crate::error::{DEPLOYMENT_NOT_FOUND, ErrorKind, ProviderError};
use serde_json::Value;

/// Reads the body of an answer with a status that is no success.
pub(crate) fn from_answer(status: u16, body: &[u8]) -> ProviderError {
    let text = String::from_utf8_lossy(body);
    let mut error = match serde_json::from_slice::<Value>(body) {
        Ok(value) => from_json(&value, Some(status)),
        Err(_) if text.trim_start().starts_with('<') => {
            ProviderError::new(by_status(Some(status), "", ""), "").detail(page(&text))
        }
        Err(_) => {
            let message = text.trim();
            let mut error = ProviderError::new(by_status(Some(status), "", message), "");
            error.vendor_message = (!message.is_empty()).then(|| message.to_owned());
            error
        }
    };
    error.status = Some(status);
    error
}

/// Reads an error object that came as JSON, inside a stream or as a body.
pub(crate) fn from_json(value: &Value, status: Option<u16>) -> ProviderError {
    let outer = value.as_array().and_then(|list| list.first()).unwrap_or(value);
    let inner = match outer.get("error") {
        Some(Value::Null) | None => outer,
        Some(inner) => inner,
    };
    let word = |field: &str| match inner.get(field) {
        Some(Value::String(text)) if !text.is_empty() => Some(text.clone()),
        Some(Value::Number(number)) => Some(number.to_string()),
        _ => None,
    };
    let message = match inner {
        Value::String(text) => Some(text.clone()),
        _ => word("message")
            .or_else(|| word("Message"))
            .or_else(|| details(inner.get("detail")))
            .or_else(|| details(outer.get("message"))),
    };
    // OpenRouter wraps the words of the provider behind it.
    let raw = inner.pointer("/metadata/raw").and_then(Value::as_str);
    let message = match (message, raw) {
        (Some(message), Some(raw)) => Some(format!("{message}: {raw}")),
        (message, raw) => message.or_else(|| raw.map(str::to_owned)),
    };
    // Azure's own error is a shell around the one that says why.
    let inner_code = inner.pointer("/innererror/code").and_then(Value::as_str).map(str::to_owned);
    let google = google::details(inner);
    // Google's `code` only repeats the status of HTTP; its own names are the reason and the status.
    let named = inner.get("code").is_some_and(Value::is_number).then(|| word("status")).flatten();
    let code = google
        .reason
        .clone()
        .or(named)
        .or_else(|| word("code"))
        .or_else(|| word("type"))
        .or_else(|| word("status"));
    let names = [word("code"), word("type"), word("status"), inner_code, google.reason]
        .into_iter()
        .flatten()
        .collect::<Vec<_>>()
        .join(" ");
    // Inside a stream of status 200 some servers put the status into `code`.
    let status = status
        .or_else(|| inner.get("code").and_then(Value::as_u64).and_then(|code| u16::try_from(code).ok()));
    let kind = match by_status(status, &names, message.as_deref().unwrap_or_default()) {
        // Google words every limit as a used-up quota; one that tells when to come back is none.
        ErrorKind::Quota if google.wait_ms.is_some() && !google.for_today => ErrorKind::RateLimit,
        kind => kind,
    };
    let detail = azure_detail(inner);
    let vendor_param = word("param");
    let error = ProviderError {
        vendor_code: code,
        vendor_message: message,
        vendor_param,
        detail,
        retry_after_ms: google.wait_ms,
        ..ProviderError::new(kind, "")
    };
    match word("__type") {
        Some(name) => aws::named(error, &name),
        None => error,
    }
}

/// What Azure's error tells beside its message: that it knows deployments, not models; which rules its
/// filter applied.
fn azure_detail(error: &Value) -> Option<String> {
    if error.get("code").and_then(Value::as_str) == Some(DEPLOYMENT_NOT_FOUND) {
        return Some(
            "Azure knows models by the names of their deployments, and has none of this name".into(),
        );
    }
    let rules = error.pointer("/innererror/content_filter_result").and_then(Value::as_object)?;
    let applied = |rule: &Value| rule.get("filtered").and_then(Value::as_bool).unwrap_or(false);
    let names: Vec<_> =
        rules.iter().filter(|(_, rule)| applied(rule)).map(|(name, _)| name.as_str()).collect();
    (!names.is_empty()).then(|| format!("its filter for {} applied", names.join(" and ")))
}

/// FastAPI's `detail`: a text, or a list of complaints.
fn details(value: Option<&Value>) -> Option<String> {
    match value? {
        Value::String(text) => Some(text.clone()),
        Value::Null => None,
        other => Some(other.to_string()),
    }
}

/// What an HTML page is about, as far as its title tells.
pub(crate) fn page(html: &str) -> String {
    let lower = html.to_ascii_lowercase();
    let title = lower.find("<title>").and_then(|start| {
        let start = start + "<title>".len();
        let end = lower[start..].find("</title>")?;
        html.get(start..start + end)
    });
    match title.map(str::trim).filter(|title| !title.is_empty()) {
        Some(title) => {
            format!("it answered with a web page, `{}`", title.chars().take(200).collect::<String>())
        }
        None => "it answered with a web page".to_owned(),
    }
}

/// The kind, by the provider's own names first, since they say more than the status; by its words only
/// where vendors give nothing better.
fn by_status(status: Option<u16>, names: &str, message: &str) -> ErrorKind {
    let names = names.to_ascii_lowercase();
    let words = message.to_ascii_lowercase();
    let named = |needles: &[&str]| needles.iter().any(|needle| names.contains(needle));
    let says = |needles: &[&str]| needles.iter().any(|needle| words.contains(needle));
    let refused = matches!(status, None | Some(200 | 400 | 404 | 413 | 422));

    if named(&["context_length", "context_window", "request_too_large"]) || status == Some(413) {
        return ErrorKind::ContextLength;
    }
    if named(&["insufficient_quota", "billing", "insufficient_balance", "credit"]) || status == Some(402) {
        return ErrorKind::Quota;
    }
    if named(&["content_filter", "content_policy", "moderation", "responsibleaipolicy"]) {
        return ErrorKind::ContentFilter;
    }
    // Azure answers 401 to a good Entra token whose holder lacks the role.
    if named(&["permissiondenied"]) {
        return ErrorKind::Permission;
    }
    if named(&["invalid_api_key", "authentication", "unauthenticated", "api_key_invalid"])
        || status == Some(401)
    {
        return ErrorKind::Auth;
    }
    if named(&["model_not_found", "model_not_available", "unknown_model", "deploymentnotfound"]) {
        return ErrorKind::UnknownModel;
    }
    if named(&["rate_limit", "too_many_requests", "resource_exhausted"]) || status == Some(429) {
        let broke = says(&["insufficient balance", "insufficient credit", "exceeded your current quota"]);
        return if broke { ErrorKind::Quota } else { ErrorKind::RateLimit };
    }
    if named(&["overloaded", "unavailable", "server_error", "api_error"]) {
        return ErrorKind::Overloaded;
    }
    if refused {
        if says(&[
            "context length",
            "context window",
            "prompt is too long",
            "maximum context",
            "too many tokens",
            "maximum number of tokens allowed",
        ]) {
            return ErrorKind::ContextLength;
        }
        if says(&["api key not valid", "incorrect api key", "invalid api key"]) {
            return ErrorKind::Auth;
        }
        if says(&["credit balance is too low"]) {
            return ErrorKind::Quota;
        }
        let missing =
            says(&["not found", "does not exist", "not exist", "unknown model", "not a valid model"]);
        if says(&["model"]) && missing {
            return ErrorKind::UnknownModel;
        }
        // Anthropic's message for an unknown model is `model: <name>` and nothing else.
        if named(&["not_found"]) && words.starts_with("model:") {
            return ErrorKind::UnknownModel;
        }
    }
    match status {
        Some(403) => ErrorKind::Permission,
        Some(408 | 504) => ErrorKind::Timeout,
        Some(409) => ErrorKind::Overloaded,
        Some(500..) => ErrorKind::Overloaded,
        Some(300..=499) => ErrorKind::Invalid,
        _ if named(&["permission"]) => ErrorKind::Permission,
        _ if named(&["invalid_request", "bad_request", "not_found"]) => ErrorKind::Invalid,
        _ => ErrorKind::Overloaded,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kind(status: u16, body: &str) -> ErrorKind {
        from_answer(status, body.as_bytes()).kind
    }

    #[test]
    fn each_vendor_shape_is_read_as_what_it_means() {
        use ErrorKind::*;
        for (status, body, expected) in [
            (401, r#"{"error":{"message":"Incorrect API key","code":"invalid_api_key"}}"#, Auth),
            (
                400,
                r#"[{"error":{"code":400,"message":"API key not valid.","status":"INVALID_ARGUMENT"}}]"#,
                Auth,
            ),
            (403, r#"{"error":{"type":"permission_error","message":"no"}}"#, Permission),
            (
                404,
                r#"{"error":{"message":"The model `x` does not exist","code":"model_not_found"}}"#,
                UnknownModel,
            ),
            (
                404,
                r#"{"type":"error","error":{"type":"not_found_error","message":"model: claude-x"}}"#,
                UnknownModel,
            ),
            (404, r#"{"error":"model 'llama9' not found"}"#, UnknownModel),
            (404, r#"{"detail":"Not Found"}"#, Invalid),
            (
                429,
                r#"{"error":{"code":"insufficient_quota","message":"You exceeded your current quota"}}"#,
                Quota,
            ),
            (429, r#"{"error":{"message":"slow down"}}"#, RateLimit),
            (402, r#"{"error":{"message":"Insufficient Balance"}}"#, Quota),
            (400, r#"{"error":{"code":"context_length_exceeded","message":"too long"}}"#, ContextLength),
            (
                400,
                r#"{"error":{"type":"invalid_request_error","message":"prompt is too long: 9 > 8"}}"#,
                ContextLength,
            ),
            (400, r#"{"error":{"code":"content_filter","message":"no"}}"#, ContentFilter),
            (422, r#"{"detail":[{"loc":["body"],"msg":"field required"}]}"#, Invalid),
            (
                529,
                r#"{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}"#,
                Overloaded,
            ),
            (500, "", Overloaded),
            (408, "", Timeout),
            (302, "", Invalid),
        ] {
            assert_eq!(kind(status, body), expected, "{status} {body}");
        }
    }

    #[test]
    fn a_page_of_a_proxy_is_told_by_its_title_and_never_shown() {
        let error =
            from_answer(502, b"<html><head><TITLE> 502 Bad Gateway </TITLE></head><body>x</body></html>");
        assert_eq!(error.kind, ErrorKind::Overloaded);
        assert_eq!(error.vendor_message, None);
        assert!(error.to_string().contains("502 Bad Gateway"), "{error}");
    }

    #[test]
    fn the_words_behind_a_router_are_kept() {
        let body = br#"{"error":{"message":"Provider returned error","code":400,"metadata":{"raw":"bad temperature"}}}"#;
        assert_eq!(
            from_answer(400, body).vendor_message.unwrap(),
            "Provider returned error: bad temperature"
        );
    }

    #[test]
    fn a_title_with_letters_whose_case_changes_their_length_does_not_break_the_reading() {
        assert!(page("İİ<title>ok</title>").contains("ok"));
    }
}

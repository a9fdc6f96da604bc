//! What Google's errors say beyond their message: the list `details` of typed notes.
//!
//! `classify` is the only caller. The types are those of `google.rpc` (error_details.proto).

use serde_json::Value;
use std::time::Duration;

/// The notes that matter.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Details {
    /// Of `ErrorInfo`, e.g. `API_KEY_INVALID`.
    pub(super) reason: Option<String>,
    /// Of `RetryInfo`, in milliseconds.
    pub(super) wait_ms: Option<u32>,
    /// Whether a limit of a whole day is used up, as `QuotaFailure` names it.
    pub(super) for_today: bool,
}

/// Reads the notes of an error object; one of another vendor has none.
pub(super) fn details(error: &Value) -> Details {
    let mut details = Details::default();
    for note in error.get("details").and_then(Value::as_array).into_iter().flatten() {
        let text = |field: &str| note.get(field).and_then(Value::as_str);
        let kind = text("@type").and_then(|name| name.rsplit('.').next()).unwrap_or_default();
        match kind {
            "ErrorInfo" => details.reason = text("reason").map(str::to_owned),
            "RetryInfo" => details.wait_ms = text("retryDelay").and_then(milliseconds),
            "QuotaFailure" => {
                let violations = note.get("violations").and_then(Value::as_array);
                let ids = violations.into_iter().flatten().filter_map(|one| one.get("quotaId")?.as_str());
                details.for_today = ids.into_iter().any(|id| id.contains("PerDay"));
            }
            _ => {}
        }
    }
    details
}

/// A duration as protocol buffers spell it: `12s`, `0.25s`.
fn milliseconds(text: &str) -> Option<u32> {
    let seconds: f64 = text.strip_suffix('s')?.parse().ok()?;
    u32::try_from(Duration::try_from_secs_f64(seconds).ok()?.as_millis()).ok()
}

#[cfg(test)]
mod tests {
    use super::super::from_answer;
    use super::milliseconds;
    use crate::error::{ErrorKind, ProviderError};
    use serde_json::{Value, json};

    fn read(status: u16, error: &Value) -> ProviderError {
        from_answer(status, json!({"error": error}).to_string().as_bytes())
    }

    fn limit(quota: &str) -> Value {
        json!({
            "code": 429, "status": "RESOURCE_EXHAUSTED",
            "message": "You exceeded your current quota, please check your plan and billing details.",
            "details": [
                {"@type": "type.googleapis.com/google.rpc.QuotaFailure", "violations": [{"quotaId": quota}]},
                {"@type": "type.googleapis.com/google.rpc.Help", "links": []},
                {"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": "12.5s"},
            ],
        })
    }

    #[test]
    fn a_limit_of_a_minute_is_waited_for_and_one_of_a_day_is_not() {
        let error = read(429, &limit("GenerateRequestsPerMinutePerProjectPerModel-FreeTier"));
        assert_eq!((error.kind, error.retry_after_ms), (ErrorKind::RateLimit, Some(12_500)));
        assert_eq!(error.vendor_code.as_deref(), Some("RESOURCE_EXHAUSTED"));
        let error = read(429, &limit("GenerateRequestsPerDayPerProjectPerModel-FreeTier"));
        assert_eq!(error.kind, ErrorKind::Quota);
    }

    #[test]
    fn a_list_around_the_error_changes_nothing() {
        let list = json!([{"error": limit("PerMinute")}]).to_string();
        assert_eq!(from_answer(429, list.as_bytes()), read(429, &limit("PerMinute")));
    }

    #[test]
    fn a_bad_key_is_told_from_a_bad_request_by_its_reason() {
        let error = read(
            400,
            &json!({"code": 400, "message": "Ungültig.", "status": "INVALID_ARGUMENT", "details": [
                {"@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": "API_KEY_INVALID",
                 "domain": "googleapis.com"},
            ]}),
        );
        assert_eq!((error.kind, error.vendor_code.as_deref()), (ErrorKind::Auth, Some("API_KEY_INVALID")));
    }

    #[test]
    fn the_usual_refusals_are_read_as_what_they_mean() {
        for (status, name, message, kind) in [
            (
                400,
                "INVALID_ARGUMENT",
                "The input token count (1200000) exceeds the maximum number of tokens allowed (1048576).",
                ErrorKind::ContextLength,
            ),
            (400, "INVALID_ARGUMENT", "Function call is missing a thought_signature.", ErrorKind::Invalid),
            (401, "UNAUTHENTICATED", "Request had invalid authentication credentials.", ErrorKind::Auth),
            (
                403,
                "PERMISSION_DENIED",
                "Permission 'aiplatform.endpoints.predict' denied.",
                ErrorKind::Permission,
            ),
            (
                404,
                "NOT_FOUND",
                "models/gemini-9 is not found for API version v1beta.",
                ErrorKind::UnknownModel,
            ),
            (503, "UNAVAILABLE", "The model is overloaded.", ErrorKind::Overloaded),
            (504, "DEADLINE_EXCEEDED", "The request timed out.", ErrorKind::Timeout),
        ] {
            let error = read(status, &json!({"code": status, "message": message, "status": name}));
            assert_eq!((error.kind, error.vendor_code.as_deref()), (kind, Some(name)), "{message}");
        }
    }

    #[test]
    fn waits_that_are_none_are_not_waited_for() {
        assert_eq!(milliseconds("12s"), Some(12_000));
        assert_eq!(milliseconds("0.250000001s"), Some(250));
        for text in ["", "s", "12", "-1s", "1e300s", "NaNs", "soon"] {
            assert_eq!(milliseconds(text), None, "{text}");
        }
    }
}

//! Reads a server's refusal: which error a status and a body mean.
//!
//! Hindsight 1.1 says `{"detail": "<sentence>"}` or, for validation, `{"detail": [{"loc", "msg"}]}`;
//! proxies and gateways before it say what they like. `send` calls this for every answer that is not 2xx.

use crate::error::{Attempt, HindsightError, InvalidField};
use serde_json::Value;

/// How much of a stray answer is kept, in characters.
const SAID: usize = 200;
/// What FastAPI says for a path that it does not route, as opposed to a thing that does not exist.
const NO_SUCH_ROUTE: &str = "Not Found";

/// A refusal as it came.
pub(crate) struct Refusal<'a> {
    /// The HTTP status.
    pub(crate) status: u16,
    /// `Retry-After`, read.
    pub(crate) retry_after_ms: Option<u32>,
    /// `Location`, when there is one.
    pub(crate) location: Option<String>,
    /// The body, as text.
    pub(crate) body: &'a str,
    /// The optional feature that the call belongs to.
    pub(crate) feature: Option<&'static str>,
}

/// Which error a refusal means. `attempt` comes with its status; the server's words are filled in here.
pub(crate) fn classify(refusal: &Refusal<'_>, mut attempt: Attempt) -> HindsightError {
    let answer = Answer::read(refusal.body);
    attempt.detail = answer.words(refusal.body);
    let no_such_route = answer.detail() == Some(NO_SUCH_ROUTE);
    let switched_off = answer.detail().is_some_and(|detail| detail.contains("is disabled"));
    let is_json = answer.value.is_some();
    let retry_after_ms = refusal.retry_after_ms;
    let detail = attempt.detail.clone();
    let missing = |attempt: Attempt| HindsightError::FeatureMissing {
        feature: refusal.feature.map_or_else(|| "this call".to_owned(), |feature| format!("`{feature}`")),
        attempt: Box::new(attempt),
    };
    match refusal.status {
        300..=399 => HindsightError::Redirected {
            location: refusal.location.clone().unwrap_or_else(|| "nowhere".to_owned()),
            attempt: Box::new(attempt),
        },
        401 => HindsightError::Unauthorized(Box::new(attempt)),
        402 => HindsightError::Quota(Box::new(attempt)),
        403 => HindsightError::Forbidden(Box::new(attempt)),
        404 if refusal.feature.is_some() && (no_such_route || switched_off) => missing(attempt),
        // A web page, or a server that has never heard of this path, is no Hindsight server.
        404 if no_such_route || !is_json => {
            HindsightError::Incompatible { said: said(refusal.body), attempt: Box::new(attempt) }
        }
        404 => HindsightError::NotFound {
            what: detail.map_or_else(|| "it".to_owned(), |detail| format!("`{detail}`")),
            attempt: Box::new(attempt),
        },
        405 | 410 => missing(attempt),
        408 | 504 => HindsightError::Timeout(Box::new(attempt)),
        409 => HindsightError::Conflict(Box::new(attempt)),
        429 => HindsightError::RateLimited { retry_after_ms, attempt: Box::new(attempt) },
        502 | 503 => HindsightError::Unavailable { retry_after_ms, attempt: Box::new(attempt) },
        400..=498 => HindsightError::Invalid { fields: answer.fields(), attempt: Box::new(attempt) },
        status => HindsightError::Server { status, attempt: Box::new(attempt) },
    }
}

/// The first 200 characters of a stray answer, without control characters.
pub(crate) fn said(body: &str) -> String {
    body.trim().chars().filter(|sign| !sign.is_control()).take(SAID).collect()
}

struct Answer {
    value: Option<Value>,
}

impl Answer {
    fn read(body: &str) -> Self {
        Self { value: serde_json::from_str::<Value>(body).ok().filter(Value::is_object) }
    }

    fn detail(&self) -> Option<&str> {
        self.value.as_ref()?.get("detail")?.as_str()
    }

    /// The fields of a validation error.
    fn fields(&self) -> Vec<InvalidField> {
        let list = self.value.as_ref().and_then(|value| value.get("detail")?.as_array());
        list.into_iter().flatten().map(field).collect()
    }

    /// One sentence of the server's, in whichever shape it came.
    fn words(&self, body: &str) -> Option<String> {
        let fields = self.fields();
        if !fields.is_empty() {
            let each = fields.iter().map(|field| match field.field.is_empty() {
                true => field.message.clone(),
                false => format!("{}: {}", field.field, field.message),
            });
            return Some(each.collect::<Vec<_>>().join("; "));
        }
        let value = self.value.as_ref();
        let sentence = ["/detail", "/detail/message", "/error/message", "/error", "/message"]
            .into_iter()
            .find_map(|at| value?.pointer(at)?.as_str())
            .map(str::to_owned);
        sentence.or_else(|| Some(said(body))).filter(|words| !words.trim().is_empty())
    }
}

fn field(entry: &Value) -> InvalidField {
    let part = |part: &Value| part.as_str().map_or_else(|| part.to_string(), str::to_owned);
    let place = entry.get("loc").and_then(Value::as_array);
    InvalidField {
        field: place.into_iter().flatten().map(part).collect::<Vec<_>>().join("."),
        message: match entry.get("msg").or(Some(entry)) {
            Some(message) => part(message),
            None => String::new(),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(status: u16, body: &str, feature: Option<&'static str>) -> HindsightError {
        let refusal = Refusal { status, retry_after_ms: Some(7), location: None, body, feature };
        classify(
            &refusal,
            Attempt {
                server: "S".into(),
                action: "recall".into(),
                status: Some(status),
                ..Attempt::default()
            },
        )
    }

    #[test]
    fn both_shapes_of_detail_are_read() {
        let sentence = read(400, r#"{"detail":"Invalid budget"}"#, None);
        assert_eq!(sentence.attempt().unwrap().detail.as_deref(), Some("Invalid budget"));
        let list = read(
            422,
            r#"{"detail":[{"type":"missing","loc":["body","items",0,"content"],"msg":"Field required"}]}"#,
            None,
        );
        let HindsightError::Invalid { fields, .. } = &list else { panic!("{list:?}") };
        assert_eq!(
            fields,
            &[InvalidField { field: "body.items.0.content".into(), message: "Field required".into() }]
        );
        assert_eq!(list.to_string(), "`S` could not recall: `body.items.0.content`: Field required.");
    }

    #[test]
    fn each_status_that_somebody_acts_on_has_its_own_error() {
        use rearview_domain::ErrorCode::*;
        for (status, code) in [
            (301, ServerIncompatible),
            (400, InvalidInput),
            (401, AuthFailed),
            (402, QuotaExceeded),
            (403, PermissionDenied),
            (404, NotFound),
            (405, ServerIncompatible),
            (408, Timeout),
            (409, Conflict),
            (410, ServerIncompatible),
            (413, InvalidInput),
            (422, InvalidInput),
            (429, RateLimited),
            (499, Overloaded),
            (500, Overloaded),
            (502, Overloaded),
            (503, Overloaded),
            (504, Timeout),
        ] {
            assert_eq!(read(status, r#"{"detail":"x"}"#, None).to_error().code, code, "{status}");
        }
    }

    #[test]
    fn a_missing_thing_a_missing_path_and_a_web_page_are_three_different_things() {
        let missing_thing = read(404, r#"{"detail":"Bank 'x' not found"}"#, Some("bank_config"));
        assert!(matches!(missing_thing, HindsightError::NotFound { .. }), "{missing_thing:?}");
        let missing_path = read(404, r#"{"detail":"Not Found"}"#, Some("bank_config"));
        assert!(matches!(missing_path, HindsightError::FeatureMissing { .. }), "{missing_path:?}");
        let other_server = read(404, r#"{"detail":"Not Found"}"#, None);
        assert!(matches!(other_server, HindsightError::Incompatible { .. }), "{other_server:?}");
        let page = read(404, "<html><h1>404</h1></html>", None);
        assert!(
            matches!(&page, HindsightError::Incompatible { said, .. } if said.starts_with("<html>")),
            "{page:?}"
        );
    }

    #[test]
    fn an_api_that_is_switched_off_is_a_missing_feature() {
        let off =
            read(404, r#"{"detail":"Bank configuration API is disabled. Set X=true."}"#, Some("bank_config"));
        assert!(matches!(off, HindsightError::FeatureMissing { .. }), "{off:?}");
    }

    #[test]
    fn words_of_gateways_are_found_and_strays_are_cut() {
        let gateway = read(500, r#"{"error":{"message":"upstream sad"}}"#, None);
        assert_eq!(gateway.to_string(), "`S` could not recall: upstream sad.");
        let stray = read(500, &"y\u{1b}".repeat(500), None);
        assert_eq!(stray.attempt().unwrap().detail.as_ref().unwrap().chars().count(), 200);
        assert_eq!(read(500, "", None).attempt().unwrap().detail, None);
    }

    #[test]
    fn strange_entries_of_a_validation_list_do_not_get_lost() {
        let strange = read(422, r#"{"detail":["just words",{"msg":7}]}"#, None);
        assert_eq!(strange.attempt().unwrap().detail.as_deref(), Some("just words; 7"));
    }
}

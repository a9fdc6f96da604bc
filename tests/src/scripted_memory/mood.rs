//! How a scripted memory server behaves: well, slowly, wrongly, not at all.

use crate::gate::Gate;
use axum::body::Body;
use axum::http::Response;
use serde_json::{Value, json};

/// What is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Endpoint {
    /// `/version`, `/health`, `/openapi.json`.
    Version,
    /// The list of banks.
    Banks,
    /// Recall.
    Recall,
    /// Reflect.
    Reflect,
    /// Retain.
    Retain,
    /// The state of an operation.
    Operation,
    /// Another try of a failed operation.
    RetryOperation,
    /// Reading a document.
    Document,
    /// Deleting a document.
    DeleteDocument,
    /// The list of the audit log.
    AuditLog,
    /// An entry of it.
    AuditEntry,
    /// The list of calls of models.
    LlmRequests,
    /// Anything else.
    Other,
}

impl Endpoint {
    pub(super) fn of(method: &str, segments: &[&str]) -> Self {
        match (method, segments) {
            ("GET", ["version" | "health" | "openapi.json", ..]) => Self::Version,
            ("GET", ["v1", _, "banks"]) => Self::Banks,
            ("POST", ["v1", _, "banks", _, "memories", "recall"]) => Self::Recall,
            ("POST", ["v1", _, "banks", _, "reflect"]) => Self::Reflect,
            ("POST", ["v1", _, "banks", _, "memories"]) => Self::Retain,
            ("GET", ["v1", _, "banks", _, "operations", _]) => Self::Operation,
            ("POST", ["v1", _, "banks", _, "operations", _, "retry"]) => Self::RetryOperation,
            ("GET", ["v1", _, "banks", _, "documents", ..]) => Self::Document,
            ("DELETE", ["v1", _, "banks", _, "documents", ..]) => Self::DeleteDocument,
            ("GET", ["v1", _, "banks", _, "audit-logs"]) => Self::AuditLog,
            ("GET", ["v1", _, "banks", _, "audit-logs", _]) => Self::AuditEntry,
            ("GET", ["v1", _, "banks", _, "llm-requests"]) => Self::LlmRequests,
            _ => Self::Other,
        }
    }
}

/// How an endpoint behaves.
#[derive(Clone, Debug, Default)]
pub enum Mood {
    /// As it should.
    #[default]
    Well,
    /// As it should, once the gate is open.
    After(Gate),
    /// It does what it should and then keeps the answer back until the gate is open.
    DoneThen(Gate),
    /// A web page.
    Html,
    /// JSON that breaks off.
    HalfJson,
    /// JSON of another shape.
    WrongTypes,
    /// A status and words.
    Refuses(u16, &'static str),
    /// 503 with a `Retry-After` in seconds.
    Busy(u32),
}

impl Mood {
    /// Behaves so; `well` does what a good server does.
    pub(super) async fn play(self, well: impl FnOnce() -> (u16, Value)) -> Response<Body> {
        match self {
            Self::Well => {}
            Self::After(gate) => gate.pass().await,
            Self::DoneThen(gate) => {
                let (status, body) = well();
                gate.pass().await;
                return json_answer(status, &body);
            }
            Self::Html => return answer(200, "text/html", "<html><title>Sign in</title></html>".to_owned()),
            Self::HalfJson => return answer(200, "application/json", r#"{"results":[{"id":"#.to_owned()),
            Self::WrongTypes => {
                return json_answer(200, &json!({"results": 7, "text": [], "success": {}, "status": 1}));
            }
            Self::Refuses(status, words) => return json_answer(status, &json!({"detail": words})),
            Self::Busy(seconds) => {
                let mut busy = json_answer(503, &json!({"detail": "at capacity"}));
                busy.headers_mut().insert("retry-after", seconds.into());
                return busy;
            }
        }
        let (status, body) = well();
        json_answer(status, &body)
    }
}

pub(super) fn json_answer(status: u16, body: &Value) -> Response<Body> {
    answer(status, "application/json", body.to_string())
}

fn answer(status: u16, content_type: &'static str, body: String) -> Response<Body> {
    let mut response = Response::new(Body::from(body));
    if let Ok(status) = status.try_into() {
        *response.status_mut() = status;
    }
    response.headers_mut().insert("content-type", axum::http::HeaderValue::from_static(content_type));
    response
}

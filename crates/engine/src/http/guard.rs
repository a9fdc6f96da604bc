//! Who may ask: this address only, no page from elsewhere, and whoever has the token.

use crate::serve::Token;
use axum::Json;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use serde_json::json;
use std::net::SocketAddr;

/// What is checked.
#[derive(Clone)]
pub(super) struct Guard {
    port: u16,
    token: Token,
}

impl Guard {
    pub(super) fn new(address: SocketAddr, token: Token) -> Self {
        Self { port: address.port(), token }
    }

    /// A page elsewhere can make a browser send requests here (DNS rebinding, forms); it cannot choose these.
    fn local(&self, headers: &HeaderMap) -> bool {
        let text = |name: header::HeaderName| headers.get(name).and_then(|value| value.to_str().ok());
        let own = |host: &str| {
            ["127.0.0.1", "localhost"].iter().any(|name| host == format!("{name}:{}", self.port))
        };
        text(header::HOST).is_some_and(own)
            && text(header::ORIGIN).is_none_or(|origin| origin.strip_prefix("http://").is_some_and(own))
    }

    /// `Bearer <token>`, or the bare token as hindsight 1.1 takes it too.
    fn known(&self, headers: &HeaderMap) -> bool {
        let Token::Bearer(token) = &self.token else { return true };
        let given =
            headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok()).unwrap_or_default();
        same(given.strip_prefix("Bearer ").unwrap_or(given), token)
    }
}

/// Compares in a time that does not tell how much was right.
fn same(given: &str, wanted: &str) -> bool {
    given.len() == wanted.len() && given.bytes().zip(wanted.bytes()).fold(0, |all, (a, b)| all | (a ^ b)) == 0
}

pub(super) async fn check(State(guard): State<Guard>, request: Request, next: Next) -> Response {
    let refused = |status: StatusCode, why: &str| (status, Json(json!({"detail": why}))).into_response();
    if !guard.local(request.headers()) {
        return refused(StatusCode::FORBIDDEN, "this server answers programs on this computer only");
    }
    let open = matches!(
        request.uri().path(),
        "/health" | "/health/ready" | "/health/live" | "/version" | "/metrics"
    );
    if !open && !guard.known(request.headers()) {
        return refused(StatusCode::UNAUTHORIZED, "Authentication failed: Invalid API key");
    }
    next.run(request).await
}

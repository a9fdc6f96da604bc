//! A server for tests of set-up: a rule says what each request is answered with, whatever the order.

use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{Response, StatusCode};
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// A request as it arrived.
#[derive(Clone, Debug)]
pub(super) struct Got {
    pub(super) path: String,
    pub(super) authorization: Option<String>,
    pub(super) body: String,
}

/// What it is answered with.
pub(super) struct Reply {
    status: u16,
    headers: Vec<(&'static str, String)>,
    body: String,
    after: Duration,
}

impl Reply {
    pub(super) fn new(status: u16, content_type: &str, body: impl Into<String>) -> Self {
        let headers = vec![("content-type", content_type.to_owned())];
        Self { status, headers, body: body.into(), after: Duration::ZERO }
    }

    pub(super) fn json(body: impl Into<String>) -> Self {
        Self::new(200, "application/json", body)
    }

    pub(super) fn status(status: u16) -> Self {
        // Without the header the driver would try again, which these tests do not wait for.
        Self::new(status, "application/json", "{}").header("x-should-retry", "false")
    }

    pub(super) fn header(mut self, name: &'static str, value: &str) -> Self {
        self.headers.push((name, value.to_owned()));
        self
    }

    pub(super) fn after(mut self, wait: Duration) -> Self {
        self.after = wait;
        self
    }
}

type Rule = Arc<dyn Fn(&Got) -> Reply + Send + Sync>;

/// The server. It ends with the test's runtime.
pub(super) struct Stand {
    address: SocketAddr,
    got: Arc<Mutex<Vec<Got>>>,
}

impl Stand {
    pub(super) async fn start(rule: impl Fn(&Got) -> Reply + Send + Sync + 'static) -> Self {
        Self::at("127.0.0.1:0", rule).await.expect("no port on loopback")
    }

    pub(super) async fn at(
        place: &str,
        rule: impl Fn(&Got) -> Reply + Send + Sync + 'static,
    ) -> std::io::Result<Self> {
        let got = Arc::new(Mutex::new(Vec::new()));
        let rule: Rule = Arc::new(rule);
        let router = axum::Router::new().fallback(answer).with_state((rule, Arc::clone(&got)));
        let listener = tokio::net::TcpListener::bind(place).await?;
        let address = listener.local_addr()?;
        tokio::spawn(async move { axum::serve(listener, router).await });
        Ok(Self { address, got })
    }

    pub(super) fn port(&self) -> u16 {
        self.address.port()
    }

    pub(super) fn base(&self) -> String {
        format!("http://{}/v1", self.address)
    }

    pub(super) fn got(&self) -> Vec<Got> {
        self.got.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

type Shared = (Rule, Arc<Mutex<Vec<Got>>>);

async fn answer(State((rule, all)): State<Shared>, request: Request) -> Response<Body> {
    let (head, body) = request.into_parts();
    let body = axum::body::to_bytes(body, usize::MAX).await.unwrap_or_default();
    let authorization = head.headers.get("authorization").and_then(|value| value.to_str().ok());
    let got = Got {
        path: head.uri.path().to_owned(),
        authorization: authorization.map(str::to_owned),
        body: String::from_utf8_lossy(&body).into_owned(),
    };
    let reply = rule(&got);
    all.lock().unwrap_or_else(PoisonError::into_inner).push(got);
    tokio::time::sleep(reply.after).await;
    let mut response = Response::new(Body::from(reply.body));
    *response.status_mut() = StatusCode::from_u16(reply.status).unwrap_or_default();
    for (name, value) in reply.headers {
        if let Ok(value) = value.parse() {
            response.headers_mut().insert(name, value);
        }
    }
    response
}

//! A server on loopback that answers from a script, one answer per request, and remembers what it got.

use axum::body::{Body, Bytes};
use axum::extract::{Request, State};
use axum::http::{HeaderName, Response, StatusCode};
use futures_util::{StreamExt, stream};
use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::Notify;

/// One scripted answer.
#[derive(Clone)]
pub(super) struct Answer {
    status: u16,
    headers: Vec<(&'static str, String)>,
    body: Vec<u8>,
    end: End,
    silent: bool,
}

#[derive(Clone)]
enum End {
    Whole,
    Cut,
    Stall,
}

impl Answer {
    fn new(status: u16, content_type: &str, body: &str) -> Self {
        let headers = vec![("content-type", content_type.to_owned())];
        Self { status, headers, body: body.as_bytes().to_vec(), end: End::Whole, silent: false }
    }

    pub(super) fn stream(body: &str) -> Self {
        Self::new(200, "text/event-stream", body)
    }

    pub(super) fn json(body: &str) -> Self {
        Self::new(200, "application/json", body)
    }

    /// An event stream of AWS.
    pub(super) fn aws(body: Vec<u8>) -> Self {
        Self { body, ..Self::new(200, "application/vnd.amazon.eventstream", "") }
    }

    pub(super) fn status(status: u16) -> Self {
        Self::new(status, "application/json", "")
    }

    /// Never even a head.
    pub(super) fn silence() -> Self {
        Self { silent: true, ..Self::status(200) }
    }

    pub(super) fn header(mut self, name: &'static str, value: &str) -> Self {
        self.headers.push((name, value.to_owned()));
        self
    }

    pub(super) fn body(mut self, body: &str) -> Self {
        self.body = body.as_bytes().to_vec();
        self
    }

    /// Breaks the connection after the body.
    pub(super) fn cut(mut self) -> Self {
        self.end = End::Cut;
        self
    }

    /// Keeps the connection open after the body and says nothing more.
    pub(super) fn stall(mut self) -> Self {
        self.end = End::Stall;
        self
    }
}

/// A request as it arrived.
#[derive(Clone)]
pub(super) struct Got {
    pub(super) path: String,
    pub(super) headers: Vec<(String, String)>,
    pub(super) body: Vec<u8>,
}

#[derive(Default)]
struct Script {
    answers: Mutex<VecDeque<Answer>>,
    got: Mutex<Vec<Got>>,
    asked: Notify,
    hung_up: Notify,
}

pub(super) struct Server {
    address: std::net::SocketAddr,
    script: Arc<Script>,
}

impl Server {
    pub(super) async fn start(answers: Vec<Answer>) -> Self {
        let script = Arc::new(Script { answers: Mutex::new(answers.into()), ..Script::default() });
        let router = axum::Router::new().fallback(answer).with_state(Arc::clone(&script));
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self { address, script }
    }

    pub(super) fn base(&self) -> String {
        format!("http://{}/v1", self.address)
    }

    pub(super) fn requests(&self) -> Vec<Got> {
        self.script.got.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Waits until a request arrived.
    pub(super) async fn asked(&self) {
        soon(self.script.asked.notified(), "no request came").await;
    }

    /// Waits until a client closed a connection whose answer was not at its end.
    pub(super) async fn hung_up(&self) {
        soon(self.script.hung_up.notified(), "the connection stayed open").await;
    }
}

async fn soon(waiting: impl Future<Output = ()>, what: &str) {
    assert!(tokio::time::timeout(Duration::from_secs(20), waiting).await.is_ok(), "{what}");
}

/// Tells when an answer's body is dropped by a server whose client is gone.
struct Watch(Arc<Script>);

impl Drop for Watch {
    fn drop(&mut self) {
        self.0.hung_up.notify_one();
    }
}

async fn answer(State(script): State<Arc<Script>>, request: Request) -> Response<Body> {
    let (head, body) = request.into_parts();
    let body = axum::body::to_bytes(body, usize::MAX).await.unwrap().to_vec();
    let text = |value: &axum::http::HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
    let headers = head.headers.iter().map(|(name, value)| (name.to_string(), text(value))).collect();
    let path = head.uri.path_and_query().map(ToString::to_string).unwrap_or_default();
    script.got.lock().unwrap().push(Got { path, headers, body });
    let answer = script.answers.lock().unwrap().pop_front().expect("the script has no answer left");
    script.asked.notify_one();
    if answer.silent {
        std::future::pending::<()>().await;
    }
    let first = stream::iter([Ok(Bytes::from(answer.body))]);
    let body = match answer.end {
        End::Whole => Body::from_stream(first),
        // A breath, so that what came is on its way before the connection breaks.
        End::Cut => Body::from_stream(first.chain(stream::once(async {
            tokio::task::yield_now().await;
            Err(std::io::Error::other("cut"))
        }))),
        End::Stall => {
            let watch = Watch(script);
            Body::from_stream(first.chain(stream::once(async move {
                let _watch = watch;
                std::future::pending::<std::io::Result<Bytes>>().await
            })))
        }
    };
    let mut response = Response::new(body);
    *response.status_mut() = StatusCode::from_u16(answer.status).unwrap();
    for (name, value) in answer.headers {
        response.headers_mut().insert(HeaderName::from_static(name), value.parse().unwrap());
    }
    response
}

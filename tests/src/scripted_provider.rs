//! A provider that answers from a script: OpenAI Chat Completions and Anthropic Messages on loopback, one
//! script a request, in the order they were queued. It is no model, and it is named so. An empty queue
//! answers by the rule, if one was given, else `You said: …`.
//!
//! It remembers every request to the byte and whether its client hung up. How a script is spelled on each
//! wire is in `spelling`. Called by journeys, faults and conformance.

mod script;
mod spelling;

pub use script::Script;

use crate::gate::PATIENCE;
use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{Request, State};
use axum::http::{HeaderMap, Response};
use axum::serve::ListenerExt;
use futures_util::StreamExt;
use futures_util::stream;
use script::{End, Step};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use spelling::Wire;
use std::collections::VecDeque;
use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};
use tokio::sync::watch;
use tokio::task::JoinHandle;

/// The models it lists.
pub const MODELS: [&str; 2] = ["scripted-1", "scripted-2"];
/// The pause between two pieces of an answer that never ends.
const TICK: Duration = Duration::from_millis(5);

/// A request as it arrived.
#[derive(Clone, Debug)]
pub struct Got {
    /// The path, without the query.
    pub path: String,
    /// The headers in lower case.
    pub headers: Vec<(String, String)>,
    /// The body to the byte.
    pub body: Vec<u8>,
    /// When it had arrived whole.
    pub at: Instant,
}

impl Got {
    /// The body as JSON; null when it is none.
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_default()
    }

    /// The body as text.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// SHA-256 of the body in hex.
    pub fn hash(&self) -> String {
        hex::encode(Sha256::digest(&self.body))
    }

    /// A header's value.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }
}

/// What is answered to a request for which nothing was queued.
type Rule = Box<dyn Fn(&Got) -> Script + Send>;

#[derive(Default)]
struct Shared {
    scripts: Mutex<VecDeque<Script>>,
    rule: Mutex<Option<Rule>>,
    got: Mutex<Vec<Got>>,
    key: Mutex<Option<String>>,
    arrived: watch::Sender<usize>,
    hung_up: watch::Sender<usize>,
}

/// The provider. Dropping it stops it.
pub struct ScriptedProvider {
    address: SocketAddr,
    shared: Arc<Shared>,
    serving: JoinHandle<io::Result<()>>,
}

impl ScriptedProvider {
    /// Starts on a free port.
    ///
    /// # Errors
    /// When no port can be had.
    pub async fn start() -> io::Result<Self> {
        let shared = Arc::new(Shared::default());
        let router = Router::new().fallback(answer).with_state(Arc::clone(&shared));
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?;
        let listener = listener.tap_io(|connection| {
            // Small pieces must leave when they are written, or cuts would be glued together again.
            let _ = connection.set_nodelay(true);
        });
        let serving = tokio::spawn(async move { axum::serve(listener, router).await });
        Ok(Self { address, shared, serving })
    }

    /// The base address; both wires take it.
    pub fn base_url(&self) -> String {
        format!("http://{}/v1", self.address)
    }

    /// Queues what the next unscripted request is answered with.
    pub fn answer(&self, script: Script) -> &Self {
        lock(&self.shared.scripts).push_back(script);
        self
    }

    /// Answers by what is asked, from now on, when nothing is queued.
    pub fn answers_by(&self, rule: impl Fn(&Got) -> Script + Send + 'static) -> &Self {
        *lock(&self.shared.rule) = Some(Box::new(rule));
        self
    }

    /// Accepts this key only, from now on.
    pub fn require_key(&self, key: &str) {
        *lock(&self.shared.key) = Some(key.to_owned());
    }

    /// The requests for answers so far; lists of models are not among them.
    pub fn requests(&self) -> Vec<Got> {
        lock(&self.shared.got).clone()
    }

    /// The last request, if there was one.
    pub fn last(&self) -> Option<Got> {
        lock(&self.shared.got).last().cloned()
    }

    /// Waits until so many requests have arrived in all. False when they did not.
    pub async fn asked(&self, times: usize) -> bool {
        let mut arrived = self.shared.arrived.subscribe();
        tokio::time::timeout(PATIENCE, arrived.wait_for(|count| *count >= times)).await.is_ok()
    }

    /// Waits until a client has closed a connection whose answer was not at its end. False when none did.
    pub async fn hung_up(&self) -> bool {
        let mut hung_up = self.shared.hung_up.subscribe();
        tokio::time::timeout(PATIENCE, hung_up.wait_for(|count| *count > 0)).await.is_ok()
    }
}

impl Drop for ScriptedProvider {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

/// Tells that a client went before the end, unless it is disarmed at the end.
struct Watch {
    shared: Arc<Shared>,
    over: bool,
}

impl Drop for Watch {
    fn drop(&mut self) {
        if !self.over {
            self.shared.hung_up.send_modify(|count| *count += 1);
        }
    }
}

async fn answer(State(shared): State<Arc<Shared>>, request: Request) -> Response<Body> {
    let (head, body) = request.into_parts();
    let path = head.uri.path().to_owned();
    if !has_key(&shared, &head.headers) {
        return plain(401, "application/json", &spelling::key_refused().to_string());
    }
    if path.ends_with("/models") {
        let models: Vec<Value> = MODELS.iter().map(|id| json!({"id": id, "object": "model"})).collect();
        return plain(200, "application/json", &json!({"object": "list", "data": models}).to_string());
    }
    let wire = match path.as_str() {
        "/v1/chat/completions" => Wire::OpenaiChat,
        "/v1/messages" => Wire::AnthropicMessages,
        _ => return plain(404, "application/json", r#"{"error":{"message":"no such path"}}"#),
    };
    let Ok(body) = axum::body::to_bytes(body, usize::MAX).await else {
        return plain(400, "text/plain", "the request broke off");
    };
    let header = |(name, value): (&axum::http::HeaderName, &axum::http::HeaderValue)| {
        (name.to_string(), String::from_utf8_lossy(value.as_bytes()).into_owned())
    };
    let headers = head.headers.iter().map(header).collect();
    let got = Got { path, headers, body: body.to_vec(), at: Instant::now() };
    let script = next(&shared, &got);
    let whole = wire == Wire::OpenaiChat && got.json()["stream"] != true;
    lock(&shared.got).push(got);
    shared.arrived.send_modify(|count| *count += 1);
    // Rearview always asks for a stream; other people's programs do not.
    if whole && script.is_plain() {
        return with_headers(plain(200, "application/json", &spelling::whole(&script).to_string()), &script);
    }
    play(shared, wire, script).await
}

/// What is answered to a request.
fn next(shared: &Shared, got: &Got) -> Script {
    let queued = lock(&shared.scripts).pop_front();
    let by_rule = || lock(&shared.rule).as_ref().map(|rule| rule(got));
    queued.or_else(by_rule).unwrap_or_else(|| Script::text(&echo(&got.json())))
}

/// Whether the request carries the key, on either wire's header; any will do when none is required.
fn has_key(shared: &Shared, headers: &HeaderMap) -> bool {
    let Some(key) = lock(&shared.key).clone() else { return true };
    let value = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    value("authorization") == Some(&format!("Bearer {key}")) || value("x-api-key") == Some(&key)
}

async fn play(shared: Arc<Shared>, wire: Wire, script: Script) -> Response<Body> {
    let mut watch = Watch { shared, over: false };
    if let Some(gate) = &script.before {
        gate.pass().await;
    }
    if let Some((content_type, page)) = &script.page {
        watch.over = true;
        return with_headers(plain(script.status, content_type, page), &script);
    }
    let pieces = spelling::spell(wire, &script);
    let end = script.end;
    let steps = stream::iter(pieces).then(|step| async move {
        match step {
            Step::Bytes(bytes) => {
                // Each piece is its own packet.
                tokio::task::yield_now().await;
                Bytes::from(bytes)
            }
            Step::Wait(gate) => {
                gate.pass().await;
                Bytes::new()
            }
        }
    });
    let ending = stream::unfold((watch, end), move |(mut watch, end)| async move {
        match end {
            End::Whole => {
                watch.over = true;
                drop(watch);
                None
            }
            End::Cut => {
                watch.over = true;
                tokio::task::yield_now().await;
                Some((Err(io::Error::other("cut by the script")), (watch, End::Whole)))
            }
            End::Never => {
                tokio::time::sleep(TICK).await;
                let bytes = Bytes::from(spelling::text_frame(wire, "tick "));
                Some((Ok(bytes), (watch, End::Never)))
            }
        }
    });
    let body = Body::from_stream(steps.map(Ok::<_, io::Error>).chain(ending));
    let mut response = Response::new(body);
    if let Ok(value) = "text/event-stream".parse() {
        response.headers_mut().insert("content-type", value);
    }
    with_headers(response, &script)
}

fn with_headers(mut response: Response<Body>, script: &Script) -> Response<Body> {
    for (name, value) in &script.headers {
        if let Ok(value) = value.parse() {
            response.headers_mut().insert(*name, value);
        }
    }
    response
}

fn plain(status: u16, content_type: &str, body: &str) -> Response<Body> {
    let mut response = Response::new(Body::from(body.to_owned()));
    if let Ok(status) = status.try_into() {
        *response.status_mut() = status;
    }
    if let Ok(value) = content_type.parse() {
        response.headers_mut().insert("content-type", value);
    }
    response
}

/// What is said when nothing was scripted.
fn echo(request: &Value) -> String {
    let messages = request["messages"].as_array().map(Vec::as_slice).unwrap_or_default();
    let last = messages.iter().rev().find(|message| message["role"] == "user");
    let said = match last.map(|message| &message["content"]) {
        Some(Value::String(text)) => text.clone(),
        Some(Value::Array(parts)) => {
            parts.iter().rev().find_map(|part| part["text"].as_str()).unwrap_or_default().to_owned()
        }
        _ => String::new(),
    };
    format!("You said: {said}")
}

/// A poisoned lock still holds whole values: every change under it is one call.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

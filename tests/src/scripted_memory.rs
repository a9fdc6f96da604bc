//! A memory server that answers from a script, in the shape of Hindsight 1.1: recall, reflect, retain,
//! operations, documents. For what a real server cannot be made to do: be slow to the millisecond, lie,
//! refuse, lose. What is true of a real server is proved in the conformance suite.
//!
//! It remembers every call, and keeps what was retained as a real one does: once for each operation id.

mod bank;
mod mood;

pub use bank::Stored;
pub use mood::{Endpoint, Mood};

use crate::gate::PATIENCE;
use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::Response;
use axum::serve::ListenerExt;
use bank::Banks;
use serde_json::{Value, json};
use std::collections::HashMap;
use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::watch;
use tokio::task::JoinHandle;

/// A call as it arrived.
#[derive(Clone, Debug)]
pub struct Call {
    /// What was asked for.
    pub endpoint: Endpoint,
    /// The method.
    pub method: String,
    /// The path, percent-encoding undone.
    pub path: String,
    /// What stands behind the `?`, as it came; empty when nothing does.
    pub query: String,
    /// The bank, percent-encoding undone; empty where there is none.
    pub bank: String,
    /// The body; null when there is none.
    pub body: Value,
    /// The `Authorization` header.
    pub authorization: Option<String>,
}

#[derive(Default)]
pub(crate) struct Shared {
    calls: Mutex<Vec<Call>>,
    moods: Mutex<HashMap<Endpoint, Mood>>,
    key: Mutex<Option<String>>,
    banks: Mutex<Banks>,
    moved: watch::Sender<u64>,
    hung_up: watch::Sender<usize>,
}

/// The server. Dropping it stops it.
pub struct ScriptedMemory {
    address: SocketAddr,
    shared: Arc<Shared>,
    serving: JoinHandle<io::Result<()>>,
}

impl ScriptedMemory {
    /// Starts on a free port. Every bank exists and is empty.
    ///
    /// # Errors
    /// When no port can be had.
    pub async fn start() -> io::Result<Self> {
        Self::start_at("127.0.0.1:0").await
    }

    /// Starts at an address, to bring a dead server back to life.
    ///
    /// # Errors
    /// When the port is taken.
    pub async fn start_at(address: &str) -> io::Result<Self> {
        let shared = Arc::new(Shared::default());
        let router = Router::new().fallback(answer).with_state(Arc::clone(&shared));
        let listener = tokio::net::TcpListener::bind(address).await?;
        let address = listener.local_addr()?;
        let listener = listener.tap_io(|connection| {
            let _ = connection.set_nodelay(true);
        });
        let serving = tokio::spawn(async move { axum::serve(listener, router).await });
        Ok(Self { address, shared, serving })
    }

    /// An address at which nobody listens.
    ///
    /// # Errors
    /// When no port can be had.
    pub fn dead_address() -> io::Result<SocketAddr> {
        std::net::TcpListener::bind("127.0.0.1:0")?.local_addr()
    }

    /// Its address.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Accepts this key only, from now on.
    pub fn require_key(&self, key: &str) {
        *lock(&self.shared.key) = Some(key.to_owned());
    }

    /// How an endpoint behaves from now on.
    pub fn mood(&self, endpoint: Endpoint, mood: Mood) -> &Self {
        lock(&self.shared.moods).insert(endpoint, mood);
        self
    }

    /// What recall finds in a bank from now on, whatever is asked.
    pub fn knows(&self, bank: &str, facts: &[&str]) -> &Self {
        lock(&self.shared.banks).know(bank, facts);
        self
    }

    /// A fact that a bank holds and no recall finds, in the API's spelling; one with an id that recall finds tells how
    /// that one reads by itself.
    pub fn holds(&self, bank: &str, fact: Value) -> &Self {
        lock(&self.shared.banks).hold(bank, fact);
        self
    }

    /// What the audit log of every bank holds from now on, the newest first, in the API's spelling with request and
    /// answer; `None` switches it off.
    pub fn audits(&self, entries: Option<Vec<Value>>) -> &Self {
        lock(&self.shared.banks).audit(entries);
        self
    }

    /// What every bank asked models, in the API's spelling.
    pub fn asked_models(&self, calls: Vec<Value>) -> &Self {
        lock(&self.shared.banks).models(calls);
        self
    }

    /// What reflect answers from now on: the paragraph, and the structured answer when there is one.
    pub fn reflects(&self, text: &str, structured: Value) -> &Self {
        lock(&self.shared.banks).reflect(text, structured);
        self
    }

    /// What reflect says from now on that its answer is based on, in the API's spelling.
    pub fn rests_on(&self, based_on: Value) -> &Self {
        lock(&self.shared.banks).base(based_on);
        self
    }

    /// How the operations that are made from now on end: `completed`, `failed`, `pending` …
    pub fn operations_end(&self, status: &str) -> &Self {
        lock(&self.shared.banks).operations_end(status);
        self
    }

    /// Forgets all operations and documents, as a server that was restored from an old copy does.
    pub fn lose_everything(&self) {
        lock(&self.shared.banks).lose();
    }

    /// The calls of an endpoint so far.
    pub fn calls(&self, endpoint: Endpoint) -> Vec<Call> {
        lock(&self.shared.calls).iter().filter(|call| call.endpoint == endpoint).cloned().collect()
    }

    /// All calls so far.
    pub fn all_calls(&self) -> Vec<Call> {
        lock(&self.shared.calls).clone()
    }

    /// The documents that it holds now.
    pub fn documents(&self) -> Vec<Stored> {
        lock(&self.shared.banks).documents()
    }

    /// A document that it holds now.
    pub fn document(&self, id: &str) -> Option<Stored> {
        self.documents().into_iter().find(|document| document.id == id)
    }

    /// Waits until what it has seen and holds is so. False when it never was.
    pub async fn until(&self, so: impl Fn(&Self) -> bool) -> bool {
        let mut moved = self.shared.moved.subscribe();
        let waiting = async {
            while !so(self) {
                // The sender lives as long as the server.
                let _ = moved.changed().await;
            }
        };
        tokio::time::timeout(PATIENCE, waiting).await.is_ok()
    }

    /// Waits until a client has closed a connection before it was answered. False when none did.
    pub async fn hung_up(&self) -> bool {
        let mut hung_up = self.shared.hung_up.subscribe();
        tokio::time::timeout(PATIENCE, hung_up.wait_for(|count| *count > 0)).await.is_ok()
    }
}

impl Drop for ScriptedMemory {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

/// Tells that a client went before it was answered.
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
    let Ok(body) = axum::body::to_bytes(body, usize::MAX).await else {
        return mood::json_answer(400, &json!({"detail": "the request broke off"}));
    };
    let segments: Vec<String> = head.uri.path().split('/').skip(1).map(decoded).collect();
    let segments: Vec<&str> = segments.iter().map(String::as_str).collect();
    let authorization = head.headers.get("authorization").and_then(|value| value.to_str().ok());
    let call = Call {
        endpoint: Endpoint::of(head.method.as_str(), &segments),
        method: head.method.to_string(),
        path: format!("/{}", segments.join("/")),
        query: head.uri.query().unwrap_or_default().to_owned(),
        bank: if segments.len() > 3 { segments[3].to_owned() } else { String::new() },
        body: serde_json::from_slice(&body).unwrap_or_default(),
        authorization: authorization.map(str::to_owned),
    };
    lock(&shared.calls).push(call.clone());
    shared.moved.send_modify(|count| *count += 1);
    let key = lock(&shared.key).clone();
    let open = matches!(call.endpoint, Endpoint::Version);
    if key.is_some_and(|key| !open && call.authorization != Some(format!("Bearer {key}"))) {
        return mood::json_answer(401, &json!({"detail": "Authentication failed: Invalid API key"}));
    }
    let mood = lock(&shared.moods).get(&call.endpoint).cloned().unwrap_or_default();
    let mut watch = Watch { shared: Arc::clone(&shared), over: false };
    let answered = mood.play(|| lock(&shared.banks).answer(&call, &segments)).await;
    watch.over = true;
    shared.moved.send_modify(|count| *count += 1);
    answered
}

/// Undoes percent-encoding.
fn decoded(segment: &str) -> String {
    let bytes = segment.as_bytes();
    let mut decoded = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        let hex = (bytes[at] == b'%').then(|| segment.get(at + 1..at + 3)).flatten();
        match hex.and_then(|hex| u8::from_str_radix(hex, 16).ok()) {
            Some(byte) => {
                decoded.push(byte);
                at += 3;
            }
            None => {
                decoded.push(bytes[at]);
                at += 1;
            }
        }
    }
    String::from_utf8_lossy(&decoded).into_owned()
}

/// A poisoned lock still holds whole values: every change under it is one call.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

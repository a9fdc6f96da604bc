//! A server on loopback that plays what it was told, one thing a request, and remembers what it got. It also
//! hands out Google's tokens, which are no requests for answers.

use crate::refusal::Refusal;
use crate::script::{Ending, Script};
use crate::spelling::{self, Spelt};
use axum::body::{Body, Bytes};
use axum::extract::{Request, State};
use axum::http::{HeaderName, Response, StatusCode};
use axum::serve::ListenerExt;
use futures_util::{StreamExt, stream};
use rearview_providers::WireKind;
use std::collections::VecDeque;
use std::io;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use tokio::sync::watch;

/// The path where tokens are fetched.
pub(crate) const TOKEN_PATH: &str = "/token";

/// The token that is handed out.
pub(crate) const TOKEN: &str = "ya29.scripted-token";

/// How long a test waits for what has to happen. Reached only when it fails.
const PATIENCE: Duration = Duration::from_secs(60);

/// What is done with one request.
pub(crate) enum Play {
    Answer(Script),
    Refuse(Refusal),
}

/// A request as it arrived.
#[derive(Clone)]
pub(crate) struct Got {
    pub(crate) path: String,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
    pub(crate) at: Instant,
}

impl Got {
    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.body).unwrap()
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }
}

struct Shared {
    wire: WireKind,
    plays: Mutex<VecDeque<Play>>,
    got: Mutex<Vec<Got>>,
    hung_up: watch::Sender<usize>,
}

pub(crate) struct Server {
    address: std::net::SocketAddr,
    shared: Arc<Shared>,
    serving: tokio::task::JoinHandle<io::Result<()>>,
}

impl Server {
    pub(crate) async fn start(wire: WireKind, plays: Vec<Play>) -> Self {
        let plays = Mutex::new(plays.into());
        let shared = Arc::new(Shared { wire, plays, got: Mutex::default(), hung_up: watch::Sender::new(0) });
        let router = axum::Router::new().fallback(answer).with_state(Arc::clone(&shared));
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        // Small pieces must leave when they are written, or the cuts would be glued together again.
        let listener = listener.tap_io(|connection| connection.set_nodelay(true).unwrap());
        let serving = tokio::spawn(async move { axum::serve(listener, router).await });
        Self { address, shared, serving }
    }

    /// Its address, without a path.
    pub(crate) fn root(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The requests so far, those for tokens left out.
    pub(crate) fn got(&self) -> Vec<Got> {
        self.shared.got.lock().unwrap().clone()
    }

    /// The only request.
    pub(crate) fn only(&self) -> Got {
        let mut got = self.got();
        assert_eq!(got.len(), 1, "it was asked {} times", got.len());
        got.remove(0)
    }

    /// Waits until the client has closed a connection whose answer was not at its end.
    pub(crate) async fn hung_up(&self) {
        let mut hung_up = self.shared.hung_up.subscribe();
        let waiting = tokio::time::timeout(PATIENCE, hung_up.wait_for(|count| *count > 0));
        assert!(waiting.await.is_ok(), "the connection stayed open");
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

/// Tells when the body of a stalled answer is dropped, because its client is gone.
struct Watch(Arc<Shared>);

impl Drop for Watch {
    fn drop(&mut self) {
        self.0.hung_up.send_modify(|count| *count += 1);
    }
}

async fn answer(State(shared): State<Arc<Shared>>, request: Request) -> Response<Body> {
    let (head, body) = request.into_parts();
    let body = axum::body::to_bytes(body, usize::MAX).await.unwrap().to_vec();
    let path = head.uri.path_and_query().unwrap().to_string();
    if path == TOKEN_PATH {
        let token = format!("{{\"access_token\":\"{TOKEN}\",\"expires_in\":3600}}");
        return whole(200, &[("content-type", "application/json".into())], token.into_bytes());
    }
    let text = |value: &axum::http::HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
    let headers = head.headers.iter().map(|(name, value)| (name.to_string(), text(value))).collect();
    shared.got.lock().unwrap().push(Got { path, headers, body, at: Instant::now() });
    let play = shared.plays.lock().unwrap().pop_front();
    match play.expect("the script has no answer left") {
        Play::Refuse(refusal) => whole(refusal.status, &refusal.headers, refusal.body.into_bytes()),
        Play::Answer(script) if script.document => {
            let document = spelling::document(shared.wire, &script).to_string();
            let mut response = whole(200, &[], document.into_bytes());
            named(&mut response, shared.wire, "application/json");
            response
        }
        Play::Answer(script) => {
            let Spelt { mut bytes, mark } = spelling::spelt(shared.wire, &script);
            if script.ending == Ending::Whole {
                bytes.extend(mark);
            }
            let size = script.pieces.unwrap_or(bytes.len()).max(1);
            let pieces: Vec<Bytes> = bytes.chunks(size).map(Bytes::copy_from_slice).collect();
            let pieces = stream::iter(pieces).then(|piece| async {
                tokio::task::yield_now().await;
                Ok::<_, io::Error>(piece)
            });
            let last = stream::once(end(script.ending, shared.clone())).filter_map(std::future::ready);
            let mut response = Response::new(Body::from_stream(pieces.chain(last)));
            named(&mut response, shared.wire, spelling::content_type(shared.wire));
            response
        }
    }
}

/// What comes behind the last byte.
async fn end(ending: Ending, shared: Arc<Shared>) -> Option<io::Result<Bytes>> {
    match ending {
        Ending::Whole | Ending::Unmarked => None,
        Ending::Cut => {
            // A breath, so that what came is on its way before the connection breaks.
            tokio::time::sleep(Duration::from_millis(20)).await;
            Some(Err(io::Error::other("cut by the script")))
        }
        Ending::Stall => {
            let _watch = Watch(shared);
            std::future::pending().await
        }
    }
}

fn named(response: &mut Response<Body>, wire: WireKind, content_type: &'static str) {
    let headers = response.headers_mut();
    headers.insert("content-type", content_type.parse().unwrap());
    headers.insert(spelling::request_id_header(wire), spelling::REQUEST_ID.parse().unwrap());
}

fn whole(status: u16, headers: &[(&'static str, String)], body: Vec<u8>) -> Response<Body> {
    let mut response = Response::new(Body::from(body));
    *response.status_mut() = StatusCode::from_u16(status).unwrap();
    for (name, value) in headers {
        response.headers_mut().insert(HeaderName::from_static(name), value.parse().unwrap());
    }
    response
}

//! Sends an encoded request and hands out the answer as events. The only file beside `models` with IO.
//!
//! It owns the clients, time-outs, retries, cancelling and the scrubbing of keys. There is no total
//! time-out on a stream: an answer may take as long as it moves. Dropping the stream, cancelling and the
//! terminal event all close the connection to the provider.

use crate::auth::{self, Secrets};
use crate::classify;
use crate::concede::concede;
use crate::decode::Decode;
use crate::demo;
use crate::encode::{Encoded, encode};
use crate::error::{ErrorKind, ProviderError};
use crate::event::Event;
use crate::reach;
use crate::request::Request;
use crate::retry;
use crate::set_up::is_local;
use crate::target::{Quirks, Target, WireKind};
use bytes::Bytes;
use futures_util::StreamExt;
use futures_util::stream::{self, BoxStream};
use rearview_domain::ProviderId;
use reqwest::header::HeaderMap;
use reqwest::{Client, Method, Response};
use secrecy::SecretString;
use std::collections::VecDeque;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};
use tokio::time::{Instant, timeout_at};
use tokio_util::sync::CancellationToken;

/// The most of a refusal that is read; messages are cut far below it.
const MAX_REFUSAL_BYTES: usize = 64 * 1024;

/// How long the body of a refusal may take. Its status is known already.
const REFUSAL_TIMEOUT: Duration = Duration::from_secs(10);

/// The headers in which providers name a request, in the order asked.
const REQUEST_ID_HEADERS: [&str; 3] = ["x-request-id", "request-id", "x-amzn-requestid"];

/// How long to wait for what.
#[derive(Clone, Copy, Debug)]
pub struct Timeouts {
    /// For a connection.
    pub connect: Duration,
    /// From sending to the first byte of the answer's body. Long, because a local model may load first.
    pub first_byte: Duration,
    /// Between two chunks of a stream. Keep-alive comments count.
    pub idle: Duration,
}

impl Default for Timeouts {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(10),
            first_byte: Duration::from_secs(120),
            idle: Duration::from_secs(120),
        }
    }
}

/// The way to any provider. Cheap to clone; clones share their connections.
#[derive(Clone, Debug)]
pub struct Provider {
    clients: Result<Clients, Arc<str>>,
    tokens: auth::Tokens,
    given_up: Arc<Mutex<Vec<Learnt>>>,
    pub(crate) timeouts: Timeouts,
}

/// What a model at a provider was found to refuse.
#[derive(Debug)]
struct Learnt {
    provider: ProviderId,
    model: String,
    /// As the provider was set up then; another set-up is another try.
    before: Quirks,
    after: Quirks,
}

#[derive(Clone, Debug)]
struct Clients {
    /// Honours the proxy variables of the environment.
    remote: Client,
    /// Goes straight: a proxy could not reach this machine or its neighbours, and should not try.
    local: Client,
}

impl Learnt {
    fn is_of(&self, target: &Target) -> bool {
        self.provider == target.provider_id && self.model == target.model && self.before == target.quirks
    }
}

/// An answer that began.
pub struct Opened {
    /// HTTP status; `None` for the Demo.
    pub status: Option<u16>,
    /// The provider's id of the request.
    pub request_id: Option<String>,
    /// From sending to the answer's head, in milliseconds; of the last try when there were several.
    pub connect_ms: f64,
    /// What was really sent when the provider refused a field that we can do without (see `concede`) and
    /// the request went out again; record it as a step of its own. `None` when the request went out as it
    /// was given.
    pub resent: Option<Arc<Encoded>>,
    /// Why it was not taken as it was given; there exactly when `resent` is.
    pub refusal: Option<ProviderError>,
    /// Frames of the answer's stream so far; stays 0 for an answer that comes as one document.
    pub frames: Arc<AtomicUsize>,
    /// The answer. Its last event is terminal.
    pub events: BoxStream<'static, Event>,
}

impl Provider {
    /// Clients with these time-outs. They never follow redirects: a key must not travel to an address
    /// that nobody entered.
    pub fn new(timeouts: Timeouts) -> Self {
        let builder = || {
            Client::builder().connect_timeout(timeouts.connect).redirect(reqwest::redirect::Policy::none())
        };
        let clients = builder().build().and_then(|remote| {
            let local = builder().no_proxy().build()?;
            Ok(Clients { remote, local })
        });
        Self {
            clients: clients.map_err(|error| innermost(&error).into()),
            tokens: auth::Tokens::default(),
            given_up: Arc::default(),
            timeouts,
        }
    }

    /// The target without what it refused before, so that not every turn pays for the same refusal. Lasts as
    /// long as the process: a server that learns a field is asked for it again after the next start.
    pub fn as_learnt(&self, target: &Target) -> Target {
        let mut target = target.clone();
        let learnt = self.learnt();
        // What was learnt first is where what was learnt next began. Every field is given up once, so a chain is
        // no longer than the list.
        for _ in 0..learnt.len() {
            match learnt.iter().find(|one| one.is_of(&target)) {
                Some(next) => target.quirks = next.after.clone(),
                None => break,
            }
        }
        drop(learnt);
        target
    }

    /// What was refused for the sake of one chat's reasoning, or of the effort that was chosen for one message, says
    /// nothing about the next and is not kept.
    fn learn(&self, target: &Target, given_up: &Quirks) {
        let mut after = given_up.clone();
        after.replay_reasoning = target.quirks.replay_reasoning;
        after.reasoning_effort = target.quirks.reasoning_effort;
        if after == target.quirks {
            return;
        }
        let mut learnt = self.learnt();
        learnt.retain(|one| !one.is_of(target));
        learnt.push(Learnt {
            provider: target.provider_id.clone(),
            model: target.model.clone(),
            before: target.quirks.clone(),
            after,
        });
    }

    /// A poisoned list still holds whole entries: each is one push.
    fn learnt(&self) -> MutexGuard<'_, Vec<Learnt>> {
        self.given_up.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Sends `encoded`, as `encode` made it from `request` for `target`, and answers when the head of
    /// the answer is there. Refusals that may pass are tried again, at most twice.
    ///
    /// # Errors
    /// Any kind but `Truncated`; those come in the stream. `Auth` when the key cannot be sent,
    /// `Invalid` when `encoded` goes to another origin than the target's.
    pub async fn open(
        &self,
        target: &Target,
        encoded: impl Into<Arc<Encoded>>,
        request: &Request,
        key: Option<&SecretString>,
        cancel: CancellationToken,
    ) -> Result<Opened, ProviderError> {
        let mut encoded: Arc<Encoded> = encoded.into();
        if target.wire == WireKind::Demo {
            return Ok(demo::open(request, cancel));
        }
        let mut resent = None;
        let mut conceding = target.clone();
        let mut attempt = 0;
        loop {
            let sent_at = Instant::now();
            let sending = self.send_post(target, &encoded, key);
            let outcome = tokio::select! {
                biased;
                () = cancel.cancelled() => return Err(cancelled(target)),
                outcome = sending => outcome,
            };
            let refusal = match outcome {
                Ok((response, secrets)) => {
                    if resent.is_some() {
                        self.learn(target, &conceding.quirks);
                    }
                    let opened = self.opened(response, target, secrets, sent_at, cancel);
                    let (resent, refusal) = resent.unzip();
                    return Ok(Opened { resent, refusal, ..opened });
                }
                Err(refusal) => refusal,
            };
            if let Some(given_up) = concede(&conceding, &refusal.error) {
                let lesser = encode(request, &given_up.target)?;
                conceding = given_up.target;
                // Without a change the answer would be the same refusal.
                if lesser != *encoded {
                    tracing::debug!(provider = %target.provider_id, field = given_up.field, "refused, sending without it");
                    encoded = Arc::new(lesser);
                    resent = Some((Arc::clone(&encoded), refusal.error));
                    continue;
                }
            }
            attempt += 1;
            let wait = refusal.asked_wait.unwrap_or_else(|| retry::own_wait(attempt));
            if !refusal.may_succeed || attempt > retry::RETRIES || wait > retry::LONGEST_WAIT {
                return Err(refusal.error);
            }
            tracing::debug!(provider = %target.provider_id, attempt, ?wait, status = ?refusal.error.status, "trying again");
            tokio::select! {
                biased;
                () = cancel.cancelled() => return Err(cancelled(target)),
                () = tokio::time::sleep(wait) => {}
            }
        }
    }

    async fn send_post(
        &self,
        target: &Target,
        encoded: &Encoded,
        key: Option<&SecretString>,
    ) -> Result<(Response, Secrets), Refusal> {
        let body = Some(encoded.body.clone());
        let deadline = Instant::now() + self.timeouts.first_byte;
        self.send(Method::POST, &encoded.url, &encoded.headers, body, target, key, deadline).await
    }

    /// One try of one request: a success and what must not be told of it, or why not.
    #[expect(
        clippy::too_many_arguments,
        reason = "a request is that many things; a struct would be used once"
    )]
    pub(crate) async fn send(
        &self,
        method: Method,
        url: &str,
        headers: &[(String, String)],
        body: Option<Vec<u8>>,
        target: &Target,
        key: Option<&SecretString>,
        deadline: Instant,
    ) -> Result<(Response, Secrets), Refusal> {
        let secrets = Secrets::of(key);
        let url = reach::checked(url, target).map_err(Refusal::last)?;
        let draft =
            auth::Draft { method: &method, url: &url, headers, body: body.as_deref().unwrap_or_default() };
        let proof = match timeout_at(deadline, auth::headers(&self.tokens, target, key, draft)).await {
            Ok(proof) => proof.map_err(|error| Refusal::last(error.scrubbed(&secrets)))?,
            Err(_) => {
                let error = ProviderError::new(ErrorKind::Timeout, &target.provider_name);
                return Err(Refusal::last(error.detail("its credentials did not come in time")));
            }
        };
        let secrets = secrets.and_tokens(&proof);
        let clients = self.clients.as_ref().map_err(|why| {
            let error = ProviderError::new(ErrorKind::Network, &target.provider_name);
            Refusal::last(error.detail(format!("this machine cannot make secure connections: {why}")))
        })?;
        let client = if url.host_str().is_some_and(is_local) { &clients.local } else { &clients.remote };
        let mut building = client.request(method, url);
        for (name, value) in headers {
            building = building.header(name, value);
        }
        for (name, value) in proof {
            building = building.header(name, value);
        }
        if let Some(body) = body {
            building = building.body(body);
        }
        match timeout_at(deadline, building.send()).await {
            Ok(Ok(response)) if response.status().is_success() => Ok((response, secrets)),
            Ok(Ok(response)) => {
                let mut refusal = read_refusal(response).await;
                refusal.error.provider_name = target.provider_name.clone();
                refusal.error = refusal.error.scrubbed(&secrets);
                Err(refusal)
            }
            Ok(Err(error)) => {
                let (kind, may_succeed) = match () {
                    () if error.is_timeout() => (ErrorKind::Timeout, true),
                    () if error.is_connect() => (ErrorKind::Network, true),
                    // The request may have arrived: sending it again could be billed twice.
                    () => (ErrorKind::Network, false),
                };
                let error = ProviderError::new(kind, &target.provider_name).detail(innermost(&error));
                Err(Refusal { error: error.scrubbed(&secrets), may_succeed, asked_wait: None })
            }
            Err(_) => Err(Refusal::last(ProviderError::new(ErrorKind::Timeout, &target.provider_name))),
        }
    }

    fn opened(
        &self,
        response: Response,
        target: &Target,
        secrets: Secrets,
        sent_at: Instant,
        cancel: CancellationToken,
    ) -> Opened {
        let status = response.status().as_u16();
        // It is recorded, and a server may put anything there.
        let request_id = request_id(response.headers()).map(|id| secrets.scrub(&id));
        let connect_ms = sent_at.elapsed().as_secs_f64() * 1_000.0;
        tracing::debug!(provider = %target.provider_id, status, connect_ms, "answer began");
        let frames = Arc::new(AtomicUsize::new(0));
        let answer = Answer {
            body: Some(response.bytes_stream().boxed()),
            decode: Decode::new(target),
            frames: Arc::clone(&frames),
            queue: VecDeque::new(),
            deadline: sent_at + self.timeouts.first_byte,
            idle: self.timeouts.idle,
            cancel,
            provider_name: target.provider_name.clone(),
            status,
            request_id: request_id.clone(),
            secrets,
        };
        let events = stream::unfold(answer, Answer::next).boxed();
        Opened { status: Some(status), request_id, connect_ms, resent: None, refusal: None, frames, events }
    }
}

/// A try that did not succeed.
pub(crate) struct Refusal {
    pub(crate) error: ProviderError,
    may_succeed: bool,
    asked_wait: Option<Duration>,
}

impl Refusal {
    fn last(error: ProviderError) -> Self {
        Self { error, may_succeed: false, asked_wait: None }
    }
}

/// An answer under way.
struct Answer {
    /// The bytes; dropped at the terminal event, which closes the connection.
    body: Option<BoxStream<'static, reqwest::Result<Bytes>>>,
    decode: Decode,
    frames: Arc<AtomicUsize>,
    queue: VecDeque<Event>,
    deadline: Instant,
    idle: Duration,
    cancel: CancellationToken,
    provider_name: String,
    status: u16,
    request_id: Option<String>,
    secrets: Secrets,
}

impl Answer {
    async fn next(mut self) -> Option<(Event, Self)> {
        loop {
            if let Some(event) = self.queue.pop_front() {
                let event = self.dressed(event);
                return Some((event, self));
            }
            let body = self.body.as_mut()?;
            let arrived = tokio::select! {
                biased;
                () = self.cancel.cancelled() => Err(Some(ErrorKind::Cancelled)),
                chunk = timeout_at(self.deadline, body.next()) => match chunk {
                    Err(_) => Err(Some(ErrorKind::Timeout)),
                    Ok(None) => Err(None),
                    // Whatever broke the connection, what it means is that the rest is missing.
                    Ok(Some(Err(_))) => Err(Some(ErrorKind::Truncated)),
                    Ok(Some(Ok(bytes))) => Ok(bytes),
                },
            };
            let mut events = Vec::new();
            match arrived {
                Ok(bytes) => {
                    self.deadline = Instant::now() + self.idle;
                    self.decode.feed(&bytes, &mut events);
                    self.frames.store(self.decode.frames(), Ordering::Relaxed);
                }
                Err(kind) => self.decode.end(kind.map(|kind| ProviderError::new(kind, "")), &mut events),
            }
            if events.last().is_some_and(Event::is_terminal) {
                self.body = None;
            }
            self.queue.extend(events);
        }
    }

    /// The event with what only the driver knows, and without the key.
    fn dressed(&self, event: Event) -> Event {
        match event {
            Event::Failed(mut error) => {
                error.provider_name = self.provider_name.clone();
                error.status = error.status.or(Some(self.status));
                error.request_id = self.request_id.clone();
                Event::Failed(error.scrubbed(&self.secrets))
            }
            Event::Note(raw) => Event::Note(self.secrets.scrub(&raw)),
            event => event,
        }
    }
}

async fn read_refusal(response: Response) -> Refusal {
    let status = response.status().as_u16();
    let headers = response.headers().clone();
    let mut body = Vec::new();
    let mut chunks = response.bytes_stream();
    let deadline = Instant::now() + REFUSAL_TIMEOUT;
    while let Ok(Some(Ok(chunk))) = timeout_at(deadline, chunks.next()).await {
        body.extend_from_slice(&chunk);
        if body.len() > MAX_REFUSAL_BYTES {
            body.truncate(MAX_REFUSAL_BYTES);
            break;
        }
    }
    let mut error = classify::from_answer(status, &body);
    if let Some(name) = headers.get("x-amzn-errortype").and_then(|name| name.to_str().ok()) {
        error = classify::aws::named(error, name);
    }
    if let (300..=399, Some(location)) = (status, headers.get("location")) {
        error.detail = Some(format!("it redirects to `{}`", String::from_utf8_lossy(location.as_bytes())));
    }
    // Google says it in the body, which has been read by now.
    let in_body = error.retry_after_ms.map(|ms| Duration::from_millis(ms.into()));
    let asked_wait = retry::asked_wait(&headers, SystemTime::now()).or(in_body);
    error.request_id = request_id(&headers);
    error.retry_after_ms = asked_wait.map(|wait| u32::try_from(wait.as_millis()).unwrap_or(u32::MAX));
    let may_succeed = retry::may_succeed(status, error.kind, &headers);
    Refusal { error, may_succeed, asked_wait }
}

fn request_id(headers: &HeaderMap) -> Option<String> {
    let id = REQUEST_ID_HEADERS.iter().find_map(|name| headers.get(*name))?;
    id.to_str().ok().map(str::to_owned)
}

fn cancelled(target: &Target) -> ProviderError {
    ProviderError::new(ErrorKind::Cancelled, &target.provider_name)
}

/// The innermost cause, which is the one that says something (`Connection refused`); the outer ones
/// repeat the address.
fn innermost(error: &reqwest::Error) -> String {
    let mut cause: &dyn std::error::Error = error;
    while let Some(inner) = cause.source() {
        cause = inner;
    }
    cause.to_string()
}

#[cfg(test)]
mod tests;

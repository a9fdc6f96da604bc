//! Sends an encoded request and hands out the answer as events. With `models` the only file that begins to speak with
//! a network; `answer` and `refusal` read what comes back.
//!
//! It owns the clients, time-outs, retries, cancelling and the scrubbing of keys. There is no total
//! time-out on a stream: an answer may take as long as it moves. Dropping the stream, cancelling and the
//! terminal event all close the connection to the provider.

use crate::answer::Answer;
use crate::auth::{self, Secrets};
use crate::concede::concede;
use crate::decode::Decode;
use crate::demo;
use crate::encode::{Encoded, encode};
use crate::error::{ErrorKind, ProviderError};
use crate::event::Event;
use crate::learnt::Learnt;
use crate::reach;
use crate::refusal::{Refusal, request_id};
use crate::request::Request;
use crate::retry;
use crate::set_up::is_local;
use crate::target::{Target, WireKind};
use futures_util::StreamExt;
use futures_util::stream::{self, BoxStream};
use reqwest::{Client, Method, Response};
use secrecy::SecretString;
use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::AtomicUsize;
use std::time::Duration;
use tokio::time::{Instant, timeout_at};
use tokio_util::sync::CancellationToken;

/// The most bytes of one answer: a million tokens, more than any vendor lets a model say at once, in frames of five
/// hundred bytes. What comes after this is a server that went wrong.
const MAX_ANSWER_BYTES: usize = 512 * 1024 * 1024;

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
    learnt: Learnt,
    pub(crate) timeouts: Timeouts,
    max_answer_bytes: usize,
}

#[derive(Clone, Debug)]
struct Clients {
    /// Honours the proxy variables of the environment.
    remote: Client,
    /// Goes straight: a proxy could not reach this machine or its neighbours, and should not try.
    local: Client,
}

/// A request that went out in the place of one that was refused, without a field that the refusal names and that we
/// can do without (see `concede`).
#[derive(Clone, Debug)]
pub struct Resent {
    /// Why the one before was not taken.
    pub refusal: ProviderError,
    /// From sending the one before to its refusal, tries again and waits included, in milliseconds.
    pub refused_ms: f64,
    /// What was sent instead.
    pub encoded: Arc<Encoded>,
}

/// An answer that began.
pub struct Opened {
    /// HTTP status; `None` for the Demo.
    pub status: Option<u16>,
    /// The provider's id of the request.
    pub request_id: Option<String>,
    /// From sending to the answer's head, in milliseconds; of the last try when there were several.
    pub connect_ms: f64,
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
            learnt: Learnt::default(),
            timeouts,
            max_answer_bytes: MAX_ANSWER_BYTES,
        }
    }

    /// The target without what it refused before, so that not every turn pays for the same refusal. Lasts as
    /// long as the process: a server that learns a field is asked for it again after the next start.
    pub fn as_learnt(&self, target: &Target) -> Target {
        self.learnt.apply(target)
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
        self.open_telling(target, encoded, request, key, cancel, &mut Vec::new()).await
    }

    /// As `open`; what was really sent in the place of `encoded` is put into `resent`, one after the other, whether
    /// an answer began in the end or not. Each is a request of its own and recorded as such.
    ///
    /// # Errors
    /// Those of `open`.
    pub async fn open_telling(
        &self,
        target: &Target,
        encoded: impl Into<Arc<Encoded>>,
        request: &Request,
        key: Option<&SecretString>,
        cancel: CancellationToken,
        resent: &mut Vec<Resent>,
    ) -> Result<Opened, ProviderError> {
        let mut encoded: Arc<Encoded> = encoded.into();
        if target.wire == WireKind::Demo {
            return Ok(demo::open(request, cancel));
        }
        let mut first_sent_at = Instant::now();
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
                    if !resent.is_empty() {
                        self.learnt.add(target, &conceding.quirks);
                    }
                    return Ok(self.opened(response, target, secrets, sent_at, cancel));
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
                    resent.push(Resent {
                        refusal: refusal.error,
                        refused_ms: first_sent_at.elapsed().as_secs_f64() * 1_000.0,
                        encoded: Arc::clone(&encoded),
                    });
                    first_sent_at = Instant::now();
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
                let mut refusal = Refusal::read(response).await;
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
            bytes_left: self.max_answer_bytes,
            deadline: sent_at + self.timeouts.first_byte,
            idle: self.timeouts.idle,
            cancel,
            provider_name: target.provider_name.clone(),
            status,
            request_id: request_id.clone(),
            secrets,
        };
        let events = stream::unfold(answer, Answer::next).boxed();
        Opened { status: Some(status), request_id, connect_ms, frames, events }
    }
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

//! How a call travels: one request, its tries, its answer, its size, its errors.
//!
//! The modules of the API say *what* to call with a [`Call`]; nothing outside this file touches HTTP.
//! Everything that a server says passes through here once, where the key is taken out of it.

use crate::address::Path;
use crate::client::Client;
use crate::error::{Attempt, HindsightError, InvalidField, Result};
use crate::refusal::{Refusal, classify, said};
use crate::retry;
use reqwest::Method;
use reqwest::header::{AUTHORIZATION, CONTENT_TYPE, HeaderMap, LOCATION, RETRY_AFTER};
use secrecy::ExposeSecret;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime};
use tokio::io::AsyncReadExt as _;

/// The largest answer that is read. A list of 100,000 facts stays under it; a server that never stops does not.
const LARGEST_ANSWER: usize = 64 * 1024 * 1024;
/// Calls in which the server asks a model: Hindsight 1.1 gives up on reflect after 300 s by itself, and its
/// own words are better than ours.
const SLOW_CALL: Duration = Duration::from_secs(310);
/// How long a file may not move before it counts as stuck.
const STALLED: Duration = Duration::from_secs(60);
/// The most that a file may take in all.
const LONGEST_TRANSFER: Duration = Duration::from_secs(12 * 3600);

/// An answer together with what the inspector shows about its request.
#[derive(Clone, Debug, PartialEq)]
pub struct Answered<T> {
    /// The answer.
    pub value: T,
    /// Names of request fields that the server did not know (`x-ignored-params`).
    pub ignored_params: Vec<String>,
    /// The request body as sent.
    pub body: Value,
}

/// A file in a multipart form.
struct Attached {
    /// The form's field for it.
    field: &'static str,
    name: String,
    bytes: Vec<u8>,
    /// Fields beside it.
    beside: Vec<(&'static str, String)>,
}

/// One call of the API.
pub(crate) struct Call {
    method: Method,
    path: Path,
    query: Vec<(&'static str, String)>,
    body: Option<Value>,
    /// A file to send instead of a body.
    file: Option<Attached>,
    /// A file on disk to send instead of a body, as it is read.
    sending: Option<Sending>,
    /// What is attempted, for errors.
    action: String,
    /// The optional feature of the server that it belongs to.
    feature: Option<&'static str>,
    /// Whether doing it twice does no harm.
    repeatable: bool,
    /// Whether the server asks a model before it answers.
    slow: bool,
}

impl Call {
    pub(crate) fn new(method: Method, path: Path, action: impl Into<String>) -> Self {
        let repeatable = method == Method::GET || method == Method::DELETE;
        Self {
            method,
            path,
            query: Vec::new(),
            body: None,
            file: None,
            sending: None,
            action: action.into(),
            feature: None,
            repeatable,
            slow: false,
        }
    }

    pub(crate) fn get(path: Path, action: impl Into<String>) -> Self {
        Self::new(Method::GET, path, action)
    }

    pub(crate) fn query(mut self, query: Vec<(&'static str, String)>) -> Self {
        self.query = query;
        self
    }

    pub(crate) fn body(mut self, body: &impl Serialize) -> Result<Self> {
        let value = serde_json::to_value(body).map_err(|error| HindsightError::Invalid {
            fields: vec![InvalidField { field: String::new(), message: error.to_string() }],
            attempt: Box::new(Attempt { action: self.action.clone(), ..Attempt::default() }),
        })?;
        self.body = Some(value);
        Ok(self)
    }

    /// Sends a file as a multipart field, with other fields beside it.
    pub(crate) fn file(
        mut self,
        field: &'static str,
        name: impl Into<String>,
        bytes: Vec<u8>,
        beside: Vec<(&'static str, String)>,
    ) -> Self {
        self.file = Some(Attached { field, name: name.into(), bytes, beside });
        self
    }

    /// Sends a file on disk as the multipart field `file`. It is read once, so the call is not repeated.
    pub(crate) fn sending(mut self, file: Sending) -> Self {
        self.sending = Some(file);
        self.repeatable = false;
        self
    }

    /// The body as it will be sent.
    pub(crate) fn sent(&self) -> Value {
        self.body.clone().unwrap_or(Value::Null)
    }

    pub(crate) fn feature(mut self, feature: &'static str) -> Self {
        self.feature = Some(feature);
        self
    }

    pub(crate) fn repeatable(mut self, repeatable: bool) -> Self {
        self.repeatable = repeatable;
        self
    }

    pub(crate) fn slow(mut self) -> Self {
        self.slow = true;
        self
    }
}

/// The server's confirmation of a change, of which nothing is needed.
#[derive(Deserialize)]
pub(crate) struct Confirmed {}

/// A file on its way to a server.
#[derive(Clone, Debug)]
pub struct Sending {
    /// Where it lies.
    pub path: PathBuf,
    /// Its size in bytes.
    pub size: u64,
    /// How many bytes have been handed to the network.
    pub sent: Arc<AtomicU64>,
}

/// A file on its way from a server.
#[derive(Debug)]
pub struct Download {
    response: reqwest::Response,
    attempt: Attempt,
}

impl Download {
    /// The next bytes; `None` at the end.
    ///
    /// # Errors
    /// `Timeout` when nothing comes for a minute, `Unreachable` when the connection breaks.
    pub async fn next(&mut self) -> Result<Option<Vec<u8>>> {
        let chunk = tokio::time::timeout(STALLED, self.response.chunk()).await;
        let chunk = chunk.map_err(|_| HindsightError::Timeout(Box::new(self.attempt.clone())))?;
        let chunk = chunk.map_err(|error| transport(&error, self.attempt.clone()))?;
        Ok(chunk.map(|bytes| bytes.to_vec()))
    }
}

struct Reply {
    headers: HeaderMap,
    body: Vec<u8>,
    attempt: Attempt,
}

impl Client {
    /// Makes a call and reads its answer.
    pub(crate) async fn ask<T: DeserializeOwned>(&self, call: Call) -> Result<T> {
        self.ask_with_body(call).await.map(|answered| answered.value)
    }

    /// Makes a call and reads its answer, keeping what the inspector shows.
    pub(crate) async fn ask_with_body<T: DeserializeOwned>(&self, call: Call) -> Result<Answered<T>> {
        let reply = self.send(&call).await?;
        let ignored_params = ignored(&reply.headers);
        Ok(Answered { value: self.read(reply)?, ignored_params, body: call.sent() })
    }

    /// Makes a call whose answer is a bare list, such as a history; elements that cannot be read are left out.
    pub(crate) async fn ask_list<T: DeserializeOwned>(&self, call: Call) -> Result<Vec<T>> {
        let reply = self.send(&call).await?;
        let values: Vec<Value> = self.read_as(reply, b'[', "it is no JSON list")?;
        Ok(values.into_iter().filter_map(|value| T::deserialize(value).ok()).collect())
    }

    fn read<T: DeserializeOwned>(&self, reply: Reply) -> Result<T> {
        // An answer of this API is an object; serde would also fill a struct from a list.
        self.read_as(reply, b'{', "it is no JSON object")
    }

    fn read_as<T: DeserializeOwned>(&self, reply: Reply, first: u8, otherwise: &str) -> Result<T> {
        let fits = reply.body.iter().find(|byte| !byte.is_ascii_whitespace()) == Some(&first);
        let parsed = match fits {
            true => serde_json::from_slice(&reply.body).map_err(|error| error.to_string()),
            false => Err(otherwise.to_owned()),
        };
        parsed.map_err(|why| {
            let said = self.without_key(&said(&String::from_utf8_lossy(&reply.body)));
            let attempt = Attempt { detail: Some(self.without_key(&why)), ..reply.attempt };
            HindsightError::Incompatible { said, attempt: Box::new(attempt) }
        })
    }

    /// Makes a call whose answer is a file.
    pub(crate) async fn download(&self, call: Call) -> Result<Download> {
        let mut attempt =
            Attempt { server: self.0.server.clone(), action: call.action.clone(), ..Attempt::default() };
        let request = self.request(&call).await?.timeout(LONGEST_TRANSFER).send();
        let answered = tokio::time::timeout(STALLED, request).await;
        let response = answered
            .map_err(|_| HindsightError::Timeout(Box::new(attempt.clone())))?
            .map_err(|error| transport(&error, attempt.clone()))?;
        if response.status().is_success() {
            attempt.status = Some(response.status().as_u16());
            return Ok(Download { response, attempt });
        }
        match self.answered(&call, response, attempt).await {
            Ok(reply) => {
                Err(HindsightError::Incompatible { said: String::new(), attempt: Box::new(reply.attempt) })
            }
            Err(error) => Err(error),
        }
    }

    async fn send(&self, call: &Call) -> Result<Reply> {
        let mut tried = 0;
        loop {
            let error = match self.try_once(call).await {
                Ok(reply) => return Ok(reply),
                Err(error) => error,
            };
            tried += 1;
            let Some(wait) = retry::wait(&error, call.repeatable, tried, retry::jitter()) else {
                return Err(error);
            };
            tracing::debug!(server = %self.0.server, tried, ?wait, "a call to the memory server is tried again");
            tokio::time::sleep(wait).await;
        }
    }

    async fn try_once(&self, call: &Call) -> Result<Reply> {
        let attempt =
            Attempt { server: self.0.server.clone(), action: call.action.clone(), ..Attempt::default() };
        let request = self.request(call).await?.send();
        let response = match &call.sending {
            Some(file) => watched(request, file, &attempt).await?,
            None => request.await.map_err(|error| transport(&error, attempt.clone()))?,
        };
        self.answered(call, response, attempt).await
    }

    /// Reads an answer, good or bad.
    async fn answered(
        &self,
        call: &Call,
        mut response: reqwest::Response,
        mut attempt: Attempt,
    ) -> Result<Reply> {
        let status = response.status();
        attempt.status = Some(status.as_u16());
        attempt.request_id = header(response.headers(), "x-request-id");
        let headers = std::mem::take(response.headers_mut());
        let body = read_capped(response, LARGEST_ANSWER, &attempt).await?;
        tracing::debug!(server = %self.0.server, status = status.as_u16(), bytes = body.len(), "the memory server answered");
        if status.is_success() {
            return Ok(Reply { headers, body, attempt });
        }
        let location = headers.get(LOCATION).and_then(|value| value.to_str().ok());
        let refusal = Refusal {
            status: status.as_u16(),
            retry_after_ms: retry::retry_after_ms(headers.get(RETRY_AFTER), SystemTime::now()),
            location: location.map(|location| self.without_key(location)),
            body: &self.without_key(&String::from_utf8_lossy(&body)),
            feature: call.feature,
        };
        Err(classify(&refusal, attempt))
    }

    async fn request(&self, call: &Call) -> Result<reqwest::RequestBuilder> {
        let inner = &self.0;
        let mut url = call.path.under(&inner.base);
        if !call.query.is_empty() {
            url.query_pairs_mut().extend_pairs(&call.query);
        }
        let timeout = match call.slow {
            true => inner.options.request_timeout.max(SLOW_CALL),
            false => inner.options.request_timeout,
        };
        let mut request = inner.http.request(call.method.clone(), url).timeout(timeout);
        if let Some(authorization) = &inner.authorization {
            request = request.header(AUTHORIZATION, authorization.clone());
        }
        if let Some(file) = &call.file {
            let part = reqwest::multipart::Part::bytes(file.bytes.clone()).file_name(file.name.clone());
            let form = reqwest::multipart::Form::new().part(file.field, part);
            let form = file.beside.iter().fold(form, |form, (name, text)| form.text(*name, text.clone()));
            return Ok(request.multipart(form));
        }
        if let Some(file) = &call.sending {
            let part = read_along(file).await.map_err(|error| {
                let detail = Some(error.to_string());
                let attempt = Attempt {
                    server: inner.server.clone(),
                    action: call.action.clone(),
                    detail,
                    ..Attempt::default()
                };
                HindsightError::Invalid { fields: Vec::new(), attempt: Box::new(attempt) }
            })?;
            let form = reqwest::multipart::Form::new().part("file", part);
            return Ok(request.timeout(LONGEST_TRANSFER).multipart(form));
        }
        Ok(match &call.body {
            Some(body) => request.header(CONTENT_TYPE, "application/json").body(body.to_string()),
            None => request,
        })
    }

    /// A server may repeat the key it refuses; it goes no further than here.
    fn without_key(&self, text: &str) -> String {
        match &self.0.key {
            Some(key) => text.replace(key.expose_secret(), "…"),
            None => text.to_owned(),
        }
    }
}

/// A file as a part of a form, read while it is sent.
async fn read_along(file: &Sending) -> std::io::Result<reqwest::multipart::Part> {
    let open = tokio::fs::File::open(&file.path).await?;
    file.sent.store(0, Ordering::Relaxed);
    let state = (open, file.sent.clone());
    let stream = futures_util::stream::try_unfold(state, async |(mut open, sent)| {
        let mut slice = vec![0; 256 * 1024];
        let read = open.read(&mut slice).await?;
        slice.truncate(read);
        sent.fetch_add(read as u64, Ordering::Relaxed);
        Ok::<_, std::io::Error>((read > 0).then_some((slice, (open, sent))))
    });
    let body = reqwest::Body::wrap_stream(stream);
    reqwest::multipart::Part::stream_with_length(body, file.size)
        .file_name("bank.zip")
        .mime_str("application/zip")
        .map_err(std::io::Error::other)
}

/// Waits for the answer to a file that is sent, as long as it moves; the whole may take hours.
async fn watched(
    request: impl Future<Output = reqwest::Result<reqwest::Response>>,
    file: &Sending,
    attempt: &Attempt,
) -> Result<reqwest::Response> {
    let mut request = std::pin::pin!(request);
    let mut last = (file.sent.load(Ordering::Relaxed), tokio::time::Instant::now());
    loop {
        match tokio::time::timeout(Duration::from_secs(1), &mut request).await {
            Ok(answer) => return answer.map_err(|error| transport(&error, attempt.clone())),
            Err(_) => {
                let sent = file.sent.load(Ordering::Relaxed);
                // After the last byte the server reads the whole archive before it answers.
                let patience = if sent >= file.size { SLOW_CALL } else { STALLED };
                if sent != last.0 {
                    last = (sent, tokio::time::Instant::now());
                } else if last.1.elapsed() > patience {
                    return Err(HindsightError::Timeout(Box::new(attempt.clone())));
                }
            }
        }
    }
}

fn header(headers: &HeaderMap, name: &str) -> Option<String> {
    headers.get(name).and_then(|value| value.to_str().ok()).map(str::to_owned)
}

fn ignored(headers: &HeaderMap) -> Vec<String> {
    let list = header(headers, "x-ignored-params").unwrap_or_default();
    list.split(',').map(str::trim).filter(|name| !name.is_empty()).map(str::to_owned).collect()
}

/// Reads a body up to a size in bytes, counted after decompression.
async fn read_capped(mut response: reqwest::Response, cap: usize, attempt: &Attempt) -> Result<Vec<u8>> {
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(|error| transport(&error, attempt.clone()))? {
        if body.len() + chunk.len() > cap {
            return Err(HindsightError::TooLarge {
                limit_mib: cap / 1024 / 1024,
                attempt: Box::new(attempt.clone()),
            });
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

/// What a failure below HTTP means. The library's chain of causes is kept, its URL is not.
fn transport(error: &reqwest::Error, mut attempt: Attempt) -> HindsightError {
    let mut causes = Vec::new();
    let mut cause = std::error::Error::source(error);
    while let Some(inner) = cause {
        causes.push(inner.to_string());
        cause = inner.source();
    }
    attempt.detail = causes.pop();
    match error.is_timeout() && !error.is_connect() {
        true => HindsightError::Timeout(Box::new(attempt)),
        false => HindsightError::Unreachable(Box::new(attempt)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::Router;
    use axum::routing::get;

    #[tokio::test]
    async fn an_answer_over_the_cap_is_refused_before_it_is_held() {
        let app = Router::new().route("/", get(|| async { "x".repeat(3 * 1024 * 1024) }));
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/", listener.local_addr().unwrap());
        tokio::spawn(async move { axum::serve(listener, app).await });
        let get = || async { reqwest::get(&url).await.unwrap() };
        let error = read_capped(get().await, 2 * 1024 * 1024, &Attempt::default()).await.unwrap_err();
        assert!(matches!(error, HindsightError::TooLarge { limit_mib: 2, .. }), "{error:?}");
        assert_eq!(
            read_capped(get().await, 3 * 1024 * 1024, &Attempt::default()).await.unwrap().len(),
            3 * 1024 * 1024
        );
    }
}

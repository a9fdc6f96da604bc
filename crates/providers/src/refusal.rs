//! A try that did not succeed: what the provider says, and whether and when another try makes sense.

use crate::classify;
use crate::error::ProviderError;
use crate::retry;
use futures_util::StreamExt;
use reqwest::Response;
use reqwest::header::HeaderMap;
use std::time::{Duration, SystemTime};
use tokio::time::{Instant, timeout_at};

/// The most of a refusal that is read; messages are cut far below it.
const MAX_BYTES: usize = 64 * 1024;

/// How long the body of a refusal may take. Its status is known already.
const TIMEOUT: Duration = Duration::from_secs(10);

/// The headers in which providers name a request, in the order asked.
const REQUEST_ID_HEADERS: [&str; 3] = ["x-request-id", "request-id", "x-amzn-requestid"];

/// A try that did not succeed.
pub(crate) struct Refusal {
    pub(crate) error: ProviderError,
    /// Whether the same request may be taken later.
    pub(crate) may_succeed: bool,
    /// How long the provider asks to wait.
    pub(crate) asked_wait: Option<Duration>,
}

impl Refusal {
    /// One after which no other try makes sense.
    pub(crate) fn last(error: ProviderError) -> Self {
        Self { error, may_succeed: false, asked_wait: None }
    }

    /// What an answer says that is no success. It bears no name of a provider and is not scrubbed.
    pub(crate) async fn read(response: Response) -> Self {
        let status = response.status().as_u16();
        let headers = response.headers().clone();
        let mut body = Vec::new();
        let mut chunks = response.bytes_stream();
        let deadline = Instant::now() + TIMEOUT;
        while let Ok(Some(Ok(chunk))) = timeout_at(deadline, chunks.next()).await {
            body.extend_from_slice(&chunk);
            if body.len() > MAX_BYTES {
                body.truncate(MAX_BYTES);
                break;
            }
        }
        let mut error = classify::from_answer(status, &body);
        if let Some(name) = headers.get("x-amzn-errortype").and_then(|name| name.to_str().ok()) {
            error = classify::aws::named(error, name);
        }
        if let (300..=399, Some(location)) = (status, headers.get("location")) {
            error.detail =
                Some(format!("it redirects to `{}`", String::from_utf8_lossy(location.as_bytes())));
        }
        // Google says it in the body, which has been read by now.
        let in_body = error.retry_after_ms.map(|ms| Duration::from_millis(ms.into()));
        let asked_wait = retry::asked_wait(&headers, SystemTime::now()).or(in_body);
        error.request_id = request_id(&headers);
        error.retry_after_ms = asked_wait.map(|wait| u32::try_from(wait.as_millis()).unwrap_or(u32::MAX));
        let may_succeed = retry::may_succeed(status, error.kind, &headers);
        Self { error, may_succeed, asked_wait }
    }
}

/// The provider's id of a request, from an answer's headers.
pub(crate) fn request_id(headers: &HeaderMap) -> Option<String> {
    let id = REQUEST_ID_HEADERS.iter().find_map(|name| headers.get(*name))?;
    id.to_str().ok().map(str::to_owned)
}

//! An answer under way: bytes of a provider become events, with its time-outs and its limit.

use crate::auth::Secrets;
use crate::decode::Decode;
use crate::error::{ErrorKind, ProviderError};
use crate::event::Event;
use bytes::Bytes;
use futures_util::StreamExt;
use futures_util::stream::BoxStream;
use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;
use tokio::time::{Instant, timeout_at};
use tokio_util::sync::CancellationToken;

/// An answer under way.
pub(crate) struct Answer {
    /// The bytes; dropped at the terminal event, which closes the connection.
    pub(crate) body: Option<BoxStream<'static, reqwest::Result<Bytes>>>,
    pub(crate) decode: Decode,
    /// How many frames came so far.
    pub(crate) frames: Arc<AtomicUsize>,
    /// Decoded and not handed out yet.
    pub(crate) queue: VecDeque<Event>,
    /// How many bytes may still come, of those that the provider was asked for.
    pub(crate) bytes_left: usize,
    /// Until when the next bytes must come.
    pub(crate) deadline: Instant,
    /// How long any bytes after the first may take.
    pub(crate) idle: Duration,
    pub(crate) cancel: CancellationToken,
    pub(crate) provider_name: String,
    pub(crate) status: u16,
    pub(crate) request_id: Option<String>,
    pub(crate) secrets: Secrets,
}

impl Answer {
    /// The next event and what follows it; `None` after the terminal one.
    pub(crate) async fn next(mut self) -> Option<(Event, Self)> {
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
                Ok(bytes) if bytes.len() > self.bytes_left => {
                    let error = ProviderError::new(ErrorKind::Decode, "");
                    self.decode.end(Some(error.detail("its answer does not end")), &mut events);
                }
                Ok(bytes) => {
                    self.bytes_left -= bytes.len();
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

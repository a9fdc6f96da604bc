//! Where streams go. The window gives a Tauri channel, the harness an SSE answer, a test a queue.

/// A listener of a stream. Sending never waits: a slow or dead page must not hold up a provider.
pub trait Sink: Send + Sync {
    /// Takes one JSON message; false when nobody listens any more.
    fn send(&self, json: String) -> bool;
}

impl Sink for tokio::sync::mpsc::UnboundedSender<String> {
    fn send(&self, json: String) -> bool {
        tokio::sync::mpsc::UnboundedSender::send(self, json).is_ok()
    }
}

//! The app's notices, as a page hears them.

use rearview_api::{App, table};
use rearview_domain::event::AppEvent;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

/// A listener. Dropping it ends the stream.
pub struct Events {
    notices: mpsc::UnboundedReceiver<String>,
    listening: JoinHandle<()>,
}

impl Events {
    pub(super) async fn listen(app: &App) -> Self {
        let (sink, notices) = mpsc::unbounded_channel();
        let app = app.clone();
        let (begun, begins) = tokio::sync::oneshot::channel();
        let listening = tokio::spawn(async move {
            let mut streaming = Box::pin(table::stream(&app, "app.events", "{}", Box::new(sink)));
            // The first poll subscribes; only then may the caller do what it wants to hear about.
            let first = futures_util::poll!(&mut streaming);
            let _ = begun.send(());
            if first.is_pending() {
                let _ = streaming.await;
            }
        });
        begins.await.expect("the stream begins");
        Self { notices, listening }
    }

    /// The next notice.
    pub async fn next(&mut self) -> AppEvent {
        serde_json::from_str(&self.notices.recv().await.expect("the app is open")).unwrap()
    }

    /// Waits for a notice about a retain.
    pub async fn next_retain(&mut self) {
        while !matches!(self.next().await, AppEvent::Retain { .. }) {}
    }
}

impl Drop for Events {
    fn drop(&mut self) {
        self.listening.abort();
    }
}

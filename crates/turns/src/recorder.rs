//! Writes a turn's record behind the turn's back, in order, so that a request does not wait for it.
//! The driver waits for the recorder before the turn ends.

use rearview_domain::record::{RecordPart, Span};
use rearview_domain::time::Time;
use rearview_domain::turn::Turn;
use rearview_store::Store;
use std::sync::Arc;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

enum Entry {
    Part(RecordPart),
    Body(Arc<Vec<u8>>, Vec<Span>),
}

/// The writing end of one turn's record.
pub struct Recorder {
    entries: mpsc::UnboundedSender<Entry>,
    writing: JoinHandle<()>,
}

impl Recorder {
    /// Starts a task that writes what it is given.
    pub fn start(store: Store, turn: &Turn) -> Self {
        let (entries, mut queue) = mpsc::unbounded_channel();
        let (turn_id, chat_id) = (turn.id.clone(), turn.chat_id.clone());
        let writing = tokio::spawn(async move {
            while let Some(entry) = queue.recv().await {
                let written = match entry {
                    Entry::Part(part) => store.append_record(&turn_id, &chat_id, &Time::now(), &part).await,
                    Entry::Body(body, spans) => store.put_body(&body, &spans).await.map(drop),
                };
                // The chat goes on without its record; the log says that it is not whole.
                if let Err(error) = written {
                    tracing::error!(%error, %turn_id, "a part of a turn's record was not written");
                }
            }
        });
        Self { entries, writing }
    }

    /// Writes a part, soon.
    pub fn part(&self, part: RecordPart) {
        let _ = self.entries.send(Entry::Part(part));
    }

    /// Writes a body, soon.
    pub fn body(&self, body: Arc<Vec<u8>>, spans: Vec<Span>) {
        let _ = self.entries.send(Entry::Body(body, spans));
    }

    /// Waits until everything is written.
    pub async fn finish(self) {
        drop(self.entries);
        if self.writing.await.is_err() {
            tracing::error!("the recorder of a turn panicked");
        }
    }
}

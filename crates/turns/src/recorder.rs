//! Writes a turn's record behind the turn's back, in order, so that a request does not wait for it.
//! What waits is written together. The driver waits for the recorder before the turn ends.

use rearview_domain::record::{RecordPart, Span};
use rearview_domain::time::Time;
use rearview_domain::turn::Turn;
use rearview_domain::{ChatId, TurnId};
use rearview_store::{Store, StoreError};
use std::sync::Arc;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

/// Entries that are written in one go, at most.
const MOST_AT_ONCE: usize = 64;

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
            let mut waiting = Vec::new();
            while queue.recv_many(&mut waiting, MOST_AT_ONCE).await > 0 {
                let mut parts = Vec::new();
                for entry in waiting.drain(..) {
                    match entry {
                        Entry::Part(part) => parts.push(part),
                        Entry::Body(body, spans) => {
                            // In order: a step is told after the body that it names.
                            append(&store, (&turn_id, &chat_id), &mut parts).await;
                            if let Err(error) = store.put_body(&body, &spans).await {
                                not_written(&error, &turn_id);
                            }
                        }
                    }
                }
                append(&store, (&turn_id, &chat_id), &mut parts).await;
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

/// Writes parts together.
async fn append(store: &Store, (turn, chat): (&TurnId, &ChatId), parts: &mut Vec<RecordPart>) {
    let parts = std::mem::take(parts);
    if parts.is_empty() {
        return;
    }
    if let Err(error) = store.append_records(turn, chat, &Time::now(), &parts).await {
        not_written(&error, turn);
    }
}

/// The chat goes on without its record; the log says that it is not whole.
fn not_written(error: &StoreError, turn_id: &TurnId) {
    tracing::error!(%error, %turn_id, "a part of a turn's record was not written");
}

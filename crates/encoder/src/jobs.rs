//! What waits for the encoder's thread: queries first, batches in slices behind them.
//!
//! A queue and its order, nothing else; `worker` takes from it, `local` puts into it.

use std::collections::VecDeque;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};
use tokio::sync::oneshot;

/// Vectors of a batch, `None` when there are none to be had.
pub(super) type Vectors = Option<Vec<Vec<f32>>>;

/// A query that somebody waits for.
pub(super) struct Query {
    pub(super) text: String,
    pub(super) answer: oneshot::Sender<Option<Vec<f32>>>,
}

/// Texts, of which the first `done.len()` have their vectors.
pub(super) struct Batch {
    pub(super) texts: Vec<String>,
    pub(super) done: Vec<Vec<f32>>,
    pub(super) answer: oneshot::Sender<Vectors>,
}

/// What the thread does next.
pub(super) enum Next {
    /// Bring the weights into memory.
    Load,
    Query(Query),
    /// A slice of it.
    Batch(Batch),
    /// Nothing came for as long as the thread was willing to wait.
    Idle,
    /// Nobody is left who could ask.
    Closed,
}

#[derive(Default)]
struct Waiting {
    load: bool,
    queries: VecDeque<Query>,
    batches: VecDeque<Batch>,
    closed: bool,
}

/// The queue between the handle and its thread.
#[derive(Default)]
pub(super) struct Jobs {
    waiting: Mutex<Waiting>,
    changed: Condvar,
}

impl Jobs {
    /// The lock guards no half-done change, so a panic elsewhere does not make it unusable.
    fn lock(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn change(&self, change: impl FnOnce(&mut Waiting)) {
        change(&mut self.lock());
        self.changed.notify_one();
    }

    pub(super) fn load(&self) {
        self.change(|waiting| waiting.load = true);
    }

    pub(super) fn query(&self, query: Query) {
        self.change(|waiting| {
            if !waiting.closed {
                waiting.queries.push_back(query)
            }
        });
    }

    pub(super) fn batch(&self, batch: Batch) {
        self.change(|waiting| {
            if !waiting.closed {
                waiting.batches.push_back(batch)
            }
        });
    }

    /// Ends the thread, or says that it has ended: who waits now or asks later is answered with nothing.
    pub(super) fn close(&self) {
        self.change(|waiting| *waiting = Waiting { closed: true, ..Waiting::default() });
    }

    /// The next job, waiting for one as long as `patience`, or for ever without it.
    pub(super) fn next(&self, patience: Option<Duration>) -> Next {
        let until = patience.map(|patience| Instant::now() + patience);
        let mut waiting = self.lock();
        loop {
            if waiting.closed {
                return Next::Closed;
            }
            if std::mem::take(&mut waiting.load) {
                return Next::Load;
            }
            // A question whose asker has gone, or who was never interested, is not worth an answer.
            waiting.queries.retain(|query| !query.answer.is_closed());
            waiting.batches.retain(|batch| !batch.answer.is_closed());
            if let Some(query) = waiting.queries.pop_front() {
                return Next::Query(query);
            }
            if let Some(batch) = waiting.batches.pop_front() {
                return Next::Batch(batch);
            }
            waiting = match until {
                None => self.changed.wait(waiting).unwrap_or_else(PoisonError::into_inner),
                Some(until) => {
                    let left = until.saturating_duration_since(Instant::now());
                    if left.is_zero() {
                        return Next::Idle;
                    }
                    self.changed.wait_timeout(waiting, left).unwrap_or_else(PoisonError::into_inner).0
                }
            };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn batch(text: &str) -> (Batch, oneshot::Receiver<Vectors>) {
        let (answer, waits) = oneshot::channel();
        (Batch { texts: vec![text.to_owned()], done: Vec::new(), answer }, waits)
    }

    fn query(text: &str) -> (Query, oneshot::Receiver<Option<Vec<f32>>>) {
        let (answer, waits) = oneshot::channel();
        (Query { text: text.to_owned(), answer }, waits)
    }

    #[test]
    fn a_query_passes_the_batches_that_came_before_it() {
        let jobs = Jobs::default();
        let (first, _first) = batch("a thousand facts");
        let (second, _second) = query("who?");
        jobs.batch(first);
        jobs.query(second);
        assert!(matches!(jobs.next(None), Next::Query(query) if query.text == "who?"));
        assert!(matches!(jobs.next(None), Next::Batch(_)));
    }

    #[test]
    fn batches_take_turns() {
        let jobs = Jobs::default();
        let (first, _first) = batch("first");
        let (second, _second) = batch("second");
        jobs.batch(first);
        jobs.batch(second);
        let Next::Batch(begun) = jobs.next(None) else { panic!("a batch waits") };
        jobs.batch(begun);
        assert!(matches!(jobs.next(None), Next::Batch(batch) if batch.texts == ["second"]));
        assert!(matches!(jobs.next(None), Next::Batch(batch) if batch.texts == ["first"]));
    }

    #[test]
    fn what_nobody_waits_for_is_not_computed() {
        let jobs = Jobs::default();
        let (left, waits) = query("who?");
        drop(waits);
        jobs.query(left);
        assert!(matches!(jobs.next(Some(Duration::ZERO)), Next::Idle));
    }

    #[test]
    fn a_closed_queue_gives_no_more_work_and_leaves_nobody_waiting() {
        let jobs = Jobs::default();
        let (before, mut waits_before) = query("who?");
        jobs.query(before);
        jobs.close();
        let (after, mut waits_after) = batch("a fact");
        jobs.batch(after);
        assert!(matches!(jobs.next(None), Next::Closed));
        assert_eq!(waits_before.try_recv(), Err(oneshot::error::TryRecvError::Closed));
        assert_eq!(waits_after.try_recv(), Err(oneshot::error::TryRecvError::Closed));
    }
}

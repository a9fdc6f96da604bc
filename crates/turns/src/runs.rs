//! Running turns as their listeners see them. A run outlives its listener: whoever attaches late, or
//! again, gets what was missed and then what comes.

use crate::held::{Edited, Held};
use rearview_domain::breakpoint::BlockEdits;
use rearview_domain::event::{Happening, RunEvent};
use rearview_domain::turn::Turn;
use rearview_domain::{ChatId, Error, ErrorCode, MessageId, RunId, TurnId};
use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::{Notify, mpsc, watch};
use tokio_util::sync::CancellationToken;

/// How many ended runs are kept for listeners that come late. A page that reloads asks within seconds;
/// older turns are read from the store.
const ENDED_KEPT: usize = 32;

/// One running turn.
#[derive(Debug)]
pub struct Run {
    /// Its id.
    pub id: RunId,
    /// Its turn.
    pub turn_id: TurnId,
    /// Its chat.
    pub chat_id: ChatId,
    /// The message it writes.
    pub answer_id: MessageId,
    events: Mutex<Vec<RunEvent>>,
    length: watch::Sender<usize>,
    /// Trips when the person stops the turn.
    pub cancel: CancellationToken,
    /// Wakes when the person does not want to wait for memory.
    pub skip_memory: Notify,
    allow: mpsc::UnboundedSender<Allowance>,
    /// Taken by the one driver of the run.
    allowances: Mutex<Option<mpsc::UnboundedReceiver<Allowance>>>,
    /// The block that is held back while the turn is paused.
    held: watch::Sender<Option<Arc<Held>>>,
    resume: mpsc::UnboundedSender<BlockEdits>,
    /// Taken by the one driver of the run.
    resumes: Mutex<Option<mpsc::UnboundedReceiver<BlockEdits>>>,
}

/// What the person said about a tool that asked whether it may store.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Allowance {
    /// The request whose answer asked for it.
    pub step: u32,
    /// The call.
    pub call_id: String,
    /// Whether it may.
    pub allow: bool,
}

impl Run {
    /// A run in which nothing has happened.
    pub fn new(turn: &Turn) -> Arc<Self> {
        let (allow, allowances) = mpsc::unbounded_channel();
        let (resume, resumes) = mpsc::unbounded_channel();
        Arc::new(Self {
            id: RunId::from(&turn.id),
            turn_id: turn.id.clone(),
            chat_id: turn.chat_id.clone(),
            answer_id: turn.answer_id.clone(),
            events: Mutex::new(Vec::new()),
            length: watch::Sender::new(0),
            cancel: CancellationToken::new(),
            skip_memory: Notify::new(),
            allow,
            allowances: Mutex::new(Some(allowances)),
            held: watch::Sender::new(None),
            resume,
            resumes: Mutex::new(Some(resumes)),
        })
    }

    /// Tells the driver what the person said. Nobody hears it when the run is over.
    pub fn allow(&self, allowance: Allowance) {
        let _ = self.allow.send(allowance);
    }

    /// What the person says, for the driver. A second taker would hear nothing.
    pub(crate) fn allowances(&self) -> mpsc::UnboundedReceiver<Allowance> {
        lock(&self.allowances).take().unwrap_or_else(|| mpsc::unbounded_channel().1)
    }

    /// Holds a block back, or with `None` says that nothing is held any more. Called by the driver.
    pub(crate) fn hold(&self, held: Option<Held>) {
        self.held.send_replace(held.map(Arc::new));
    }

    /// Whether the turn is paused at a breakpoint.
    pub fn is_paused(&self) -> bool {
        self.held.borrow().is_some()
    }

    /// Sees pauses begin and end.
    pub fn pauses(&self) -> watch::Receiver<Option<Arc<Held>>> {
        self.held.subscribe()
    }

    /// The block that is held back as it would be with these changes. Nothing is changed.
    ///
    /// # Errors
    /// `Conflict` when the turn is not paused; those of [`Held::edited`].
    pub fn preview(&self, edits: &BlockEdits) -> Result<Edited, Error> {
        let held = self.held.borrow().clone();
        held.ok_or_else(|| self.not_paused())?.edited(edits)
    }

    /// Lets a paused turn go on with these changes. Only one caller gets it going.
    ///
    /// # Errors
    /// As [`Self::preview`]; the turn stays paused then.
    pub fn resume(&self, edits: BlockEdits) -> Result<(), Error> {
        self.preview(&edits)?;
        if self.held.send_replace(None).is_none() {
            return Err(self.not_paused());
        }
        let _ = self.resume.send(edits);
        Ok(())
    }

    fn not_paused(&self) -> Error {
        let words = if self.is_over() { "This turn has ended." } else { "This turn is not paused." };
        Error::new(ErrorCode::Conflict, words).hint("It may have been let go on elsewhere, or stopped.")
    }

    /// What the person lets go on, for the driver. A second taker would hear nothing.
    pub(crate) fn resumes(&self) -> mpsc::UnboundedReceiver<BlockEdits> {
        lock(&self.resumes).take().unwrap_or_else(|| mpsc::unbounded_channel().1)
    }

    /// Tells all listeners. Nothing may follow a last event; what does is dropped.
    pub fn emit(&self, event: Happening) {
        let mut events = lock(&self.events);
        if events.last().is_some_and(|last| last.event.is_last()) {
            tracing::warn!(run_id = %self.id, "an event came after the last one");
            return;
        }
        let seq = u32::try_from(events.len() + 1).unwrap_or(u32::MAX);
        events.push(RunEvent { run_id: self.id.clone(), seq, event });
        let length = events.len();
        drop(events);
        self.length.send_replace(length);
    }

    /// Whether its last event has happened.
    pub fn is_over(&self) -> bool {
        lock(&self.events).last().is_some_and(|last| last.event.is_last())
    }

    /// Waits for events after `seq` and answers them in order; `None` when the run is over and all was seen.
    pub async fn after(&self, seq: u32) -> Option<Vec<RunEvent>> {
        let mut length = self.length.subscribe();
        let seen = seq as usize;
        loop {
            {
                let events = lock(&self.events);
                if events.len() > seen {
                    return Some(events[seen..].to_vec());
                }
                if events.last().is_some_and(|last| last.event.is_last()) {
                    return None;
                }
            }
            length.changed().await.ok()?;
        }
    }
}

/// All runs of this process.
#[derive(Debug, Default)]
pub struct Runs {
    running: Mutex<VecDeque<Arc<Run>>>,
}

impl Runs {
    /// Adds a run and forgets the oldest ended ones.
    pub fn add(&self, run: Arc<Run>) {
        let mut runs = lock(&self.running);
        runs.push_back(run);
        let mut ended = runs.iter().filter(|run| run.is_over()).count();
        runs.retain(|run| {
            let drop = ended > ENDED_KEPT && run.is_over();
            ended -= usize::from(drop);
            !drop
        });
    }

    /// Finds a run.
    pub fn find(&self, id: &RunId) -> Option<Arc<Run>> {
        lock(&self.running).iter().find(|run| &run.id == id).cloned()
    }

    /// The runs that are going on in a chat, the oldest first. Several when several models answer.
    pub fn of_chat(&self, chat: &ChatId) -> Vec<Arc<Run>> {
        lock(&self.running).iter().filter(|run| &run.chat_id == chat && !run.is_over()).cloned().collect()
    }

    /// All runs that are going on.
    pub fn going(&self) -> Vec<Arc<Run>> {
        lock(&self.running).iter().filter(|run| !run.is_over()).cloned().collect()
    }
}

/// A poisoned lock still holds whole events: they are pushed one at a time.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;
    use rearview_domain::time::Time;
    use rearview_domain::turn::TurnState;

    fn turn(id: &str) -> Turn {
        Turn {
            id: id.into(),
            chat_id: "c".into(),
            question_id: "q".into(),
            answer_id: "a".into(),
            model: "p/m".into(),
            state: TurnState::Running,
            finish: None,
            error: None,
            memory: None,
            retain: None,
            usage: Default::default(),
            cost: None,
            context_tokens: None,
            learned: None,
            first_token_ms: None,
            total_ms: None,
            started_at: Time::now(),
        }
    }

    fn text(text: &str) -> Happening {
        Happening::Text { text: text.into() }
    }

    fn end(id: &str) -> Happening {
        Happening::Finished { turn: Box::new(turn(id)), parts: vec![] }
    }

    #[tokio::test]
    async fn a_late_listener_gets_what_it_missed_and_then_what_comes() {
        let run = Run::new(&turn("t"));
        run.emit(text("a"));
        run.emit(text("b"));
        let missed = run.after(1).await.unwrap();
        assert_eq!(missed.iter().map(|event| event.seq).collect::<Vec<_>>(), [2]);
        let waiting = tokio::spawn({
            let run = run.clone();
            async move { run.after(2).await }
        });
        run.emit(end("t"));
        assert_eq!(waiting.await.unwrap().unwrap()[0].seq, 3);
        assert_eq!(run.after(3).await, None);
    }

    #[tokio::test]
    async fn nothing_follows_the_last_event() {
        let run = Run::new(&turn("t"));
        run.emit(end("t"));
        run.emit(text("ghost"));
        assert_eq!(run.after(0).await.unwrap().len(), 1);
    }

    #[test]
    fn ended_runs_are_forgotten_in_the_end_and_going_ones_never() {
        let runs = Runs::default();
        let first = Run::new(&turn("first"));
        runs.add(first.clone());
        for number in 0..100 {
            let run = Run::new(&turn(&number.to_string()));
            run.emit(end("x"));
            runs.add(run);
        }
        assert!(runs.find(&first.id).is_some());
        assert!(lock(&runs.running).len() <= ENDED_KEPT + 2);
        assert_eq!(runs.going().len(), 1);
    }
}

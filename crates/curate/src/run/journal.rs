//! The journal: begins runs of changes, lets them go on in the background, stops, resumes, undoes and redoes
//! them. `rearview-api` holds one as long as the app lives.

use super::edit::Edit;
use super::pace::{Halt, Pace};
use super::view::{ChangePage, RunPage, RunView};
use super::walk::{Busy, Walk};
use rearview_domain::journal::{ChangeState, RunState};
use rearview_domain::time::Time;
use rearview_domain::{BankId, Error, ErrorCode, JournalId, ServerId};
use rearview_hindsight::Client;
use rearview_store::{NewChange, NewRun, Store};
use std::collections::{HashMap, HashSet};
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// How often the page hears that a run moved on, and that facts did.
const RUNS_EVERY: Duration = Duration::from_millis(200);
const FACTS_EVERY: Duration = Duration::from_secs(3);
/// The most changes in one run: the size of the largest bank that is asked for, and then some.
pub const MOST_CHANGES: usize = 500_000;

/// What the journal stands on: where servers are found, and who hears of changes.
#[async_trait::async_trait]
pub trait Ground: Send + Sync {
    /// The client of a memory server.
    async fn client(&self, server: &ServerId) -> Result<Client, Error>;
    /// Answers of reads with these tags are stale.
    fn changed(&self, tags: &[&str]);
}

/// A run that is to be made.
#[derive(Clone, Debug)]
pub struct Plan {
    /// The memory server.
    pub server_id: ServerId,
    /// The bank.
    pub bank_id: BankId,
    /// What it is, for people.
    pub label: String,
    /// What else there is to say about it.
    pub note: Option<String>,
    /// What is done to which fact; `None` is the edit for all.
    pub changes: Vec<(String, Option<Edit>)>,
    /// What is done to facts without an edit of their own.
    pub edit: Option<Edit>,
    /// Another run of the same action, when that goes to facts of several banks.
    pub together: Option<JournalId>,
}

/// The journal.
pub struct Journal {
    store: Store,
    ground: Arc<dyn Ground>,
    busy: Arc<Busy>,
    going: Mutex<HashMap<JournalId, Going>>,
    tasks: TaskTracker,
    quitting: AtomicBool,
}

#[derive(Clone, Default)]
struct Going {
    stop: CancellationToken,
    ended: CancellationToken,
}

impl Journal {
    /// A journal. Runs that an earlier process left going become interrupted.
    ///
    /// # Errors
    /// `DiskFull` and other errors of the store.
    pub async fn open(store: Store, ground: Arc<dyn Ground>) -> Result<Arc<Self>, Error> {
        let interrupted = store.interrupt_runs().await.map_err(|error| error.to_error())?;
        if interrupted > 0 {
            tracing::info!(interrupted, "runs of changes that the last process left were kept");
        }
        Ok(Arc::new(Self {
            store,
            ground,
            busy: Arc::default(),
            going: Mutex::default(),
            tasks: TaskTracker::new(),
            quitting: AtomicBool::new(false),
        }))
    }

    /// Writes a run down and begins it. It goes on by itself.
    ///
    /// # Errors
    /// `InvalidInput` when it has no changes, too many, or two of one fact; `DiskFull`.
    pub async fn begin(self: &Arc<Self>, plan: Plan) -> Result<JournalId, Error> {
        check(&plan)?;
        let together = match &plan.together {
            Some(other) => Some(self.run(other).await?.together),
            None => None,
        };
        let run = NewRun {
            id: JournalId::mint(),
            server_id: plan.server_id,
            bank_id: plan.bank_id,
            label: plan.label,
            note: plan.note,
            edit: plan.edit.as_ref().map(Edit::to_value),
            at: Time::now(),
            together,
        };
        let changes: Vec<NewChange> = plan
            .changes
            .into_iter()
            .map(|(fact_id, edit)| NewChange { fact_id, edit: edit.as_ref().map(Edit::to_value) })
            .collect();
        self.store.make_run(&run, &changes).await.map_err(|error| error.to_error())?;
        self.walk(run.id.clone(), false, false).await?;
        Ok(run.id)
    }

    /// Waits until nobody works on a run, but no longer than `patience`.
    pub async fn settled(&self, id: &JournalId, patience: Duration) {
        let ended = lock(&self.going).get(id).map(|going| going.ended.clone());
        if let Some(ended) = ended {
            let _ = tokio::time::timeout(patience, ended.cancelled()).await;
        }
    }

    /// A run.
    ///
    /// # Errors
    /// `NotFound`.
    pub async fn run(&self, id: &JournalId) -> Result<RunView, Error> {
        Ok(self.store.journal_run(id).await.map_err(|error| error.to_error())?.into())
    }

    /// Runs of one bank or of all, the newest first.
    ///
    /// # Errors
    /// Those of the store.
    pub async fn list(
        &self,
        bank: Option<(&ServerId, &BankId)>,
        limit: u32,
        offset: u32,
    ) -> Result<RunPage, Error> {
        let page = self.store.journal(bank, limit, offset).await.map_err(|error| error.to_error())?;
        Ok(RunPage { runs: page.runs.into_iter().map(RunView::from).collect(), total: page.total })
    }

    /// A run with some of its changes: those in one of these states, or all when none is named.
    ///
    /// # Errors
    /// `NotFound`.
    pub async fn changes(
        &self,
        id: &JournalId,
        states: &[ChangeState],
        limit: u32,
        offset: u32,
    ) -> Result<ChangePage, Error> {
        let run = self.run(id).await?;
        let read = self.store.journal_changes(id, states, limit, offset).await;
        let (changes, total) = read.map_err(|error| error.to_error())?;
        Ok(ChangePage { run, changes: changes.into_iter().map(Into::into).collect(), total })
    }

    /// Stops a run where it is. What is on its way gets a moment to arrive.
    pub async fn stop(&self, id: &JournalId) {
        let going = lock(&self.going).get(id).cloned();
        if let Some(going) = going {
            going.stop.cancel();
            let _ = tokio::time::timeout(Duration::from_secs(5), going.ended.cancelled()).await;
        }
    }

    /// Takes a run back; one that goes on is stopped first. `anyway` takes back also what somebody else changed
    /// since, as far as this run had changed it.
    ///
    /// # Errors
    /// `NotFound`; `Conflict` when there is nothing to take back.
    pub async fn undo(self: &Arc<Self>, id: &JournalId, anyway: bool) -> Result<(), Error> {
        self.stop(id).await;
        let run = self.run(id).await?;
        let something = run.undoable || (anyway && run.conflicts > 0);
        if !something {
            return Err(Error::new(
                ErrorCode::Conflict,
                format!("`{}` has nothing to take back.", run.label),
            ));
        }
        if anyway {
            self.turn(id, ChangeState::Conflict, ChangeState::Done).await?;
        }
        self.walk(id.clone(), true, anyway).await
    }

    /// Takes all runs of the action that a run is a part of back, the last one first, and answers with them. One that
    /// cannot be taken back leaves none of the others standing; its error is told in the end.
    ///
    /// # Errors
    /// `NotFound`; `Conflict` when there is nothing to take back in any of them.
    pub async fn undo_together(self: &Arc<Self>, id: &JournalId) -> Result<Vec<JournalId>, Error> {
        let runs = self.together(id).await?;
        let some: Vec<&RunView> =
            runs.iter().rev().filter(|run| run.undoable || run.state.is_going()).collect();
        let Some(last) = some.first() else {
            let label = runs.first().map_or("", |run| &run.label);
            return Err(Error::new(ErrorCode::Conflict, format!("`{label}` has nothing to take back.")));
        };
        tracing::debug!(run = %last.id, runs = some.len(), "an action is taken back");
        let mut wrong = None;
        for run in &some {
            // A run that made nothing before it was stopped has nothing to take back.
            match self.undo(&run.id, false).await {
                Err(error) if !(run.state.is_going() && error.code == ErrorCode::Conflict) => {
                    wrong.get_or_insert(error);
                }
                _ => {}
            }
        }
        match wrong {
            Some(error) => Err(error.hint("The list of changes says which of its runs were taken back.")),
            None => Ok(some.into_iter().map(|run| run.id.clone()).collect()),
        }
    }

    /// Does all runs of the action that a run is a part of again, as far as they were taken back, and answers with
    /// them.
    ///
    /// # Errors
    /// `NotFound`; `Conflict` when nothing was taken back in any of them.
    pub async fn redo_together(self: &Arc<Self>, id: &JournalId) -> Result<Vec<JournalId>, Error> {
        let runs = self.together(id).await?;
        let some: Vec<JournalId> = runs.iter().filter(|run| run.redoable).map(|run| run.id.clone()).collect();
        if some.is_empty() {
            let label = runs.first().map_or("", |run| &run.label);
            return Err(Error::new(ErrorCode::Conflict, format!("Nothing of `{label}` was taken back.")));
        }
        for id in &some {
            self.redo(id).await?;
        }
        Ok(some)
    }

    async fn together(&self, id: &JournalId) -> Result<Vec<RunView>, Error> {
        let runs = self.store.runs_together(id).await.map_err(|error| error.to_error())?;
        Ok(runs.into_iter().map(RunView::from).collect())
    }

    /// Goes on with a run that halted, in the direction it had, and tries again what was refused.
    ///
    /// # Errors
    /// `NotFound`; `Conflict` when there is nothing left to do.
    pub async fn resume(self: &Arc<Self>, id: &JournalId) -> Result<(), Error> {
        let run = self.run(id).await?;
        if !run.resumable {
            return Err(Error::new(ErrorCode::Conflict, format!("`{}` has nothing left to do.", run.label)));
        }
        if !run.back {
            self.turn(id, ChangeState::Failed, ChangeState::Waiting).await?;
        }
        self.walk(id.clone(), run.back, false).await
    }

    /// Does again what was taken back.
    ///
    /// # Errors
    /// `NotFound`; `Conflict` when nothing was taken back.
    pub async fn redo(self: &Arc<Self>, id: &JournalId) -> Result<(), Error> {
        let run = self.run(id).await?;
        if !run.redoable {
            return Err(Error::new(
                ErrorCode::Conflict,
                format!("Nothing of `{}` was taken back.", run.label),
            ));
        }
        self.turn(id, ChangeState::Undone, ChangeState::Waiting).await?;
        self.walk(id.clone(), false, false).await
    }

    /// Takes a run out of the journal. It cannot be undone any more; the facts stay as they are.
    ///
    /// # Errors
    /// `NotFound`.
    pub async fn forget(&self, id: &JournalId) -> Result<(), Error> {
        self.stop(id).await;
        self.store.forget_run(id).await.map_err(|error| error.to_error())
    }

    /// Halts all runs, for quitting. They show as interrupted after the next start.
    pub async fn close(&self) {
        self.quitting.store(true, Ordering::Relaxed);
        for going in lock(&self.going).values() {
            going.stop.cancel();
        }
        self.tasks.close();
        self.tasks.wait().await;
    }

    async fn turn(&self, id: &JournalId, from: ChangeState, to: ChangeState) -> Result<(), Error> {
        self.store.turn_changes(id, from, to).await.map_err(|error| error.to_error())
    }

    /// Lets a walk go on in the background.
    async fn walk(self: &Arc<Self>, id: JournalId, back: bool, anyway: bool) -> Result<(), Error> {
        let going = Going::default();
        match lock(&self.going).entry(id.clone()) {
            std::collections::hash_map::Entry::Occupied(_) => {
                return Err(Error::new(ErrorCode::Conflict, "This run is going on already."));
            }
            std::collections::hash_map::Entry::Vacant(free) => drop(free.insert(going.clone())),
        }
        let state = if back { RunState::Undoing } else { RunState::Running };
        if let Err(error) = self.store.run_is(&id, state, back, None).await {
            lock(&self.going).remove(&id);
            return Err(error.to_error());
        }
        let journal = self.clone();
        self.tasks.spawn(async move {
            journal.ground.changed(&["runs"]);
            let outcome = journal.walked(&id, back, anyway, &going.stop).await;
            journal.ends(&id, back, outcome).await;
            lock(&journal.going).remove(&id);
            going.ended.cancel();
            journal.ground.changed(&["runs", "memories"]);
        });
        Ok(())
    }

    async fn walked(
        &self,
        id: &JournalId,
        back: bool,
        anyway: bool,
        stop: &CancellationToken,
    ) -> Result<(), Halt> {
        let run = self.store.journal_run(id).await.map_err(|error| Halt::Failed(error.to_error()))?;
        let client = self.ground.client(&run.server_id).await.map_err(Halt::Failed)?;
        let told = Mutex::new((Instant::now(), Instant::now()));
        let moved = || {
            let mut told = told.lock().unwrap_or_else(PoisonError::into_inner);
            if told.0.elapsed() >= RUNS_EVERY {
                told.0 = Instant::now();
                self.ground.changed(&["runs"]);
            }
            if told.1.elapsed() >= FACTS_EVERY {
                told.1 = Instant::now();
                self.ground.changed(&["memories"]);
            }
        };
        let walk = Walk {
            store: &self.store,
            client,
            server: run.server_id,
            bank: run.bank_id,
            id: id.clone(),
            back,
            anyway,
            busy: self.busy.clone(),
            stop: stop.clone(),
            moved: &moved,
            pace: Pace::new(),
            refused: AtomicU32::new(0),
        };
        walk.go().await
    }

    async fn ends(&self, id: &JournalId, back: bool, outcome: Result<(), Halt>) {
        let (state, error) = match outcome {
            Ok(()) if back => (RunState::Undone, None),
            Ok(()) => (RunState::Done, None),
            Err(Halt::Stopped) if self.quitting.load(Ordering::Relaxed) => (RunState::Interrupted, None),
            Err(Halt::Stopped) => (RunState::Stopped, None),
            Err(Halt::Interrupted(error)) => (RunState::Interrupted, Some(error)),
            Err(Halt::Failed(error)) => (RunState::Failed, Some(error)),
        };
        tracing::info!(run = %id, ?state, code = ?error.as_ref().map(|error| error.code), "a run of changes came to a halt");
        if let Err(error) = self.store.run_is(id, state, back, error.as_ref()).await {
            tracing::warn!(run = %id, %error, "how a run ended could not be written; it will show as interrupted");
        }
    }
}

fn check(plan: &Plan) -> Result<(), Error> {
    let refuse = |why: String| Err(Error::new(ErrorCode::InvalidInput, why));
    if plan.changes.is_empty() {
        return refuse("There is no memory to change.".to_owned());
    }
    if plan.changes.len() > MOST_CHANGES {
        return refuse(format!(
            "{} changes are more than one run can hold ({MOST_CHANGES}).",
            plan.changes.len()
        ));
    }
    let mut seen = HashSet::with_capacity(plan.changes.len());
    for (fact, edit) in &plan.changes {
        if !seen.insert(fact) {
            return refuse(format!(
                "The memory `{fact}` stands twice in one run; put both changes into one."
            ));
        }
        if edit.is_none() && plan.edit.is_none() {
            return refuse(format!("Nothing is said about what to change of the memory `{fact}`."));
        }
    }
    Ok(())
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

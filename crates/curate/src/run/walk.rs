//! Goes through the changes of a run, forth or back, a few at once.
//!
//! Each step is on disk before the network is asked, and every outcome that is not known is looked up at the
//! fact itself: after a refusal, a cut connection or a crash the fact says whether a change arrived. `journal`
//! starts a walk and writes down how it ended.

use super::back::{Back, Begun, way_back};
use super::edit::{Edit, Idle, patch_value};
use super::kept::{Field, Kept, Stand, stand};
use super::pace::{Halt, Pace, Then, Trouble};
use futures_util::{StreamExt as _, stream};
use rearview_domain::journal::ChangeState;
use rearview_domain::{BankId, Error, ErrorCode, JournalId, ServerId};
use rearview_hindsight::{Client, HindsightError, MemoryPatch};
use rearview_store::{JournalChange, Store, StoreError};
use serde::de::DeserializeOwned;
use serde_json::Value;
use std::collections::HashSet;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

/// Changes that are on their way at once. More only makes a server of one person queue them.
const AT_ONCE: usize = 4;
/// Changes read from the journal in one go.
const BATCH: u32 = 64;
/// A run of nothing but refusals ends here: what refused twenty in a row refuses the rest.
const MOST_REFUSED_IN_A_ROW: u32 = 20;
/// How long a stopped run waits for the answers that are on their way; later ones are looked up when it goes on.
const GRACE: Duration = Duration::from_secs(2);
/// How often a way back is sent for one fact: once, for what a server forgot to restore, and once more.
const MOST_RETURNS: u32 = 3;

const GONE: &str = "It does not exist any more.";

/// Facts that somebody is changing right now, in all runs: two runs never interleave at one fact.
#[derive(Debug, Default)]
pub(crate) struct Busy {
    facts: Mutex<HashSet<(ServerId, BankId, String)>>,
    freed: Notify,
}

struct Held<'a>(&'a Busy, (ServerId, BankId, String));

impl Busy {
    async fn hold(&self, fact: (ServerId, BankId, String)) -> Held<'_> {
        loop {
            // Registered before the look, so that a release in between is not missed.
            let freed = self.freed.notified();
            tokio::pin!(freed);
            freed.as_mut().enable();
            if self.facts.lock().unwrap_or_else(PoisonError::into_inner).insert(fact.clone()) {
                return Held(self, fact);
            }
            freed.await;
        }
    }
}

impl Drop for Held<'_> {
    fn drop(&mut self) {
        self.0.facts.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.1);
        self.0.freed.notify_waiters();
    }
}

/// A walk through one run.
pub(crate) struct Walk<'a> {
    pub(crate) store: &'a Store,
    pub(crate) client: Client,
    pub(crate) server: ServerId,
    pub(crate) bank: BankId,
    pub(crate) id: JournalId,
    pub(crate) back: bool,
    /// Take back also what somebody else changed since.
    pub(crate) anyway: bool,
    pub(crate) busy: Arc<Busy>,
    pub(crate) stop: CancellationToken,
    pub(crate) moved: &'a (dyn Fn() + Send + Sync),
    pub(crate) pace: Pace,
    pub(crate) refused: AtomicU32,
}

impl Walk<'_> {
    /// Goes to the end, or to where it has to halt.
    pub(crate) async fn go(&self) -> Result<(), Halt> {
        loop {
            let batch = self.store.next_changes(&self.id, self.back, BATCH).await.map_err(disk)?;
            if batch.is_empty() {
                return Ok(());
            }
            let mut going = stream::iter(batch).map(|change| self.step(change)).buffer_unordered(AT_ONCE);
            let mut halt = None;
            while let Some(stepped) = going.next().await {
                (self.moved)();
                if let Err(why) = stepped
                    && halt.is_none()
                {
                    // What is on its way comes to its end; what has not begun sees the stop and ends at once.
                    self.stop.cancel();
                    halt = Some(why);
                }
            }
            if let Some(halt) = halt {
                return Err(halt);
            }
        }
    }

    async fn step(&self, change: JournalChange) -> Result<(), Halt> {
        if self.stop.is_cancelled() {
            return Err(Halt::Stopped);
        }
        let fact = (self.server.clone(), self.bank.clone(), change.fact_id.clone());
        let _held = self.busy.hold(fact).await;
        match self.back {
            false => self.forth(change).await,
            true => self.back(change).await,
        }
    }

    async fn forth(&self, change: JournalChange) -> Result<(), Halt> {
        let mut trouble = Trouble::default();
        let mut sent = match change.state {
            ChangeState::Sent => Some((read(change.before.clone())?, read(change.patch.clone())?)),
            _ => None,
        };
        loop {
            let now = match self.look(&change.fact_id, &mut trouble).await? {
                Looked::Fact(now) => now,
                Looked::Gone => return self.is(&change, ChangeState::Skipped, None, Some(GONE)).await,
                Looked::Again => continue,
                Looked::Refused(error) if sent.is_some() => return Err(Halt::Interrupted(error)),
                Looked::Refused(error) => return self.refuse(&change, error).await,
            };
            if let Some((before, patch)) = &sent {
                match stand(before, patch, &now) {
                    Stand::AsWanted => return self.is(&change, ChangeState::Done, Some(&now), None).await,
                    Stand::AsBefore => {}
                    Stand::Other(fields) => {
                        let why = changed_by_others(&fields);
                        return self.is(&change, ChangeState::Conflict, Some(&now), Some(&why)).await;
                    }
                }
            }
            let edit: Edit = read(Some(change.edit.clone()))?;
            let patch = match edit.on(&now) {
                Ok(patch) => patch,
                Err(idle) => return self.idle(&change, idle).await,
            };
            let before = serde_json::to_value(&now).unwrap_or_default();
            self.store
                .change_sent(&self.id, change.place, &before, &patch_value(&patch))
                .await
                .map_err(disk)?;
            match self.call(self.client.patch_memory(&self.bank, &change.fact_id, &patch)).await? {
                Ok(fact) => {
                    self.refused.store(0, Ordering::Relaxed);
                    return self.arrived(&change, &now, &patch, Kept::from(&fact)).await;
                }
                Err(HindsightError::NotFound { .. }) => {
                    return self.is(&change, ChangeState::Skipped, None, Some(GONE)).await;
                }
                Err(error) => match trouble.judge(&error, &self.pace)? {
                    // The fact is looked at again: it may have arrived all the same.
                    Then::Again => sent = Some((now, patch)),
                    Then::Refused(error) => {
                        return self.refused_unless_arrived(&change, &now, &patch, error).await;
                    }
                },
            }
        }
    }

    /// The server said yes. It is believed when the fact shows it.
    async fn arrived(
        &self,
        change: &JournalChange,
        before: &Kept,
        patch: &MemoryPatch,
        answered: Kept,
    ) -> Result<(), Halt> {
        if stand(before, patch, &answered) == Stand::AsWanted {
            return self.is(change, ChangeState::Done, Some(&answered), None).await;
        }
        let mut trouble = Trouble::default();
        loop {
            let now = match self.look(&change.fact_id, &mut trouble).await? {
                Looked::Fact(now) => now,
                Looked::Gone => return self.is(change, ChangeState::Skipped, None, Some(GONE)).await,
                Looked::Again => continue,
                Looked::Refused(error) => return Err(Halt::Interrupted(error)),
            };
            return match stand(before, patch, &now) {
                Stand::AsWanted => self.is(change, ChangeState::Done, Some(&now), None).await,
                Stand::AsBefore => {
                    let why = "The server said that it was changed, and it is as it was.";
                    self.refuse(change, Error::new(ErrorCode::ServerIncompatible, why)).await
                }
                Stand::Other(fields) => {
                    let why = format!("The server keeps it in another form: {}.", Field::words(&fields));
                    self.is(change, ChangeState::Done, Some(&now), Some(&why)).await
                }
            };
        }
    }

    /// The server said no, or failed. Whether the change arrived all the same is looked up once.
    async fn refused_unless_arrived(
        &self,
        change: &JournalChange,
        before: &Kept,
        patch: &MemoryPatch,
        error: Error,
    ) -> Result<(), Halt> {
        let mut trouble = Trouble::default();
        loop {
            let now = match self.look(&change.fact_id, &mut trouble).await? {
                Looked::Fact(now) => now,
                Looked::Gone => return self.is(change, ChangeState::Skipped, None, Some(GONE)).await,
                Looked::Again => continue,
                Looked::Refused(error) => return Err(Halt::Interrupted(error)),
            };
            return match stand(before, patch, &now) {
                Stand::AsWanted => self.is(change, ChangeState::Done, Some(&now), None).await,
                Stand::AsBefore => self.refuse(change, error).await,
                Stand::Other(fields) => {
                    let why = changed_by_others(&fields);
                    self.is(change, ChangeState::Conflict, Some(&now), Some(&why)).await
                }
            };
        }
    }

    async fn back(&self, change: JournalChange) -> Result<(), Halt> {
        let mut trouble = Trouble::default();
        let before: Kept = read(change.before.clone())?;
        let mut after: Option<Kept> = match &change.after {
            Some(after) => Some(read(Some(after.clone()))?),
            None => None,
        };
        let mut begun = if change.state == ChangeState::Returning { Begun::Yes } else { Begun::No };
        let mut returns = 0;
        let mut answered = None;
        loop {
            let now = match answered.take() {
                Some(now) => now,
                None => match self.look(&change.fact_id, &mut trouble).await? {
                    Looked::Fact(now) => now,
                    Looked::Gone => return self.is(&change, ChangeState::Conflict, None, Some(GONE)).await,
                    Looked::Again => continue,
                    Looked::Refused(error) if begun == Begun::Yes => return Err(Halt::Interrupted(error)),
                    Looked::Refused(error) => return self.left_alone(&change, &error.message).await,
                },
            };
            // A change that was sent and of which nobody knew: now the fact tells.
            let left = match &after {
                Some(after) => after.clone(),
                None => {
                    let patch: MemoryPatch = read(change.patch.clone())?;
                    match stand(&before, &patch, &now) {
                        Stand::AsBefore => return self.is(&change, ChangeState::Undone, None, None).await,
                        Stand::AsWanted => {}
                        Stand::Other(_) if self.anyway => {}
                        Stand::Other(fields) => {
                            return self.left_alone(&change, &changed_by_others(&fields)).await;
                        }
                    }
                    let value = serde_json::to_value(&now).unwrap_or_default();
                    let done = self.store.change_is(&self.id, change.place, change.state, Some(&value), None);
                    done.await.map_err(disk)?;
                    after = Some(now.clone());
                    now.clone()
                }
            };
            let patch = match way_back(&before, &left, &now, begun, self.anyway) {
                Back::There => return self.is(&change, ChangeState::Undone, None, None).await,
                Back::Changed(fields) => return self.left_alone(&change, &changed_by_others(&fields)).await,
                Back::Send(_) if returns == MOST_RETURNS => {
                    let off = Field::words(&now.differing(&before));
                    let why = format!("The server said that it was put back, and it is not: {off}.");
                    return self.left_alone(&change, &why).await;
                }
                Back::Send(patch) => patch,
            };
            let marked = self.store.change_is(&self.id, change.place, ChangeState::Returning, None, None);
            marked.await.map_err(disk)?;
            begun = Begun::Yes;
            match self.call(self.client.patch_memory(&self.bank, &change.fact_id, &patch)).await? {
                Ok(fact) => {
                    returns += 1;
                    self.refused.store(0, Ordering::Relaxed);
                    let now = Kept::from(&fact);
                    // Anything but a fact as it was is looked at itself before more is done.
                    let there = way_back(&before, &left, &now, begun, self.anyway) == Back::There;
                    answered = there.then_some(now);
                }
                Err(HindsightError::NotFound { .. }) => {
                    return self.is(&change, ChangeState::Conflict, None, Some(GONE)).await;
                }
                Err(error) => match trouble.judge(&error, &self.pace)? {
                    Then::Again => {}
                    Then::Refused(error) => {
                        self.count_refusal(&error)?;
                        return self.left_alone(&change, &said(&error)).await;
                    }
                },
            }
        }
    }

    async fn look(&self, fact: &str, trouble: &mut Trouble) -> Result<Looked, Halt> {
        self.pace.wait(&self.stop).await?;
        match self.call(self.client.memory(&self.bank, fact)).await? {
            Ok(fact) => Ok(Looked::Fact(Kept::from(&fact))),
            Err(HindsightError::NotFound { .. }) => Ok(Looked::Gone),
            Err(error) => Ok(match trouble.judge(&error, &self.pace)? {
                Then::Again => Looked::Again,
                Then::Refused(error) => Looked::Refused(error),
            }),
        }
    }

    /// A call, which a stop cuts off only after a moment.
    async fn call<T>(&self, call: impl Future<Output = T>) -> Result<T, Halt> {
        let stopped = async {
            self.stop.cancelled().await;
            tokio::time::sleep(GRACE).await;
        };
        tokio::select! {
            biased;
            answer = call => Ok(answer),
            () = stopped => Err(Halt::Stopped),
        }
    }

    async fn is(
        &self,
        change: &JournalChange,
        state: ChangeState,
        after: Option<&Kept>,
        why: Option<&str>,
    ) -> Result<(), Halt> {
        let after = after.map(|after| serde_json::to_value(after).unwrap_or_default());
        self.store.change_is(&self.id, change.place, state, after.as_ref(), why).await.map_err(disk)
    }

    async fn idle(&self, change: &JournalChange, idle: Idle) -> Result<(), Halt> {
        self.is(change, ChangeState::Skipped, None, Some(idle.why())).await
    }

    async fn left_alone(&self, change: &JournalChange, why: &str) -> Result<(), Halt> {
        self.is(change, ChangeState::Conflict, None, Some(why)).await
    }

    async fn refuse(&self, change: &JournalChange, error: Error) -> Result<(), Halt> {
        self.is(change, ChangeState::Failed, None, Some(&said(&error))).await?;
        self.count_refusal(&error)
    }

    fn count_refusal(&self, error: &Error) -> Result<(), Halt> {
        match self.refused.fetch_add(1, Ordering::Relaxed) + 1 >= MOST_REFUSED_IN_A_ROW {
            true => Err(Halt::Failed(error.clone())),
            false => Ok(()),
        }
    }
}

enum Looked {
    Fact(Kept),
    Gone,
    Again,
    Refused(Error),
}

fn changed_by_others(fields: &[Field]) -> String {
    format!("Somebody else changed it since: {}.", Field::words(fields))
}

/// The sentence with the server's own words, when it has some that the sentence lacks.
fn said(error: &Error) -> String {
    let words = error.source.as_ref().and_then(|source| source.message.as_deref());
    match words {
        Some(words) if !error.message.contains(words) => format!("{} {words}", error.message),
        _ => error.message.clone(),
    }
}

fn disk(error: StoreError) -> Halt {
    Halt::Failed(error.to_error())
}

fn read<T: DeserializeOwned>(value: Option<Value>) -> Result<T, Halt> {
    serde_json::from_value(value.unwrap_or_default()).map_err(|error| {
        let why = format!("The journal of changes holds something that cannot be read: {error}.");
        Halt::Failed(Error::new(ErrorCode::Internal, why))
    })
}

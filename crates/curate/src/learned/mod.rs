//! What turns taught memory: looked after in the background until it is known, then never again.
//!
//! The outbox notes a turn before it hands it over (`learning` in the store) and the note is due once the turn was
//! stored. A look (`look`) asks the server for the turn's facts, the observations that name them and what was noted at
//! the document; `compare` makes of it what the record says; `said` finds the sentences. `rearview-api` starts one
//! [`Follow`] with the app. While nothing is noted it waits for a wake and does nothing.

mod compare;
mod look;
mod said;

use look::Looked;
use rearview_domain::learned::{Learned, LearnedCounts, LearnedState};
use rearview_domain::record::RecordPart;
use rearview_domain::time::Time;
use rearview_domain::{BankId, ChatId, Error, ServerId, TurnId};
use rearview_hindsight::Client;
use rearview_store::{Learning, Store, StoreError};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Notify;

/// Waits between looks, in milliseconds; the last one is kept to. Facts are there at once, observations take a model.
const WAITS_MS: [i64; 9] = [500, 1_000, 2_000, 4_000, 8_000, 15_000, 30_000, 60_000, 120_000];
/// It is given up after so long, but not before so many looks: an app that was closed has not looked.
const GIVE_UP_MS: i64 = 3 * 60 * 60 * 1_000;
const LEAST_LOOKS: u32 = 12;
/// Turns that are looked after in one go.
const BATCH: u32 = 16;
/// How long one look may take.
const LOOK: Duration = Duration::from_secs(30);

/// Where servers are found, and who hears that more is known.
#[async_trait::async_trait]
pub trait Watch: Send + Sync {
    /// The client of a memory server.
    ///
    /// # Errors
    /// When the server is not set up any more, or its key cannot be read.
    async fn client(&self, server: &ServerId) -> Result<Client, Error>;

    /// Why a server makes no observations at all, whatever its banks say; `None` when it may.
    fn unobserved(&self, server: &ServerId) -> Option<String>;

    /// More is known of what a turn taught memory.
    fn learned(&self, chat: &ChatId, turn: &TurnId, counts: &LearnedCounts);
}

/// Looks after what turns taught memory.
pub struct Follow {
    store: Store,
    watch: Arc<dyn Watch>,
    wake: Arc<Notify>,
}

impl Follow {
    /// One that does not look yet. `wake` is told when there is something to look at.
    pub fn new(store: Store, watch: Arc<dyn Watch>, wake: Arc<Notify>) -> Self {
        Self { store, watch, wake }
    }

    /// Looks until the process ends.
    pub async fn run(&self) {
        loop {
            match self.round().await {
                Ok(Some(wait)) => {
                    // A clock that was set back must not stop it: it looks again after a while.
                    let wait = wait.min(Duration::from_secs(120));
                    let _ = tokio::time::timeout(wait, self.wake.notified()).await;
                }
                Ok(None) => self.wake.notified().await,
                Err(error) => {
                    tracing::error!(%error, "what turns taught memory could not be read or written");
                    tokio::time::sleep(Duration::from_secs(30)).await;
                }
            }
        }
    }

    /// Looks after everything that is due. Answers how long to wait; `None` when nothing is left.
    ///
    /// # Errors
    /// The store's.
    pub async fn round(&self) -> Result<Option<Duration>, StoreError> {
        for learning in self.store.learning_due(&Time::now(), BATCH).await? {
            self.one(learning).await?;
        }
        let now = Time::now().as_ms().unwrap_or_default();
        Ok(self.store.learning_next().await?.map(|at| {
            let wait = at.as_ms().unwrap_or(now).saturating_sub(now).max(100);
            Duration::from_millis(u64::try_from(wait).unwrap_or(100))
        }))
    }

    async fn one(&self, learning: Learning) -> Result<(), StoreError> {
        let turn_id = &learning.turn_id;
        let Some(record) = self.store.record(turn_id).await? else {
            return self.store.learning_over(turn_id).await;
        };
        let looking = async {
            let client = self.watch.client(&learning.server_id).await?;
            let unobserved = self.watch.unobserved(&learning.server_id);
            look::look(&client, &learning, &record, unobserved).await.map_err(|error| error.to_error())
        };
        let late = || {
            Err(Error::new(rearview_domain::ErrorCode::Timeout, "The memory server did not answer in time."))
        };
        let looked = tokio::time::timeout(LOOK, looking).await.unwrap_or_else(|_| late());
        let looks = learning.looks.saturating_add(1);
        let long = is_long(&learning, looks);
        let learned = match looked {
            Ok(Looked::Seen(seen)) => {
                let mut learned = compare::compare(&learning, &record, *seen);
                if learned.state == LearnedState::Pending && long {
                    let why = "The server has not said for three hours that the facts were built into observations.";
                    learned.state = LearnedState::GaveUp { why: why.into() };
                }
                Some(learned)
            }
            Ok(Looked::BankGone) => {
                let why = "The server has no such bank, or does not list its facts.".into();
                Some(told_last(&learning, record.learned.clone(), LearnedState::Failed { why }))
            }
            Err(error) if long => {
                let state = LearnedState::GaveUp { why: error.message };
                Some(told_last(&learning, record.learned.clone(), state))
            }
            Err(error) => {
                tracing::debug!(%error, %turn_id, "what a turn taught memory could not be asked for");
                None
            }
        };
        let over = learned.as_ref().is_some_and(|learned| learned.state != LearnedState::Pending);
        if let Some(learned) = learned
            && !self.tell(&learning, record.learned, learned).await?
        {
            return self.store.learning_over(turn_id).await;
        }
        if over {
            return self.store.learning_over(turn_id).await;
        }
        self.store.learning_later(turn_id, looks, &Time::now().plus_ms(wait_ms(learning.looks))).await
    }

    /// Writes down what is known now, when it is more than before. Whether the turn is still there.
    async fn tell(
        &self,
        learning: &Learning,
        before: Option<Learned>,
        learned: Learned,
    ) -> Result<bool, StoreError> {
        let (chat, turn) = (&learning.chat_id, &learning.turn_id);
        let counts = learned.counts();
        let row = self.store.turn(turn).await?;
        if row.as_ref().is_some_and(|row| row.learned.as_ref() == Some(&counts))
            && before.is_some_and(|before| Learned { at: learned.at.clone(), ..before } == learned)
        {
            return Ok(true);
        }
        if !self.store.set_learned(turn, &counts).await? {
            return Ok(false);
        }
        let part = RecordPart::Learned(Box::new(learned));
        self.store.append_record(turn, chat, &Time::now(), &part).await?;
        tracing::debug!(%turn, added = counts.added, pending = counts.pending, "more is known of what a turn taught");
        self.watch.learned(chat, turn, &counts);
        Ok(true)
    }
}

/// What was known last, with another state; when nothing was, that.
fn told_last(learning: &Learning, last: Option<Learned>, state: LearnedState) -> Learned {
    match last {
        Some(last) => Learned { state, at: Time::now(), ..last },
        None => nothing(learning.server_id.clone(), learning.bank_id.clone(), state),
    }
}

fn nothing(server_id: ServerId, bank_id: BankId, state: LearnedState) -> Learned {
    Learned {
        state,
        at: Time::now(),
        server_id,
        bank_id,
        facts_known: false,
        added: Vec::new(),
        removed: None,
        observations: None,
        unobserved: None,
        removals_known: false,
        entities: Vec::new(),
    }
}

fn is_long(learning: &Learning, looks: u32) -> bool {
    let since = learning.since.as_ref().and_then(Time::as_ms);
    let age = Time::now().as_ms().zip(since).map_or(0, |(now, since)| now.saturating_sub(since));
    age >= GIVE_UP_MS && looks >= LEAST_LOOKS
}

fn wait_ms(looks: u32) -> i64 {
    let place = usize::try_from(looks).unwrap_or(usize::MAX).min(WAITS_MS.len() - 1);
    WAITS_MS[place]
}

#[cfg(test)]
mod tests {
    use super::*;
    use rearview_domain::learned::Before;

    fn learning(since: Time) -> Learning {
        Learning {
            turn_id: "t".into(),
            chat_id: "c".into(),
            server_id: "s".into(),
            bank_id: "b".into(),
            before: Before::default(),
            since: Some(since),
            looks: 0,
            next_look_at: Time::now(),
        }
    }

    #[test]
    fn looks_get_rarer_and_never_stop_getting_a_wait() {
        assert_eq!((wait_ms(0), wait_ms(3), wait_ms(8)), (500, 4_000, 120_000));
        assert_eq!(wait_ms(u32::MAX), 120_000);
    }

    #[test]
    fn it_is_given_up_by_time_and_looks_so_that_a_closed_app_does_not_give_up() {
        let old = learning(Time::now().plus_ms(-GIVE_UP_MS - 1));
        assert!(!is_long(&old, 1), "the app was closed");
        assert!(is_long(&old, LEAST_LOOKS));
        assert!(!is_long(&learning(Time::now()), 500));
    }
}

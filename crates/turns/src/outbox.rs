//! Carries what was said to memory, and takes it out again, once in effect whatever happens.
//!
//! An item is on disk before any network call. A retain is asynchronous with an operation id of ours
//! that is on disk too, so sending it twice (after a crash, a time-out, a lost answer) makes the server
//! answer with the first operation. The operation is then asked for until it ends. A server that
//! refuses for good ends the item as failed: it is shown, can be tried again by hand, and holds up
//! nothing else. A deletion waits for the retain of the same document, which the store sees to.

mod before;

use rearview_domain::time::Time;
use rearview_domain::turn::RetainState;
use rearview_domain::{ChatId, Error, ErrorCode, ServerId, TurnId};
use rearview_hindsight::{Client, HindsightError, OperationStatus, RetainItem, RetainRequest};
use rearview_store::{OutboxAction, OutboxItem, OutboxStage, Store, StoreError, fault};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Notify;

/// The first wait after a failure; each further one is twice as long.
const FIRST_WAIT_MS: i64 = 2_000;
/// The longest wait that a server may ask for. An item that is due later than that was dated by a clock
/// that was wrong.
const LONGEST_ASKED_MS: i64 = 60 * 60 * 1_000;
/// The longest wait between tries.
const LONGEST_WAIT_MS: i64 = 10 * 60 * 1_000;
/// How soon a sent retain is asked for first, and how long at most between two questions. Hindsight 1.1
/// looks for work twice a second.
const POLL_MS: (i64, i64) = (300, 15_000);
/// How often a failed operation is retried on the server before the item fails.
const SERVER_RETRIES: u32 = 3;
/// Items that are carried in one go.
const BATCH: u32 = 16;

/// Where the outbox finds servers and whom it tells.
#[async_trait::async_trait]
pub trait Post: Send + Sync {
    /// The client of a memory server.
    ///
    /// # Errors
    /// When the server is not set up any more, or its key cannot be read.
    async fn client(&self, server: &ServerId) -> Result<Client, Error>;

    /// A turn's retain moved on.
    fn moved(&self, chat: &ChatId, turn: &TurnId, state: &RetainState);
}

/// The outbox of a store.
pub struct Outbox {
    store: Store,
    post: Arc<dyn Post>,
    wake: Arc<Notify>,
}

/// How an attempt went.
enum Outcome {
    /// The item is done.
    Done(RetainState),
    /// The item stays, changed, with the state its turn shows; none for deletions.
    Stays(Box<OutboxItem>, Option<RetainState>),
}

impl Outbox {
    /// An outbox that is not running.
    pub fn new(store: Store, post: Arc<dyn Post>) -> Self {
        Self { store, post, wake: Arc::new(Notify::new()) }
    }

    /// Wakes the outbox after something was put in.
    pub fn waker(&self) -> Arc<Notify> {
        self.wake.clone()
    }

    /// Carries items until the process ends.
    pub async fn run(&self) {
        loop {
            let wait = match self.carry().await {
                Ok(wait) => wait,
                Err(error) => {
                    tracing::error!(%error, "the outbox could not read or write its items");
                    Some(Duration::from_secs(10))
                }
            };
            match wait {
                // A clock that was set back must not stop the outbox: it looks again after a minute.
                Some(wait) => {
                    let wait = wait.min(Duration::from_secs(60));
                    let _ = tokio::time::timeout(wait, self.wake.notified()).await;
                }
                None => self.wake.notified().await,
            }
        }
    }

    /// Carries everything that is due. Answers how long to wait for the next item; `None` when there is none.
    ///
    /// # Errors
    /// The store's.
    pub async fn carry(&self) -> Result<Option<Duration>, StoreError> {
        loop {
            let due = self.store.due(&Time::now(), BATCH).await?;
            if due.is_empty() && !self.correct_dates().await? {
                break;
            }
            for item in due {
                match self.carry_one(item).await {
                    // Its branch was left, or somebody else ended it, since it was read.
                    Err(StoreError::NotFound { .. }) => {}
                    carried => carried?,
                }
            }
        }
        let now = Time::now().as_ms().unwrap_or_default();
        Ok(self.store.next_due().await?.map(|at| {
            let wait = at.as_ms().unwrap_or(now).saturating_sub(now).max(50);
            Duration::from_millis(u64::try_from(wait).unwrap_or(50))
        }))
    }

    /// Makes items due that a wrong clock has put off for longer than anything is put off. Answers whether
    /// there were any.
    async fn correct_dates(&self) -> Result<bool, StoreError> {
        let limit = Time::now().plus_ms(LONGEST_ASKED_MS);
        if self.store.next_due().await?.is_none_or(|next| next <= limit) {
            return Ok(false);
        }
        let items = self.store.outbox_items(u32::MAX, 0).await?.items;
        for mut item in items.into_iter().filter(|item| item.next_try_at > limit) {
            item.next_try_at = Time::now();
            match self.store.outbox_update(&item, None).await {
                Err(StoreError::NotFound { .. }) => {}
                kept => kept?,
            }
        }
        Ok(true)
    }

    async fn carry_one(&self, item: OutboxItem) -> Result<(), StoreError> {
        let (turn_id, chat_id, id) = (item.turn_id.clone(), item.chat_id.clone(), item.id);
        let span = tracing::info_span!("outbox", run_id = %turn_id, item = id);
        let outcome = tracing::Instrument::instrument(self.attempt(item), span).await?;
        fault::point("outbox.after_call");
        match outcome {
            Outcome::Done(state) => {
                self.store.outbox_done(id, state.clone()).await?;
                tracing::info!(%turn_id, "an item of the outbox is done");
                self.post.moved(&chat_id, &turn_id, &state);
            }
            Outcome::Stays(item, state) => {
                self.store.outbox_update(&item, state.clone()).await?;
                if let Some(state) = state {
                    self.post.moved(&chat_id, &turn_id, &state);
                }
            }
        }
        fault::point("outbox.after_update");
        Ok(())
    }

    async fn attempt(&self, mut item: OutboxItem) -> Result<Outcome, StoreError> {
        let client = match self.post.client(&item.server_id).await {
            Ok(client) => client,
            Err(error) => {
                item.attempts += 1;
                return Ok(later_or_never(item, error));
            }
        };
        match (&item.action, item.stage) {
            (OutboxAction::DeleteDocument, _) => {
                item.attempts += 1;
                Ok(self.delete(client, item).await)
            }
            (OutboxAction::Retain { .. }, OutboxStage::Sent) => Ok(self.ask(client, item).await),
            (OutboxAction::Retain { payload }, _) => {
                let payload = payload.clone();
                item.attempts += 1;
                item.operation_id.get_or_insert_with(|| uuid::Uuid::new_v4().to_string());
                // Both are on disk before the call: a count of 0 means that no server can have it, and
                // the id makes a second sending after a crash harmless.
                self.store.outbox_update(&item, None).await?;
                before::note(&self.store, &client, &item).await?;
                fault::point("outbox.before_send");
                Ok(self.send(client, item, payload).await)
            }
        }
    }

    async fn send(&self, client: Client, mut item: OutboxItem, payload: serde_json::Value) -> Outcome {
        let retain: RetainItem = match serde_json::from_value(payload) {
            Ok(retain) => retain,
            Err(error) => {
                let message = format!("What was to be retained cannot be read: {error}.");
                return never(item, Error::new(ErrorCode::Internal, message));
            }
        };
        let operation_id = item.operation_id.clone();
        let request = RetainRequest { items: vec![retain], r#async: true, operation_id };
        match client.retain(&item.bank_id, &request).await {
            Ok(answer) => {
                item.operation_id = answer.operation_id.or(item.operation_id);
                sent(item, None, POLL_MS.0)
            }
            Err(HindsightError::Conflict { .. }) => {
                // The id belongs to another operation; a new one is as good.
                item.operation_id = None;
                let error = Error::new(ErrorCode::Conflict, "The server knows the operation's id already.");
                later_or_never(item, error)
            }
            Err(error) => later_or_never(item, error.to_error()),
        }
    }

    /// Asks how a sent retain is. Only what goes wrong counts as a try: extraction may take many questions.
    async fn ask(&self, client: Client, mut item: OutboxItem) -> Outcome {
        let Some(operation_id) = item.operation_id.clone() else {
            item.stage = OutboxStage::Queued;
            return sent_again(item, 0);
        };
        let operation = match client.operation(&item.bank_id, &operation_id).await {
            Ok(operation) => operation,
            Err(error) => {
                let error = error.to_error();
                // The server has it; only its state is unknown for now.
                item.attempts += 1;
                let wait = wait_ms(item.attempts, error.retry_after_ms);
                return sent(item, Some(error.message), wait);
            }
        };
        let said = operation.error_message.clone();
        match operation.status {
            OperationStatus::Completed => Outcome::Done(RetainState::Done { at: Time::now() }),
            OperationStatus::Failed if item.attempts < SERVER_RETRIES => {
                item.attempts += 1;
                match client.retry_operation(&item.bank_id, &operation_id).await {
                    Ok(_) => {
                        let wait = wait_ms(item.attempts, None);
                        sent(item, Some("failed on the server, tried again".into()), wait)
                    }
                    Err(error) => never(item, error.to_error()),
                }
            }
            OperationStatus::Failed => {
                let said = said.unwrap_or_else(|| "it did not say why".into());
                never(
                    item,
                    Error::new(
                        ErrorCode::ServerIncompatible,
                        format!("The memory server could not extract it: {said}."),
                    ),
                )
            }
            OperationStatus::Cancelled => {
                never(item, Error::new(ErrorCode::Cancelled, "It was cancelled on the memory server."))
            }
            OperationStatus::NotFound => match client.document(&item.bank_id, &item.document_id).await {
                // The server keeps finished operations for a while only; the document is the proof.
                Ok(Some(_)) => Outcome::Done(RetainState::Done { at: Time::now() }),
                Ok(None) => {
                    item.stage = OutboxStage::Queued;
                    item.operation_id = Some(uuid::Uuid::new_v4().to_string());
                    let wait = patience_ms(&item).min(LONGEST_WAIT_MS);
                    sent_again(item, wait)
                }
                Err(error) => {
                    let error = error.to_error();
                    item.attempts += 1;
                    let wait = wait_ms(item.attempts, error.retry_after_ms);
                    sent(item, Some(error.message), wait)
                }
            },
            OperationStatus::Pending | OperationStatus::Processing | OperationStatus::Other(_) => {
                let wait = patience_ms(&item).min(POLL_MS.1);
                sent(item, said, wait)
            }
        }
    }

    async fn delete(&self, client: Client, item: OutboxItem) -> Outcome {
        match client.delete_document(&item.bank_id, &item.document_id).await {
            Ok(_) => Outcome::Done(RetainState::Removed { at: Time::now() }),
            // A bank that is gone took the document along.
            Err(HindsightError::NotFound { .. }) => Outcome::Done(RetainState::Removed { at: Time::now() }),
            Err(error) => match later_or_never(item, error.to_error()) {
                Outcome::Stays(item, _) => Outcome::Stays(item, None),
                done => done,
            },
        }
    }
}

/// A wait that grows with the age of an item, so that an old one is asked for less often. A clock that
/// was set back makes it the shortest.
fn patience_ms(item: &OutboxItem) -> i64 {
    let age =
        Time::now().as_ms().zip(item.created_at.as_ms()).map_or(0, |(now, made)| now.saturating_sub(made));
    (age / 4).max(POLL_MS.0)
}

/// The state a turn shows for a retain that is on its way.
fn sent(mut item: OutboxItem, progress: Option<String>, wait_ms: i64) -> Outcome {
    if item.stage != OutboxStage::Sent {
        item.stage = OutboxStage::Sent;
        item.attempts = 0;
    }
    item.last_error = None;
    item.next_try_at = Time::now().plus_ms(wait_ms);
    let state = RetainState::Sent {
        operation_id: item.operation_id.clone().unwrap_or_default(),
        progress,
        next_try_at: item.next_try_at.clone(),
    };
    Outcome::Stays(Box::new(item), Some(state))
}

fn sent_again(mut item: OutboxItem, wait_ms: i64) -> Outcome {
    item.next_try_at = Time::now().plus_ms(wait_ms);
    let state = RetainState::Queued {
        next_try_at: item.next_try_at.clone(),
        attempts: item.attempts,
        last_error: item.last_error.clone(),
    };
    Outcome::Stays(Box::new(item), Some(state))
}

fn never(mut item: OutboxItem, error: Error) -> Outcome {
    item.stage = OutboxStage::Failed;
    item.last_error = Some(error.clone());
    let state = RetainState::Failed { error, attempts: item.attempts };
    Outcome::Stays(Box::new(item), Some(state))
}

/// Waits when a later try may succeed, and gives up when it cannot.
fn later_or_never(mut item: OutboxItem, error: Error) -> Outcome {
    if !may_pass(&error) {
        return never(item, error);
    }
    item.next_try_at = Time::now().plus_ms(wait_ms(item.attempts, error.retry_after_ms));
    item.last_error = Some(error.clone());
    let state = RetainState::Queued {
        next_try_at: item.next_try_at.clone(),
        attempts: item.attempts,
        last_error: Some(error),
    };
    Outcome::Stays(Box::new(item), Some(state))
}

/// Whether waiting can help. A refused key or a refused text stays refused until a person does something;
/// a page of a hotel's network in place of the server does not.
fn may_pass(error: &Error) -> bool {
    error.retryable
        || matches!(
            error.code,
            ErrorCode::Conflict
                | ErrorCode::ServerIncompatible
                | ErrorCode::SecretStoreUnavailable
                | ErrorCode::Internal
        )
}

/// Lets what a server refused be tried again, because its key or address was changed. Answers whether
/// there was anything.
///
/// # Errors
/// The store's.
pub async fn revive(store: &Store, server: &ServerId) -> Result<bool, StoreError> {
    let mut revived = false;
    let items = store.outbox_items(u32::MAX, 0).await?.items;
    for mut item in items.into_iter().filter(|item| &item.server_id == server) {
        let refused = item.last_error.as_ref().is_some_and(|error| {
            matches!(
                error.code,
                ErrorCode::AuthFailed
                    | ErrorCode::PermissionDenied
                    | ErrorCode::QuotaExceeded
                    | ErrorCode::NotConfigured
                    | ErrorCode::NetworkUnreachable
                    | ErrorCode::ServerIncompatible
            )
        });
        if item.stage == OutboxStage::Sent || !refused {
            continue;
        }
        let state = again(&mut item);
        match store.outbox_update(&item, state).await {
            Err(StoreError::NotFound { .. }) => {}
            kept => {
                kept?;
                revived = true;
            }
        }
    }
    Ok(revived)
}

/// Makes an item due now, and answers the state that its turn shows; none for deletions.
pub fn again(item: &mut OutboxItem) -> Option<RetainState> {
    if item.stage == OutboxStage::Failed {
        // The server may know the old operation as failed for good; a new id makes it try afresh.
        item.operation_id = None;
        item.attempts = 1;
    }
    item.stage = OutboxStage::Queued;
    item.next_try_at = Time::now();
    matches!(item.action, OutboxAction::Retain { .. }).then(|| RetainState::Queued {
        next_try_at: item.next_try_at.clone(),
        attempts: item.attempts,
        last_error: item.last_error.clone(),
    })
}

fn wait_ms(attempts: u32, asked_for: Option<u32>) -> i64 {
    let backoff =
        FIRST_WAIT_MS.saturating_mul(1_i64 << attempts.saturating_sub(1).min(16)).min(LONGEST_WAIT_MS);
    asked_for.map_or(backoff, |asked| i64::from(asked).clamp(FIRST_WAIT_MS, LONGEST_ASKED_MS))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_grow_to_a_limit_and_the_server_may_ask_for_its_own() {
        assert_eq!(wait_ms(1, None), 2_000);
        assert_eq!(wait_ms(4, None), 16_000);
        assert_eq!(wait_ms(40, None), LONGEST_WAIT_MS);
        assert_eq!(wait_ms(1, Some(40_000)), 40_000);
        assert_eq!(wait_ms(1, Some(u32::MAX)), LONGEST_ASKED_MS);
    }

    #[test]
    fn a_dead_server_may_pass_and_a_refused_key_may_not() {
        assert!(may_pass(&Error::new(ErrorCode::NetworkUnreachable, "x")));
        assert!(may_pass(&Error::new(ErrorCode::Overloaded, "x")));
        assert!(!may_pass(&Error::new(ErrorCode::AuthFailed, "x")));
        assert!(!may_pass(&Error::new(ErrorCode::InvalidInput, "x")));
        assert!(!may_pass(&Error::new(ErrorCode::NotConfigured, "x")));
    }
}

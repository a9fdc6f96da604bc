//! A replay at work: asks memory where an arm wants that, sends the requests, keeps what comes. It writes no message,
//! no turn and no part of the turn's record, and nothing of it goes to the outbox.

use super::gather::Gathered;
use crate::app::App;
use crate::commands::provider::account;
use futures_util::StreamExt as _;
use rearview_domain::record::MemoryCall;
use rearview_domain::replay::ReplaySample;
use rearview_domain::replay::{AskedNow, Replay, ReplayArm, ReplayKind, ReplayState};
use rearview_domain::time::Time;
use rearview_domain::{Error, ErrorCode, ReplayId};
use rearview_store::{Store, StoreError};
use rearview_turns::ask;
use rearview_turns::plan::Plan;
use rearview_turns::replay::basis::Question;
use rearview_turns::replay::{Ready, influence, samples};
use std::time::{Duration, Instant};
use tokio_util::sync::CancellationToken;

/// How often the page is told that more has come.
const EVERY: Duration = Duration::from_millis(200);

/// A replay that is marked as at work; over when dropped, also by a panic.
pub(super) struct Going {
    app: App,
    id: ReplayId,
}

impl Going {
    pub(super) fn new(app: &App, id: &ReplayId) -> Self {
        Self { app: app.clone(), id: id.clone() }
    }
}

impl Drop for Going {
    fn drop(&mut self) {
        self.app.0.replays.end(&self.id);
        self.app.changed(&["replays"]);
    }
}

/// Runs a replay to its end.
pub(super) async fn run(
    going: Going,
    store: Store,
    gathered: Gathered,
    mut replay: Replay,
    cancel: CancellationToken,
) {
    let work = Work { app: &going.app, store: &store, gathered: &gathered, cancel: &cancel };
    match work.all(&mut replay).await {
        Ok(()) => {}
        // The chat was deleted, and the replay with it.
        Err(StoreError::NotFound { .. }) => {}
        Err(error) => tracing::error!(%error, replay = %replay.id, "a replay could not be kept"),
    }
}

struct Work<'a> {
    app: &'a App,
    store: &'a Store,
    gathered: &'a Gathered,
    cancel: &'a CancellationToken,
}

impl Work<'_> {
    async fn all(&self, replay: &mut Replay) -> Result<(), StoreError> {
        let mut came = Vec::new();
        self.arms(replay, 0, &mut came).await?;
        if replay.kind == ReplayKind::Influence && !self.cancel.is_cancelled() {
            let texts = influence::texts(replay, &came);
            if influence::wants_pairs(replay, &texts) {
                let first = replay.arms.len();
                let model = self.gathered.basis.plan.resolved.model.clone();
                let injected = self.gathered.basis.injected();
                let pairs = influence::pairs(&injected.iter().collect::<Vec<_>>());
                replay.arms.extend(pairs.into_iter().map(|arm| ReplayArm::new(arm, model.clone())));
                self.arms(replay, first, &mut came).await?;
            }
        }
        replay.state = if self.cancel.is_cancelled() { ReplayState::Stopped } else { ReplayState::Done };
        replay.ended_at = Some(Time::now());
        self.store.update_replay(replay).await
    }

    /// Sends the arms from `first` on.
    async fn arms(
        &self,
        replay: &mut Replay,
        first: usize,
        came: &mut Vec<ReplaySample>,
    ) -> Result<(), StoreError> {
        let mut ready = Vec::new();
        for (at, arm) in replay.arms.iter_mut().enumerate().skip(first) {
            if self.cancel.is_cancelled() {
                break;
            }
            match self.prepare(at, arm).await {
                Ok(one) => {
                    self.store.put_body(&one.encoded.body, &one.encoded.spans).await?;
                    arm.body_hash = Some(one.hash());
                    arm.same_as_step = self.gathered.basis.same_as(&one.hash());
                    ready.push(one);
                }
                Err(error) => arm.error = Some(error),
            }
        }
        self.store.update_replay(replay).await?;
        self.app.changed(&["replays"]);
        let mut told = Instant::now();
        let mut coming = samples(&self.app.0.provider, &ready, replay.samples, self.cancel);
        while let Some((sample, body)) = coming.next().await {
            self.store.put_body(&body.body, &body.spans).await?;
            self.store.add_replay_sample(&replay.id, &replay.chat_id, &sample).await?;
            came.push(sample);
            if told.elapsed() >= EVERY {
                told = Instant::now();
                self.app.changed(&["replays"]);
            }
        }
        Ok(())
    }

    /// Makes an arm ready to be sent, and notes what became of it.
    async fn prepare(&self, at: usize, noted: &mut ReplayArm) -> Result<Ready, Error> {
        let app = self.app;
        let (basis, arm) = (&self.gathered.basis, noted.arm.clone());
        let plan = basis.plan(&arm, self.gathered.target(app, &arm)?)?;
        let asked = match basis.question(&arm, &plan)? {
            Some(question) => Some(self.ask(&plan, question).await?),
            None => None,
        };
        let made = basis.make(&arm, &plan, asked.as_ref())?;
        noted.placed = made.placed;
        noted.block_tokens = made.block_tokens;
        noted.asked = asked.map(|call| AskedNow {
            at: Time::now(),
            ms: call.ms,
            memories: made.memories,
            recalled: u32::try_from(call.memories.len()).unwrap_or(u32::MAX),
            paragraph: call.reflect.map(|reflected| reflected.text),
        });
        let key = app.0.secrets.get(&account(&plan.target.provider_id)).await;
        let key = key.map_err(|error| {
            tracing::error!(%error, provider = %plan.target.provider_id, "a provider's key could not be read");
            Error::new(ErrorCode::SecretStoreUnavailable, "The provider's key could not be read.")
        })?;
        let arm = u32::try_from(at).unwrap_or(u32::MAX);
        Ready::new(arm, &app.0.provider, &plan.target, key, made.request)
    }

    /// Asks memory as a turn does.
    async fn ask(&self, plan: &Plan, question: Question) -> Result<MemoryCall, Error> {
        let server = plan.resolved.bank.server_id.clone();
        let none = || Error::new(ErrorCode::NotConfigured, "No memory server is set up.");
        let server = server.ok_or_else(none)?;
        let client = self.app.0.clients.client(&server).await;
        let Question { query, settings } = question;
        let bank = plan.resolved.bank.bank_id.clone();
        let asking = ask::ask(client, bank, settings.mode.value, query, settings, Vec::new());
        let asked = tokio::select! {
            asked = asking => asked,
            () = self.cancel.cancelled() => {
                return Err(Error::new(ErrorCode::Cancelled, "Stopped before memory answered."));
            }
        };
        let outcome = asked.call.error.clone().map_or(Ok(()), Err);
        self.app.0.clients.answered(&server, outcome);
        Ok(asked.call)
    }
}

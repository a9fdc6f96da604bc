//! Handlers of `turn.replay*`: what a replay would take, running one, stopping it, what came. How a request is rebuilt
//! and compared is `rearview_turns::replay`'s business; here are the steps and their order.

mod gather;
mod plan;
mod task;
mod view;

use super::store_error;
use crate::app::App;
use crate::wire::*;
use rearview_domain::replay::{InfluenceMark, Replay, ReplayArm, ReplayKind, ReplaySample, ReplayState};
use rearview_domain::time::Time;
use rearview_domain::{Error, ErrorCode, ReplayId};

/// What a replay would take. Asks nobody.
pub async fn price(app: &App, request: ReplayTurn) -> Result<ReplayPlan, Error> {
    let gathered = gather::gather(app, &request.chat_id, &request.turn_id).await?;
    plan::plan(app, &gathered, &request)
}

/// Begins a replay.
pub async fn start(app: &App, request: ReplayTurn) -> Result<ReplayView, Error> {
    let gathered = gather::gather(app, &request.chat_id, &request.turn_id).await?;
    let plan = plan::plan(app, &gathered, &request)?;
    let id = ReplayId::mint();
    let busy = || {
        Error::new(ErrorCode::Conflict, "A replay of this turn is running.")
            .hint("Stop it first, or wait until it ends.")
    };
    let cancel = app.0.replays.begin(&id, &request.chat_id, &request.turn_id).ok_or_else(busy)?;
    let going = task::Going::new(app, &id);
    let arms = plan.arms.into_iter().map(|planned| ReplayArm::new(planned.arm, planned.model)).collect();
    let replay = Replay {
        id,
        chat_id: request.chat_id,
        turn_id: request.turn_id,
        kind: match request.what {
            ReplayWhat::WhatIf { .. } => ReplayKind::WhatIf,
            ReplayWhat::Influence => ReplayKind::Influence,
        },
        state: ReplayState::Running,
        samples: request.samples,
        arms,
        original: gathered.original.clone(),
        differs: gathered.differs.clone(),
        expected_usd: plan.usd,
        started_at: Time::now(),
        ended_at: None,
    };
    let store = app.store_of(&replay.chat_id).clone();
    store.add_replay(&replay).await.map_err(store_error)?;
    let view = view::view(true, replay.clone(), Vec::new());
    app.0.turns.spawn(task::run(going, store, gathered, replay, cancel));
    app.changed(&["replays"]);
    Ok(view)
}

/// Stops a replay. What came is kept.
pub async fn stop(app: &App, request: ReplayRef) -> Result<Done, Error> {
    if app.0.replays.stop(&request.replay_id) {
        Ok(Done {})
    } else {
        Err(Error::new(ErrorCode::NotFound, "The replay is over already."))
    }
}

/// Deletes a replay that is over.
pub async fn delete(app: &App, request: ReplayRef) -> Result<Done, Error> {
    if app.0.replays.is_going(&request.replay_id) {
        return Err(Error::new(ErrorCode::Conflict, "The replay is running.").hint("Stop it first."));
    }
    app.store_of(&request.chat_id).delete_replay(&request.replay_id).await.map_err(store_error)?;
    Ok(Done {})
}

/// What a replay that is over tells of each memory.
pub(super) fn marks(replay: Replay, samples: Vec<ReplaySample>) -> Vec<InfluenceMark> {
    view::view(false, replay, samples).marks
}

/// The replays of a turn.
pub async fn list(app: &App, request: TurnRef) -> Result<Replays, Error> {
    if let Some(held) = app.0.bundles.get(&request.chat_id) {
        return Ok(Replays { items: Vec::new(), influence: held.bundle.influence.clone() });
    }
    // Asked before the rows are read: one that ends in between still runs, and is told again when it has ended.
    let going = app.0.replays.all();
    let kept = app.store_of(&request.chat_id).replays(&request.turn_id).await.map_err(store_error)?;
    let view = |(replay, samples): (Replay, Vec<ReplaySample>)| {
        let runs = going.contains(&replay.id) || app.0.replays.is_going(&replay.id);
        view::view(runs, replay, samples)
    };
    let items: Vec<ReplayView> = kept.into_iter().map(view).collect();
    // One that runs has not told all yet; the one before it holds until then.
    let told = items
        .iter()
        .find(|item| item.replay.kind == ReplayKind::Influence && item.replay.state != ReplayState::Running);
    let influence = told.map(|item| item.marks.clone()).unwrap_or_default();
    Ok(Replays { items, influence })
}

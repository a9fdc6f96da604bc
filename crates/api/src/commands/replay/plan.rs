//! What a replay would send and take. Nothing is asked of anybody.

use super::gather::Gathered;
use crate::app::App;
use crate::catalogue;
use crate::commands::invalid;
use crate::wire::{PlannedArm, ReplayPlan, ReplayTurn, ReplayWhat};
use rearview_domain::Error;
use rearview_domain::replay::{Arm, ArmMemory, FEWEST_SAMPLES};
use rearview_domain::settings::MemoryMode;
use rearview_providers::Target;
use rearview_turns::replay::influence;
use rearview_turns::replay::price::{self, TurnTokens};

/// The most answers of an arm.
const MOST_SAMPLES: u32 = 20;
/// More requests than this are no look at one turn any more.
const MOST_REQUESTS: u32 = 300;

/// Plans a replay.
///
/// # Errors
/// `InvalidInput` for what cannot be replayed, and those of finding a model.
pub(super) fn plan(app: &App, gathered: &Gathered, request: &ReplayTurn) -> Result<ReplayPlan, Error> {
    let samples = request.samples;
    if !(1..=MOST_SAMPLES).contains(&samples) {
        return Err(invalid(format!("An arm has 1 to {MOST_SAMPLES} answers.")));
    }
    let injected = gathered.basis.injected();
    let injected: Vec<_> = injected.iter().collect();
    let (arms, more) = match &request.what {
        ReplayWhat::WhatIf { arms } => (beside(arms)?, Vec::new()),
        ReplayWhat::Influence if injected.is_empty() => {
            return Err(invalid("No memory was injected in this turn, so none can be left out."));
        }
        ReplayWhat::Influence => {
            let arms = influence::arms(&injected);
            let more =
                if arms.contains(&Arm::no_memory()) { influence::pairs(&injected) } else { Vec::new() };
            (arms, more)
        }
    };
    let requests = samples.saturating_mul(count(arms.len()));
    let more_requests = samples.saturating_mul(count(more.len()));
    if requests.saturating_add(more_requests) > MOST_REQUESTS {
        let message = format!(
            "That would be {} requests; a replay sends at most {MOST_REQUESTS}.",
            requests + more_requests
        );
        return Err(invalid(message).hint("Take fewer samples or arms."));
    }
    let turn = price::tokens_of(&gathered.record, &gathered.as_it_was.request, &gathered.answer);
    let planned = |arms: Vec<Arm>| {
        arms.into_iter().map(|arm| planned(app, gathered, turn, arm)).collect::<Result<Vec<_>, Error>>()
    };
    let (arms, more) = (planned(arms)?, planned(more)?);
    let mut unpriced: Vec<String> = Vec::new();
    for arm in arms.iter().filter(|arm| arm.usd.is_none()) {
        if !unpriced.contains(&arm.model) {
            unpriced.push(arm.model.clone());
        }
    }
    let asked = |mode: MemoryMode| {
        let of_mode = arms.iter().filter(|arm| mode_of(gathered, &arm.arm) == Some(mode));
        count(of_mode.count())
    };
    let tools = gathered.basis.plan.tools().into_iter().map(|tool| tool.name).collect();
    Ok(ReplayPlan {
        requests,
        more_requests,
        usd: sum(&arms, samples),
        more_usd: sum(&more, samples),
        prices_of: catalogue::prices_of(),
        unpriced,
        reported: turn.reported,
        recalls: asked(MemoryMode::Recall),
        reflects: asked(MemoryMode::Reflect),
        differs: gathered.differs.clone(),
        original: gathered.original.is_some(),
        tools,
        anecdote: samples < FEWEST_SAMPLES,
        arms,
        samples,
    })
}

/// The turn as it was, and the arms beside it.
fn beside(arms: &[Arm]) -> Result<Vec<Arm>, Error> {
    let mut all = vec![Arm::as_it_was()];
    for arm in arms {
        if arm.is_as_it_was() {
            continue;
        }
        if all.contains(arm) {
            return Err(invalid("The same arm stands there twice."));
        }
        all.push(arm.clone());
    }
    Ok(all)
}

fn planned(app: &App, gathered: &Gathered, turn: TurnTokens, arm: Arm) -> Result<PlannedArm, Error> {
    let target = gathered.target(app, &arm)?;
    let block = block_tokens(gathered, &arm, &target)?;
    let usage = price::expected(turn, gathered.as_it_was.block_tokens, block);
    Ok(PlannedArm {
        model: arm.model.clone().unwrap_or_else(|| gathered.basis.plan.resolved.model.clone()),
        arm,
        input_tokens: usage.input.unwrap_or_default(),
        output_tokens: usage.output.unwrap_or_default(),
        usd: price::usd(&target, &usage),
    })
}

/// Tokens of an arm's block. What memory will answer is not known yet: as much as it did for the turn, and where it
/// did not answer then, or may answer with more now, as much as it may.
fn block_tokens(gathered: &Gathered, arm: &Arm, target: &Target) -> Result<u32, Error> {
    let plan = gathered.basis.plan(arm, target.clone())?;
    let was = gathered.as_it_was.block_tokens;
    if matches!(arm.memory, ArmMemory::AskedNow { .. }) {
        // Also refuses what there are no words to ask with.
        gathered.basis.question(arm, &plan)?;
        let (now, then) =
            (plan.asking().max_memory_tokens.value, gathered.basis.plan.asking().max_memory_tokens.value);
        return Ok(if was == 0 || now > then { now } else { was.min(now) });
    }
    Ok(gathered.basis.make(arm, &plan, None)?.block_tokens)
}

/// How an arm asks memory; `None` when it does not.
fn mode_of(gathered: &Gathered, arm: &Arm) -> Option<MemoryMode> {
    match &arm.memory {
        ArmMemory::AskedNow { settings, .. } => {
            Some(settings.mode.unwrap_or_else(|| gathered.basis.plan.asking().mode.value))
        }
        _ => None,
    }
}

fn sum(arms: &[PlannedArm], samples: u32) -> Option<f64> {
    arms.iter().try_fold(0.0, |sum, arm| Some(sum + arm.usd? * f64::from(samples)))
}

fn count(n: usize) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
}

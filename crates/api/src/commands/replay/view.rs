//! A replay as the page gets it: what came, and what it tells by the rules of `rearview_turns::replay`.

use crate::wire::{ArmSpread, ReplayView};
use rearview_domain::replay::{FEWEST_SAMPLES, Replay, ReplayKind, ReplaySample, ReplayState, SampleState};
use rearview_turns::replay::{influence, likeness};

/// The view of a replay; `going` says whether it is at work.
pub(super) fn view(going: bool, mut replay: Replay, samples: Vec<ReplaySample>) -> ReplayView {
    // The row says that it is over a moment before another one may begin.
    replay.state = match (going, replay.state) {
        (true, _) => ReplayState::Running,
        (false, ReplayState::Running) => ReplayState::Interrupted,
        (false, over) => over,
    };
    let texts = influence::texts(&replay, &samples);
    let texts_of = |arm: usize| -> Vec<&str> {
        texts.get(arm).map(|texts| texts.iter().map(String::as_str).collect()).unwrap_or_default()
    };
    let base = texts_of(0);
    let spread = (0..replay.arms.len())
        .map(|arm| {
            let own = texts_of(arm);
            let lost =
                |sample: &&ReplaySample| sample.arm as usize == arm && sample.state != SampleState::Finished;
            ArmSpread {
                counted: count(own.len()),
                failed: count(samples.iter().filter(lost).count()),
                within: likeness::within(&own),
                away: if arm == 0 { None } else { likeness::between(&base, &own) },
                anecdote: count(own.len().min(base.len())) < FEWEST_SAMPLES,
            }
        })
        .collect();
    let marks = match replay.kind {
        ReplayKind::Influence => influence::marks(&replay, &texts),
        ReplayKind::WhatIf => Vec::new(),
    };
    ReplayView { replay, samples, spread, marks }
}

fn count(n: usize) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
}

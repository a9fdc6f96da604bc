//! The pause of a turn at breakpoints, between injection and its first request. Nothing has left by then, and what memory
//! answered is recorded before it begins, so that it can be seen while it lasts. The machine is its only caller.

use super::{Effect, Machine, Pausing, State, Told};
use crate::breaks::{self, About};
use crate::first;
use crate::held::Held;
use crate::layout::text_of;
use crate::tokens;
use rearview_domain::breakpoint::{BlockEdits, BreakMatch, PauseHow};
use rearview_domain::record::Gate;
use rearview_domain::turn::MemoryOutcome;

/// What a paused turn goes on with.
#[derive(Debug)]
pub(super) struct Paused {
    held: Held,
    told: Told,
    outcome: MemoryOutcome,
}

impl Machine {
    /// The breakpoints that match the block.
    pub(super) fn matching(&self, outcome: &MemoryOutcome) -> Vec<BreakMatch> {
        let no_hits = matches!(outcome, MemoryOutcome::Empty { .. });
        let about = About { bank: &self.plan.resolved.bank, memories: &self.injected, no_hits };
        breaks::matching(&self.plan.breakpoints, about, || tokens::count(&text_of(&self.block)))
    }

    /// Holds the turn back, or notes that nobody can be asked and goes on.
    pub(super) fn pause(
        &mut self,
        why: Vec<BreakMatch>,
        mut told: Told,
        outcome: MemoryOutcome,
    ) -> Vec<Effect> {
        let kept = self.plan.pinned_block();
        let again = told.call.as_ref().is_some_and(|call| call.kept_from.is_some());
        let held = Held {
            memories: self.injected.clone(),
            paragraph: told.call.as_ref().map(first::paragraph).unwrap_or_default(),
            added: kept.filter(|_| again).map(|kept| kept.added.clone()).unwrap_or_default(),
            settings: self.plan.asking(),
            with_tools: !self.tools.is_empty(),
        };
        let block = text_of(&self.block);
        let pausing = Pausing { why, held: held.clone(), tokens: tokens::count(&block), block };
        let mut effects = told.answer_records();
        effects.push(Effect::Pause(Box::new(pausing)));
        if self.plan.can_pause {
            self.state = State::Paused;
            self.paused = Some(Paused { held, told, outcome });
        } else {
            effects.push(Effect::PauseEnded { how: PauseHow::NobodyToAsk, edits: Box::default() });
            effects.push(self.go(told, outcome));
        }
        effects
    }

    /// Goes on with the block as it was changed.
    pub(super) fn resume(&mut self, edits: BlockEdits) -> Vec<Effect> {
        let Some(Paused { held, mut told, mut outcome }) = self.paused.take() else { return Vec::new() };
        let edited = match held.edited(&edits) {
            Ok(edited) => edited,
            Err(_) => {
                self.paused = Some(Paused { held, told, outcome });
                return Vec::new();
            }
        };
        let edits = held.real(edits);
        let out = |id: &String| edits.no_memory || edits.without.contains(id);
        let passed = told.selected.iter_mut().filter(|one| one.gate.is_none());
        for one in passed.filter(|one| out(&one.memory_id)) {
            one.gate = Some(Gate::ByHand);
        }
        if told.count > 0 && edited.count == 0 && matches!(outcome, MemoryOutcome::Used { .. }) {
            outcome = MemoryOutcome::TakenOut { count: told.count };
        }
        told.count = edited.count;
        self.block = edited.pieces;
        self.injected = edited.memories;
        let ended = Effect::PauseEnded { how: PauseHow::WentOn, edits: Box::new(edits) };
        vec![ended, self.go(told, outcome)]
    }

    /// Ends the pause of a turn that is stopped. Nothing was sent, so nothing is recorded as injected.
    pub(super) fn stop_paused(&mut self) -> Vec<Effect> {
        self.paused = None;
        self.injected = Vec::new();
        vec![Effect::PauseEnded { how: PauseHow::Stopped, edits: Box::default() }]
    }
}

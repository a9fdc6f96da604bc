//! A pause as it is recorded and told: since when, until when, and how long, which counts neither as memory's time nor as
//! Rearview's own.

use super::{Stage, millis};
use crate::machine::Pausing;
use rearview_domain::breakpoint::{BlockEdits, BreakCondition, Pause, PauseEnd, PauseHow};
use rearview_domain::record::RecordPart;
use rearview_domain::time::Time;
use std::time::Instant;

impl Stage {
    /// Records that the turn pauses, and holds the block for whoever lets it go on.
    pub(super) async fn pause(&mut self, pausing: Pausing) {
        let Pausing { why, held, block, tokens } = pausing;
        let pause = Pause {
            since: Time::now(),
            memory_ids: held.memories.iter().map(|memory| memory.id.clone()).collect(),
            paragraph: Some(held.paragraph.clone()).filter(|text| !text.trim().is_empty()),
            added: held.added.clone(),
            block,
            tokens,
            end: None,
            why,
        };
        self.paused = Some((pause.clone(), Instant::now()));
        if !self.machine.plan().can_pause {
            return;
        }
        self.forget_next(&pause).await;
        // Held before it is told: whoever hears of it may let it go on at once.
        self.run.hold(Some(held));
        self.note(RecordPart::Pause(Box::new(pause)));
    }

    /// Records how the pause ended.
    pub(super) fn pause_ended(&mut self, how: PauseHow, edits: BlockEdits) {
        self.run.hold(None);
        let Some((mut pause, since)) = self.paused.take() else { return };
        let waited = match how {
            PauseHow::NobodyToAsk => Default::default(),
            PauseHow::WentOn | PauseHow::Stopped => since.elapsed(),
        };
        // All times that are measured from Enter, or from the last request, go on where they stood.
        self.cast.entered += waited;
        self.began += waited;
        pause.end = Some(PauseEnd { at: Time::now(), ms: millis(waited), how, edits });
        self.note(RecordPart::Pause(Box::new(pause)));
    }

    /// A breakpoint for the next turn has done what it was set for.
    async fn forget_next(&mut self, pause: &Pause) {
        let next = pause.why.iter().filter(|one| one.condition == BreakCondition::Next);
        for one in next {
            let (store, chat) = (&self.cast.store, &self.machine.plan().turn.chat_id);
            if let Err(error) = store.remove_breakpoint(chat, &one.id).await {
                tracing::error!(%error, chat_id = %chat, "a breakpoint for one turn was not forgotten");
            }
        }
    }
}

//! What models were found to refuse while the app runs, so that it is left out from then on.

use crate::target::{Quirks, Target};
use rearview_domain::ProviderId;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// What was learnt of all models. Clones share it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Learnt(Arc<Mutex<Vec<Lesson>>>);

/// What a model at a provider was found to refuse.
#[derive(Debug)]
struct Lesson {
    provider: ProviderId,
    model: String,
    /// As the provider was set up then; another set-up is another try.
    before: Quirks,
    after: Quirks,
}

impl Lesson {
    fn is_of(&self, target: &Target) -> bool {
        self.provider == target.provider_id && self.model == target.model && self.before == target.quirks
    }
}

impl Learnt {
    /// The target without what it refused before.
    pub(crate) fn apply(&self, target: &Target) -> Target {
        let mut target = target.clone();
        let lessons = self.lessons();
        // What was learnt first is where what was learnt next began. Every field is given up once, so a chain is
        // no longer than the list.
        for _ in 0..lessons.len() {
            match lessons.iter().find(|one| one.is_of(&target)) {
                Some(next) => target.quirks = next.after.clone(),
                None => break,
            }
        }
        drop(lessons);
        target
    }

    /// Keeps that `target` answers with the quirks `given_up`. What was refused for the sake of one chat's
    /// reasoning, or of the effort that was chosen for one message, says nothing about the next and is not kept.
    pub(crate) fn add(&self, target: &Target, given_up: &Quirks) {
        let mut after = given_up.clone();
        after.replay_reasoning = target.quirks.replay_reasoning;
        after.reasoning_effort = target.quirks.reasoning_effort;
        if after == target.quirks {
            return;
        }
        let mut lessons = self.lessons();
        lessons.retain(|one| !one.is_of(target));
        lessons.push(Lesson {
            provider: target.provider_id.clone(),
            model: target.model.clone(),
            before: target.quirks.clone(),
            after,
        });
    }

    /// A poisoned list still holds whole entries: each is one push.
    fn lessons(&self) -> MutexGuard<'_, Vec<Lesson>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

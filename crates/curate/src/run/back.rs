//! The exact way back of one change, from the fact before it, the fact as the run left it and the fact now.
//!
//! Pure. Only what the change did is taken back: another field that somebody edited since stays as edited.

use super::kept::{Field, Kept};
use rearview_domain::memory::FactType;
use rearview_hindsight::{MemoryPatch, MemoryState};

/// What is to be done to take a change back.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Back {
    /// The fact is as it was before.
    There,
    /// This is to be sent.
    Send(MemoryPatch),
    /// Somebody else changed these since.
    Changed(Vec<Field>),
}

/// How sure one is that nobody else was at the fact.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Begun {
    /// The way back was not sent yet.
    No,
    /// It was sent, so what is half back is our own doing.
    Yes,
}

/// The way back. `anyway` takes back also what somebody else changed since.
pub(crate) fn way_back(before: &Kept, after: &Kept, now: &Kept, begun: Begun, anyway: bool) -> Back {
    let effect = before.differing(after);
    let left = |field: Field| !now.same(before, field);
    let strange = |field: Field| left(field) && !now.same(after, field);
    let changed: Vec<Field> = Field::ALL
        .into_iter()
        .filter(|field| match field {
            // A retired fact has none to show; whether they came back shows after it is restored.
            Field::Entities if now.is_retired() || begun == Begun::Yes => false,
            // Retired by this change, restored by somebody else since, with other entities than it had.
            Field::Entities if effect.contains(&Field::State) && !before.is_retired() => {
                effect.contains(field) && left(*field)
            }
            // To edit a fact that somebody retired since would restore it.
            Field::State => !now.same(after, *field) && (left(*field) || !effect.contains(field)),
            _ => effect.contains(field) && strange(*field),
        })
        .collect();
    if !changed.is_empty() && !anyway {
        return Back::Changed(changed);
    }
    let restores = effect.contains(&Field::State) && left(Field::State);
    let todo: Vec<Field> = effect
        .into_iter()
        .filter(|field| left(*field))
        .filter(|field| !(*field == Field::Entities && (restores || before.is_retired())))
        .collect();
    match todo.is_empty() {
        true => Back::There,
        false => Back::Send(patch(before, &todo)),
    }
}

/// The patch that gives a fact these fields of an earlier version.
fn patch(before: &Kept, fields: &[Field]) -> MemoryPatch {
    let text = |text: &Option<String>| Some(text.clone().unwrap_or_default());
    let mut patch = MemoryPatch::default();
    for field in fields {
        match field {
            Field::Text => patch.text = Some(before.text.clone()),
            Field::Context => patch.context = text(&before.context),
            Field::OccurredStart => patch.occurred_start = text(&before.occurred_start),
            Field::OccurredEnd => patch.occurred_end = text(&before.occurred_end),
            Field::MentionedAt => patch.mentioned_at = text(&before.mentioned_at),
            Field::FactType => {
                patch.fact_type = before.fact_type.filter(|kind| *kind != FactType::Observation)
            }
            Field::Entities => {
                patch.entities = Some(before.entities.clone());
                patch.resolve_entities = Some(false);
            }
            Field::State if before.is_retired() => {
                patch.state = Some(MemoryState::Invalidated);
                patch.reason.clone_from(&before.reason);
            }
            Field::State => patch.state = Some(MemoryState::Valid),
        }
    }
    patch
}

#[cfg(test)]
mod tests {
    use super::*;
    use rearview_hindsight::Fact;
    use serde_json::json;

    fn kept(state: &str, entities: &[&str]) -> Kept {
        let fact = json!({"id": "f", "text": "Ana rows.", "state": state, "entities": entities});
        Kept::from(&serde_json::from_value::<Fact>(fact).unwrap())
    }

    #[test]
    fn a_restore_is_taken_back_although_a_retired_fact_shows_no_entities() {
        let (retired, valid) = (kept("invalidated", &[]), kept("valid", &["Ana"]));
        let Back::Send(patch) = way_back(&retired, &valid, &valid, Begun::No, false) else {
            panic!("nobody else was at it")
        };
        assert_eq!(patch.state, Some(MemoryState::Invalidated));
        assert_eq!(patch.entities, None, "a retired fact has none to give back");
        let edited = kept("valid", &["Ana", "Bob"]);
        let back = way_back(&retired, &valid, &edited, Begun::No, false);
        assert_eq!(back, Back::Changed(vec![Field::Entities]), "somebody edited it since");
    }
}

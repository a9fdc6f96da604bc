//! What is done to a fact: a patch as it is, or something that depends on the fact, such as one more entity.
//!
//! Pure. An edit is worked out for a fact when its turn comes, from the fact as it is then and not as some list
//! showed it: lists of Hindsight 1.1 tear names with a comma apart.

use super::kept::{Field, Kept, moment, touched};
use jiff::{Span, tz::TimeZone};
use rearview_hindsight::{MemoryPatch, MemoryState};
use serde::{Deserialize, Serialize, Serializer};
use serde_json::{Map, Value};
use ts_rs::TS;

/// What is done to a fact.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
#[ts(export, rename = "FactEdit")]
pub enum Edit {
    /// This patch, as it is.
    Patch {
        /// The patch.
        #[serde(serialize_with = "camel")]
        patch: MemoryPatch,
    },
    /// These entities more.
    AddEntities {
        /// Their names.
        names: Vec<String>,
    },
    /// These entities less.
    RemoveEntities {
        /// Their names.
        names: Vec<String>,
    },
    /// One entity in the place of others.
    MergeEntities {
        /// The one that stays.
        into: String,
        /// Those that go.
        from: Vec<String>,
    },
    /// All dates of the event later, or earlier, by whole days.
    ShiftDates {
        /// How many; below zero is earlier.
        days: i32,
        /// Whether the time at which it was said is shifted too.
        mentioned: bool,
    },
}

/// Why nothing is sent for a fact.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Idle {
    /// It is so already.
    IsSo,
    /// It follows from its facts.
    Observation,
    /// It has to be restored first.
    Retired,
}

impl Idle {
    /// For people.
    pub(crate) fn why(self) -> &'static str {
        match self {
            Self::IsSo => "It is so already.",
            Self::Observation => {
                "It is an observation: it follows from its facts, and only those can be changed."
            }
            Self::Retired => "It is invalidated; it can be changed after it is restored.",
        }
    }
}

impl Edit {
    /// What is to be sent for a fact; what is so already is left out.
    pub(crate) fn on(&self, fact: &Kept) -> Result<MemoryPatch, Idle> {
        if fact.fact_type == Some(rearview_domain::memory::FactType::Observation) {
            return Err(Idle::Observation);
        }
        let patch = needed(fact, self.wanted(fact));
        let fields = touched(&patch);
        if fields.is_empty() {
            return Err(Idle::IsSo);
        }
        let edits = fields.iter().any(|field| *field != Field::State);
        if fact.is_retired() && edits && patch.state != Some(MemoryState::Valid) {
            return Err(Idle::Retired);
        }
        Ok(patch)
    }

    fn wanted(&self, fact: &Kept) -> MemoryPatch {
        match self {
            Self::Patch { patch } => patch.clone(),
            Self::AddEntities { names } => entities(fact.entities.iter().chain(names).map(String::as_str)),
            Self::RemoveEntities { names } => {
                let goes = |name: &&String| names.iter().any(|gone| alike(gone, name));
                entities(fact.entities.iter().filter(|name| !goes(name)).map(String::as_str))
            }
            Self::MergeEntities { into, from } => {
                let renamed = |name: &String| from.iter().any(|gone| alike(gone, name));
                if !fact.entities.iter().any(renamed) {
                    return MemoryPatch::default();
                }
                entities(fact.entities.iter().map(|name| if renamed(name) { into } else { name }.as_str()))
            }
            Self::ShiftDates { days, mentioned } => {
                let shift = |time: &Option<String>| time.as_deref().and_then(|time| shifted(time, *days));
                MemoryPatch {
                    occurred_start: shift(&fact.occurred_start),
                    occurred_end: shift(&fact.occurred_end),
                    mentioned_at: if *mentioned { shift(&fact.mentioned_at) } else { None },
                    ..MemoryPatch::default()
                }
            }
        }
    }

    /// As the journal keeps it.
    pub(crate) fn to_value(&self) -> Value {
        serde_json::to_value(self).unwrap_or_default()
    }
}

/// A patch without what the fact is already.
fn needed(fact: &Kept, mut patch: MemoryPatch) -> MemoryPatch {
    let wanted = fact.patched(&patch);
    let so = |field: Field| fact.same(&wanted, field);
    if so(Field::Text) {
        patch.text = None;
    }
    if so(Field::Context) {
        patch.context = None;
    }
    if so(Field::OccurredStart) {
        patch.occurred_start = None;
    }
    if so(Field::OccurredEnd) {
        patch.occurred_end = None;
    }
    if so(Field::MentionedAt) {
        patch.mentioned_at = None;
    }
    if so(Field::FactType) {
        patch.fact_type = None;
    }
    if so(Field::Entities) && !respelled(fact, &wanted) {
        (patch.entities, patch.resolve_entities) = (None, None);
    }
    let first_reason = wanted.is_retired() && patch.reason.is_some() && fact.reason.is_none();
    if so(Field::State) && !(fact.is_retired() && first_reason) {
        (patch.state, patch.reason) = (None, None);
    }
    patch
}

/// The same names in other letters: somebody mends the spelling of one.
fn respelled(fact: &Kept, wanted: &Kept) -> bool {
    let sorted = |names: &[String]| {
        let mut names = names.to_vec();
        names.sort();
        names
    };
    sorted(&fact.entities) != sorted(&wanted.entities) && fact.entities.len() == wanted.entities.len()
}

fn alike(a: &str, b: &str) -> bool {
    a.trim().to_lowercase() == b.trim().to_lowercase()
}

/// Exactly these names, each once.
fn entities<'a>(names: impl Iterator<Item = &'a str>) -> MemoryPatch {
    let mut kept: Vec<String> = Vec::new();
    for name in names.map(str::trim).filter(|name| !name.is_empty()) {
        if !kept.iter().any(|other| alike(other, name)) {
            kept.push(name.to_owned());
        }
    }
    MemoryPatch { entities: Some(kept), resolve_entities: Some(false), ..MemoryPatch::default() }
}

/// A time some days later; `None` when it cannot be read or would leave the calendar.
fn shifted(time: &str, days: i32) -> Option<String> {
    let later = moment(time)?.to_zoned(TimeZone::UTC).checked_add(Span::new().try_days(days).ok()?).ok()?;
    Some(later.timestamp().to_string())
}

/// A patch with the names that it is read with: the client writes it as the server spells it.
pub(crate) fn patch_value(patch: &MemoryPatch) -> Value {
    let Ok(Value::Object(fields)) = serde_json::to_value(patch) else { return Value::Null };
    let respelt = |name: String| {
        let mut words = name.split('_');
        let mut out = words.next().unwrap_or_default().to_owned();
        for word in words {
            let mut letters = word.chars();
            out.extend(letters.next().map(|first| first.to_ascii_uppercase()));
            out.push_str(letters.as_str());
        }
        out
    };
    Value::Object(fields.into_iter().map(|(name, value)| (respelt(name), value)).collect::<Map<_, _>>())
}

fn camel<S: Serializer>(patch: &MemoryPatch, into: S) -> Result<S::Ok, S::Error> {
    patch_value(patch).serialize(into)
}

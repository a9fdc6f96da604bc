//! A fact as the journal keeps it: all that a change can touch, and how two of them compare.
//!
//! Pure. `walk` asks whether a fact is as it was before or as it was wanted; `back` builds the way back.

use rearview_domain::memory::FactType;
use rearview_hindsight::{Fact, MemoryPatch, MemoryState};
use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// Something of a fact that a change can touch.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export, rename = "FactField")]
pub enum Field {
    /// Its text.
    Text,
    /// Where it came up.
    Context,
    /// When it happened, from.
    OccurredStart,
    /// When it happened, to.
    OccurredEnd,
    /// When it was said.
    MentionedAt,
    /// Its kind.
    FactType,
    /// Its entities.
    Entities,
    /// Whether it counts.
    State,
}

impl Field {
    /// All of them.
    pub const ALL: [Self; 8] = [
        Self::Text,
        Self::Context,
        Self::OccurredStart,
        Self::OccurredEnd,
        Self::MentionedAt,
        Self::FactType,
        Self::Entities,
        Self::State,
    ];

    /// What people call it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Context => "context",
            Self::OccurredStart => "start",
            Self::OccurredEnd => "end",
            Self::MentionedAt => "time of mention",
            Self::FactType => "type",
            Self::Entities => "entities",
            Self::State => "state",
        }
    }

    /// Names of fields for a sentence.
    pub(crate) fn words(fields: &[Self]) -> String {
        fields.iter().map(|field| field.word()).collect::<Vec<_>>().join(", ")
    }
}

/// What the journal keeps of a fact.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, TS)]
#[serde(default, rename_all = "camelCase")]
#[ts(export, rename = "KeptFact")]
pub struct Kept {
    /// Its text.
    pub text: String,
    /// Where it came up.
    pub context: Option<String>,
    /// When it happened, from.
    pub occurred_start: Option<String>,
    /// When it happened, to.
    pub occurred_end: Option<String>,
    /// When it was said.
    pub mentioned_at: Option<String>,
    /// Its kind.
    pub fact_type: Option<FactType>,
    /// Its entities.
    pub entities: Vec<String>,
    /// Whether it counts.
    pub state: Option<MemoryState>,
    /// Why it does not count.
    pub reason: Option<String>,
}

impl From<&Fact> for Kept {
    fn from(fact: &Fact) -> Self {
        Self {
            text: fact.text.clone(),
            context: fact.context.clone(),
            occurred_start: fact.occurred_start.clone(),
            occurred_end: fact.occurred_end.clone(),
            mentioned_at: fact.mentioned_at.clone(),
            fact_type: fact.fact_type,
            entities: fact.entities.clone(),
            state: fact.state,
            reason: fact.invalidation_reason.clone(),
        }
    }
}

impl Kept {
    /// Whether it does not count. A server that does not say has it count.
    pub(crate) fn is_retired(&self) -> bool {
        self.state == Some(MemoryState::Invalidated)
    }

    /// Whether a field means the same in both: times as moments, entities as a set without regard to case.
    pub(crate) fn same(&self, other: &Self, field: Field) -> bool {
        match field {
            Field::Text => self.text.trim() == other.text.trim(),
            Field::Context => filled(&self.context) == filled(&other.context),
            Field::OccurredStart => same_time(&self.occurred_start, &other.occurred_start),
            Field::OccurredEnd => same_time(&self.occurred_end, &other.occurred_end),
            Field::MentionedAt => same_time(&self.mentioned_at, &other.mentioned_at),
            Field::FactType => self.fact_type == other.fact_type,
            Field::Entities => names(&self.entities) == names(&other.entities),
            // A server may keep no reason, and none can be cleared: then the state alone counts.
            Field::State => {
                let reasons = self.reason.is_none() || other.reason.is_none() || self.reason == other.reason;
                self.is_retired() == other.is_retired() && (!self.is_retired() || reasons)
            }
        }
    }

    /// The fields in which two differ.
    pub(crate) fn differing(&self, other: &Self) -> Vec<Field> {
        Field::ALL.into_iter().filter(|field| !self.same(other, *field)).collect()
    }

    /// The fact after a patch, as far as it can be foretold.
    pub(crate) fn patched(&self, patch: &MemoryPatch) -> Self {
        let mut next = self.clone();
        if let Some(text) = &patch.text {
            next.text.clone_from(text);
        }
        for (from, into) in [
            (&patch.context, &mut next.context),
            (&patch.occurred_start, &mut next.occurred_start),
            (&patch.occurred_end, &mut next.occurred_end),
            (&patch.mentioned_at, &mut next.mentioned_at),
        ] {
            if let Some(given) = from {
                *into = Some(given.clone()).filter(|given| !given.is_empty());
            }
        }
        if let Some(kind) = patch.fact_type {
            next.fact_type = Some(kind);
        }
        if let Some(entities) = &patch.entities {
            next.entities.clone_from(entities);
        }
        match patch.state {
            Some(MemoryState::Invalidated) => {
                next.state = Some(MemoryState::Invalidated);
                next.reason.clone_from(&patch.reason);
            }
            Some(MemoryState::Valid) => (next.state, next.reason) = (Some(MemoryState::Valid), None),
            None => {}
        }
        next
    }
}

/// The fields that a patch names.
pub(crate) fn touched(patch: &MemoryPatch) -> Vec<Field> {
    let given = |field: Field| match field {
        Field::Text => patch.text.is_some(),
        Field::Context => patch.context.is_some(),
        Field::OccurredStart => patch.occurred_start.is_some(),
        Field::OccurredEnd => patch.occurred_end.is_some(),
        Field::MentionedAt => patch.mentioned_at.is_some(),
        Field::FactType => patch.fact_type.is_some(),
        Field::Entities => patch.entities.is_some(),
        Field::State => patch.state.is_some(),
    };
    Field::ALL.into_iter().filter(|field| given(*field)).collect()
}

/// How a fact stands towards a change of it that was sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Stand {
    /// The change did not arrive.
    AsBefore,
    /// The change arrived.
    AsWanted,
    /// Neither, in these fields.
    Other(Vec<Field>),
}

/// Compares a fact with what it was before and what a patch wanted of it.
pub(crate) fn stand(before: &Kept, patch: &MemoryPatch, now: &Kept) -> Stand {
    let wanted = before.patched(patch);
    let fields = touched(patch);
    // With names that are matched to similar ones nobody can foretell which come out.
    let foretold = |field: &Field| {
        !(*field == Field::Entities && patch.resolve_entities != Some(false) && !now.same(before, *field))
    };
    let off: Vec<Field> =
        fields.iter().copied().filter(foretold).filter(|field| !now.same(&wanted, *field)).collect();
    if off.is_empty() {
        Stand::AsWanted
    } else if fields.iter().all(|field| now.same(before, *field)) {
        Stand::AsBefore
    } else {
        Stand::Other(off)
    }
}

fn filled(text: &Option<String>) -> Option<&str> {
    text.as_deref().filter(|text| !text.is_empty())
}

fn names(names: &[String]) -> Vec<String> {
    let mut names: Vec<String> =
        names.iter().map(|name| name.trim().to_lowercase()).filter(|name| !name.is_empty()).collect();
    names.sort();
    names.dedup();
    names
}

fn same_time(a: &Option<String>, b: &Option<String>) -> bool {
    match (filled(a), filled(b)) {
        (None, None) => true,
        (Some(a), Some(b)) => a == b || matches!((moment(a), moment(b)), (Some(a), Some(b)) if a == b),
        _ => false,
    }
}

/// The moment that an ISO 8601 text means, to the microsecond that a server keeps; without an offset it is UTC.
pub(crate) fn moment(text: &str) -> Option<jiff::Timestamp> {
    use jiff::civil::{Date, DateTime};
    use jiff::tz::TimeZone;
    let text = text.trim();
    let whole = text.parse::<jiff::Timestamp>().ok().or_else(|| {
        let local: DateTime = match text.parse() {
            Ok(local) => local,
            Err(_) => text.parse::<Date>().ok()?.to_datetime(jiff::civil::Time::midnight()),
        };
        Some(local.to_zoned(TimeZone::UTC).ok()?.timestamp())
    })?;
    jiff::Timestamp::from_microsecond(whole.as_microsecond()).ok()
}

//! What a turn taught memory: the facts that came of it, the observations that changed because of them, the names
//! that are new, and how far memory is with all that.
//!
//! Found by comparing what a memory server tells before and after; `rearview-curate` does the looking. What a server
//! does not tell is `None` or `NotKnown`, never a zero.

use crate::id::{BankId, DocumentId, JournalId, ServerId};
use crate::memory::FactType;
use crate::record::LearnedFact;
use crate::time::Time;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// How far it is known what a turn taught memory.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(tag = "state", rename_all = "snake_case")]
#[ts(export)]
pub enum LearnedState {
    /// Facts wait to be built into observations; it is looked again.
    Pending,
    /// Nothing more comes of it by itself.
    Complete,
    /// The server has not said for too long; nobody looks any more.
    GaveUp {
        /// Why, for people.
        why: String,
    },
    /// The server refused to tell.
    Failed {
        /// Why, for people.
        why: String,
    },
}

/// Where something that is told of a change comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
#[ts(export)]
pub enum KnownBy {
    /// The server keeps it and told it.
    Server,
    /// Worked out here from what stood there before and what stands there now.
    Compared,
    /// Nobody told it.
    NotKnown,
}

/// How a sentence was found in what was said.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
#[ts(export)]
pub enum SaidMatch {
    /// The fact's words stand there as they are.
    Exact,
    /// In another case or punctuation.
    Normalised,
    /// It shares the most telling words with the fact.
    Words,
}

/// Who said a sentence.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
#[ts(export)]
pub enum SaidWho {
    /// The person.
    User,
    /// The model, in its answer or in what it stored with a tool.
    Assistant,
}

/// The sentence that a fact came from.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export, rename = "SaidSentence")]
pub struct Said {
    /// Its words.
    pub text: String,
    /// Who said it.
    pub who: SaidWho,
    /// How it was found.
    pub found_by: SaidMatch,
}

/// A fact that came of a turn.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export)]
pub struct AddedFact {
    /// Its id on its server.
    pub id: String,
    /// The fact as it was when it was found.
    pub text: String,
    /// Its kind; `None` when the server did not say.
    pub fact_type: Option<FactType>,
    /// The names in it.
    pub entities: Vec<String>,
    /// The document it came of: the turn's own, or one that a tool stored.
    pub document_id: Option<DocumentId>,
    /// The sentence it came from; `None` when none is like it.
    pub said: Option<Said>,
    /// Whether it still waits to be built into observations.
    pub waits: bool,
    /// Whether building it into observations failed.
    pub failed: bool,
}

/// What happened to an observation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
#[ts(export)]
pub enum ObservationChange {
    /// It was made.
    Made,
    /// It says something else.
    Reworded,
    /// It says the same, with more behind it.
    Supported,
    /// It went, or was folded into another.
    Removed,
    /// It has to do with the new facts; what it was before is not known.
    Touched,
}

/// An observation that changed because of a turn's facts.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export)]
pub struct ChangedObservation {
    /// Its id.
    pub id: String,
    /// What happened to it.
    pub change: ObservationChange,
    /// What it said before; `None` when it was made, or when that is not known.
    pub before: Option<String>,
    /// What it says now; `None` when it went.
    pub after: Option<String>,
    /// Facts behind it now; `None` when the server does not say.
    pub evidence: Option<u32>,
    /// Where what happened and `before` come from.
    pub known_by: KnownBy,
}

/// What became of a name in a turn's facts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
#[ts(export)]
pub enum EntityChange {
    /// No fact had it before.
    New,
    /// It was known, and said under this name.
    Known,
    /// It was known, and this name was not said: the server took what was said for it.
    Merged,
}

/// A name in a turn's facts. What became of it is worked out by comparing; servers do not tell it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export)]
pub struct LearnedEntity {
    /// The name.
    pub name: String,
    /// What became of it; `None` when the names that were there before are not known.
    pub change: Option<EntityChange>,
}

/// What a turn taught memory, as far as it is known.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export, rename = "TurnLearned")]
pub struct Learned {
    /// How far that is.
    pub state: LearnedState,
    /// When memory was last asked.
    pub at: Time,
    /// Where it was stored.
    pub server_id: ServerId,
    /// The bank.
    pub bank_id: BankId,
    /// Whether the server told which facts came.
    pub facts_known: bool,
    /// Facts that came, in the order in which they were said; what has no sentence comes last.
    pub added: Vec<AddedFact>,
    /// Facts of the turn's document that were there before and are not any more; `None` when that is not known.
    pub removed: Option<Vec<LearnedFact>>,
    /// Observations that changed; `None` while that is not known.
    pub observations: Option<Vec<ChangedObservation>>,
    /// Why no observations are made of these facts; `None` when they are, or may be.
    pub unobserved: Option<String>,
    /// Whether observations that went would be known.
    pub removals_known: bool,
    /// The names in the new facts.
    pub entities: Vec<LearnedEntity>,
}

impl Learned {
    /// The same in numbers.
    pub fn counts(&self) -> LearnedCounts {
        let number = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
        let went = |one: &&ChangedObservation| one.change == ObservationChange::Removed;
        let changed = self.observations.as_deref();
        let gone = changed.map(|all| all.iter().filter(went).count());
        LearnedCounts {
            state: self.state.clone(),
            added: self.facts_known.then(|| number(self.added.len())),
            changed: changed.map(|all| number(all.iter().filter(|one| !went(one)).count())),
            removed: match (&self.removed, gone) {
                // Where no observations are made, none can go.
                (Some(facts), None) if self.unobserved.is_some() => Some(number(facts.len())),
                (Some(facts), Some(gone)) if self.removals_known => Some(number(facts.len() + gone)),
                // What is known to be gone is told, though there may be more.
                (Some(facts), gone) if facts.len() + gone.unwrap_or(0) > 0 => {
                    Some(number(facts.len() + gone.unwrap_or(0)))
                }
                _ => None,
            },
            pending: match self.state {
                LearnedState::Pending | LearnedState::GaveUp { .. } => {
                    number(self.added.iter().filter(|fact| fact.waits).count())
                }
                _ => 0,
            },
        }
    }
}

/// What a turn taught memory, in numbers. `None` is not known, and is not 0.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export)]
pub struct LearnedCounts {
    /// How far that is known.
    pub state: LearnedState,
    /// Facts that came.
    pub added: Option<u32>,
    /// Observations that were made or changed.
    pub changed: Option<u32>,
    /// Facts and observations that went.
    pub removed: Option<u32>,
    /// Facts that wait to be built into observations.
    pub pending: u32,
}

/// What stood in memory before a turn was handed to it. Kept until it is known what came of the turn.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Before {
    /// Facts of the turn's document; `None` when they could not be read.
    pub facts: Option<Vec<LearnedFact>>,
    /// Observations, the latest changed first: id and text. `None` when they could not be read.
    pub observations: Option<Vec<(String, String)>>,
    /// Whether those were all observations of the bank.
    pub all_observations: bool,
    /// All names of the bank; `None` when they could not be read, or are too many.
    pub entities: Option<Vec<String>>,
}

/// Facts of a turn that a person moved to another bank.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export)]
pub struct MovedFacts {
    /// The run of changes that retired them here.
    pub run_id: JournalId,
    /// The server that has them now.
    pub server_id: ServerId,
    /// Its bank.
    pub bank_id: BankId,
    /// The facts, each with the document it is there.
    pub facts: Vec<MovedFact>,
    /// When.
    pub at: Time,
    /// When they were moved back; `None` while they are there.
    pub back_at: Option<Time>,
}

/// A fact that was moved.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export)]
pub struct MovedFact {
    /// Its id here.
    pub id: String,
    /// Its document there.
    pub document_id: DocumentId,
    /// How many facts the other bank made of it.
    pub facts: u32,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fact(id: &str, waits: bool) -> AddedFact {
        AddedFact {
            id: id.into(),
            text: id.into(),
            fact_type: None,
            entities: Vec::new(),
            document_id: None,
            said: None,
            waits,
            failed: false,
        }
    }

    fn observation(change: ObservationChange) -> ChangedObservation {
        ChangedObservation {
            id: "o".into(),
            change,
            before: None,
            after: None,
            evidence: None,
            known_by: KnownBy::Server,
        }
    }

    fn learned() -> Learned {
        Learned {
            state: LearnedState::Pending,
            at: Time::now(),
            server_id: "s".into(),
            bank_id: "b".into(),
            facts_known: true,
            added: vec![fact("a", true), fact("b", false)],
            removed: Some(Vec::new()),
            observations: None,
            unobserved: None,
            removals_known: false,
            entities: Vec::new(),
        }
    }

    #[test]
    fn what_is_not_known_is_no_zero() {
        let counts = learned().counts();
        assert_eq!((counts.added, counts.pending), (Some(2), 1));
        assert_eq!((counts.changed, counts.removed), (None, None));
        let compared = Learned { observations: Some(Vec::new()), ..learned() };
        assert_eq!(compared.counts().removed, None, "observations may have gone that nobody told of");
    }

    #[test]
    fn what_went_is_counted_apart_from_what_changed() {
        let observations = vec![
            observation(ObservationChange::Made),
            observation(ObservationChange::Reworded),
            observation(ObservationChange::Removed),
        ];
        let all = Learned {
            state: LearnedState::Complete,
            removals_known: true,
            observations: Some(observations),
            ..learned()
        };
        let counts = all.counts();
        assert_eq!((counts.changed, counts.removed, counts.pending), (Some(2), Some(1), 0));
    }

    #[test]
    fn where_no_observations_are_made_none_can_go() {
        let all = Learned { state: LearnedState::Complete, unobserved: Some("off".into()), ..learned() };
        let counts = all.counts();
        assert_eq!((counts.changed, counts.removed, counts.pending), (None, Some(0), 0));
    }
}

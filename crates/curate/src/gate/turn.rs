//! What the record of a turn tells of a memory that was expected in it, before anybody is asked. Pure. What the record
//! leaves open, [`why_not`](super::why_not) finds out with the turn's own request, asked now.

use super::Expected;
use crate::stage::{Fate, Stages};
use rearview_domain::BankId;
use rearview_domain::Error;
use rearview_domain::record::{Gate, PinFound, TurnRecord};
use rearview_domain::settings::MemoryMode;
use rearview_domain::turn::MemoryOff;
use serde::Serialize;
use ts_rs::TS;

/// What a record tells of a memory. Those that stand first are looked at first.
#[derive(Clone, Debug, PartialEq, Serialize, TS)]
#[serde(tag = "kind", rename_all = "snake_case", rename_all_fields = "camelCase")]
#[ts(export)]
pub enum TurnGate {
    /// Nothing stopped it.
    Injected {
        /// Its place in the block, from 1.
        place: u32,
        /// Whether it stood there because it is pinned.
        pinned: bool,
    },
    /// Memory was not asked.
    NotAsked {
        /// Why.
        why: MemoryOff,
    },
    /// It is pinned, and it was not there.
    Pin {
        /// What was found in its place.
        found: PinFound,
    },
    /// Memory was asked and failed, or was not waited for.
    Failed {
        /// Why.
        error: Error,
    },
    /// It was seen in another bank than the turn asked.
    OtherBank {
        /// The bank that the turn asked.
        asked: BankId,
        /// The one it was seen in.
        holds: BankId,
    },
    /// Reflect answered a paragraph; which facts it left out is not told.
    Reflected,
    /// Recall returned it, and the person had said that it is not relevant in this chat.
    NotHere {
        /// Its place in the server's order.
        rank: u32,
    },
    /// Recall returned it, and an earlier message of the chat has it in the block that it keeps: the model has it.
    AlreadyThere {
        /// Its place in the server's order.
        rank: u32,
    },
    /// Recall returned it behind as many as the turn takes.
    MaxMemories {
        /// Its place in the server's order.
        rank: u32,
        /// How many the turn took.
        took: u32,
    },
    /// It was about to be injected, and the person took it out when the turn paused at a breakpoint.
    ByHand {
        /// Its place in the server's order; 0 when nobody ranked it.
        rank: u32,
    },
    /// It was about to be injected; the turn paused at a breakpoint and went no further. Nothing was sent.
    NotSent,
    /// Recall returned it without a text.
    EmptyText {
        /// Its place in the server's order.
        rank: u32,
    },
    /// The trace names it, and says or shows where it fell.
    Trace {
        /// What became of it.
        fate: Fate,
        /// Its place in the final order, as far as it came.
        rank: Option<u32>,
    },
    /// The trace does not name it: no arm brought it.
    NoCandidate {
        /// How many the trace names.
        candidates: u32,
    },
    /// Recall did not return it, and there is no trace that tells why.
    NoTrace,
    /// The turn ended, or has not come so far, before memory was asked.
    NotRecorded,
}

impl TurnGate {
    /// Whether the record alone gives the answer. The others say how far the memory came, and a probe says why.
    pub fn is_settled(&self) -> bool {
        !matches!(
            self,
            Self::OtherBank { .. } | Self::Trace { .. } | Self::NoCandidate { .. } | Self::NoTrace
        )
    }
}

/// What was expected, as the record knows it: its id, by its id or its exact text.
pub fn id_of(record: &TurnRecord, stages: Option<&Stages>, expected: &Expected) -> Option<String> {
    if expected.id.is_some() {
        return expected.id.clone();
    }
    let wanted = expected.text.as_deref().map(str::trim).filter(|text| !text.is_empty())?;
    let recalled =
        record.memory.iter().flat_map(|call| &call.memories).map(|one| (&one.id, one.text.as_str()));
    let pinned = record.pinned.iter().flat_map(|pin| {
        let fetched = pin.memory.as_ref().map(|memory| memory.text.as_str());
        [Some(pin.text.as_str()), fetched].into_iter().flatten().map(move |text| (&pin.memory_id, text))
    });
    let named = stages.iter().flat_map(|stages| &stages.candidates);
    let named = named.filter_map(|one| Some((&one.id, one.text.as_deref()?)));
    let mut all = recalled.chain(pinned).chain(named);
    all.find(|(_, text)| text.trim() == wanted).map(|(id, _)| id.clone())
}

/// What the record tells of a memory. `id` is what [`id_of`] found; without it the record knows nothing of the memory
/// itself.
pub fn of_record(
    record: &TurnRecord,
    stages: Option<&Stages>,
    id: Option<&str>,
    expected: &Expected,
) -> TurnGate {
    let passed = record.selected.iter().filter(|one| one.gate.is_none());
    if let Some((place, one)) = (1..).zip(passed).find(|(_, one)| Some(one.memory_id.as_str()) == id)
        && record.injected.is_some()
    {
        return TurnGate::Injected { place, pinned: one.pinned };
    }
    let off = record.resolved.as_ref().and_then(|resolved| resolved.inject_off);
    let off = match &record.outcome {
        Some(rearview_domain::turn::MemoryOutcome::Off { why }) => Some(*why),
        _ => off,
    };
    if let Some(why) = off {
        return TurnGate::NotAsked { why };
    }
    let stopped = record.pause.as_ref().filter(|_| record.steps.is_empty());
    if stopped.is_some_and(|pause| pause.memory_ids.iter().any(|held| Some(held.as_str()) == id)) {
        return TurnGate::NotSent;
    }
    // Taken out by hand counts before a recall that failed: what is pinned was there all the same.
    let by_hand = |one: &&rearview_domain::record::Selected| Some(one.memory_id.as_str()) == id;
    if record.selected.iter().find(by_hand).is_some_and(|one| one.gate == Some(Gate::ByHand)) {
        let recalled = record.memory.iter().flat_map(|call| &call.memories);
        let rank = recalled.into_iter().find(|one| Some(one.id.as_str()) == id).map_or(0, |one| one.rank);
        return TurnGate::ByHand { rank };
    }
    let missing = record.pinned.iter().find(|pin| Some(pin.memory_id.as_str()) == id);
    if let Some(pin) = missing.filter(|pin| pin.found != PinFound::There) {
        return TurnGate::Pin { found: pin.found.clone() };
    }
    let failed = match &record.outcome {
        Some(rearview_domain::turn::MemoryOutcome::Failed { error }) => Some(error),
        _ => record.memory.as_ref().and_then(|call| call.error.as_ref()),
    };
    if let Some(error) = failed {
        return TurnGate::Failed { error: error.clone() };
    }
    let Some(call) = &record.memory else { return TurnGate::NotRecorded };
    if let (Some(resolved), Some(seen)) = (&record.resolved, &expected.bank_id)
        && resolved.bank.bank_id != *seen
    {
        return TurnGate::OtherBank { asked: resolved.bank.bank_id.clone(), holds: seen.clone() };
    }
    if call.mode == MemoryMode::Reflect {
        return TurnGate::Reflected;
    }
    let gate = record.selected.iter().find(|one| Some(one.memory_id.as_str()) == id).and_then(|one| one.gate);
    let rank = call.memories.iter().find(|one| Some(one.id.as_str()) == id).map_or(0, |one| one.rank);
    let took = record.selected.iter().filter(|one| one.gate.is_none()).count();
    match gate {
        Some(Gate::NotHere) => return TurnGate::NotHere { rank },
        Some(Gate::AlreadyThere) => return TurnGate::AlreadyThere { rank },
        Some(Gate::ByHand) => return TurnGate::ByHand { rank },
        Some(Gate::EmptyText) => return TurnGate::EmptyText { rank },
        Some(Gate::MaxMemories) => {
            return TurnGate::MaxMemories { rank, took: u32::try_from(took).unwrap_or(u32::MAX) };
        }
        None => {}
    }
    let Some(stages) = stages else { return TurnGate::NoTrace };
    match id.and_then(|id| stages.candidate(id)) {
        Some(candidate) => TurnGate::Trace { fate: candidate.fate.clone(), rank: candidate.rank },
        None => {
            TurnGate::NoCandidate { candidates: u32::try_from(stages.candidates.len()).unwrap_or(u32::MAX) }
        }
    }
}

#[cfg(test)]
mod tests;

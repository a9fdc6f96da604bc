//! Runs and their changes as the page shows them.

use super::kept::{Field, Kept};
use rearview_domain::journal::{ChangeState, RunState};
use rearview_domain::time::Time;
use rearview_domain::{BankId, Error, JournalId, ServerId};
use rearview_hindsight::Fact;
use rearview_store::{JournalChange, JournalRun};
use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// A run of changes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export)]
pub struct RunView {
    /// Its id.
    pub id: JournalId,
    /// The memory server.
    pub server_id: ServerId,
    /// The bank.
    pub bank_id: BankId,
    /// What it is.
    pub label: String,
    /// What else there is to say about it.
    pub note: Option<String>,
    /// The first run of the action that it is a part of; itself, when it stands alone.
    pub together: JournalId,
    /// How many runs that action made, one for each bank, this one included.
    pub parts: u32,
    /// When it was made.
    pub at: Time,
    /// When it ended or halted.
    pub ended_at: Option<Time>,
    /// How it is.
    pub state: RunState,
    /// Whether its way is the way back.
    pub back: bool,
    /// All changes in it.
    pub total: u32,
    /// Those that were made and stand.
    pub done: u32,
    /// Those that the server refused.
    pub failed: u32,
    /// Those with nothing to do.
    pub skipped: u32,
    /// Those that were taken back.
    pub undone: u32,
    /// Those left alone because somebody else changed the fact.
    pub conflicts: u32,
    /// Those that were sent and of which nobody knows yet whether they arrived.
    pub unknown: u32,
    /// Those of which nothing was sent.
    pub waiting: u32,
    /// Why it halted.
    pub error: Option<Error>,
    /// Whether there is something to take back.
    pub undoable: bool,
    /// Whether it can go on, or try again what was refused.
    pub resumable: bool,
    /// Whether what was taken back can be done again.
    pub redoable: bool,
    /// The facts as they are after a small run; empty after a big one.
    pub facts: Vec<Fact>,
}

impl From<JournalRun> for RunView {
    fn from(run: JournalRun) -> Self {
        let counts = run.counts;
        let rests = !run.state.is_going();
        let halted = matches!(run.state, RunState::Stopped | RunState::Interrupted | RunState::Failed);
        let forth_left = counts.waiting + counts.unknown + counts.failed;
        let back_left = counts.done + counts.unknown;
        Self {
            undoable: rests && back_left > 0,
            resumable: match run.back {
                true => halted && back_left > 0,
                false => (halted && forth_left > 0) || (run.state == RunState::Done && counts.failed > 0),
            },
            redoable: rests && counts.undone > 0,
            together: run.together,
            parts: run.parts,
            id: run.id,
            server_id: run.server_id,
            bank_id: run.bank_id,
            label: run.label,
            note: run.note,
            at: run.at,
            ended_at: run.ended_at,
            state: run.state,
            back: run.back,
            total: counts.total(),
            done: counts.done,
            failed: counts.failed,
            skipped: counts.skipped,
            undone: counts.undone,
            conflicts: counts.conflict,
            unknown: counts.unknown,
            waiting: counts.waiting,
            error: run.error,
            facts: Vec::new(),
        }
    }
}

/// Some runs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct RunPage {
    /// The runs, the newest first.
    pub runs: Vec<RunView>,
    /// How many there are.
    pub total: u32,
}

/// One change of a run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export)]
pub struct ChangeView {
    /// Its place in the run, from 0.
    pub place: u32,
    /// The fact.
    pub fact_id: String,
    /// How it is.
    pub state: ChangeState,
    /// Why it was skipped, failed or left alone.
    pub why: Option<String>,
    /// The fact as it was before; absent when nothing was sent.
    pub before: Option<Kept>,
    /// The fact as the run left it.
    pub after: Option<Kept>,
    /// What the change did.
    pub fields: Vec<Field>,
}

impl From<JournalChange> for ChangeView {
    fn from(change: JournalChange) -> Self {
        let kept =
            |value: Option<serde_json::Value>| value.and_then(|value| serde_json::from_value(value).ok());
        let (before, after): (Option<Kept>, Option<Kept>) = (kept(change.before), kept(change.after));
        let fields = match (&before, &after) {
            (Some(before), Some(after)) => before.differing(after),
            _ => Vec::new(),
        };
        Self {
            place: change.place,
            fact_id: change.fact_id,
            state: change.state,
            why: change.why,
            before,
            after,
            fields,
        }
    }
}

/// Some changes of a run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct ChangePage {
    /// The run.
    pub run: RunView,
    /// Its changes in their order.
    pub changes: Vec<ChangeView>,
    /// How many there are in the states that were asked for.
    pub total: u32,
}

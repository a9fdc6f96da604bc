//! A move as it is kept and shown.

use rearview_domain::time::Time;
use rearview_domain::{BankId, Error, ServerId};
use rearview_hindsight::{ArchiveImport, BankScope};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use ts_rs::TS;

/// What a move does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export)]
pub enum MoveKind {
    /// A copy on the same server.
    Clone,
    /// A copy on another server.
    Transfer,
    /// A file of a bank.
    Archive,
    /// A bank of a file.
    Restore,
}

/// How a move is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export)]
pub enum MoveState {
    /// It goes on.
    Running,
    /// All of it is there.
    Done,
    /// It failed.
    Failed,
    /// The person stopped it.
    Cancelled,
    /// Rearview ended while it went on.
    Interrupted,
}

/// What a move is at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export)]
pub enum MoveStage {
    /// Nothing was asked of a server yet.
    Beginning,
    /// The server copies the bank.
    Copying,
    /// The server packs the archive.
    Packing,
    /// The archive comes here.
    Fetching,
    /// The archive goes there.
    Sending,
    /// The server unpacks it.
    Importing,
}

/// A bank on a server.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export)]
pub struct Place {
    /// The server.
    pub server_id: ServerId,
    /// Its name when the move began.
    pub server_name: String,
    /// The bank.
    pub bank_id: BankId,
}

/// An operation of a server that belongs to a move.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export)]
pub struct PlacedOperation {
    /// The server.
    pub server_id: ServerId,
    /// The bank that it is asked for under.
    pub bank_id: BankId,
    /// Its id.
    pub operation_id: String,
}

/// What there is of a bank after a move.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export)]
pub enum LeftWhat {
    /// As it was before.
    Untouched,
    /// All of it is there.
    Whole,
    /// Something is there, perhaps not all.
    Partial,
    /// There is no such bank.
    Absent,
    /// The server could not be asked.
    Unknown,
}

/// What exists where after a move.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export)]
pub struct Left {
    /// Where.
    pub place: Place,
    /// What.
    pub what: LeftWhat,
    /// How many facts, when the server says.
    #[ts(type = "number | null")]
    pub facts: Option<u64>,
}

/// A move.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export)]
pub struct BankMove {
    /// Its id.
    pub id: String,
    /// What it does.
    pub kind: MoveKind,
    /// The bank that is read; none when a file is.
    pub from: Option<Place>,
    /// The bank that is written; none when a file is.
    pub to: Option<Place>,
    /// The name of the file that is read.
    pub source_file: Option<String>,
    /// How the archive goes in.
    pub import: Option<ArchiveImport>,
    /// What is taken along.
    pub scope: BankScope,
    /// How it is.
    pub state: MoveState,
    /// What it is at, or was at when it ended.
    pub stage: MoveStage,
    /// How much of the stage is done: bytes while the archive travels, else what the server counts.
    #[ts(type = "number")]
    pub done: u64,
    /// Of how much, when that is known.
    #[ts(type = "number | null")]
    pub total: Option<u64>,
    /// What the server says it is doing.
    pub server_stage: Option<String>,
    /// The server's operation of this stage.
    pub operation: Option<PlacedOperation>,
    /// The file that was made.
    pub file: Option<String>,
    /// What the server counted when it was done, by its own names.
    #[ts(type = "Record<string, number>")]
    pub counts: BTreeMap<String, u64>,
    /// What exists where, once it has ended.
    pub left: Vec<Left>,
    /// Why it failed.
    pub error: Option<Error>,
    /// When it began.
    pub started_at: Time,
    /// When it ended.
    pub ended_at: Option<Time>,
}

impl BankMove {
    /// What exists where, from what is known without asking and, for the target, from what a look found.
    /// `found` is `None` when the server could not be asked; inside, `None` means there is no such bank.
    pub fn tell(&mut self, found: Option<Option<Option<u64>>>) {
        self.left.clear();
        if let Some(from) = &self.from {
            // A move only reads where it comes from.
            self.left.push(Left { place: from.clone(), what: LeftWhat::Untouched, facts: None });
        }
        let Some(to) = &self.to else { return };
        let written = matches!(self.stage, MoveStage::Copying | MoveStage::Sending | MoveStage::Importing);
        let merging = matches!(self.import, Some(ArchiveImport::Merge { .. }));
        let (what, facts) = match found {
            Some(Some(facts)) if self.state == MoveState::Done => (LeftWhat::Whole, facts),
            Some(Some(facts)) if written => (LeftWhat::Partial, facts),
            Some(Some(facts)) => (LeftWhat::Untouched, facts),
            Some(None) => (LeftWhat::Absent, None),
            None if self.state == MoveState::Done => (LeftWhat::Whole, None),
            None if !written && merging => (LeftWhat::Untouched, None),
            None if !written => (LeftWhat::Absent, None),
            None => (LeftWhat::Unknown, None),
        };
        self.left.push(Left { place: to.clone(), what, facts });
    }
}

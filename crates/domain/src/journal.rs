//! The journal of changes that a person made to memory: how far a run of changes is, and each change in it.
//!
//! The rows are kept by `rearview-store`, the walking forth and back is `rearview-curate`'s.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// How a run of changes is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
#[ts(export, rename = "ChangeRunState")]
pub enum RunState {
    /// It goes on, forth.
    Running,
    /// It came to its end; single changes may have failed or been skipped.
    Done,
    /// A person stopped it.
    Stopped,
    /// The app ended or the connection was lost in the middle. It can be resumed.
    Interrupted,
    /// The server refused to go on, e.g. for the key. It can be resumed.
    Failed,
    /// It goes on, back.
    Undoing,
    /// All that could be taken back was.
    Undone,
}

impl RunState {
    /// Whether somebody works on it.
    pub fn is_going(self) -> bool {
        matches!(self, Self::Running | Self::Undoing)
    }
}

/// How one change of a run is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
#[ts(export)]
pub enum ChangeState {
    /// Nothing was sent.
    Waiting,
    /// It was sent and nobody knows yet whether it arrived. The fact as it was before is on disk.
    Sent,
    /// It is so.
    Done,
    /// There was nothing to do: the fact is gone, is so already, or cannot be changed.
    Skipped,
    /// The server refused it; the fact is as it was.
    Failed,
    /// The way back was sent and nobody knows yet whether it arrived.
    Returning,
    /// The fact is as it was before.
    Undone,
    /// Somebody else changed the fact since; it was left alone.
    Conflict,
}

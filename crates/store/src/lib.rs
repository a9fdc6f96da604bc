//! The app's own SQLite: chats, messages, turns, run log, outbox, the journal of changes to memory, settings, search, records.
//!
//! Two files in one data folder: `rearview.db` and `records.db`, the latter for the records of turns
//! and the bodies that were sent. One module per concern, each an `impl Store`; domain types go in and
//! come out. What a turn does and when anything is retried is decided in `rearview-turns`; keys never
//! come here. Called by `rearview-turns` and `rearview-api`.

pub mod bank_use;
pub mod blob;
pub mod body;
pub mod breakpoint;
pub mod chat;
pub mod chat_memory;
pub mod check;
mod db;
pub mod error;
pub mod injection;
pub mod journal;
pub mod kept_pair;
pub mod learning;
pub mod mention;
pub mod message;
mod migrate;
pub mod mission_version;
pub mod open;
pub mod outbox;
mod recipe;
pub mod record;
pub mod replay;
mod row;
pub mod run;
pub mod search;
pub mod setting;
pub mod turn;
pub mod unechoed;
pub mod usage;
mod wording;
mod words;

#[cfg(test)]
mod testing;

/// Points at which a test may kill the process; they stand where every crate that writes can see them.
pub use rearview_domain::fault;

pub use bank_use::BankUse;
pub use chat::{Change, ChatFilter, ChatPage, ChatPatch};
pub use check::CheckRow;
pub use error::{Result, StoreError};
pub use injection::{InjectionNames, InjectionPage, InjectionRow};
pub use journal::{ChangeCounts, JournalChange, JournalPage, JournalRun, NewChange, NewRun};
pub use kept_pair::{KeptPair, KeptSide};
pub use learning::Learning;
pub use mention::{MemoryUse, Mention, Mentions};
pub use message::MessageHead;
pub use mission_version::{MissionVersion, VersionOrigin, VersionPage};
pub use open::Store;
pub use outbox::{NewOutboxItem, OutboxAction, OutboxCounts, OutboxItem, OutboxPage, OutboxStage};
pub use run::RunDelta;
pub use search::Hit;
pub use turn::{Begin, Finish};
pub use unechoed::{Unechoed, UnechoedPage};
pub use usage::DiskUse;

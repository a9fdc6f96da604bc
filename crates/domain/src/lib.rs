//! The words of the product as types: ids, messages, facts, settings, turns, records, errors.
//!
//! Nothing here does IO (fault points of test builds apart) or is async. Every other crate depends on this one
//! and on none beside it (`tests/it/architecture.rs` holds that). What crosses to the page derives `ts_rs::TS`, so that the
//! TypeScript in `ui/src/gen` is a consequence of this crate and never a second opinion.

pub mod breakpoint;
pub mod chat;
pub mod error;
pub mod event;
pub mod fault;
pub mod id;
pub mod injection;
pub mod journal;
pub mod learned;
pub mod memory;
pub mod message;
pub mod record;
pub mod replay;
pub mod resolve;
pub mod settings;
pub mod time;
pub mod turn;

pub use error::{Error, ErrorCode};
pub use id::{
    BankId, BreakpointId, ChatId, DocumentId, JournalId, MessageId, ProviderId, ReplayId, RunId, ServerId,
    TurnId,
};

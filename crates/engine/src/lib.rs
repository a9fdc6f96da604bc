//! The embedded memory engine: the Hindsight HTTP API 1.1 over SQLite, with its own retrieval.
//!
//! Everything a memory server does on one machine for one person. It knows nothing of chats, providers or
//! windows: `rearview-api` starts it, hands it a [`synthesis`] model and reaches it through HTTP alone.
//!
//! A request comes in through `http`, reads and writes tables through `db`, and finds memories through
//! `resident` (vectors and the columns that filters need, in memory) and the keyword tables. What takes
//! long is an operation, done by `work`.

mod bank;
mod config;
mod curate;
mod db;
mod directive;
mod document;
mod duplicate;
mod engine;
mod entity;
mod error;
mod extract;
mod http;
mod listing;
mod llm;
mod mental_model;
mod observation;
mod recall;
mod reflect;
mod resident;
mod retain;
mod serve;
pub mod synthesis;
mod template;
mod time;
mod transfer;
mod unit;
mod vectors;
pub mod when;
pub mod words;
mod work;

/// The encoder that the engine works with.
pub use rearview_encoder as encode;

pub use engine::{Engine, Options, Status};
pub use error::{EngineError, Result};
pub use serve::{Server, Token};

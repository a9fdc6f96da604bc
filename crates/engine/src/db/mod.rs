//! The engine's one SQLite file `memory.db`: a single writing connection, a few reading ones, a lock.
//!
//! WAL with synchronous FULL: what was acknowledged survives a power cut, because facts cost money to
//! extract. Tables are described in `migrations/`; who writes a memory goes through [`write`].

mod migrate;
mod open;
pub(crate) mod repair;
pub(crate) mod write;

pub(crate) use open::Db;
pub(crate) use write::Write;

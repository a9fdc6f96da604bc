//! How well a memory server finds what it was told: the project's own licensed test set (`tests/data/retrieval`)
//! and what scores a server with it.
//!
//! `set` reads the facts and questions; `overlap` tells which questions share words with their answers.
//! Called by the `retrieval` program and by the rules in `it`. Knows nothing of how a server ranks.

pub mod overlap;
pub mod set;

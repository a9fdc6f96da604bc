//! How well a memory server finds what it was told: the project's own licensed test set (`tests/data/retrieval`)
//! and what scores a server with it.
//!
//! `set` reads the facts and questions; `overlap` tells which questions share words with their answers;
//! `server` speaks to a server, `run` asks it everything, `metrics` counts, `bootstrap` compares two servers
//! and `report` writes it down. Called by the `retrieval` program and by the rules in `it`.

pub mod bootstrap;
pub mod metrics;
pub mod overlap;
pub mod report;
pub mod run;
pub mod server;
pub mod set;

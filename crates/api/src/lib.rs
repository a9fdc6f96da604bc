//! The command table, wire types, host trait, event sink, wire errors.

pub mod sink;
pub mod wire;

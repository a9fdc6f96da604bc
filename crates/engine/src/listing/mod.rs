//! Looking through a bank: pages of banks, memories, entities and tags, graphs, counts.
//!
//! Everything here only reads. Finding what fits a question is `recall`; changing memories is `curate`. Called
//! by `http`.

pub(crate) mod as_of;
pub(crate) mod banks;
pub(crate) mod entities;
#[cfg(test)]
pub(crate) mod given;
pub(crate) mod graph;
pub(crate) mod memories;
pub(crate) mod memory;
mod near;
pub(crate) mod stats;
pub(crate) mod tagged;
pub(crate) mod tags;
mod way;
mod words;

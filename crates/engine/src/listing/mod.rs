//! Looking through a bank: pages of banks, memories, entities and tags, graphs, counts.
//!
//! Everything here only reads. Finding what fits a question is `recall`; changing memories is `curate`. Called
//! by `http`.

pub(crate) mod banks;

//! Archives that move a bank: written by an export, read by an import, here or on a Hindsight server.
//!
//! [`archive`] knows the files of an archive, [`export`] fills one from the tables, [`restore`] and [`merge`]
//! write one into them. All run as operations. The HTTP side is in `http/transfer`.

pub(crate) mod archive;
pub(crate) mod export;
mod facts;
pub(crate) mod jobs;
pub(crate) mod merge;
pub(crate) mod restore;

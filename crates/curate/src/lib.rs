//! What people do to memory by hand, on any memory server: runs of changes with one undo, the first gate that
//! stopped a fact, saved checks, bringing memory in and taking it out.
//!
//! Not here: the turn (`rearview-turns`), the HTTP calls themselves (`rearview-hindsight`), and what the
//! page asks for (`rearview-api`, the caller).

pub mod alike;
pub mod check;
pub mod document;
pub mod entity;
pub mod finding;
pub mod follow;
pub mod gate;
pub mod graph;
pub mod intake;
pub mod kept;
pub mod learned;
pub mod mission;
pub mod observed;
pub mod outlet;
pub mod pages;
pub mod run;
pub mod sentence;
pub mod stage;
pub mod then;
pub mod timeline;
pub mod transfer;

//! Entities as people work with them: all names of a bank, which look alike, and what a merge would rewrite.
//!
//! The API neither searches nor merges entities. The command table (`rearview-api`) calls this.

pub mod alike;
mod all;
mod merge;
mod names;

pub use all::{All, EntityList, Stamp};
pub use merge::{MergeFact, MergePlan, plan};
pub use names::Names;

//! Moving whole banks: copies on one server, archives to and from files, transfers between servers. A move is a chain
//! of steps that each say how far they are; whatever ends it, it can be told afterwards what exists where.
//!
//! `rearview-api` runs moves in the background and keeps them on disk.

mod archive;
mod carrier;
mod state;
mod steps;
#[cfg(test)]
mod tests;

pub use archive::{ArchiveInfo, read_archive};
pub use carrier::Carrier;
pub use state::{BankMove, Left, LeftWhat, MoveKind, MoveStage, MoveState, Place, PlacedOperation};
pub use steps::{Carried, Step, Told, copy, counts, look, pack, watch};

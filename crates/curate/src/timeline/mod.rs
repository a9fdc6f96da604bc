//! Facts in time: how many fall into each bar of a strip, and the facts that have no such time.
//!
//! The API has no histogram over a bank's whole life, but it counts what lies between two times. The command
//! table (`rearview-api`) calls this.

mod bars;
mod strip;
mod undated;

pub use bars::StripUnit;
pub use strip::{Strip, StripAsked, StripBar, strip};
pub use undated::{Undated, undated};

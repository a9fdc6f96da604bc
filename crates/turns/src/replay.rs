//! What if: the request of a turn once more, with something changed, and what the answers tell.
//!
//! `basis` gathers what the turn was made of and makes the request of an arm; `run` sends it, keeps nothing and
//! hands nothing to memory; `likeness` says how alike answers are, `influence` which memory mattered, `price` what it
//! will cost. Rows are the store's; `api` puts the steps in order.

pub mod basis;
pub mod influence;
pub mod likeness;
pub mod price;
pub mod run;

pub use basis::{Basis, Made};
pub use run::{Ready, samples};

//! Banks and all that is set, kept and logged in them.

mod banks;
mod follow;
mod inside;
mod log;
mod missions;

pub use banks::*;
pub use follow::*;
pub use inside::*;
pub use log::*;
pub use missions::*;

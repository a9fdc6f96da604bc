//! Banks and all that is set, kept and logged in them.

mod banks;
mod inside;
mod missions;

pub use banks::*;
pub use inside::*;
pub use missions::*;

//! Runs of changes: what is to be done to which fact, what was there before, and the way back.
//!
//! `journal` is what `rearview-api` calls. `walk` goes through a run forth and back and knows what to do when a
//! server refuses, dies or lies; `edit` and `kept` are the pure part: what an edit means for a fact, whether a
//! fact is as it was or as it was wanted, and the exact way back. Rows are in `rearview-store`.

mod back;
mod edit;
mod journal;
mod kept;
mod pace;
mod preview;
mod view;
mod walk;

pub use edit::Edit;
pub use journal::{Ground, Journal, Plan};
pub(crate) use kept::moment;
pub use kept::{Field, Kept};
pub use preview::{CannotChange, ChangePreview, Which, matching, preview};
pub use view::{ChangePage, ChangeView, RunPage, RunView};

//! Bringing memory in: pasted text, text files, and the exports of other chat apps.
//!
//! A file is looked at first (`source`), its conversations are read one at a time (`stream`, `chatgpt`, `claude`),
//! the chosen ones are cut into documents that carry their own dates (`pieces`), and a batch hands those to
//! a memory server and can take all of them out again (`batch`). Called by `rearview-api`.

mod batch;
mod chatgpt;
mod claude;
mod conversation;
mod pieces;
mod source;
mod sparse;
mod stream;

pub use batch::{Batch, BatchState, Handed, hand_in, hand_in_file, take_out};
pub use conversation::{Conversation, Said, Speaker};
pub use pieces::{Piece, Voices, id_of_file, of_conversation, of_text};
pub use source::{Glance, IntakeError, Kind, Listed, glance, kind_of, text_of};
pub use stream::{Walk, walk};

//! Words as the keyword index and the entity index see them.
//!
//! Pure functions over text: what goes into the full-text table, what a question asks of it, when two names are
//! one, and where a text may be cut. No storage and no models: the store, recall and retain call in here.

mod chunks;
mod index;
mod names;
mod query;
pub(crate) mod script;
mod segments;
mod sentences;
mod stop;

pub use chunks::{CHUNK_CHARS, chunks};
pub use index::index_text;
pub use names::{ALIKE, alike, normal_form, numbers, similarity};
pub use query::{MAX_TERMS, Term, fts_query, query_terms, rarest};
pub use sentences::sentences;

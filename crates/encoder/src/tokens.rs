//! Text to the numbers of its word pieces, as the model was trained with.
//!
//! The cutting is the `tokenizers` crate's; here are the limits. Called by `encoder`, which alone knows what
//! the numbers are for.

use super::EncodeError;
use super::weights::{TOKENIZER, read_checked};
use std::path::Path;
use tokenizers::Tokenizer;

/// How many tokens the model sees, its two markers included: all-MiniLM-L6-v2's `max_seq_length`.
pub(super) const LONGEST: usize = 256;
/// Opens each text: `[CLS]` in the model's vocabulary.
const START: u32 = 101;
/// Closes each text: `[SEP]` in the model's vocabulary.
const END: u32 = 102;
/// Bytes of a text that are looked at for a vector. 256 tokens of ordinary text are 1 to 2 KB; a text that
/// needs more than this for them is mostly blanks or made to keep the processor busy.
const LOOKED_AT: usize = 1 << 16;

/// The vocabulary and its rules.
pub(super) struct Tokens(Tokenizer);

impl Tokens {
    pub(super) fn load(folder: &Path) -> Result<Self, EncodeError> {
        let bytes = read_checked(folder, TOKENIZER)?;
        let mut tokenizer = Tokenizer::from_bytes(bytes).map_err(|error| EncodeError::Malformed {
            path: folder.join(TOKENIZER),
            reason: error.to_string(),
        })?;
        // The file asks for padding to 128 tokens, with which nothing here is done.
        tokenizer.with_padding(None);
        tokenizer.with_truncation(None).map_err(|error| EncodeError::Tokens(error.to_string()))?;
        Ok(Self(tokenizer))
    }

    /// The numbers of `text` between its markers, at most [`LONGEST`] of them.
    pub(super) fn of(&self, text: &str) -> Result<Vec<u32>, EncodeError> {
        let text = &text[..text.floor_char_boundary(LOOKED_AT)];
        let encoding =
            self.0.encode_fast(text, false).map_err(|error| EncodeError::Tokens(error.to_string()))?;
        let pieces = encoding.get_ids().iter().copied().take(LONGEST - 2);
        Ok(std::iter::once(START).chain(pieces).chain([END]).collect())
    }

    /// How many word pieces all of `text` has, without markers.
    pub(super) fn count(&self, text: &str) -> Result<usize, EncodeError> {
        let encoding =
            self.0.encode_fast(text, false).map_err(|error| EncodeError::Tokens(error.to_string()))?;
        Ok(encoding.len())
    }
}

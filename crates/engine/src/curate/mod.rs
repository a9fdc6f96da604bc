//! Changing what is remembered: by a person's hand, one memory at a time or all at once.
//!
//! What a text adds is `retain`, what facts become is `observation`. Called by `http`.

pub(crate) mod clear;

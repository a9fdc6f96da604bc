//! Finding dates inside questions.

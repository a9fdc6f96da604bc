//! Runs of changes that a person makes to memory, each with one undo.

commands! {}

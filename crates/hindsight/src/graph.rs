//! Facts and the links between them.

//! Handlers of the room `review` of the table: runs of changes that a person makes to memory, each with one undo.

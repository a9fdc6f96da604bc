//! Entities: the whole list of a bank, and the names that look alike.

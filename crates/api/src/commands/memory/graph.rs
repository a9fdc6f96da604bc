//! The graph around a fact or an entity, and of a whole bank.

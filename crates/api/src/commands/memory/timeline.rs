//! Facts in time: how many fall where.

//! Bringing memory in and taking it out.

commands! {}

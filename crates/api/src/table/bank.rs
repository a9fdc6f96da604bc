//! Banks and all that is set, kept and logged in them.

commands! {}

//! the command table, wire types, host trait, event sink, wire errors

//! Handlers of the room `bank` of the table: banks and all that is set, kept and logged in them.

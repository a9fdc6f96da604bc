//! Handlers of the room `intake` of the table: bringing memory in and taking it out.

pub mod upload;

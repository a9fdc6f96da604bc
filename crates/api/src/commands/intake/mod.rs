//! Handlers of the room `intake` of the table: bringing memory in and taking it out.

pub mod batch;
pub mod outlet;
pub mod sample;
pub mod upload;

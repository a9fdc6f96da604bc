//! Handlers of the room `bank` of the table: banks and all that is set, kept and logged in them.

pub mod config;
pub mod lab;
pub mod mission;
pub mod observation;

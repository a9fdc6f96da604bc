//! journeys, conformance, faults, real window; fakes in its library

pub mod hindsight_server;
pub mod scripted_memory_model;
pub mod window;

//! journeys, conformance, faults, real window; fakes in its library

pub mod desk;
pub mod embedded_engine;
pub mod embeddings_server;
pub mod gate;
pub mod hindsight_server;
pub mod retrieval;
pub mod scripted_memory;
pub mod scripted_memory_model;
pub mod scripted_provider;
pub mod scripted_synthesis;
pub mod temp_app;
pub mod window;

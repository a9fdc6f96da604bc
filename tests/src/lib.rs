//! journeys, conformance, faults, real window; fakes in its library

pub mod window;

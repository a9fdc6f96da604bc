//! One suite for every memory server: what a Hindsight 1.1 server does, asserted once and run against each of them.
//!
//! `api` speaks HTTP and holds each answer against the server's own OpenAPI document: it is the specification.
//! `client` is about the typed client: what it believes about the server is true. One server of a kind serves
//! all tests, each in a bank of its own; the models behind are scripted, so ids, states, counts, shapes and
//! order are asserted, and wording only where no model is asked.

// `cfg(test)` tells clippy what cargo knows anyway: that all of this is tests, where `unwrap` is welcome.
#[cfg(test)]
mod each_server;
#[cfg(test)]
pub(crate) use each_server::each_server;

#[cfg(test)]
mod api;
#[cfg(test)]
mod app;
#[cfg(test)]
mod bank;
#[cfg(test)]
mod client;
#[cfg(test)]
mod contract;
#[cfg(test)]
mod differences;
#[cfg(test)]
mod gates;
#[cfg(test)]
mod subject;

//! The HTTP API of Hindsight 1.1, call by call: one file for each area of the API.

mod banks;
mod config;
mod documents;
mod entities;
mod graph;
mod memories;
mod operations;
mod recall;
mod retain;
mod server;
mod stats;
mod tags;
mod transfer;

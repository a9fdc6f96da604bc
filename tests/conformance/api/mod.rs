//! The HTTP API of Hindsight 1.1, call by call: one file for each area of the API.

mod banks;
mod config;
mod directives;
mod documents;
mod entities;
mod graph;
mod memories;
mod mental_models;
mod observations;
mod operations;
mod previews;
mod recall;
mod reflect;
mod retain;
mod server;
mod stats;
mod tags;
mod transfer;

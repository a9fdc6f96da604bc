//! The typed memory client against a running server: what the client believes about the server is true.

mod banks;
mod documents;
mod memories;
mod operations;
mod recall;
mod server;
mod support;
mod turn;

//! The handlers of the command table, by noun. Each takes the app and a request and answers; what they
//! decide belongs to `turns`, `store` and the other crates, and what they add is the order of steps.

pub mod app;
mod attachments;
pub mod bank;
pub mod breakpoint;
pub mod bundle;
pub mod chat;
pub mod chat_memory;
pub mod engine;
pub mod explain;
pub mod import;
pub mod injection;
pub mod intake;
mod keep;
pub mod lab;
pub mod learned;
pub mod local;
pub mod memory;
pub mod meter;
pub mod models;
pub mod provider;
pub mod record;
pub mod reflect_again;
pub mod replay;
pub mod review;
pub mod server;
pub mod then;
pub mod turn;
pub mod turn_memory;
pub mod xray;

use rearview_domain::{Error, ErrorCode};
use rearview_store::StoreError;

/// The store's error as the page sees it.
fn store_error(error: StoreError) -> Error {
    error.to_error()
}

/// Something named does not exist.
fn missing(what: &str, id: impl std::fmt::Display) -> Error {
    Error::new(ErrorCode::NotFound, format!("There is no {what} `{id}` any more."))
}

/// What was given cannot be used.
fn invalid(message: impl Into<String>) -> Error {
    Error::new(ErrorCode::InvalidInput, message)
}

/// Whether two addresses have the same scheme, host and port. A kept key goes nowhere else.
fn same_origin(a: &str, b: &str) -> bool {
    match (url::Url::parse(a), url::Url::parse(b)) {
        (Ok(a), Ok(b)) => a.origin() == b.origin(),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_stays_with_the_host_it_was_entered_for() {
        assert!(same_origin("https://a.example/v1", "https://a.example/v2"));
        assert!(!same_origin("https://a.example/v1", "https://a.example.evil/v1"));
        assert!(!same_origin("https://a.example", "http://a.example"));
        assert!(!same_origin("", ""));
    }
}

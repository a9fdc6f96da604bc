//! What is known of providers and models before anybody is asked: addresses, variables, sizes, prices.
//!
//! Nothing is ever refused because it is not in here.

mod facts;

pub use facts::{ModelFacts, Price};

//! What is known of providers and models before anybody is asked: addresses, variables, sizes, prices.
//!
//! Nothing is ever refused because it is not in here.

mod facts;

pub use facts::{ModelFacts, Price};

use rearview_domain::turn::Usage;

/// The date of the prices.
pub fn prices_of() -> &'static str {
    "2026-11-20"
}

/// What tokens cost in US dollars; `None` when the price or a count is not known.
pub fn cost(facts: &ModelFacts, usage: &Usage) -> Option<f64> {
    let price = facts.price?;
    let input = f64::from(usage.input?);
    let output = f64::from(usage.output?);
    Some((input * price.input + output * price.output) / 1e6)
}

//! What is known of providers and models before anybody is asked: addresses, variables, sizes, prices.
//!
//! Nothing is ever refused because it is not in here. The data is in `crates/providers/data`, made by
//! `scripts/catalogue.py`; it is read once, when it is first asked for. Which model string means which
//! provider is in `route`; what a set-up looks like is in `api`.

mod cost;
mod facts;
mod models;
mod providers;

pub use cost::cost;
pub use facts::{ModelFacts, Price, Tier};
pub use models::{model, models_of, prices_of};
pub(crate) use providers::is_prefix;
pub use providers::{Confidence, PlatformKind, ProviderRow, Seen, provider, providers};

pub(crate) use models::{bare_owner, is_listed};

use serde::de::DeserializeOwned;

/// Reads one row a line. A line that is none is left out and logged: the data is our own and a test
/// reads all of it, so this is about never failing at run time.
fn rows<T: DeserializeOwned>(what: &str, text: &str) -> Vec<T> {
    let read = |line: &str| match serde_json::from_str(line) {
        Ok(row) => Some(row),
        Err(fault) => {
            tracing::error!(%fault, "a row of the embedded {what} cannot be read");
            None
        }
    };
    text.lines().filter_map(read).collect()
}

//! Which observations a change is about to touch: all are looked through anew, and nothing is kept. `run` asks for its
//! preview.

use crate::pages::Pages;
use rearview_domain::BankId;
use rearview_hindsight::{Client, Fact, Result};
use std::collections::HashSet;

/// What was found.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct BuiltOn {
    /// The first of them.
    pub observations: Vec<Fact>,
    /// All of them.
    pub total: u32,
    /// How many observations were looked through.
    pub scanned: u32,
}

/// The observations that name one of these facts as a source; at most `keep` of them are given, all are counted.
///
/// # Errors
/// Those of the list.
pub async fn built_on(client: &Client, bank: &BankId, facts: &HashSet<&str>, keep: usize) -> Result<BuiltOn> {
    let mut pages = Pages::observations(client, bank);
    let mut found = BuiltOn::default();
    while let Some(page) = pages.next().await? {
        for observation in page {
            found.scanned += 1;
            if observation.source_memory_ids.iter().any(|source| facts.contains(source.as_str())) {
                found.total += 1;
                if found.observations.len() < keep {
                    found.observations.push(observation);
                }
            }
        }
    }
    Ok(found)
}

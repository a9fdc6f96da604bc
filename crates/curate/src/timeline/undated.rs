//! The facts without a time. No server lists them, so the list of all facts is looked through, a bounded
//! stretch at a time.

use super::strip::moment;
use rearview_domain::BankId;
use rearview_hindsight::{Client, Fact, MemoryFilter, MemoryTimeField, Result};
use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// Facts looked at in one call, and calls in one stretch.
const PAGE: u32 = 500;
const CALLS: u32 = 10;

/// Facts without a time.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct Undated {
    /// The facts, the one said last first.
    pub items: Vec<Fact>,
    /// Where to look on; `None` at the end.
    pub next: Option<u32>,
    /// How many facts were looked at, from the first on.
    pub looked: u32,
    /// How many there are to look at.
    pub total: u64,
}

/// Looks from `offset` on until `wanted` facts without a time are found or the stretch is over.
///
/// # Errors
/// As the list of facts.
pub async fn undated(
    client: &Client,
    bank: &BankId,
    clock: MemoryTimeField,
    filter: &MemoryFilter,
    offset: u32,
    wanted: usize,
) -> Result<Undated> {
    let mut found = Undated { items: Vec::new(), next: Some(offset), looked: offset, total: 0 };
    for _ in 0..CALLS {
        let filter = MemoryFilter {
            time_field: None,
            start_date: None,
            end_date: None,
            limit: Some(PAGE),
            offset: Some(found.looked),
            ..filter.clone()
        };
        let page = client.memories(bank, &filter).await?;
        found.total = page.total.unwrap_or_else(|| u64::from(found.looked) + page.items.len() as u64);
        let came = u32::try_from(page.items.len()).unwrap_or(PAGE);
        found.looked += came;
        found.items.extend(page.items.into_iter().filter(|fact| moment(fact, clock).is_none()));
        if came == 0 || u64::from(found.looked) >= found.total {
            found.next = None;
            return Ok(found);
        }
        found.next = Some(found.looked);
        if found.items.len() >= wanted {
            break;
        }
    }
    Ok(found)
}

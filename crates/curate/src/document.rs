//! What goes with a document when it is deleted.

use rearview_domain::memory::FactType;
use rearview_domain::{BankId, DocumentId};
use rearview_hindsight::{Client, MemoryFilter, Result};
use serde::{Deserialize, Serialize};
use std::collections::HashSet;
use ts_rs::TS;

/// Items asked for at a time; facts and observations looked at.
const PAGE: u32 = 1_000;
const MOST: u32 = 10_000;

/// What goes with a document.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "camelCase")]
#[ts(export)]
pub struct GoesWith {
    /// Its facts.
    pub facts: u64,
    /// Observations that are built on them.
    pub observations: u32,
    /// Of those, the ones that stand on other facts too; the server makes them anew without these.
    pub shared: u32,
    /// False when there are too many observations to look at all: then there may be more.
    pub complete: bool,
}

/// Counts what goes with a document.
///
/// # Errors
/// As the list of facts.
pub async fn goes_with(client: &Client, bank: &BankId, document: &DocumentId) -> Result<GoesWith> {
    let own = MemoryFilter { document_id: Some(document.clone()), ..MemoryFilter::default() };
    let (facts, total, whole) = ids(client, bank, own, |fact| vec![fact.id]).await?;
    let facts: HashSet<String> = facts.into_iter().flatten().collect();
    let mut goes = GoesWith { facts: total, complete: whole, ..GoesWith::default() };
    if facts.is_empty() {
        return Ok(goes);
    }
    let observed = MemoryFilter { fact_type: Some(FactType::Observation), ..MemoryFilter::default() };
    let (sources, _, whole) = ids(client, bank, observed, |fact| fact.source_memory_ids).await?;
    goes.complete &= whole;
    for sources in sources {
        let own = sources.iter().filter(|id| facts.contains(*id)).count();
        goes.observations += u32::from(own > 0);
        goes.shared += u32::from(own > 0 && own < sources.len());
    }
    Ok(goes)
}

async fn ids(
    client: &Client,
    bank: &BankId,
    filter: MemoryFilter,
    of: impl Fn(rearview_hindsight::Fact) -> Vec<String>,
) -> Result<(Vec<Vec<String>>, u64, bool)> {
    let mut found = Vec::new();
    let mut total = 0;
    let mut offset = 0;
    while offset < MOST {
        let page = MemoryFilter { limit: Some(PAGE), offset: Some(offset), ..filter.clone() };
        let page = client.memories(bank, &page).await?;
        let came = page.items.len();
        found.extend(page.items.into_iter().map(&of));
        total = page.total.unwrap_or_default().max(found.len() as u64);
        if came < PAGE as usize {
            return Ok((found, total, true));
        }
        offset += PAGE;
    }
    let whole = found.len() as u64 >= total;
    Ok((found, total, whole))
}

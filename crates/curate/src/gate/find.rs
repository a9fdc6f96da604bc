//! Where a fact is: in the bank that is asked, invalidated there, in another bank, or still to be read.

use super::Expected;
use futures_util::{StreamExt, stream};
use rearview_domain::BankId;
use rearview_hindsight::{
    Client, Fact, HindsightError, MemoryFilter, MemoryState, OperationFilter, OperationStatus, Result,
};

/// Banks of a server that are looked through.
const BANKS: u32 = 200;
/// Banks that are asked at the same time.
const AT_ONCE: usize = 8;
/// Facts with the text that are looked through; an exact one may stand behind longer ones.
const LOOKED_THROUGH: u32 = 50;
/// Characters of a text that are searched for; servers look for a part of the text.
const SEARCHED: usize = 200;

/// Where it is.
#[derive(Clone, Debug)]
pub(super) enum Found {
    /// In this bank.
    In(BankId, Box<Fact>),
    /// Nowhere, and these operations are not done.
    Waiting(Vec<String>),
    /// Nowhere.
    Nowhere,
}

/// Looks for a fact: where it was seen, in the asked bank, in all others.
pub(super) async fn find(client: &Client, asked: &BankId, expected: &Expected) -> Result<Found> {
    let seen = expected.bank_id.as_ref().unwrap_or(asked);
    for bank in [seen, asked] {
        if let Some(fact) = in_bank(client, bank, expected).await? {
            return Ok(Found::In(bank.clone(), Box::new(fact)));
        }
    }
    let page = client.banks(None, BANKS, 0).await?;
    let others = page.banks.into_iter().map(|bank| bank.id).filter(|bank| bank != asked && bank != seen);
    let looks = others.map(|bank| async move {
        let fact = in_bank(client, &bank, expected).await;
        // A bank that cannot be read is one in which it was not found.
        fact.ok().flatten().map(|fact| (bank, fact))
    });
    let mut found = stream::iter(looks).buffered(AT_ONCE).filter_map(|found| async { found }).boxed();
    if let Some((bank, fact)) = found.next().await {
        return Ok(Found::In(bank, Box::new(fact)));
    }
    drop(found);
    let waiting = waiting(client, asked).await?;
    Ok(if waiting.is_empty() { Found::Nowhere } else { Found::Waiting(waiting) })
}

/// The fact in one bank, whether it counts or not.
async fn in_bank(client: &Client, bank: &BankId, expected: &Expected) -> Result<Option<Fact>> {
    if let Some(id) = &expected.id {
        match client.memory(bank, id).await {
            Ok(fact) => return Ok(Some(fact)),
            Err(HindsightError::NotFound { .. } | HindsightError::Invalid { .. }) => {}
            Err(error) => return Err(error),
        }
    }
    let Some(text) = expected.text.as_deref().map(str::trim).filter(|text| !text.is_empty()) else {
        return Ok(None);
    };
    for state in [MemoryState::Valid, MemoryState::Invalidated] {
        let filter = MemoryFilter {
            q: Some(text.chars().take(SEARCHED).collect()),
            state: Some(state),
            limit: Some(LOOKED_THROUGH),
            ..MemoryFilter::default()
        };
        let page = match client.memories(bank, &filter).await {
            Err(HindsightError::NotFound { .. }) => return Ok(None),
            page => page?,
        };
        if let Some(mut fact) = page.items.into_iter().find(|fact| fact.text.trim() == text) {
            fact.state = fact.state.or(Some(state));
            return Ok(Some(fact));
        }
    }
    Ok(None)
}

/// Operations that read what was said and are not done.
async fn waiting(client: &Client, bank: &BankId) -> Result<Vec<String>> {
    let mut ids = Vec::new();
    for status in [OperationStatus::Pending, OperationStatus::Processing] {
        let filter = OperationFilter { status: Some(status), limit: Some(100), ..OperationFilter::default() };
        let page = match client.operations(bank, &filter).await {
            Err(HindsightError::NotFound { .. }) => return Ok(Vec::new()),
            page => page?,
        };
        let reads = page
            .operations
            .into_iter()
            .filter(|operation| operation.kind.as_deref().is_none_or(|kind| kind.contains("retain")));
        ids.extend(reads.map(|operation| operation.id));
    }
    Ok(ids)
}

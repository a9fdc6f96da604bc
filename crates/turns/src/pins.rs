//! Memories that are pinned to a chat: fetched by their ids beside the recall, each within the same time-out, so that
//! a recall that fails or finds nothing else leaves them out of nothing. What is not there is said and not injected.

use futures_util::{StreamExt, stream};
use rearview_domain::memory::RecalledMemory;
use rearview_domain::record::{PinFound, PinnedMemory};
use rearview_domain::{BankId, Error, ErrorCode};
use rearview_hindsight::{Client, Fact, HindsightError, MemoryState};
use std::time::Duration;

/// Memories that are fetched at the same time.
const AT_ONCE: usize = 8;

/// Fetches those that belong to the bank, in their order; those of other banks stay as they are.
pub async fn find(
    memory: &Result<Client, Error>,
    bank: &BankId,
    pins: Vec<PinnedMemory>,
    limit: Duration,
) -> Vec<PinnedMemory> {
    let finding = pins.into_iter().map(|pin| async move {
        if matches!(pin.found, PinFound::OtherBank { .. }) {
            return pin;
        }
        let fetched = match memory {
            Ok(client) => tokio::time::timeout(limit, client.memory(bank, &pin.memory_id)).await,
            Err(error) => return PinnedMemory { found: PinFound::Failed { error: error.clone() }, ..pin },
        };
        match fetched {
            Ok(Ok(fact)) => told(pin, fact),
            Ok(Err(HindsightError::NotFound { .. })) => PinnedMemory { found: PinFound::Gone, ..pin },
            Ok(Err(error)) => PinnedMemory { found: PinFound::Failed { error: error.to_error() }, ..pin },
            Err(_) => PinnedMemory { found: PinFound::Failed { error: too_slow(limit) }, ..pin },
        }
    });
    stream::iter(finding).buffered(AT_ONCE).collect().await
}

fn told(pin: PinnedMemory, fact: Fact) -> PinnedMemory {
    if fact.state == Some(MemoryState::Invalidated) {
        return PinnedMemory { found: PinFound::Invalidated { reason: fact.invalidation_reason }, ..pin };
    }
    PinnedMemory { found: PinFound::There, memory: Some(recalled(fact)), ..pin }
}

/// A fact as a recall would have told it; nobody ranked it.
fn recalled(fact: Fact) -> RecalledMemory {
    RecalledMemory {
        id: fact.id,
        text: fact.text,
        fact_type: fact.fact_type,
        entities: fact.entities,
        context: fact.context,
        occurred_start: fact.occurred_start,
        occurred_end: fact.occurred_end,
        mentioned_at: fact.mentioned_at,
        document_id: fact.document_id,
        chunk_id: fact.chunk_id,
        tags: fact.tags,
        metadata: fact.metadata,
        scores: Default::default(),
        rank: 0,
        arms: Default::default(),
        tokens: 0,
    }
}

fn too_slow(limit: Duration) -> Error {
    Error::new(ErrorCode::Timeout, format!("Fetching it took longer than {} s.", limit.as_secs_f64()))
        .hint("The limit is the setting `recall_timeout_ms`.")
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn pin() -> PinnedMemory {
        PinnedMemory { memory_id: "m".into(), text: "old".into(), found: PinFound::There, memory: None }
    }

    fn fact(state: &str) -> Fact {
        let fact = json!({"id": "m", "text": "new", "type": "world", "state": state, "invalidation_reason": "wrong",
                          "entities": ["Ana"], "occurred_start": "2026-01-01"});
        serde_json::from_value(fact).unwrap()
    }

    #[test]
    fn what_is_fetched_is_injected_as_it_is_now_and_ranked_by_nobody() {
        let found = told(pin(), fact("valid"));
        let memory = found.memory.unwrap();
        assert_eq!((found.found, memory.text.as_str(), memory.rank), (PinFound::There, "new", 0));
        assert_eq!(
            (memory.entities, memory.occurred_start),
            (vec!["Ana".to_owned()], Some("2026-01-01".into()))
        );
    }

    #[test]
    fn what_is_invalidated_is_not_injected_and_says_why() {
        let found = told(pin(), fact("invalidated"));
        assert_eq!(found.found, PinFound::Invalidated { reason: Some("wrong".into()) });
        assert_eq!((found.memory, found.text.as_str()), (None, "old"));
    }

    #[tokio::test]
    async fn a_server_that_hangs_costs_the_time_out_and_other_banks_cost_nothing() {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let client = Client::new(&url, None, "slow", rearview_hindsight::Options::default())
            .map_err(|error| error.to_error());
        let elsewhere = PinFound::OtherBank { bank_id: "other".into() };
        let pins = vec![pin(), PinnedMemory { found: elsewhere.clone(), ..pin() }];
        let found = find(&client, &"b".into(), pins, Duration::from_millis(50)).await;
        assert!(matches!(&found[0].found, PinFound::Failed { error } if error.code == ErrorCode::Timeout));
        assert_eq!(found[1].found, elsewhere);
        let (unset, bank) = (Err(Error::new(ErrorCode::NotConfigured, "none")), "b".into());
        let none = find(&unset, &bank, vec![pin()], Duration::ZERO).await;
        assert!(matches!(&none[0].found, PinFound::Failed { error } if error.message == "none"));
    }
}

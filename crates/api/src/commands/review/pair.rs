//! Pairs of facts of which a person wants both: kept, listed, forgotten.

use crate::app::App;
use crate::commands::store_error;
use crate::wire::*;
use rearview_curate::kept::digest;
use rearview_domain::time::Time;
use rearview_domain::{BankId, Error, ErrorCode};
use rearview_hindsight::Client;
use rearview_store::{KeptPair, KeptSide};

/// Characters of a text that are kept to be shown.
const SHOWN: usize = 600;
/// More than this in one page is more than one glance.
const PAGE: u32 = 500;

pub async fn keep(app: &App, request: KeepPair) -> Result<Done, Error> {
    let KeepPair { server_id, bank_id, one, other } = request;
    let client = app.0.clients.client(&server_id).await?;
    let (one, other) = tokio::join!(side(&client, &bank_id, one), side(&client, &bank_id, other));
    let pair = KeptPair::of(one?, other?, Time::now());
    app.0.store.keep_pair(&server_id, &bank_id, &pair).await.map_err(store_error)?;
    Ok(Done {})
}

/// A fact as the server has it now. What a person decided is about what was seen: with another text it is not kept.
async fn side(client: &Client, bank: &BankId, seen: SeenFact) -> Result<KeptSide, Error> {
    let fact = client.memory(bank, &seen.id).await.map_err(|error| error.to_error())?;
    let same = if seen.cut { fact.text.starts_with(&seen.text) } else { fact.text == seen.text };
    if !same {
        let message = "One of the two facts was changed since the check.";
        return Err(
            Error::new(ErrorCode::Conflict, message).hint("Check again, then decide on it as it is now.")
        );
    }
    let text = fact.text.chars().take(SHOWN).collect();
    Ok(KeptSide { id: seen.id, digest: digest(&fact.text), text })
}

pub async fn list(app: &App, request: ListKeptPairs) -> Result<KeptPairPage, Error> {
    let limit = request.limit.unwrap_or(50).min(PAGE);
    let offset = request.offset.unwrap_or(0);
    let read = app.0.store.kept_pairs(&request.server_id, &request.bank_id, limit, offset).await;
    let (pairs, total) = read.map_err(store_error)?;
    let fact = |side: KeptSide| KeptPairFact { id: side.id, text: side.text };
    let view = |pair: KeptPair| KeptPairView { one: fact(pair.first), other: fact(pair.second), at: pair.at };
    Ok(KeptPairPage { pairs: pairs.into_iter().map(view).collect(), total })
}

pub async fn forget(app: &App, request: ForgetPairs) -> Result<Done, Error> {
    let forgotten = app.0.store.forget_pairs(&request.server_id, &request.bank_id, &request.pairs).await;
    forgotten.map_err(store_error)?;
    Ok(Done {})
}

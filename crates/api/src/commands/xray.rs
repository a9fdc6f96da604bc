//! Handlers of `turn.*` that show a request as it was sent: its bytes by origin, the same as curl, and what is other
//! than in the request before it.

use super::{invalid, missing, store_error};
use crate::app::App;
use crate::bundle::Held;
use crate::model::{price_of, split_model};
use crate::wire::*;
use rearview_domain::record::{Step, TurnRecord};
use rearview_domain::{Error, ErrorCode, TurnId};
use rearview_providers::catalogue;
use rearview_store::Store;
use rearview_turns::xray::{Cut, changes, cut, tokens_of};

/// A request's body, rebuilt and checked by its hash.
async fn sent(app: &App, request: &StepRef) -> Result<(TurnRecord, Step, Vec<u8>), Error> {
    if let Some(held) = app.0.bundles.get(&request.chat_id) {
        return from_bundle(&held, request.step);
    }
    let store = app.store_of(&request.chat_id);
    let record = store.record(&request.turn_id).await.map_err(store_error)?;
    let record = record.ok_or_else(|| missing("turn", &request.turn_id))?;
    let step = record.steps.iter().find(|step| step.index == request.step).cloned();
    let step = step.ok_or_else(|| missing("request", request.step))?;
    let body = body_of(store, &step).await?;
    Ok((record, step, body))
}

/// A request of a bundle. Whether its bytes are those that were sent is told with the bundle.
fn from_bundle(held: &Held, step: u32) -> Result<(TurnRecord, Step, Vec<u8>), Error> {
    let record = held.bundle.record.clone();
    let found = record.steps.iter().find(|one| one.index == step).cloned();
    let found = found.ok_or_else(|| missing("request", step))?;
    let body = held.body(step).ok_or_else(|| invalid("The body of this request is not in the bundle."))?;
    if held.check(step).is_some_and(|check| check.verdict == BodyVerdict::SpansWrong) {
        return Err(invalid("The origins of this request do not fit its bytes: the bundle was changed."));
    }
    Ok((record, found, body.text.clone().into_bytes()))
}

async fn body_of(store: &Store, step: &Step) -> Result<Vec<u8>, Error> {
    let body = store.body(&step.body_hash).await.map_err(store_error)?;
    body.ok_or_else(|| missing("body", &step.body_hash))
}

fn pieces(step: &Step, body: Vec<u8>) -> Result<Vec<Cut>, Error> {
    let broken = |what: &str| Error::new(ErrorCode::Internal, what);
    let text = String::from_utf8(body).map_err(|_| broken("The body that was sent is not UTF-8."))?;
    cut(&text, &step.spans).ok_or_else(|| broken("The spans of the body do not fit it."))
}

pub async fn body(app: &App, request: StepRef) -> Result<BodyView, Error> {
    let (record, step, body) = sent(app, &request).await?;
    let bytes = u32::try_from(body.len()).unwrap_or(u32::MAX);
    let cuts = pieces(&step, body)?;
    if let Some(held) = app.0.bundles.get(&request.chat_id) {
        // Counted when the bundle was made: texts may have been replaced since.
        let counted = held.body(step.index).map(|body| body.tokens.clone()).unwrap_or_default();
        let segments = cuts.into_iter().enumerate().map(|(at, cut)| Segment {
            tokens: counted.get(at).copied().flatten().filter(|_| cut.origin.is_some()),
            text: cut.text,
            origin: cut.origin,
        });
        return Ok(BodyView { hash: step.body_hash, bytes, segments: segments.collect(), price: None });
    }
    // Counting the tokens of a long conversation is work for a thread of its own.
    let segments = tokio::task::spawn_blocking(move || {
        let segment = |cut: Cut| Segment { tokens: tokens_of(&cut), text: cut.text, origin: cut.origin };
        cuts.into_iter().map(segment).collect::<Vec<_>>()
    });
    let segments = segments.await.map_err(|error| Error::new(ErrorCode::Internal, error.to_string()))?;
    let reported =
        record.step_ends.iter().find(|end| end.index == step.index).and_then(|end| end.usage.input);
    let counted = segments.iter().filter_map(|segment| segment.tokens).sum();
    let price = input_price(app, &record, reported.unwrap_or(counted));
    Ok(BodyView { hash: step.body_hash, bytes: step.body_bytes, segments, price })
}

/// What the turn's model takes for input, if it is still set up and has a price in the list.
fn input_price(app: &App, record: &TurnRecord, prompt: u32) -> Option<InputPrice> {
    let price = price_of(&app.0.setup, &record.resolved.as_ref()?.model)?;
    Some(InputPrice { usd_per_million: price.at(prompt).input, prices_of: catalogue::prices_of().to_owned() })
}

/// What tokens cost more than they would have from a cache. Anew they cost what the provider takes for writing them to its
/// cache, where it takes something for that: as the simulation of placements counts.
fn again_usd(app: &App, record: &TurnRecord, step: &Step, tokens: u32) -> Option<f64> {
    let price = price_of(&app.0.setup, &record.resolved.as_ref()?.model)?;
    let ends = record.step_ends.iter().find(|end| end.index == step.index);
    let price = price.at(ends.and_then(|end| end.usage.input).unwrap_or(0));
    let more = price.cache_write.unwrap_or(price.input) - price.cache_read?;
    Some(f64::from(tokens) * more / 1_000_000.0)
}

pub async fn curl(app: &App, request: StepRef) -> Result<Copyable, Error> {
    let (_, step, body) = sent(app, &request).await?;
    let turn = app.store_of(&request.chat_id).turn(&request.turn_id).await.map_err(store_error)?;
    let provider = turn.and_then(|turn| split_model(&turn.model).ok()).map(|(provider, _)| provider);
    let provider = provider.unwrap_or_else(|| "provider".into());
    Ok(Copyable {
        text: rearview_providers::as_curl(&step.method, &step.url, &step.headers, &body, &provider),
    })
}

pub async fn changes(app: &App, request: StepRef) -> Result<RequestChanges, Error> {
    if app.0.bundles.get(&request.chat_id).is_some() {
        return Err(invalid("A bundle holds one turn; the request before it is not in it."));
    }
    let (record, step, body) = sent(app, &request).await?;
    let store = app.store_of(&request.chat_id);
    let Some((earlier, before)) = previous(store, &record, &step).await? else {
        return Ok(RequestChanges { previous: None, changes: None });
    };
    let old = pieces(&before, body_of(store, &before).await?)?;
    let found = changes::changes(&old, &pieces(&step, body)?);
    let rows = found.rows.into_iter();
    Ok(RequestChanges {
        previous: Some(PreviousRequest {
            same_turn: earlier.turn_id == record.turn_id,
            turn_id: earlier.turn_id,
            step: before.index,
            model: earlier.resolved.map(|resolved| resolved.model),
            sent_at: before.sent_at,
            bytes: before.body_bytes,
        }),
        changes: Some(RequestDifference {
            same_bytes: u32::try_from(found.same_bytes).unwrap_or(u32::MAX),
            first: found.first,
            first_before: found.first_before,
            again_tokens: found.again_tokens,
            again_usd: again_usd(app, &record, &step, found.again_tokens),
            kept: u32::try_from(found.kept).unwrap_or(u32::MAX),
            rows: rows
                .map(|row| RequestChange { origin: row.origin, before: row.before, after: row.after })
                .collect(),
        }),
    })
}

/// The request before a step: of the same turn, else the last one of the turn before it on its branch. Turns that sent
/// nothing are passed over.
async fn previous(
    store: &Store,
    record: &TurnRecord,
    step: &Step,
) -> Result<Option<(TurnRecord, Step)>, Error> {
    let earlier = record.steps.iter().filter(|one| one.index < step.index).max_by_key(|one| one.index);
    if let Some(earlier) = earlier {
        return Ok(Some((record.clone(), earlier.clone())));
    }
    for turn_id in turns_before(store, record).await? {
        if let Some(found) = store.record(&turn_id).await.map_err(store_error)?
            && let Some(last) = found.steps.iter().max_by_key(|one| one.index).cloned()
        {
            return Ok(Some((found, last)));
        }
    }
    Ok(None)
}

/// The turns before this one on its branch, the nearest first.
async fn turns_before(store: &Store, record: &TurnRecord) -> Result<Vec<TurnId>, Error> {
    let Some(turn) = store.turn(&record.turn_id).await.map_err(store_error)? else { return Ok(Vec::new()) };
    let path = store.path_messages(&record.chat_id, &turn.question_id).await.map_err(store_error)?;
    Ok(path.into_iter().rev().filter_map(|message| message.turn_id).collect())
}

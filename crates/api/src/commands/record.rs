//! Handlers of `turn.*` that look back: the record, a request as it was sent, the same as curl.

use super::{missing, store_error};
use crate::app::App;
use crate::model::split_model;
use crate::wire::*;
use rearview_domain::record::{Step, TurnRecord};
use rearview_domain::{Error, ErrorCode};
use rearview_turns::retain;

pub async fn record(app: &App, request: TurnRef) -> Result<TurnRecord, Error> {
    let store = app.store_of(&request.chat_id);
    match store.record(&request.turn_id).await.map_err(store_error)? {
        Some(mut record) => {
            // Where a retain is now stands at the turn, which the outbox writes in one go with its item.
            if let Some(turn) = store.turn(&request.turn_id).await.map_err(store_error)?
                && let Some(state) = turn.retain.clone()
            {
                // A process may have died between the turn's row and the record's last part.
                let blank = || retain::recorded(&turn, None, state.clone());
                record.retained.get_or_insert_with(blank).state = state.clone();
            }
            Ok(record)
        }
        // A turn that was just begun has no part yet; one that does not exist never will.
        None => match store.turn(&request.turn_id).await.map_err(store_error)? {
            Some(turn) => Ok(TurnRecord::new(turn.id, turn.chat_id, turn.started_at)),
            None => Err(missing("turn", &request.turn_id)),
        },
    }
}

/// A request's body, rebuilt and checked by its hash.
async fn sent(app: &App, request: &StepRef) -> Result<(Step, Vec<u8>), Error> {
    let store = app.store_of(&request.chat_id);
    let record = store.record(&request.turn_id).await.map_err(store_error)?;
    let record = record.ok_or_else(|| missing("turn", &request.turn_id))?;
    let step = record.steps.into_iter().find(|step| step.index == request.step);
    let step = step.ok_or_else(|| missing("request", request.step))?;
    let body = store.body(&step.body_hash).await.map_err(store_error)?;
    let body = body.ok_or_else(|| missing("body", &step.body_hash))?;
    Ok((step, body))
}

pub async fn body(app: &App, request: StepRef) -> Result<BodyView, Error> {
    let (step, body) = sent(app, &request).await?;
    let text = String::from_utf8(body)
        .map_err(|_| Error::new(ErrorCode::Internal, "The body that was sent is not UTF-8."))?;
    let mut segments = Vec::with_capacity(step.spans.len() * 2 + 1);
    let mut at = 0;
    for span in step.spans {
        let (start, end) = (span.start as usize, span.end as usize);
        let cut = |from: usize, to: usize| text.get(from..to).map(str::to_owned);
        let broken = || Error::new(ErrorCode::Internal, "The spans of the body do not fit it.");
        if start > at {
            segments.push(Segment { text: cut(at, start).ok_or_else(broken)?, origin: None });
        }
        segments.push(Segment { text: cut(start, end).ok_or_else(broken)?, origin: Some(span.origin) });
        at = end;
    }
    if at < text.len() {
        segments.push(Segment { text: text[at..].to_owned(), origin: None });
    }
    Ok(BodyView { hash: step.body_hash, bytes: step.body_bytes, segments })
}

pub async fn curl(app: &App, request: StepRef) -> Result<Copyable, Error> {
    let (step, body) = sent(app, &request).await?;
    let turn = app.store_of(&request.chat_id).turn(&request.turn_id).await.map_err(store_error)?;
    let provider = turn.and_then(|turn| split_model(&turn.model).ok()).map(|(provider, _)| provider);
    let provider = provider.unwrap_or_else(|| "provider".into());
    Ok(Copyable {
        text: rearview_providers::as_curl(&step.method, &step.url, &step.headers, &body, &provider),
    })
}

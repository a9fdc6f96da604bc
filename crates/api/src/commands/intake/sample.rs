//! Dry runs: what a part of a plan would become, before anything of it is stored.

use super::batch::{blocking, lay_out};
use crate::app::App;
use crate::batches::{Item, each_item};
use crate::memory_price::price;
use crate::sink::Sink;
use crate::wire::*;
use rearview_curate::intake::Piece;
use rearview_domain::{Error, ErrorCode};
use rearview_hindsight::{DryRunRequest, TokenUsage};

/// Most documents of one dry run: it is a look, not the whole.
const MOST: u32 = 20;

#[derive(Default)]
struct Counted {
    documents: u32,
    unread: u32,
    characters: u32,
}

pub async fn sample(app: &App, request: SampleIntake, sink: Box<dyn Sink>) -> Result<(), Error> {
    let dir = tempdir(app)?;
    let outcome = tried(app, &request, &dir, sink.as_ref()).await;
    let _ = tokio::fs::remove_dir_all(&dir).await;
    outcome
}

fn tempdir(app: &App) -> Result<std::path::PathBuf, Error> {
    Ok(app.0.config.data_dir.join("batches").join(format!("sample-{}", uuid::Uuid::now_v7().simple())))
}

async fn tried(
    app: &App,
    request: &SampleIntake,
    dir: &std::path::Path,
    sink: &dyn Sink,
) -> Result<(), Error> {
    let plan = lay_out(app, &request.plan, dir, false).await?;
    let wanted = request.documents.clamp(1, MOST);
    let (at, from) = (plan.clone(), dir.to_owned());
    let counted = blocking(move || {
        let mut counted = Counted::default();
        each_item(&from, &at, |item| {
            counted.documents += 1;
            match item {
                Item::Piece(piece) => {
                    let characters = u32::try_from(piece.content.chars().count()).unwrap_or(u32::MAX);
                    counted.characters = counted.characters.saturating_add(characters);
                }
                Item::File { .. } => counted.unread += 1,
            }
            true
        })
        .map(|()| counted)
        .map_err(|error| error.to_error())
    })
    .await?;
    let readable = counted.documents - counted.unread;
    let count = wanted.min(readable);
    let event = SampleEvent::Counted {
        documents: counted.documents,
        unread: counted.unread,
        characters: counted.characters,
        tried: count,
    };
    if !tell(sink, &event) {
        return Ok(());
    }
    let from = dir.to_owned();
    let pieces = blocking(move || {
        let (mut pieces, mut at) = (Vec::new(), 0);
        each_item(&from, &plan, |item| {
            if let Item::Piece(piece) = item {
                if chosen(at, readable, count) {
                    pieces.push(piece);
                }
                at += 1;
            }
            true
        })
        .map(|()| pieces)
        .map_err(|error| error.to_error())
    })
    .await?;
    let client = app.0.clients.client(&request.plan.server_id).await?;
    let (mut read, mut facts) = (0_u32, 0_u32);
    let (mut input, mut output) = (Some(0_u32), Some(0_u32));
    for piece in pieces {
        let document = one(&client, request, piece).await;
        if document.error.is_none() {
            let characters = u32::try_from(document.text.chars().count()).unwrap_or(u32::MAX);
            read = read.saturating_add(characters);
            facts += u32::try_from(document.facts.len()).unwrap_or(u32::MAX);
            input = add(input, document.usage.as_ref().and_then(|usage| usage.input_tokens));
            output = add(output, document.usage.as_ref().and_then(|usage| usage.output_tokens));
        }
        if !tell(sink, &SampleEvent::Tried { document: Box::new(document) }) {
            return Ok(());
        }
    }
    let whole = |part: Option<u32>| {
        (read > 0).then_some(part).flatten().map(|part| scaled(part, read, counted.characters))
    };
    let (input, output) = (whole(input), whole(output));
    let price = match (input, output) {
        (Some(input), Some(output)) => price(app, &request.plan.server_id, input, output),
        _ => MemoryPrice { model: None, usd: None, why: "The memory server did not count tokens.".into() },
    };
    tell(
        sink,
        &SampleEvent::Estimated {
            facts: whole(Some(facts)),
            input_tokens: input,
            output_tokens: output,
            price,
        },
    );
    Ok(())
}

async fn one(client: &rearview_hindsight::Client, request: &SampleIntake, piece: Piece) -> SampledDocument {
    let asked = DryRunRequest {
        content: piece.content.clone(),
        context: piece.context.clone(),
        timestamp: piece.at.as_ref().map(|at| at.0.clone()),
        ..DryRunRequest::default()
    };
    let found = client.dry_run(&request.plan.bank_id, &asked).await;
    let found = found.map_err(|error| no_bank_yet(error.to_error()));
    let (facts, usage, error): (_, Option<TokenUsage>, _) = match found {
        Ok(found) => (found.facts, Some(found.usage), None),
        Err(error) => (Vec::new(), None, Some(error)),
    };
    SampledDocument {
        document_id: piece.document_id.to_string(),
        text: piece.content,
        at: piece.at,
        facts,
        usage,
        error,
    }
}

/// A bank that does not exist yet can take memory in, and nothing can be tried in it.
pub(crate) fn no_bank_yet(error: Error) -> Error {
    match error.code {
        ErrorCode::NotFound => {
            error.hint("A new bank is made with the first thing that is stored in it; then it can be tried.")
        }
        _ => error,
    }
}

/// Whether the document at a position is one of `count` that are spread evenly over `all`.
fn chosen(at: u32, all: u32, count: u32) -> bool {
    let before = |at: u32| u64::from(at) * u64::from(count) / u64::from(all.max(1));
    before(at) != before(at + 1)
}

/// What a part says about the whole, by characters.
fn scaled(part: u32, read: u32, whole: u32) -> u32 {
    let estimate = u64::from(part) * u64::from(whole) / u64::from(read.max(1));
    u32::try_from(estimate).unwrap_or(u32::MAX)
}

fn add(sum: Option<u32>, count: Option<u64>) -> Option<u32> {
    Some(sum?.saturating_add(u32::try_from(count?).unwrap_or(u32::MAX)))
}

fn tell(sink: &dyn Sink, event: &SampleEvent) -> bool {
    serde_json::to_string(event).is_ok_and(|json| sink.send(json))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sample_has_as_many_documents_as_were_asked_for_spread_over_all() {
        for (all, count) in [(1, 1), (3, 3), (100, 5), (7, 2), (1000, 20)] {
            let chosen: Vec<u32> = (0..all).filter(|at| chosen(*at, all, count)).collect();
            assert_eq!(chosen.len(), count as usize, "{count} of {all}");
            assert!(chosen.first() < chosen.last() || count == 1);
        }
    }

    #[test]
    fn an_estimate_grows_with_what_was_not_read_and_never_overflows() {
        assert_eq!(scaled(10, 100, 1000), 100);
        assert_eq!(scaled(u32::MAX, 1, u32::MAX), u32::MAX);
        assert_eq!(add(Some(1), None), None);
    }
}

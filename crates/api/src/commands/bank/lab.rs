//! Handlers of `mission.planLab` and `mission.lab`: what new missions would find in the last turns, and what asking
//! costs. Closing the stream stops the lab; nothing of it is stored.

use super::config::reader;
use crate::app::App;
use crate::catalogue;
use crate::commands::{invalid, missing};
use crate::model::find_model;
use crate::sink::Sink;
use crate::wire::*;
use rearview_curate::mission::{self, INSTRUCTIONS, LabDocument, Side};
use rearview_domain::time::Time;
use rearview_domain::turn::Usage;
use rearview_domain::{Error, ErrorCode};
use rearview_hindsight::{Client, DocumentFilter, PromptOperation};
use rearview_turns::tokens;
use serde_json::Value;

/// Documents among which the last turns are looked for.
const LOOKED_AT: u32 = 1_000;
/// More documents than this in one lab are no preview any more.
const MOST: u32 = 200;

pub async fn plan(app: &App, request: PlanLab) -> Result<LabPlan, Error> {
    let PlanLab { server_id, bank_id, settings, count, document_id } = request;
    let client = app.0.clients.client(&server_id).await?;
    let config = client.config(&bank_id).await.map_err(|error| error.to_error())?;
    let (documents, turns) = match document_id {
        Some(id) => {
            let document = client.document(&bank_id, &id).await.map_err(|error| error.to_error())?;
            let document = document.ok_or_else(|| missing("document", &id))?;
            (vec![LabDocument::of(document)], false)
        }
        None => {
            let filter = DocumentFilter { limit: Some(LOOKED_AT), ..DocumentFilter::default() };
            let page = client.documents(&bank_id, &filter).await.map_err(|error| error.to_error())?;
            let count = usize::try_from(count.clamp(1, MOST)).unwrap_or(1);
            mission::choose(page.items.into_iter().map(LabDocument::of).collect(), count)
        }
    };
    let reader = reader(app, &server_id);
    let now = mission::of(&config.overrides);
    let (mut before, mut after) = (Side::default(), Side::default());
    if reader != MemoryReader::Rules {
        let instructions = instructions(&client, &bank_id).await;
        before = mission::estimate(&documents, &config, &now, instructions);
        // The prompt that is shown has the missions of now in it; theirs go out, the new ones go in.
        let more = words(&settings).saturating_sub(words(&now));
        let less = words(&now).saturating_sub(words(&settings));
        let instructions = instructions.saturating_add(more).saturating_sub(less);
        after = mission::estimate(&documents, &config, &settings, instructions);
    }
    let (cost, tokens_left) = match &reader {
        MemoryReader::Rules => (Some(0.0), None),
        MemoryReader::Server => (None, None),
        MemoryReader::Model { model } => (price(app, model, [before, after]), Some(left(app))),
    };
    let differs = mission::differs(&config, &settings);
    Ok(LabPlan { documents, turns, differs, reader, before, after, cost, tokens_left })
}

/// Tokens of the prompt of extraction without a text, as the server shows it.
async fn instructions(client: &Client, bank: &rearview_domain::BankId) -> u32 {
    match client.prompt_preview(bank, PromptOperation::Retain, None).await {
        Ok(preview) if !preview.messages.is_empty() => {
            let blocks = preview.messages.iter().flat_map(|message| &message.blocks);
            blocks.map(|block| tokens::count(&block.text)).fold(0, u32::saturating_add)
        }
        _ => INSTRUCTIONS,
    }
}

/// Tokens of the texts of missions that stand in the prompt of extraction.
fn words(settings: &mission::Draft) -> u32 {
    let text = |key: &str| settings.get(key).and_then(Value::as_str).map_or(0, tokens::count);
    text("retain_mission").saturating_add(text("retain_custom_instructions"))
}

/// US dollars, when the price of the model is known. Each request is priced by itself, as long prompts cost more.
fn price(app: &App, model: &str, sides: [Side; 2]) -> Option<f64> {
    let (config, model) = find_model(&app.0.setup, model).ok()?;
    let facts = catalogue::facts(&config, &model)?;
    let mut sum = 0.0;
    for side in sides {
        if side.calls == 0 {
            continue;
        }
        let usage = Usage {
            input: Some(side.input_tokens / side.calls),
            output: Some(side.output_tokens / side.calls),
            ..Usage::default()
        };
        sum += rearview_providers::catalogue::cost(facts, &usage)? * f64::from(side.calls);
    }
    Some(sum)
}

/// Tokens that the model of memory may still take today.
#[expect(clippy::cast_precision_loss, reason = "tokens a day stay far under 2^53")]
fn left(app: &App) -> f64 {
    let today = Time::now().0.get(..10).unwrap_or_default().to_owned();
    let limit = app.0.setup.memory_model().tokens_per_day;
    limit.saturating_sub(app.0.setup.memory_tokens(&today)) as f64
}

pub async fn run(app: &App, request: RunLab, sink: Box<dyn Sink>) -> Result<(), Error> {
    let RunLab { server_id, bank_id, settings, document_ids } = request;
    if document_ids.is_empty() {
        return Err(invalid("There is no document to read."));
    }
    if document_ids.len() > usize::try_from(MOST).unwrap_or(usize::MAX) {
        return Err(invalid(format!("A lab reads at most {MOST} documents."))
            .hint("Choose fewer; the newest say most about a mission."));
    }
    let client = app.0.clients.client(&server_id).await?;
    let config = client.config(&bank_id).await.map_err(|error| error.to_error())?;
    let mut broken = None;
    let ended =
        mission::run(
            &client,
            &bank_id,
            &config,
            &settings,
            &document_ids,
            |event| match serde_json::to_string(&event) {
                Ok(json) => sink.send(json),
                Err(error) => {
                    broken = Some(Error::new(
                        ErrorCode::Internal,
                        format!("An event could not be written: {error}."),
                    ));
                    false
                }
            },
        )
        .await;
    app.changed(&["engine"]);
    broken.map_or(ended, Err)
}

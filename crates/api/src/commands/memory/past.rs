//! A memory's past: earlier versions, what was noted at its document, the turns in which it came up.

use crate::app::App;
use crate::commands::store_error;
use crate::wire::*;
use rearview_curate::run::{ChangeView, RunView};
use rearview_domain::memory::FactType;
use rearview_domain::{BankId, DocumentId, Error};
use rearview_hindsight::{Client, DocumentEvent, HindsightError};
use rearview_store::{Mention, Store};

/// Turns that are told.
const TURNS: u32 = 50;
/// Characters of a question that are told.
const QUESTION: usize = 200;
/// Changes that are told.
const CHANGES: u32 = 50;
/// Notes that are told.
const EVENTS: usize = 100;

pub async fn history(app: &App, request: FactRef) -> Result<MemoryHistory, Error> {
    let client = app.0.clients.client(&request.server_id).await?;
    let feature = app.0.clients.features(&request.server_id).await?.document_history;
    let bank = &request.bank_id;
    let memory = client.whole_memory(bank, &request.id).await.map_err(|error| error.to_error())?.fact;
    let (versions, gone) = match client.memory_history(bank, &request.id).await {
        Ok(versions) => (versions, None),
        Err(error @ (HindsightError::NotFound { .. } | HindsightError::FeatureMissing { .. })) => {
            (Vec::new(), Some(error.to_error().message))
        }
        Err(error) => return Err(error.to_error()),
    };
    let plain = memory.fact_type != Some(FactType::Observation);
    let versions_why = gone.or_else(|| {
        (versions.is_empty() && plain && memory.edited_at.is_some())
            .then(|| "The server keeps earlier versions of observations only.".to_owned())
    });
    let (events, events_why) = match (&memory.document_id, feature.available) {
        (_, false) => (Vec::new(), feature.reason),
        (None, true) => (Vec::new(), None),
        (Some(document), true) => (events(&client, bank, document, &request.id).await?, None),
    };
    Ok(MemoryHistory { versions, versions_why, events, events_why })
}

/// What was noted at a document of this memory.
async fn events(
    client: &Client,
    bank: &BankId,
    document: &DocumentId,
    id: &str,
) -> Result<Vec<DocumentEvent>, Error> {
    let history = match client.document_history(bank, document).await {
        Ok(history) => history,
        Err(HindsightError::NotFound { .. } | HindsightError::FeatureMissing { .. }) => return Ok(Vec::new()),
        Err(error) => return Err(error.to_error()),
    };
    let about = |event: &DocumentEvent| event.fact_id.as_deref() == Some(id);
    Ok(history.items.into_iter().filter(about).take(EVENTS).collect())
}

pub async fn changes(app: &App, request: FactRef) -> Result<FactChanges, Error> {
    let bank = (&request.server_id, &request.bank_id);
    let found = app.0.store.changes_of_fact(bank, &request.id, CHANGES).await.map_err(store_error)?;
    let told = |(run, change)| FactChanged { run: RunView::from(run), change: ChangeView::from(change) };
    Ok(FactChanges { items: found.into_iter().map(told).collect() })
}

pub async fn turns(app: &App, request: FactRef) -> Result<MemoryTurns, Error> {
    // Temporary chats have a store of their own and never recall.
    let store = &app.0.store;
    let mentions = store.mentions(&request.id, TURNS).await.map_err(store_error)?;
    let mut turns = Vec::with_capacity(mentions.turns.len());
    for mention in mentions.turns {
        turns.push(turn(store, mention).await?);
    }
    Ok(MemoryTurns { turns, total: mentions.total, left: mentions.left })
}

async fn turn(store: &Store, mention: Mention) -> Result<MemoryTurn, Error> {
    let turn = store.turn(&mention.turn_id).await.map_err(store_error)?;
    let question = match &turn {
        Some(turn) => store.message(&turn.question_id).await.map_err(store_error)?,
        None => None,
    };
    let chat = store.chat(&mention.chat_id).await.map_err(store_error)?;
    let question = question.map(|message| message.said()).unwrap_or_default();
    Ok(MemoryTurn {
        turn_id: mention.turn_id,
        chat_id: mention.chat_id,
        title: chat.map(|chat| chat.title).unwrap_or_default(),
        answer_id: turn.map(|turn| turn.answer_id),
        question: question.chars().take(QUESTION).collect(),
        at: mention.at,
        injected: mention.injected,
        kept_out: mention.kept_out,
        found: mention.found,
        learned: mention.learned,
        echoed: mention.echoed,
    })
}

//! Following a bank: new entries of its audit log with what they tell, and one call with all that its logs hold.
//!
//! Nothing of it is written anywhere, neither to the database nor to the app's own log: the texts are others'.

use crate::app::App;
use crate::commands::store_error;
use crate::wire::*;
use futures_util::{StreamExt as _, stream};
use rearview_curate::follow::{self, CallAnswer, CallKind, FollowedCall, ModelMark, OwnCall};
use rearview_curate::stage::Stages;
use rearview_domain::injection::{InjectionSort, TurnFilter};
use rearview_domain::record::TurnRecord;
use rearview_domain::time::Time;
use rearview_domain::{BankId, Error, ServerId};
use rearview_hindsight::{AuditEntry, AuditFilter, Client, LlmRequestFilter};
use std::collections::HashSet;

/// Entries of a page: small, because a look comes every two seconds.
const PAGE: u32 = 50;
/// Entries that are read by themselves in a look. The rest is read in the next ones.
const READ: usize = 12;
/// How many at once.
const AT_ONCE: usize = 4;
/// Turns that a call is compared with.
const TURNS: u32 = 60;
/// Calls of models that are looked through for those of a call.
const MODELS: u32 = 200;
/// Calls of models that a look lists. Servers send them with their prompts, so not as many as there are.
const MODEL_PAGE: u32 = 60;

pub async fn look(app: &App, request: LookAtBank) -> Result<BankLook, Error> {
    let LookAtBank { server_id, bank_id, newest, known, ask_kept, models } = request;
    let client = app.0.clients.client(&server_id).await?;
    let from = newest.as_deref().and_then(follow::window);
    let filter = AuditFilter { start_date: from.clone(), limit: Some(PAGE), ..AuditFilter::default() };
    let page = client.audit_log(&bank_id, &filter).await.map_err(|error| error.to_error())?;
    let (mut kept, mut kept_error) = (None, None);
    if ask_kept {
        match client.config(&bank_id).await {
            Ok(config) => kept = config.config.get(super::audit::KEPT).and_then(serde_json::Value::as_bool),
            Err(error) => kept_error = Some(error.to_error()),
        }
    }
    let known: HashSet<String> = known.into_iter().collect();
    let wanted =
        |entry: &AuditEntry| CallKind::of(&entry.action) != CallKind::Other && !known.contains(&entry.id);
    let ids: Vec<String> =
        page.items.iter().filter(|entry| wanted(entry)).take(READ).map(|entry| entry.id.clone()).collect();
    let read: Vec<(String, Result<AuditEntry, Error>)> = stream::iter(ids)
        .map(|id| {
            let (client, bank) = (client.clone(), bank_id.clone());
            async move {
                let entry = client.audit_entry(&bank, &id).await.map_err(|error| error.to_error());
                (id, entry)
            }
        })
        .buffered(AT_ONCE)
        .collect()
        .await;
    let records = match times(read.iter().filter_map(|(_, entry)| entry.as_ref().ok())) {
        Some((from, until)) => turns(app, &server_id, &bank_id, from, until).await?,
        None => Vec::new(),
    };
    let mut calls = Vec::with_capacity(page.items.len());
    for listed in &page.items {
        let mut call = FollowedCall::of(listed, false);
        match read.iter().find(|(id, _)| *id == listed.id) {
            Some((_, Ok(entry))) => {
                call = FollowedCall::of(entry, true);
                call.own = own(app, entry, &records).await?;
            }
            Some((_, Err(error))) => call.unread = Some(error.clone()),
            None => {}
        }
        calls.push(call);
    }
    let mut look = BankLook {
        calls,
        from,
        total: page.total,
        kept,
        kept_error,
        models: None,
        models_off: None,
        models_error: None,
    };
    if let Some(mark) = models {
        match app.0.clients.features(&server_id).await {
            Ok(features) if !features.llm_requests.available => {
                look.models_off = features.llm_requests.reason
            }
            Ok(_) => match look_at_models(&client, &bank_id, mark).await {
                Ok(found) => look.models = Some(found),
                Err(error) => look.models_error = Some(error),
            },
            Err(error) => look.models_error = Some(error),
        }
    }
    Ok(look)
}

/// One request when nothing came, two when something did.
async fn look_at_models(client: &Client, bank: &BankId, mark: ModelMark) -> Result<ModelLook, Error> {
    let list = async |from: Option<String>, limit: u32| {
        let filter = LlmRequestFilter { start_date: from, limit: Some(limit), ..LlmRequestFilter::default() };
        client.llm_requests(bank, &filter).await.map_err(|error| error.to_error())
    };
    // A mark without a total is none yet, or of a server that does not count.
    if mark.total.is_some() && mark.stands(&list(mark.from.clone(), 1).await?) {
        return Ok(ModelLook { items: Vec::new(), mark });
    }
    let from = mark.next();
    let page = list(from.clone(), MODEL_PAGE).await?;
    let mark = ModelMark::of(from, &page);
    Ok(ModelLook { items: page.items.into_iter().map(follow::listed).collect(), mark })
}

pub async fn read(app: &App, request: FollowedCallRef) -> Result<FollowedView, Error> {
    let FollowedCallRef { server_id, bank_id, entry_id } = request;
    let client = app.0.clients.client(&server_id).await?;
    let entry = client.audit_entry(&bank_id, &entry_id).await.map_err(|error| error.to_error())?;
    let mut call = FollowedCall::of(&entry, true);
    let records = match times([&entry].into_iter()) {
        Some((from, until)) => turns(app, &server_id, &bank_id, from, until).await?,
        None => Vec::new(),
    };
    call.own = own(app, &entry, &records).await?;
    let (models, models_error) = match models(&client, &bank_id, &entry).await {
        Ok(models) => (Some(models), None),
        Err(error) => (None, Some(error)),
    };
    let record = follow::record(&entry);
    let stages = record.memory.as_ref().and_then(Stages::of_call);
    let printed = entry.response.as_ref().and_then(follow::printed).map(str::to_owned);
    let printed = printed.filter(|_| call.answer == CallAnswer::Printed);
    Ok(FollowedView { call, record, stages, request: entry.request, printed, models, models_error })
}

/// The calls of models from the entry's beginning on. Those of a retain come after its answer.
async fn models(client: &Client, bank: &BankId, entry: &AuditEntry) -> Result<follow::CallModels, Error> {
    let retain = CallKind::of(&entry.action) == CallKind::Retain;
    let mut named = follow::documents(entry);
    let filter = LlmRequestFilter {
        start_date: entry.started_at.clone(),
        // The end is before, not at.
        end_date: entry.ended_at.as_ref().filter(|_| !retain).map(|at| Time(at.clone()).plus_ms(1).0),
        operation: Some(if retain { "retain".to_owned() } else { entry.action.clone() }),
        // Servers narrow by one.
        document_id: named.pop().filter(|_| retain && named.is_empty()),
        limit: Some(MODELS),
        ..LlmRequestFilter::default()
    };
    let page = client.llm_requests(bank, &filter).await.map_err(|error| error.to_error())?;
    Ok(follow::models_of(entry, page.items))
}

/// The time over which turns can have made these calls.
fn times<'a>(entries: impl Iterator<Item = &'a AuditEntry>) -> Option<(Time, Time)> {
    let asked =
        entries.filter(|entry| matches!(CallKind::of(&entry.action), CallKind::Recall | CallKind::Reflect));
    let mut at: Vec<i64> = asked.filter_map(|entry| Time(entry.started_at.clone()?).as_ms()).collect();
    at.sort_unstable();
    let (first, last) = (*at.first()?, *at.last()?);
    Some((Time::from_ms(first - follow::APART_MS), Time::from_ms(last + follow::APART_MS)))
}

/// The records of turns that asked this bank in that time, the newest first. Those of temporary chats are not kept.
async fn turns(
    app: &App,
    server: &ServerId,
    bank: &BankId,
    from: Time,
    until: Time,
) -> Result<Vec<TurnRecord>, Error> {
    let filter = TurnFilter {
        server_id: Some(server.0.clone()),
        bank_id: Some(bank.to_string()),
        from: Some(from),
        until: Some(until),
        ..TurnFilter::default()
    };
    let store = &app.0.store;
    let found = store.injections(&filter, InjectionSort::Newest, None, TURNS).await.map_err(store_error)?;
    let mut records = Vec::with_capacity(found.rows.len());
    for row in found.rows {
        records.extend(store.record(&row.turn.id).await.map_err(store_error)?);
    }
    Ok(records)
}

/// The turn that made a call, when its chat is here.
async fn own(app: &App, entry: &AuditEntry, records: &[TurnRecord]) -> Result<Option<OwnCall>, Error> {
    let Some(mut own) = follow::ours(entry, records) else { return Ok(None) };
    let store = app.store_of(&own.chat_id);
    let Some(chat) = store.chat(&own.chat_id).await.map_err(store_error)? else {
        return Ok(None);
    };
    own.answer_id = store.turn(&own.turn_id).await.map_err(store_error)?.map(|turn| turn.answer_id);
    own.title = Some(chat.title).filter(|title| !title.trim().is_empty());
    Ok(Some(own))
}

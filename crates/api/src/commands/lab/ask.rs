//! Recall, reflect and retain by hand, and why a fact is not there.

use super::cancellable;
use crate::app::{App, lock};
use crate::commands::chat::find;
use crate::commands::intake::sample::no_bank_yet;
use crate::commands::{invalid, store_error};
use crate::wire::*;
use rearview_curate::gate::{Asked, WhyNot};
use rearview_curate::{gate, stage::Stages};
use rearview_domain::chat::{Chat, ChatKind};
use rearview_domain::record::Resolved;
use rearview_domain::settings::TurnSettings;
use rearview_domain::{Error, ServerId};
use rearview_hindsight::{DryRunRequest, MemoryFilter, RetainItem, RetainRequest, Timestamp, UpdateMode};
use rearview_turns::plan::{self, ServerVoice, Voices};
use rearview_turns::{ask, query, retain};
use std::time::Instant;

/// Facts of a document that are shown after a retain.
const LEARNED: u32 = 200;

pub async fn defaults(app: &App, request: LabDefaultsOf) -> Result<LabDefaults, Error> {
    let chat = match &request.chat_id {
        Some(id) => Some(find(app.store_of(id), id).await?),
        None => None,
    };
    let resolved = resolve(app, &request, chat.as_ref())?;
    let settings = plan::asking(&resolved, false);
    let asked = match &chat {
        Some(chat) => {
            let store = app.store_of(&chat.id);
            let path = match &chat.leaf_id {
                Some(leaf) => store.path_messages(&chat.id, leaf).await.map_err(store_error)?,
                None => Vec::new(),
            };
            query::derive(&settings.query.value, &path)
        }
        None => query::derive(&settings.query.value, &[]),
    };
    let asked = asked.map(|query| query.text).unwrap_or_default();
    let (tags, metadata) =
        retain::labels_of(&resolved.settings, chat.as_ref().map(|chat| &chat.id), &resolved.model);
    let item = RetainItem {
        document_id: Some(format!("lab.{}", uuid::Uuid::now_v7()).into()),
        update_mode: Some(UpdateMode::Replace),
        tags,
        metadata,
        ..RetainItem::default()
    };
    let client = app.0.clients.client(&request.server_id).await?;
    let url = |url: rearview_hindsight::Result<String>| url.map_err(|error| error.to_error());
    Ok(LabDefaults {
        recall: ask::recall_request(&asked, &settings),
        reflect: ask::reflect_request(&asked, &settings),
        retain: RetainRequest { items: vec![item], r#async: true, operation_id: None },
        mode: settings.mode.value,
        max_memories: settings.max_memories.value,
        recall_url: url(client.recall_url(&request.bank_id))?,
        reflect_url: url(client.reflect_url(&request.bank_id))?,
        retain_url: url(client.retain_url(&request.bank_id))?,
        key: client.has_key(),
    })
}

/// Decides as a turn does, for a server and a bank that the person chose.
fn resolve(app: &App, request: &LabDefaultsOf, chat: Option<&Chat>) -> Result<Resolved, Error> {
    let server = server(app, &request.server_id);
    let preferences = app.0.setup.preferences();
    let profile_id = match chat {
        Some(chat) => chat.profile_id.clone(),
        None => preferences.default_profile,
    };
    let profile = profile_id.and_then(|id| app.0.setup.profile(&id));
    let none = TurnSettings::default();
    let model = chat.and_then(|chat| chat.model.clone()).or(preferences.default_model).unwrap_or_default();
    let voices = Voices {
        kind: ChatKind::Normal,
        server: server.as_ref(),
        profile: profile.as_ref(),
        chat_bank: None,
        chat: chat.map_or(&none, |chat| &chat.settings),
        message_bank: Some(request.bank_id.as_str()),
        message: &none,
        model: &model,
    };
    let bank = plan::bank(&voices)?;
    let settings = app.0.setup.bank_settings(&request.server_id, &request.bank_id);
    Ok(plan::decide(&voices, bank, &settings))
}

fn server(app: &App, id: &ServerId) -> Option<ServerVoice> {
    let config = app.0.setup.server(id)?;
    Some(ServerVoice { id: config.id, default_bank: config.default_bank, settings: config.settings })
}

pub async fn recall(app: &App, request: LabRecall) -> Result<LabRecalled, Error> {
    let client = app.0.clients.client(&request.server_id).await?;
    cancellable(app, request.run, async {
        let began = Instant::now();
        let answered = client.recall(&request.bank_id, &request.request).await;
        let answered = answered.map_err(|error| error.to_error())?;
        Ok(LabRecalled {
            ms: ms(began),
            stages: Stages::of(&request.request, &answered.value),
            body: answered.body,
            answer: answered.value,
            ignored_params: answered.ignored_params,
        })
    })
    .await
}

pub async fn reflect(app: &App, request: LabReflect) -> Result<LabReflected, Error> {
    let client = app.0.clients.client(&request.server_id).await?;
    cancellable(app, request.run, async {
        let began = Instant::now();
        let answered = client.reflect(&request.bank_id, &request.request).await;
        let answered = answered.map_err(|error| error.to_error())?;
        Ok(LabReflected {
            ms: ms(began),
            body: answered.body,
            answer: answered.value,
            ignored_params: answered.ignored_params,
        })
    })
    .await
}

pub async fn retain(app: &App, request: LabRetain) -> Result<LabRetained, Error> {
    let client = app.0.clients.client(&request.server_id).await?;
    cancellable(app, request.run, async {
        let began = Instant::now();
        let answer = client.retain(&request.bank_id, &request.request).await;
        let answer = answer.map_err(|error| error.to_error())?;
        let body = serde_json::to_value(&request.request).unwrap_or_default();
        Ok(LabRetained { ms: ms(began), body, answer })
    })
    .await
}

pub async fn try_retain(app: &App, request: LabTryRetain) -> Result<LabTried, Error> {
    let client = app.0.clients.client(&request.server_id).await?;
    let [item] = <[RetainItem; 1]>::try_from(request.request.items)
        .map_err(|items| invalid(format!("A dry run reads one text, not {}.", items.len())))?;
    let asked = DryRunRequest {
        content: item.content,
        context: item.context,
        timestamp: match item.timestamp {
            Some(Timestamp::At(time)) => Some(time.0),
            Some(Timestamp::Unset) | None => None,
        },
        strategy: item.strategy,
        ..DryRunRequest::default()
    };
    let body = serde_json::to_value(&asked).unwrap_or_default();
    cancellable(app, request.run, async {
        let began = Instant::now();
        let answer = client.dry_run(&request.bank_id, &asked).await;
        let answer = answer.map_err(|error| no_bank_yet(error.to_error()))?;
        Ok(LabTried { ms: ms(began), body, answer })
    })
    .await
}

pub async fn learned(app: &App, request: LabRetainedOf) -> Result<LabLearned, Error> {
    let client = app.0.clients.client(&request.server_id).await?;
    let bank = &request.bank_id;
    let mut operations = Vec::new();
    for id in &request.operation_ids {
        let operation = client.operation(bank, id).await.map_err(|error| error.to_error())?;
        operations.push(LabOperation {
            id: id.clone(),
            over: operation.status.is_final(),
            status: operation.status.as_str().to_owned(),
            error: operation.error_message,
        });
    }
    let mut facts = Vec::new();
    for document in &request.document_ids {
        let filter = MemoryFilter {
            document_id: Some(document.as_str().into()),
            limit: Some(LEARNED),
            ..MemoryFilter::default()
        };
        match client.memories(bank, &filter).await {
            Ok(page) => facts.extend(page.items),
            // The bank is made with the first fact.
            Err(rearview_hindsight::HindsightError::NotFound { .. }) => {}
            Err(error) => return Err(error.to_error()),
        }
    }
    Ok(LabLearned { operations, facts })
}

pub async fn cancel(app: &App, request: LabCancel) -> Result<Done, Error> {
    // What is over needs no end.
    if let Some(token) = lock(&app.0.lab_runs).get(&request.run) {
        token.cancel();
    }
    Ok(Done {})
}

pub async fn why_not(app: &App, request: LabWhyNot) -> Result<WhyNot, Error> {
    let client = app.0.clients.client(&request.server_id).await?;
    cancellable(app, request.run.clone(), async {
        let asked = Asked {
            client: &client,
            bank: &request.bank_id,
            request: &request.request,
            expected: &request.expected,
            max_memories: request.max_memories,
        };
        gate::why_not(asked).await.map_err(|error| error.to_error())
    })
    .await
}

fn ms(began: Instant) -> f64 {
    began.elapsed().as_secs_f64() * 1000.0
}

//! Handlers about memory around a turn: what it would do next, and another try to store what was said.

use super::chat::find;
use super::store_error;
use super::turn::server_voice;
use crate::app::App;
use crate::wire::*;
use rearview_domain::chat::ChatKind;
use rearview_domain::settings::TurnSettings;
use rearview_domain::turn::RetainState;
use rearview_domain::{Error, ErrorCode};
use rearview_store::{OutboxAction, OutboxStage};
use rearview_turns::outbox;
use rearview_turns::plan::{self, Voices};

pub async fn retry_retain(app: &App, request: TurnRef) -> Result<RetainState, Error> {
    let store = app.store_of(&request.chat_id);
    let items = store.outbox_of_turn(&request.turn_id).await.map_err(store_error)?;
    let waiting = items
        .into_iter()
        .rev()
        .find(|item| matches!(item.action, OutboxAction::Retain { .. }) && item.stage != OutboxStage::Sent);
    let nothing = || {
        Error::new(ErrorCode::NotFound, "Nothing of this turn waits to be stored.")
            .hint("It may have been stored in the meantime.")
    };
    let mut item = waiting.ok_or_else(nothing)?;
    let state = outbox::again(&mut item).ok_or_else(nothing)?;
    store.outbox_update(&item, Some(state.clone())).await.map_err(store_error)?;
    app.0.outbox.notify_one();
    Ok(state)
}

pub async fn memory_status(app: &App, request: MemoryStatusOf) -> Result<MemoryStatus, Error> {
    let chat = match &request.chat_id {
        Some(id) => Some(find(app.store_of(id), id).await?),
        None => None,
    };
    let server = server_voice(app);
    let none = TurnSettings::default();
    let profile_id = match &chat {
        Some(chat) => chat.profile_id.clone(),
        None => app.0.setup.preferences().default_profile,
    };
    let profile = profile_id.and_then(|id| app.0.setup.profile(&id));
    let model =
        request.model.or_else(|| chat.as_ref().and_then(|chat| chat.model.clone())).unwrap_or_default();
    let voices = Voices {
        kind: chat.as_ref().map_or(ChatKind::Normal, |chat| chat.kind),
        server: server.as_ref(),
        profile: profile.as_ref(),
        chat_bank: chat.as_ref().and_then(|chat| chat.bank_id.as_ref()),
        chat: chat.as_ref().map_or(&none, |chat| &chat.settings),
        message_bank: None,
        message: &none,
        model: &model,
    };
    let (bank, bank_error) = match plan::bank(&voices) {
        Ok(bank) => (Some(bank), None),
        Err(error) => (None, Some(error)),
    };
    let decided = bank.clone().map(|bank| {
        let settings = bank.server_id.as_ref().map(|server| app.0.setup.bank_settings(server, &bank.bank_id));
        plan::decide(&voices, bank, &settings.unwrap_or_default())
    });
    let counts = app.0.store.outbox_counts().await.map_err(store_error)?;
    Ok(MemoryStatus {
        server: app.0.setup.default_server().map(|server| server.name),
        bank,
        bank_error,
        inject_off: decided.as_ref().and_then(|decided| decided.inject_off),
        store_off: decided.as_ref().and_then(|decided| decided.store_off),
        health: server.and_then(|server| app.0.clients.health(&server.id)),
        waiting: counts.queued + counts.sent,
        failed: counts.failed,
    })
}

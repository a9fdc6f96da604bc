//! What the outbox and the looks after it need of the app: where servers are found, and who hears that something moved.

use crate::clients::Clients;
use crate::setup::{EMBEDDED, Setup};
use rearview_curate::learned::Watch;
use rearview_domain::event::AppEvent;
use rearview_domain::learned::LearnedCounts;
use rearview_domain::turn::RetainState;
use rearview_domain::{ChatId, Error, ServerId, TurnId};
use rearview_hindsight::Client;
use rearview_turns::outbox::Post;
use std::sync::Arc;
use tokio::sync::{Notify, broadcast};

/// What the outbox needs.
pub struct AppPost {
    /// Finds clients.
    pub clients: Arc<Clients>,
    /// Tells the pages.
    pub news: broadcast::Sender<AppEvent>,
    /// Wakes whoever looks after what turns taught memory.
    pub learning: Arc<Notify>,
}

#[async_trait::async_trait]
impl Post for AppPost {
    async fn client(&self, server: &ServerId) -> Result<Client, Error> {
        self.clients.client(server).await
    }

    fn moved(&self, chat: &ChatId, turn: &TurnId, state: &RetainState) {
        let event = AppEvent::Retain { chat_id: chat.clone(), turn_id: turn.clone(), state: state.clone() };
        let _ = self.news.send(event);
        if matches!(state, RetainState::Done { .. }) {
            self.learning.notify_one();
        }
    }
}

/// What looking after turns needs.
pub struct AppWatch {
    /// Finds clients.
    pub clients: Arc<Clients>,
    /// Knows whether the engine in this app has a model.
    pub setup: Arc<Setup>,
    /// Tells the pages.
    pub news: broadcast::Sender<AppEvent>,
}

#[async_trait::async_trait]
impl Watch for AppWatch {
    async fn client(&self, server: &ServerId) -> Result<Client, Error> {
        self.clients.client(server).await
    }

    fn unobserved(&self, server: &ServerId) -> Option<String> {
        (server.as_str() == EMBEDDED && self.setup.memory_model().model.is_none()).then(|| {
            "Memory on this computer has no model, and observations take one. Pick it under Settings > Memory."
                .to_owned()
        })
    }

    fn learned(&self, chat: &ChatId, turn: &TurnId, counts: &LearnedCounts) {
        let _ = self.news.send(AppEvent::Learned {
            chat_id: chat.clone(),
            turn_id: turn.clone(),
            learned: counts.clone(),
        });
    }
}

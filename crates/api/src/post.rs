//! The outbox's view of the app: where servers are found and who hears that a retain moved on.

use crate::clients::Clients;
use rearview_domain::event::AppEvent;
use rearview_domain::turn::RetainState;
use rearview_domain::{ChatId, Error, ServerId, TurnId};
use rearview_hindsight::Client;
use rearview_turns::outbox::Post;
use std::sync::Arc;
use tokio::sync::broadcast;

/// What the outbox needs.
pub struct AppPost {
    /// Finds clients.
    pub clients: Arc<Clients>,
    /// Tells the pages.
    pub news: broadcast::Sender<AppEvent>,
}

#[async_trait::async_trait]
impl Post for AppPost {
    async fn client(&self, server: &ServerId) -> Result<Client, Error> {
        self.clients.client(server).await
    }

    fn moved(&self, chat: &ChatId, turn: &TurnId, state: &RetainState) {
        let event = AppEvent::Retain { chat_id: chat.clone(), turn_id: turn.clone(), state: state.clone() };
        let _ = self.news.send(event);
    }
}

//! Handlers of the room `review` of the table: changes of facts as runs, and the runs themselves.

pub mod change;
pub mod find;
pub mod pair;
pub mod run;

use crate::app::App;
use crate::clients::Clients;
use rearview_curate::run::Ground;
use rearview_domain::event::AppEvent;
use rearview_domain::{Error, JournalId, ServerId};
use rearview_hindsight::Client;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::broadcast;

/// Up to this many changes are made before the command answers.
const SMALL: u32 = 3;
/// How long a command waits for a small run. It goes on by itself then, and the page follows it.
const PATIENCE: Duration = Duration::from_secs(20);

/// The journal's view of the app.
pub struct AppGround {
    /// Finds clients.
    pub clients: Arc<Clients>,
    /// Tells the pages.
    pub news: broadcast::Sender<AppEvent>,
}

#[async_trait::async_trait]
impl Ground for AppGround {
    async fn client(&self, server: &ServerId) -> Result<Client, Error> {
        self.clients.client(server).await
    }

    fn changed(&self, tags: &[&str]) {
        let tags = tags.iter().map(|tag| (*tag).to_owned()).collect();
        let _ = self.news.send(AppEvent::Changed { tags });
    }
}

/// A run after it was begun: a small one with its facts as they are then, a bigger one as it goes on.
pub(super) async fn begun(app: &App, id: &JournalId) -> Result<rearview_curate::run::RunView, Error> {
    let journal = &app.0.journal;
    let mut run = journal.run(id).await?;
    if run.total > SMALL {
        return Ok(run);
    }
    journal.settled(id, PATIENCE).await;
    run = journal.run(id).await?;
    let client = app.0.clients.client(&run.server_id).await?;
    for change in journal.changes(id, &[], SMALL, 0).await?.changes {
        // A fact that cannot be read now takes nothing from what the run says.
        run.facts.extend(client.memory(&run.bank_id, &change.fact_id).await.ok());
    }
    Ok(run)
}

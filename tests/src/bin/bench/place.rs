//! A place to measure in: the app on a folder of its own, asked through the command table as the page
//! asks, and connected to the far end. Fills no chat (`seed` does) and measures nothing.

use crate::failed::{Result, at, odd};
use crate::upstream::Upstream;
use rearview_api::{App, Sink, table};
use rearview_domain::ChatId;
use rearview_tests::temp_app::TempApp;
use serde_json::{Value, json};
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// The app, open.
pub struct Place(TempApp);

impl Place {
    /// Opens the app on `home` as the window and the harness do: `data` and `logs` below it.
    pub async fn open(home: &Path) -> Result<Self> {
        TempApp::at(home).await.map(Self).map_err(at("open the app"))
    }

    /// For the table.
    pub fn app(&self) -> &App {
        self.0.app()
    }

    /// Quits, and frees the folder.
    pub async fn close(mut self) {
        self.0.quit().await;
    }

    /// Runs a command.
    pub async fn ask(&self, name: &str, request: Value) -> Result<Value> {
        self.0.call(name, request).await.map_err(at(name))
    }

    /// Sets up the far end as provider `id` that streams this many deltas at this pace.
    pub async fn add_provider(&self, id: &str, far: &Upstream, deltas: usize, every: Duration) -> Result<()> {
        let base = far.provider(deltas, every);
        let config =
            json!({"id": id, "name": id, "wire": "openai_chat", "baseUrl": base, "models": ["bench"]});
        self.ask("provider.save", json!({"config": config})).await.map(drop)
    }

    /// Sets up the far end as memory server. Nothing is stored on it: what is measured is the turn.
    pub async fn add_memory(&self, far: &Upstream) -> Result<()> {
        let settings = json!({"store_conversations": false});
        let config = json!({"id": "bench", "name": "bench", "baseUrl": far.memory(), "settings": settings});
        self.ask("server.save", json!({"config": config, "makeDefault": true})).await.map(drop)
    }

    /// Follows a run to its end and answers what the page would have got, with the times.
    pub async fn follow(&self, run_id: &str) -> Result<Vec<(Instant, String)>> {
        let got = Arc::<Mutex<Vec<_>>>::default();
        let request = json!({"runId": run_id, "afterSeq": 0}).to_string();
        let sink = Box::new(Noting(Arc::clone(&got)));
        table::stream(self.app(), "turn.attach", &request, sink).await.map_err(at("follow the run"))?;
        let got = std::mem::take(&mut *got.lock().unwrap_or_else(PoisonError::into_inner));
        match got.last() {
            Some((_, last)) if last.contains("\"finished\"") => Ok(got),
            Some((_, last)) => Err(odd("follow the run", format!("it ended with {last}"))),
            None => Err(odd("follow the run", "nothing came")),
        }
    }

    /// The request of a message at the end of a chat.
    pub fn message(chat: &ChatId, model: &str, text: &str) -> Value {
        let after = json!({"kind": "leaf"});
        json!({"chatId": chat, "text": text, "images": [], "after": after, "model": model, "settings": {}})
    }
}

/// The id of the run in the answer of `turn.start`.
pub fn run_id(started: &str) -> Result<String> {
    let started: Value = serde_json::from_str(started).map_err(at("read the answer of turn.start"))?;
    let id = started["runId"].as_str().map(str::to_owned);
    id.ok_or_else(|| odd("read the answer of turn.start", "it names no run"))
}

/// Notes when each event came; what it says is read later.
struct Noting(Arc<Mutex<Vec<(Instant, String)>>>);

impl Sink for Noting {
    fn send(&self, json: String) -> bool {
        let now = Instant::now();
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push((now, json));
        true
    }
}

/// From one instant to a later one, in milliseconds.
pub fn ms(from: Instant, to: Instant) -> f64 {
    to.saturating_duration_since(from).as_secs_f64() * 1_000.0
}

/// The client that all peers use: reqwest as it comes, straight.
pub fn plain_client() -> Result<reqwest::Client> {
    reqwest::Client::builder().no_proxy().build().map_err(at("make a plain client"))
}

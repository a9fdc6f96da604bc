//! A real Rearview in a folder of its own, driven through its command table as a page drives it.
//!
//! Nothing is faked but the shell: what was asked of it is written down. Whoever is on the other side
//! (provider, memory server) is scripted elsewhere. Called by journeys, faults and conformance.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "only tests call this; what goes wrong here has to fail the test where it stands"
)]

mod ended;
mod events;

pub use ended::Ended;
pub use events::Events;

use crate::gate::PATIENCE;
use crate::scripted_provider::ScriptedProvider;
use rearview_api::{App, Config, EngineConfig, Host, Prefer, Timeouts, table};
use rearview_domain::chat::Chat;
use rearview_domain::event::RunEvent;
use rearview_domain::learned::Learned;
use rearview_domain::record::TurnRecord;
use rearview_domain::turn::{RetainState, Turn};
use rearview_domain::{ChatId, Error, ErrorCode, RunId, TurnId};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tempfile::TempDir;

/// The key that scripted providers are set up with.
pub const KEY: &str = "sk-scripted-0123456789";

/// A shell that writes down what was asked of it.
#[derive(Debug, Default)]
pub struct Notes {
    opened: Mutex<Vec<String>>,
}

impl Host for Notes {
    fn open_url(&self, url: &str) -> Result<(), Error> {
        self.opened.lock().unwrap().push(url.to_owned());
        Ok(())
    }
}

/// A turn that began.
#[derive(Clone, Debug)]
pub struct Started {
    /// What to attach to.
    pub run: RunId,
    /// The turn as it began.
    pub turn: Turn,
}

/// The app.
pub struct TempApp {
    app: Option<App>,
    dir: PathBuf,
    engine: bool,
    host: Arc<Notes>,
    called: Mutex<BTreeSet<String>>,
    _kept: Option<TempDir>,
}

/// The configuration of an app in a folder, keys for this session only. Most journeys name the memory server
/// that they mean; those about the engine ask for it.
pub fn config(dir: &Path, engine: bool) -> Config {
    Config {
        data_dir: dir.join("data"),
        log_dir: dir.join("logs"),
        keychain_service: "dev.rearview.test".to_owned(),
        secrets: Prefer::SessionOnly,
        notices: "notices",
        provider_timeouts: Timeouts { connect: Duration::from_secs(5), ..Timeouts::default() },
        // None: a journey must not find what happens to run on the machine.
        local_ports: Vec::new(),
        downloads_dir: Some(dir.join("downloads")),
        engine: engine.then(|| EngineConfig { weights: EngineConfig::weights_of_this_checkout() }),
    }
}

/// A client of an app's own engine, found as the command line finds it. Waits until it has started.
pub async fn engine_client(app: &TempApp) -> rearview_hindsight::Client {
    let file = app.dir().join("data/memory/engine.json");
    let started = async {
        loop {
            match std::fs::read_to_string(&file) {
                Ok(line) if !line.is_empty() => return line,
                _ => tokio::time::sleep(std::time::Duration::from_millis(20)).await,
            }
        }
    };
    let line = tokio::time::timeout(crate::gate::PATIENCE, started).await.expect("the engine starts");
    let running: Value = serde_json::from_str(&line).unwrap();
    let token = secrecy::SecretString::from(running["token"].as_str().unwrap());
    let url = running["url"].as_str().unwrap();
    rearview_hindsight::Client::new(url, Some(token), "engine", Default::default()).unwrap()
}

impl TempApp {
    /// An app in a fresh folder.
    pub async fn new() -> Self {
        let kept = tempfile::tempdir().unwrap();
        let mut app = Self::at(kept.path()).await.unwrap();
        app._kept = Some(kept);
        app
    }

    /// An app in a fresh folder with its memory engine, as a person has it.
    pub async fn with_engine() -> Self {
        let kept = tempfile::tempdir().unwrap();
        let mut app = Self::with_engine_at(kept.path()).await;
        app._kept = Some(kept);
        app
    }

    /// The same in a folder that the caller keeps.
    pub async fn with_engine_at(dir: &Path) -> Self {
        Self::open(dir, true).await.unwrap()
    }

    /// An app in a folder that the caller keeps.
    ///
    /// # Errors
    /// Those of opening the app.
    pub async fn at(dir: &Path) -> Result<Self, Error> {
        Self::open(dir, false).await
    }

    /// An app in a fresh folder that looks for model servers on these ports.
    pub async fn looking_on(local_ports: Vec<u16>) -> Self {
        let kept = tempfile::tempdir().unwrap();
        let config = Config { local_ports, ..config(kept.path(), false) };
        let mut app = Self::open_with(config, kept.path(), false).await.unwrap();
        app._kept = Some(kept);
        app
    }

    async fn open(dir: &Path, engine: bool) -> Result<Self, Error> {
        Self::open_with(config(dir, engine), dir, engine).await
    }

    async fn open_with(config: Config, dir: &Path, engine: bool) -> Result<Self, Error> {
        let host = Arc::new(Notes::default());
        let app = App::open(config, host.clone()).await?;
        Ok(Self { app: Some(app), dir: dir.to_owned(), engine, host, called: Mutex::default(), _kept: None })
    }

    /// The app itself.
    pub fn app(&self) -> &App {
        self.app.as_ref().expect("the app is open")
    }

    /// Its folder; the databases are in `data` below it.
    pub fn dir(&self) -> &Path {
        &self.dir
    }

    /// The addresses that the shell was asked to open.
    pub fn opened(&self) -> Vec<String> {
        self.host.opened.lock().unwrap().clone()
    }

    /// The names of all commands that were called so far.
    pub fn called(&self) -> BTreeSet<String> {
        self.called.lock().unwrap().clone()
    }

    /// Quits and opens the same folder again. Keys were for the session and are gone.
    pub async fn reopen(&mut self) {
        self.quit().await;
        self.open_again().await;
    }

    /// Quits, as the window does.
    pub async fn quit(&mut self) {
        if let Some(app) = self.app.take() {
            app.close().await;
        }
    }

    /// Opens the folder again after `quit`. Tasks that are ending may hold it a moment longer.
    pub async fn open_again(&mut self) {
        let opening = async {
            loop {
                match App::open(config(&self.dir, self.engine), self.host.clone()).await {
                    Ok(app) => return app,
                    Err(error) if error.code == ErrorCode::DataInUse => tokio::task::yield_now().await,
                    Err(error) => panic!("the folder does not open again: {error:?}"),
                }
            }
        };
        self.app = Some(tokio::time::timeout(PATIENCE, opening).await.expect("the folder stays in use"));
    }

    /// Runs a command.
    ///
    /// # Errors
    /// The command's own.
    pub async fn call(&self, name: &str, request: Value) -> Result<Value, Error> {
        self.called.lock().unwrap().insert(name.to_owned());
        // Boxed: the future of all commands together is large, and a test awaits dozens of them.
        let answer = Box::pin(table::call(self.app(), name, &request.to_string())).await?;
        Ok(serde_json::from_str(&answer).unwrap())
    }

    /// Runs a command that has to work.
    pub async fn must<T: DeserializeOwned>(&self, name: &str, request: Value) -> T {
        let answer = self.call(name, request).await.unwrap_or_else(|error| panic!("`{name}`: {error:?}"));
        serde_json::from_value(answer.clone()).unwrap_or_else(|error| panic!("`{name}`: {error} in {answer}"))
    }

    /// Runs a command that has to fail, and answers why it did.
    pub async fn refused(&self, name: &str, request: Value) -> Error {
        match self.call(name, request).await {
            Ok(answer) => panic!("`{name}` answered {answer}"),
            Err(error) => error,
        }
    }

    /// Listens to the app's notices from now on.
    pub async fn events(&self) -> Events {
        self.called.lock().unwrap().insert("app.events".to_owned());
        Events::listen(self.app()).await
    }

    /// Sets a scripted provider up on both wires, as `scripted` and `claude`, with a key.
    pub async fn provider(&self, provider: &ScriptedProvider) {
        for (id, name, wire) in
            [("scripted", "Scripted", "openai_chat"), ("claude", "Scripted Claude", "anthropic_messages")]
        {
            let config = json!({"id": id, "name": name, "wire": wire, "baseUrl": provider.base_url()});
            let _: Value = self.must("provider.save", json!({"config": config, "key": KEY})).await;
        }
    }

    /// Sets a memory server up as the one that turns use, and answers its id.
    pub async fn server(&self, url: &str, key: Option<&str>) -> String {
        self.server_with(url, key, json!({})).await
    }

    /// The same with settings of its own.
    pub async fn server_with(&self, url: &str, key: Option<&str>, settings: Value) -> String {
        let config =
            json!({"id": "", "name": "Memory", "baseUrl": url, "defaultBank": "ana", "settings": settings});
        let saved: Value =
            self.must("server.save", json!({"config": config, "key": key, "makeDefault": true})).await;
        saved["config"]["id"].as_str().unwrap().to_owned()
    }

    /// Makes a chat with the scripted model.
    pub async fn chat(&self) -> ChatId {
        self.chat_with(json!({"kind": "normal", "model": "scripted/scripted-1"})).await
    }

    /// Makes a chat.
    pub async fn chat_with(&self, request: Value) -> ChatId {
        self.must::<Chat>("chat.create", request).await.id
    }

    /// Changes a chat.
    pub async fn update(&self, chat: &ChatId, mut change: Value) -> Chat {
        change["chatId"] = json!(chat);
        self.must("chat.update", change).await
    }

    /// Sends a message and waits for the end of its answer.
    pub async fn say(&self, chat: &ChatId, text: &str) -> Ended {
        self.send(chat, json!({"text": text})).await
    }

    /// The same with more of a `turn.start` request; what is absent is as it is by default.
    pub async fn send(&self, chat: &ChatId, request: Value) -> Ended {
        let started =
            self.start(chat, request).await.unwrap_or_else(|error| panic!("`turn.start`: {error:?}"));
        self.finish(&started).await
    }

    /// Sends a message and does not wait.
    ///
    /// # Errors
    /// Those of `turn.start`.
    pub async fn start(&self, chat: &ChatId, request: Value) -> Result<Started, Error> {
        let mut whole =
            json!({"chatId": chat, "text": "", "images": [], "after": {"kind": "leaf"}, "settings": {}});
        for (name, value) in request.as_object().unwrap() {
            whole[name] = value.clone();
        }
        self.call("turn.start", whole).await.map(|answer| started(&answer))
    }

    /// Answers a question again and waits for the end.
    pub async fn retry(&self, chat: &ChatId, question: &str, settings: Value) -> Ended {
        let request = json!({"chatId": chat, "questionId": question, "settings": settings});
        let started = started(&self.must("turn.retry", request).await);
        self.finish(&started).await
    }

    /// Stops a run.
    pub async fn cancel(&self, started: &Started) {
        let _: Value = self.must("turn.cancel", json!({"runId": started.run})).await;
    }

    /// Follows a run to its end and reads what was recorded of it.
    pub async fn finish(&self, begun: &Started) -> Ended {
        let events =
            tokio::time::timeout(PATIENCE, self.attach(&begun.run)).await.expect("the turn never ends");
        let chat = &begun.turn.chat_id;
        let record: TurnRecord = self.record(chat, &begun.turn.id).await;
        let mut bodies = Vec::new();
        for step in &record.steps {
            let request = json!({"chatId": chat, "turnId": begun.turn.id, "step": step.index});
            bodies.push(self.must("turn.body", request).await);
        }
        Ended::read(events, record, bodies)
    }

    /// All events of a run, from its first to its last.
    pub async fn attach(&self, run: &RunId) -> Vec<RunEvent> {
        let (sink, mut events) = tokio::sync::mpsc::unbounded_channel();
        let request = json!({"runId": run, "afterSeq": 0}).to_string();
        self.called.lock().unwrap().insert("turn.attach".to_owned());
        table::stream(self.app(), "turn.attach", &request, Box::new(sink)).await.unwrap();
        let mut read = Vec::new();
        while let Some(event) = events.recv().await {
            read.push(serde_json::from_str(&event).unwrap());
        }
        read
    }

    /// The record of a turn.
    pub async fn record(&self, chat: &ChatId, turn: &TurnId) -> TurnRecord {
        self.must("turn.record", json!({"chatId": chat, "turnId": turn})).await
    }

    /// A turn as it is now.
    pub async fn turn(&self, chat: &ChatId, turn: &TurnId) -> Turn {
        self.find_turn(chat, turn)
            .await
            .unwrap_or_else(|| panic!("{turn:?} is not on the branch of {chat:?}"))
    }

    /// The turns on the visible branch, up to 200.
    pub async fn branch(&self, chat: &ChatId) -> Vec<Turn> {
        let view: Value = self.must("chat.open", json!({"chatId": chat, "tail": 200})).await;
        serde_json::from_value(view["turns"].clone()).unwrap()
    }

    async fn find_turn(&self, chat: &ChatId, turn: &TurnId) -> Option<Turn> {
        self.branch(chat).await.into_iter().find(|one| one.id == *turn)
    }

    /// Waits until a turn's retain is as wanted, and answers it.
    pub async fn retained(
        &self,
        chat: &ChatId,
        turn: &TurnId,
        wanted: fn(&RetainState) -> bool,
    ) -> RetainState {
        let mut events = self.events().await;
        let waiting = async {
            loop {
                // From the record: a turn that left the visible branch is in no list of the chat.
                let state = self.record(chat, turn).await.retained.map(|retained| retained.state);
                match state {
                    Some(state) if wanted(&state) => return state,
                    _ => events.next_retain().await,
                }
            }
        };
        tokio::time::timeout(PATIENCE, waiting).await.expect("the retain never gets there")
    }

    /// Waits until what a turn taught memory is as wanted, and answers it.
    pub async fn learned(&self, chat: &ChatId, turn: &TurnId, wanted: impl Fn(&Learned) -> bool) -> Learned {
        let mut events = self.events().await;
        let mut last = None;
        let waiting = async {
            loop {
                let learned = self.record(chat, turn).await.learned;
                match learned {
                    Some(learned) if wanted(&learned) => return learned,
                    other => last = other.or(last.take()),
                }
                events.next().await;
            }
        };
        match tokio::time::timeout(PATIENCE, waiting).await {
            Ok(learned) => learned,
            Err(_) => panic!("what the turn taught never gets there: {last:?}"),
        }
    }

    /// Waits until a turn is stored.
    pub async fn stored(&self, ended: &Ended) {
        let turn = &ended.turn;
        self.retained(&turn.chat_id, &turn.id, |state| matches!(state, RetainState::Done { .. })).await;
    }
}

fn started(answer: &Value) -> Started {
    Started {
        run: serde_json::from_value(answer["runId"].clone()).unwrap(),
        turn: serde_json::from_value(answer["turn"].clone()).unwrap(),
    }
}

//! The memory engine in this app: started with it, stopped with it, reached through HTTP like any other
//! memory server. Opening a file of memories must not hold up the window, so it happens beside it.

use crate::app::lock;
use rearview_domain::error::ErrorSource;
use rearview_domain::{Error, ErrorCode};
use rearview_engine::synthesis::Synthesis;
use rearview_engine::{Engine, EngineError, Options, Server, Status, Token};
use secrecy::SecretString;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::sync::watch;

/// The folder of memories below the data folder.
const FOLDER: &str = "memory";
/// Where the command line finds the running engine; readable by its owner only, gone when the app quits.
const RUNTIME_FILE: &str = "engine.json";
/// How long whoever needs the engine waits for its file to open: a migration of a large file takes seconds.
const PATIENCE: Duration = Duration::from_secs(30);

/// What a shell decides about the engine.
#[derive(Clone, Debug)]
pub struct EngineConfig {
    /// The folder with the encoder's weights, when there is one.
    pub weights: Option<PathBuf>,
}

impl EngineConfig {
    /// Where `make` puts the weights: `REARVIEW_WEIGHTS`, else beside the build that this program stands in.
    /// `None` when they are not there, as in an installed app.
    pub fn weights_of_this_checkout() -> Option<PathBuf> {
        if let Some(set) = std::env::var_os("REARVIEW_WEIGHTS").filter(|set| !set.is_empty()) {
            return Some(PathBuf::from(set));
        }
        rearview_engine::encode::beside_program()
    }
}

/// How the engine is.
#[derive(Clone)]
pub enum State {
    /// Its file is being opened.
    Starting,
    /// It answers.
    Running {
        /// E.g. `http://127.0.0.1:43117`.
        url: String,
        /// Its token.
        token: SecretString,
        /// The engine, for what HTTP does not tell.
        engine: Engine,
    },
    /// It could not start, or was stopped.
    Offline(Error),
}

type Picked = Arc<Mutex<Option<Arc<dyn Synthesis>>>>;

/// The engine of this app.
pub struct Embedded {
    folder: PathBuf,
    state: watch::Receiver<State>,
    /// The model that was picked last; the engine gets it when it has started.
    synthesis: Picked,
    stopping: Mutex<Option<watch::Sender<bool>>>,
    task: Mutex<Option<tokio::task::JoinHandle<()>>>,
}

impl Embedded {
    /// Begins to start the engine and returns at once.
    pub fn start(data_dir: &Path, config: EngineConfig, synthesis: Option<Arc<dyn Synthesis>>) -> Self {
        let folder = data_dir.join(FOLDER);
        let (state, states) = watch::channel(State::Starting);
        let (stop, stopped) = watch::channel(false);
        let options = Options { dir: folder.clone(), weights: config.weights, synthesis: synthesis.clone() };
        let synthesis = Arc::new(Mutex::new(synthesis));
        let task = tokio::spawn(run(options, state, stopped, synthesis.clone()));
        Self {
            folder,
            state: states,
            synthesis,
            stopping: Mutex::new(Some(stop)),
            task: Mutex::new(Some(task)),
        }
    }

    /// How it is now.
    pub fn state(&self) -> State {
        self.state.borrow().clone()
    }

    /// The folder of memories.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Its address and token, once it is there.
    ///
    /// # Errors
    /// Why it is offline; `Timeout` when it is still starting after half a minute.
    pub async fn address(&self) -> Result<(String, SecretString), Error> {
        let mut states = self.state.clone();
        let there = states.wait_for(|state| !matches!(state, State::Starting));
        match tokio::time::timeout(PATIENCE, there).await {
            Ok(Ok(state)) => match &*state {
                State::Running { url, token, .. } => Ok((url.clone(), token.clone())),
                State::Offline(error) => Err(error.clone()),
                State::Starting => Err(stopped()),
            },
            Ok(Err(_)) => Err(stopped()),
            Err(_) => Err(Error::new(ErrorCode::Timeout, "Memory on this computer is still starting.")),
        }
    }

    /// Hands the engine another model, or none.
    pub fn set_synthesis(&self, synthesis: Option<Arc<dyn Synthesis>>) {
        lock(&self.synthesis).clone_from(&synthesis);
        if let State::Running { engine, .. } = &*self.state.borrow() {
            engine.set_synthesis(synthesis);
        }
    }

    /// What the engine says of itself, when it runs.
    pub fn status(&self) -> Option<Status> {
        match &*self.state.borrow() {
            State::Running { engine, .. } => Some(engine.status()),
            _ => None,
        }
    }

    /// Stops it and waits until its file is closed.
    pub async fn stop(&self) {
        drop(lock(&self.stopping).take());
        let task = lock(&self.task).take();
        if let Some(task) = task {
            // A task that panicked has nothing left to close.
            let _ = task.await;
        }
    }
}

/// The engine's life: open, serve, wait, close.
async fn run(
    options: Options,
    state: watch::Sender<State>,
    mut stop: watch::Receiver<bool>,
    synthesis: Picked,
) {
    let runtime_file = options.dir.join(RUNTIME_FILE);
    let began = std::time::Instant::now();
    let (engine, server) = match open(options).await {
        Ok(running) => running,
        Err(error) => {
            tracing::error!(%error, "memory on this computer could not start");
            state.send_replace(State::Offline(error));
            return;
        }
    };
    let token = server.token().unwrap_or_default().to_owned();
    if let Err(error) = write_runtime_file(&runtime_file, &server.url(), &token) {
        tracing::warn!(%error, "the command line will not find the running engine");
    }
    #[expect(clippy::cast_possible_truncation, reason = "a start takes no centuries")]
    let ms = began.elapsed().as_millis() as u64;
    tracing::info!(ms, "memory on this computer is there");
    state.send_replace(State::Running { url: server.url(), token: token.into(), engine: engine.clone() });
    // Another one may have been picked while the file was being opened.
    let picked = lock(&synthesis).clone();
    engine.set_synthesis(picked);
    // Ends when the sender is dropped.
    let _ = stop.wait_for(|stop| *stop).await;
    state.send_replace(State::Offline(stopped()));
    let _ = std::fs::remove_file(&runtime_file);
    server.stop().await;
    engine.close().await;
}

async fn open(options: Options) -> Result<(Engine, Server), Error> {
    let engine = Engine::open(options).await.map_err(|error| to_error(&error))?;
    match Server::start(engine.clone(), 0, Token::random()).await {
        Ok(server) => Ok((engine, server)),
        Err(error) => {
            engine.close().await;
            Err(to_error(&error))
        }
    }
}

/// One JSON line, as the engine alone prints it, readable by its owner only.
fn write_runtime_file(path: &Path, url: &str, token: &str) -> std::io::Result<()> {
    use std::io::Write as _;
    // An old one may be readable by others; a new file gets its mode before it has content.
    let _ = std::fs::remove_file(path);
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let line = serde_json::json!({"url": url, "token": token});
    writeln!(options.open(path)?, "{line}")
}

fn stopped() -> Error {
    Error::new(ErrorCode::NetworkUnreachable, "Memory on this computer is not running.")
}

/// The engine's error as a person sees it.
fn to_error(error: &EngineError) -> Error {
    let (code, hint) = match error {
        EngineError::InUse { .. } => {
            (ErrorCode::DataInUse, "Another program has this memory open. Close it and start again.")
        }
        EngineError::TooNew { .. } => (ErrorCode::DatabaseTooNew, "Update Rearview. Nothing was changed."),
        EngineError::DiskFull { .. } => {
            (ErrorCode::DiskFull, "Free some space and start again. What was stored before is safe.")
        }
        EngineError::Damaged { .. } => {
            (ErrorCode::Internal, "Restore a copy from the `backups` folder beside `memory.db`.")
        }
        _ => (ErrorCode::Internal, "Chats go on without memory. The log says more."),
    };
    let source = std::error::Error::source(error).map(ToString::to_string);
    Error::new(code, format!("Memory on this computer could not start: {error}."))
        .hint(hint)
        .source(ErrorSource { name: "memory engine".into(), message: source, ..Default::default() })
}

//! A real Hindsight 1.1.0 server for tests: PostgreSQL, the server, and a scripted model behind it.
//!
//! The first use on a machine installs the server from PyPI into the cache (`venv`); each server gets a
//! database of its own in a fresh directory (`postgres`), and nothing of it is left when it is dropped or
//! when the test process dies (`reaper`). Works as root and as anybody else. Called by the conformance and
//! journey suites; a test that only needs *a* server takes the shared one and a bank of its own.

mod postgres;
pub(crate) mod reaper;
mod venv;

use crate::scripted_memory_model::ScriptedMemoryModel;
use postgres::Postgres;
use reaper::Reaper;
use rearview_domain::BankId;
use rearview_hindsight::{Client, Options};
use secrecy::SecretString;
use std::fs::File;
use std::io;
use std::net::{Ipv4Addr, TcpListener};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;
use tokio::sync::OnceCell;
use tokio::time::{Instant, MissedTickBehavior, interval};
use venv::Venv;

/// How long a server may take to answer: measured 8 to 22 s, three times that on a busy machine.
const PATIENCE: Duration = Duration::from_secs(90);
/// How often it is asked meanwhile.
const INTERVAL: Duration = Duration::from_millis(200);
/// How much of a log goes into an error, in bytes.
const LOG_TAIL: usize = 4_000;

/// The server that the tests of one process share.
static SHARED: OnceCell<HindsightServer> = OnceCell::const_new();

/// Why there is no server. The text names what was attempted.
#[derive(Debug, thiserror::Error)]
pub enum HindsightServerError {
    /// A file or program was not to be had.
    #[error("could not {attempt}: {source}")]
    Machine {
        /// What was attempted.
        attempt: String,
        /// What the system said.
        source: io::Error,
    },
    /// A program ended with an error, or never got where it should.
    #[error("could not {attempt}; its log ends:\n{log}")]
    Program {
        /// What was attempted.
        attempt: String,
        /// The end of what it wrote.
        log: String,
    },
    /// The client could not be made.
    #[error("could not make a client of the server: {0}")]
    Client(#[from] rearview_hindsight::HindsightError),
}

/// The result of everything here.
pub type Result<T> = std::result::Result<T, HindsightServerError>;

fn at(attempt: impl Into<String>) -> impl FnOnce(io::Error) -> HindsightServerError {
    let attempt = attempt.into();
    |source| HindsightServerError::Machine { attempt, source }
}

/// How a server is set up.
#[derive(Clone, Debug, Default)]
pub struct ServerOptions {
    /// The one key that it accepts; none means that it asks for none.
    pub key: Option<String>,
    /// More of the server's own settings, as environment variables.
    pub env: Vec<(String, String)>,
}

/// A running server with everything behind it.
pub struct HindsightServer {
    url: String,
    key: Option<String>,
    model: ScriptedMemoryModel,
    api: Child,
    reaper: Reaper,
}

impl HindsightServer {
    /// The server that all tests of this process share: without a key, with observations. Each test takes
    /// a [`HindsightServer::new_bank`], so that none sees what another did.
    ///
    /// # Errors
    /// As [`HindsightServer::start`].
    pub async fn shared() -> Result<&'static Self> {
        SHARED.get_or_try_init(|| Self::start(ServerOptions::default())).await
    }

    /// Starts a server and waits until it is well.
    ///
    /// # Errors
    /// When Python, PyPI (first use only), PostgreSQL or the server fail, with the end of their log.
    pub async fn start(options: ServerOptions) -> Result<Self> {
        let venv = Venv::ready().await?;
        let reaper = Reaper::start()?;
        let home = fresh_directory(&reaper)?;
        let postgres = Postgres::start(&venv, &home, &reaper).await?;
        let model = ScriptedMemoryModel::start().map_err(at("start the scripted model"))?;
        let port = free_port()?;
        let url = format!("http://127.0.0.1:{port}");
        let log = home.join("hindsight-api.log");
        let api = start_api(&venv, &home, &log, port, &postgres, &model, &options)?;
        reaper.watch_group(api.id())?;
        let mut server = Self { url, key: options.key, model, api, reaper };
        server.wait_until_well(&log).await?;
        Ok(server)
    }

    /// Where it listens.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// A client with the right key.
    ///
    /// # Errors
    /// When the HTTP library cannot be set up.
    pub fn client(&self) -> Result<Client> {
        self.client_with_key(self.key.as_deref())
    }

    /// A client with this key.
    ///
    /// # Errors
    /// As [`HindsightServer::client`].
    pub fn client_with_key(&self, key: Option<&str>) -> Result<Client> {
        let key = key.map(SecretString::from);
        Ok(Client::new(&self.url, key, "Hindsight 1.1.0", Options::default())?)
    }

    /// The id of a bank that does not exist yet.
    pub fn new_bank(&self) -> BankId {
        BankId(format!("bank-{}", uuid::Uuid::new_v4()))
    }

    /// The model behind it.
    pub fn model(&self) -> &ScriptedMemoryModel {
        &self.model
    }

    async fn wait_until_well(&mut self, log: &Path) -> Result<()> {
        let failed =
            |attempt: &str| HindsightServerError::Program { attempt: attempt.to_owned(), log: tail(log) };
        let client = self.client()?;
        let mut ticks = interval(INTERVAL);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let deadline = Instant::now() + PATIENCE;
        loop {
            ticks.tick().await;
            if client.health().await.is_ok() {
                return Ok(());
            }
            if self.api.try_wait().map_err(at("look after hindsight-api"))?.is_some() {
                return Err(failed("start hindsight-api"));
            }
            if Instant::now() > deadline {
                return Err(failed("get an answer of hindsight-api in time"));
            }
        }
    }
}

impl Drop for HindsightServer {
    fn drop(&mut self) {
        self.reaper.reap();
        drop(self.api.wait());
    }
}

/// Settings of a server whose every model is scripted and whose rerank is fusion's order.
fn start_api(
    venv: &Venv,
    home: &Path,
    log: &Path,
    port: u16,
    postgres: &Postgres,
    model: &ScriptedMemoryModel,
    options: &ServerOptions,
) -> Result<Child> {
    let file = File::create(log).map_err(at("open the server's log"))?;
    let second = file.try_clone().map_err(at("open the server's log"))?;
    let mut command = Command::new(venv.program("hindsight-api"));
    command
        .env_clear()
        .env("PATH", std::env::var_os("PATH").unwrap_or_default())
        .env("HOME", home)
        .env("LC_ALL", "C.UTF-8")
        .env("HINDSIGHT_API_HOST", "127.0.0.1")
        .env("HINDSIGHT_API_PORT", port.to_string())
        .env("HINDSIGHT_API_DATABASE_URL", postgres.url())
        .env("HINDSIGHT_API_LLM_PROVIDER", "openai")
        .env("HINDSIGHT_API_LLM_MODEL", "scripted")
        .env("HINDSIGHT_API_LLM_API_KEY", "scripted")
        .env("HINDSIGHT_API_LLM_BASE_URL", model.url())
        .env("HINDSIGHT_API_SKIP_LLM_VERIFICATION", "true")
        .env("HINDSIGHT_API_EMBEDDINGS_PROVIDER", "openai")
        .env("HINDSIGHT_API_EMBEDDINGS_OPENAI_MODEL", "scripted")
        .env("HINDSIGHT_API_EMBEDDINGS_OPENAI_API_KEY", "scripted")
        .env("HINDSIGHT_API_EMBEDDINGS_OPENAI_BASE_URL", model.url())
        .env("HINDSIGHT_API_RERANKER_PROVIDER", "rrf")
        .env("HINDSIGHT_API_WORKER_ENABLED", "true");
    if let Some(key) = &options.key {
        command
            .env(
                "HINDSIGHT_API_TENANT_EXTENSION",
                "hindsight_api.extensions.builtin.tenant:ApiKeyTenantExtension",
            )
            .env("HINDSIGHT_API_TENANT_API_KEY", key);
    }
    if let Some(tokenizers) = venv.tokenizers() {
        command.env("TIKTOKEN_CACHE_DIR", tokenizers);
    }
    command
        .envs(options.env.iter().map(|(name, value)| (name, value)))
        .current_dir(home)
        .stdin(Stdio::null())
        .stdout(file)
        .stderr(second)
        .process_group(0)
        .spawn()
        .map_err(at("start hindsight-api"))
}

/// A directory that others may walk through: as root, PostgreSQL runs as `nobody` below it.
fn fresh_directory(reaper: &Reaper) -> Result<PathBuf> {
    let directory = tempfile::Builder::new().prefix("rearview-hindsight-").tempdir();
    let directory = directory.map_err(at("make a fresh directory"))?.keep();
    reaper.watch_directory(&directory)?;
    let open = std::fs::Permissions::from_mode(0o711);
    std::fs::set_permissions(&directory, open).map_err(at("open the fresh directory"))?;
    Ok(directory)
}

/// A port that nobody listens on now. Whoever takes it first wins; the loser's log tells.
fn free_port() -> Result<u16> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).and_then(|listener| listener.local_addr());
    listener.map(|address| address.port()).map_err(at("find a free port"))
}

fn tail(log: &Path) -> String {
    let text = std::fs::read(log).unwrap_or_default();
    String::from_utf8_lossy(text.get(text.len().saturating_sub(LOG_TAIL)..).unwrap_or_default()).into_owned()
}

//! The app: everything that lives as long as the process. A shell makes one with `App::open`, hands it
//! to the command table, and ends it with `close`.

use crate::batches::Batches;
use crate::bundle::Bundles;
use crate::clients::Clients;
use crate::commands::review::AppGround;
use crate::embedded::{Embedded, EngineConfig};
use crate::host::Host;
use crate::memory_model::MemoryModel;
use crate::moves::Moves;
use crate::post::{AppPost, AppWatch};
use crate::replays::Replays;
use crate::setup::Setup;
use crate::uploads::Uploads;
use crate::wire::WrittenFile;
use rearview_curate::learned::Follow;
use rearview_curate::observed::Observed;
use rearview_curate::run::Journal;
use rearview_domain::event::AppEvent;
use rearview_domain::time::Time;
use rearview_domain::{ChatId, Error, ErrorCode};
use rearview_engine::synthesis::Synthesis;
use rearview_providers::{ModelInfo, Provider, Timeouts};
use rearview_secrets::{Prefer, SecretStatus, SecretStore};
use rearview_store::Store;
use rearview_turns::outbox::Outbox;
use rearview_turns::runs::Runs;
use rearview_turns::{branch, tokens};
use std::collections::{HashMap, HashSet};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::{Notify, broadcast};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// How long quitting waits for running turns to end and the outbox to empty.
const QUIT_WAIT: Duration = Duration::from_secs(5);
/// App events that a slow page may lag behind; then it refetches everything.
const NEWS_KEPT: usize = 256;

/// What a shell decides.
#[derive(Clone, Debug)]
pub struct Config {
    /// Where data lives; made when missing.
    pub data_dir: PathBuf,
    /// Where logs live.
    pub log_dir: PathBuf,
    /// The name under which keys are kept in the OS keychain.
    pub keychain_service: String,
    /// Where keys go.
    pub secrets: Prefer,
    /// The third-party notices that ship with the app.
    pub notices: &'static str,
    /// Waits towards providers.
    pub provider_timeouts: Timeouts,
    /// The ports on which model servers of this computer are looked for, when asked.
    pub local_ports: Vec<u16>,
    /// Where files go that a person asked for; `None` is the Downloads folder of the system.
    pub downloads_dir: Option<PathBuf>,
    /// The memory engine in this app; `None` runs none.
    pub engine: Option<EngineConfig>,
}

/// The app. Clones are the same app.
#[derive(Clone)]
pub struct App(pub(crate) Arc<Inner>);

pub(crate) struct Inner {
    pub config: Config,
    pub started_at: Time,
    /// Chats, turns, records, settings.
    pub store: Store,
    /// The same for temporary chats; gone with the process.
    pub ephemeral: Store,
    pub temporary: Mutex<HashSet<ChatId>>,
    pub setup: Arc<Setup>,
    pub secrets: Arc<dyn SecretStore>,
    pub secret_status: SecretStatus,
    pub embedded: Option<Arc<Embedded>>,
    pub memory_model: Arc<MemoryModel>,
    pub clients: Arc<Clients>,
    /// All entities of the banks that were looked at last.
    pub entities: rearview_curate::entity::All,
    pub provider: Provider,
    pub models: Mutex<HashMap<String, Vec<ModelInfo>>>,
    pub runs: Runs,
    pub news: broadcast::Sender<AppEvent>,
    /// Changes to memory, each with its undo.
    pub journal: Arc<Journal>,
    pub outbox: Arc<Notify>,
    pub outbox_task: Mutex<Option<JoinHandle<()>>>,
    /// Wakes whoever looks after what turns taught memory.
    pub learning: Arc<Notify>,
    pub learning_task: Mutex<Option<JoinHandle<()>>>,
    pub turns: TaskTracker,
    /// Chats in which a turn is being put on disk and has no run yet.
    pub starting: Mutex<HashSet<ChatId>>,
    /// Files that come from the page in slices.
    pub uploads: Uploads,
    /// Moves of whole banks.
    pub moves: Arc<Moves>,
    /// Calls of the recall lab that run, by the names the page gave them.
    pub lab_runs: Mutex<HashMap<String, CancellationToken>>,
    /// The observations of banks, by the facts they were built on.
    pub observed: Observed,
    /// Memory that is being brought in.
    pub batches: Batches,
    /// Replays of turns.
    pub replays: Replays,
    /// Turns from files that somebody looks at.
    pub bundles: Bundles,
    pub host: Arc<dyn Host>,
}

impl App {
    /// Opens the data folder, keeps what interrupted turns left, and starts the outbox.
    ///
    /// # Errors
    /// `DataInUse`, `DatabaseTooNew`, `DiskFull` and other errors of the store.
    pub async fn open(config: Config, host: Arc<dyn Host>) -> Result<Self, Error> {
        tracing::info!(version = env!("CARGO_PKG_VERSION"), data = %config.data_dir.display(), "Rearview starts");
        tokens::warm();
        let store = Store::open(&config.data_dir).await.map_err(|error| error.to_error())?;
        let ephemeral = Store::in_memory().await.map_err(|error| error.to_error())?;
        let opened = rearview_secrets::open(&config.keychain_service, config.secrets).await;
        let (secrets, secret_status) = (opened.store, opened.status);
        tracing::info!(keychain = ?secret_status.kind, why = secret_status.why, "keys are kept");
        let setup = Setup::read(store.clone(), config.engine.is_some()).await;
        let setup = Arc::new(setup.map_err(|error| error.to_error())?);
        let provider = Provider::new(config.provider_timeouts);
        let memory_model = Arc::new(MemoryModel::new(setup.clone(), secrets.clone(), provider.clone()));
        let synthesis = setup.memory_model().model.map(|_| memory_model.clone() as Arc<dyn Synthesis>);
        let embedded = config.engine.clone();
        let embedded = embedded.map(|engine| Arc::new(Embedded::start(&config.data_dir, engine, synthesis)));
        let clients = Arc::new(Clients::new(setup.clone(), secrets.clone(), embedded.clone()));
        let (news, _) = broadcast::channel(NEWS_KEPT);
        let interrupted = branch::recover(&store).await.map_err(|error| error.to_error())?;
        tracing::info!(interrupted = interrupted.len(), "turns that the last run left were kept");
        let learning = Arc::new(Notify::new());
        let post = AppPost { clients: clients.clone(), news: news.clone(), learning: learning.clone() };
        let watch = AppWatch { clients: clients.clone(), setup: setup.clone(), news: news.clone() };
        let follow = Follow::new(store.clone(), Arc::new(watch), learning.clone());
        let ground = AppGround { clients: clients.clone(), news: news.clone() };
        let journal = Journal::open(store.clone(), Arc::new(ground)).await?;
        let outbox = Outbox::new(store.clone(), Arc::new(post));
        let waker = outbox.waker();
        let outbox_task = tokio::spawn(async move { outbox.run().await });
        let learning_task = tokio::spawn(async move { follow.run().await });
        let older = store.clone();
        // Records of builds that kept no index; nothing waits for it, and what is left goes on at the next start.
        tokio::spawn(async move {
            if let Err(error) = older.index_mentions().await {
                tracing::warn!(%error, "older records were not searched for memories");
            }
            if let Err(error) = older.index_wordings().await {
                tracing::warn!(%error, "older records were not searched for words of memories");
            }
        });
        let uploads = Uploads::new(&config.data_dir);
        let moves = Arc::new(Moves::read(store.clone(), news.clone(), &config.data_dir).await?);
        Ok(Self(Arc::new(Inner {
            config,
            started_at: Time::now(),
            store,
            ephemeral,
            temporary: Mutex::default(),
            setup,
            secrets,
            secret_status,
            embedded,
            memory_model,
            clients,
            entities: rearview_curate::entity::All::default(),
            provider,
            models: Mutex::default(),
            runs: Runs::default(),
            news,
            journal,
            outbox: waker,
            outbox_task: Mutex::new(Some(outbox_task)),
            learning,
            learning_task: Mutex::new(Some(learning_task)),
            turns: TaskTracker::new(),
            starting: Mutex::default(),
            uploads,
            moves,
            lab_runs: Mutex::default(),
            observed: Observed::default(),
            batches: Batches::default(),
            replays: Replays::default(),
            bundles: Bundles::default(),
            host,
        })))
    }

    /// Ends the app: running turns are stopped and keep what came, the outbox gets a moment to empty,
    /// the databases are closed. What is left is sent after the next start.
    pub async fn close(&self) {
        let inner = &self.0;
        let going = inner.runs.going();
        tracing::info!(running = going.len(), "Rearview quits");
        for run in going {
            run.cancel.cancel();
        }
        inner.batches.stop_all();
        inner.replays.stop_all();
        inner.turns.close();
        inner.moves.leave();
        inner.journal.close().await;
        let ended = tokio::time::timeout(QUIT_WAIT, async {
            inner.turns.wait().await;
            inner.outbox.notify_one();
            while self.outbox_has_due().await {
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        });
        if ended.await.is_err() {
            tracing::warn!("the outbox was not empty after 5 s; it goes on after the next start");
        }
        if let Some(task) = lock(&inner.outbox_task).take() {
            task.abort();
        }
        if let Some(task) = lock(&inner.learning_task).take() {
            task.abort();
        }
        if let Some(embedded) = &inner.embedded {
            embedded.stop().await;
        }
        inner.store.close().await;
        tracing::info!("Rearview has quit");
    }

    /// Whether something can be sent right now; items that wait for a later try do not hold up quitting.
    async fn outbox_has_due(&self) -> bool {
        self.0.store.due(&Time::now(), 1).await.is_ok_and(|due| !due.is_empty())
    }

    /// The store that a chat lives in.
    pub(crate) fn store_of(&self, chat: &ChatId) -> &Store {
        if lock(&self.0.temporary).contains(chat) { &self.0.ephemeral } else { &self.0.store }
    }

    /// Where a file goes that a person asked for.
    pub(crate) fn downloads(&self) -> Result<PathBuf, Error> {
        crate::downloads::folder(self.0.config.downloads_dir.as_deref())
    }

    /// Writes a whole small file that a person asked for.
    pub(crate) async fn save_file(&self, name: String, text: String) -> Result<WrittenFile, Error> {
        let folder = self.downloads()?;
        let writing =
            tokio::task::spawn_blocking(move || crate::downloads::write(&folder, &name, text.as_bytes()));
        let path = writing
            .await
            .map_err(|_| Error::new(ErrorCode::Internal, "Writing the file failed inside Rearview."))??;
        Ok(WrittenFile { path: path.display().to_string() })
    }

    /// Tells the pages that reads with these tags are stale. The page that made the change knows already.
    pub(crate) fn changed(&self, tags: &[&str]) {
        let tags = tags.iter().map(|tag| (*tag).to_owned()).collect();
        let _ = self.0.news.send(AppEvent::Changed { tags });
    }
}

/// A poisoned lock still holds whole values here: every change under it is one assignment.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

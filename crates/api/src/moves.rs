//! Moves of whole banks in the background: kept on disk, told to the page, stopped on demand. What a process that died
//! left is told at the next start. The steps themselves are `rearview_curate::transfer`.

use crate::app::{App, lock};
use crate::downloads;
use async_trait::async_trait;
use rearview_curate::transfer::{
    self, BankMove, Carried, Carrier, MoveKind, MoveStage, MoveState, Place, Step, Told,
};
use rearview_domain::event::AppEvent;
use rearview_domain::time::Time;
use rearview_domain::{BankId, Error, ErrorCode, ServerId};
use rearview_hindsight::{ArchiveImport, BankScope, Client};
use rearview_store::Store;
use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use tokio::sync::broadcast;
use tokio::task::AbortHandle;
use tokio_util::sync::CancellationToken;

/// The entries of the store that moves are.
const ENTRY: &str = "bankMove";
/// Between two notices about one move.
const BEAT: Duration = Duration::from_millis(250);
/// How many moves that have ended are kept.
const KEPT: usize = 50;

/// What a move is made of.
pub struct Parts {
    pub kind: MoveKind,
    pub from: Option<Place>,
    pub to: Option<Place>,
    pub import: Option<ArchiveImport>,
    pub source_file: Option<String>,
    pub scope: BankScope,
}

impl Parts {
    /// Nothing but what is taken along.
    pub fn of(scope: BankScope) -> Self {
        Self { kind: MoveKind::Clone, from: None, to: None, import: None, source_file: None, scope }
    }
}

/// How a move is carried out.
pub enum Plan {
    Clone { client: Client },
    Transfer { from: Client, to: Client, carrier: Carrier },
    Archive { client: Client, folder: PathBuf },
    Restore { client: Client, carrier: Carrier, file: PathBuf },
}

/// The moves.
pub struct Moves {
    store: Store,
    news: broadcast::Sender<AppEvent>,
    /// Where archives lie while they travel.
    dir: PathBuf,
    all: Mutex<Vec<BankMove>>,
    running: Mutex<HashMap<String, (CancellationToken, AbortHandle)>>,
}

impl Moves {
    /// Reads what earlier runs left: what went on then is interrupted now, and archives on their way are removed.
    pub async fn read(
        store: Store,
        news: broadcast::Sender<AppEvent>,
        data_dir: &Path,
    ) -> Result<Self, Error> {
        let dir = data_dir.join("moves");
        if let Err(error) = std::fs::remove_dir_all(&dir)
            && error.kind() != std::io::ErrorKind::NotFound
        {
            tracing::warn!(%error, "archives of an earlier run could not be removed");
        }
        let moves = Self { store, news, dir, all: Mutex::default(), running: Mutex::default() };
        let entries = moves.store.entries(ENTRY).await.map_err(|error| error.to_error())?;
        for (id, value) in entries {
            match serde_json::from_value::<BankMove>(value) {
                Ok(mut kept) => {
                    if kept.state == MoveState::Running {
                        kept.state = MoveState::Interrupted;
                        kept.ended_at = Some(Time::now());
                        kept.tell(None);
                        moves.keep(&kept).await;
                    }
                    lock(&moves.all).push(kept);
                }
                Err(error) => tracing::error!(%error, id, "a move cannot be read and is skipped"),
            }
        }
        Ok(moves)
    }

    /// All of them, the newest first.
    pub fn list(&self) -> Vec<BankMove> {
        lock(&self.all).iter().rev().cloned().collect()
    }

    /// Whether a move that goes on reads or writes a bank.
    pub fn touches(&self, server: &ServerId, bank: &BankId) -> bool {
        let at = |place: &Option<Place>| {
            place.as_ref().is_some_and(|place| &place.server_id == server && &place.bank_id == bank)
        };
        let all = lock(&self.all);
        all.iter().any(|one| one.state == MoveState::Running && (at(&one.from) || at(&one.to)))
    }

    /// Stops a move. One that has ended is no error.
    pub fn cancel(&self, id: &str) {
        if let Some((token, _)) = lock(&self.running).get(id) {
            token.cancel();
        }
    }

    /// Stops following all of them: the process ends. The next one tells that they were interrupted.
    pub fn leave(&self) {
        for (_, (_, task)) in lock(&self.running).drain() {
            task.abort();
        }
    }

    /// Takes a move that has ended off the list.
    pub async fn forget(&self, id: &str) -> Result<(), Error> {
        if lock(&self.running).contains_key(id) {
            return Err(Error::new(ErrorCode::Conflict, "The move still goes on.").hint("Stop it first."));
        }
        self.store.delete_entry(ENTRY, id).await.map_err(|error| error.to_error())?;
        lock(&self.all).retain(|one| one.id != id);
        Ok(())
    }

    fn get(&self, id: &str) -> Option<BankMove> {
        lock(&self.all).iter().find(|one| one.id == id).cloned()
    }

    /// Changes a move in memory; answers how it is now.
    fn change(&self, id: &str, change: impl FnOnce(&mut BankMove)) -> Option<BankMove> {
        let mut all = lock(&self.all);
        let one = all.iter_mut().find(|one| one.id == id)?;
        change(one);
        Some(one.clone())
    }

    async fn keep(&self, one: &BankMove) {
        let value = serde_json::to_value(one).unwrap_or_default();
        if let Err(error) = self.store.put_entry(ENTRY, &one.id, &value).await {
            tracing::error!(%error, id = one.id, "a move could not be kept on disk");
        }
    }

    fn say(&self, tags: &[&str]) {
        let tags = tags.iter().map(|tag| (*tag).to_owned()).collect();
        let _ = self.news.send(AppEvent::Changed { tags });
    }

    /// Drops the oldest that have ended.
    async fn thin(&self) {
        let old: Vec<String> = {
            let all = lock(&self.all);
            let ended: Vec<_> = all.iter().filter(|one| one.state != MoveState::Running).collect();
            let most = ended.len().saturating_sub(KEPT);
            ended.into_iter().take(most).map(|one| one.id.clone()).collect()
        };
        for id in old {
            if let Err(error) = self.forget(&id).await {
                tracing::warn!(%error, id, "an old move could not be dropped");
            }
        }
    }
}

/// Hears the steps of one move.
struct Teller {
    moves: Arc<Moves>,
    id: String,
    said: Mutex<Option<Instant>>,
}

#[async_trait]
impl Told for Teller {
    async fn told(&self, step: Step) {
        let durable = !matches!(step, Step::Progress { .. });
        let now = self.moves.change(&self.id, |one| match step {
            Step::Stage(stage) => {
                (one.stage, one.done, one.total, one.server_stage) = (stage, 0, None, None);
                one.operation = None;
            }
            Step::Operation(operation) => one.operation = Some(operation),
            Step::Progress { done, total, server_stage } => {
                (one.done, one.total, one.server_stage) = (done, total, server_stage);
            }
        });
        if durable && let Some(now) = now {
            self.moves.keep(&now).await;
        }
        let due = {
            let mut said = lock(&self.said);
            let due = durable || said.is_none_or(|at| at.elapsed() >= BEAT);
            if due {
                *said = Some(Instant::now());
            }
            due
        };
        if due {
            self.moves.say(&["bankMoves"]);
        }
    }
}

/// What came of a plan.
#[derive(Default)]
struct Came {
    counts: BTreeMap<String, u64>,
    file: Option<String>,
}

impl App {
    /// Keeps a move and carries it out in the background. Answers it as it begins.
    ///
    /// # Errors
    /// `Conflict` while another move writes the same bank.
    pub(crate) async fn begin_move(&self, parts: Parts, plan: Plan) -> Result<BankMove, Error> {
        if let Some(to) = &parts.to
            && self.0.moves.touches(&to.server_id, &to.bank_id)
        {
            let message = format!("Another move of the bank `{}` goes on.", to.bank_id);
            return Err(Error::new(ErrorCode::Conflict, message).hint("Wait until it has ended, or stop it."));
        }
        let begun = BankMove {
            id: uuid::Uuid::now_v7().to_string(),
            kind: parts.kind,
            from: parts.from,
            to: parts.to,
            source_file: parts.source_file,
            import: parts.import,
            scope: parts.scope,
            state: MoveState::Running,
            stage: MoveStage::Beginning,
            done: 0,
            total: None,
            server_stage: None,
            operation: None,
            file: None,
            counts: BTreeMap::new(),
            left: Vec::new(),
            error: None,
            started_at: Time::now(),
            ended_at: None,
        };
        self.0.moves.thin().await;
        self.0.moves.keep(&begun).await;
        lock(&self.0.moves.all).push(begun.clone());
        self.go_on(begun.clone(), Next::Plan(plan));
        self.0.moves.say(&["bankMoves"]);
        Ok(begun)
    }

    /// Looks what became of a move that was lost sight of. While its operation still runs on the server it is
    /// followed again; else it is told what is there.
    ///
    /// # Errors
    /// `NotFound` when it is not on the list; the server's own.
    pub(crate) async fn follow_move(&self, id: &str) -> Result<BankMove, Error> {
        let gone = || Error::new(ErrorCode::NotFound, "That move is not on the list any more.");
        let one = self.0.moves.get(id).ok_or_else(gone)?;
        if one.state == MoveState::Running || one.state == MoveState::Done {
            return Ok(one);
        }
        let writing = matches!(one.stage, MoveStage::Copying | MoveStage::Importing);
        if let (true, Some(operation)) = (writing, one.operation.clone()) {
            let client = self.0.clients.client(&operation.server_id).await?;
            let asked = client.operation(&operation.bank_id, &operation.operation_id).await;
            let status = asked.map_err(|error| error.to_error())?.status;
            use rearview_hindsight::OperationStatus::{Cancelled, Failed, NotFound};
            if !matches!(status, Cancelled | Failed | NotFound) {
                let now = self.0.moves.change(id, |one| {
                    (one.state, one.ended_at, one.error) = (MoveState::Running, None, None);
                    one.left.clear();
                });
                let now = now.ok_or_else(gone)?;
                self.0.moves.keep(&now).await;
                self.go_on(now.clone(), Next::Follow(client));
                return Ok(now);
            }
        }
        self.tell_move(id).await.ok_or_else(gone)
    }

    fn go_on(&self, one: BankMove, next: Next) {
        let (token, app, id) = (CancellationToken::new(), self.clone(), one.id.clone());
        // Held while it is spawned: it takes itself out when it has ended.
        let mut running = lock(&self.0.moves.running);
        let cancel = token.clone();
        let task = tokio::spawn(async move {
            let came = carry(&app, &one, next, &cancel).await;
            app.end_move(&one.id, came).await;
        });
        running.insert(id, (token, task.abort_handle()));
    }

    async fn end_move(&self, id: &str, came: Result<Came, Error>) {
        let moves = &self.0.moves;
        let state = match &came {
            Ok(_) => MoveState::Done,
            Err(error) if error.code == ErrorCode::Cancelled => MoveState::Cancelled,
            Err(_) => MoveState::Failed,
        };
        moves.change(id, |one| {
            one.state = state;
            one.ended_at = Some(Time::now());
            match came {
                Ok(came) => (one.counts, one.file) = (came.counts, came.file),
                Err(error) => one.error = Some(error).filter(|error| error.code != ErrorCode::Cancelled),
            }
        });
        self.tell_move(id).await;
        lock(&moves.running).remove(id);
        moves.say(&[
            "bankMoves",
            "banks",
            "memories",
            "bankConfig",
            "directives",
            "mentalModels",
            "operations",
        ]);
    }

    /// Looks what is there of a move's target and keeps it.
    async fn tell_move(&self, id: &str) -> Option<BankMove> {
        let one = self.0.moves.get(id)?;
        let found = match &one.to {
            None => None,
            Some(to) => self.look_at(to).await,
        };
        let now = self.0.moves.change(id, |one| one.tell(found))?;
        self.0.moves.keep(&now).await;
        Some(now)
    }

    async fn look_at(&self, place: &Place) -> Option<Option<Option<u64>>> {
        let client = self.0.clients.client(&place.server_id).await.ok()?;
        let look = transfer::look(&client, &place.bank_id);
        tokio::time::timeout(Duration::from_secs(15), look).await.ok()?.ok()
    }
}

enum Next {
    Plan(Plan),
    /// The operation that was begun already.
    Follow(Client),
}

async fn carry(app: &App, one: &BankMove, next: Next, cancel: &CancellationToken) -> Result<Came, Error> {
    let teller = Teller { moves: app.0.moves.clone(), id: one.id.clone(), said: Mutex::default() };
    let with = |client, server_id| Carried { client, server_id, told: &teller, cancel };
    let gone = || Error::new(ErrorCode::Internal, "The move does not say where it goes.");
    match next {
        Next::Follow(client) => {
            let operation = one.operation.as_ref().ok_or_else(gone)?;
            let result = transfer::watch(&with(&client, &operation.server_id), operation).await?;
            Ok(Came { counts: transfer::counts(&result), file: None })
        }
        Next::Plan(Plan::Clone { client }) => {
            let (from, to) = (one.from.as_ref().ok_or_else(gone)?, one.to.as_ref().ok_or_else(gone)?);
            let copied =
                transfer::copy(&with(&client, &from.server_id), &from.bank_id, &to.bank_id, one.scope)
                    .await?;
            Ok(Came { counts: copied, file: None })
        }
        Next::Plan(Plan::Transfer { from, to, carrier }) => {
            let (source, sink) = (one.from.as_ref().ok_or_else(gone)?, one.to.as_ref().ok_or_else(gone)?);
            let import = one.import.as_ref().ok_or_else(gone)?;
            let file = Travelling::new(&app.0.moves.dir, &one.id).await?;
            transfer::pack(&with(&from, &source.server_id), &source.bank_id, one.scope, &file.0).await?;
            let counts = carrier.import(&with(&to, &sink.server_id), import, one.scope, &file.0).await?;
            Ok(Came { counts, file: None })
        }
        Next::Plan(Plan::Archive { client, folder }) => {
            let from = one.from.as_ref().ok_or_else(gone)?;
            let file = Travelling::new(&app.0.moves.dir, &one.id).await?;
            transfer::pack(&with(&client, &from.server_id), &from.bank_id, one.scope, &file.0).await?;
            let name = format!("{} {}.zip", from.bank_id, one.started_at.0.get(..10).unwrap_or_default());
            let path = put(file.0.clone(), folder, name).await?;
            Ok(Came { counts: BTreeMap::new(), file: Some(path.display().to_string()) })
        }
        Next::Plan(Plan::Restore { client, carrier, file }) => {
            let file = Travelling(file);
            let sink = one.to.as_ref().ok_or_else(gone)?;
            let import = one.import.as_ref().ok_or_else(gone)?;
            let counts = carrier.import(&with(&client, &sink.server_id), import, one.scope, &file.0).await?;
            Ok(Came { counts, file: None })
        }
    }
}

/// Puts a whole archive where the person finds it; a copy, for the folders may be on two disks.
async fn put(from: PathBuf, folder: PathBuf, name: String) -> Result<PathBuf, Error> {
    let putting = tokio::task::spawn_blocking(move || {
        let (mut into, path) = downloads::create(&folder, &name)?;
        let copied = std::fs::File::open(&from)
            .and_then(|mut from| std::io::copy(&mut from, &mut into))
            .and_then(|_| into.sync_all());
        if let Err(error) = copied {
            let _ = std::fs::remove_file(&path);
            return Err(downloads::failed(&error, &path));
        }
        Ok(path)
    });
    putting.await.map_err(|_| Error::new(ErrorCode::Internal, "Writing the file failed inside Rearview."))?
}

/// A file on its way, removed when it is not needed any more.
struct Travelling(PathBuf);

impl Travelling {
    async fn new(dir: &Path, id: &str) -> Result<Self, Error> {
        let path = dir.join(format!("{id}.zip"));
        tokio::fs::create_dir_all(dir).await.map_err(|error| downloads::failed(&error, dir))?;
        tokio::fs::File::create(&path).await.map_err(|error| downloads::failed(&error, &path))?;
        Ok(Self(path))
    }
}

impl Drop for Travelling {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.0);
    }
}

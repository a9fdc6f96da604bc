//! The steps of a move. Each can be cancelled at any moment, and none holds an archive in memory.

use super::archive::read_archive;
use super::state::{MoveStage, PlacedOperation};
use async_trait::async_trait;
use rearview_domain::{BankId, Error, ErrorCode, ServerId};
use rearview_hindsight::{
    ArchiveImport, BankScope, Client, HindsightError, MadeArchive, Operation, OperationStatus, Sending,
};
use serde_json::Value;
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};
use tokio::io::AsyncWriteExt as _;
use tokio_util::sync::CancellationToken;

/// How long a server may be silent while one of its operations is followed.
const PATIENCE: Duration = Duration::from_secs(60);
/// Between two looks at an operation: the first, and the longest.
const LOOKS: (Duration, Duration) = (Duration::from_millis(120), Duration::from_secs(2));
/// How long a cancelled operation may take to come to rest.
const REST: Duration = Duration::from_secs(5);
/// Between two words about bytes.
const BEAT: Duration = Duration::from_millis(100);

/// What a step says.
#[derive(Clone, Debug, PartialEq)]
pub enum Step {
    /// Another stage begins.
    Stage(MoveStage),
    /// A server began an operation. Kept before anything else happens: with it a move can be taken up again.
    Operation(PlacedOperation),
    /// How far the stage is.
    Progress {
        /// So much.
        done: u64,
        /// Of so much.
        total: Option<u64>,
        /// What the server says it is doing.
        server_stage: Option<String>,
    },
}

/// Who hears what steps say.
#[async_trait]
pub trait Told: Send + Sync {
    /// Hears it.
    async fn told(&self, step: Step);
}

/// What every step needs.
pub struct Carried<'a> {
    /// The server.
    pub client: &'a Client,
    /// Its id here.
    pub server_id: &'a ServerId,
    /// Who hears.
    pub told: &'a dyn Told,
    /// Stops the step.
    pub cancel: &'a CancellationToken,
}

fn cancelled() -> Error {
    Error::new(ErrorCode::Cancelled, "You stopped it.")
}

fn ours(error: HindsightError) -> Error {
    error.to_error()
}

impl Carried<'_> {
    async fn or_cancel<T>(&self, work: impl Future<Output = Result<T, Error>>) -> Result<T, Error> {
        tokio::select! {
            biased;
            () = self.cancel.cancelled() => Err(cancelled()),
            done = work => done,
        }
    }

    async fn begun(&self, bank: &BankId, operation_id: String) -> PlacedOperation {
        let operation =
            PlacedOperation { server_id: self.server_id.clone(), bank_id: bank.clone(), operation_id };
        self.told.told(Step::Operation(operation.clone())).await;
        operation
    }
}

/// Copies a bank on its server. Answers what the server counted.
///
/// # Errors
/// The server's own; `Cancelled`.
pub async fn copy(
    with: &Carried<'_>,
    bank: &BankId,
    target: &BankId,
    scope: BankScope,
) -> Result<BTreeMap<String, u64>, Error> {
    with.told.told(Step::Stage(MoveStage::Copying)).await;
    let begun = async { with.client.clone_bank(bank, target, scope).await.map_err(ours) };
    let id = with.or_cancel(begun).await?;
    let operation = with.begun(bank, id).await;
    watch(with, &operation).await.map(|result| counts(&result))
}

/// Packs a bank on its server and fetches the archive into a file that is there and empty. Answers its size.
///
/// # Errors
/// The server's own; the disk's; `Cancelled`; `StreamInterrupted` when less came than was packed.
pub async fn pack(with: &Carried<'_>, bank: &BankId, scope: BankScope, into: &Path) -> Result<u64, Error> {
    with.told.told(Step::Stage(MoveStage::Packing)).await;
    let begun = async { with.client.export_bank(bank, scope).await.map_err(ours) };
    let id = with.or_cancel(begun).await?;
    let operation = with.begun(bank, id).await;
    let result = watch(with, &operation).await?;
    let server = with.client.server_name();
    let made = MadeArchive::of(&result).ok_or_else(|| {
        let message = format!("`{server}` packed the bank `{bank}` and does not say where the archive is.");
        Error::new(ErrorCode::ServerIncompatible, message)
    })?;
    with.told.told(Step::Stage(MoveStage::Fetching)).await;
    let bytes = with.or_cancel(fetch(with, &made, into)).await?;
    if made.bytes.is_some_and(|expected| expected != bytes) {
        let message =
            format!("Of the archive of `{bank}` {bytes} of {} bytes came.", made.bytes.unwrap_or(0));
        return Err(Error::new(ErrorCode::StreamInterrupted, message).hint("Try again."));
    }
    let (path, name) = (into.to_owned(), format!("the archive of {bank}"));
    let read = tokio::task::spawn_blocking(move || read_archive(&path, &name)).await;
    read.map_err(|_| Error::new(ErrorCode::Internal, "Reading the archive failed inside Rearview."))??;
    Ok(bytes)
}

async fn fetch(with: &Carried<'_>, made: &MadeArchive, into: &Path) -> Result<u64, Error> {
    let disk = |error: std::io::Error| {
        let code = match error.kind() {
            std::io::ErrorKind::StorageFull | std::io::ErrorKind::QuotaExceeded => ErrorCode::DiskFull,
            _ => ErrorCode::Internal,
        };
        Error::new(code, format!("`{}` could not be written: {error}.", into.display()))
    };
    let mut download = with.client.fetch_archive(made).await.map_err(ours)?;
    let mut file = tokio::fs::OpenOptions::new().write(true).truncate(true).open(into).await.map_err(disk)?;
    let (mut done, mut said) = (0, Instant::now());
    while let Some(bytes) = download.next().await.map_err(ours)? {
        file.write_all(&bytes).await.map_err(disk)?;
        done += bytes.len() as u64;
        if said.elapsed() >= BEAT {
            said = Instant::now();
            with.told.told(Step::Progress { done, total: made.bytes, server_stage: None }).await;
        }
    }
    file.flush().await.map_err(disk)?;
    file.sync_all().await.map_err(disk)?;
    with.told.told(Step::Progress { done, total: made.bytes, server_stage: None }).await;
    Ok(done)
}

/// Sends an archive and has it imported. Answers what the server counted.
///
/// # Errors
/// The server's own; `Cancelled`.
pub async fn import(
    with: &Carried<'_>,
    carrier: &BankId,
    how: &ArchiveImport,
    scope: BankScope,
    file: &Path,
) -> Result<BTreeMap<String, u64>, Error> {
    with.told.told(Step::Stage(MoveStage::Sending)).await;
    let size = tokio::fs::metadata(file).await.map(|metadata| metadata.len()).map_err(|error| {
        Error::new(ErrorCode::NotFound, format!("The archive is not there any more: {error}."))
    })?;
    let sent = Arc::new(AtomicU64::new(0));
    let sending = Sending { path: file.to_owned(), size, sent: sent.clone() };
    let begun = async { with.client.import_archive(carrier, how, scope, sending).await.map_err(ours) };
    let telling = async {
        loop {
            tokio::time::sleep(BEAT).await;
            let done = sent.load(Ordering::Relaxed).min(size);
            with.told.told(Step::Progress { done, total: Some(size), server_stage: None }).await;
        }
    };
    let id = with
        .or_cancel(async {
            tokio::select! {
                id = begun => id,
                never = telling => never,
            }
        })
        .await?;
    with.told.told(Step::Stage(MoveStage::Importing)).await;
    let operation = with.begun(carrier, id).await;
    watch(with, &operation).await.map(|result| counts(&result))
}

/// Follows an operation to its end; cancelling cancels it on the server as well. Answers what came of it.
///
/// # Errors
/// `Cancelled`; the operation's own words when it failed; the server's error when it is silent for a minute.
pub async fn watch(with: &Carried<'_>, operation: &PlacedOperation) -> Result<Value, Error> {
    let (mut wait, longest) = LOOKS;
    let mut heard = Instant::now();
    loop {
        let asked = with.client.operation(&operation.bank_id, &operation.operation_id);
        let asked = tokio::select! {
            biased;
            () = with.cancel.cancelled() => return Err(stop(with, operation).await),
            asked = asked => asked,
        };
        match asked.map_err(ours) {
            Ok(found) if found.status.is_final() => return ended(with, found),
            Ok(found) => {
                heard = Instant::now();
                let progress = found.progress.unwrap_or_default();
                with.told
                    .told(Step::Progress {
                        done: progress.processed.unwrap_or(0),
                        total: progress.total,
                        server_stage: progress.stage,
                    })
                    .await;
            }
            Err(error) if error.retryable && heard.elapsed() < PATIENCE => {}
            Err(error) => return Err(error),
        }
        tokio::select! {
            biased;
            () = with.cancel.cancelled() => return Err(stop(with, operation).await),
            () = tokio::time::sleep(wait) => {}
        }
        wait = longest.min(wait.mul_f64(1.4));
    }
}

fn ended(with: &Carried<'_>, operation: Operation) -> Result<Value, Error> {
    let server = with.client.server_name();
    match operation.status {
        OperationStatus::Completed => Ok(operation.result_metadata.unwrap_or_default()),
        OperationStatus::Cancelled => {
            Err(Error::new(ErrorCode::Cancelled, format!("The operation was cancelled on `{server}`.")))
        }
        OperationStatus::NotFound => {
            Err(Error::new(ErrorCode::NotFound, format!("`{server}` does not know the operation any more.")))
        }
        _ => {
            let why = operation.error_message.unwrap_or_else(|| "it does not say why".to_owned());
            let why = why.trim_end_matches('.');
            Err(Error::new(ErrorCode::Internal, format!("`{server}` could not do it: {why}.")))
        }
    }
}

/// Cancels the operation and waits a moment until it rests, so that a look at what is there is a true one.
async fn stop(with: &Carried<'_>, operation: &PlacedOperation) -> Error {
    let (bank, id) = (&operation.bank_id, &operation.operation_id);
    let rest = async {
        if let Err(error) = with.client.cancel_operation(bank, id).await {
            tracing::debug!(%error, "an operation could not be cancelled; it may be done");
        }
        while with.client.operation(bank, id).await.is_ok_and(|found| !found.status.is_final()) {
            tokio::time::sleep(LOOKS.0).await;
        }
    };
    let _ = tokio::time::timeout(REST, rest).await;
    cancelled()
}

/// The numbers that came of an operation, by the server's own names.
pub fn counts(result: &Value) -> BTreeMap<String, u64> {
    let Value::Object(entries) = result else { return BTreeMap::new() };
    entries.iter().filter_map(|(name, value)| Some((name.clone(), value.as_u64()?))).collect()
}

/// Whether a bank is there, and with how many facts; `None` inside when there is none.
///
/// # Errors
/// The server's own.
pub async fn look(client: &Client, bank: &BankId) -> Result<Option<Option<u64>>, Error> {
    let page = client.banks(Some(bank.as_str()), 200, 0).await.map_err(ours)?;
    let named = |found: &&rearview_hindsight::Bank| {
        &found.id == bank || found.matched_aliases.iter().any(|alias| alias == bank.as_str())
    };
    Ok(page.banks.iter().find(named).map(|found| found.fact_count))
}

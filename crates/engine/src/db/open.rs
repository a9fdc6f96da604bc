//! Opening the folder: the lock, the backup before a migration, the connections, the look at an unclean stop.

use super::migrate;
use super::repair::{self, Repairs};
use crate::error::{EngineError, Result, during};
use sqlx::sqlite::{
    SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteSynchronous,
};
use sqlx::{ConnectOptions as _, Connection as _, Sqlite, Transaction};
use std::fs::{File, OpenOptions, TryLockError};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// The database's file name.
pub(crate) const FILE: &str = "memory.db";
const LOCK_FILE: &str = "memory.lock";
/// How long a connection waits for a lock that another holds.
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);
/// Reading connections.
const READERS: u32 = 3;

/// The database, open. Fields drop in order: the connections go before the lock.
#[derive(Debug)]
pub(crate) struct Db {
    writer: SqlitePool,
    readers: SqlitePool,
    path: PathBuf,
    repairs: Repairs,
    _lock: File,
}

impl Db {
    /// Opens the folder, making it when it is missing, and brings the database to the present schema.
    ///
    /// # Errors
    /// `InUse`, `TooNew` (both before anything is changed), `DiskFull`, `Damaged`, `Folder`, `Migration`.
    pub(crate) async fn open(dir: &Path) -> Result<Self> {
        make_folder(dir)?;
        let lock = lock(dir)?;
        let path = dir.join(FILE);
        let repairs = Repairs::begin(dir, &path);
        migrate::prepare(dir, &path).await?;
        let options = quiet(SqliteConnectOptions::new().filename(&path))
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full);
        // A full disk makes SQLite end the transaction by itself. The driver does not notice and would count
        // one open transaction for ever: such a connection is replaced before it is used again.
        let writer = pool(1)
            .before_acquire(|connection, _| {
                let clean = !connection.is_in_transaction();
                Box::pin(async move { Ok(clean) })
            })
            .connect_with(options.clone())
            .await
            .map_err(during("open the memory database"))?;
        migrate::apply(&writer, &path).await?;
        if repairs.unchecked() {
            repair::check_tables(&writer).await?;
        }
        // `query_only` instead of a read-only file: a reader of a WAL file may have to make its index.
        let readers = pool(READERS)
            .connect_with(options.pragma("query_only", "ON"))
            .await
            .map_err(during("open the memory database"))?;
        Ok(Self { writer, readers, path, repairs, _lock: lock })
    }

    /// Connections for reading.
    pub(crate) fn read(&self) -> &SqlitePool {
        &self.readers
    }

    /// Begins a transaction that may write, taking the write lock at once. Rooms use `Engine::write`, which
    /// keeps indexes and resident rows in step.
    pub(super) async fn begin(&self) -> Result<Transaction<'static, Sqlite>> {
        self.writer.begin_with("BEGIN IMMEDIATE").await.map_err(during("begin to write"))
    }

    /// What has to be repaired.
    pub(crate) fn repairs(&self) -> &Repairs {
        &self.repairs
    }

    /// Where the file is.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Closes all connections; the last one folds the WAL into the file.
    pub(crate) async fn close(&self) {
        self.readers.close().await;
        self.writer.close().await;
        self.repairs.end();
    }
}

/// Options every connection shares. Statements are never logged: they may hold memory text.
pub(super) fn quiet(options: SqliteConnectOptions) -> SqliteConnectOptions {
    options.foreign_keys(true).busy_timeout(BUSY_TIMEOUT).disable_statement_logging()
}

fn pool(connections: u32) -> SqlitePoolOptions {
    SqlitePoolOptions::new()
        .max_connections(connections)
        .max_lifetime(None)
        .idle_timeout(None)
        .test_before_acquire(false)
}

/// Makes the folder, on Unix for the person's eyes only.
fn make_folder(dir: &Path) -> Result<()> {
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    let refused = |source| EngineError::Folder { action: "make the folder", path: dir.to_owned(), source };
    builder.create(dir).map_err(refused)
}

fn lock(dir: &Path) -> Result<File> {
    let path = dir.join(LOCK_FILE);
    let refused = |source| EngineError::Folder { action: "lock", path: path.clone(), source };
    let file = OpenOptions::new().create(true).truncate(false).write(true).open(&path).map_err(refused)?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(EngineError::InUse { dir: dir.to_owned() }),
        Err(TryLockError::Error(source)) => Err(refused(source)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_folder_that_is_open_is_refused_and_free_again_after_closing() {
        let dir = tempfile::tempdir().unwrap();
        let first = Db::open(dir.path()).await.unwrap();
        assert!(matches!(Db::open(dir.path()).await, Err(EngineError::InUse { .. })));
        first.close().await;
        drop(first);
        Db::open(dir.path()).await.unwrap();
    }
}

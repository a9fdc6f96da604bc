//! One SQLite file: a single writing connection and a few reading ones.
//!
//! WAL with synchronous NORMAL: a commit survives a killed process, and readers never wait for the
//! writer. Which tables there are is the migrations' business. Called by `open` and every table module.

use crate::error::{Result, during};
use sqlx::sqlite::{
    SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteSynchronous,
};
use sqlx::{ConnectOptions as _, Connection as _, Sqlite, Transaction};
use std::path::Path;
use std::str::FromStr as _;
use std::time::Duration;

/// A transaction on the writing connection. Dropping it rolls back.
pub(crate) type Tx = Transaction<'static, Sqlite>;

/// How long a connection waits for a lock that another holds.
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);
/// Reading connections of a file.
const READERS: u32 = 4;

/// A database, open.
#[derive(Debug)]
pub(crate) struct Db {
    pub(crate) writer: SqlitePool,
    pub(crate) readers: SqlitePool,
}

impl Db {
    /// Opens a file, making it when it is missing.
    pub(crate) async fn open(path: &Path) -> Result<Self> {
        let options = quiet(SqliteConnectOptions::new().filename(path))
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Normal);
        // A full disk makes SQLite end the transaction by itself. The driver does not notice and would count
        // one open transaction for ever: such a connection is replaced before it is used again.
        let writer = pool(1)
            .before_acquire(|connection, _| {
                let clean = !connection.is_in_transaction();
                Box::pin(async move { Ok(clean) })
            })
            .connect_with(options.clone())
            .await
            .map_err(during("open the database"))?;
        // `query_only` instead of a read-only file: a reader of a WAL file may have to make its index.
        let readers = pool(READERS)
            .connect_with(options.pragma("query_only", "ON"))
            .await
            .map_err(during("open the database"))?;
        Ok(Self { writer, readers })
    }

    /// A database that lives as long as its one connection.
    pub(crate) async fn in_memory() -> Result<Self> {
        let action = "open a database in memory";
        let options = quiet(SqliteConnectOptions::from_str("sqlite::memory:").map_err(during(action))?);
        let writer = pool(1).min_connections(1).connect_with(options).await.map_err(during(action))?;
        Ok(Self { readers: writer.clone(), writer })
    }

    /// Begins a transaction that may write, taking the write lock at once.
    pub(crate) async fn begin(&self, action: &'static str) -> Result<Tx> {
        self.writer.begin_with("BEGIN IMMEDIATE").await.map_err(during(action))
    }

    /// Closes all connections; the last one folds the WAL into the file.
    pub(crate) async fn close(&self) {
        self.readers.close().await;
        self.writer.close().await;
    }
}

/// Commits.
pub(crate) async fn commit(tx: Tx, action: &'static str) -> Result<()> {
    tx.commit().await.map_err(during(action))
}

/// Options every connection shares. Statements are static text, so a slow one may be logged.
pub(crate) fn quiet(options: SqliteConnectOptions) -> SqliteConnectOptions {
    options.foreign_keys(true).busy_timeout(BUSY_TIMEOUT).disable_statement_logging()
}

fn pool(connections: u32) -> SqlitePoolOptions {
    SqlitePoolOptions::new()
        .max_connections(connections)
        .max_lifetime(None)
        .idle_timeout(None)
        .test_before_acquire(false)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_transaction_that_sqlite_ended_by_itself_does_not_stop_the_next_one() {
        let dir = tempfile::tempdir().unwrap();
        let db = Db::open(&dir.path().join("x.db")).await.unwrap();
        let mut tx = db.begin("begin").await.unwrap();
        // As a full disk does it, behind the driver's back.
        sqlx::query("ROLLBACK").execute(&mut *tx).await.unwrap();
        drop(tx);
        let mut tx = db.begin("begin again").await.unwrap();
        sqlx::query("CREATE TABLE t (x)").execute(&mut *tx).await.unwrap();
        commit(tx, "commit").await.unwrap();
        let tables: i64 =
            sqlx::query_scalar("SELECT count(*) FROM sqlite_schema").fetch_one(&db.readers).await.unwrap();
        assert_eq!(tables, 1);
    }
}

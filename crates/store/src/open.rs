//! Opening the data folder: the lock, the two databases, what an earlier crash left to sweep.
//!
//! `Store` is the handle that every table module extends. Called by `rearview-api` at start and for
//! each temporary chat.

use crate::db::Db;
use crate::error::{Result, StoreError};
use crate::migrate;
use std::fs::{File, OpenOptions, TryLockError};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// File name of the database of chats, turns and settings.
pub(crate) const APP_FILE: &str = "rearview.db";
/// File name of the database of records.
pub(crate) const RECORDS_FILE: &str = "records.db";
const LOCK_FILE: &str = "rearview.lock";

/// The app's own data. Clones share it; the data folder is free again when the last one is dropped.
#[derive(Clone, Debug)]
pub struct Store {
    pub(crate) inner: Arc<Inner>,
}

#[derive(Debug)]
pub(crate) struct Inner {
    // Fields drop in order: the connections go before the lock.
    pub(crate) app: Db,
    pub(crate) records: Db,
    pub(crate) dir: Option<PathBuf>,
    _lock: Option<File>,
}

impl Store {
    /// Opens the data folder, making it when it is missing, and brings both databases to the present
    /// schema. A database that has to change is copied to `backups/` first.
    ///
    /// # Errors
    /// `DataInUse` when the folder is open already, `DatabaseTooNew` when a newer build wrote it (both
    /// before anything is changed), `DiskFull`, `Damaged`, `Folder`, `Migration`.
    pub async fn open(dir: impl AsRef<Path>) -> Result<Self> {
        let dir = dir.as_ref().to_owned();
        make_folder(&dir)?;
        let lock = lock(&dir)?;
        let app_path = dir.join(APP_FILE);
        let records_path = dir.join(RECORDS_FILE);
        let app_pending = migrate::pending(&app_path, APP_FILE, &migrate::APP).await?;
        let records_pending = migrate::pending(&records_path, RECORDS_FILE, &migrate::RECORDS).await?;
        migrate::back_up(&dir, &app_path, app_pending).await?;
        migrate::back_up(&dir, &records_path, records_pending).await?;
        let app = Db::open(&app_path).await?;
        let records = Db::open(&records_path).await?;
        migrate::apply(&app, APP_FILE, &migrate::APP).await?;
        migrate::apply(&records, RECORDS_FILE, &migrate::RECORDS).await?;
        let store = Self { inner: Arc::new(Inner { app, records, dir: Some(dir), _lock: Some(lock) }) };
        store.sweep().await?;
        Ok(store)
    }

    /// A store with the same schema that is gone when its last clone is dropped; for temporary chats.
    ///
    /// # Errors
    /// `Database` or `Migration`, when SQLite itself fails.
    pub async fn in_memory() -> Result<Self> {
        let app = Db::in_memory().await?;
        let records = Db::in_memory().await?;
        migrate::apply(&app, APP_FILE, &migrate::APP).await?;
        migrate::apply(&records, RECORDS_FILE, &migrate::RECORDS).await?;
        Ok(Self { inner: Arc::new(Inner { app, records, dir: None, _lock: None }) })
    }

    /// Closes both databases, which folds their WAL files. Other clones fail from now on; the folder's
    /// lock is released when the last of them is dropped.
    pub async fn close(&self) {
        self.inner.app.close().await;
        self.inner.records.close().await;
    }

    /// Finishes what a crash left: records of deleted chats, bodies that no record names, images that
    /// were attached and never sent.
    async fn sweep(&self) -> Result<()> {
        self.sweep_gone_chats().await?;
        self.sweep_loose_bodies().await?;
        self.sweep_loose_blobs().await
    }

    pub(crate) fn app(&self) -> &Db {
        &self.inner.app
    }

    pub(crate) fn records(&self) -> &Db {
        &self.inner.records
    }
}

/// Makes the folder, on Unix for the person's eyes only.
fn make_folder(dir: &Path) -> Result<()> {
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(dir).map_err(|source| StoreError::Folder {
        action: "make the data folder",
        path: dir.to_owned(),
        source,
    })
}

fn lock(dir: &Path) -> Result<File> {
    let path = dir.join(LOCK_FILE);
    let refused = |source| StoreError::Folder { action: "lock", path: path.clone(), source };
    let file = OpenOptions::new().create(true).truncate(false).write(true).open(&path).map_err(refused)?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(StoreError::DataInUse { dir: dir.to_owned() }),
        Err(TryLockError::Error(source)) => Err(refused(source)),
    }
}

#[cfg(test)]
mod tests;

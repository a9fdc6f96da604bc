//! How much room the data folder takes.

use crate::error::{Result, StoreError};
use crate::open::{APP_FILE, RECORDS_FILE, Store};
use std::path::Path;

/// Sizes of files in bytes; each database with its WAL.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct DiskUse {
    /// Chats, turns, settings, images.
    pub app: u64,
    /// Records and bodies.
    pub records: u64,
    /// Copies made before migrations.
    pub backups: u64,
}

impl Store {
    /// What the files take now; all zero for a store in memory.
    ///
    /// # Errors
    /// `Folder`, when the data folder cannot be read.
    pub fn disk_use(&self) -> Result<DiskUse> {
        let Some(dir) = &self.inner.dir else { return Ok(DiskUse::default()) };
        let backups = dir.join("backups");
        Ok(DiskUse {
            app: files(dir, APP_FILE)?,
            records: files(dir, RECORDS_FILE)?,
            backups: if backups.is_dir() { files(&backups, "")? } else { 0 },
        })
    }
}

/// The size of all files of a folder whose names start with `prefix`.
fn files(dir: &Path, prefix: &str) -> Result<u64> {
    let refused = |source| StoreError::Folder { action: "read", path: dir.to_owned(), source };
    let mut sum = 0;
    for entry in std::fs::read_dir(dir).map_err(refused)? {
        let entry = entry.map_err(refused)?;
        if !entry.file_name().to_string_lossy().starts_with(prefix) {
            continue;
        }
        // A WAL file may vanish between the two looks.
        sum += entry.metadata().map_or(0, |meta| meta.len());
    }
    Ok(sum)
}

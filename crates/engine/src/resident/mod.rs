//! What recall scans: each open bank's vectors and the columns that filters need, in memory.
//!
//! A bank is loaded on first use and kept in step by `db::write` after each commit. Which memories answer
//! a question is decided in `recall`; here they are only held.

mod bank;
mod bits;
mod matrix;
mod row;

pub(crate) use bank::Resident;
pub(crate) use bits::Bits;
pub(crate) use matrix::Matrix;
pub(crate) use row::{Held, Row};

use crate::db::Db;
use crate::error::Result;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use tokio::sync::MutexGuard;

/// The banks in memory.
#[derive(Debug, Default)]
pub(crate) struct Residents {
    banks: Mutex<HashMap<i64, Arc<RwLock<Resident>>>>,
    /// Held while a commit is published and while a bank is read from the file, so that none is missed.
    publishing: tokio::sync::Mutex<()>,
}

impl Residents {
    /// A bank, loaded when it is not yet.
    pub(crate) async fn bank(&self, db: &Db, bank: i64) -> Result<Arc<RwLock<Resident>>> {
        if let Some(found) = self.loaded(bank) {
            return Ok(found);
        }
        let _publishing = self.publishing.lock().await;
        if let Some(found) = self.loaded(bank) {
            return Ok(found);
        }
        let loaded = Arc::new(RwLock::new(Resident::load(db, bank).await?));
        self.banks.lock().unwrap_or_else(PoisonError::into_inner).insert(bank, loaded.clone());
        Ok(loaded)
    }

    fn loaded(&self, bank: i64) -> Option<Arc<RwLock<Resident>>> {
        self.banks.lock().unwrap_or_else(PoisonError::into_inner).get(&bank).cloned()
    }

    /// Waits until no bank is being loaded; while the guard lives none will be.
    pub(crate) async fn publishing(&self) -> MutexGuard<'_, ()> {
        self.publishing.lock().await
    }

    /// Replaces the touched memories by these rows; a touched one without a row is gone.
    pub(crate) fn publish(&self, bank: i64, touched: &[i64], rows: Vec<Row>) {
        if let Some(resident) = self.loaded(bank) {
            resident.write().unwrap_or_else(PoisonError::into_inner).replace(touched, rows);
        }
    }

    /// Drops a bank from memory; it is read again when it is asked for.
    pub(crate) fn forget(&self, bank: i64) {
        self.banks.lock().unwrap_or_else(PoisonError::into_inner).remove(&bank);
    }
}

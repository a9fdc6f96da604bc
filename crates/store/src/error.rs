//! What can go wrong with the app's own data, and how it reads for people.
//!
//! SQLite's codes become the few cases somebody acts on: a full disk, damage, everything else.
//! Every module maps its errors with `during("...")`, naming the action that was attempted.

use rearview_domain::{Error, ErrorCode};
use std::path::PathBuf;

/// The result of every method of the store.
pub type Result<T> = std::result::Result<T, StoreError>;

/// What went wrong.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// Another process, or another store of this one, holds the data folder.
    #[error("The data folder `{}` is in use by another Rearview.", dir.display())]
    DataInUse {
        /// The folder.
        dir: PathBuf,
    },
    /// A database has migrations that this build does not know. Nothing was changed.
    #[error("`{file}` was written by a newer Rearview (schema {version}).")]
    DatabaseTooNew {
        /// The database's file name.
        file: &'static str,
        /// The first migration that is not known.
        version: i64,
    },
    /// No room. What was committed before is safe.
    #[error("Could not {action}: the disk is full.")]
    DiskFull {
        /// What was attempted.
        action: &'static str,
    },
    /// A file is no database or its pages are damaged.
    #[error("Could not {action}: the database is damaged.")]
    Damaged {
        /// What was attempted.
        action: &'static str,
        /// SQLite's own words.
        source: sqlx::Error,
    },
    /// A stored request body does not match its hash any more.
    #[error("The stored request `{hash}` is damaged: its bytes do not match its hash.")]
    BodyDamaged {
        /// SHA-256 of the body as it was sent, in hex.
        hash: String,
    },
    /// The thing named does not exist (any more).
    #[error("There is no {what} `{id}`.")]
    NotFound {
        /// Its kind.
        what: &'static str,
        /// Its id.
        id: String,
    },
    /// What was handed in contradicts itself; a defect of the caller. Nothing was written.
    #[error("Could not {action}: {why}.")]
    Mismatched {
        /// What was attempted.
        action: &'static str,
        /// The contradiction.
        why: &'static str,
    },
    /// A stored value cannot be read as what it should be.
    #[error("The stored {what} cannot be read.")]
    Unreadable {
        /// Its kind.
        what: &'static str,
        /// Why.
        source: serde_json::Error,
    },
    /// The data folder could not be made, read or written.
    #[error("Could not {action} `{}`.", path.display())]
    Folder {
        /// What was attempted.
        action: &'static str,
        /// Where.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// A migration failed; it was rolled back.
    #[error("Could not bring `{file}` to the present schema.")]
    Migration {
        /// The database's file name.
        file: &'static str,
        /// Why.
        source: sqlx::migrate::MigrateError,
    },
    /// Anything else that SQLite says.
    #[error("Could not {action}.")]
    Database {
        /// What was attempted.
        action: &'static str,
        /// SQLite's own words.
        source: sqlx::Error,
    },
}

impl StoreError {
    /// The shape that reaches a person. SQLite's words go along as the source; they name tables and
    /// columns and never hold values.
    pub fn to_error(&self) -> Error {
        let message = self.to_string();
        match self {
            Self::DataInUse { .. } => Error::new(ErrorCode::DataInUse, message)
                .hint("Close the other window, or choose another data folder."),
            Self::DatabaseTooNew { .. } => {
                Error::new(ErrorCode::DatabaseTooNew, message).hint("Update Rearview. Nothing was changed.")
            }
            Self::DiskFull { .. } => Error::new(ErrorCode::DiskFull, message)
                .hint("Free some space and try again. What was saved before is safe."),
            Self::Damaged { source, .. } => with_source(Error::new(ErrorCode::Internal, message), source)
                .hint("Restore a copy from the `backups` folder beside the database."),
            Self::BodyDamaged { .. } => Error::new(ErrorCode::Internal, message),
            Self::NotFound { .. } => Error::new(ErrorCode::NotFound, message),
            Self::Mismatched { .. } => Error::new(ErrorCode::Internal, message),
            Self::Unreadable { source, .. } => with_source(Error::new(ErrorCode::Internal, message), source),
            Self::Folder { source, .. } => with_source(Error::new(ErrorCode::Internal, message), source)
                .hint("Check that the folder can be written."),
            Self::Migration { source, .. } => with_source(Error::new(ErrorCode::Internal, message), source)
                .hint("A copy from before is in the `backups` folder."),
            Self::Database { source, .. } => with_source(Error::new(ErrorCode::Internal, message), source),
        }
    }
}

fn with_source(error: Error, source: &dyn std::error::Error) -> Error {
    error.source(rearview_domain::error::ErrorSource {
        name: "data folder".into(),
        message: Some(source.to_string().chars().take(2_000).collect()),
        ..Default::default()
    })
}

/// Turns SQLite's error into ours, naming what was attempted.
pub(crate) fn during(action: &'static str) -> impl Fn(sqlx::Error) -> StoreError {
    move |source| match sqlite_code(&source) {
        Some(code) if is_full(code) => StoreError::DiskFull { action },
        // SQLITE_CORRUPT and SQLITE_NOTADB
        Some(code) if matches!(code & 0xff, 11 | 26) => StoreError::Damaged { action, source },
        _ => StoreError::Database { action, source },
    }
}

/// A full disk or damage met while migrating, told as such; else a failed migration.
pub(crate) fn migrating(file: &'static str) -> impl Fn(sqlx::migrate::MigrateError) -> StoreError {
    use sqlx::migrate::MigrateError::{Execute, ExecuteMigration};
    move |error| match error {
        Execute(source) | ExecuteMigration(source, _)
            if sqlite_code(&source).is_some_and(|code| is_full(code) || matches!(code & 0xff, 11 | 26)) =>
        {
            during("migrate the database")(source)
        }
        source => StoreError::Migration { file, source },
    }
}

/// The extended result code.
pub(crate) fn sqlite_code(error: &sqlx::Error) -> Option<i32> {
    error.as_database_error()?.code()?.parse().ok()
}

/// SQLITE_FULL, or SQLITE_IOERR_SHMSIZE: the WAL's index could not grow.
fn is_full(code: i32) -> bool {
    code & 0xff == 13 || code == 4874
}

//! The schema: which migrations there are, which are pending, the copy made before they run.
//!
//! Migrations are additive, named by time, and stand under `migrations/{app,records}`. A database that
//! knows a migration which this build does not is refused before a byte of it changes. Called by `open`.

use crate::db::{Db, quiet};
use crate::error::{Result, StoreError, during, migrating};
use crate::fault;
use rearview_domain::time::Time;
use sqlx::migrate::Migrator;
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions as _, Connection as _, SqliteConnection};
use std::path::{Path, PathBuf};

/// Migrations of `rearview.db`.
pub(crate) static APP: Migrator = sqlx::migrate!("./migrations/app");
/// Migrations of `records.db`.
pub(crate) static RECORDS: Migrator = sqlx::migrate!("./migrations/records");

/// Copies of each file that are kept.
const KEPT_BACKUPS: usize = 5;

/// What opening a file would do to it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Pending {
    /// There is nothing in it yet, or nothing to do: no copy is needed.
    Nothing,
    /// It is at this schema and migrations are pending.
    From(i64),
}

/// Looks at a file without changing it.
pub(crate) async fn pending(path: &Path, file: &'static str, migrator: &Migrator) -> Result<Pending> {
    let action = "read the schema of the database";
    // An empty file is a database that was made and never written.
    if std::fs::metadata(path).map_or(0, |meta| meta.len()) == 0 {
        return Ok(Pending::Nothing);
    }
    let mut connection = read_only(path).await.map_err(during(action))?;
    let applied = applied(&mut connection).await;
    connection.close().await.map_err(during(action))?;
    let applied = applied?;
    if let Some(version) = applied.iter().find(|version| !migrator.version_exists(**version)) {
        return Err(StoreError::DatabaseTooNew { file, version: *version });
    }
    match applied.last() {
        Some(newest) if applied.len() < migrator.iter().count() => Ok(Pending::From(*newest)),
        _ => Ok(Pending::Nothing),
    }
}

/// Versions that were applied, in order; none when the file has no list of them.
async fn applied(connection: &mut SqliteConnection) -> Result<Vec<i64>> {
    let action = "read the schema of the database";
    let listed: Option<i64> =
        sqlx::query_scalar("SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = '_sqlx_migrations'")
            .fetch_optional(&mut *connection)
            .await
            .map_err(during(action))?;
    if listed.is_none() {
        return Ok(Vec::new());
    }
    sqlx::query_scalar("SELECT version FROM _sqlx_migrations ORDER BY version")
        .fetch_all(connection)
        .await
        .map_err(during(action))
}

async fn read_only(path: &Path) -> sqlx::Result<SqliteConnection> {
    quiet(SqliteConnectOptions::new().filename(path)).read_only(true).connect().await
}

/// Copies a file that is about to change to `backups/<file>-<schema>-<time>.db` and drops the oldest
/// copies. Half a copy never carries the final name.
pub(crate) async fn back_up(dir: &Path, path: &Path, pending: Pending) -> Result<()> {
    let Pending::From(version) = pending else { return Ok(()) };
    let action = "back up the database before its migration";
    let folder = dir.join("backups");
    let refused = |source| StoreError::Folder { action: "write to", path: folder.clone(), source };
    std::fs::create_dir_all(&folder).map_err(refused)?;
    let stem = path.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
    let stamp: String = Time::now().0.chars().filter(|c| c.is_ascii_alphanumeric()).collect();
    let target = folder.join(format!("{stem}-{version}-{stamp}.db"));
    let half = target.with_extension("half");
    // A crash may have left one of the same name; VACUUM INTO refuses to overwrite.
    let _ = std::fs::remove_file(&half);
    fault::point("store.back_up.before");
    let mut connection = read_only(path).await.map_err(during(action))?;
    let copied = sqlx::query("VACUUM INTO ?1")
        .bind(half.to_string_lossy().into_owned())
        .execute(&mut connection)
        .await
        .map_err(during(action));
    connection.close().await.map_err(during(action))?;
    copied?;
    fault::point("store.back_up.after_copy");
    std::fs::rename(&half, &target).map_err(refused)?;
    prune(&folder, &stem, &target).map_err(refused)?;
    tracing::info!(file = %stem, version, "backed up before migration");
    Ok(())
}

/// Removes all but the newest copies of one file; the one just made always stays, whatever the clock says.
fn prune(folder: &Path, stem: &str, made: &Path) -> std::io::Result<()> {
    let mut copies: Vec<(String, PathBuf)> = std::fs::read_dir(folder)?
        .filter_map(|entry| {
            let path = entry.ok()?.path();
            let name = path.file_name()?.to_str()?;
            let rest = name.strip_prefix(stem)?.strip_prefix('-')?.strip_suffix(".db")?;
            let (_version, stamp) = rest.split_once('-')?;
            (path != made).then(|| (stamp.to_owned(), path.clone()))
        })
        .collect();
    copies.sort();
    let surplus = copies.len().saturating_sub(KEPT_BACKUPS - 1);
    for (_, path) in copies.drain(..surplus) {
        std::fs::remove_file(path)?;
    }
    Ok(())
}

/// Runs what is pending, each migration in its own transaction.
pub(crate) async fn apply(db: &Db, file: &'static str, migrator: &Migrator) -> Result<()> {
    fault::point("store.migrate.before");
    migrator.run(&db.writer).await.map_err(migrating(file))?;
    fault::point("store.migrate.after");
    Ok(())
}

#[cfg(test)]
mod tests;

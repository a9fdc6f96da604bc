//! The schema: which migrations are pending, the copy made before they run, the refusal of a newer file.

use super::open::quiet;
use crate::error::{EngineError, Result, during};
use crate::time::now_ms;
use rearview_domain::fault;
use sqlx::migrate::Migrator;
use sqlx::sqlite::{SqliteConnectOptions, SqlitePool};
use sqlx::{ConnectOptions as _, Connection as _, SqliteConnection};
use std::path::Path;

static MIGRATIONS: Migrator = sqlx::migrate!("./migrations");

/// Looks at the file before it is opened for writing: refuses a newer one, copies one that will change to
/// `backups/`.
pub(super) async fn prepare(dir: &Path, path: &Path) -> Result<()> {
    // An empty file is a database that was made and never written.
    if std::fs::metadata(path).map_or(0, |meta| meta.len()) == 0 {
        return Ok(());
    }
    let action = "read the schema of the memory database";
    let mut connection = quiet(SqliteConnectOptions::new().filename(path))
        .read_only(true)
        .connect()
        .await
        .map_err(during(action))?;
    let looked = look(&mut connection, dir, path).await;
    connection.close().await.map_err(during(action))?;
    looked
}

async fn look(connection: &mut SqliteConnection, dir: &Path, path: &Path) -> Result<()> {
    let action = "read the schema of the memory database";
    let listed: Option<i64> =
        sqlx::query_scalar("SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = '_sqlx_migrations'")
            .fetch_optional(&mut *connection)
            .await
            .map_err(during(action))?;
    if listed.is_none() {
        return Ok(());
    }
    let applied: Vec<i64> = sqlx::query_scalar("SELECT version FROM _sqlx_migrations ORDER BY version")
        .fetch_all(&mut *connection)
        .await
        .map_err(during(action))?;
    if let Some(version) = applied.iter().find(|version| !MIGRATIONS.version_exists(**version)) {
        return Err(EngineError::TooNew { path: path.to_owned(), version: *version });
    }
    if applied.is_empty() || applied.len() == MIGRATIONS.iter().count() {
        return Ok(());
    }
    back_up(connection, dir).await
}

/// Half a copy never carries the final name.
async fn back_up(connection: &mut SqliteConnection, dir: &Path) -> Result<()> {
    let folder = dir.join("backups");
    let refused = |source| EngineError::Folder { action: "write to", path: folder.clone(), source };
    std::fs::create_dir_all(&folder).map_err(refused)?;
    let target = folder.join(format!("memory-{}.db", now_ms()));
    let half = target.with_extension("half");
    // A crash may have left one of the same name; VACUUM INTO refuses to overwrite.
    let _ = std::fs::remove_file(&half);
    sqlx::query("VACUUM INTO ?1")
        .bind(half.to_string_lossy().into_owned())
        .execute(connection)
        .await
        .map_err(during("back up the memory database"))?;
    fault::point("engine.back_up.after_copy");
    std::fs::rename(&half, &target).map_err(refused)
}

/// Runs what is pending, each migration in its own transaction.
pub(super) async fn apply(writer: &SqlitePool, path: &Path) -> Result<()> {
    use sqlx::migrate::MigrateError::{Execute, ExecuteMigration};
    fault::point("engine.migrate.before");
    MIGRATIONS.run(writer).await.map_err(|error| match error {
        Execute(source) | ExecuteMigration(source, _) => during("migrate the memory database")(source),
        other => EngineError::Migration { path: path.to_owned(), source: Box::new(other) },
    })
}

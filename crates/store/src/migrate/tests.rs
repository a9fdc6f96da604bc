//! Migrations run on a copy-first basis.

use super::*;
use sqlx::SqlSafeStr as _;
use sqlx::migrate::{Migration, MigrationType};

/// The present migrations and one of tomorrow.
fn tomorrow() -> Migrator {
    let mut migrations: Vec<Migration> = APP.iter().cloned().collect();
    let sql = "ALTER TABLE chat ADD COLUMN colour TEXT".into_sql_str();
    migrations.push(Migration::new(99990101000000, "colour".into(), MigrationType::Simple, sql, false));
    Migrator::with_migrations(migrations)
}

async fn columns(path: &Path) -> Vec<String> {
    let mut connection = read_only(path).await.unwrap();
    sqlx::query_scalar("SELECT name FROM pragma_table_info('chat')").fetch_all(&mut connection).await.unwrap()
}

fn backups(dir: &Path) -> Vec<PathBuf> {
    let mut paths: Vec<PathBuf> =
        std::fs::read_dir(dir.join("backups")).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    paths
}

#[tokio::test]
async fn a_copy_is_made_before_a_migration_and_holds_what_was_there() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("rearview.db");
    let db = Db::open(&path).await.unwrap();
    apply(&db, "rearview.db", &APP).await.unwrap();
    sqlx::query("INSERT INTO setting (key, value) VALUES ('theme', '1')").execute(&db.writer).await.unwrap();
    let newest = APP.iter().last().unwrap().version;
    let pending = pending(&path, "rearview.db", &tomorrow()).await.unwrap();
    assert_eq!(pending, Pending::From(newest));
    back_up(dir.path(), &path, pending).await.unwrap();
    apply(&db, "rearview.db", &tomorrow()).await.unwrap();
    let copies = backups(dir.path());
    assert_eq!(copies.len(), 1);
    let name = copies[0].file_name().unwrap().to_string_lossy().into_owned();
    assert!(name.starts_with(&format!("rearview-{newest}-")) && name.ends_with(".db"), "{name}");
    assert!(!columns(&copies[0]).await.contains(&"colour".to_owned()));
    assert!(columns(&path).await.contains(&"colour".to_owned()));
    let mut copy = read_only(&copies[0]).await.unwrap();
    let value: String = sqlx::query_scalar("SELECT value FROM setting WHERE key = 'theme'")
        .fetch_one(&mut copy)
        .await
        .unwrap();
    assert_eq!(value, "1");
}

#[tokio::test]
async fn a_new_folder_and_a_present_schema_need_no_copy() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("rearview.db");
    assert_eq!(pending(&path, "rearview.db", &APP).await.unwrap(), Pending::Nothing);
    apply(&Db::open(&path).await.unwrap(), "rearview.db", &APP).await.unwrap();
    let nothing = pending(&path, "rearview.db", &APP).await.unwrap();
    back_up(dir.path(), &path, nothing).await.unwrap();
    assert!(!dir.path().join("backups").exists());
}

#[tokio::test]
async fn the_newest_five_copies_of_each_file_are_kept() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("rearview.db");
    apply(&Db::open(&path).await.unwrap(), "rearview.db", &APP).await.unwrap();
    let folder = dir.path().join("backups");
    std::fs::create_dir(&folder).unwrap();
    for n in 0..7 {
        std::fs::write(folder.join(format!("rearview-2-2020010{n}T000000000Z.db")), "old").unwrap();
    }
    std::fs::write(folder.join("records-1-20190101T000000000Z.db"), "another file's").unwrap();
    back_up(dir.path(), &path, Pending::From(1)).await.unwrap();
    let names: Vec<String> =
        backups(dir.path()).iter().map(|p| p.file_name().unwrap().to_string_lossy().into_owned()).collect();
    assert_eq!(names.iter().filter(|name| name.starts_with("rearview-")).count(), 5, "{names:?}");
    assert!(
        names.iter().any(|name| name.starts_with("rearview-1-")),
        "the copy just made is gone: {names:?}"
    );
    assert!(names.contains(&"rearview-2-20200106T000000000Z.db".to_owned()), "{names:?}");
    assert!(names.contains(&"records-1-20190101T000000000Z.db".to_owned()), "{names:?}");
}

#[tokio::test]
async fn a_migration_that_fails_leaves_the_schema_as_it_was() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("rearview.db");
    let db = Db::open(&path).await.unwrap();
    apply(&db, "rearview.db", &APP).await.unwrap();
    let mut migrations: Vec<Migration> = APP.iter().cloned().collect();
    let sql = "ALTER TABLE chat ADD COLUMN colour TEXT; SELECT no_such_function()".into_sql_str();
    migrations.push(Migration::new(99990101000000, "broken".into(), MigrationType::Simple, sql, false));
    let refused = apply(&db, "rearview.db", &Migrator::with_migrations(migrations)).await.unwrap_err();
    assert!(matches!(refused, StoreError::Migration { .. }), "{refused}");
    assert!(!columns(&path).await.contains(&"colour".to_owned()));
    assert_eq!(pending(&path, "rearview.db", &APP).await.unwrap(), Pending::Nothing);
}

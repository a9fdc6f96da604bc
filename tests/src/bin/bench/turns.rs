//! Makes the few turns of a real chat many, in the tables of an app that is not running: the chat, its messages, its turns
//! and their records are copied under ids of their own, each copy ten minutes older than the one before. 100,000 turns
//! through the app would be an afternoon. Requests are not copied: the copies name those of the original.

use crate::failed::{Result, at, odd};
use rearview_domain::ChatId;
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use sqlx::{AssertSqlSafe, Connection as _};
use std::path::Path;

/// Columns that hold an id of something that is copied along.
const IDS: &[&str] = &["id", "chat_id", "parent_id", "leaf_id", "turn_id", "question_id", "answer_id"];

/// Copies the turns of `chat` until the store below `home` has `wanted` of them.
pub async fn grow(home: &Path, chat: &ChatId, wanted: usize) -> Result<()> {
    let attempt = "make turns many";
    let mut app = open(home, "rearview.db").await?;
    let held: i64 = sqlx::query_scalar("SELECT count(*) FROM turn WHERE chat_id = ?1")
        .bind(chat.as_str())
        .fetch_one(&mut app)
        .await
        .map_err(at(attempt))?;
    if held == 0 {
        return Err(odd(attempt, "the chat has no turns"));
    }
    let copies = i64::try_from(wanted).unwrap_or(i64::MAX) / held;
    for (table, key) in [("chat", "id"), ("message", "chat_id"), ("turn", "chat_id")] {
        copy(&mut app, table, key, chat, copies).await?;
    }
    app.close().await.map_err(at(attempt))?;

    let mut records = open(home, "records.db").await?;
    // Numbers of parts are given here, because the words of memories name them.
    let step: i64 = sqlx::query_scalar("SELECT max(seq) FROM record_part")
        .fetch_one(&mut records)
        .await
        .map_err(at(attempt))?;
    copy(&mut records, "record_part", "chat_id", chat, copies).await?;
    for (table, columns) in [("part_wording", "wording, role"), ("part_memory", "memory_id, role")] {
        let sql = format!(
            "INSERT INTO {table} ({columns}, part) {NUMBERS}
             SELECT {columns}, x.part + n.k * {step} FROM n CROSS JOIN {table} x
             JOIN record_part p ON p.seq = x.part WHERE p.chat_id = ?1"
        );
        run(&mut records, sql, chat, copies).await?;
    }
    records.close().await.map_err(at(attempt))
}

/// The numbers from 1 to `?2`.
const NUMBERS: &str = "WITH RECURSIVE n (k) AS (SELECT 1 UNION ALL SELECT k + 1 FROM n WHERE k < ?2)";

async fn copy(db: &mut SqliteConnection, table: &str, key: &str, chat: &ChatId, copies: i64) -> Result<()> {
    let columns: Vec<String> = sqlx::query_scalar("SELECT name FROM pragma_table_info(?1)")
        .bind(table)
        .fetch_all(&mut *db)
        .await
        .map_err(at("make turns many"))?;
    let step: i64 = sqlx::query_scalar(AssertSqlSafe(format!("SELECT max(seq) FROM {table}")))
        .fetch_one(&mut *db)
        .await
        .map_err(at("make turns many"))?;
    let values: Vec<String> = columns
        .iter()
        .map(|column| match column.as_str() {
            "seq" => format!("x.seq + n.k * {step}"),
            // UUIDs are told apart by what comes after the first eight digits.
            id if IDS.contains(&id) => format!("printf('%08x', n.k) || substr(x.{id}, 9)"),
            time if time.ends_with("_at") || time == "at" => {
                format!("strftime('%Y-%m-%dT%H:%M:%fZ', x.{time}, '-' || (n.k * 10) || ' minutes')")
            }
            other => format!("x.{other}"),
        })
        .collect();
    let sql = format!(
        "INSERT INTO {table} ({}) {NUMBERS} SELECT {} FROM n CROSS JOIN {table} x WHERE x.{key} = ?1",
        columns.join(", "),
        values.join(", ")
    );
    run(db, sql, chat, copies).await
}

async fn run(db: &mut SqliteConnection, sql: String, chat: &ChatId, copies: i64) -> Result<()> {
    sqlx::query(AssertSqlSafe(sql))
        .bind(chat.as_str())
        .bind(copies)
        .execute(db)
        .await
        .map(drop)
        .map_err(at("make turns many"))
}

/// Bytes of the pages of `records.db` that hold something, as SQLite counts them.
pub async fn used(home: &Path) -> Result<f64> {
    let attempt = "measure records.db";
    let mut db = open(home, "records.db").await?;
    let (pages, free, size): (i64, i64, i64) = sqlx::query_as(
        "SELECT page_count, freelist_count, page_size FROM pragma_page_count, pragma_freelist_count, pragma_page_size",
    )
    .fetch_one(&mut db)
    .await
    .map_err(at(attempt))?;
    db.close().await.map_err(at(attempt))?;
    #[expect(clippy::cast_precision_loss, reason = "a file is smaller than that")]
    Ok(((pages - free) * size) as f64)
}

async fn open(home: &Path, file: &str) -> Result<SqliteConnection> {
    // Rows are whole in themselves: what they refer to is copied in the same go.
    let options = SqliteConnectOptions::new().filename(home.join("data").join(file)).foreign_keys(false);
    SqliteConnection::connect_with(&options).await.map_err(at("open a database of the app"))
}

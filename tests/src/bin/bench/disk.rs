//! Reading what is on disk: opening a chat of 5,000 messages, and searching everything. Through the
//! command table, JSON in and out, in turns with bare SQL on the same file.

use crate::Scale;
use crate::failed::{Result, at, odd};
use crate::figure::{Figure, Of, under};
use crate::place::{Place, ms};
use crate::seed::{self, Shape};
use crate::words::{WORDS, word};
use rearview_api::table;
use rearview_domain::ChatId;
use serde_json::json;
use sqlx::SqlitePool;
use sqlx::sqlite::{SqliteConnectOptions, SqlitePoolOptions};
use std::path::Path;
use std::time::Instant;

/// Messages that come whole when a chat opens: what the page asks for.
const TAIL: u32 = 60;
/// Hits that the page asks for.
const HITS: u32 = 50;
/// Messages of a chat that is searched through.
const SEARCHED: Shape = Shape { messages: 100, words: 40 };

/// 5,000 messages of 40 tokens or so, 200,000 in all.
pub const LONG: Shape = Shape { messages: 5_000, words: 22 };

/// Opening a long chat.
pub async fn open_chat(scale: Scale) -> Result<Vec<Figure>> {
    let home = tempfile::tempdir().map_err(at("make a home"))?;
    let chats = seed::fill(home.path(), [LONG]).await?;
    let chat = chats.first().ok_or_else(|| odd("fill a chat", "there is none"))?;
    let place = Place::open(home.path()).await?;
    let bare = bare(home.path()).await?;
    let request = json!({"chatId": chat, "tail": TAIL}).to_string();
    let (mut ours, mut plain, mut bytes) = (Vec::new(), Vec::new(), 0);
    for _ in 0..scale.of(100, 10) {
        let began = Instant::now();
        let answer = table::call(place.app(), "chat.open", &request).await.map_err(at("chat.open"))?;
        ours.push(ms(began, Instant::now()));
        bytes = answer.len();
        let began = Instant::now();
        read_bare(&bare, chat).await?;
        plain.push(ms(began, Instant::now()));
    }
    bare.close().await;
    place.close().await;
    let figure = Figure::new("Open a chat of 5,000 messages, backend", "ms", ours)
        .beside("one SQL select of the chat's rows without their text, and of the last 60 whole", plain)
        .within(&[under(Of::P50, 100.0)])
        .note(format!("the answer is {bytes} bytes of JSON; the budget is for backend and page together"));
    Ok(vec![figure])
}

/// The chat's rows as one would read them by hand.
async fn read_bare(pool: &SqlitePool, chat: &ChatId) -> Result<()> {
    type Head = (String, String, Option<String>, i64, String);
    let attempt = "read the chat's rows";
    let heads: Vec<Head> = sqlx::query_as(
        "SELECT id, role, turn_id, bytes, created_at FROM message WHERE chat_id = ?1 ORDER BY seq",
    )
    .bind(chat.as_str())
    .fetch_all(pool)
    .await
    .map_err(at(attempt))?;
    let whole: Vec<(String, String)> =
        sqlx::query_as("SELECT id, parts FROM message WHERE chat_id = ?1 ORDER BY seq DESC LIMIT ?2")
            .bind(chat.as_str())
            .bind(TAIL)
            .fetch_all(pool)
            .await
            .map_err(at(attempt))?;
    if heads.len() == LONG.messages && whole.len() == TAIL as usize {
        Ok(())
    } else {
        Err(odd(attempt, format!("{} rows came", heads.len())))
    }
}

/// Searching this many messages.
pub async fn search(scale: Scale, messages: usize) -> Result<Vec<Figure>> {
    let home = tempfile::tempdir().map_err(at("make a home"))?;
    seed::fill(home.path(), vec![SEARCHED; messages / SEARCHED.messages]).await?;
    let place = Place::open(home.path()).await?;
    let bare = bare(home.path()).await?;
    let mut figures = Vec::new();
    let rounds = u32::try_from(scale.of(100, 10)).unwrap_or(u32::MAX);
    for (which, typed) in queries() {
        let (mut ours, mut plain, mut found) = (Vec::new(), Vec::new(), 0);
        for round in 0..rounds {
            let text = typed(round);
            let request = json!({"text": text, "limit": HITS, "offset": 0}).to_string();
            let began = Instant::now();
            let answer =
                table::call(place.app(), "chat.search", &request).await.map_err(at("chat.search"))?;
            ours.push(ms(began, Instant::now()));
            found += usize::from(answer.contains("\"snippet\""));
            let began = Instant::now();
            match_bare(&bare, &text).await?;
            plain.push(ms(began, Instant::now()));
        }
        let figure = Figure::new(format!("Search {messages} messages, {which}"), "ms", ours)
            .beside("the same FTS5 match alone: row numbers, newest first", plain)
            .within(&[under(Of::P50, 50.0)])
            .note(format!("{found} of {rounds} searches found something"));
        figures.push(figure);
    }
    bare.close().await;
    place.close().await;
    Ok(figures)
}

/// What is typed in a round.
type Typed = fn(u32) -> String;

/// Kinds of things that people type, by the round. A blank at the end closes the last word.
fn queries() -> [(&'static str, Typed); 4] {
    [
        ("a common word", |round| format!("{} ", word(round))),
        ("a rare word", |round| format!("{} ", word(WORDS - 1 - round * 7))),
        ("two words", |round| format!("{} {} ", word(round), word(200 + round))),
        ("two letters of a word", |round| word(round * 31).chars().take(2).collect()),
    ]
}

/// The bare match of what was typed.
async fn match_bare(pool: &SqlitePool, typed: &str) -> Result<Vec<i64>> {
    let words: Vec<String> = typed.split_whitespace().map(|word| format!("\"{word}\"")).collect();
    let open = if typed.ends_with(' ') { "" } else { " *" };
    sqlx::query_scalar(
        "SELECT rowid FROM message_fts WHERE message_fts MATCH ?1 ORDER BY rowid DESC LIMIT ?2",
    )
    .bind(words.join(" ") + open)
    .bind(HITS)
    .fetch_all(pool)
    .await
    .map_err(at("match by hand"))
}

/// A reading connection beside the app's own.
async fn bare(home: &Path) -> Result<SqlitePool> {
    let options = SqliteConnectOptions::new().filename(home.join("data/rearview.db")).read_only(true);
    SqlitePoolOptions::new()
        .max_connections(1)
        .connect_with(options)
        .await
        .map_err(at("open the database by hand"))
}

//! Search over titles and messages: two FTS5 indexes without content of their own.
//!
//! Answers come newest first, because FTS5 walks its rows in that order without sorting: a common word
//! in a million messages costs no more than a rare one. What a word is and how a snippet is cut is in
//! `words`; `chat` and `message` call in to keep the indexes. Called by `rearview-api`.

use crate::db::Tx;
use crate::error::{Result, during};
use crate::open::Store;
use crate::row::{from_word, parse};
use crate::words::{Wanted, spread};
use rearview_domain::message::{Part, Role};
use rearview_domain::time::Time;
use rearview_domain::{ChatId, MessageId};
use sqlx::Row as _;
use sqlx::sqlite::SqliteRow;

/// One hit.
#[derive(Clone, Debug, PartialEq)]
pub struct Hit {
    /// The chat.
    pub chat_id: ChatId,
    /// Its title.
    pub chat_title: String,
    /// The message; `None` when the title was hit.
    pub message_id: Option<MessageId>,
    /// Who said it; `None` when the title was hit.
    pub role: Option<Role>,
    /// A piece of the text on one line, every match between U+2068 and U+2069. Plain text, never markup.
    pub snippet: String,
    /// When it was said; when the chat was last used for a title.
    pub created_at: Time,
}

impl Store {
    /// Finds chats and messages that have every word of `text`, whatever case and accents; the last word
    /// may be unfinished. Titles first, then messages, each the newest first. Empty when `text` has no
    /// letters or digits. Nothing in `text` is query syntax.
    ///
    /// # Errors
    /// `Unreadable`, `Damaged`.
    pub async fn search(&self, text: &str, limit: u32, offset: u32) -> Result<Vec<Hit>> {
        let action = "search";
        let Some(wanted) = Wanted::read(text) else { return Ok(Vec::new()) };
        let titles = sqlx::query(
            "SELECT chat.id, chat.title, chat.updated_at
             FROM (SELECT rowid AS seq FROM chat_fts WHERE chat_fts MATCH ?1 ORDER BY rowid DESC LIMIT ?2 OFFSET ?3) hit
             JOIN chat ON chat.seq = hit.seq ORDER BY chat.seq DESC",
        )
        .bind(&wanted.expression)
        .bind(limit)
        .bind(offset)
        .fetch_all(&self.app().readers)
        .await
        .map_err(during(action))?;
        let mut hits: Vec<Hit> = titles.iter().map(|row| title_hit(row, &wanted)).collect::<Result<_>>()?;
        let found = u32::try_from(hits.len()).unwrap_or(u32::MAX);
        if found >= limit {
            return Ok(hits);
        }
        let all_titles: u32 = sqlx::query_scalar("SELECT count(*) FROM chat_fts WHERE chat_fts MATCH ?1")
            .bind(&wanted.expression)
            .fetch_one(&self.app().readers)
            .await
            .map_err(during(action))?;
        let messages = sqlx::query(
            "SELECT m.id, m.chat_id, chat.title, m.role, m.parts, m.created_at
             FROM (SELECT rowid AS seq FROM message_fts WHERE message_fts MATCH ?1 ORDER BY rowid DESC LIMIT ?2 OFFSET ?3) hit
             JOIN message m ON m.seq = hit.seq JOIN chat ON chat.id = m.chat_id
             ORDER BY m.seq DESC",
        )
        .bind(&wanted.expression)
        .bind(limit - found)
        .bind(offset.saturating_sub(all_titles))
        .fetch_all(&self.app().readers)
        .await
        .map_err(during(action))?;
        for row in &messages {
            hits.push(message_hit(row, &wanted)?);
        }
        Ok(hits)
    }
}

/// Puts a chat's title into the index, in place of the one before.
pub(crate) async fn index_title(tx: &mut Tx, seq: i64, title: &str) -> Result<()> {
    let action = "index the title";
    sqlx::query("DELETE FROM chat_fts WHERE rowid = ?1")
        .bind(seq)
        .execute(&mut **tx)
        .await
        .map_err(during(action))?;
    if title.trim().is_empty() {
        return Ok(());
    }
    sqlx::query("INSERT INTO chat_fts (rowid, words) VALUES (?1, ?2)")
        .bind(seq)
        .bind(spread(title))
        .execute(&mut **tx)
        .await
        .map_err(during(action))?;
    Ok(())
}

/// Puts a message's text into the index, in place of what was there before.
pub(crate) async fn index_message(tx: &mut Tx, seq: i64, parts: &[Part]) -> Result<()> {
    let action = "index the message";
    sqlx::query("DELETE FROM message_fts WHERE rowid = ?1")
        .bind(seq)
        .execute(&mut **tx)
        .await
        .map_err(during(action))?;
    let said = said(parts);
    if said.is_empty() {
        return Ok(());
    }
    sqlx::query("INSERT INTO message_fts (rowid, words) VALUES (?1, ?2)")
        .bind(seq)
        .bind(spread(&said))
        .execute(&mut **tx)
        .await
        .map_err(during(action))?;
    Ok(())
}

/// The words of a message: its text parts. Reasoning and tools are not searched.
fn said(parts: &[Part]) -> String {
    let texts: Vec<&str> = parts
        .iter()
        .filter_map(|part| match part {
            Part::Text { text } => Some(text.as_str()),
            _ => None,
        })
        .collect();
    texts.join("\n\n")
}

fn title_hit(row: &SqliteRow, wanted: &Wanted) -> Result<Hit> {
    let wrong = during("read a search hit");
    let title: String = row.try_get("title").map_err(&wrong)?;
    Ok(Hit {
        chat_id: ChatId(row.try_get("id").map_err(&wrong)?),
        snippet: wanted.snippet(&title),
        chat_title: title,
        message_id: None,
        role: None,
        created_at: Time(row.try_get("updated_at").map_err(&wrong)?),
    })
}

fn message_hit(row: &SqliteRow, wanted: &Wanted) -> Result<Hit> {
    let wrong = during("read a search hit");
    let parts: String = row.try_get("parts").map_err(&wrong)?;
    let parts: Vec<Part> = parse("message parts", &parts)?;
    Ok(Hit {
        chat_id: ChatId(row.try_get("chat_id").map_err(&wrong)?),
        chat_title: row.try_get("title").map_err(&wrong)?,
        message_id: Some(MessageId(row.try_get("id").map_err(&wrong)?)),
        role: Some(from_word("role", row.try_get("role").map_err(&wrong)?)?),
        snippet: wanted.snippet(&said(&parts)),
        created_at: Time(row.try_get("created_at").map_err(&wrong)?),
    })
}

#[cfg(test)]
mod tests;

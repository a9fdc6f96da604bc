//! The `message` table: a tree per chat, read by branch.
//!
//! Messages are written by turns (`turn`), never alone. Called by `rearview-api` to show a chat and by
//! `rearview-turns` to build a request.

use crate::db::Tx;
use crate::error::{Result, StoreError, during};
use crate::open::Store;
use crate::row::{from_word, json, parse, word};
use crate::search;
use rearview_domain::message::{Message, Part, Role};
use rearview_domain::time::Time;
use rearview_domain::{ChatId, MessageId, TurnId};
use sqlx::Row as _;
use sqlx::sqlite::SqliteRow;

/// A message on a branch, without its parts.
#[derive(Clone, Debug, PartialEq)]
pub struct MessageHead {
    /// Its id.
    pub id: MessageId,
    /// Who said it.
    pub role: Role,
    /// The turn that made it; only on assistant messages.
    pub turn_id: Option<TurnId>,
    /// Size of its parts as stored, in bytes.
    pub bytes: u32,
    /// How many messages share its parent, itself included.
    pub siblings: u32,
    /// Its place among them in the order they were made, from 0.
    pub sibling_index: u32,
    /// When it was made.
    pub created_at: Time,
}

impl Store {
    /// One message.
    ///
    /// # Errors
    /// `Unreadable`, `Damaged`.
    pub async fn message(&self, id: &MessageId) -> Result<Option<Message>> {
        sqlx::query("SELECT * FROM message WHERE id = ?1")
            .bind(id.as_str())
            .fetch_optional(&self.app().readers)
            .await
            .map_err(during("read the message"))?
            .map(|row| message_of(&row))
            .transpose()
    }

    /// Several messages, in the order asked for; those that do not exist are left out.
    ///
    /// # Errors
    /// `Unreadable`, `Damaged`.
    pub async fn messages(&self, ids: &[MessageId]) -> Result<Vec<Message>> {
        sqlx::query(
            "SELECT message.* FROM json_each(?1) asked JOIN message ON message.id = asked.value
             ORDER BY asked.key",
        )
        .bind(json("list of ids", ids)?)
        .fetch_all(&self.app().readers)
        .await
        .map_err(during("read the messages"))?
        .iter()
        .map(message_of)
        .collect()
    }

    /// The branch that ends in `leaf`, from the root, without parts. Empty when the leaf is not in the chat.
    ///
    /// # Errors
    /// `Unreadable`, `Damaged`.
    pub async fn path(&self, chat: &ChatId, leaf: &MessageId) -> Result<Vec<MessageHead>> {
        sqlx::query(
            "WITH RECURSIVE line (seq, parent_id, depth) AS (
                 SELECT seq, parent_id, 0 FROM message WHERE id = ?2 AND chat_id = ?1
                 UNION ALL
                 SELECT above.seq, above.parent_id, depth + 1
                 FROM line JOIN message above ON above.id = line.parent_id)
             SELECT m.id, m.role, m.turn_id, m.bytes, m.created_at,
                    (SELECT count(*) FROM message s
                     WHERE s.parent_id IS m.parent_id AND s.chat_id = m.chat_id) AS siblings,
                    (SELECT count(*) FROM message s
                     WHERE s.parent_id IS m.parent_id AND s.chat_id = m.chat_id AND s.seq < m.seq)
                        AS sibling_index
             FROM line JOIN message m ON m.seq = line.seq
             ORDER BY line.depth DESC",
        )
        .bind(chat.as_str())
        .bind(leaf.as_str())
        .fetch_all(&self.app().readers)
        .await
        .map_err(during("read the branch"))?
        .iter()
        .map(head_of)
        .collect()
    }

    /// The branch that ends in `leaf`, from the root, whole.
    ///
    /// # Errors
    /// `Unreadable`, `Damaged`.
    pub async fn path_messages(&self, chat: &ChatId, leaf: &MessageId) -> Result<Vec<Message>> {
        sqlx::query(
            "WITH RECURSIVE line (seq, parent_id, depth) AS (
                 SELECT seq, parent_id, 0 FROM message WHERE id = ?2 AND chat_id = ?1
                 UNION ALL
                 SELECT above.seq, above.parent_id, depth + 1
                 FROM line JOIN message above ON above.id = line.parent_id)
             SELECT m.* FROM line JOIN message m ON m.seq = line.seq ORDER BY line.depth DESC",
        )
        .bind(chat.as_str())
        .bind(leaf.as_str())
        .fetch_all(&self.app().readers)
        .await
        .map_err(during("read the branch"))?
        .iter()
        .map(message_of)
        .collect()
    }

    /// The messages with the same parent, in the order they were made, the message itself included.
    /// Empty when there is no such message.
    ///
    /// # Errors
    /// `Damaged`.
    pub async fn siblings(&self, id: &MessageId) -> Result<Vec<MessageId>> {
        let ids: Vec<String> = sqlx::query_scalar(
            "SELECT s.id FROM message m
             JOIN message s ON s.parent_id IS m.parent_id AND s.chat_id = m.chat_id
             WHERE m.id = ?1 ORDER BY s.seq",
        )
        .bind(id.as_str())
        .fetch_all(&self.app().readers)
        .await
        .map_err(during("read the versions of the message"))?;
        Ok(ids.into_iter().map(MessageId).collect())
    }

    /// The end of the branch that was worked on last, among those through this message: the newest
    /// message at or below it, which cannot have a child.
    ///
    /// # Errors
    /// `NotFound`.
    pub async fn newest_leaf_below(&self, id: &MessageId) -> Result<MessageId> {
        let leaf: Option<String> = sqlx::query_scalar(
            "WITH RECURSIVE below (seq, id) AS (
                 SELECT seq, id FROM message WHERE id = ?1
                 UNION ALL
                 SELECT child.seq, child.id FROM below JOIN message child ON child.parent_id = below.id)
             SELECT id FROM below ORDER BY seq DESC LIMIT 1",
        )
        .bind(id.as_str())
        .fetch_optional(&self.app().readers)
        .await
        .map_err(during("find the end of the branch"))?;
        leaf.map(MessageId).ok_or_else(|| StoreError::NotFound { what: "message", id: id.0.clone() })
    }
}

/// Adds a message, its words to the search index and the images it names.
pub(crate) async fn insert_message(tx: &mut Tx, message: &Message, action: &'static str) -> Result<()> {
    let parts = json("message parts", &message.parts)?;
    let seq: i64 = sqlx::query_scalar(
        "INSERT INTO message (id, chat_id, parent_id, role, turn_id, created_at, bytes, parts)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8) RETURNING seq",
    )
    .bind(message.id.as_str())
    .bind(message.chat_id.as_str())
    .bind(message.parent_id.as_ref().map(MessageId::as_str))
    .bind(word("role", message.role)?)
    .bind(message.turn_id.as_ref().map(TurnId::as_str))
    .bind(&message.created_at.0)
    .bind(size(&parts))
    .bind(parts)
    .fetch_one(&mut **tx)
    .await
    .map_err(during(action))?;
    attach(tx, seq, &message.parts, action).await
}

/// Replaces the parts of a message, and what follows from them. `false` when it does not exist.
pub(crate) async fn replace_parts(
    tx: &mut Tx,
    id: &MessageId,
    parts: &[Part],
    action: &'static str,
) -> Result<bool> {
    let text = json("message parts", parts)?;
    let seq: Option<i64> =
        sqlx::query_scalar("UPDATE message SET bytes = ?2, parts = ?3 WHERE id = ?1 RETURNING seq")
            .bind(id.as_str())
            .bind(size(&text))
            .bind(text)
            .fetch_optional(&mut **tx)
            .await
            .map_err(during(action))?;
    let Some(seq) = seq else { return Ok(false) };
    attach(tx, seq, parts, action).await?;
    Ok(true)
}

async fn attach(tx: &mut Tx, seq: i64, parts: &[Part], action: &'static str) -> Result<()> {
    search::index_message(tx, seq, parts).await?;
    for part in parts {
        let (Part::Image { hash, .. } | Part::File { hash, .. }) = part else { continue };
        sqlx::query("INSERT OR IGNORE INTO message_blob (hash, message_seq) VALUES (?1, ?2)")
            .bind(hash)
            .bind(seq)
            .execute(&mut **tx)
            .await
            .map_err(during(action))?;
        sqlx::query("UPDATE blob SET attached = 1 WHERE hash = ?1 AND attached = 0")
            .bind(hash)
            .execute(&mut **tx)
            .await
            .map_err(during(action))?;
    }
    Ok(())
}

fn size(text: &str) -> u32 {
    u32::try_from(text.len()).unwrap_or(u32::MAX)
}

fn message_of(row: &SqliteRow) -> Result<Message> {
    let wrong = during("read a message's row");
    let parts: String = row.try_get("parts").map_err(&wrong)?;
    Ok(Message {
        id: MessageId(row.try_get("id").map_err(&wrong)?),
        chat_id: ChatId(row.try_get("chat_id").map_err(&wrong)?),
        parent_id: row.try_get::<Option<String>, _>("parent_id").map_err(&wrong)?.map(MessageId),
        role: from_word("role", row.try_get("role").map_err(&wrong)?)?,
        parts: parse("message parts", &parts)?,
        turn_id: row.try_get::<Option<String>, _>("turn_id").map_err(&wrong)?.map(TurnId),
        created_at: Time(row.try_get("created_at").map_err(&wrong)?),
    })
}

fn head_of(row: &SqliteRow) -> Result<MessageHead> {
    let wrong = during("read a message's row");
    Ok(MessageHead {
        id: MessageId(row.try_get("id").map_err(&wrong)?),
        role: from_word("role", row.try_get("role").map_err(&wrong)?)?,
        turn_id: row.try_get::<Option<String>, _>("turn_id").map_err(&wrong)?.map(TurnId),
        bytes: row.try_get("bytes").map_err(&wrong)?,
        siblings: row.try_get("siblings").map_err(&wrong)?,
        sibling_index: row.try_get("sibling_index").map_err(&wrong)?,
        created_at: Time(row.try_get("created_at").map_err(&wrong)?),
    })
}

#[cfg(test)]
mod tests;

//! The `chat` table: list, settings, draft, visible branch, deletion with everything that belongs to it.
//!
//! Messages and turns have their own modules; what becomes of memory documents of a deleted chat is the
//! caller's decision. Called by `rearview-api` and `rearview-turns`.

use crate::db::{Tx, commit};
use crate::error::{Result, StoreError, during};
use crate::fault;
use crate::open::Store;
use crate::row::{from_word, json, parse, word};
use crate::search;
use crate::turn::turn_of;
use rearview_domain::chat::{Chat, ChatKind};
use rearview_domain::settings::TurnSettings;
use rearview_domain::time::Time;
use rearview_domain::turn::Turn;
use rearview_domain::{BankId, ChatId, MessageId};
use sqlx::Row as _;
use sqlx::sqlite::SqliteRow;

/// Which chats to list.
#[derive(Clone, Copy, Debug)]
pub struct ChatFilter {
    /// At most this many.
    pub limit: u32,
    /// Leaving out this many of the newest.
    pub offset: u32,
}

/// Some chats.
#[derive(Clone, Debug, PartialEq)]
pub struct ChatPage {
    /// The chats, the last used first.
    pub items: Vec<Chat>,
    /// How many there are.
    pub total: u32,
}

/// What a patch does to a value that may be absent.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Change<T> {
    /// Leaves it as it is.
    #[default]
    Keep,
    /// Makes it absent.
    Clear,
    /// Sets it.
    Set(T),
}

impl<T> Change<T> {
    fn apply(self, value: &mut Option<T>) {
        match self {
            Self::Keep => {}
            Self::Clear => *value = None,
            Self::Set(new) => *value = Some(new),
        }
    }
}

/// What to change about a chat; what is absent stays.
#[derive(Clone, Debug, Default)]
pub struct ChatPatch {
    /// Its title.
    pub title: Option<String>,
    /// The bank it names.
    pub bank_id: Change<BankId>,
    /// Its profile.
    pub profile_id: Change<String>,
    /// Its model, as `provider/model`.
    pub model: Change<String>,
    /// Its instruction to the model.
    pub system_prompt: Option<String>,
    /// All its settings.
    pub settings: Option<TurnSettings>,
    /// How it is kept.
    pub kind: Option<ChatKind>,
}

impl Store {
    /// Adds a chat.
    ///
    /// # Errors
    /// `DiskFull`; `Database` when the id is taken.
    pub async fn insert_chat(&self, chat: &Chat) -> Result<()> {
        let action = "save the chat";
        fault::point("store.insert_chat.before");
        let mut tx = self.app().begin(action).await?;
        let seq: i64 = sqlx::query_scalar(
            "INSERT INTO chat (id, title, kind, bank_id, profile_id, model, system_prompt, settings, leaf_id,
                               draft, created_at, updated_at)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12) RETURNING seq",
        )
        .bind(chat.id.as_str())
        .bind(&chat.title)
        .bind(word("chat kind", chat.kind)?)
        .bind(chat.bank_id.as_ref().map(BankId::as_str))
        .bind(&chat.profile_id)
        .bind(&chat.model)
        .bind(&chat.system_prompt)
        .bind(json("chat settings", &chat.settings)?)
        .bind(chat.leaf_id.as_ref().map(MessageId::as_str))
        .bind(&chat.draft)
        .bind(&chat.created_at.0)
        .bind(&chat.updated_at.0)
        .fetch_one(&mut *tx)
        .await
        .map_err(during(action))?;
        search::index_title(&mut tx, seq, &chat.title).await?;
        fault::point("store.insert_chat.after_insert");
        commit(tx, action).await?;
        fault::point("store.insert_chat.after_commit");
        Ok(())
    }

    /// One chat.
    ///
    /// # Errors
    /// `Unreadable`, `Damaged`.
    pub async fn chat(&self, id: &ChatId) -> Result<Option<Chat>> {
        sqlx::query("SELECT * FROM chat WHERE id = ?1")
            .bind(id.as_str())
            .fetch_optional(&self.app().readers)
            .await
            .map_err(during("read the chat"))?
            .map(|row| chat_of(&row))
            .transpose()
    }

    /// Some chats, the last used first.
    ///
    /// # Errors
    /// `Unreadable`, `Damaged`.
    pub async fn chats(&self, filter: ChatFilter) -> Result<ChatPage> {
        let action = "list the chats";
        let rows = sqlx::query("SELECT * FROM chat ORDER BY updated_at DESC, seq DESC LIMIT ?1 OFFSET ?2")
            .bind(filter.limit)
            .bind(filter.offset)
            .fetch_all(&self.app().readers)
            .await
            .map_err(during(action))?;
        let total = sqlx::query_scalar("SELECT count(*) FROM chat")
            .fetch_one(&self.app().readers)
            .await
            .map_err(during(action))?;
        Ok(ChatPage { items: rows.iter().map(chat_of).collect::<Result<_>>()?, total })
    }

    /// Changes a chat and answers it as it is now. When it was last used does not change.
    ///
    /// # Errors
    /// `NotFound`, `DiskFull`.
    pub async fn update_chat(&self, id: &ChatId, patch: ChatPatch) -> Result<Chat> {
        let action = "change the chat";
        fault::point("store.update_chat.before");
        let mut tx = self.app().begin(action).await?;
        let row = sqlx::query("SELECT * FROM chat WHERE id = ?1")
            .bind(id.as_str())
            .fetch_optional(&mut *tx)
            .await
            .map_err(during(action))?
            .ok_or_else(|| missing(id))?;
        let seq: i64 = row.try_get("seq").map_err(during(action))?;
        let mut chat = chat_of(&row)?;
        let retitled = patch.title.is_some();
        chat.title = patch.title.unwrap_or(chat.title);
        patch.bank_id.apply(&mut chat.bank_id);
        patch.profile_id.apply(&mut chat.profile_id);
        patch.model.apply(&mut chat.model);
        chat.system_prompt = patch.system_prompt.unwrap_or(chat.system_prompt);
        chat.settings = patch.settings.unwrap_or(chat.settings);
        chat.kind = patch.kind.unwrap_or(chat.kind);
        sqlx::query(
            "UPDATE chat SET title = ?2, kind = ?3, bank_id = ?4, profile_id = ?5, model = ?6,
                             system_prompt = ?7, settings = ?8
             WHERE seq = ?1",
        )
        .bind(seq)
        .bind(&chat.title)
        .bind(word("chat kind", chat.kind)?)
        .bind(chat.bank_id.as_ref().map(BankId::as_str))
        .bind(&chat.profile_id)
        .bind(&chat.model)
        .bind(&chat.system_prompt)
        .bind(json("chat settings", &chat.settings)?)
        .execute(&mut *tx)
        .await
        .map_err(during(action))?;
        if retitled {
            search::index_title(&mut tx, seq, &chat.title).await?;
        }
        fault::point("store.update_chat.after_update");
        commit(tx, action).await?;
        fault::point("store.update_chat.after_commit");
        Ok(chat)
    }

    /// Keeps what was typed and not sent.
    ///
    /// # Errors
    /// `NotFound`, `DiskFull`.
    pub async fn set_draft(&self, id: &ChatId, draft: &str) -> Result<()> {
        fault::point("store.set_draft.before");
        let changed = sqlx::query("UPDATE chat SET draft = ?2 WHERE id = ?1")
            .bind(id.as_str())
            .bind(draft)
            .execute(&self.app().writer)
            .await
            .map_err(during("save the draft"))?;
        fault::point("store.set_draft.after_commit");
        if changed.rows_affected() == 0 { Err(missing(id)) } else { Ok(()) }
    }

    /// Makes the branch that ends in `leaf` the visible one.
    ///
    /// # Errors
    /// `NotFound` when there is no such message in the chat.
    pub async fn set_leaf(&self, id: &ChatId, leaf: &MessageId) -> Result<()> {
        fault::point("store.set_leaf.before");
        let changed = sqlx::query(
            "UPDATE chat SET leaf_id = ?2
             WHERE id = ?1 AND EXISTS (SELECT 1 FROM message WHERE id = ?2 AND chat_id = ?1)",
        )
        .bind(id.as_str())
        .bind(leaf.as_str())
        .execute(&self.app().writer)
        .await
        .map_err(during("switch the branch"))?;
        fault::point("store.set_leaf.after_commit");
        if changed.rows_affected() == 0 {
            return Err(StoreError::NotFound { what: "message", id: leaf.0.clone() });
        }
        Ok(())
    }

    /// Deletes a chat with its messages, turns, records and every body, image and segment that nothing
    /// else uses. Its outbox items stay: what was handed to memory is decided with the answered turns.
    /// Stop its running turn before.
    ///
    /// # Errors
    /// `NotFound`, `DiskFull`. When only the records could not be deleted, the next start does it.
    pub async fn delete_chat(&self, id: &ChatId) -> Result<Vec<Turn>> {
        let action = "delete the chat";
        fault::point("store.delete_chat.before");
        let mut tx = self.app().begin(action).await?;
        let turns: Vec<Turn> = sqlx::query("SELECT * FROM turn WHERE chat_id = ?1 ORDER BY seq")
            .bind(id.as_str())
            .fetch_all(&mut *tx)
            .await
            .map_err(during(action))?
            .iter()
            .map(turn_of)
            .collect::<Result<_>>()?;
        let seq: i64 = sqlx::query_scalar("SELECT seq FROM chat WHERE id = ?1")
            .bind(id.as_str())
            .fetch_optional(&mut *tx)
            .await
            .map_err(during(action))?
            .ok_or_else(|| missing(id))?;
        delete_rows(&mut tx, id, seq).await.map_err(during(action))?;
        fault::point("store.delete_chat.after_rows");
        commit(tx, action).await?;
        fault::point("store.delete_chat.after_commit");
        if let Err(error) = self.delete_records(id).await {
            // The chat is gone and noted as such; the next start deletes its records.
            tracing::warn!(chat = %id, %error, "records of a deleted chat are still there");
        }
        fault::point("store.delete_chat.after_records");
        Ok(turns)
    }

    /// Deletes the records of chats that were deleted before the last end. The note of a deleted chat is
    /// kept until then, so that what a turn wrote late is gone with it.
    pub(crate) async fn sweep_gone_chats(&self) -> Result<()> {
        let action = "finish deleting chats";
        let gone: Vec<String> = sqlx::query_scalar("SELECT id FROM gone_chat")
            .fetch_all(&self.app().writer)
            .await
            .map_err(during(action))?;
        for id in gone {
            self.delete_records(&ChatId(id.clone())).await?;
            sqlx::query("DELETE FROM gone_chat WHERE id = ?1")
                .bind(id)
                .execute(&self.app().writer)
                .await
                .map_err(during(action))?;
        }
        Ok(())
    }
}

/// Deletes what hangs on a chat, from the leaves up.
async fn delete_rows(tx: &mut Tx, id: &ChatId, seq: i64) -> sqlx::Result<()> {
    let statements = [
        "DELETE FROM message_fts WHERE rowid IN (SELECT seq FROM message WHERE chat_id = ?1)",
        // Images that this chat's messages name and no other chat's.
        "DELETE FROM blob WHERE hash IN (
             SELECT named.hash FROM message JOIN message_blob named ON named.message_seq = message.seq
             WHERE message.chat_id = ?1)
         AND NOT EXISTS (
             SELECT 1 FROM message_blob other JOIN message ON message.seq = other.message_seq
             WHERE other.hash = blob.hash AND message.chat_id <> ?1)",
        "DELETE FROM learning WHERE chat_id = ?1",
        "DELETE FROM turn WHERE chat_id = ?1",
        "DELETE FROM message WHERE chat_id = ?1",
        "DELETE FROM chat WHERE id = ?1",
        "INSERT OR IGNORE INTO gone_chat (id) VALUES (?1)",
    ];
    for statement in statements {
        sqlx::query(statement).bind(id.as_str()).execute(&mut **tx).await?;
    }
    sqlx::query("DELETE FROM chat_fts WHERE rowid = ?1").bind(seq).execute(&mut **tx).await?;
    Ok(())
}

fn missing(id: &ChatId) -> StoreError {
    StoreError::NotFound { what: "chat", id: id.0.clone() }
}

fn chat_of(row: &SqliteRow) -> Result<Chat> {
    let wrong = during("read a chat's row");
    let settings: String = row.try_get("settings").map_err(&wrong)?;
    Ok(Chat {
        id: ChatId(row.try_get("id").map_err(&wrong)?),
        title: row.try_get("title").map_err(&wrong)?,
        kind: from_word("chat kind", row.try_get("kind").map_err(&wrong)?)?,
        bank_id: row.try_get::<Option<String>, _>("bank_id").map_err(&wrong)?.map(BankId),
        profile_id: row.try_get("profile_id").map_err(&wrong)?,
        model: row.try_get("model").map_err(&wrong)?,
        system_prompt: row.try_get("system_prompt").map_err(&wrong)?,
        settings: parse("chat settings", &settings)?,
        leaf_id: row.try_get::<Option<String>, _>("leaf_id").map_err(&wrong)?.map(MessageId),
        draft: row.try_get("draft").map_err(&wrong)?,
        created_at: Time(row.try_get("created_at").map_err(&wrong)?),
        updated_at: Time(row.try_get("updated_at").map_err(&wrong)?),
    })
}

#[cfg(test)]
mod tests;

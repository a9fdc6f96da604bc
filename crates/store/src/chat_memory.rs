//! The `chat_memory` table: memories that are pinned to a chat or not relevant in it. What a turn makes of them is
//! decided in `rearview-turns`; rows go with their chat.

use crate::error::{Result, StoreError, during};
use crate::open::Store;
use crate::row::{from_word, word};
use rearview_domain::chat::ChatMemory;
use rearview_domain::time::Time;
use rearview_domain::{BankId, ChatId, ServerId};
use sqlx::Row as _;

impl Store {
    /// What was said of memories for a chat, in the order it was said.
    ///
    /// # Errors
    /// `Unreadable`.
    pub async fn chat_memories(&self, chat: &ChatId) -> Result<Vec<ChatMemory>> {
        let wrong = during("read what was said of memories for a chat");
        let rows = sqlx::query("SELECT * FROM chat_memory WHERE chat_id = ?1 ORDER BY seq")
            .bind(chat.as_str())
            .fetch_all(&self.app().readers)
            .await
            .map_err(&wrong)?;
        rows.iter()
            .map(|row| {
                let text = |name: &'static str| row.try_get::<String, _>(name).map_err(&wrong);
                Ok(ChatMemory {
                    server_id: ServerId(text("server_id")?),
                    bank_id: BankId(text("bank_id")?),
                    memory_id: text("memory_id")?,
                    kind: from_word("kind of a chat's memory", text("kind")?)?,
                    text: text("text")?,
                    created_at: Time(text("created_at")?),
                })
            })
            .collect()
    }

    /// Says something of a memory for a chat. What was said of it before goes, and its place with it.
    ///
    /// # Errors
    /// `NotFound` for a chat that is not there, `DiskFull`.
    pub async fn set_chat_memory(&self, chat: &ChatId, memory: &ChatMemory) -> Result<()> {
        let action = "save what was said of a memory for a chat";
        let changed = sqlx::query(
            "INSERT OR REPLACE INTO chat_memory (chat_id, server_id, bank_id, memory_id, kind, text, created_at) \
             SELECT id, ?2, ?3, ?4, ?5, ?6, ?7 FROM chat WHERE id = ?1",
        )
        .bind(chat.as_str())
        .bind(memory.server_id.as_str())
        .bind(memory.bank_id.as_str())
        .bind(&memory.memory_id)
        .bind(word("kind of a chat's memory", memory.kind)?)
        .bind(&memory.text)
        .bind(&memory.created_at.0)
        .execute(&self.app().writer)
        .await
        .map_err(during(action))?;
        match changed.rows_affected() {
            0 => Err(StoreError::NotFound { what: "chat", id: chat.0.clone() }),
            _ => Ok(()),
        }
    }

    /// Forgets what was said of a memory for a chat; nothing to forget is no error.
    ///
    /// # Errors
    /// `DiskFull`.
    pub async fn forget_chat_memory(
        &self,
        chat: &ChatId,
        (server, bank): (&ServerId, &BankId),
        memory_id: &str,
    ) -> Result<()> {
        sqlx::query(
            "DELETE FROM chat_memory WHERE chat_id = ?1 AND server_id = ?2 AND bank_id = ?3 AND memory_id = ?4",
        )
        .bind(chat.as_str())
        .bind(server.as_str())
        .bind(bank.as_str())
        .bind(memory_id)
        .execute(&self.app().writer)
        .await
        .map_err(during("forget what was said of a memory for a chat"))?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{at, chat};
    use rearview_domain::chat::ChatMemoryKind;

    fn said(id: &str, kind: ChatMemoryKind, bank: &str) -> ChatMemory {
        ChatMemory {
            server_id: "s".into(),
            bank_id: bank.into(),
            memory_id: id.into(),
            kind,
            text: format!("text of {id}"),
            created_at: at(1),
        }
    }

    #[tokio::test]
    async fn one_thing_is_said_of_a_memory_of_a_bank_and_the_last_word_counts() {
        let store = Store::in_memory().await.unwrap();
        store.insert_chat(&chat("c")).await.unwrap();
        let c = ChatId::from("c");
        let (a, b) = (said("a", ChatMemoryKind::Pinned, "x"), said("b", ChatMemoryKind::NotHere, "x"));
        let elsewhere = said("a", ChatMemoryKind::NotHere, "y");
        for one in [&a, &b, &elsewhere] {
            store.set_chat_memory(&c, one).await.unwrap();
        }
        assert_eq!(store.chat_memories(&c).await.unwrap(), [a.clone(), b.clone(), elsewhere.clone()]);
        let changed = said("a", ChatMemoryKind::NotHere, "x");
        store.set_chat_memory(&c, &changed).await.unwrap();
        assert_eq!(store.chat_memories(&c).await.unwrap(), [b.clone(), elsewhere.clone(), changed]);
        store.forget_chat_memory(&c, (&"s".into(), &"x".into()), "a").await.unwrap();
        store.forget_chat_memory(&c, (&"s".into(), &"x".into()), "nobody").await.unwrap();
        assert_eq!(store.chat_memories(&c).await.unwrap(), [b, elsewhere]);
        let refused = store.set_chat_memory(&"none".into(), &a).await;
        assert!(matches!(refused, Err(StoreError::NotFound { .. })), "{refused:?}");
    }

    #[tokio::test]
    async fn what_was_said_goes_with_its_chat() {
        let store = Store::in_memory().await.unwrap();
        store.insert_chat(&chat("c")).await.unwrap();
        store.set_chat_memory(&"c".into(), &said("a", ChatMemoryKind::Pinned, "x")).await.unwrap();
        store.delete_chat(&"c".into()).await.unwrap();
        let left: i64 = sqlx::query_scalar("SELECT count(*) FROM chat_memory")
            .fetch_one(&store.app().readers)
            .await
            .unwrap();
        assert_eq!(left, 0);
    }
}

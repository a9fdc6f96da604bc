//! Which chats use a bank: asked before it is deleted.

use crate::error::{Result, during};
use crate::open::Store;
use rearview_domain::{BankId, ServerId};

/// How a bank is used by chats.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct BankUse {
    /// Chats that name it.
    pub chats: u32,
    /// Turns that wait to be stored in it.
    pub waiting: u32,
}

impl Store {
    /// How many chats name a bank by one of these ids, and how many turns wait to be stored in it.
    ///
    /// # Errors
    /// `Unreadable`.
    pub async fn bank_use(&self, server: &ServerId, names: &[BankId]) -> Result<BankUse> {
        let action = "count the chats of a bank";
        let names = serde_json::to_string(names).unwrap_or_else(|_| "[]".to_owned());
        let chats = sqlx::query_scalar(
            "SELECT count(*) FROM chat WHERE bank_id IN (SELECT value FROM json_each(?1))",
        )
        .bind(&names)
        .fetch_one(&self.app().readers)
        .await
        .map_err(during(action))?;
        let waiting = sqlx::query_scalar(
            "SELECT count(*) FROM outbox
             WHERE server_id = ?1 AND action = 'retain' AND bank_id IN (SELECT value FROM json_each(?2))",
        )
        .bind(server.as_str())
        .bind(&names)
        .fetch_one(&self.app().readers)
        .await
        .map_err(during(action))?;
        Ok(BankUse { chats, waiting })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing;

    #[tokio::test]
    async fn chats_are_counted_by_every_name_of_a_bank_and_hostile_names_count_nothing() {
        let store = Store::in_memory().await.unwrap();
        for (id, bank) in [("1", Some("ana")), ("2", Some("her")), ("3", Some("bob")), ("4", None)] {
            let mut chat = testing::chat(id);
            chat.bank_id = bank.map(BankId::from);
            store.insert_chat(&chat).await.unwrap();
        }
        let of = async |names: &[&str]| {
            let names: Vec<BankId> = names.iter().map(|name| BankId::from(*name)).collect();
            store.bank_use(&"s".into(), &names).await.unwrap()
        };
        assert_eq!(of(&["ana", "her"]).await, BankUse { chats: 2, waiting: 0 });
        assert_eq!(of(&["') OR 1=1 --", "\"]"]).await, BankUse::default());
        assert_eq!(of(&[]).await, BankUse::default());
    }
}

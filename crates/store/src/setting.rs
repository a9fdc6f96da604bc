//! The `setting` and `entry` tables: the app's settings, and lists of things set up by the person.
//!
//! Both hold JSON whose meaning belongs to `rearview-api`: `entry` keeps providers, memory servers,
//! profiles and settings of banks, each kind in the order of making. Keys never come here.

use crate::error::{Result, during};
use crate::fault;
use crate::open::Store;
use crate::row::{json, parse};
use serde_json::Value;

impl Store {
    /// One setting.
    ///
    /// # Errors
    /// `Unreadable`, `Damaged`.
    pub async fn setting(&self, key: &str) -> Result<Option<Value>> {
        let text: Option<String> = sqlx::query_scalar("SELECT value FROM setting WHERE key = ?1")
            .bind(key)
            .fetch_optional(&self.app().readers)
            .await
            .map_err(during("read a setting"))?;
        text.map(|text| parse("setting", &text)).transpose()
    }

    /// Sets a setting.
    ///
    /// # Errors
    /// `DiskFull`.
    pub async fn set_setting(&self, key: &str, value: &Value) -> Result<()> {
        fault::point("store.set_setting.before");
        sqlx::query(
            "INSERT INTO setting (key, value) VALUES (?1, ?2)
             ON CONFLICT (key) DO UPDATE SET value = excluded.value",
        )
        .bind(key)
        .bind(json("setting", value)?)
        .execute(&self.app().writer)
        .await
        .map_err(during("save a setting"))?;
        fault::point("store.set_setting.after_commit");
        Ok(())
    }

    /// All entries of a kind, in the order they were made.
    ///
    /// # Errors
    /// `Unreadable`, `Damaged`.
    pub async fn entries(&self, kind: &str) -> Result<Vec<(String, Value)>> {
        let rows: Vec<(String, String)> =
            sqlx::query_as("SELECT id, value FROM entry WHERE kind = ?1 ORDER BY seq")
                .bind(kind)
                .fetch_all(&self.app().readers)
                .await
                .map_err(during("list the entries"))?;
        rows.into_iter().map(|(id, text)| Ok((id, parse("entry", &text)?))).collect()
    }

    /// One entry.
    ///
    /// # Errors
    /// `Unreadable`, `Damaged`.
    pub async fn entry(&self, kind: &str, id: &str) -> Result<Option<Value>> {
        let text: Option<String> = sqlx::query_scalar("SELECT value FROM entry WHERE kind = ?1 AND id = ?2")
            .bind(kind)
            .bind(id)
            .fetch_optional(&self.app().readers)
            .await
            .map_err(during("read an entry"))?;
        text.map(|text| parse("entry", &text)).transpose()
    }

    /// Adds or replaces an entry; a replaced one keeps its place.
    ///
    /// # Errors
    /// `DiskFull`.
    pub async fn put_entry(&self, kind: &str, id: &str, value: &Value) -> Result<()> {
        fault::point("store.put_entry.before");
        sqlx::query(
            "INSERT INTO entry (kind, id, value) VALUES (?1, ?2, ?3)
             ON CONFLICT (kind, id) DO UPDATE SET value = excluded.value",
        )
        .bind(kind)
        .bind(id)
        .bind(json("entry", value)?)
        .execute(&self.app().writer)
        .await
        .map_err(during("save an entry"))?;
        fault::point("store.put_entry.after_commit");
        Ok(())
    }

    /// Deletes an entry; whether it was there.
    ///
    /// # Errors
    /// `DiskFull`.
    pub async fn delete_entry(&self, kind: &str, id: &str) -> Result<bool> {
        fault::point("store.delete_entry.before");
        let gone = sqlx::query("DELETE FROM entry WHERE kind = ?1 AND id = ?2")
            .bind(kind)
            .bind(id)
            .execute(&self.app().writer)
            .await
            .map_err(during("delete an entry"))?;
        fault::point("store.delete_entry.after_commit");
        Ok(gone.rows_affected() > 0)
    }
}

#[cfg(test)]
mod tests {
    use crate::Store;
    use serde_json::json;

    #[tokio::test]
    async fn a_setting_is_replaced_by_the_next_one() {
        let store = Store::in_memory().await.unwrap();
        assert_eq!(store.setting("theme").await.unwrap(), None);
        store.set_setting("theme", &json!("dark")).await.unwrap();
        store.set_setting("theme", &json!({"name": "light"})).await.unwrap();
        assert_eq!(store.setting("theme").await.unwrap(), Some(json!({"name": "light"})));
    }

    #[tokio::test]
    async fn entries_keep_their_order_and_their_kind_apart() {
        let store = Store::in_memory().await.unwrap();
        for (kind, id, n) in
            [("server", "z", 1), ("server", "a", 2), ("provider", "z", 3), ("server", "z", 4)]
        {
            store.put_entry(kind, id, &json!(n)).await.unwrap();
        }
        let servers = store.entries("server").await.unwrap();
        assert_eq!(servers, [("z".to_owned(), json!(4)), ("a".to_owned(), json!(2))]);
        assert!(store.delete_entry("server", "z").await.unwrap());
        assert!(!store.delete_entry("server", "z").await.unwrap());
        assert_eq!(store.entry("provider", "z").await.unwrap(), Some(json!(3)));
    }
}

//! The `mission_version` table: what a bank's missions and settings of extraction were, and since when.
//!
//! Which settings belong to a version is decided in `rearview-curate`; here they are one JSON object. Rows have
//! no foreign keys: servers and banks are not the store's, and a bank that comes back finds its versions.

use crate::db::commit;
use crate::error::{Result, during};
use crate::open::Store;
use crate::row::{from_word, json, parse, word};
use rearview_domain::time::Time;
use rearview_domain::{BankId, ServerId};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use sqlx::Row as _;
use sqlx::sqlite::SqliteRow;

/// How a version came to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum VersionOrigin {
    /// It was saved from here.
    Saved,
    /// It was an earlier version, saved again.
    Reverted,
    /// It was found on the server; somebody else made it, or it was there before.
    Seen,
}

/// What a bank's missions were.
#[derive(Clone, Debug, PartialEq)]
pub struct MissionVersion {
    /// Its id; later versions have higher ones, whatever the clock says.
    pub id: i64,
    /// Since when, as far as is known here.
    pub at: Time,
    /// How it came to be.
    pub origin: VersionOrigin,
    /// The version that was saved again, for `Reverted`.
    pub reverted_to: Option<i64>,
    /// What the bank overrode, by key; what is absent was inherited.
    pub settings: Map<String, Value>,
}

/// A page of versions, the newest first.
#[derive(Clone, Debug, PartialEq)]
pub struct VersionPage {
    /// The versions.
    pub items: Vec<MissionVersion>,
    /// How many there are in all.
    pub total: u32,
}

impl Store {
    /// The newest version of a bank.
    ///
    /// # Errors
    /// `Unreadable`, `Damaged`.
    pub async fn newest_mission_version(
        &self,
        server: &ServerId,
        bank: &BankId,
    ) -> Result<Option<MissionVersion>> {
        sqlx::query(NEWEST)
            .bind(server.as_str())
            .bind(bank.as_str())
            .fetch_optional(&self.app().readers)
            .await
            .map_err(during("read a version of a mission"))?
            .as_ref()
            .map(version_of)
            .transpose()
    }

    /// One version of a bank.
    ///
    /// # Errors
    /// `Unreadable`, `Damaged`.
    pub async fn mission_version(
        &self,
        server: &ServerId,
        bank: &BankId,
        id: i64,
    ) -> Result<Option<MissionVersion>> {
        sqlx::query("SELECT * FROM mission_version WHERE server_id = ?1 AND bank_id = ?2 AND id = ?3")
            .bind(server.as_str())
            .bind(bank.as_str())
            .bind(id)
            .fetch_optional(&self.app().readers)
            .await
            .map_err(during("read a version of a mission"))?
            .as_ref()
            .map(version_of)
            .transpose()
    }

    /// Versions of a bank, the newest first.
    ///
    /// # Errors
    /// `Unreadable`, `Damaged`.
    pub async fn mission_versions(
        &self,
        server: &ServerId,
        bank: &BankId,
        limit: u32,
        offset: u32,
    ) -> Result<VersionPage> {
        let action = "list the versions of a mission";
        let total =
            sqlx::query_scalar("SELECT count(*) FROM mission_version WHERE server_id = ?1 AND bank_id = ?2")
                .bind(server.as_str())
                .bind(bank.as_str())
                .fetch_one(&self.app().readers)
                .await
                .map_err(during(action))?;
        let items = sqlx::query(
            "SELECT * FROM mission_version WHERE server_id = ?1 AND bank_id = ?2
             ORDER BY id DESC LIMIT ?3 OFFSET ?4",
        )
        .bind(server.as_str())
        .bind(bank.as_str())
        .bind(limit)
        .bind(offset)
        .fetch_all(&self.app().readers)
        .await
        .map_err(during(action))?
        .iter()
        .map(version_of)
        .collect::<Result<_>>()?;
        Ok(VersionPage { items, total })
    }

    /// Keeps what was found on a server, when it differs from the newest version and no version came after
    /// `newest`, which was the newest one before the server was asked: an answer that a save overtook is old.
    /// Answers whether it was kept.
    ///
    /// # Errors
    /// `DiskFull`.
    pub async fn see_mission(
        &self,
        server: &ServerId,
        bank: &BankId,
        settings: &Map<String, Value>,
        newest: Option<i64>,
    ) -> Result<bool> {
        let action = "keep a version of a mission";
        let mut tx = self.app().begin(action).await?;
        let row = sqlx::query(NEWEST)
            .bind(server.as_str())
            .bind(bank.as_str())
            .fetch_optional(&mut *tx)
            .await
            .map_err(during(action))?;
        let last = row.as_ref().map(version_of).transpose()?;
        let overtaken = last.as_ref().map(|last| last.id) != newest;
        let same = last.as_ref().is_some_and(|last| &last.settings == settings);
        if overtaken || same {
            return Ok(false);
        }
        insert(&mut tx, server, bank, settings, VersionOrigin::Seen, None, action).await?;
        commit(tx, action).await?;
        Ok(true)
    }

    /// Keeps what was saved. When a look at the server kept the same before, that version is the saved one.
    ///
    /// # Errors
    /// `DiskFull`.
    pub async fn keep_mission(
        &self,
        server: &ServerId,
        bank: &BankId,
        settings: &Map<String, Value>,
        reverted_to: Option<i64>,
    ) -> Result<()> {
        let action = "keep a version of a mission";
        let origin = if reverted_to.is_some() { VersionOrigin::Reverted } else { VersionOrigin::Saved };
        let mut tx = self.app().begin(action).await?;
        let row = sqlx::query(NEWEST)
            .bind(server.as_str())
            .bind(bank.as_str())
            .fetch_optional(&mut *tx)
            .await
            .map_err(during(action))?;
        let last = row.as_ref().map(version_of).transpose()?;
        match last.filter(|last| &last.settings == settings) {
            Some(same) => {
                sqlx::query("UPDATE mission_version SET origin = ?2, reverted_to = ?3 WHERE id = ?1")
                    .bind(same.id)
                    .bind(word("origin", origin)?)
                    .bind(reverted_to)
                    .execute(&mut *tx)
                    .await
                    .map_err(during(action))?;
            }
            None => insert(&mut tx, server, bank, settings, origin, reverted_to, action).await?,
        }
        commit(tx, action).await
    }
}

const NEWEST: &str =
    "SELECT * FROM mission_version WHERE server_id = ?1 AND bank_id = ?2 ORDER BY id DESC LIMIT 1";

async fn insert(
    tx: &mut crate::db::Tx,
    server: &ServerId,
    bank: &BankId,
    settings: &Map<String, Value>,
    origin: VersionOrigin,
    reverted_to: Option<i64>,
    action: &'static str,
) -> Result<()> {
    sqlx::query(
        "INSERT INTO mission_version (server_id, bank_id, at, origin, reverted_to, settings)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
    )
    .bind(server.as_str())
    .bind(bank.as_str())
    .bind(Time::now().0)
    .bind(word("origin", origin)?)
    .bind(reverted_to)
    .bind(json("version of a mission", settings)?)
    .execute(&mut **tx)
    .await
    .map_err(during(action))?;
    Ok(())
}

fn version_of(row: &SqliteRow) -> Result<MissionVersion> {
    let damaged = during("read a version of a mission");
    let read = || -> sqlx::Result<(i64, String, String, Option<i64>, String)> {
        Ok((
            row.try_get("id")?,
            row.try_get("at")?,
            row.try_get("origin")?,
            row.try_get("reverted_to")?,
            row.try_get("settings")?,
        ))
    };
    let (id, at, origin, reverted_to, settings) = read().map_err(damaged)?;
    Ok(MissionVersion {
        id,
        at: Time(at),
        origin: from_word("origin", origin)?,
        reverted_to,
        settings: parse("version of a mission", &settings)?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn ids() -> (ServerId, BankId) {
        (ServerId::from("s"), BankId::from("a/b?#<i>"))
    }

    fn set(mission: &str) -> Map<String, Value> {
        json!({"retain_mission": mission}).as_object().cloned().unwrap_or_default()
    }

    async fn origins(store: &Store) -> Vec<(VersionOrigin, String)> {
        let (server, bank) = ids();
        let page = store.mission_versions(&server, &bank, 100, 0).await.unwrap();
        assert_eq!(page.total as usize, page.items.len());
        let text = |one: &MissionVersion| one.settings["retain_mission"].as_str().unwrap().to_owned();
        page.items.iter().map(|one| (one.origin, text(one))).collect()
    }

    #[tokio::test]
    async fn what_is_seen_again_is_kept_once_and_another_bank_has_its_own() {
        let store = Store::in_memory().await.unwrap();
        let (server, bank) = ids();
        assert!(store.see_mission(&server, &bank, &set("a"), None).await.unwrap());
        let newest = store.newest_mission_version(&server, &bank).await.unwrap().unwrap();
        assert!(!store.see_mission(&server, &bank, &set("a"), Some(newest.id)).await.unwrap());
        assert!(store.see_mission(&server, &bank, &set("b"), Some(newest.id)).await.unwrap());
        assert!(store.see_mission(&server, &BankId::from("other"), &set("a"), None).await.unwrap());
        assert_eq!(origins(&store).await.len(), 2);
        assert!(store.mission_version(&server, &BankId::from("x"), newest.id).await.unwrap().is_none());
    }

    #[tokio::test]
    async fn a_look_that_a_save_overtook_keeps_nothing_and_one_before_it_becomes_the_saved_one() {
        let store = Store::in_memory().await.unwrap();
        let (server, bank) = ids();
        store.see_mission(&server, &bank, &set("a"), None).await.unwrap();
        let before = store.newest_mission_version(&server, &bank).await.unwrap().unwrap().id;
        store.keep_mission(&server, &bank, &set("b"), None).await.unwrap();
        assert!(!store.see_mission(&server, &bank, &set("a"), Some(before)).await.unwrap());
        let saved = store.newest_mission_version(&server, &bank).await.unwrap().unwrap().id;
        assert!(store.see_mission(&server, &bank, &set("a"), Some(saved)).await.unwrap());
        store.keep_mission(&server, &bank, &set("a"), Some(before)).await.unwrap();
        let expected = [
            (VersionOrigin::Reverted, "a".to_owned()),
            (VersionOrigin::Saved, "b".to_owned()),
            (VersionOrigin::Seen, "a".to_owned()),
        ];
        assert_eq!(origins(&store).await, expected);
    }
}

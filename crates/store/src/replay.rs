//! The `replay` and `replay_sample` tables, in `records.db`: what replays of turns were asked for and what came.
//!
//! A replay that is gone with its chat takes no more samples: the row of the replay is looked for in the same
//! transaction. Bodies that were sent are kept as those of turns are. Called by `rearview-api`.

use crate::body::adopt;
use crate::db::{Tx, commit};
use crate::error::{Result, StoreError, during};
use crate::open::Store;
use crate::recipe;
use crate::row::{json, parse};
use rearview_domain::replay::{Replay, ReplaySample};
use rearview_domain::{ChatId, ReplayId, TurnId};
use serde::Serialize;
use serde::de::DeserializeOwned;

/// A value of this size in bytes and more is packed.
const PACKED_FROM: usize = 512;

impl Store {
    /// Keeps a new replay.
    ///
    /// # Errors
    /// `DiskFull`.
    pub async fn add_replay(&self, replay: &Replay) -> Result<()> {
        let (bytes, packed, data) = pack("replay", replay)?;
        sqlx::query(
            "INSERT INTO replay (id, turn_id, chat_id, bytes, packed, data) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
        )
        .bind(replay.id.as_str())
        .bind(replay.turn_id.as_str())
        .bind(replay.chat_id.as_str())
        .bind(bytes)
        .bind(packed)
        .bind(data)
        .execute(&self.records().writer)
        .await
        .map_err(during("save the replay"))?;
        Ok(())
    }

    /// Writes a replay as it is now, and keeps the bodies that its arms name; put those first.
    ///
    /// # Errors
    /// `NotFound` when it went with its chat, `DiskFull`.
    pub async fn update_replay(&self, replay: &Replay) -> Result<()> {
        let action = "save the replay";
        let (bytes, packed, data) = pack("replay", replay)?;
        let mut tx = self.records().begin(action).await?;
        let written = sqlx::query("UPDATE replay SET bytes = ?2, packed = ?3, data = ?4 WHERE id = ?1")
            .bind(replay.id.as_str())
            .bind(bytes)
            .bind(packed)
            .bind(data)
            .execute(&mut *tx)
            .await
            .map_err(during(action))?;
        if written.rows_affected() == 0 {
            return Err(gone(&replay.id));
        }
        for hash in replay.arms.iter().filter_map(|arm| arm.body_hash.as_deref()) {
            adopt(&mut tx, &replay.chat_id, hash, action).await?;
        }
        commit(tx, action).await
    }

    /// Keeps a sample of a replay, and the body that it answers; put that first.
    ///
    /// # Errors
    /// `NotFound` when the replay went with its chat, `DiskFull`.
    pub async fn add_replay_sample(
        &self,
        replay: &ReplayId,
        chat: &ChatId,
        sample: &ReplaySample,
    ) -> Result<()> {
        let action = "save an answer of the replay";
        let (bytes, packed, data) = pack("answer of a replay", sample)?;
        let mut tx = self.records().begin(action).await?;
        let written = sqlx::query(
            "INSERT OR REPLACE INTO replay_sample (replay_id, arm, n, bytes, packed, data)
             SELECT id, ?2, ?3, ?4, ?5, ?6 FROM replay WHERE id = ?1",
        )
        .bind(replay.as_str())
        .bind(sample.arm)
        .bind(sample.n)
        .bind(bytes)
        .bind(packed)
        .bind(data)
        .execute(&mut *tx)
        .await
        .map_err(during(action))?;
        if written.rows_affected() == 0 {
            return Err(gone(replay));
        }
        adopt(&mut tx, chat, &sample.body_hash, action).await?;
        commit(tx, action).await
    }

    /// The replays of a turn with their samples, the newest first; samples by arm, then by number.
    ///
    /// # Errors
    /// `Unreadable`, `Damaged`.
    pub async fn replays(&self, turn: &TurnId) -> Result<Vec<(Replay, Vec<ReplaySample>)>> {
        let action = "read the replays";
        let rows: Vec<(u32, bool, Vec<u8>)> =
            sqlx::query_as("SELECT bytes, packed, data FROM replay WHERE turn_id = ?1 ORDER BY seq DESC")
                .bind(turn.as_str())
                .fetch_all(&self.records().readers)
                .await
                .map_err(during(action))?;
        let samples: Vec<(String, u32, bool, Vec<u8>)> = sqlx::query_as(
            "SELECT replay_id, replay_sample.bytes, replay_sample.packed, replay_sample.data
             FROM replay JOIN replay_sample ON replay_id = id
             WHERE turn_id = ?1 ORDER BY seq, arm, n",
        )
        .bind(turn.as_str())
        .fetch_all(&self.records().readers)
        .await
        .map_err(during(action))?;
        let mut replays = Vec::with_capacity(rows.len());
        for row in rows {
            replays.push((unpack::<Replay>("replay", row)?, Vec::new()));
        }
        for (id, bytes, packed, data) in samples {
            // Written between the two reads, it is told the next time.
            if let Some((_, samples)) = replays.iter_mut().find(|(replay, _)| replay.id.as_str() == id) {
                samples.push(unpack("answer of a replay", (bytes, packed, data))?);
            }
        }
        Ok(replays)
    }

    /// Deletes one replay. Bodies that it alone sent stay until the chat goes: they take little room.
    ///
    /// # Errors
    /// `Damaged`.
    pub async fn delete_replay(&self, replay: &ReplayId) -> Result<()> {
        sqlx::query("DELETE FROM replay WHERE id = ?1")
            .bind(replay.as_str())
            .execute(&self.records().writer)
            .await
            .map_err(during("delete the replay"))?;
        Ok(())
    }
}

/// Deletes the replays of a chat.
pub(crate) async fn forget(tx: &mut Tx, chat: &ChatId, action: &'static str) -> Result<()> {
    sqlx::query("DELETE FROM replay WHERE chat_id = ?1")
        .bind(chat.as_str())
        .execute(&mut **tx)
        .await
        .map_err(during(action))?;
    Ok(())
}

fn gone(replay: &ReplayId) -> StoreError {
    StoreError::NotFound { what: "replay", id: replay.to_string() }
}

fn pack<T: Serialize>(what: &'static str, value: &T) -> Result<(i64, bool, Vec<u8>)> {
    let text = json(what, value)?.into_bytes();
    let bytes = i64::try_from(text.len()).unwrap_or(i64::MAX);
    let (data, packed) = if text.len() < PACKED_FROM { (text, false) } else { recipe::pack(&text) };
    Ok((bytes, packed, data))
}

fn unpack<T: DeserializeOwned>(what: &'static str, (bytes, packed, data): (u32, bool, Vec<u8>)) -> Result<T> {
    let text = recipe::unpack(data, packed, bytes).and_then(|bytes| String::from_utf8(bytes).ok());
    let text = text.ok_or_else(|| StoreError::Unreadable {
        what,
        source: serde::de::Error::custom("its bytes are damaged"),
    })?;
    parse(what, &text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{at, begin, chat};
    use rearview_domain::replay::{Arm, ReplayArm, ReplayKind, ReplayState, SampleState};
    use rearview_domain::turn::Usage;

    fn replay(id: &str) -> Replay {
        Replay {
            id: id.into(),
            chat_id: "c".into(),
            turn_id: "t".into(),
            kind: ReplayKind::WhatIf,
            state: ReplayState::Running,
            samples: 2,
            arms: vec![ReplayArm::new(Arm::as_it_was(), "demo/demo".into())],
            original: None,
            differs: None,
            expected_usd: Some(0.0),
            started_at: at(1),
            ended_at: None,
        }
    }

    fn sample(n: u32, text: &str, body_hash: &str) -> ReplaySample {
        ReplaySample {
            arm: 0,
            n,
            state: SampleState::Finished,
            text: text.into(),
            calls: Vec::new(),
            finish: None,
            usage: Usage::default(),
            cost: None,
            ms: 1.0,
            body_hash: body_hash.into(),
            error: None,
        }
    }

    async fn store() -> Store {
        let store = Store::in_memory().await.unwrap();
        store.insert_chat(&chat("c")).await.unwrap();
        store.begin_turns(vec![begin("c", "t", None, "hello")]).await.unwrap();
        store
    }

    #[tokio::test]
    async fn what_was_kept_reads_back_the_newest_replay_first() {
        let store = store().await;
        let long = "word ".repeat(400);
        let mut first = replay("1");
        store.add_replay(&first).await.unwrap();
        store.add_replay(&replay("2")).await.unwrap();
        let hash = store.put_body(b"{}", &[]).await.unwrap();
        store.add_replay_sample(&first.id, &first.chat_id, &sample(1, &long, &hash)).await.unwrap();
        store.add_replay_sample(&first.id, &first.chat_id, &sample(0, "short", &hash)).await.unwrap();
        first.state = ReplayState::Done;
        first.arms[0].body_hash = Some(hash.clone());
        store.update_replay(&first).await.unwrap();
        let read = store.replays(&"t".into()).await.unwrap();
        assert_eq!(read.iter().map(|(replay, _)| replay.id.as_str()).collect::<Vec<_>>(), ["2", "1"]);
        assert_eq!(read[1], (first, vec![sample(0, "short", &hash), sample(1, &long, &hash)]));
        assert!(store.replays(&"other".into()).await.unwrap().is_empty());
        store.delete_replay(&"1".into()).await.unwrap();
        assert_eq!(store.replays(&"t".into()).await.unwrap().len(), 1);
    }

    #[tokio::test]
    async fn replays_and_their_bodies_go_with_their_chat_and_nothing_comes_after_it() {
        let store = store().await;
        let replay = replay("1");
        store.add_replay(&replay).await.unwrap();
        let hash = store.put_body(b"{\"a\":1}", &[]).await.unwrap();
        store.add_replay_sample(&replay.id, &replay.chat_id, &sample(0, "x", &hash)).await.unwrap();
        store.sweep_loose_bodies().await.unwrap();
        assert!(store.body(&hash).await.unwrap().is_some(), "a body that a replay names is kept");
        store.delete_chat(&"c".into()).await.unwrap();
        assert!(store.replays(&"t".into()).await.unwrap().is_empty());
        assert!(store.body(&hash).await.unwrap().is_none());
        let late = store.add_replay_sample(&replay.id, &replay.chat_id, &sample(1, "y", &hash)).await;
        assert!(matches!(late, Err(StoreError::NotFound { .. })), "{late:?}");
        assert!(matches!(store.update_replay(&replay).await, Err(StoreError::NotFound { .. })));
    }
}

//! The words of memories as turns met them: an index beside the records, so that turns are found by them.
//!
//! Written with the parts of a record and gone with them. Records of builds without it are read in the background by
//! [`Store::index_wordings`], which `rearview-api` starts with the app; the same pass notes which bank a turn asked. Who
//! searches is `injection`.

use crate::db::{Tx, commit};
use crate::error::{Result, during};
use crate::open::Store;
use crate::recipe;
use crate::row::json;
use crate::words::spread;
use rearview_domain::record::{RecordPart, Resolved};
use rearview_domain::{ChatId, TurnId};
use sha2::{Digest as _, Sha256};
use std::time::Duration;

/// Older parts that are read in one go; a turn that is being recorded waits no longer than that.
const BATCH: i64 = 64;
/// Between two goes, so that the writer is free for whoever needs it.
const PAUSE: Duration = Duration::from_millis(5);

/// Its words stood in the prompt.
pub(crate) const INJECTED: i64 = 1;
/// Recall returned it, or it was pinned.
const RETURNED: i64 = 2;
/// A tool of the model found it.
const FOUND: i64 = 3;

/// Notes the words that a part names, in the transaction that appends it.
pub(crate) async fn note(
    tx: &mut Tx,
    seq: i64,
    turn: &TurnId,
    part: &RecordPart,
    action: &'static str,
) -> Result<()> {
    let (role, named): (i64, Vec<(&str, &str)>) = match part {
        RecordPart::Memory(call) => (RETURNED, call.memories.iter().map(|m| (&*m.id, &*m.text)).collect()),
        RecordPart::Pinned(pinned) => {
            let there = pinned.iter().filter_map(|pin| pin.memory.as_ref());
            (RETURNED, there.map(|m| (&*m.id, &*m.text)).collect())
        }
        RecordPart::Tool(run) => (FOUND, run.memories.iter().map(|m| (&*m.id, &*m.text)).collect()),
        // Other words that a person gave a memory for the turn; they come before what was selected.
        RecordPart::Pause(pause) => {
            let edited = pause.edits().into_iter().flat_map(|edits| &edits.edited);
            (INJECTED, edited.map(|(id, text)| (&**id, &**text)).collect())
        }
        RecordPart::Selected(selected) => {
            let injected: Vec<&str> =
                selected.iter().filter(|one| one.gate.is_none()).map(|one| &*one.memory_id).collect();
            return note_injected(tx, seq, turn, &injected, action).await;
        }
        _ => return Ok(()),
    };
    for (memory, text) in named {
        let digest = Sha256::digest(text.as_bytes());
        let known: Option<i64> =
            sqlx::query_scalar("SELECT id FROM wording WHERE memory_id = ?1 AND digest = ?2")
                .bind(memory)
                .bind(digest.as_slice())
                .fetch_optional(&mut **tx)
                .await
                .map_err(during(action))?;
        let id = match known {
            Some(id) => id,
            None => add(tx, memory, digest.as_slice(), text, action).await?,
        };
        sqlx::query("INSERT OR IGNORE INTO part_wording (wording, role, part) VALUES (?1, ?2, ?3)")
            .bind(id)
            .bind(role)
            .bind(seq)
            .execute(&mut **tx)
            .await
            .map_err(during(action))?;
    }
    Ok(())
}

async fn add(tx: &mut Tx, memory: &str, digest: &[u8], text: &str, action: &'static str) -> Result<i64> {
    let id: i64 =
        sqlx::query_scalar("INSERT INTO wording (memory_id, digest, text) VALUES (?1, ?2, ?3) RETURNING id")
            .bind(memory)
            .bind(digest)
            .bind(text)
            .fetch_one(&mut **tx)
            .await
            .map_err(during(action))?;
    sqlx::query("INSERT INTO wording_fts (rowid, words) VALUES (?1, ?2)")
        .bind(id)
        .bind(spread(text))
        .execute(&mut **tx)
        .await
        .map_err(during(action))?;
    Ok(id)
}

/// Which of the wordings that the turn met so far were injected. A memory that was given other words by hand was injected
/// with those alone.
async fn note_injected(
    tx: &mut Tx,
    seq: i64,
    turn: &TurnId,
    injected: &[&str],
    action: &'static str,
) -> Result<()> {
    if injected.is_empty() {
        return Ok(());
    }
    sqlx::query(
        "INSERT OR IGNORE INTO part_wording (wording, role, part)
         SELECT w.id, 1, ?1 FROM record_part p
         CROSS JOIN part_wording x ON x.part = p.seq AND x.role = 2 CROSS JOIN wording w ON w.id = x.wording
         WHERE p.turn_id = ?2 AND p.seq < ?1 AND w.memory_id IN (SELECT value FROM json_each(?3))
           AND w.memory_id NOT IN (
             SELECT v.memory_id FROM record_part q CROSS JOIN part_wording y ON y.part = q.seq AND y.role = 1
             CROSS JOIN wording v ON v.id = y.wording WHERE q.turn_id = ?2 AND q.seq < ?1)",
    )
    .bind(seq)
    .bind(turn.as_str())
    .bind(json("list of memories", injected)?)
    .execute(&mut **tx)
    .await
    .map_err(during(action))?;
    Ok(())
}

/// Forgets the words that only the parts of this chat name; called before the parts go.
pub(crate) async fn forget(tx: &mut Tx, chat: &ChatId, action: &'static str) -> Result<()> {
    let gone: Vec<i64> = sqlx::query_scalar(
        "DELETE FROM part_wording WHERE (wording, role, part) IN (
           SELECT x.wording, x.role, x.part FROM record_part p CROSS JOIN part_wording x ON x.part = p.seq
           WHERE p.chat_id = ?1) RETURNING wording",
    )
    .bind(chat.as_str())
    .fetch_all(&mut **tx)
    .await
    .map_err(during(action))?;
    let loose: Vec<i64> = sqlx::query_scalar(
        "DELETE FROM wording WHERE id IN (SELECT value FROM json_each(?1))
         AND NOT EXISTS (SELECT 1 FROM part_wording x WHERE x.wording = wording.id) RETURNING id",
    )
    .bind(json("list of ids", &gone)?)
    .fetch_all(&mut **tx)
    .await
    .map_err(during(action))?;
    sqlx::query("DELETE FROM wording_fts WHERE rowid IN (SELECT value FROM json_each(?1))")
        .bind(json("list of ids", &loose)?)
        .execute(&mut **tx)
        .await
        .map_err(during(action))?;
    Ok(())
}

impl Store {
    /// Notes which bank a turn asks. A turn that is not there (any more) is no error.
    pub(crate) async fn note_bank(&self, turn: &TurnId, resolved: &Resolved) -> Result<()> {
        sqlx::query("UPDATE turn SET server_id = ?2, bank_id = ?3 WHERE id = ?1")
            .bind(turn.as_str())
            .bind(resolved.bank.server_id.as_ref().map(|id| id.to_string()))
            .bind(resolved.bank.server_id.as_ref().map(|_| resolved.bank.bank_id.to_string()))
            .execute(&self.app().writer)
            .await
            .map_err(during("note the bank of a turn"))?;
        Ok(())
    }

    /// Parts of older records whose words are not in the index yet.
    ///
    /// # Errors
    /// `Database`.
    pub async fn wordings_left(&self) -> Result<u64> {
        let left: Option<i64> = sqlx::query_scalar("SELECT max(upto) FROM wording_left")
            .fetch_one(&self.records().readers)
            .await
            .map_err(during("read how far older records are searched"))?;
        Ok(u64::try_from(left.unwrap_or_default()).unwrap_or_default())
    }

    /// Reads the records that were written before there was this index, the newest first, until none is left. Stopped in
    /// the middle, it goes on at the next start.
    ///
    /// # Errors
    /// `Database`, `DiskFull`. A damaged part is left out, as `record` will say when it is asked for.
    pub async fn index_wordings(&self) -> Result<()> {
        while self.index_some_wordings().await? {
            tokio::time::sleep(PAUSE).await;
        }
        Ok(())
    }

    /// Reads the turns of one batch of parts; false when nothing is left.
    async fn index_some_wordings(&self) -> Result<bool> {
        let action = "index the words of older records";
        let upto = i64::try_from(self.wordings_left().await?).unwrap_or_default();
        if upto <= 0 {
            return Ok(false);
        }
        let parts: Vec<(i64, String)> =
            sqlx::query_as("SELECT seq, turn_id FROM record_part WHERE seq <= ?1 ORDER BY seq DESC LIMIT ?2")
                .bind(upto)
                .bind(BATCH)
                .fetch_all(&self.records().readers)
                .await
                .map_err(during(action))?;
        let next = parts.last().map_or(0, |(seq, _)| seq - 1);
        let mut turns: Vec<String> = parts.into_iter().map(|(_, turn)| turn).collect();
        turns.sort_unstable();
        turns.dedup();
        // What was injected is told by its words, which came in an earlier part: a turn is read whole, in its order.
        let rows: Vec<(i64, String, u32, bool, Vec<u8>)> = sqlx::query_as(
            "SELECT seq, turn_id, bytes, packed, data FROM json_each(?1) t
             CROSS JOIN record_part ON turn_id = t.value ORDER BY turn_id, seq",
        )
        .bind(json("list of turns", &turns)?)
        .fetch_all(&self.records().readers)
        .await
        .map_err(during(action))?;
        // Unpacking traces is work for a thread of its own.
        let found = tokio::task::spawn_blocking(move || {
            let named = |(seq, turn, bytes, packed, data)| Some((seq, turn, naming(data, packed, bytes)?));
            rows.into_iter().filter_map(named).collect::<Vec<(i64, String, RecordPart)>>()
        })
        .await
        .unwrap_or_default();
        let mut tx = self.records().begin(action).await?;
        for (seq, turn, part) in &found {
            note(&mut tx, *seq, &TurnId(turn.clone()), part, action).await?;
        }
        sqlx::query("UPDATE wording_left SET upto = ?1")
            .bind(next)
            .execute(&mut *tx)
            .await
            .map_err(during(action))?;
        commit(tx, action).await?;
        for (_, turn, part) in found {
            if let RecordPart::Resolved(resolved) = part {
                self.note_bank(&TurnId(turn), &resolved).await?;
            }
        }
        Ok(next > 0)
    }
}

/// The part, when it is one that names words or a bank.
fn naming(data: Vec<u8>, packed: bool, bytes: u32) -> Option<RecordPart> {
    let text = recipe::unpack(data, packed, bytes)?;
    // The tag stands first, so the others need no reading.
    let begins = |tag: &str| text.starts_with(format!("{{\"part\":\"{tag}\"").as_bytes());
    if !["resolved", "memory", "pinned", "selected", "tool", "pause"].into_iter().any(begins) {
        return None;
    }
    serde_json::from_slice(&text).ok()
}

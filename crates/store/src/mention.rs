//! In which turns a memory came up: an index beside the records, written with their parts.
//!
//! What a record says is `record`'s. Parts of builds that had no index are read in the background by
//! [`Store::index_mentions`], which `rearview-api` starts with the app; the fact browser asks [`Store::mentions`].

use crate::db::{Tx, commit};
use crate::error::{Result, during};
use crate::open::Store;
use crate::recipe;
use crate::row::json;
use rearview_domain::record::RecordPart;
use rearview_domain::time::Time;
use rearview_domain::{ChatId, TurnId};
use std::collections::HashMap;
use std::time::Duration;

/// Older parts that are read in one go; a turn that is being recorded waits no longer than that.
const BATCH: i64 = 64;
/// Between two goes, so that the writer is free for whoever needs it.
const PAUSE: Duration = Duration::from_millis(5);

const INJECTED: i64 = 1;
const KEPT_OUT: i64 = 2;
const FOUND: i64 = 3;
const LEARNED: i64 = 4;
const ECHOED: i64 = 5;
/// It was looked for in the answer and not found. Neither this nor `ECHOED`: not known.
const NOT_ECHOED: i64 = 6;

/// A turn in which a memory came up, and how.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mention {
    /// The turn.
    pub turn_id: TurnId,
    /// Its chat.
    pub chat_id: ChatId,
    /// When that part of its record was written.
    pub at: Time,
    /// It stood in the prompt.
    pub injected: bool,
    /// It was recalled and did not get in.
    pub kept_out: bool,
    /// The model found it with a tool.
    pub found: bool,
    /// It came of what was said in it, or of what the model stored with a tool.
    pub learned: bool,
    /// Whether something of it came back in the answer; `None` when nobody looked.
    pub echoed: Option<bool>,
}

/// How often a memory was used.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MemoryUse {
    /// Turns in whose prompt it stood.
    pub injected: u64,
    /// Those of them in which it was looked for in the answer.
    pub looked: u64,
    /// Those of them in which something of it came back.
    pub echoed: u64,
}

/// The latest turns in which a memory came up.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Mentions {
    /// The turns, the latest first.
    pub turns: Vec<Mention>,
    /// How many turns there are in all.
    pub total: u64,
    /// Parts of older records that were not looked into yet.
    pub left: u64,
}

/// The memories that a part names, as JSON for `json_each`; `None` when it names none.
fn named(part: &RecordPart) -> Result<Option<String>> {
    let pairs: Vec<(&str, i64)> = match part {
        RecordPart::Selected(selected) => selected
            .iter()
            .map(|one| (one.memory_id.as_str(), if one.gate.is_none() { INJECTED } else { KEPT_OUT }))
            .collect(),
        RecordPart::Echoed(echoed) => echoed
            .memories
            .iter()
            .map(|one| (one.memory_id.as_str(), if one.came_back() { ECHOED } else { NOT_ECHOED }))
            .collect(),
        RecordPart::Tool(run) => {
            let found = run.memories.iter().map(|memory| (memory.id.as_str(), FOUND));
            found.chain(run.learned.iter().map(|fact| (fact.id.as_str(), LEARNED))).collect()
        }
        RecordPart::Learned(learned) => {
            learned.added.iter().map(|fact| (fact.id.as_str(), LEARNED)).collect()
        }
        _ => Vec::new(),
    };
    if pairs.is_empty() { Ok(None) } else { json("memories of a part", &pairs).map(Some) }
}

/// Writes down which memories a part names, in the transaction that appends it.
pub(crate) async fn note(tx: &mut Tx, seq: i64, part: &RecordPart, action: &'static str) -> Result<()> {
    let Some(pairs) = named(part)? else { return Ok(()) };
    // One statement however many there are: a recall returns dozens.
    sqlx::query(
        "INSERT OR IGNORE INTO part_memory (part, memory_id, role) \
         SELECT ?1, value ->> 0, value ->> 1 FROM json_each(?2)",
    )
    .bind(seq)
    .bind(pairs)
    .execute(&mut **tx)
    .await
    .map_err(during(action))?;
    Ok(())
}

/// Forgets what the parts of a chat name; called before the parts go.
pub(crate) async fn forget(tx: &mut Tx, chat: &ChatId, action: &'static str) -> Result<()> {
    sqlx::query("DELETE FROM part_memory WHERE part IN (SELECT seq FROM record_part WHERE chat_id = ?1)")
        .bind(chat.as_str())
        .execute(&mut **tx)
        .await
        .map_err(during(action))?;
    Ok(())
}

type Row = (String, String, String, i64, i64);

impl Store {
    /// The latest `limit` turns in which a memory came up.
    ///
    /// # Errors
    /// `Database`.
    pub async fn mentions(&self, memory_id: &str, limit: u32) -> Result<Mentions> {
        let action = "find the turns of a memory";
        let left: Option<i64> = sqlx::query_scalar("SELECT max(upto) FROM part_memory_left")
            .fetch_one(&self.records().readers)
            .await
            .map_err(during(action))?;
        let total: i64 = sqlx::query_scalar(
            "SELECT count(DISTINCT p.turn_id) FROM part_memory m JOIN record_part p ON p.seq = m.part \
             WHERE m.memory_id = ?1",
        )
        .bind(memory_id)
        .fetch_one(&self.records().readers)
        .await
        .map_err(during(action))?;
        // A tool’s part is written anew whenever its state changes, a turn may have several tools, and what came back
        // is told at its end: the first part says when the turn was.
        let rows: Vec<Row> = sqlx::query_as(
            "SELECT p.turn_id, p.chat_id, min(p.at), min(m.part), sum(DISTINCT 1 << m.role) FROM part_memory m \
             JOIN record_part p ON p.seq = m.part WHERE m.memory_id = ?1 \
             GROUP BY p.turn_id ORDER BY min(m.part) DESC LIMIT ?2",
        )
        .bind(memory_id)
        .bind(limit)
        .fetch_all(&self.records().readers)
        .await
        .map_err(during(action))?;
        let turns = rows.into_iter().map(|(turn, chat, at, _, roles)| Mention {
            turn_id: TurnId(turn),
            chat_id: ChatId(chat),
            at: Time(at),
            injected: roles & (1 << INJECTED) != 0,
            kept_out: roles & (1 << KEPT_OUT) != 0,
            found: roles & (1 << FOUND) != 0,
            learned: roles & (1 << LEARNED) != 0,
            echoed: match (roles & (1 << ECHOED) != 0, roles & (1 << NOT_ECHOED) != 0) {
                (false, false) => None,
                (echoed, _) => Some(echoed),
            },
        });
        Ok(Mentions {
            turns: turns.collect(),
            total: u64::try_from(total).unwrap_or_default(),
            left: u64::try_from(left.unwrap_or_default()).unwrap_or_default(),
        })
    }

    /// How often a memory was used, over all chats.
    ///
    /// # Errors
    /// `Database`.
    pub async fn memory_use(&self, memory_id: &str) -> Result<MemoryUse> {
        let turns: Vec<(i64, i64)> = sqlx::query_as(
            "SELECT m.role, count(DISTINCT p.turn_id) FROM part_memory m JOIN record_part p ON p.seq = m.part \
             WHERE m.memory_id = ?1 GROUP BY m.role",
        )
        .bind(memory_id)
        .fetch_all(&self.records().readers)
        .await
        .map_err(during("count the turns of a memory"))?;
        let of = |role: i64| -> u64 {
            let found = turns.iter().find(|(one, _)| *one == role);
            found.map_or(0, |(_, count)| u64::try_from(*count).unwrap_or_default())
        };
        Ok(MemoryUse { injected: of(INJECTED), looked: of(ECHOED) + of(NOT_ECHOED), echoed: of(ECHOED) })
    }

    /// Reads the parts that were written before there was this index, the newest first, until none is left.
    /// Stopped in the middle, it goes on at the next start.
    ///
    /// # Errors
    /// `Database`, `DiskFull`. A damaged part is left out, as `record` will say when it is asked for.
    pub async fn index_mentions(&self) -> Result<()> {
        while self.index_some_mentions().await? {
            tokio::time::sleep(PAUSE).await;
        }
        Ok(())
    }

    /// Reads one batch; false when nothing is left.
    async fn index_some_mentions(&self) -> Result<bool> {
        let action = "index the memories of records";
        let upto: Option<i64> = sqlx::query_scalar("SELECT max(upto) FROM part_memory_left")
            .fetch_one(&self.records().readers)
            .await
            .map_err(during(action))?;
        let Some(upto) = upto.filter(|upto| *upto > 0) else { return Ok(false) };
        let rows: Vec<(i64, u32, bool, Vec<u8>)> = sqlx::query_as(
            "SELECT seq, bytes, packed, data FROM record_part WHERE seq <= ?1 ORDER BY seq DESC LIMIT ?2",
        )
        .bind(upto)
        .bind(BATCH)
        .fetch_all(&self.records().readers)
        .await
        .map_err(during(action))?;
        let next = rows.last().map_or(0, |(seq, ..)| seq - 1);
        // Unpacking traces is work for a thread of its own.
        let found = tokio::task::spawn_blocking(move || {
            rows.into_iter()
                .filter_map(|(seq, bytes, packed, data)| Some((seq, naming(data, packed, bytes)?)))
                .collect::<HashMap<_, _>>()
        })
        .await
        .unwrap_or_default();
        let mut tx = self.records().begin(action).await?;
        for (seq, part) in &found {
            note(&mut tx, *seq, part, action).await?;
        }
        sqlx::query("UPDATE part_memory_left SET upto = ?1")
            .bind(next)
            .execute(&mut *tx)
            .await
            .map_err(during(action))?;
        commit(tx, action).await?;
        Ok(next > 0)
    }
}

/// The part, when it is one that may name memories.
fn naming(data: Vec<u8>, packed: bool, bytes: u32) -> Option<RecordPart> {
    let text = recipe::unpack(data, packed, bytes)?;
    // The tag stands first, so the long ones need no reading.
    let begins = |tag: &str| text.starts_with(format!("{{\"part\":\"{tag}\"").as_bytes());
    if !begins("selected") && !begins("tool") && !begins("echoed") {
        return None;
    }
    serde_json::from_slice(&text).ok()
}

#[cfg(test)]
mod tests;

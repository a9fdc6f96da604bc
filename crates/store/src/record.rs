//! The record of a turn, in `records.db`: parts are appended while the turn runs and folded when read.
//!
//! What a record says is `rearview_domain::record`; the bodies it names are in `body`, the memories in `mention`. Called by
//! `rearview-turns` (append) and `rearview-api` (read).

use crate::body::{adopt, release};
use crate::db::{Tx, commit};
use crate::error::{Result, StoreError, during};
use crate::fault;
use crate::mention;
use crate::open::Store;
use crate::recipe;
use crate::replay;
use crate::row::{json, parse};
use crate::wording;
use rearview_domain::record::{RecordPart, TurnRecord};
use rearview_domain::time::Time;
use rearview_domain::{ChatId, TurnId};

/// Parts of this size in bytes and more are packed: recall traces, memories, injected blocks.
const PACKED_FROM: usize = 512;

/// Adds one part, with what else is noted of it.
async fn append(
    tx: &mut Tx,
    (turn, chat, at): (&TurnId, &ChatId, &Time),
    part: &RecordPart,
    action: &'static str,
) -> Result<()> {
    let text = json("record part", part)?.into_bytes();
    let bytes = i64::try_from(text.len()).unwrap_or(i64::MAX);
    let (data, packed) = if text.len() < PACKED_FROM { (text, false) } else { recipe::pack(&text) };
    let written = sqlx::query(
        "INSERT INTO record_part (turn_id, chat_id, at, bytes, packed, data) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
    )
    .bind(turn.as_str())
    .bind(chat.as_str())
    .bind(&at.0)
    .bind(bytes)
    .bind(packed)
    .bind(data)
    .execute(&mut **tx)
    .await
    .map_err(during(action))?;
    fault::point("store.append_record.after_insert");
    mention::note(tx, written.last_insert_rowid(), part, action).await?;
    wording::note(tx, written.last_insert_rowid(), turn, part, action).await?;
    if let RecordPart::Step(step) = part {
        adopt(tx, chat, &step.body_hash, action).await?;
    }
    Ok(())
}

impl Store {
    /// Adds a part to a turn's record. The first part's time is the record's.
    ///
    /// # Errors
    /// `DiskFull`.
    pub async fn append_record(
        &self,
        turn: &TurnId,
        chat: &ChatId,
        at: &Time,
        part: &RecordPart,
    ) -> Result<()> {
        self.append_records(turn, chat, at, std::slice::from_ref(part)).await
    }

    /// Adds parts to a turn's record in their order, all or none. One transaction for all costs a turn less than one for
    /// each.
    ///
    /// # Errors
    /// `DiskFull`.
    pub async fn append_records(
        &self,
        turn: &TurnId,
        chat: &ChatId,
        at: &Time,
        parts: &[RecordPart],
    ) -> Result<()> {
        let action = "save a part of the record";
        fault::point("store.append_record.before");
        let mut tx = self.records().begin(action).await?;
        for part in parts {
            append(&mut tx, (turn, chat, at), part, action).await?;
        }
        commit(tx, action).await?;
        fault::point("store.append_record.after_commit");
        // In the other file. A process that dies in between leaves a turn whose bank is not known.
        for part in parts {
            if let RecordPart::Resolved(resolved) = part {
                self.note_bank(turn, resolved).await?;
            }
        }
        Ok(())
    }

    /// The record of a turn, folded from its parts; `None` when nothing was written.
    ///
    /// # Errors
    /// `Unreadable` when a part is damaged.
    pub async fn record(&self, turn: &TurnId) -> Result<Option<TurnRecord>> {
        let rows: Vec<(String, String, u32, bool, Vec<u8>)> = sqlx::query_as(
            "SELECT chat_id, at, bytes, packed, data FROM record_part WHERE turn_id = ?1 ORDER BY seq",
        )
        .bind(turn.as_str())
        .fetch_all(&self.records().readers)
        .await
        .map_err(during("read the record"))?;
        let mut record: Option<TurnRecord> = None;
        for (chat, at, bytes, packed, data) in rows {
            let text = recipe::unpack(data, packed, bytes)
                .and_then(|bytes| String::from_utf8(bytes).ok())
                .ok_or_else(damaged)?;
            record
                .get_or_insert_with(|| TurnRecord::new(turn.clone(), ChatId(chat), Time(at)))
                .apply(parse("record part", &text)?);
        }
        Ok(record)
    }

    /// Deletes all records of a chat and what only they keep.
    pub(crate) async fn delete_records(&self, chat: &ChatId) -> Result<()> {
        let action = "delete the chat's records";
        let mut tx = self.records().begin(action).await?;
        mention::forget(&mut tx, chat, action).await?;
        wording::forget(&mut tx, chat, action).await?;
        replay::forget(&mut tx, chat, action).await?;
        sqlx::query("DELETE FROM record_part WHERE chat_id = ?1")
            .bind(chat.as_str())
            .execute(&mut *tx)
            .await
            .map_err(during(action))?;
        fault::point("store.delete_records.after_parts");
        release(&mut tx, chat, action).await?;
        fault::point("store.delete_records.after_release");
        commit(tx, action).await?;
        fault::point("store.delete_records.after_commit");
        Ok(())
    }
}

fn damaged() -> StoreError {
    let source = serde::de::Error::custom("its bytes are damaged");
    StoreError::Unreadable { what: "record part", source }
}

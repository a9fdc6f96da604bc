//! The `learning` table: turns of which it is not known yet what they taught memory, with what stood in memory before.
//!
//! A row is made before a turn is handed to memory, is due once the outbox has done so (`outbox` writes both in one
//! go), and goes when everything is known. Looking is `rearview-curate`'s.

use crate::db::{Tx, commit};
use crate::error::{Result, during};
use crate::fault;
use crate::open::Store;
use crate::row::{json, parse};
use rearview_domain::learned::{Before, LearnedCounts};
use rearview_domain::time::Time;
use rearview_domain::turn::RetainState;
use rearview_domain::{BankId, ChatId, ServerId, TurnId};
use sqlx::Row as _;
use sqlx::sqlite::SqliteRow;
use std::collections::HashMap;

/// A turn of which it is not known yet what it taught memory.
#[derive(Clone, Debug, PartialEq)]
pub struct Learning {
    /// The turn.
    pub turn_id: TurnId,
    /// Its chat.
    pub chat_id: ChatId,
    /// The memory server.
    pub server_id: ServerId,
    /// The bank.
    pub bank_id: BankId,
    /// What stood in memory before.
    pub before: Before,
    /// Since when it is looked; `None` until the turn was stored.
    pub since: Option<Time>,
    /// How often it was looked.
    pub looks: u32,
    /// When it is looked next.
    pub next_look_at: Time,
}

impl Store {
    /// Notes a turn that is about to be handed to memory. What an earlier try found standing there stays; with `since`
    /// it is looked at once.
    ///
    /// # Errors
    /// `DiskFull`.
    pub async fn note_learning(&self, learning: &Learning) -> Result<()> {
        fault::point("store.note_learning.before");
        sqlx::query(
            "INSERT INTO learning (turn_id, chat_id, server_id, bank_id, stood, since, looks, next_look_at)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)
             ON CONFLICT (turn_id) DO UPDATE SET
                 stood = CASE WHEN stood = ?9 THEN excluded.stood ELSE stood END,
                 since = coalesce(excluded.since, since),
                 looks = excluded.looks,
                 next_look_at = CASE WHEN excluded.since IS NULL THEN next_look_at ELSE excluded.next_look_at END",
        )
        .bind(learning.turn_id.as_str())
        .bind(learning.chat_id.as_str())
        .bind(learning.server_id.as_str())
        .bind(learning.bank_id.as_str())
        .bind(json("memory before a turn", &learning.before)?)
        .bind(learning.since.as_ref().map(|at| &at.0))
        .bind(learning.looks)
        .bind(&learning.next_look_at.0)
        .bind(json("memory before a turn", &Before::default())?)
        .execute(&self.app().writer)
        .await
        .map_err(during("note what a turn is about to teach"))?;
        fault::point("store.note_learning.after_commit");
        Ok(())
    }

    /// What is noted of a turn.
    ///
    /// # Errors
    /// `Unreadable`, `Damaged`.
    pub async fn learning_of(&self, turn: &TurnId) -> Result<Option<Learning>> {
        sqlx::query("SELECT * FROM learning WHERE turn_id = ?1")
            .bind(turn.as_str())
            .fetch_optional(&self.app().readers)
            .await
            .map_err(during("read what a turn teaches"))?
            .map(|row| learning_row(&row))
            .transpose()
    }

    /// Turns that are to be looked after at `now`, the longest due first.
    ///
    /// # Errors
    /// `Unreadable`, `Damaged`.
    pub async fn learning_due(&self, now: &Time, limit: u32) -> Result<Vec<Learning>> {
        sqlx::query(
            "SELECT * FROM learning WHERE since IS NOT NULL AND next_look_at <= ?1 ORDER BY next_look_at LIMIT ?2",
        )
        .bind(&now.0)
        .bind(limit)
        .fetch_all(&self.app().readers)
        .await
        .map_err(during("read what turns teach"))?
        .iter()
        .map(learning_row)
        .collect()
    }

    /// When the next turn is to be looked after; it may be in the past. `None` when none is.
    ///
    /// # Errors
    /// `Damaged`.
    pub async fn learning_next(&self) -> Result<Option<Time>> {
        let next: Option<String> =
            sqlx::query_scalar("SELECT min(next_look_at) FROM learning WHERE since IS NOT NULL")
                .fetch_one(&self.app().readers)
                .await
                .map_err(during("read what turns teach"))?;
        Ok(next.map(Time))
    }

    /// Puts the next look off. A turn that is not looked after any more is left alone.
    ///
    /// # Errors
    /// `DiskFull`.
    pub async fn learning_later(&self, turn: &TurnId, looks: u32, at: &Time) -> Result<()> {
        sqlx::query("UPDATE learning SET looks = ?2, next_look_at = ?3 WHERE turn_id = ?1")
            .bind(turn.as_str())
            .bind(looks)
            .bind(&at.0)
            .execute(&self.app().writer)
            .await
            .map_err(during("put off a look at what a turn teaches"))?;
        Ok(())
    }

    /// Looks after a turn no more.
    ///
    /// # Errors
    /// `DiskFull`.
    pub async fn learning_over(&self, turn: &TurnId) -> Result<()> {
        sqlx::query("DELETE FROM learning WHERE turn_id = ?1")
            .bind(turn.as_str())
            .execute(&self.app().writer)
            .await
            .map_err(during("end a look at what a turn teaches"))?;
        Ok(())
    }

    /// Notes at a turn what it taught memory, in numbers. Whether the turn is still there and still in memory.
    ///
    /// # Errors
    /// `DiskFull`.
    pub async fn set_learned(&self, turn: &TurnId, counts: &LearnedCounts) -> Result<bool> {
        let changed = sqlx::query(
            "UPDATE turn SET learned = ?2 WHERE id = ?1 AND coalesce(retain ->> 'state', '') <> 'removed'",
        )
        .bind(turn.as_str())
        .bind(json("what a turn taught", counts)?)
        .execute(&self.app().writer)
        .await
        .map_err(during("save what a turn taught"))?;
        Ok(changed.rows_affected() > 0)
    }

    /// How many turns of each chat wait for the person's word before they are stored.
    ///
    /// # Errors
    /// `Damaged`.
    pub async fn asking(&self) -> Result<HashMap<ChatId, u32>> {
        // The very words of the index `turn_asking`, so that it is the only thing read.
        let rows: Vec<(String, u32)> = sqlx::query_as(
            "SELECT chat_id, count(*) FROM turn WHERE retain = '{\"state\":\"asking\"}' GROUP BY chat_id",
        )
        .fetch_all(&self.app().readers)
        .await
        .map_err(during("count what waits for the person"))?;
        Ok(rows.into_iter().map(|(chat, count)| (ChatId(chat), count)).collect())
    }
}

/// What follows for a turn when its retain ends: what was stored is looked after, what was taken out is forgotten.
pub(crate) async fn retain_ended(
    tx: &mut Tx,
    turn: &TurnId,
    state: &RetainState,
    action: &'static str,
) -> Result<()> {
    match state {
        RetainState::Done { at } => {
            sqlx::query("UPDATE learning SET since = ?2, looks = 0, next_look_at = ?2 WHERE turn_id = ?1")
                .bind(turn.as_str())
                .bind(&at.0)
                .execute(&mut **tx)
                .await
                .map_err(during(action))?;
        }
        RetainState::Removed { .. } | RetainState::Skipped { .. } => {
            for statement in
                ["DELETE FROM learning WHERE turn_id = ?1", "UPDATE turn SET learned = NULL WHERE id = ?1"]
            {
                sqlx::query(statement)
                    .bind(turn.as_str())
                    .execute(&mut **tx)
                    .await
                    .map_err(during(action))?;
            }
        }
        _ => {}
    }
    Ok(())
}

impl Store {
    /// Keeps what the person said about a turn that waits for it: its state and, when it goes to memory, its outbox
    /// item in one go. One that was kept out can still be handed over. Whether there was such a turn; if not, nothing
    /// is done.
    ///
    /// # Errors
    /// `DiskFull`.
    pub async fn answer_asking(
        &self,
        turn: &TurnId,
        state: &RetainState,
        item: Option<&crate::outbox::NewOutboxItem>,
    ) -> Result<bool> {
        let action = "keep the person's word";
        fault::point("store.answer_asking.before");
        let mut tx = self.app().begin(action).await?;
        let changed = sqlx::query(
            "UPDATE turn SET retain = ?2 WHERE id = ?1 AND (retain = '{\"state\":\"asking\"}'
                     OR (?3 AND retain = '{\"state\":\"skipped\",\"why\":\"declined\"}'))",
        )
        .bind(turn.as_str())
        .bind(json("retain state", state)?)
        .bind(item.is_some())
        .execute(&mut *tx)
        .await
        .map_err(during(action))?;
        if changed.rows_affected() == 0 {
            return Ok(false);
        }
        if let Some(item) = item {
            crate::outbox::insert_item(&mut tx, item, action).await?;
        }
        commit(tx, action).await?;
        fault::point("store.answer_asking.after_commit");
        Ok(true)
    }
}

fn learning_row(row: &SqliteRow) -> Result<Learning> {
    let wrong = during("read a row of what turns teach");
    let text = |name: &'static str| row.try_get::<String, _>(name).map_err(&wrong);
    Ok(Learning {
        turn_id: TurnId(text("turn_id")?),
        chat_id: ChatId(text("chat_id")?),
        server_id: ServerId(text("server_id")?),
        bank_id: BankId(text("bank_id")?),
        before: parse("memory before a turn", &text("stood")?)?,
        since: row.try_get::<Option<String>, _>("since").map_err(&wrong)?.map(Time),
        looks: row.try_get("looks").map_err(&wrong)?,
        next_look_at: Time(text("next_look_at")?),
    })
}

#[cfg(test)]
mod tests;

//! The `outbox` table: what is on its way to memory, in an order that never overtakes itself.
//!
//! Sending, waiting and giving up are `rearview-turns`' business; this keeps the items. Rows have no
//! foreign keys, so a removal outlives the chat it came from. A finished item is deleted; the turn's
//! row keeps how it ended.

use crate::db::{Tx, commit};
use crate::error::{Result, StoreError, during};
use crate::fault;
use crate::learning::retain_ended;
use crate::open::Store;
use crate::row::{from_word, json, json_or_null, parse_or_null, word};
use rearview_domain::time::Time;
use rearview_domain::turn::RetainState;
use rearview_domain::{BankId, ChatId, DocumentId, Error, ServerId, TurnId};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sqlx::Row as _;
use sqlx::sqlite::SqliteRow;

/// What is to be done with a document.
#[derive(Clone, Debug, PartialEq)]
pub enum OutboxAction {
    /// Hand it to memory.
    Retain {
        /// The request, in the caller's own form.
        payload: Value,
    },
    /// Take it out of memory.
    DeleteDocument,
}

/// How far an item is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OutboxStage {
    /// Waiting to be sent.
    Queued,
    /// The server has it; its operation is asked for at `next_try_at`.
    Sent,
    /// It will not be tried again by itself.
    Failed,
}

/// An item that is not in the outbox yet.
#[derive(Clone, Debug, PartialEq)]
pub struct NewOutboxItem {
    /// The turn it came from.
    pub turn_id: TurnId,
    /// The turn's chat.
    pub chat_id: ChatId,
    /// The memory server.
    pub server_id: ServerId,
    /// The bank.
    pub bank_id: BankId,
    /// The document.
    pub document_id: DocumentId,
    /// What is to be done.
    pub action: OutboxAction,
    /// The operation id that it will be sent with, when it is chosen already.
    pub operation_id: Option<String>,
    /// When it may be tried first.
    pub next_try_at: Time,
    /// When it was made.
    pub created_at: Time,
}

/// An item of the outbox.
#[derive(Clone, Debug, PartialEq)]
pub struct OutboxItem {
    /// Its id; later items have higher ones, whatever the clock says.
    pub id: i64,
    /// The turn it came from.
    pub turn_id: TurnId,
    /// The turn's chat.
    pub chat_id: ChatId,
    /// The memory server.
    pub server_id: ServerId,
    /// The bank.
    pub bank_id: BankId,
    /// The document.
    pub document_id: DocumentId,
    /// What is to be done.
    pub action: OutboxAction,
    /// The operation it was sent with.
    pub operation_id: Option<String>,
    /// How far it is.
    pub stage: OutboxStage,
    /// How often it was tried. Counted before the network call, so that 0 means never.
    pub attempts: u32,
    /// When it is due.
    pub next_try_at: Time,
    /// Why the last try failed.
    pub last_error: Option<Error>,
    /// When it was made.
    pub created_at: Time,
}

/// Some items.
#[derive(Clone, Debug, PartialEq)]
pub struct OutboxPage {
    /// The items, the newest first.
    pub items: Vec<OutboxItem>,
    /// How many there are.
    pub total: u32,
}

/// How many items are at each stage.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct OutboxCounts {
    /// Waiting to be sent.
    pub queued: u32,
    /// Sent and not done.
    pub sent: u32,
    /// Given up.
    pub failed: u32,
}

impl Store {
    /// Adds an item and answers its id.
    ///
    /// # Errors
    /// `DiskFull`.
    pub async fn enqueue(&self, item: &NewOutboxItem) -> Result<i64> {
        let action = "put an item into the outbox";
        fault::point("store.enqueue.before");
        let mut tx = self.app().begin(action).await?;
        let id = insert_item(&mut tx, item, action).await?;
        fault::point("store.enqueue.after_insert");
        commit(tx, action).await?;
        fault::point("store.enqueue.after_commit");
        Ok(id)
    }

    /// Unfinished items that may be worked on at `now`, the oldest first. Of the items of one document
    /// only the oldest unfinished one is ever due; a failed one is finished in this sense.
    ///
    /// # Errors
    /// `Unreadable`, `Damaged`.
    pub async fn due(&self, now: &Time, limit: u32) -> Result<Vec<OutboxItem>> {
        sqlx::query(
            "SELECT * FROM outbox item
             WHERE stage IN ('queued', 'sent') AND next_try_at <= ?1
               AND NOT EXISTS (
                   SELECT 1 FROM outbox earlier
                   WHERE earlier.document_id = item.document_id AND earlier.bank_id = item.bank_id
                     AND earlier.server_id = item.server_id AND earlier.id < item.id
                     AND earlier.stage IN ('queued', 'sent'))
             ORDER BY id LIMIT ?2",
        )
        .bind(&now.0)
        .bind(limit)
        .fetch_all(&self.app().readers)
        .await
        .map_err(during("read the outbox"))?
        .iter()
        .map(item_of)
        .collect()
    }

    /// When the next item is due; it may be in the past. `None` when nothing is unfinished.
    ///
    /// # Errors
    /// `Damaged`.
    pub async fn next_due(&self) -> Result<Option<Time>> {
        let next: Option<String> = sqlx::query_scalar(
            "SELECT min(next_try_at) FROM outbox item
             WHERE stage IN ('queued', 'sent')
               AND NOT EXISTS (
                   SELECT 1 FROM outbox earlier
                   WHERE earlier.document_id = item.document_id AND earlier.bank_id = item.bank_id
                     AND earlier.server_id = item.server_id AND earlier.id < item.id
                     AND earlier.stage IN ('queued', 'sent'))",
        )
        .fetch_one(&self.app().readers)
        .await
        .map_err(during("read the outbox"))?;
        Ok(next.map(Time))
    }

    /// Writes how far an item is (stage, attempts, next try, operation, error, payload) and, when given,
    /// the retain state of its turn.
    ///
    /// # Errors
    /// `NotFound` when the item was cancelled or done meanwhile: then do not send it. `DiskFull`.
    pub async fn outbox_update(&self, item: &OutboxItem, turn_retain: Option<RetainState>) -> Result<()> {
        let action = "save the state of an outbox item";
        fault::point("store.outbox_update.before");
        let mut tx = self.app().begin(action).await?;
        let (_, payload) = columns_of(&item.action)?;
        let changed = sqlx::query(
            "UPDATE outbox SET stage = ?2, attempts = ?3, next_try_at = ?4, operation_id = ?5, last_error = ?6,
                               payload = ?7
             WHERE id = ?1",
        )
        .bind(item.id)
        .bind(word("outbox stage", item.stage)?)
        .bind(item.attempts)
        .bind(&item.next_try_at.0)
        .bind(&item.operation_id)
        .bind(json_or_null("error", item.last_error.as_ref())?)
        .bind(payload)
        .execute(&mut *tx)
        .await
        .map_err(during(action))?;
        if changed.rows_affected() == 0 {
            return Err(missing(item.id));
        }
        if let Some(state) = turn_retain {
            write_retain(&mut tx, &item.turn_id, &state, action).await?;
        }
        fault::point("store.outbox_update.after_update");
        commit(tx, action).await?;
        fault::point("store.outbox_update.after_commit");
        Ok(())
    }

    /// Takes a finished item out and notes at its turn, when that still exists, how it ended.
    ///
    /// # Errors
    /// `NotFound` when the item is not there, `DiskFull`.
    pub async fn outbox_done(&self, id: i64, state: RetainState) -> Result<()> {
        let action = "finish an outbox item";
        fault::point("store.outbox_done.before");
        let mut tx = self.app().begin(action).await?;
        let turn: Option<String> = sqlx::query_scalar("DELETE FROM outbox WHERE id = ?1 RETURNING turn_id")
            .bind(id)
            .fetch_optional(&mut *tx)
            .await
            .map_err(during(action))?;
        let Some(turn) = turn else { return Err(missing(id)) };
        let turn = TurnId(turn);
        write_retain(&mut tx, &turn, &state, action).await?;
        retain_ended(&mut tx, &turn, &state, action).await?;
        fault::point("store.outbox_done.after_delete");
        commit(tx, action).await?;
        fault::point("store.outbox_done.after_commit");
        Ok(())
    }

    /// The unfinished and failed items of a turn, the oldest first.
    ///
    /// # Errors
    /// `Unreadable`, `Damaged`.
    pub async fn outbox_of_turn(&self, turn: &TurnId) -> Result<Vec<OutboxItem>> {
        sqlx::query("SELECT * FROM outbox WHERE turn_id = ?1 ORDER BY id")
            .bind(turn.as_str())
            .fetch_all(&self.app().readers)
            .await
            .map_err(during("read the turn's outbox"))?
            .iter()
            .map(item_of)
            .collect()
    }

    /// Some items, the newest first.
    ///
    /// # Errors
    /// `Unreadable`, `Damaged`.
    pub async fn outbox_items(&self, limit: u32, offset: u32) -> Result<OutboxPage> {
        let action = "list the outbox";
        let rows = sqlx::query("SELECT * FROM outbox ORDER BY id DESC LIMIT ?1 OFFSET ?2")
            .bind(limit)
            .bind(offset)
            .fetch_all(&self.app().readers)
            .await
            .map_err(during(action))?;
        let total = sqlx::query_scalar("SELECT count(*) FROM outbox")
            .fetch_one(&self.app().readers)
            .await
            .map_err(during(action))?;
        Ok(OutboxPage { items: rows.iter().map(item_of).collect::<Result<_>>()?, total })
    }

    /// How many items are at each stage.
    ///
    /// # Errors
    /// `Damaged`.
    pub async fn outbox_counts(&self) -> Result<OutboxCounts> {
        let (queued, sent, failed) = sqlx::query_as(
            "SELECT count(*) FILTER (WHERE stage = 'queued'), count(*) FILTER (WHERE stage = 'sent'),
                    count(*) FILTER (WHERE stage = 'failed')
             FROM outbox",
        )
        .fetch_one(&self.app().readers)
        .await
        .map_err(during("count the outbox"))?;
        Ok(OutboxCounts { queued, sent, failed })
    }

    /// Takes out the retains of a turn that were never tried, because its branch was left before.
    /// Whether there were any; if not, the document has to be deleted instead.
    ///
    /// # Errors
    /// `DiskFull`.
    pub async fn cancel_unsent_retain(&self, turn: &TurnId) -> Result<bool> {
        fault::point("store.cancel_unsent_retain.before");
        let gone = sqlx::query(
            "DELETE FROM outbox
             WHERE turn_id = ?1 AND action = 'retain' AND stage = 'queued' AND attempts = 0",
        )
        .bind(turn.as_str())
        .execute(&self.app().writer)
        .await
        .map_err(during("cancel a retain"))?;
        fault::point("store.cancel_unsent_retain.after_commit");
        Ok(gone.rows_affected() > 0)
    }
}

/// Adds an item inside a transaction.
pub(crate) async fn insert_item(tx: &mut Tx, item: &NewOutboxItem, action: &'static str) -> Result<i64> {
    let (kind, payload) = columns_of(&item.action)?;
    sqlx::query_scalar(
        "INSERT INTO outbox (turn_id, chat_id, server_id, bank_id, document_id, action, payload, operation_id,
                             stage, attempts, next_try_at, created_at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, 'queued', 0, ?9, ?10) RETURNING id",
    )
    .bind(item.turn_id.as_str())
    .bind(item.chat_id.as_str())
    .bind(item.server_id.as_str())
    .bind(item.bank_id.as_str())
    .bind(item.document_id.as_str())
    .bind(kind)
    .bind(payload)
    .bind(&item.operation_id)
    .bind(&item.next_try_at.0)
    .bind(&item.created_at.0)
    .fetch_one(&mut **tx)
    .await
    .map_err(during(action))
}

/// Sets a turn's retain state, and when the server took it: the first time it is told to have it since it was
/// last waiting. A turn that was deleted meanwhile is left alone.
async fn write_retain(tx: &mut Tx, turn: &TurnId, state: &RetainState, action: &'static str) -> Result<()> {
    let stage = match state {
        RetainState::Sent { .. } => "sent",
        RetainState::Queued { .. } => "queued",
        _ => "other",
    };
    sqlx::query(
        "UPDATE turn SET retain = ?2,
             retain_sent_at = CASE ?4 WHEN 'sent' THEN coalesce(retain_sent_at, ?3) WHEN 'queued' THEN NULL
                              ELSE retain_sent_at END
         WHERE id = ?1",
    )
    .bind(turn.as_str())
    .bind(json("retain state", state)?)
    .bind(&Time::now().0)
    .bind(stage)
    .execute(&mut **tx)
    .await
    .map_err(during(action))?;
    Ok(())
}

fn columns_of(action: &OutboxAction) -> Result<(&'static str, Option<String>)> {
    Ok(match action {
        OutboxAction::Retain { payload } => ("retain", Some(json("retain payload", payload)?)),
        OutboxAction::DeleteDocument => ("delete_document", None),
    })
}

fn missing(id: i64) -> StoreError {
    StoreError::NotFound { what: "outbox item", id: id.to_string() }
}

fn item_of(row: &SqliteRow) -> Result<OutboxItem> {
    let wrong = during("read an outbox row");
    let text = |name: &'static str| row.try_get::<String, _>(name).map_err(&wrong);
    let maybe = |name: &'static str| row.try_get::<Option<String>, _>(name).map_err(&wrong);
    let action = match text("action")?.as_str() {
        "delete_document" => OutboxAction::DeleteDocument,
        _ => OutboxAction::Retain {
            payload: parse_or_null("retain payload", maybe("payload")?.as_deref())?.unwrap_or_default(),
        },
    };
    Ok(OutboxItem {
        id: row.try_get("id").map_err(&wrong)?,
        turn_id: TurnId(text("turn_id")?),
        chat_id: ChatId(text("chat_id")?),
        server_id: ServerId(text("server_id")?),
        bank_id: BankId(text("bank_id")?),
        document_id: DocumentId(text("document_id")?),
        action,
        operation_id: maybe("operation_id")?,
        stage: from_word("outbox stage", text("stage")?)?,
        attempts: row.try_get("attempts").map_err(&wrong)?,
        next_try_at: Time(text("next_try_at")?),
        last_error: parse_or_null("error", maybe("last_error")?.as_deref())?,
        created_at: Time(text("created_at")?),
    })
}

#[cfg(test)]
mod tests;

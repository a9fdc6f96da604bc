//! The `turn` table: a turn begins and ends in one transaction each.
//!
//! What a running turn says meanwhile is in `run`; its record in `record`. Called by `rearview-turns`.

use crate::db::{Tx, commit};
use crate::error::{Result, StoreError, during};
use crate::fault;
use crate::message::{insert_message, replace_parts};
use crate::open::Store;
use crate::outbox::{NewOutboxItem, insert_item};
use crate::row::{from_word, json, json_or_null, parse, parse_or_null, word};
use rearview_domain::message::{Message, Part, Role};
use rearview_domain::time::Time;
use rearview_domain::turn::{MemoryOutcome, RetainState, Turn};
use rearview_domain::{ChatId, MessageId, TurnId};
use sqlx::Row as _;
use sqlx::sqlite::SqliteRow;

/// What is on disk before anything is sent anywhere.
#[derive(Clone, Debug)]
pub struct Begin {
    /// The new user message; `None` when an answer is made again.
    pub question: Option<Message>,
    /// The assistant message, without parts; its parent is the question.
    pub answer: Message,
    /// The turn.
    pub turn: Turn,
    /// Whether the answer becomes the chat's leaf. When several models answer, only the first does.
    pub visible: bool,
}

/// What is on disk when a turn has ended.
#[derive(Clone, Debug)]
pub struct Finish {
    /// The turn as it ended.
    pub turn: Turn,
    /// The parts of the assistant message.
    pub parts: Vec<Part>,
    /// What is to be stored in memory or removed from it.
    pub outbox: Vec<NewOutboxItem>,
}

impl Store {
    /// Writes question, answer and turn, makes the answer the chat's leaf, and clears the chat's draft
    /// when there is a question: all of it or nothing.
    ///
    /// # Errors
    /// `NotFound` for a chat or message that is not there, `Mismatched` when the three do not belong
    /// together, `DiskFull`.
    pub async fn begin_turn(&self, begin: Begin) -> Result<()> {
        self.begin_turns(vec![begin]).await
    }

    /// The same for several answers to one question; all begin or none.
    ///
    /// # Errors
    /// As `begin_turn`.
    pub async fn begin_turns(&self, begins: Vec<Begin>) -> Result<()> {
        let action = "begin the turn";
        for Begin { question, answer, turn, .. } in &begins {
            fits(question.as_ref(), answer, turn).map_err(|why| StoreError::Mismatched { action, why })?;
        }
        fault::point("store.begin_turn.before");
        let mut tx = self.app().begin(action).await?;
        for begin in &begins {
            insert_begin(&mut tx, begin, action).await?;
        }
        commit(tx, action).await?;
        fault::point("store.begin_turn.after_commit");
        Ok(())
    }

    /// One turn.
    ///
    /// # Errors
    /// `Unreadable`, `Damaged`.
    pub async fn turn(&self, id: &TurnId) -> Result<Option<Turn>> {
        sqlx::query("SELECT * FROM turn WHERE id = ?1")
            .bind(id.as_str())
            .fetch_optional(&self.app().readers)
            .await
            .map_err(during("read the turn"))?
            .map(|row| turn_of(&row))
            .transpose()
    }

    /// Several turns, in the order asked for; those that do not exist are left out.
    ///
    /// # Errors
    /// `Unreadable`, `Damaged`.
    pub async fn turns(&self, ids: &[TurnId]) -> Result<Vec<Turn>> {
        sqlx::query(
            "SELECT turn.* FROM json_each(?1) asked JOIN turn ON turn.id = asked.value ORDER BY asked.key",
        )
        .bind(json("list of ids", ids)?)
        .fetch_all(&self.app().readers)
        .await
        .map_err(during("read the turns"))?
        .iter()
        .map(turn_of)
        .collect()
    }

    /// All turns of a chat, on every branch, in the order they began.
    ///
    /// # Errors
    /// `Unreadable`, `Damaged`.
    pub async fn turns_of_chat(&self, chat: &ChatId) -> Result<Vec<Turn>> {
        sqlx::query("SELECT * FROM turn WHERE chat_id = ?1 ORDER BY seq")
            .bind(chat.as_str())
            .fetch_all(&self.app().readers)
            .await
            .map_err(during("read the chat's turns"))?
            .iter()
            .map(turn_of)
            .collect()
    }

    /// Writes the answer's parts, the turn and its outbox items, and drops its run log: all of it or
    /// nothing. The ids of the outbox items, in their order.
    ///
    /// # Errors
    /// `NotFound` when the turn was deleted meanwhile, `DiskFull`.
    pub async fn finish_turn(&self, finish: Finish) -> Result<Vec<i64>> {
        let action = "finish the turn";
        let Finish { turn, parts, outbox } = finish;
        fault::point("store.finish_turn.before");
        let mut tx = self.app().begin(action).await?;
        if !update_turn(&mut tx, &turn, action).await? {
            return Err(missing(&turn.id));
        }
        fault::point("store.finish_turn.after_turn");
        replace_parts(&mut tx, &turn.answer_id, &parts, action).await?;
        fault::point("store.finish_turn.after_parts");
        let mut ids = Vec::with_capacity(outbox.len());
        for item in &outbox {
            ids.push(insert_item(&mut tx, item, action).await?);
        }
        fault::point("store.finish_turn.after_outbox");
        sqlx::query("DELETE FROM run_log WHERE turn_id = ?1")
            .bind(turn.id.as_str())
            .execute(&mut *tx)
            .await
            .map_err(during(action))?;
        // The turn's own times, so that a chat moves by what happened in it and not by when it was saved.
        let ended = turn.started_at.plus_ms(turn.total_ms.map_or(0, |ms| ms as i64));
        sqlx::query("UPDATE chat SET updated_at = max(updated_at, ?2) WHERE id = ?1")
            .bind(turn.chat_id.as_str())
            .bind(&ended.0)
            .execute(&mut *tx)
            .await
            .map_err(during(action))?;
        fault::point("store.finish_turn.after_log");
        commit(tx, action).await?;
        fault::point("store.finish_turn.after_commit");
        Ok(ids)
    }

    /// Notes what memory did for a turn.
    ///
    /// # Errors
    /// `NotFound`, `DiskFull`.
    pub async fn update_turn_memory(&self, id: &TurnId, memory: &MemoryOutcome) -> Result<()> {
        fault::point("store.update_turn_memory.before");
        let changed = sqlx::query("UPDATE turn SET memory = ?2 WHERE id = ?1")
            .bind(id.as_str())
            .bind(json("memory outcome", memory)?)
            .execute(&self.app().writer)
            .await
            .map_err(during("save what memory did"))?;
        fault::point("store.update_turn_memory.after_commit");
        if changed.rows_affected() == 0 { Err(missing(id)) } else { Ok(()) }
    }

    /// When the memory server took what a turn said; `None` when it has not, or when nobody noted it.
    ///
    /// # Errors
    /// `Unreadable`.
    pub async fn retain_sent_at(&self, id: &TurnId) -> Result<Option<Time>> {
        let at: Option<Option<String>> = sqlx::query_scalar("SELECT retain_sent_at FROM turn WHERE id = ?1")
            .bind(id.as_str())
            .fetch_optional(&self.app().readers)
            .await
            .map_err(during("read when a retain was taken"))?;
        Ok(at.flatten().map(Time))
    }

    /// Notes where a turn's retain is.
    ///
    /// # Errors
    /// `NotFound`, `DiskFull`.
    pub async fn set_retain(&self, id: &TurnId, state: &RetainState) -> Result<()> {
        fault::point("store.set_retain.before");
        let changed = sqlx::query("UPDATE turn SET retain = ?2 WHERE id = ?1")
            .bind(id.as_str())
            .bind(json("retain state", state)?)
            .execute(&self.app().writer)
            .await
            .map_err(during("save the state of the retain"))?;
        fault::point("store.set_retain.after_commit");
        if changed.rows_affected() == 0 { Err(missing(id)) } else { Ok(()) }
    }
}

/// Whether question, answer and turn belong together.
fn fits(question: Option<&Message>, answer: &Message, turn: &Turn) -> std::result::Result<(), &'static str> {
    if answer.id != turn.answer_id || answer.chat_id != turn.chat_id || answer.role != Role::Assistant {
        return Err("the answer is not the turn's");
    }
    if answer.turn_id.as_ref() != Some(&turn.id) {
        return Err("the answer does not name the turn");
    }
    if answer.parent_id.as_ref() != Some(&turn.question_id) {
        return Err("the answer does not follow the question");
    }
    match question {
        Some(question) if question.id != turn.question_id || question.chat_id != turn.chat_id => {
            Err("the question is not the turn's")
        }
        _ => Ok(()),
    }
}

/// Refuses a message that is not in the chat.
async fn in_chat(tx: &mut Tx, chat: &ChatId, message: &MessageId, action: &'static str) -> Result<()> {
    let found: Option<i64> = sqlx::query_scalar("SELECT seq FROM message WHERE id = ?1 AND chat_id = ?2")
        .bind(message.as_str())
        .bind(chat.as_str())
        .fetch_optional(&mut **tx)
        .await
        .map_err(during(action))?;
    found.map(|_| ()).ok_or_else(|| StoreError::NotFound { what: "message", id: message.0.clone() })
}

async fn insert_begin(tx: &mut Tx, begin: &Begin, action: &'static str) -> Result<()> {
    let Begin { question, answer, turn, visible } = begin;
    let changed = sqlx::query(
        "UPDATE chat SET leaf_id = CASE WHEN ?5 THEN ?2 ELSE leaf_id END, updated_at = ?3,
                         draft = CASE WHEN ?4 THEN '' ELSE draft END
         WHERE id = ?1",
    )
    .bind(turn.chat_id.as_str())
    .bind(answer.id.as_str())
    .bind(&answer.created_at.0)
    .bind(question.is_some())
    .bind(visible)
    .execute(&mut **tx)
    .await
    .map_err(during(action))?;
    if changed.rows_affected() == 0 {
        return Err(StoreError::NotFound { what: "chat", id: turn.chat_id.0.clone() });
    }
    match question {
        Some(question) => {
            if let Some(parent) = &question.parent_id {
                in_chat(tx, &turn.chat_id, parent, action).await?;
            }
            insert_message(tx, question, action).await?;
            fault::point("store.begin_turn.after_question");
        }
        None => in_chat(tx, &turn.chat_id, &turn.question_id, action).await?,
    }
    insert_message(tx, answer, action).await?;
    fault::point("store.begin_turn.after_answer");
    insert_turn(tx, turn, action).await?;
    fault::point("store.begin_turn.after_insert");
    Ok(())
}

async fn insert_turn(tx: &mut Tx, turn: &Turn, action: &'static str) -> Result<()> {
    sqlx::query(
        "INSERT INTO turn (id, chat_id, question_id, answer_id, model, state, finish, error, memory, retain,
                           usage, first_token_ms, total_ms, started_at, cost,
                           context_tokens)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16)",
    )
    .bind(turn.id.as_str())
    .bind(turn.chat_id.as_str())
    .bind(turn.question_id.as_str())
    .bind(turn.answer_id.as_str())
    .bind(&turn.model)
    .bind(word("turn state", turn.state)?)
    .bind(json_or_null("finish reason", turn.finish.as_ref())?)
    .bind(json_or_null("error", turn.error.as_ref())?)
    .bind(json_or_null("memory outcome", turn.memory.as_ref())?)
    .bind(json_or_null("retain state", turn.retain.as_ref())?)
    .bind(json("usage", &turn.usage)?)
    .bind(turn.first_token_ms)
    .bind(turn.total_ms)
    .bind(&turn.started_at.0)
    .bind(json_or_null("cost", turn.cost.as_ref())?)
    .bind(turn.context_tokens)
    .execute(&mut **tx)
    .await
    .map_err(during(action))?;
    Ok(())
}

async fn update_turn(tx: &mut Tx, turn: &Turn, action: &'static str) -> Result<bool> {
    let changed = sqlx::query(
        "UPDATE turn SET model = ?3, state = ?4, finish = ?5, error = ?6, memory = ?7, retain = ?8, usage = ?9,
                         first_token_ms = ?10, total_ms = ?11, cost = ?12, context_tokens = ?13
         WHERE id = ?1 AND answer_id = ?2",
    )
    .bind(turn.id.as_str())
    .bind(turn.answer_id.as_str())
    .bind(&turn.model)
    .bind(word("turn state", turn.state)?)
    .bind(json_or_null("finish reason", turn.finish.as_ref())?)
    .bind(json_or_null("error", turn.error.as_ref())?)
    .bind(json_or_null("memory outcome", turn.memory.as_ref())?)
    .bind(json_or_null("retain state", turn.retain.as_ref())?)
    .bind(json("usage", &turn.usage)?)
    .bind(turn.first_token_ms)
    .bind(turn.total_ms)
    .bind(json_or_null("cost", turn.cost.as_ref())?)
    .bind(turn.context_tokens)
    .execute(&mut **tx)
    .await
    .map_err(during(action))?;
    Ok(changed.rows_affected() > 0)
}

pub(crate) fn missing(id: &TurnId) -> StoreError {
    StoreError::NotFound { what: "turn", id: id.0.clone() }
}

pub(crate) fn turn_of(row: &SqliteRow) -> Result<Turn> {
    let wrong = during("read a turn's row");
    let text = |name: &'static str| row.try_get::<Option<String>, _>(name).map_err(&wrong);
    let usage: String = row.try_get("usage").map_err(&wrong)?;
    Ok(Turn {
        id: TurnId(row.try_get("id").map_err(&wrong)?),
        chat_id: ChatId(row.try_get("chat_id").map_err(&wrong)?),
        question_id: MessageId(row.try_get("question_id").map_err(&wrong)?),
        answer_id: MessageId(row.try_get("answer_id").map_err(&wrong)?),
        model: row.try_get("model").map_err(&wrong)?,
        state: from_word("turn state", row.try_get("state").map_err(&wrong)?)?,
        finish: parse_or_null("finish reason", text("finish")?.as_deref())?,
        error: parse_or_null("error", text("error")?.as_deref())?,
        memory: parse_or_null("memory outcome", text("memory")?.as_deref())?,
        retain: parse_or_null("retain state", text("retain")?.as_deref())?,
        learned: parse_or_null("what a turn taught", text("learned")?.as_deref())?,
        usage: parse("usage", &usage)?,
        cost: parse_or_null("cost", text("cost")?.as_deref())?,
        context_tokens: row.try_get("context_tokens").map_err(&wrong)?,
        first_token_ms: row.try_get("first_token_ms").map_err(&wrong)?,
        total_ms: row.try_get("total_ms").map_err(&wrong)?,
        started_at: Time(row.try_get("started_at").map_err(&wrong)?),
    })
}

#[cfg(test)]
mod tests;

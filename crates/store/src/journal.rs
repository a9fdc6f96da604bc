//! The `run` and `run_change` tables: what a person changed in memory, fact by fact, with what was there before.
//!
//! What an edit, a patch and a fact are is JSON here; their meaning, the walking and the way back belong to
//! `rearview-curate`, the caller. What must not be lost is written before the network is asked: `change_sent`
//! has the fact as it was on disk before its patch leaves.

mod fact;

use crate::db::commit;
use crate::error::{Result, StoreError, during};
use crate::fault;
use crate::open::Store;
use crate::row::{from_word, json, json_or_null, parse, parse_or_null, word};
use rearview_domain::journal::{ChangeState, RunState};
use rearview_domain::time::Time;
use rearview_domain::{BankId, Error, JournalId, ServerId};
use serde_json::Value;
use sqlx::Row as _;
use sqlx::sqlite::SqliteRow;

/// A run that is not in the journal yet.
#[derive(Clone, Debug)]
pub struct NewRun {
    /// Its id.
    pub id: JournalId,
    /// The memory server.
    pub server_id: ServerId,
    /// The bank.
    pub bank_id: BankId,
    /// What it is, for people.
    pub label: String,
    /// What else there is to say about it.
    pub note: Option<String>,
    /// What is done to facts that have no edit of their own.
    pub edit: Option<Value>,
    /// When it was made.
    pub at: Time,
    /// The first run of the same action, when that went to facts of several banks.
    pub together: Option<JournalId>,
}

/// A change that is not in the journal yet.
#[derive(Clone, Debug)]
pub struct NewChange {
    /// The fact.
    pub fact_id: String,
    /// What is done to it; `None` takes the run's.
    pub edit: Option<Value>,
}

/// How many changes of a run are in which state.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ChangeCounts {
    /// Nothing was sent.
    pub waiting: u32,
    /// Sent, forth or back, and not known to have arrived.
    pub unknown: u32,
    /// Made.
    pub done: u32,
    /// There was nothing to do.
    pub skipped: u32,
    /// Refused.
    pub failed: u32,
    /// Taken back.
    pub undone: u32,
    /// Left alone, because somebody else changed the fact.
    pub conflict: u32,
}

impl ChangeCounts {
    /// All changes.
    pub fn total(&self) -> u32 {
        self.waiting + self.unknown + self.done + self.skipped + self.failed + self.undone + self.conflict
    }
}

/// A run of the journal.
#[derive(Clone, Debug, PartialEq)]
pub struct JournalRun {
    /// Its id.
    pub id: JournalId,
    /// The memory server.
    pub server_id: ServerId,
    /// The bank.
    pub bank_id: BankId,
    /// What it is, for people.
    pub label: String,
    /// What else there is to say about it.
    pub note: Option<String>,
    /// How it is.
    pub state: RunState,
    /// Whether its way is the way back.
    pub back: bool,
    /// Why it halted.
    pub error: Option<Error>,
    /// When it was made.
    pub at: Time,
    /// When it came to its end or halted.
    pub ended_at: Option<Time>,
    /// Its changes.
    pub counts: ChangeCounts,
    /// The first run of the action that it is a part of: itself, when it stands alone.
    pub together: JournalId,
    /// How many runs that action made, this one included, as far as they are in the journal.
    pub parts: u32,
}

/// A change of the journal.
#[derive(Clone, Debug, PartialEq)]
pub struct JournalChange {
    /// Its place in the run, from 0.
    pub place: u32,
    /// The fact.
    pub fact_id: String,
    /// How it is.
    pub state: ChangeState,
    /// What is to be done.
    pub edit: Value,
    /// Why it was skipped, failed or left alone.
    pub why: Option<String>,
    /// What was sent.
    pub patch: Option<Value>,
    /// The fact as it was.
    pub before: Option<Value>,
    /// The fact as the run left it.
    pub after: Option<Value>,
}

/// Some runs.
#[derive(Clone, Debug, PartialEq)]
pub struct JournalPage {
    /// The runs, the newest first.
    pub runs: Vec<JournalRun>,
    /// How many there are.
    pub total: u32,
}

const RUN: &str = "SELECT r.*, \
     (SELECT count(*) FROM run o WHERE o.together = coalesce(r.together, r.id)) + \
     (SELECT count(*) FROM run o WHERE o.id = coalesce(r.together, r.id)) AS parts, \
     count(*) FILTER (WHERE c.state = 'waiting') AS waiting, \
     count(*) FILTER (WHERE c.state IN ('sent', 'returning')) AS unknown, \
     count(*) FILTER (WHERE c.state = 'done') AS done, \
     count(*) FILTER (WHERE c.state = 'skipped') AS skipped, \
     count(*) FILTER (WHERE c.state = 'failed') AS failed, \
     count(*) FILTER (WHERE c.state = 'undone') AS undone, \
     count(*) FILTER (WHERE c.state = 'conflict') AS conflict \
     FROM run r LEFT JOIN run_change c ON c.run = r.seq";

impl Store {
    /// Puts a run with all its changes into the journal, as running.
    ///
    /// # Errors
    /// `DiskFull`.
    pub async fn make_run(&self, run: &NewRun, changes: &[NewChange]) -> Result<()> {
        let action = "write a run of changes down";
        fault::point("store.make_run.before");
        let mut tx = self.app().begin(action).await?;
        let seq: i64 = sqlx::query_scalar(
            "INSERT INTO run (id, server_id, bank_id, label, note, edit, state, back, at, together) \
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, 'running', 0, ?7, ?8) RETURNING seq",
        )
        .bind(run.id.as_str())
        .bind(run.server_id.as_str())
        .bind(run.bank_id.as_str())
        .bind(&run.label)
        .bind(&run.note)
        .bind(json_or_null("edit", run.edit.as_ref())?)
        .bind(&run.at.0)
        .bind(run.together.as_ref().map(JournalId::as_str))
        .fetch_one(&mut *tx)
        .await
        .map_err(during(action))?;
        for (place, change) in changes.iter().enumerate() {
            sqlx::query(
                "INSERT INTO run_change (run, place, fact_id, state, edit) VALUES (?1, ?2, ?3, 'waiting', ?4)",
            )
            .bind(seq)
            .bind(i64::try_from(place).unwrap_or(i64::MAX))
            .bind(&change.fact_id)
            .bind(json_or_null("edit", change.edit.as_ref())?)
            .execute(&mut *tx)
            .await
            .map_err(during(action))?;
        }
        fault::point("store.make_run.after_insert");
        commit(tx, action).await?;
        fault::point("store.make_run.after_commit");
        Ok(())
    }

    /// One run.
    ///
    /// # Errors
    /// `NotFound`, `Unreadable`, `Damaged`.
    pub async fn journal_run(&self, id: &JournalId) -> Result<JournalRun> {
        let sql = format!("{RUN} WHERE r.id = ?1 GROUP BY r.seq");
        let row = sqlx::query(sqlx::AssertSqlSafe(sql))
            .bind(id.as_str())
            .fetch_optional(&self.app().readers)
            .await
            .map_err(during("read a run of changes"))?;
        run_of(&row.ok_or_else(|| missing(id))?)
    }

    /// Runs, the newest first: of one bank, or of all.
    ///
    /// # Errors
    /// `Unreadable`, `Damaged`.
    pub async fn journal(
        &self,
        bank: Option<(&ServerId, &BankId)>,
        limit: u32,
        offset: u32,
    ) -> Result<JournalPage> {
        let action = "list runs of changes";
        let (server, bank) = match bank {
            Some((server, bank)) => (Some(server.as_str()), Some(bank.as_str())),
            None => (None, None),
        };
        // The page is cut before the changes are counted: a journal may hold millions of them.
        let sql = format!(
            "{RUN} WHERE r.seq IN (SELECT seq FROM run WHERE ?1 IS NULL OR (server_id = ?1 AND bank_id = ?2) \
             ORDER BY seq DESC LIMIT ?3 OFFSET ?4) GROUP BY r.seq ORDER BY r.seq DESC"
        );
        let rows = sqlx::query(sqlx::AssertSqlSafe(sql))
            .bind(server)
            .bind(bank)
            .bind(limit)
            .bind(offset)
            .fetch_all(&self.app().readers)
            .await
            .map_err(during(action))?;
        let total = sqlx::query_scalar(
            "SELECT count(*) FROM run WHERE ?1 IS NULL OR (server_id = ?1 AND bank_id = ?2)",
        )
        .bind(server)
        .bind(bank)
        .fetch_one(&self.app().readers)
        .await
        .map_err(during(action))?;
        Ok(JournalPage { runs: rows.iter().map(run_of).collect::<Result<_>>()?, total })
    }

    /// All runs of the action that a run is a part of, in the order they were made.
    ///
    /// # Errors
    /// `NotFound`, `Unreadable`, `Damaged`.
    pub async fn runs_together(&self, id: &JournalId) -> Result<Vec<JournalRun>> {
        let sql = format!(
            "{RUN} WHERE coalesce(r.together, r.id) = (SELECT coalesce(together, id) FROM run WHERE id = ?1) \
             GROUP BY r.seq ORDER BY r.seq"
        );
        let rows = sqlx::query(sqlx::AssertSqlSafe(sql))
            .bind(id.as_str())
            .fetch_all(&self.app().readers)
            .await
            .map_err(during("read the runs of one action"))?;
        if rows.is_empty() { Err(missing(id)) } else { rows.iter().map(run_of).collect() }
    }

    /// Changes of a run in their order, those in one of these states, or all when none is named; with how many
    /// there are.
    ///
    /// # Errors
    /// `Unreadable`, `Damaged`.
    pub async fn journal_changes(
        &self,
        id: &JournalId,
        states: &[ChangeState],
        limit: u32,
        offset: u32,
    ) -> Result<(Vec<JournalChange>, u32)> {
        let action = "list the changes of a run";
        let states = json("change states", states)?;
        let rows = sqlx::query(
            "SELECT c.*, coalesce(c.edit, r.edit) AS what FROM run_change c JOIN run r ON r.seq = c.run \
             WHERE r.id = ?1 AND (?2 = '[]' OR c.state IN (SELECT value FROM json_each(?2))) \
             ORDER BY c.place LIMIT ?3 OFFSET ?4",
        )
        .bind(id.as_str())
        .bind(&states)
        .bind(limit)
        .bind(offset)
        .fetch_all(&self.app().readers)
        .await
        .map_err(during(action))?;
        let total = sqlx::query_scalar(
            "SELECT count(*) FROM run_change c JOIN run r ON r.seq = c.run \
             WHERE r.id = ?1 AND (?2 = '[]' OR c.state IN (SELECT value FROM json_each(?2)))",
        )
        .bind(id.as_str())
        .bind(&states)
        .fetch_one(&self.app().readers)
        .await
        .map_err(during(action))?;
        Ok((rows.iter().map(change_of).collect::<Result<_>>()?, total))
    }

    /// What a run has to do next on its way forth (waiting or sent, in order) or back (done, sent or returning,
    /// in reverse order).
    ///
    /// # Errors
    /// `Unreadable`, `Damaged`.
    pub async fn next_changes(&self, id: &JournalId, back: bool, limit: u32) -> Result<Vec<JournalChange>> {
        let sql = match back {
            false => {
                "SELECT c.*, coalesce(c.edit, r.edit) AS what FROM run_change c JOIN run r ON r.seq = c.run \
                 WHERE r.id = ?1 AND c.state IN ('waiting', 'sent') ORDER BY c.place LIMIT ?2"
            }
            true => {
                "SELECT c.*, coalesce(c.edit, r.edit) AS what FROM run_change c JOIN run r ON r.seq = c.run \
                 WHERE r.id = ?1 AND c.state IN ('done', 'sent', 'returning') ORDER BY c.place DESC LIMIT ?2"
            }
        };
        sqlx::query(sql)
            .bind(id.as_str())
            .bind(limit)
            .fetch_all(&self.app().readers)
            .await
            .map_err(during("read what a run has to do next"))?
            .iter()
            .map(change_of)
            .collect()
    }

    /// Writes down that a patch is about to be sent, and the fact as it is before.
    ///
    /// # Errors
    /// `NotFound` when the run was forgotten: then do not send. `DiskFull`.
    pub async fn change_sent(&self, id: &JournalId, place: u32, before: &Value, patch: &Value) -> Result<()> {
        fault::point("store.change_sent.before");
        let changed = sqlx::query(
            "UPDATE run_change SET state = 'sent', before = ?3, patch = ?4, after = NULL, why = NULL \
             WHERE run = (SELECT seq FROM run WHERE id = ?1) AND place = ?2",
        )
        .bind(id.as_str())
        .bind(place)
        .bind(json("fact", before)?)
        .bind(json("patch", patch)?)
        .execute(&self.app().writer)
        .await
        .map_err(during("write a change down before it is sent"))?;
        fault::point("store.change_sent.after_commit");
        if changed.rows_affected() == 0 { Err(missing(id)) } else { Ok(()) }
    }

    /// Writes down how a change is now; `after` stays when `None`.
    ///
    /// # Errors
    /// `NotFound` when the run was forgotten. `DiskFull`.
    pub async fn change_is(
        &self,
        id: &JournalId,
        place: u32,
        state: ChangeState,
        after: Option<&Value>,
        why: Option<&str>,
    ) -> Result<()> {
        fault::point("store.change_is.before");
        let changed = sqlx::query(
            "UPDATE run_change SET state = ?3, after = coalesce(?4, after), why = ?5 \
             WHERE run = (SELECT seq FROM run WHERE id = ?1) AND place = ?2",
        )
        .bind(id.as_str())
        .bind(place)
        .bind(word("change state", state)?)
        .bind(json_or_null("fact", after)?)
        .bind(why)
        .execute(&self.app().writer)
        .await
        .map_err(during("write down how a change ended"))?;
        fault::point("store.change_is.after_commit");
        if changed.rows_affected() == 0 { Err(missing(id)) } else { Ok(()) }
    }

    /// Writes down how a run is. A state in which nobody works on it ends it.
    ///
    /// # Errors
    /// `NotFound`, `DiskFull`.
    pub async fn run_is(
        &self,
        id: &JournalId,
        state: RunState,
        back: bool,
        error: Option<&Error>,
    ) -> Result<()> {
        fault::point("store.run_is.before");
        let ended = (!state.is_going()).then(|| Time::now().0);
        let changed =
            sqlx::query("UPDATE run SET state = ?2, back = ?3, error = ?4, ended_at = ?5 WHERE id = ?1")
                .bind(id.as_str())
                .bind(word("run state", state)?)
                .bind(back)
                .bind(json_or_null("error", error)?)
                .bind(ended)
                .execute(&self.app().writer)
                .await
                .map_err(during("write down how a run is"))?;
        fault::point("store.run_is.after_commit");
        if changed.rows_affected() == 0 { Err(missing(id)) } else { Ok(()) }
    }

    /// Turns all changes of a run that are in one state into another, e.g. undone into waiting to do them again.
    ///
    /// # Errors
    /// `DiskFull`.
    pub async fn turn_changes(&self, id: &JournalId, from: ChangeState, to: ChangeState) -> Result<()> {
        sqlx::query(
            "UPDATE run_change SET state = ?3, why = NULL \
             WHERE run = (SELECT seq FROM run WHERE id = ?1) AND state = ?2",
        )
        .bind(id.as_str())
        .bind(word("change state", from)?)
        .bind(word("change state", to)?)
        .execute(&self.app().writer)
        .await
        .map_err(during("change the state of changes"))?;
        Ok(())
    }

    /// Runs that were going on when the last process ended become interrupted. How many there were.
    ///
    /// # Errors
    /// `DiskFull`, `Damaged`.
    pub async fn interrupt_runs(&self) -> Result<u64> {
        let done = sqlx::query(
            "UPDATE run SET state = 'interrupted', ended_at = ?1 WHERE state IN ('running', 'undoing')",
        )
        .bind(Time::now().0)
        .execute(&self.app().writer)
        .await
        .map_err(during("mark interrupted runs"))?;
        Ok(done.rows_affected())
    }

    /// Takes a run out of the journal. It cannot be undone any more; the facts stay as they are.
    ///
    /// # Errors
    /// `NotFound`, `DiskFull`.
    pub async fn forget_run(&self, id: &JournalId) -> Result<()> {
        fault::point("store.forget_run.before");
        let gone = sqlx::query("DELETE FROM run WHERE id = ?1")
            .bind(id.as_str())
            .execute(&self.app().writer)
            .await
            .map_err(during("forget a run of changes"))?;
        if gone.rows_affected() == 0 { Err(missing(id)) } else { Ok(()) }
    }
}

fn missing(id: &JournalId) -> StoreError {
    StoreError::NotFound { what: "run of changes", id: id.to_string() }
}

fn run_of(row: &SqliteRow) -> Result<JournalRun> {
    let action = "read a run of changes";
    let error: Option<String> = row.try_get("error").map_err(during(action))?;
    let read = || -> sqlx::Result<_> {
        let counts = ChangeCounts {
            waiting: row.try_get("waiting")?,
            unknown: row.try_get("unknown")?,
            done: row.try_get("done")?,
            skipped: row.try_get("skipped")?,
            failed: row.try_get("failed")?,
            undone: row.try_get("undone")?,
            conflict: row.try_get("conflict")?,
        };
        let state: String = row.try_get("state")?;
        let id = JournalId(row.try_get("id")?);
        let first: Option<String> = row.try_get("together")?;
        let run = JournalRun {
            together: first.map_or_else(|| id.clone(), JournalId),
            parts: row.try_get("parts")?,
            id,
            server_id: ServerId(row.try_get("server_id")?),
            bank_id: BankId(row.try_get("bank_id")?),
            label: row.try_get("label")?,
            note: row.try_get("note")?,
            state: RunState::Done,
            back: row.try_get("back")?,
            error: None,
            at: Time(row.try_get("at")?),
            ended_at: row.try_get::<Option<String>, _>("ended_at")?.map(Time),
            counts,
        };
        Ok((run, state))
    };
    let (run, state) = read().map_err(during(action))?;
    Ok(JournalRun {
        state: from_word("run state", state)?,
        error: parse_or_null("error", error.as_deref())?,
        ..run
    })
}

fn change_of(row: &SqliteRow) -> Result<JournalChange> {
    let action = "read a change of a run";
    let text = |column: &str| row.try_get::<Option<String>, _>(column).map_err(during(action));
    Ok(JournalChange {
        place: row.try_get("place").map_err(during(action))?,
        fact_id: row.try_get("fact_id").map_err(during(action))?,
        state: from_word("change state", row.try_get("state").map_err(during(action))?)?,
        edit: parse("edit", text("what")?.as_deref().unwrap_or("null"))?,
        why: text("why")?,
        patch: parse_or_null("patch", text("patch")?.as_deref())?,
        before: parse_or_null("fact", text("before")?.as_deref())?,
        after: parse_or_null("fact", text("after")?.as_deref())?,
    })
}

#[cfg(test)]
mod tests;

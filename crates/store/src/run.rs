//! The run log: what a running answer has said so far, so that a killed process loses none of it.
//!
//! `turn` drops it when the turn ends; `interrupted` folds it at start. Called by `rearview-turns`.

use crate::error::{Result, during};
use crate::fault;
use crate::open::Store;
use crate::row::{json, parse};
use crate::turn::{missing, turn_of};
use rearview_domain::TurnId;
use rearview_domain::message::Part;
use rearview_domain::turn::{Turn, TurnState};

/// What a running answer adds.
#[derive(Clone, Debug, PartialEq)]
pub enum RunDelta {
    /// More text.
    Text(String),
    /// More reasoning.
    Reasoning(String),
    /// A whole part. A text or reasoning part takes the place of the increments it was made of.
    Part(Part),
}

impl Store {
    /// Adds to the log of a running turn. `seq` rises; gaps do not matter.
    ///
    /// # Errors
    /// `NotFound` when the turn was deleted, `Database` when the `seq` was used, `DiskFull`.
    pub async fn append_run(&self, turn: &TurnId, seq: u32, delta: &RunDelta) -> Result<()> {
        let (kind, data) = match delta {
            RunDelta::Text(text) => ("text", text.clone()),
            RunDelta::Reasoning(text) => ("reasoning", text.clone()),
            RunDelta::Part(part) => ("part", json("part", part)?),
        };
        fault::point("store.append_run.before");
        sqlx::query("INSERT INTO run_log (turn_id, seq, kind, data) VALUES (?1, ?2, ?3, ?4)")
            .bind(turn.as_str())
            .bind(seq)
            .bind(kind)
            .bind(data)
            .execute(&self.app().writer)
            .await
            .map_err(|error| match error.as_database_error().map(|error| error.kind()) {
                Some(sqlx::error::ErrorKind::ForeignKeyViolation) => missing(turn),
                _ => during("save a piece of the answer")(error),
            })?;
        fault::point("store.append_run.after_commit");
        Ok(())
    }

    /// The turns that were running when the last process ended, as `Interrupted`, each with the parts that
    /// the log has of its answer. Nothing is changed: whoever decides on their retain writes both with
    /// `finish_turn`, so that a death in between loses neither.
    ///
    /// # Errors
    /// `Unreadable`, `Damaged`.
    pub async fn interrupted(&self) -> Result<Vec<(Turn, Vec<Part>)>> {
        let action = "recover an interrupted turn";
        let running: Vec<Turn> = sqlx::query("SELECT * FROM turn WHERE state = 'running' ORDER BY seq")
            .fetch_all(&self.app().readers)
            .await
            .map_err(during(action))?
            .iter()
            .map(turn_of)
            .collect::<Result<_>>()?;
        let mut interrupted = Vec::with_capacity(running.len());
        for mut turn in running {
            let log: Vec<(String, String)> =
                sqlx::query_as("SELECT kind, data FROM run_log WHERE turn_id = ?1 ORDER BY seq")
                    .bind(turn.id.as_str())
                    .fetch_all(&self.app().readers)
                    .await
                    .map_err(during(action))?;
            turn.state = TurnState::Interrupted;
            interrupted.push((turn, fold(log)?));
        }
        Ok(interrupted)
    }
}

/// Folds a log into parts. Reasoning that never became a whole part has no family, and so is shown but
/// never sent back to a provider.
fn fold(log: Vec<(String, String)>) -> Result<Vec<Part>> {
    let mut parts: Vec<Part> = Vec::new();
    // Whether the last part is still made of increments.
    let mut open = false;
    for (kind, data) in log {
        match (kind.as_str(), parts.last_mut()) {
            ("text", Some(Part::Text { text })) | ("reasoning", Some(Part::Reasoning { text, .. }))
                if open =>
            {
                text.push_str(&data);
            }
            ("text", _) => {
                parts.push(Part::text(data));
                open = true;
            }
            ("reasoning", _) => {
                parts.push(Part::Reasoning { text: data, signature: None, family: String::new() });
                open = true;
            }
            (_, last) => {
                let whole: Part = parse("part", &data)?;
                match (&whole, last) {
                    (Part::Text { .. }, Some(last @ Part::Text { .. }))
                    | (Part::Reasoning { .. }, Some(last @ Part::Reasoning { .. }))
                        if open =>
                    {
                        *last = whole;
                    }
                    _ => parts.push(whole),
                }
                open = false;
            }
        }
    }
    Ok(parts)
}

#[cfg(test)]
mod tests;

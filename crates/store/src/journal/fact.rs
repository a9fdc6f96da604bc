//! The changes of one fact, whichever runs they stand in.

use super::{JournalChange, JournalRun, RUN, change_of, run_of};
use crate::error::{Result, during};
use crate::open::Store;
use rearview_domain::{BankId, ServerId};

impl Store {
    /// The latest changes of a fact that were sent, each with its run, the latest first.
    ///
    /// # Errors
    /// `Unreadable`, `Damaged`.
    pub async fn changes_of_fact(
        &self,
        (server, bank): (&ServerId, &BankId),
        fact_id: &str,
        limit: u32,
    ) -> Result<Vec<(JournalRun, JournalChange)>> {
        let action = "list the changes of a fact";
        let rows = sqlx::query(
            "SELECT c.*, coalesce(c.edit, r.edit) AS what, r.id AS run_id FROM run_change c \
             JOIN run r ON r.seq = c.run WHERE c.fact_id = ?1 AND r.server_id = ?2 AND r.bank_id = ?3 \
             AND c.before IS NOT NULL ORDER BY r.seq DESC LIMIT ?4",
        )
        .bind(fact_id)
        .bind(server.as_str())
        .bind(bank.as_str())
        .bind(limit)
        .fetch_all(&self.app().readers)
        .await
        .map_err(during(action))?;
        let mut found = Vec::with_capacity(rows.len());
        for row in &rows {
            let id: String = sqlx::Row::try_get(row, "run_id").map_err(during(action))?;
            let sql = format!("{RUN} WHERE r.id = ?1 GROUP BY r.seq");
            let run = sqlx::query(sqlx::AssertSqlSafe(sql))
                .bind(id)
                .fetch_one(&self.app().readers)
                .await
                .map_err(during(action))?;
            found.push((run_of(&run)?, change_of(row)?));
        }
        Ok(found)
    }
}

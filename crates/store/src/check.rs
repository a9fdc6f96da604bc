//! The `recall_check` table: saved checks in the order they were made, each with its last two results.
//!
//! What a check and a result are is decided in `rearview-curate`; here they are JSON.

use crate::error::{Result, during};
use crate::open::Store;
use crate::row::{json, parse, parse_or_null};
use serde_json::Value;

/// One saved check.
#[derive(Clone, Debug, PartialEq)]
pub struct CheckRow {
    /// Its id.
    pub id: String,
    /// The check.
    pub value: Value,
    /// The result of its last run.
    pub last: Option<Value>,
    /// The result of the run before.
    pub before: Option<Value>,
}

impl Store {
    /// All checks, in the order they were made.
    ///
    /// # Errors
    /// `Unreadable`, `Damaged`.
    pub async fn checks(&self) -> Result<Vec<CheckRow>> {
        let rows: Vec<(String, String, Option<String>, Option<String>)> =
            sqlx::query_as("SELECT id, value, last, before FROM recall_check ORDER BY seq")
                .fetch_all(&self.app().readers)
                .await
                .map_err(during("list the checks"))?;
        let row = |(id, value, last, before): (String, String, Option<String>, Option<String>)| {
            Ok(CheckRow {
                id,
                value: parse("check", &value)?,
                last: parse_or_null("result of a check", last.as_deref())?,
                before: parse_or_null("result of a check", before.as_deref())?,
            })
        };
        rows.into_iter().map(row).collect()
    }

    /// Adds checks or replaces them; a replaced one keeps its place and its results. All or none.
    ///
    /// # Errors
    /// `DiskFull`.
    pub async fn put_checks(&self, checks: &[(String, Value)]) -> Result<()> {
        let action = "save checks";
        let mut tx = self.app().writer.begin().await.map_err(during(action))?;
        for (id, value) in checks {
            sqlx::query(
                "INSERT INTO recall_check (id, seq, value)
                 VALUES (?1, (SELECT coalesce(max(seq), 0) + 1 FROM recall_check), ?2)
                 ON CONFLICT (id) DO UPDATE SET value = excluded.value",
            )
            .bind(id)
            .bind(json("check", value)?)
            .execute(&mut *tx)
            .await
            .map_err(during(action))?;
        }
        tx.commit().await.map_err(during(action))
    }

    /// Deletes a check with its results.
    ///
    /// # Errors
    /// `DiskFull`.
    pub async fn delete_check(&self, id: &str) -> Result<()> {
        sqlx::query("DELETE FROM recall_check WHERE id = ?1")
            .bind(id)
            .execute(&self.app().writer)
            .await
            .map_err(during("delete a check"))?;
        Ok(())
    }

    /// Keeps what came of a run; the result before becomes the one before. A check that is gone keeps nothing.
    ///
    /// # Errors
    /// `DiskFull`.
    pub async fn put_check_result(&self, id: &str, result: &Value) -> Result<()> {
        sqlx::query("UPDATE recall_check SET before = last, last = ?2 WHERE id = ?1")
            .bind(id)
            .bind(json("result of a check", result)?)
            .execute(&self.app().writer)
            .await
            .map_err(during("keep the result of a check"))?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[tokio::test]
    async fn a_check_keeps_its_place_and_its_last_two_results() {
        let store = Store::in_memory().await.unwrap();
        let named = |id: &str, name: &str| (id.to_owned(), json!({"name": name}));
        store.put_checks(&[named("b", "first"), named("a", "second")]).await.unwrap();
        for run in 1..=3 {
            store.put_check_result("b", &json!(run)).await.unwrap();
        }
        store.put_checks(&[named("b", "renamed")]).await.unwrap();
        let rows = store.checks().await.unwrap();
        let ids: Vec<_> = rows.iter().map(|row| row.id.as_str()).collect();
        assert_eq!(ids, ["b", "a"]);
        assert_eq!(rows[0].value, json!({"name": "renamed"}));
        assert_eq!((&rows[0].last, &rows[0].before), (&Some(json!(3)), &Some(json!(2))));
        assert_eq!(rows[1].last, None);
        store.delete_check("b").await.unwrap();
        store.put_check_result("b", &json!(4)).await.unwrap();
        assert_eq!(store.checks().await.unwrap().len(), 1);
    }
}

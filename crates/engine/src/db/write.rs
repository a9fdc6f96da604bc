//! Writing: one transaction that keeps the keyword tables and the resident rows in step with the tables.
//!
//! Rooms change rows of `unit`, `vector`, `unit_entity` with SQL of their own and [`Write::touch`] each memory
//! they changed or removed. At [`Write::commit`] the touched rows are read once more, their keyword rows
//! are written in the same transaction, and only after the commit do readers in memory see the change.

use super::Db;
use super::repair::{self, Repairs};
use crate::error::{Result, during};
use crate::resident::{Residents, Row};
use crate::unit::NewUnit;
use crate::{unit, words};
use rearview_domain::fault;
use sqlx::{AssertSqlSafe, Row as _, Sqlite, SqliteConnection, Transaction};
use std::collections::{BTreeMap, BTreeSet};

/// Touched memories read in one statement.
const BATCH: usize = 400;

/// An open transaction. Dropping it rolls back and nobody sees anything.
pub(crate) struct Write<'a> {
    tx: Transaction<'static, Sqlite>,
    residents: &'a Residents,
    repairs: &'a Repairs,
    touched: BTreeMap<i64, BTreeSet<i64>>,
    dropped_banks: Vec<i64>,
}

impl<'a> Write<'a> {
    pub(crate) async fn begin(db: &'a Db, residents: &'a Residents) -> Result<Self> {
        let (tx, repairs) = (db.begin().await?, db.repairs());
        Ok(Self { tx, residents, repairs, touched: BTreeMap::new(), dropped_banks: Vec::new() })
    }

    /// The connection, for SQL of the room's own.
    pub(crate) fn sql(&mut self) -> &mut SqliteConnection {
        &mut self.tx
    }

    /// Says that this memory of this bank was changed, added or removed in this transaction: its row,
    /// vector, entities or document's tags.
    pub(crate) fn touch(&mut self, bank: i64, unit: i64) {
        self.touched.entry(bank).or_default().insert(unit);
    }

    /// Makes the keyword table of a new bank.
    pub(crate) async fn make_keywords(&mut self, bank: i64) -> Result<()> {
        // `contentless_delete`: the text stands in `unit` already, here are only its words.
        sqlx::query(AssertSqlSafe(format!(
            "CREATE VIRTUAL TABLE IF NOT EXISTS keyword_{bank} USING fts5(text, content='', contentless_delete=1, \
             tokenize='porter unicode61 remove_diacritics 2')"
        )))
        .execute(&mut *self.tx)
        .await
        .map_err(during("make the keyword index of a bank"))?;
        sqlx::query(AssertSqlSafe(format!(
            "CREATE VIRTUAL TABLE IF NOT EXISTS keyword_{bank}_terms USING fts5vocab(keyword_{bank}, row)"
        )))
        .execute(&mut *self.tx)
        .await
        .map_err(during("make the keyword index of a bank"))?;
        Ok(())
    }

    /// Forgets a bank whose row is deleted in this transaction: its keyword table and its resident rows.
    pub(crate) async fn drop_bank(&mut self, bank: i64) -> Result<()> {
        self.drop_keywords(bank).await?;
        self.touched.remove(&bank);
        self.dropped_banks.push(bank);
        Ok(())
    }

    async fn drop_keywords(&mut self, bank: i64) -> Result<()> {
        for table in [format!("keyword_{bank}_terms"), format!("keyword_{bank}")] {
            sqlx::query(AssertSqlSafe(format!("DROP TABLE IF EXISTS {table}")))
                .execute(&mut *self.tx)
                .await
                .map_err(during("drop the keyword index of a bank"))?;
        }
        Ok(())
    }

    /// Puts an empty keyword table in the place of a bank's own, however wrong that is.
    pub(super) async fn remake_keywords(&mut self, bank: i64) -> Result<()> {
        self.drop_keywords(bank).await?;
        self.make_keywords(bank).await
    }

    /// Writes a memory with its vector and entities, and touches it. Answers its `no`.
    pub(crate) async fn add_unit(&mut self, bank: i64, new: &NewUnit) -> Result<i64> {
        let action = "write a memory";
        let tags = serde_json::Value::from(new.tags.clone()).to_string();
        let metadata = new.metadata.as_ref().map(|map| serde_json::Value::Object(map.clone()).to_string());
        let event_at = new.occurred_start.or(new.mentioned_at).unwrap_or(new.created_at);
        let no: i64 = sqlx::query_scalar(
            "INSERT INTO unit (id, bank, kind, text, context, document, chunk, ord, occurred_start, occurred_end, \
             mentioned_at, event_at, tokens, proof, tags, metadata, observation_scopes, origin, created_at, updated_at) \
             VALUES (?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11,?12,?13,?14,?15,?16,?17,?18,?19,?19) RETURNING no",
        )
        .bind(new.id.to_string())
        .bind(bank)
        .bind(new.kind as i64)
        .bind(&new.text)
        .bind(&new.context)
        .bind(new.document)
        .bind(new.chunk)
        .bind(new.ord)
        .bind(new.occurred_start)
        .bind(new.occurred_end)
        .bind(new.mentioned_at)
        .bind(event_at)
        .bind(i64::from(unit::tokens(&new.text)))
        .bind(i64::from(new.proof))
        .bind(tags)
        .bind(metadata)
        .bind(new.observation_scopes.as_ref().map(ToString::to_string))
        .bind(new.origin.word())
        .bind(new.created_at)
        .fetch_one(&mut *self.tx)
        .await
        .map_err(during(action))?;
        if let Some(vector) = &new.vector {
            self.set_vector(no, vector).await?;
        }
        for entity in &new.entities {
            sqlx::query("INSERT OR IGNORE INTO unit_entity (unit, entity) VALUES (?1, ?2)")
                .bind(no)
                .bind(entity)
                .execute(&mut *self.tx)
                .await
                .map_err(during(action))?;
        }
        self.touch(bank, no);
        Ok(no)
    }

    /// Gives a memory its vector. The caller touches the memory.
    pub(crate) async fn set_vector(&mut self, unit: i64, vector: &[f32]) -> Result<()> {
        sqlx::query(
            "INSERT INTO vector (unit, v) VALUES (?1, ?2) ON CONFLICT (unit) DO UPDATE SET v = excluded.v",
        )
        .bind(unit)
        .bind(crate::encode::at_rest::to_bytes(vector))
        .execute(&mut *self.tx)
        .await
        .map_err(during("write a vector"))?;
        Ok(())
    }

    /// Removes memories for good, with their vectors, links and keyword rows.
    pub(crate) async fn remove_units(&mut self, bank: i64, units: &[i64]) -> Result<()> {
        for unit in units {
            sqlx::query("DELETE FROM unit WHERE no = ?1 AND bank = ?2")
                .bind(unit)
                .bind(bank)
                .execute(&mut *self.tx)
                .await
                .map_err(during("remove a memory"))?;
            self.touch(bank, *unit);
        }
        Ok(())
    }

    /// Brings the keyword tables in step, commits, and lets readers in memory see it.
    pub(crate) async fn commit(mut self) -> Result<()> {
        let (mut changes, mut emptied) = (Vec::new(), Vec::new());
        for (bank, units) in std::mem::take(&mut self.touched) {
            let units: Vec<i64> = units.into_iter().collect();
            self.savepoint("SAVEPOINT keywords").await?;
            let rows = match self.refresh_bank(bank, &units).await {
                // What was said must not be lost to an index that can be made anew. The wrong one still holds words
                // that it cannot write: they go first.
                Err(error) if repair::concerns_keywords(&error, bank) => {
                    self.savepoint("ROLLBACK TO keywords").await?;
                    self.remake_keywords(bank).await?;
                    emptied.push(bank);
                    self.refresh_bank(bank, &units).await?
                }
                rows => rows?,
            };
            self.savepoint("RELEASE keywords").await?;
            changes.push((bank, units, rows));
        }
        // From here to the publication nobody may load a bank from the file, or it would miss this change.
        let publishing = self.residents.publishing().await;
        fault::point("engine.commit.before");
        self.tx.commit().await.map_err(during("commit"))?;
        fault::point("engine.commit.after");
        emptied.into_iter().for_each(|bank| self.repairs.emptied(bank));
        for (bank, touched, rows) in changes {
            self.residents.publish(bank, &touched, rows);
        }
        for bank in self.dropped_banks {
            self.residents.forget(bank);
        }
        drop(publishing);
        Ok(())
    }

    async fn savepoint(&mut self, sql: &'static str) -> Result<()> {
        sqlx::query(sql).execute(&mut *self.tx).await.map_err(during("index memories"))?;
        Ok(())
    }

    /// Indexes the touched memories of a bank, and learns of a wrong index now instead of at the commit.
    async fn refresh_bank(&mut self, bank: i64, units: &[i64]) -> Result<Vec<Row>> {
        let mut rows = Vec::with_capacity(units.len());
        for batch in units.chunks(BATCH) {
            rows.extend(self.refresh_keywords(bank, batch).await?);
        }
        sqlx::query(AssertSqlSafe(format!("INSERT INTO keyword_{bank} (keyword_{bank}) VALUES ('flush')")))
            .execute(&mut *self.tx)
            .await
            .map_err(during("index memories"))?;
        Ok(rows)
    }

    /// Reads the touched rows as they are now and writes their keyword rows anew.
    async fn refresh_keywords(&mut self, bank: i64, units: &[i64]) -> Result<Vec<Row>> {
        let action = "index memories";
        let list = units.iter().map(i64::to_string).collect::<Vec<_>>().join(",");
        sqlx::query(AssertSqlSafe(format!("DELETE FROM keyword_{bank} WHERE rowid IN ({list})")))
            .execute(&mut *self.tx)
            .await
            .map_err(during(action))?;
        let found = sqlx::query(AssertSqlSafe(format!(
            "SELECT {}, u.text, u.occurred_start AS start, u.occurred_end AS ending, \
             (SELECT group_concat(e.name, ' ') FROM unit_entity ue JOIN entity e ON e.no = ue.entity WHERE ue.unit = u.no) AS names \
             FROM unit u LEFT JOIN vector v ON v.unit = u.no WHERE u.no IN ({list})",
            Row::COLUMNS
        )))
        .fetch_all(&mut *self.tx)
        .await
        .map_err(during(action))?;
        let mut rows = Vec::with_capacity(found.len());
        let insert = format!("INSERT INTO keyword_{bank} (rowid, text) VALUES (?1, ?2)");
        for row in found {
            let resident = Row::read(&row).map_err(during(action))?;
            if resident.valid {
                let text: String = row.try_get("text").map_err(during(action))?;
                let names: Option<String> = row.try_get("names").map_err(during(action))?;
                let start: Option<i64> = row.try_get("start").map_err(during(action))?;
                let end: Option<i64> = row.try_get("ending").map_err(during(action))?;
                let dates = crate::unit::date_words(start, end);
                let indexed =
                    words::index_text(&[text.as_str(), names.as_deref().unwrap_or(""), &dates].join(" "));
                sqlx::query(AssertSqlSafe(insert.clone()))
                    .bind(resident.unit)
                    .bind(indexed)
                    .execute(&mut *self.tx)
                    .await
                    .map_err(during(action))?;
            }
            rows.push(resident);
        }
        Ok(rows)
    }
}

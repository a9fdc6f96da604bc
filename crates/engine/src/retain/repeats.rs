//! A fact that its document says already: same words, or nearly the same meaning about the same things on
//! the same day. It becomes no second memory, and what it leaned on is kept for when the first place goes.
//!
//! Never across documents: each must keep its own facts, or deleting one would take what another says.

use super::facts::Place;
use crate::db::Write;
use crate::error::{Result, during};
use crate::extract::Found;
use crate::words;
use half::f16;
use half::slice::HalfFloatSliceExt as _;
use sqlx::{AssertSqlSafe, Row as _};

/// From this cosine on two facts say the same (hindsight 1.1 merges observations from 0.97).
const SAME_COSINE: f32 = 0.97;
/// The document's latest facts that a new one is compared with, so that long documents stay linear.
const COMPARED: i64 = 300;
const DAY_MS: i64 = 86_400_000;

/// A fact as it is compared.
pub(super) struct Said {
    pub(super) unit: i64,
    norm: String,
    entities: Vec<i64>,
    day: Option<i64>,
    vector: Option<Vec<f32>>,
}

impl Said {
    pub(super) fn new(found: &Found, entities: &[i64], at: Option<i64>, vector: Option<&[f32]>) -> Self {
        let mut entities = entities.to_vec();
        entities.sort_unstable();
        Self {
            unit: 0,
            norm: words::normal_form(&found.text),
            entities,
            day: at.map(|at| at.div_euclid(DAY_MS)),
            vector: vector.map(<[f32]>::to_vec),
        }
    }

    pub(super) fn of(self, unit: i64) -> Self {
        Self { unit, ..self }
    }

    /// Says the same as the other.
    pub(super) fn same(&self, other: &Self) -> bool {
        if !self.norm.is_empty() && self.norm == other.norm {
            return true;
        }
        let (Some(a), Some(b)) = (&self.vector, &other.vector) else { return false };
        self.day == other.day
            && self.entities == other.entities
            && a.len() == b.len()
            // Vectors are of length 1.
            && a.iter().zip(b).map(|(a, b)| a * b).sum::<f32>() >= SAME_COSINE
    }
}

/// The latest facts of the document.
pub(super) async fn said(write: &mut Write<'_>, place: &Place<'_>) -> Result<Vec<Said>> {
    let rows = sqlx::query(
        "SELECT u.no, u.text, u.occurred_start, u.mentioned_at, v.v, \
         (SELECT group_concat(ue.entity) FROM unit_entity ue WHERE ue.unit = u.no) AS entities \
         FROM unit u LEFT JOIN vector v ON v.unit = u.no \
         WHERE u.document = ?1 AND u.state = 0 AND u.origin IN ('model', 'rule') ORDER BY u.ord DESC LIMIT ?2",
    )
    .bind(place.document)
    .bind(COMPARED)
    .fetch_all(write.sql())
    .await
    .map_err(during("read a document's facts"))?;
    let read = |row: &sqlx::sqlite::SqliteRow| -> sqlx::Result<Said> {
        let entities: Option<&str> = row.try_get("entities")?;
        let mut entities: Vec<i64> =
            entities.unwrap_or_default().split(',').filter_map(|no| no.parse().ok()).collect();
        entities.sort_unstable();
        let at: Option<i64> = match row.try_get("occurred_start")? {
            Some(at) => Some(at),
            None => row.try_get("mentioned_at")?,
        };
        let vector: Option<&[u8]> = row.try_get("v")?;
        Ok(Said {
            unit: row.try_get("no")?,
            norm: words::normal_form(row.try_get("text")?),
            entities,
            day: at.map(|at| at.div_euclid(DAY_MS)),
            vector: vector.map(floats),
        })
    };
    rows.iter().map(read).collect::<sqlx::Result<_>>().map_err(during("read a document's facts"))
}

fn floats(bytes: &[u8]) -> Vec<f32> {
    let halves: Vec<f16> = bytes.as_chunks().0.iter().map(|pair| f16::from_le_bytes(*pair)).collect();
    halves.to_f32_vec()
}

/// Notes that this chunk says what a memory says.
pub(super) async fn add(write: &mut Write<'_>, place: &Place<'_>, unit: i64) -> Result<()> {
    let action = "note a repeated fact";
    let noted = sqlx::query(
        "INSERT OR IGNORE INTO said_again (unit, chunk) SELECT no, ?2 FROM unit WHERE no = ?1 AND chunk IS NOT ?2",
    )
    .bind(unit)
    .bind(place.chunk)
    .execute(write.sql())
    .await
    .map_err(during(action))?;
    if noted.rows_affected() > 0 {
        sqlx::query("UPDATE unit SET proof = proof + 1, updated_at = ?2 WHERE no = ?1")
            .bind(unit)
            .bind(place.now)
            .execute(write.sql())
            .await
            .map_err(during(action))?;
        write.touch(place.bank, unit);
    }
    Ok(())
}

/// Before chunks go: facts that another chunk says too move there, facts that these repeated lose that proof.
pub(super) async fn move_on(write: &mut Write<'_>, bank: i64, gone: &[i64]) -> Result<()> {
    let action = "move repeated facts";
    let list = gone.iter().map(i64::to_string).collect::<Vec<_>>().join(",");
    // Most documents repeat nothing.
    let moved: Vec<(i64, i64)> = sqlx::query_as(AssertSqlSafe(format!(
        "SELECT s.unit, min(s.chunk) FROM said_again s JOIN unit u ON u.no = s.unit \
         WHERE u.chunk IN ({list}) AND s.chunk NOT IN ({list}) GROUP BY s.unit"
    )))
    .fetch_all(write.sql())
    .await
    .map_err(during(action))?;
    let fewer: Vec<(i64, i64)> = sqlx::query_as(AssertSqlSafe(format!(
        "SELECT unit, count(*) FROM said_again WHERE chunk IN ({list}) GROUP BY unit"
    )))
    .fetch_all(write.sql())
    .await
    .map_err(during(action))?;
    for (unit, chunk) in &moved {
        sqlx::query(
            "UPDATE unit SET chunk = ?2, proof = max(1, proof - 1), \
             ord = (SELECT idx FROM chunk WHERE no = ?2) * ?3 + ?3 - 1 WHERE no = ?1",
        )
        .bind(unit)
        .bind(chunk)
        .bind(super::facts::ORDS_PER_CHUNK)
        .execute(write.sql())
        .await
        .map_err(during(action))?;
        sqlx::query("DELETE FROM said_again WHERE unit = ?1 AND chunk = ?2")
            .bind(unit)
            .bind(chunk)
            .execute(write.sql())
            .await
            .map_err(during(action))?;
        write.touch(bank, *unit);
    }
    for (unit, times) in fewer {
        sqlx::query("UPDATE unit SET proof = max(1, proof - ?2) WHERE no = ?1")
            .bind(unit)
            .bind(times)
            .execute(write.sql())
            .await
            .map_err(during(action))?;
        write.touch(bank, unit);
    }
    Ok(())
}

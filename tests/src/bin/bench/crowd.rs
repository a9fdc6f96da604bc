//! Makes a small memory bank a large one, in the tables of an engine that is not running: each memory is
//! copied with a number in its text, into a document of its own, under the same entities, with a vector that
//! lies between its own and another's, a little off. So words are as rare, sessions as long and vectors as
//! crowded as in a bank that grew. 8 ms of encoding for each of 100,000 memories would be a quarter of an hour.

use crate::failed::{Result, at, odd};
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use rearview_engine::encode::at_rest;
use rearview_engine::words::index_text;
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use sqlx::{AssertSqlSafe, Connection as _};
use std::path::Path;

/// The other vector's part in a copy's.
const BLEND: f32 = 0.3;
/// How far each number of a copy's vector of length 1 is moved at most.
const JITTER: f32 = 0.02;

/// A memory that is copied.
#[derive(sqlx::FromRow)]
struct Original {
    no: i64,
    document: Option<i64>,
    text: String,
    names: Option<String>,
    v: Vec<u8>,
}

/// Copies the memories of the one bank in `data` until it has `wanted`.
pub async fn grow(data: &Path, wanted: usize) -> Result<()> {
    let attempt = "make a bank large";
    let options = SqliteConnectOptions::new().filename(data.join("memory.db")).foreign_keys(true);
    let mut db = SqliteConnection::connect_with(&options).await.map_err(at(attempt))?;
    let bank: i64 =
        sqlx::query_scalar("SELECT no FROM bank").fetch_one(&mut db).await.map_err(at(attempt))?;
    let originals: Vec<Original> = sqlx::query_as(
        "SELECT u.no, u.document, u.text, v.v, \
         (SELECT group_concat(e.name, ' ') FROM unit_entity ue JOIN entity e ON e.no = ue.entity WHERE ue.unit = u.no) AS names \
         FROM unit u JOIN vector v ON v.unit = u.no ORDER BY u.no",
    )
    .fetch_all(&mut db)
    .await
    .map_err(at(attempt))?;
    let vectors: Vec<Vec<f32>> = originals.iter().filter_map(|one| at_rest::from_bytes(&one.v)).collect();
    let (Some(last), true) = (originals.last(), vectors.len() == originals.len()) else {
        return Err(odd(attempt, "there are no memories with vectors"));
    };
    // Not the last that a memory stands in: an earlier growth copies all documents and fills only some.
    let last_document: i64 = sqlx::query_scalar("SELECT coalesce(max(no), 0) FROM document")
        .fetch_one(&mut db)
        .await
        .map_err(at(attempt))?;
    let mut dice = StdRng::seed_from_u64(1);
    let mut have = originals.len();
    let mut round = 0;
    while have < wanted {
        round += 1;
        // A copy of an engine's tables is only ever as large as one transaction, so that it is quick.
        let mut tx = db.begin().await.map_err(at(attempt))?;
        copy_documents(&mut tx, round, last_document).await?;
        for (original, vector) in originals.iter().zip(&vectors).take(wanted - have) {
            let other = vectors.get(dice.random_range(0..vectors.len())).unwrap_or(vector);
            let copy = Copy {
                bank,
                round,
                unit: original.no + round * last.no,
                document: original.document.map(|no| no + round * last_document),
                vector: at_rest::to_bytes(&blend(vector, other, &mut dice)),
            };
            copy.write(&mut tx, original).await?;
            have += 1;
        }
        tx.commit().await.map_err(at(attempt))?;
    }
    db.close().await.map_err(at(attempt))
}

/// Gives each memory of the one bank in `data` two tags, one that all have and one of its document, and every other one a
/// time at which it happened: facts that are kept without a model have neither.
pub async fn furnish(data: &Path) -> Result<()> {
    let attempt = "give memories tags and times";
    let options = SqliteConnectOptions::new().filename(data.join("memory.db"));
    let mut db = SqliteConnection::connect_with(&options).await.map_err(at(attempt))?;
    sqlx::query(
        "UPDATE unit SET occurred_start = iif(no % 2, mentioned_at, NULL), tags = json_array('chat', \
         'session:' || coalesce((SELECT id FROM document d WHERE d.no = unit.document), 'none'))",
    )
    .execute(&mut db)
    .await
    .map_err(at(attempt))?;
    db.close().await.map_err(at(attempt))
}

async fn copy_documents(db: &mut SqliteConnection, round: i64, last: i64) -> Result<()> {
    sqlx::query(
        "INSERT INTO document (no, bank, id, hash, text_length, mentioned_at, created_at, updated_at) \
         SELECT no + ?1 * ?2, bank, id || '-' || (no + ?1 * ?2), hash, text_length, mentioned_at, created_at, updated_at \
         FROM document WHERE no <= ?2",
    )
    .bind(round)
    .bind(last)
    .execute(db)
    .await
    .map(|_| ())
    .map_err(at("copy documents"))
}

/// Where one copy goes.
struct Copy {
    bank: i64,
    round: i64,
    unit: i64,
    document: Option<i64>,
    vector: Vec<u8>,
}

impl Copy {
    async fn write(&self, db: &mut SqliteConnection, original: &Original) -> Result<()> {
        let attempt = "copy a memory";
        let text = format!("{} ({})", original.text, self.round);
        sqlx::query(
            "INSERT INTO unit (no, id, bank, kind, text, document, ord, occurred_start, occurred_end, mentioned_at, \
             event_at, tokens, proof, tags, metadata, origin, created_at, updated_at) \
             SELECT ?1, ?2, bank, kind, ?3, ?4, ord, occurred_start, occurred_end, mentioned_at, \
             event_at, tokens + 3, proof, tags, metadata, origin, created_at, updated_at FROM unit WHERE no = ?5",
        )
        .bind(self.unit)
        .bind(uuid::Uuid::new_v4().to_string())
        .bind(&text)
        .bind(self.document)
        .bind(original.no)
        .execute(&mut *db)
        .await
        .map_err(at(attempt))?;
        sqlx::query(
            "INSERT INTO unit_entity (unit, entity) SELECT ?1, entity FROM unit_entity WHERE unit = ?2",
        )
        .bind(self.unit)
        .bind(original.no)
        .execute(&mut *db)
        .await
        .map_err(at(attempt))?;
        sqlx::query("INSERT INTO vector (unit, v) VALUES (?1, ?2)")
            .bind(self.unit)
            .bind(&self.vector)
            .execute(&mut *db)
            .await
            .map_err(at(attempt))?;
        let words = index_text(&[text.as_str(), original.names.as_deref().unwrap_or("")].join(" "));
        sqlx::query(AssertSqlSafe(format!(
            "INSERT INTO keyword_{} (rowid, text) VALUES (?1, ?2)",
            self.bank
        )))
        .bind(self.unit)
        .bind(words)
        .execute(db)
        .await
        .map_err(at(attempt))?;
        Ok(())
    }
}

/// A vector of length 1 between two, a little off.
fn blend(one: &[f32], other: &[f32], dice: &mut StdRng) -> Vec<f32> {
    let mixed: Vec<f32> = one
        .iter()
        .zip(other)
        .map(|(a, b)| a * (1.0 - BLEND) + b * BLEND + dice.random_range(-JITTER..JITTER))
        .collect();
    let length = mixed.iter().map(|number| number * number).sum::<f32>().sqrt().max(f32::EPSILON);
    mixed.iter().map(|number| number / length).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_copy_s_vector_has_length_one_and_is_near_to_its_original() {
        let mut dice = StdRng::seed_from_u64(7);
        let one: Vec<f32> = (0..384).map(|n| if n == 0 { 1.0 } else { 0.0 }).collect();
        let other: Vec<f32> = (0..384).map(|n| if n == 1 { 1.0 } else { 0.0 }).collect();
        let copy = blend(&one, &other, &mut dice);
        assert!((copy.iter().map(|number| number * number).sum::<f32>() - 1.0).abs() < 1e-5);
        assert!(copy[0] > 0.7 && copy[0] < 0.99, "{}", copy[0]);
    }
}

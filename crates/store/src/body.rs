//! The bodies that were sent to providers, in `records.db`: shared pieces once, rebuilt and checked on
//! demand.
//!
//! A chat sends its history again with every turn; cut at the borders of its spans, each message is
//! stored once. How a body is cut is in `recipe`; `record` says which chat a body belongs to. Called by
//! `rearview-turns` (put) and `rearview-api` (read).

use crate::db::{Tx, commit};
use crate::error::{Result, StoreError, during};
use crate::fault;
use crate::open::Store;
use crate::recipe::{self, Piece};
use crate::row::json;
use rearview_domain::ChatId;
use rearview_domain::record::Span;
use sha2::{Digest as _, Sha256};
use std::collections::{HashMap, HashSet};

/// A body cut and hashed.
struct Cut {
    hash: Vec<u8>,
    /// Each piece with its hash when it is a segment.
    pieces: Vec<(std::ops::Range<usize>, Option<[u8; 32]>)>,
}

impl Store {
    /// Keeps a body as sent and answers its SHA-256 in hex. It is kept for good once a step of a record
    /// names it; append that step next.
    ///
    /// # Errors
    /// `DiskFull`.
    pub async fn put_body(&self, body: &[u8], spans: &[Span]) -> Result<String> {
        let action = "save the request";
        let (body, spans) = (body.to_vec(), spans.to_vec());
        let size = i64::try_from(body.len()).unwrap_or(i64::MAX);
        // Hashing and packing megabytes is no work for an async thread.
        let (body, cut) = off_thread(move || {
            let cut = cut_and_hash(&body, &spans);
            (body, cut)
        })
        .await?;
        let hash = hex::encode(&cut.hash);
        fault::point("store.put_body.before");
        let mut tx = self.records().begin(action).await?;
        let known: Option<i64> = sqlx::query_scalar("SELECT id FROM body WHERE hash = ?1")
            .bind(&cut.hash)
            .fetch_optional(&mut *tx)
            .await
            .map_err(during(action))?;
        if known.is_some() {
            return Ok(hash);
        }
        let wanted: Vec<String> =
            cut.pieces.iter().filter_map(|(_, hash)| hash.as_ref().map(hex::encode)).collect();
        let known: Vec<(i64, Vec<u8>)> = sqlx::query_as(
            "SELECT segment.id, segment.hash
             FROM json_each(?1) wanted CROSS JOIN segment ON segment.hash = unhex(wanted.value)",
        )
        .bind(json("list of hashes", &wanted)?)
        .fetch_all(&mut *tx)
        .await
        .map_err(during(action))?;
        let mut ids: HashMap<Vec<u8>, i64> = known.into_iter().map(|(id, hash)| (hash, id)).collect();
        let missing = missing(&cut, &ids);
        let (body, packed) = off_thread(move || {
            let packed: Vec<_> = missing
                .into_iter()
                .map(|(range, hash)| (hash, range.len(), recipe::pack(&body[range])))
                .collect();
            (body, packed)
        })
        .await?;
        for (hash, bytes, (data, packed)) in packed {
            let id = sqlx::query_scalar(
                "INSERT INTO segment (hash, bytes, packed, data) VALUES (?1, ?2, ?3, ?4) RETURNING id",
            )
            .bind(hash.as_slice())
            .bind(i64::try_from(bytes).unwrap_or(i64::MAX))
            .bind(packed)
            .bind(data)
            .fetch_one(&mut *tx)
            .await
            .map_err(during(action))?;
            ids.insert(hash.to_vec(), id);
        }
        fault::point("store.put_body.after_segments");
        let pieces: Vec<Piece> = cut
            .pieces
            .into_iter()
            .map(|(range, hash)| match hash.and_then(|hash| ids.get(hash.as_slice())) {
                Some(id) => Piece::Segment(*id),
                None => Piece::Inline(body[range].to_vec()),
            })
            .collect();
        sqlx::query("INSERT INTO body (hash, bytes, recipe) VALUES (?1, ?2, ?3)")
            .bind(&cut.hash)
            .bind(size)
            .bind(write_recipe(&pieces))
            .execute(&mut *tx)
            .await
            .map_err(during(action))?;
        fault::point("store.put_body.after_insert");
        commit(tx, action).await?;
        fault::point("store.put_body.after_commit");
        Ok(hash)
    }

    /// A body, byte for byte as it was sent.
    ///
    /// # Errors
    /// `BodyDamaged` when what is stored does not give these bytes any more.
    pub async fn body(&self, hash: &str) -> Result<Option<Vec<u8>>> {
        let action = "read the request";
        let damaged = || StoreError::BodyDamaged { hash: hash.to_owned() };
        let Ok(key) = hex::decode(hash) else { return Ok(None) };
        let row: Option<(u32, Vec<u8>)> = sqlx::query_as("SELECT bytes, recipe FROM body WHERE hash = ?1")
            .bind(&key)
            .fetch_optional(&self.records().readers)
            .await
            .map_err(during(action))?;
        let Some((bytes, recipe)) = row else { return Ok(None) };
        let pieces = read_recipe(recipe).ok_or_else(damaged)?;
        let rows: Vec<(i64, u32, bool, Vec<u8>)> = sqlx::query_as(
            "SELECT id, bytes, packed, data FROM segment WHERE id IN (SELECT value FROM json_each(?1))",
        )
        .bind(json("list of ids", &segments_of(&pieces))?)
        .fetch_all(&self.records().readers)
        .await
        .map_err(during(action))?;
        let body = off_thread(move || rebuild(bytes, pieces, rows)).await?;
        let body = body.filter(|body| Sha256::digest(body).as_slice() == key).ok_or_else(damaged)?;
        Ok(Some(body))
    }

    /// Drops bodies that no record ever named: the process ended between the two.
    pub(crate) async fn sweep_loose_bodies(&self) -> Result<()> {
        let action = "drop unused requests";
        let mut tx = self.records().begin(action).await?;
        let loose = loose_segments(&mut tx, action).await?;
        sqlx::query("DELETE FROM body WHERE adopted = 0").execute(&mut *tx).await.map_err(during(action))?;
        delete_unused(&mut tx, loose.into_iter().collect(), action).await?;
        commit(tx, action).await
    }
}

/// Notes that a chat's record names a body; it and its segments live as long as such a chat.
pub(crate) async fn adopt(tx: &mut Tx, chat: &ChatId, hash: &str, action: &'static str) -> Result<()> {
    let Ok(key) = hex::decode(hash) else { return Ok(()) };
    let row: Option<(i64, Vec<u8>)> =
        sqlx::query_as("UPDATE body SET adopted = 1 WHERE hash = ?1 RETURNING id, recipe")
            .bind(key)
            .fetch_optional(&mut **tx)
            .await
            .map_err(during(action))?;
    let Some((id, recipe)) = row else { return Ok(()) };
    sqlx::query("INSERT OR IGNORE INTO body_chat (chat_id, body_id) VALUES (?1, ?2)")
        .bind(chat.as_str())
        .bind(id)
        .execute(&mut **tx)
        .await
        .map_err(during(action))?;
    let segments = segments_of(&read_recipe(recipe).unwrap_or_default());
    sqlx::query(
        "INSERT OR IGNORE INTO segment_chat (chat_id, segment_id) SELECT ?1, value FROM json_each(?2)",
    )
    .bind(chat.as_str())
    .bind(json("list of ids", &segments)?)
    .execute(&mut **tx)
    .await
    .map_err(during(action))?;
    Ok(())
}

/// Deletes the bodies and segments that only this chat keeps.
pub(crate) async fn release(tx: &mut Tx, chat: &ChatId, action: &'static str) -> Result<()> {
    sqlx::query(
        "DELETE FROM body WHERE id IN (SELECT body_id FROM body_chat WHERE chat_id = ?1)
         AND NOT EXISTS (SELECT 1 FROM body_chat other WHERE other.body_id = body.id AND other.chat_id <> ?1)",
    )
    .bind(chat.as_str())
    .execute(&mut **tx)
    .await
    .map_err(during(action))?;
    sqlx::query("DELETE FROM body_chat WHERE chat_id = ?1")
        .bind(chat.as_str())
        .execute(&mut **tx)
        .await
        .map_err(during(action))?;
    let segments: Vec<i64> =
        sqlx::query_scalar("DELETE FROM segment_chat WHERE chat_id = ?1 RETURNING segment_id")
            .bind(chat.as_str())
            .fetch_all(&mut **tx)
            .await
            .map_err(during(action))?;
    // A body that was just put, whose record is not written yet, may share segments with this chat.
    let loose = loose_segments(tx, action).await?;
    delete_unused(tx, segments.into_iter().filter(|id| !loose.contains(id)).collect(), action).await
}

/// Deletes those of the segments that no chat keeps.
async fn delete_unused(tx: &mut Tx, segments: Vec<i64>, action: &'static str) -> Result<()> {
    sqlx::query(
        "DELETE FROM segment WHERE id IN (SELECT value FROM json_each(?1))
         AND NOT EXISTS (SELECT 1 FROM segment_chat kept WHERE kept.segment_id = segment.id)",
    )
    .bind(json("list of ids", &segments)?)
    .execute(&mut **tx)
    .await
    .map_err(during(action))?;
    Ok(())
}

/// The segments of bodies that no record names yet.
async fn loose_segments(tx: &mut Tx, action: &'static str) -> Result<HashSet<i64>> {
    let recipes: Vec<Vec<u8>> = sqlx::query_scalar("SELECT recipe FROM body WHERE adopted = 0")
        .fetch_all(&mut **tx)
        .await
        .map_err(during(action))?;
    let pieces = recipes.into_iter().filter_map(read_recipe);
    Ok(pieces.flat_map(|pieces| segments_of(&pieces)).collect())
}

fn cut_and_hash(body: &[u8], spans: &[Span]) -> Cut {
    let pieces = recipe::cut(body.len(), spans)
        .into_iter()
        .map(|(range, segment)| {
            let hash = segment.then(|| Sha256::digest(&body[range.clone()]).into());
            (range, hash)
        })
        .collect();
    Cut { hash: Sha256::digest(body).to_vec(), pieces }
}

/// The segments that are not stored yet, each once.
fn missing(cut: &Cut, known: &HashMap<Vec<u8>, i64>) -> Vec<(std::ops::Range<usize>, [u8; 32])> {
    let mut seen = HashSet::new();
    cut.pieces
        .iter()
        .filter_map(|(range, hash)| Some((range.clone(), (*hash)?)))
        .filter(|(_, hash)| !known.contains_key(hash.as_slice()) && seen.insert(*hash))
        .collect()
}

fn rebuild(bytes: u32, pieces: Vec<Piece>, rows: Vec<(i64, u32, bool, Vec<u8>)>) -> Option<Vec<u8>> {
    let mut segments = HashMap::with_capacity(rows.len());
    for (id, len, packed, data) in rows {
        // A segment longer than its body is damage, and must not decide how much memory is taken.
        if len > bytes {
            return None;
        }
        segments.insert(id, recipe::unpack(data, packed, len)?);
    }
    let mut body = Vec::new();
    for piece in pieces {
        match piece {
            Piece::Inline(inline) => body.extend_from_slice(&inline),
            Piece::Segment(id) => body.extend_from_slice(segments.get(&id)?),
        }
    }
    Some(body)
}

fn segments_of(pieces: &[Piece]) -> Vec<i64> {
    pieces
        .iter()
        .filter_map(|piece| match piece {
            Piece::Segment(id) => Some(*id),
            Piece::Inline(_) => None,
        })
        .collect()
}

/// A recipe as it is stored: its length in four bytes, then zstd or plain, whichever is shorter.
fn write_recipe(pieces: &[Piece]) -> Vec<u8> {
    let plain = recipe::write(pieces);
    let (data, packed) = recipe::pack(&plain);
    // A length of zero says that what follows is plain.
    let len = if packed { u32::try_from(plain.len()).unwrap_or(0) } else { 0 };
    let mut stored = len.to_le_bytes().to_vec();
    stored.extend_from_slice(if len == 0 { &plain } else { &data });
    stored
}

fn read_recipe(stored: Vec<u8>) -> Option<Vec<Piece>> {
    let (len, data) = stored.split_first_chunk::<4>()?;
    match u32::from_le_bytes(*len) {
        0 => recipe::read(data),
        len => recipe::read(&recipe::unpack(data.to_vec(), true, len)?),
    }
}

/// Runs work that keeps a core busy where it does not hold up others.
async fn off_thread<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T> {
    tokio::task::spawn_blocking(work).await.map_err(|error| StoreError::Database {
        action: "work on the request",
        source: sqlx::Error::Io(std::io::Error::other(error)),
    })
}

#[cfg(test)]
mod tests;

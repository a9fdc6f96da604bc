//! The first half of a retain: the text and its chunks into the tables, before any model is asked.
//!
//! One transaction per request. New chunks stand in as memories until they are read, or get the facts that
//! `prepare` has ready; unchanged ones keep theirs; facts of vanished ones go. The second half is `pending`.

use super::append::append;
use super::delta::{self, Delta, Known, Piece};
use super::facts::{self, APART_MS, ORDS_PER_CHUNK, Place};
use super::items::Draft;
use super::prepare::Prepared;
use super::repeats;
use crate::bank::Bank;
use crate::curate::history;
use crate::db::Write;
use crate::error::{Result, during};
use crate::observation;
use crate::synthesis::Usage;
use serde_json::Value;
use sqlx::{AssertSqlSafe, Row as _};
use std::borrow::Cow;

/// New chunks that get their stand-in in the first transaction; of a longer document the rest follows in
/// slices, so that other writers come between.
pub(super) const SLICE: usize = 512;

/// A document as it stands after the first half.
#[derive(Debug)]
pub(super) struct Stored {
    pub(super) no: i64,
    pub(super) draft: Draft,
    pub(super) kind: &'static str,
    pub(super) added: usize,
    pub(super) removed: usize,
    pub(super) observations_removed: Vec<String>,
    /// Chunks that wait to be read.
    pub(super) pending: usize,
    /// Pending chunks without stand-in yet: their `no`, their place and their piece.
    pub(super) rest: Vec<(i64, i64, Piece)>,
    pub(super) usage: Usage,
}

/// Where an item's memories go within one transaction.
struct Given<'a> {
    bank: i64,
    document: i64,
    draft: &'a Draft,
    /// By item; filled on first need.
    entities: Vec<Option<Vec<i64>>>,
    now: i64,
}

impl<'a> Given<'a> {
    fn new(bank: i64, document: i64, draft: &'a Draft, now: i64) -> Self {
        Self { bank, document, draft, entities: vec![None; draft.items.len()], now }
    }

    /// The place of a chunk whose first fact is the `nth` of the document.
    async fn place(
        &mut self,
        write: &mut Write<'_>,
        item: usize,
        chunk: i64,
        idx: i64,
        nth: i64,
    ) -> Result<Option<Place<'_>>> {
        let (Some(of), Some(entities)) = (self.draft.items.get(item), self.entities.get_mut(item)) else {
            return Ok(None);
        };
        let given = match entities {
            Some(given) => given,
            None => entities.insert(facts::given(write, self.bank, of, self.now).await?),
        };
        Ok(Some(Place {
            bank: self.bank,
            document: self.document,
            chunk,
            idx,
            context: of.context.as_deref(),
            metadata: of.metadata.as_ref(),
            tags: &of.tags,
            scopes: of.observation_scopes.as_ref(),
            said_at: of.said.at().map(|at| at + nth * APART_MS),
            given,
            now: self.now,
        }))
    }
}

/// Writes a document. `anew` reads every chunk again, also unchanged ones.
pub(super) async fn document(
    write: &mut Write<'_>,
    bank: &Bank,
    mut draft: Draft,
    prepared: &Prepared,
    anew: bool,
    now: i64,
) -> Result<Stored> {
    let (existing, old_text) = existing(write, bank.no, &draft).await?;
    let kind = match (anew, draft.append()) {
        (true, _) => "reprocess",
        (_, true) => "append",
        _ => "retain",
    };
    if let (Some(old), Some(first)) = (old_text, draft.items.first_mut()) {
        first.content = append(&old, &first.content);
    }
    let pieces = delta::pieces(&draft, &bank.config);
    let known = match existing {
        Some(no) => known(write, no).await?,
        None => Vec::new(),
    };
    let delta = if anew {
        Delta {
            fresh: (0..pieces.len()).collect(),
            gone: known.iter().map(|chunk| chunk.no).collect(),
            kept: Vec::new(),
        }
    } else {
        delta::compare(&known, &pieces)
    };
    let no = put_row(write, bank, &draft, now).await?;
    let mut stored = Stored {
        no,
        kind,
        added: 0,
        removed: 0,
        observations_removed: Vec::new(),
        pending: 0,
        rest: Vec::new(),
        usage: Usage::default(),
        draft,
    };
    remove_chunks(write, bank, &delta.gone, &mut stored).await?;
    keep(write, bank, &mut stored, &delta, &pieces, now).await?;
    add(write, bank, &mut stored, &delta.fresh, pieces, prepared, now).await?;
    // An unchanged chunk may still wait from an earlier retain.
    let pending: i64 =
        sqlx::query_scalar("SELECT count(*) FROM chunk WHERE document = ?1 AND state = 'pending'")
            .bind(no)
            .fetch_one(write.sql())
            .await
            .map_err(during("count chunks"))?;
    stored.pending = usize::try_from(pending).unwrap_or(0);
    Ok(stored)
}

/// The document's `no`, and its text when something is to go behind it.
async fn existing(write: &mut Write<'_>, bank: i64, draft: &Draft) -> Result<(Option<i64>, Option<String>)> {
    let action = "read a document";
    let no: Option<i64> = sqlx::query_scalar("SELECT no FROM document WHERE bank = ?1 AND id = ?2")
        .bind(bank)
        .bind(&draft.id)
        .fetch_optional(write.sql())
        .await
        .map_err(during(action))?;
    let Some(document) = no.filter(|_| draft.append()) else { return Ok((no, None)) };
    let text = text(write.sql(), document).await?;
    Ok((no, Some(text)))
}

/// A document's text; of a bank that keeps none, its chunks one behind the other.
pub(crate) async fn text<'e>(db: impl sqlx::SqliteExecutor<'e>, document: i64) -> Result<String> {
    let text: Option<Option<String>> = sqlx::query_scalar(
        "SELECT coalesce(d.text, (SELECT group_concat(c.text, '') FROM \
         (SELECT text FROM chunk WHERE document = d.no ORDER BY idx) c)) FROM document d WHERE d.no = ?1",
    )
    .bind(document)
    .fetch_optional(db)
    .await
    .map_err(during("read a document"))?;
    Ok(text.flatten().unwrap_or_default())
}

async fn known(write: &mut Write<'_>, document: i64) -> Result<Vec<Known>> {
    let rows = sqlx::query("SELECT no, idx, hash FROM chunk WHERE document = ?1 ORDER BY idx")
        .bind(document)
        .fetch_all(write.sql())
        .await
        .map_err(during("read a document's chunks"))?;
    rows.iter()
        .map(|row| Ok(Known { no: row.try_get("no")?, idx: row.try_get("idx")?, hash: row.try_get("hash")? }))
        .collect::<sqlx::Result<_>>()
        .map_err(during("read a document's chunks"))
}

async fn put_row(write: &mut Write<'_>, bank: &Bank, draft: &Draft, now: i64) -> Result<i64> {
    let text = match draft.items.as_slice() {
        [only] => Cow::Borrowed(only.content.as_str()),
        _ => Cow::Owned(draft.text()),
    };
    let first = draft.items.first();
    let params = first.map_or(Value::Null, super::request::Item::params);
    let kept = bank.config.on("store_document_text").then_some(text.as_ref());
    sqlx::query_scalar(
        "INSERT INTO document (bank, id, hash, text, text_length, context, tags, metadata, retain_params, \
         observation_scopes, mentioned_at, created_at, updated_at) VALUES (?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11,?12,?12) \
         ON CONFLICT (bank, id) DO UPDATE SET hash = excluded.hash, text = excluded.text, \
         text_length = excluded.text_length, context = excluded.context, tags = excluded.tags, \
         metadata = excluded.metadata, retain_params = excluded.retain_params, \
         observation_scopes = excluded.observation_scopes, mentioned_at = excluded.mentioned_at, \
         updated_at = excluded.updated_at RETURNING no",
    )
    .bind(bank.no)
    .bind(&draft.id)
    .bind(delta::hash(&text))
    .bind(kept)
    .bind(i64::try_from(text.chars().count()).unwrap_or(i64::MAX))
    .bind(first.and_then(|item| item.context.as_deref()))
    .bind(Value::from(draft.tags()).to_string())
    .bind(draft.items.iter().find_map(|item| item.metadata.clone()).map(|map| Value::Object(map).to_string()))
    .bind((!params.is_null()).then(|| params.to_string()))
    .bind(draft.items.iter().find_map(|item| item.observation_scopes.as_ref()).map(ToString::to_string))
    .bind(first.and_then(|item| item.said.at()))
    .bind(now)
    .fetch_one(write.sql())
    .await
    .map_err(during("write a document"))
}

/// Removes chunks with their facts and what was derived from those alone.
async fn remove_chunks(write: &mut Write<'_>, bank: &Bank, gone: &[i64], stored: &mut Stored) -> Result<()> {
    if gone.is_empty() {
        return Ok(());
    }
    let action = "remove chunks";
    repeats::move_on(write, bank.no, gone).await?;
    for batch in gone.chunks(400) {
        let list = list(batch);
        let units: Vec<(i64, String)> =
            sqlx::query_as(AssertSqlSafe(format!("SELECT no, origin FROM unit WHERE chunk IN ({list})")))
                .fetch_all(write.sql())
                .await
                .map_err(during(action))?;
        let numbers: Vec<i64> = units.iter().map(|(no, _)| *no).collect();
        // What stands in until a model has read it was never told as a fact for longer than that takes.
        let told: Vec<i64> =
            units.iter().filter(|(_, origin)| origin != "pending").map(|(no, _)| *no).collect();
        history::keep_removed(write, &told).await?;
        stored.observations_removed.extend(observation::sources_gone(write, bank.no, &numbers).await?);
        write.remove_units(bank.no, &numbers).await?;
        stored.removed += told.len();
        sqlx::query(AssertSqlSafe(format!("DELETE FROM chunk WHERE no IN ({list})")))
            .execute(write.sql())
            .await
            .map_err(during(action))?;
    }
    Ok(())
}

/// What unchanged chunks take over from this retain: their place, and the item's tags, metadata and scopes.
async fn keep(
    write: &mut Write<'_>,
    bank: &Bank,
    stored: &mut Stored,
    delta: &Delta,
    pieces: &[Piece],
    now: i64,
) -> Result<()> {
    let action = "update kept chunks";
    for (chunk, place, _) in delta.kept.iter().filter(|(.., moved)| *moved) {
        let idx = i64::try_from(*place).unwrap_or(i64::MAX);
        sqlx::query("UPDATE chunk SET idx = ?2 WHERE no = ?1")
            .bind(chunk)
            .bind(idx)
            .execute(write.sql())
            .await
            .map_err(during(action))?;
        let moved: Vec<i64> =
            sqlx::query_scalar("UPDATE unit SET ord = ?2 * ?3 + ord % ?3 WHERE chunk = ?1 RETURNING no")
                .bind(chunk)
                .bind(idx)
                .bind(ORDS_PER_CHUNK)
                .fetch_all(write.sql())
                .await
                .map_err(during(action))?;
        moved.into_iter().for_each(|unit| write.touch(bank.no, unit));
    }
    for (at, item) in stored.draft.items.iter().enumerate() {
        let of_item =
            |(_, place, _): &&(i64, usize, bool)| pieces.get(*place).is_some_and(|piece| piece.item == at);
        let chunks: Vec<i64> = delta.kept.iter().filter(of_item).map(|(no, ..)| *no).collect();
        let took = Takes {
            tags: Some(&item.tags),
            metadata: Some(item.metadata.as_ref()),
            scopes: Some(item.observation_scopes.as_ref()),
        };
        for batch in chunks.chunks(400) {
            stored
                .observations_removed
                .extend(take_over(write, bank.no, &format!("chunk IN ({})", list(batch)), &took, now).await?);
        }
    }
    Ok(())
}

/// What facts take over from their document.
pub(crate) struct Takes<'a> {
    /// `None` leaves them.
    pub(crate) tags: Option<&'a [String]>,
    /// `None` leaves them.
    pub(crate) metadata: Option<Option<&'a serde_json::Map<String, Value>>>,
    /// `None` leaves them.
    pub(crate) scopes: Option<Option<&'a Value>>,
}

/// Gives facts tags, metadata and scopes. Those whose tags or scopes change lose their observations and are
/// consolidated anew (hindsight 1.1). Answers the observations that went. `which` is SQL over `unit`.
pub(crate) async fn take_over(
    write: &mut Write<'_>,
    bank: i64,
    which: &str,
    takes: &Takes<'_>,
    now: i64,
) -> Result<Vec<String>> {
    let action = "update a document's facts";
    let tags = takes.tags.map(|tags| Value::from(tags.to_vec()).to_string());
    let scopes = takes.scopes.flatten().map(ToString::to_string);
    let scoped: Vec<i64> = sqlx::query_scalar(AssertSqlSafe(format!(
        "UPDATE unit SET tags = coalesce(?1, tags), observation_scopes = CASE WHEN ?2 THEN ?3 ELSE observation_scopes END, \
         consolidated_at = NULL, updated_at = ?4 \
         WHERE {which} AND (tags <> ?1 OR (?2 AND observation_scopes IS NOT ?3)) RETURNING no"
    )))
    .bind(tags)
    .bind(takes.scopes.is_some())
    .bind(scopes)
    .bind(now)
    .fetch_all(write.sql())
    .await
    .map_err(during(action))?;
    scoped.iter().for_each(|unit| write.touch(bank, *unit));
    if let Some(metadata) = takes.metadata {
        let metadata = metadata.map(|map| Value::Object(map.clone()).to_string());
        let changed: Vec<i64> = sqlx::query_scalar(AssertSqlSafe(format!(
            "UPDATE unit SET metadata = ?1, updated_at = ?2 WHERE {which} AND metadata IS NOT ?1 RETURNING no"
        )))
        .bind(metadata)
        .bind(now)
        .fetch_all(write.sql())
        .await
        .map_err(during(action))?;
        changed.into_iter().for_each(|unit| write.touch(bank, unit));
    }
    observation::sources_gone(write, bank, &scoped).await
}

/// New chunks, with their facts where these are prepared and a stand-in where not.
async fn add(
    write: &mut Write<'_>,
    bank: &Bank,
    stored: &mut Stored,
    fresh: &[usize],
    pieces: Vec<Piece>,
    prepared: &Prepared,
    now: i64,
) -> Result<()> {
    let Some(first) = fresh.first() else { return Ok(()) };
    let mut nth = facts_before(write, stored.no, i64::try_from(*first).unwrap_or(i64::MAX)).await?;
    let mut given = Given::new(bank.no, stored.no, &stored.draft, now);
    let mut stand_ins = 0;
    for at in fresh {
        let Some(piece) = pieces.get(*at) else { continue };
        let idx = i64::try_from(*at).unwrap_or(i64::MAX);
        nth = nth.max(idx);
        let ready = prepared.get(&piece.hash);
        let text = piece.text(&stored.draft);
        let chunk: i64 = sqlx::query_scalar(
            "INSERT INTO chunk (document, idx, hash, text, state, created_at) VALUES (?1,?2,?3,?4,?5,?6) RETURNING no",
        )
        .bind(stored.no)
        .bind(idx)
        .bind(&piece.hash)
        .bind(text)
        .bind(if ready.is_some() { "done" } else { "pending" })
        .bind(now)
        .fetch_one(write.sql())
        .await
        .map_err(during("write a chunk"))?;
        match ready {
            Some(ready) => {
                let Some(place) = given.place(write, piece.item, chunk, idx, nth).await? else { continue };
                let made =
                    facts::write(write, &place, ready.facts.clone(), ready.vectors.clone(), ready.origin)
                        .await?;
                stored.added += made;
                stored.usage += ready.usage;
                nth += i64::try_from(made).unwrap_or(0);
            }
            None if stand_ins < SLICE => {
                let Some(place) = given.place(write, piece.item, chunk, idx, idx).await? else { continue };
                facts::stand_in(write, &place, text).await?;
                stand_ins += 1;
            }
            None => stored.rest.push((chunk, idx, piece.clone())),
        }
    }
    Ok(())
}

/// Stand-ins for a slice of what the first transaction left without.
pub(super) async fn stand_ins(
    write: &mut Write<'_>,
    bank: &Bank,
    stored: &Stored,
    slice: &[(i64, i64, Piece)],
    now: i64,
) -> Result<()> {
    let mut given = Given::new(bank.no, stored.no, &stored.draft, now);
    for (chunk, idx, piece) in slice {
        // Another retain of the document may have come between.
        let there: Option<i64> =
            sqlx::query_scalar("SELECT 1 FROM chunk WHERE no = ?1 AND state = 'pending'")
                .bind(chunk)
                .fetch_optional(write.sql())
                .await
                .map_err(during("read a chunk"))?;
        if there.is_some()
            && let Some(place) = given.place(write, piece.item, *chunk, *idx, *idx).await?
        {
            facts::stand_in(write, &place, piece.text(&stored.draft)).await?;
        }
    }
    Ok(())
}

/// Facts of a document before a chunk.
pub(super) async fn facts_before(write: &mut Write<'_>, document: i64, idx: i64) -> Result<i64> {
    sqlx::query_scalar("SELECT count(*) FROM unit WHERE document = ?1 AND ord < ?2")
        .bind(document)
        .bind(idx.saturating_mul(ORDS_PER_CHUNK))
        .fetch_one(write.sql())
        .await
        .map_err(during("count a document's facts"))
}

fn list(numbers: &[i64]) -> String {
    numbers.iter().map(i64::to_string).collect::<Vec<_>>().join(",")
}

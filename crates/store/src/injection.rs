//! The history of injections: turns of all chats, searched by what memory did in them.
//!
//! What is searched for is `rearview_domain::injection`. The turns are in `rearview.db`, what they say of memories in
//! `records.db`: a wish about a memory is answered there first, as a list of turns. Pages go by key, so that the last of
//! 100,000 turns costs no more than the first. Called by `rearview-api`.

use crate::error::{Result, during};
use crate::open::Store;
use crate::row::{parse, word};
use crate::turn::{missing, turn_of};
use crate::wording::INJECTED;
use crate::words::Wanted;
use rearview_domain::TurnId;
use rearview_domain::message::Part;
use rearview_domain::turn::Turn;
use sqlx::sqlite::SqliteRow;
use sqlx::{QueryBuilder, Row as _, Sqlite};

pub use rearview_domain::injection::{CostWanted, InjectionSort, MemoryWanted, RetainWanted, TurnFilter};

/// Characters of a question that are told.
const QUESTION: usize = 200;

/// A turn in the history.
#[derive(Clone, Debug, PartialEq)]
pub struct InjectionRow {
    /// The turn.
    pub turn: Turn,
    /// The server that it asked; `None` when there was none or it is not known.
    pub server_id: Option<String>,
    /// The bank that it asked; `None` as above.
    pub bank_id: Option<String>,
    /// The title of its chat.
    pub title: String,
    /// The beginning of its question.
    pub question: String,
}

/// A page of the history.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct InjectionPage {
    /// The turns, in the order asked for.
    pub rows: Vec<InjectionRow>,
    /// How many turns match in all.
    pub total: u64,
    /// How many turns there are without the filter.
    pub all: u64,
    /// Parts of older records that were not looked into yet: turns of theirs may be missing where a memory or a bank is
    /// asked for.
    pub left: u64,
}

/// What the turns of the history name, to choose from.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct InjectionNames {
    /// Models, as `provider/model`.
    pub models: Vec<String>,
    /// Servers and banks.
    pub banks: Vec<(String, String)>,
}

/// Where a page goes on: after this row.
struct Key {
    seq: i64,
    started_at: String,
    cost: Option<f64>,
}

impl Store {
    /// Turns that match, at most `limit` of them, after the turn `after`.
    ///
    /// # Errors
    /// `NotFound` when `after` was deleted, `Unreadable`, `Database`.
    pub async fn injections(
        &self,
        filter: &TurnFilter,
        sort: InjectionSort,
        after: Option<&TurnId>,
        limit: u32,
    ) -> Result<InjectionPage> {
        let action = "search the turns";
        let ids = self.turns_with_memory(filter).await?;
        let after = match after {
            Some(id) => Some(self.key_of(id).await?),
            None => None,
        };
        let mut rows = Vec::new();
        match sort {
            InjectionSort::Newest | InjectionSort::Oldest => {
                let (beyond, way) = if sort == InjectionSort::Newest { ("<", "DESC") } else { (">", "ASC") };
                let mut query = begin(filter, ids.as_deref())?;
                if let Some(key) = &after {
                    query.push(" AND (started_at, turn.seq) ").push(beyond).push(" (");
                    query.push_bind(key.started_at.clone()).push(", ").push_bind(key.seq).push(")");
                }
                let order = format!("started_at {way}, seq {way}");
                rows.extend(self.fetch(query, &order, limit).await?);
            }
            InjectionSort::Dearest | InjectionSort::Cheapest => {
                let (beyond, way) = if sort == InjectionSort::Dearest { ("<", "DESC") } else { (">", "ASC") };
                // Those whose cost is known, and then those whose cost is not: two walks over one index.
                if after.as_ref().is_none_or(|key| key.cost.is_some()) {
                    let mut query = begin(filter, ids.as_deref())?;
                    query.push(" AND cost_usd IS NOT NULL");
                    if let Some(Key { seq, cost: Some(cost), .. }) = &after {
                        query.push(" AND (cost_usd, turn.seq) ").push(beyond).push(" (");
                        query.push_bind(*cost).push(", ").push_bind(*seq).push(")");
                    }
                    rows.extend(self.fetch(query, &format!("cost_usd {way}, seq {way}"), limit).await?);
                }
                let rest = limit.saturating_sub(u32::try_from(rows.len()).unwrap_or(limit));
                if rest > 0 {
                    let mut query = begin(filter, ids.as_deref())?;
                    query.push(" AND cost_usd IS NULL");
                    if let Some(Key { seq, cost: None, .. }) = &after {
                        query.push(" AND turn.seq ").push(beyond).push(" ").push_bind(*seq);
                    }
                    rows.extend(self.fetch(query, &format!("seq {way}"), rest).await?);
                }
            }
        }
        let mut counted = QueryBuilder::new("SELECT count(*) FROM turn WHERE true");
        narrow(&mut counted, filter, ids.as_deref())?;
        let total: i64 =
            counted.build_query_scalar().fetch_one(&self.app().readers).await.map_err(during(action))?;
        let all: i64 = sqlx::query_scalar("SELECT count(*) FROM turn")
            .fetch_one(&self.app().readers)
            .await
            .map_err(during(action))?;
        Ok(InjectionPage {
            rows,
            total: u64::try_from(total).unwrap_or_default(),
            all: u64::try_from(all).unwrap_or_default(),
            left: self.wordings_left().await?,
        })
    }

    /// The models and banks that turns name, in the order of their names.
    ///
    /// # Errors
    /// `Database`.
    pub async fn injection_names(&self) -> Result<InjectionNames> {
        let action = "list what turns name";
        let models = sqlx::query_scalar("SELECT DISTINCT model FROM turn ORDER BY model")
            .fetch_all(&self.app().readers)
            .await
            .map_err(during(action))?;
        let banks = sqlx::query_as(
            "SELECT DISTINCT server_id, bank_id FROM turn WHERE server_id IS NOT NULL ORDER BY server_id, bank_id",
        )
        .fetch_all(&self.app().readers)
        .await
        .map_err(during(action))?;
        Ok(InjectionNames { models, banks })
    }

    async fn key_of(&self, id: &TurnId) -> Result<Key> {
        let row: Option<(i64, String, Option<f64>)> =
            sqlx::query_as("SELECT seq, started_at, cost_usd FROM turn WHERE id = ?1")
                .bind(id.as_str())
                .fetch_optional(&self.app().readers)
                .await
                .map_err(during("find where the page goes on"))?;
        let (seq, started_at, cost) = row.ok_or_else(|| missing(id))?;
        Ok(Key { seq, started_at, cost })
    }

    async fn fetch(
        &self,
        mut query: QueryBuilder<Sqlite>,
        order: &str,
        limit: u32,
    ) -> Result<Vec<InjectionRow>> {
        query.push(format!(" ORDER BY {order} LIMIT ")).push_bind(limit);
        query.push(
            ") t CROSS JOIN chat ON chat.id = t.chat_id CROSS JOIN message ON message.id = t.question_id",
        );
        let order = order.replace("seq", "t.seq");
        query.push(format!(" ORDER BY {order}"));
        let rows = query.build().fetch_all(&self.app().readers).await.map_err(during("search the turns"))?;
        rows.iter().map(row_of).collect()
    }

    /// The turns in which the wanted memory came up, as a JSON list; `None` when no memory is asked for.
    async fn turns_with_memory(&self, filter: &TurnFilter) -> Result<Option<String>> {
        let action = "find the turns of a memory";
        let any = filter.any_role.unwrap_or(false);
        // Lists are put together by SQLite: 100,000 rows cost more to fetch than to find.
        let mut found: Option<String> = None;
        if let Some(id) = filter.memory_id.as_deref().map(str::trim).filter(|id| !id.is_empty()) {
            // Roles above the fourth say whether it came back, not that it was there.
            let upto: i64 = if any { 4 } else { INJECTED };
            let turns = sqlx::query_scalar(
                "SELECT json_group_array(DISTINCT p.turn_id)
                 FROM part_memory m CROSS JOIN record_part p ON p.seq = m.part
                 WHERE m.memory_id = ?1 AND m.role <= ?2",
            )
            .bind(id)
            .bind(upto)
            .fetch_one(&self.records().readers)
            .await
            .map_err(during(action))?;
            found = Some(turns);
        }
        if let Some(words) = filter.words.as_deref().filter(|words| !words.trim().is_empty()) {
            let turns = match Wanted::read(words) {
                // Signs alone: nothing has them as words.
                None => "[]".to_owned(),
                // Many memories of one part may have the words, and each part is looked up once.
                Some(wanted) => sqlx::query_scalar(
                    "SELECT json_group_array(DISTINCT p.turn_id) FROM (
                       SELECT DISTINCT x.part AS part
                       FROM wording_fts f CROSS JOIN part_wording x ON x.wording = f.rowid
                       WHERE wording_fts MATCH ?1 AND x.role <= ?2 AND (?3 IS NULL OR EXISTS (
                         SELECT 1 FROM wording w WHERE w.id = x.wording AND w.memory_id = ?3))
                     ) x CROSS JOIN record_part p ON p.seq = x.part",
                )
                .bind(&wanted.expression)
                .bind(if any { i64::MAX } else { INJECTED })
                .bind(filter.memory_id.as_deref().map(str::trim).filter(|id| !id.is_empty()))
                .fetch_one(&self.records().readers)
                .await
                .map_err(during(action))?,
            };
            // Both: the same memory has these words and this id.
            found = Some(turns);
        }
        Ok(found)
    }
}

/// The beginning of a page's statement, up to the filter.
fn begin(filter: &TurnFilter, ids: Option<&str>) -> Result<QueryBuilder<Sqlite>> {
    let mut query = QueryBuilder::new(
        "SELECT t.*, chat.title AS chat_title, message.parts AS question_parts FROM (SELECT * FROM turn WHERE true",
    );
    narrow(&mut query, filter, ids)?;
    Ok(query)
}

/// Adds the filter to a statement over `turn`.
fn narrow(query: &mut QueryBuilder<Sqlite>, filter: &TurnFilter, ids: Option<&str>) -> Result<()> {
    if let Some(ids) = ids {
        query.push(" AND turn.id IN (SELECT value FROM json_each(").push_bind(ids.to_owned()).push("))");
    }
    if let Some(server) = &filter.server_id {
        query.push(" AND server_id = ").push_bind(server.clone());
    }
    if let Some(bank) = &filter.bank_id {
        query.push(" AND bank_id = ").push_bind(bank.clone());
    }
    if let Some(model) = &filter.model {
        query.push(" AND model = ").push_bind(model.clone());
    }
    match &filter.cost {
        None => {}
        Some(CostWanted::Unknown) => {
            query.push(" AND cost_usd IS NULL");
        }
        Some(CostWanted::Known { from, to, estimated }) => {
            query.push(" AND cost_usd IS NOT NULL");
            if let Some(from) = from {
                query.push(" AND cost_usd >= ").push_bind(*from);
            }
            if let Some(to) = to {
                query.push(" AND cost_usd <= ").push_bind(*to);
            }
            if let Some(estimated) = estimated {
                query.push(" AND cost ->> '$.estimated' = ").push_bind(*estimated);
            }
        }
    }
    match &filter.memory {
        None => {}
        Some(MemoryWanted::Unknown) => {
            query.push(" AND memory_kind IS NULL");
        }
        Some(MemoryWanted::Used { at_least }) => {
            query.push(" AND memory_kind = 'used' AND memory ->> '$.count' >= ").push_bind(*at_least);
        }
        Some(MemoryWanted::Empty) => {
            query.push(" AND memory_kind = 'empty'");
        }
        Some(MemoryWanted::TakenOut) => {
            query.push(" AND memory_kind = 'taken_out'");
        }
        Some(MemoryWanted::Failed) => {
            query.push(" AND memory_kind = 'failed'");
        }
        Some(MemoryWanted::Off { why }) => {
            query.push(" AND memory_kind = 'off'");
            if let Some(why) = why {
                query.push(" AND memory ->> '$.why' = ").push_bind(word("reason", *why)?);
            }
        }
    }
    if let Some(state) = filter.state {
        query.push(" AND state = ").push_bind(word("turn state", state)?);
    }
    match filter.retain {
        None => {}
        Some(RetainWanted::Unknown) => {
            query.push(" AND retain_state IS NULL");
        }
        Some(retain) => {
            query.push(" AND retain_state = ").push_bind(word("retain state", retain)?);
        }
    }
    if let Some(from) = &filter.from {
        query.push(" AND started_at >= ").push_bind(from.0.clone());
    }
    if let Some(until) = &filter.until {
        query.push(" AND started_at < ").push_bind(until.0.clone());
    }
    Ok(())
}

fn row_of(row: &SqliteRow) -> Result<InjectionRow> {
    let wrong = during("read a turn's row");
    let parts: String = row.try_get("question_parts").map_err(&wrong)?;
    let said: Vec<String> = parse::<Vec<Part>>("message parts", &parts)?
        .into_iter()
        .filter_map(|part| if let Part::Text { text } = part { Some(text) } else { None })
        .collect();
    Ok(InjectionRow {
        turn: turn_of(row)?,
        server_id: row.try_get("server_id").map_err(&wrong)?,
        bank_id: row.try_get("bank_id").map_err(&wrong)?,
        title: row.try_get("chat_title").map_err(&wrong)?,
        question: said.join(" ").chars().take(QUESTION).collect(),
    })
}

#[cfg(test)]
mod tests;

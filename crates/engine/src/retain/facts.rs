//! The facts of one chunk into the tables: their order and times, their entities, their causes.

use super::repeats;
use crate::db::Write;
use crate::entity;
use crate::error::{Result, during};
use crate::extract::{Found, Mention};
use crate::unit::{NewUnit, Origin};
use serde_json::{Map, Value};
use uuid::Uuid;

/// Places in a document that one chunk's facts may take: `ord` is the chunk's index times this plus the fact's.
pub(crate) const ORDS_PER_CHUNK: i64 = 1000;
/// Between facts of one document, so that their order shows in their times (hindsight 1.1: 10 ms).
pub(super) const APART_MS: i64 = 10;

/// Where facts go and what they take from their item.
pub(super) struct Place<'a> {
    pub(super) bank: i64,
    pub(super) document: i64,
    pub(super) chunk: i64,
    pub(super) idx: i64,
    pub(super) context: Option<&'a str>,
    pub(super) metadata: Option<&'a Map<String, Value>>,
    pub(super) tags: &'a [String],
    pub(super) scopes: Option<&'a Value>,
    /// The time of the first fact; `None` for what is timeless.
    pub(super) said_at: Option<i64>,
    /// Entities that the caller named.
    pub(super) given: &'a [i64],
    pub(super) now: i64,
}

impl Place<'_> {
    /// A memory of this place, as its `nth`.
    fn unit(
        &self,
        nth: i64,
        found: &Found,
        entities: Vec<i64>,
        vector: Option<Vec<f32>>,
        origin: Origin,
    ) -> NewUnit {
        NewUnit {
            id: Uuid::new_v4(),
            kind: found.kind,
            text: found.text.clone(),
            context: self.context.map(str::to_owned),
            document: Some(self.document),
            chunk: Some(self.chunk),
            ord: self.idx * ORDS_PER_CHUNK + nth.min(ORDS_PER_CHUNK - 1),
            occurred_start: found.occurred_start,
            occurred_end: found.occurred_end,
            mentioned_at: self.said_at.map(|at| at + nth * APART_MS),
            proof: 1,
            tags: self.tags.to_vec(),
            metadata: self.metadata.cloned(),
            observation_scopes: self.scopes.cloned(),
            origin,
            entities,
            vector,
            created_at: self.now,
        }
    }
}

/// Writes a chunk's facts. Answers how many memories were made; a fact that the document says already adds
/// to that one's proof instead.
pub(super) async fn write(
    write: &mut Write<'_>,
    place: &Place<'_>,
    facts: Vec<Found>,
    mut vectors: Vec<Option<Vec<f32>>>,
    origin: Origin,
) -> Result<usize> {
    vectors.resize(facts.len(), None);
    let mut said = match origin {
        Origin::Model | Origin::Rule => repeats::said(write, place).await?,
        _ => Vec::new(),
    };
    let (mut written, mut made) = (Vec::with_capacity(facts.len()), 0);
    for (found, vector) in facts.iter().zip(vectors) {
        let mut entities = place.given.to_vec();
        let seen_at = found.occurred_start.or(place.said_at).unwrap_or(place.now);
        for no in entity::resolve(write, place.bank, &found.entities, true, seen_at).await? {
            if !entities.contains(&no) {
                entities.push(no);
            }
        }
        let day = found.occurred_start.or(place.said_at);
        let fact = repeats::Said::new(found, &entities, day, vector.as_deref());
        let unit = match said.iter().find(|known| known.same(&fact)).map(|known| known.unit) {
            Some(unit) => {
                repeats::add(write, place, unit).await?;
                unit
            }
            None => {
                let nth = i64::try_from(made).unwrap_or(i64::MAX);
                let unit =
                    write.add_unit(place.bank, &place.unit(nth, found, entities, vector, origin)).await?;
                made += 1;
                if matches!(origin, Origin::Model | Origin::Rule) {
                    said.push(fact.of(unit));
                }
                unit
            }
        };
        for cause in
            found.because.iter().filter_map(|index| written.get(*index)).filter(|cause| **cause != unit)
        {
            sqlx::query("INSERT OR IGNORE INTO link (src, dst, kind) VALUES (?1, ?2, 'caused_by')")
                .bind(unit)
                .bind(cause)
                .execute(write.sql())
                .await
                .map_err(during("write a cause"))?;
        }
        written.push(unit);
    }
    Ok(made)
}

/// The chunk itself as a memory, until it has been read.
pub(super) async fn stand_in(write: &mut Write<'_>, place: &Place<'_>, text: &str) -> Result<()> {
    let found = as_it_stands(text);
    let unit = place.unit(0, &found, place.given.to_vec(), None, Origin::Pending);
    write.add_unit(place.bank, &unit).await.map(|_| ())
}

/// A text as a fact of its own.
fn as_it_stands(text: &str) -> Found {
    Found {
        text: text.trim().to_owned(),
        kind: crate::unit::Kind::World,
        occurred_start: None,
        occurred_end: None,
        entities: Vec::new(),
        because: Vec::new(),
    }
}

/// The entities that a caller named, made where they are new.
pub(super) async fn given(
    write: &mut Write<'_>,
    bank: i64,
    item: &super::request::Item,
    now: i64,
) -> Result<Vec<i64>> {
    let mentions: Vec<Mention> = item
        .entities
        .iter()
        .filter(|entity| !entity.text.trim().is_empty())
        .map(|entity| Mention { name: entity.text.trim().to_owned(), kind: entity.kind.clone() })
        .collect();
    entity::resolve(write, bank, &mentions, item.resolve_entities, item.said.at().unwrap_or(now)).await
}

//! One memory on its way into memory: how it is read from the tables, and what is held of it.

use crate::encode::at_rest;
use crate::unit::Kind;
use half::f16;
use sqlx::Row as _;
use sqlx::sqlite::SqliteRow;

/// A memory as the tables have it, without its text. Times are milliseconds since 1970.
#[derive(Clone, Debug)]
pub(crate) struct Row {
    pub(crate) unit: i64,
    pub(crate) kind: Kind,
    /// Not invalidated.
    pub(crate) valid: bool,
    pub(crate) occurred_start: Option<i64>,
    pub(crate) occurred_end: Option<i64>,
    pub(crate) mentioned_at: Option<i64>,
    /// The document's `no` and the place within it.
    pub(crate) document: Option<i64>,
    pub(crate) ord: i64,
    pub(crate) tokens: u32,
    pub(crate) proof: u32,
    /// Sorted.
    pub(crate) tags: Vec<String>,
    /// Entities' `no`.
    pub(crate) entities: Vec<i64>,
    /// `None` when it has not been encoded yet.
    pub(crate) vector: Option<Vec<f16>>,
}

impl Row {
    /// What [`Row::read`] wants, of `unit u LEFT JOIN vector v`.
    pub(crate) const COLUMNS: &'static str = "u.no, u.kind, u.state, u.occurred_start, u.occurred_end, \
        u.mentioned_at, u.document, u.ord, u.tokens, u.proof, u.tags, v.v, \
        (SELECT group_concat(ue.entity) FROM unit_entity ue WHERE ue.unit = u.no) AS entities";

    pub(crate) fn read(row: &SqliteRow) -> sqlx::Result<Self> {
        let mut tags: Vec<String> = serde_json::from_str(row.try_get("tags")?).unwrap_or_default();
        tags.sort();
        tags.dedup();
        let entities: Option<&str> = row.try_get("entities")?;
        let entities = entities.unwrap_or_default().split(',').filter_map(|no| no.parse().ok()).collect();
        let vector: Option<&[u8]> = row.try_get("v")?;
        Ok(Self {
            unit: row.try_get("no")?,
            kind: Kind::from_column(row.try_get("kind")?),
            valid: row.try_get::<i64, _>("state")? == 0,
            occurred_start: row.try_get("occurred_start")?,
            occurred_end: row.try_get("occurred_end")?,
            mentioned_at: row.try_get("mentioned_at")?,
            document: row.try_get("document")?,
            ord: row.try_get("ord")?,
            tokens: u32::try_from(row.try_get::<i64, _>("tokens")?).unwrap_or(u32::MAX),
            proof: u32::try_from(row.try_get::<i64, _>("proof")?).unwrap_or(1),
            tags,
            entities,
            vector: vector.and_then(at_rest::halves_from_bytes),
        })
    }
}

/// A time that may be missing, in eight bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Moment(i64);

impl From<Option<i64>> for Moment {
    fn from(ms: Option<i64>) -> Self {
        Self(ms.unwrap_or(i64::MIN))
    }
}

impl Moment {
    fn get(self) -> Option<i64> {
        (self.0 != i64::MIN).then_some(self.0)
    }
}

/// What is held of a memory: 80 bytes and its entities, so that 100,000 memories take about 10 MB beside
/// their vectors.
#[derive(Clone, Debug)]
pub(crate) struct Held {
    pub(crate) unit: i64,
    pub(super) start: Moment,
    pub(super) end: Moment,
    pub(super) mentioned: Moment,
    /// 0 when it belongs to no document.
    pub(super) document: i64,
    pub(super) ord: i64,
    pub(crate) tokens: u32,
    pub(crate) proof: u32,
    /// Of the bank's tag sets.
    pub(crate) tag_set: u32,
    pub(crate) kind: Kind,
    /// Not invalidated.
    pub(crate) valid: bool,
    /// Its vector is in the matrix.
    pub(crate) encoded: bool,
    /// Of the bank's entities, by their place there.
    pub(crate) entities: Box<[u32]>,
}

impl Held {
    pub(crate) fn occurred_start(&self) -> Option<i64> {
        self.start.get()
    }

    pub(crate) fn occurred_end(&self) -> Option<i64> {
        self.end.get()
    }

    /// What orders the memories of a document.
    pub(crate) fn order(&self) -> (i64, i64) {
        (self.ord, self.unit)
    }

    pub(crate) fn mentioned_at(&self) -> Option<i64> {
        self.mentioned.get()
    }
}

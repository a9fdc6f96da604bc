//! One memory as it is held in memory, and how it is read from the tables.

use crate::unit::Kind;
use half::f16;
use half::slice::HalfFloatSliceExt as _;
use sqlx::Row as _;
use sqlx::sqlite::SqliteRow;

/// A memory without its text. Times are milliseconds since 1970.
#[derive(Clone, Debug)]
pub(crate) struct Row {
    pub(crate) unit: i64,
    pub(crate) kind: Kind,
    /// Not invalidated.
    pub(crate) valid: bool,
    pub(crate) occurred_start: Option<i64>,
    pub(crate) occurred_end: Option<i64>,
    pub(crate) mentioned_at: Option<i64>,
    pub(crate) created_at: i64,
    pub(crate) updated_at: i64,
    /// The document's `no` and the place within it.
    pub(crate) document: Option<i64>,
    pub(crate) ord: i64,
    pub(crate) tokens: u32,
    pub(crate) proof: u32,
    /// Sorted; shared between memories with the same tags once it is resident.
    pub(crate) tags: Vec<String>,
    /// Entities' `no`.
    pub(crate) entities: Vec<i64>,
    /// `None` when it has not been encoded yet.
    pub(crate) vector: Option<Vec<f16>>,
}

impl Row {
    /// What [`Row::read`] wants, of `unit u LEFT JOIN vector v`.
    pub(crate) const COLUMNS: &'static str = "u.no, u.kind, u.state, u.occurred_start, u.occurred_end, \
        u.mentioned_at, u.created_at, u.updated_at, u.document, u.ord, u.tokens, u.proof, u.tags, v.v, \
        (SELECT group_concat(ue.entity) FROM unit_entity ue WHERE ue.unit = u.no) AS entities";

    pub(crate) fn read(row: &SqliteRow) -> sqlx::Result<Self> {
        let mut tags: Vec<String> = serde_json::from_str(row.try_get("tags")?).unwrap_or_default();
        tags.sort();
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
            created_at: row.try_get("created_at")?,
            updated_at: row.try_get("updated_at")?,
            document: row.try_get("document")?,
            ord: row.try_get("ord")?,
            tokens: u32::try_from(row.try_get::<i64, _>("tokens")?).unwrap_or(u32::MAX),
            proof: u32::try_from(row.try_get::<i64, _>("proof")?).unwrap_or(1),
            tags,
            entities,
            vector: vector.map(from_bytes),
        })
    }
}

/// A vector as the file keeps it: f16, little-endian.
pub(crate) fn to_bytes(vector: &[f32]) -> Vec<u8> {
    let mut halves = vec![f16::ZERO; vector.len()];
    halves.convert_from_f32_slice(vector);
    halves.iter().flat_map(|half| half.to_le_bytes()).collect()
}

fn from_bytes(bytes: &[u8]) -> Vec<f16> {
    bytes.as_chunks().0.iter().map(|pair| f16::from_le_bytes(*pair)).collect()
}

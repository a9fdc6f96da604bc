//! One bank in memory: rows side by side with one matrix of their vectors.
//!
//! A row that goes leaves a hole; holes are closed when they are a quarter of the bank, so that removing
//! is cheap and the scan stays dense.

use super::Row;
use crate::db::Db;
use crate::error::{Result, during};
use half::f16;
use sqlx::AssertSqlSafe;
use std::collections::HashMap;

/// The memories of a bank. `rows[i]`'s vector is `matrix[i * dim..(i + 1) * dim]`; zeros when it has none.
#[derive(Debug, Default)]
pub(crate) struct Resident {
    /// Numbers in a vector; 0 until the first one is seen.
    pub(crate) dim: usize,
    /// `None` is a hole.
    pub(crate) rows: Vec<Option<Row>>,
    pub(crate) matrix: Vec<f16>,
    /// Where each memory's row is.
    pub(crate) places: HashMap<i64, usize>,
}

impl Resident {
    /// Reads a bank from the file.
    pub(super) async fn load(db: &Db, bank: i64) -> Result<Self> {
        use futures_util::TryStreamExt as _;
        let mut resident = Self::default();
        let sql = format!(
            "SELECT {} FROM unit u LEFT JOIN vector v ON v.unit = u.no WHERE u.bank = ?1 ORDER BY u.no",
            Row::COLUMNS
        );
        let mut rows = sqlx::query(AssertSqlSafe(sql)).bind(bank).fetch(db.read());
        while let Some(row) = rows.try_next().await.map_err(during("load a bank"))? {
            resident.add(Row::read(&row).map_err(during("load a bank"))?);
        }
        Ok(resident)
    }

    /// Memories held, holes not counted.
    pub(crate) fn len(&self) -> usize {
        self.places.len()
    }

    /// Replaces the touched memories by these rows; a touched one without a row is gone.
    pub(super) fn replace(&mut self, touched: &[i64], rows: Vec<Row>) {
        for unit in touched {
            if let Some(place) = self.places.remove(unit)
                && let Some(row) = self.rows.get_mut(place)
            {
                *row = None;
            }
        }
        for row in rows {
            self.add(row);
        }
        if self.rows.len() > 1024 && self.places.len() * 4 < self.rows.len() * 3 {
            self.close_holes();
        }
    }

    fn add(&mut self, mut row: Row) {
        let vector = row.vector.take();
        if self.dim == 0 {
            self.dim = vector.as_ref().map_or(0, Vec::len);
            self.matrix.resize(self.rows.len() * self.dim, f16::ZERO);
        }
        match vector {
            Some(vector) if vector.len() == self.dim => self.matrix.extend_from_slice(&vector),
            // Not encoded yet, or by another model: never near to anything.
            _ => self.matrix.resize(self.matrix.len() + self.dim, f16::ZERO),
        }
        self.places.insert(row.unit, self.rows.len());
        self.rows.push(Some(row));
    }

    fn close_holes(&mut self) {
        let old = std::mem::take(&mut self.rows);
        let mut matrix = Vec::with_capacity(self.places.len() * self.dim);
        self.places.clear();
        for (place, row) in old.into_iter().enumerate() {
            if let Some(row) = row {
                matrix.extend_from_slice(
                    self.matrix.get(place * self.dim..(place + 1) * self.dim).unwrap_or(&[]),
                );
                self.places.insert(row.unit, self.rows.len());
                self.rows.push(Some(row));
            }
        }
        self.matrix = matrix;
    }
}

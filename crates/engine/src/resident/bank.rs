//! One bank in memory: rows side by side with one matrix of their vectors.
//!
//! A row that goes leaves a hole, which the next new row fills; holes are closed when they are a quarter of
//! the bank, so that the scan stays dense.

use super::{Held, Matrix, Row};
use crate::db::Db;
use crate::error::{Result, during};
use sqlx::AssertSqlSafe;
use std::collections::HashMap;

/// The memories of a bank. What belongs to one memory stands at one place in `rows` and in `matrix`.
#[derive(Debug, Default)]
pub(crate) struct Resident {
    /// `None` is a hole.
    rows: Vec<Option<Held>>,
    matrix: Matrix,
    /// Where each memory is.
    places: HashMap<i64, u32>,
    holes: Vec<u32>,
    /// Each set of tags once, sorted within.
    tag_sets: Vec<Vec<String>>,
    tag_set_places: HashMap<Vec<String>, u32>,
    /// Where each entity's count is, by the entity's `no`.
    entities: HashMap<i64, u32>,
    /// In how many valid memories each entity is.
    entity_counts: Vec<u32>,
    /// The places of each document's memories, in their order there.
    documents: HashMap<i64, Vec<u32>>,
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
            resident.put(Row::read(&row).map_err(during("load a bank"))?);
        }
        Ok(resident)
    }

    /// A bank of these memories, for tests that need no file.
    #[cfg(test)]
    pub(crate) fn of(rows: Vec<Row>) -> Self {
        let mut resident = Self::default();
        rows.into_iter().for_each(|row| resident.put(row));
        resident
    }

    /// Memories held, holes not counted.
    pub(crate) fn len(&self) -> usize {
        self.places.len()
    }

    /// Places, holes counted.
    pub(crate) fn span(&self) -> usize {
        self.rows.len()
    }

    /// The vectors.
    pub(crate) fn matrix(&self) -> &Matrix {
        &self.matrix
    }

    /// The memory at a place.
    pub(crate) fn at(&self, place: usize) -> Option<&Held> {
        self.rows.get(place)?.as_ref()
    }

    /// Every memory with its place.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (usize, &Held)> {
        self.rows.iter().enumerate().filter_map(|(place, row)| Some((place, row.as_ref()?)))
    }

    /// Where a memory is.
    pub(crate) fn place(&self, unit: i64) -> Option<usize> {
        self.places.get(&unit).map(|place| *place as usize)
    }

    /// Each set of tags that was ever in use, sorted within; [`Held::tag_set`] points here.
    pub(crate) fn tag_sets(&self) -> &[Vec<String>] {
        &self.tag_sets
    }

    /// Where an entity is counted, by its `no`.
    pub(crate) fn entity(&self, no: i64) -> Option<u32> {
        self.entities.get(&no).copied()
    }

    /// In how many valid memories an entity is.
    pub(crate) fn entity_count(&self, entity: u32) -> u32 {
        self.entity_counts.get(entity as usize).copied().unwrap_or(0)
    }

    /// The places of a memory's document in their order there; empty without a document.
    pub(crate) fn siblings(&self, held: &Held) -> &[u32] {
        self.documents.get(&held.document).map(Vec::as_slice).unwrap_or_default()
    }

    /// Replaces the touched memories by these rows; a touched one without a row is gone.
    pub(super) fn replace(&mut self, touched: &[i64], rows: Vec<Row>) {
        let mut gone: std::collections::HashSet<i64> = touched.iter().copied().collect();
        for row in rows {
            gone.remove(&row.unit);
            self.put(row);
        }
        for unit in gone {
            self.remove(unit);
        }
        if self.rows.len() > 1024 && self.places.len() * 4 < self.rows.len() * 3 {
            self.close_holes();
        }
    }

    /// Adds a memory, or takes its place when it is there.
    fn put(&mut self, row: Row) {
        let place = match self.place(row.unit) {
            Some(place) => {
                self.unlink(place);
                place
            }
            None => self.holes.pop().map_or(self.rows.len(), |hole| hole as usize),
        };
        let Ok(short) = u32::try_from(place) else { return };
        if place == self.rows.len() {
            self.rows.push(None);
        }
        if self.matrix.dim() == 0
            && let Some(vector) = &row.vector
        {
            self.matrix = Matrix::new(vector.len());
        }
        self.matrix.grow(self.rows.len());
        let held = Held {
            unit: row.unit,
            start: row.occurred_start.into(),
            end: row.occurred_end.into(),
            mentioned: row.mentioned_at.into(),
            document: row.document.unwrap_or(0),
            ord: row.ord,
            tokens: row.tokens,
            proof: row.proof,
            tag_set: self.tag_set(row.tags),
            kind: row.kind,
            valid: row.valid,
            encoded: self.matrix.set(place, row.vector.as_deref()),
            entities: row.entities.into_iter().filter_map(|no| self.entity_place(no)).collect(),
        };
        if held.valid {
            for entity in &held.entities {
                if let Some(count) = self.entity_counts.get_mut(*entity as usize) {
                    *count += 1;
                }
            }
        }
        if held.document != 0 {
            let rows = &self.rows;
            let siblings = self.documents.entry(held.document).or_default();
            let before = |other: &u32| {
                rows.get(*other as usize)
                    .and_then(Option::as_ref)
                    .is_some_and(|other| other.order() < held.order())
            };
            siblings.insert(siblings.partition_point(before), short);
        }
        self.places.insert(held.unit, short);
        if let Some(row) = self.rows.get_mut(place) {
            *row = Some(held);
        }
    }

    fn remove(&mut self, unit: i64) {
        if let Some(place) = self.places.remove(&unit) {
            self.unlink(place as usize);
            self.matrix.set(place as usize, None);
            self.holes.push(place);
        }
    }

    /// Takes the memory at a place out of the counts and of its document.
    fn unlink(&mut self, place: usize) {
        let Some(held) = self.rows.get_mut(place).and_then(Option::take) else { return };
        if held.valid {
            for entity in &held.entities {
                if let Some(count) = self.entity_counts.get_mut(*entity as usize) {
                    *count = count.saturating_sub(1);
                }
            }
        }
        if let Some(siblings) = self.documents.get_mut(&held.document) {
            siblings.retain(|other| *other as usize != place);
            if siblings.is_empty() {
                self.documents.remove(&held.document);
            }
        }
    }

    fn tag_set(&mut self, tags: Vec<String>) -> u32 {
        if let Some(place) = self.tag_set_places.get(&tags) {
            return *place;
        }
        let place = u32::try_from(self.tag_sets.len()).unwrap_or(u32::MAX);
        self.tag_sets.push(tags.clone());
        self.tag_set_places.insert(tags, place);
        place
    }

    fn entity_place(&mut self, no: i64) -> Option<u32> {
        let next = u32::try_from(self.entity_counts.len()).ok()?;
        let place = *self.entities.entry(no).or_insert(next);
        if place == next {
            self.entity_counts.push(0);
        }
        Some(place)
    }

    /// Moves the rows together. Tag sets and entities keep their places.
    fn close_holes(&mut self) {
        let old = std::mem::take(&mut self.rows);
        let mut matrix = Matrix::new(self.matrix.dim());
        let mut moved: HashMap<u32, u32> = HashMap::with_capacity(self.places.len());
        matrix.grow(self.places.len());
        for (place, held) in old.into_iter().enumerate() {
            let (Some(held), Ok(from), Ok(to)) = (held, u32::try_from(place), u32::try_from(self.rows.len()))
            else {
                continue;
            };
            matrix.set(self.rows.len(), Some(self.matrix.row(place)));
            self.places.insert(held.unit, to);
            moved.insert(from, to);
            self.rows.push(Some(held));
        }
        for siblings in self.documents.values_mut() {
            siblings.iter_mut().for_each(|place| *place = moved.get(place).copied().unwrap_or(*place));
        }
        self.holes.clear();
        self.matrix = matrix;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::recall::testing::row;

    #[test]
    fn a_memory_that_changed_keeps_its_place_and_one_that_went_leaves_a_hole_for_the_next() {
        let mut bank = Resident::of((1..=3).map(|unit| row(unit, &[unit as f32, 0.0])).collect());
        bank.replace(&[2], vec![Row { tags: vec!["a".into()], ..row(2, &[9.0, 0.0]) }]);
        assert_eq!((bank.place(2), bank.matrix().row(1)[0].to_f32()), (Some(1), 9.0));
        bank.replace(&[2, 4], vec![row(4, &[4.0, 0.0])]);
        assert_eq!((bank.len(), bank.place(2), bank.span()), (3, None, 4));
        bank.replace(&[5], vec![row(5, &[5.0, 0.0])]);
        assert_eq!((bank.place(5), bank.span()), (Some(1), 4));
    }

    #[test]
    fn counts_of_entities_follow_what_is_valid() {
        let with = |unit, valid| Row { entities: vec![7], valid, ..row(unit, &[1.0]) };
        let mut bank = Resident::of(vec![with(1, true), with(2, true), with(3, false)]);
        let ana = bank.entity(7).unwrap();
        assert_eq!(bank.entity_count(ana), 2);
        bank.replace(&[1, 2], vec![with(2, false)]);
        assert_eq!(bank.entity_count(ana), 0);
    }

    #[test]
    fn after_holes_are_closed_vectors_and_documents_still_belong_to_their_memories() {
        let of = |unit: i64| Row { document: Some(1), ord: -unit, ..row(unit, &[unit as f32]) };
        let mut bank = Resident::of((1..=2000).map(of).collect());
        bank.replace(&(1..=1500).collect::<Vec<_>>(), vec![]);
        assert_eq!((bank.len(), bank.span()), (500, 500));
        let place = bank.place(1777).unwrap();
        assert_eq!(bank.matrix().row(place)[0].to_f32(), 1777.0);
        let siblings = bank.siblings(bank.at(place).unwrap());
        let order: Vec<i64> = siblings.iter().map(|place| bank.at(*place as usize).unwrap().unit).collect();
        assert_eq!(order, (1501..=2000).rev().collect::<Vec<_>>());
    }
}

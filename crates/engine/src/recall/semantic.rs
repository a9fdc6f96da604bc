//! The semantic arm: the pass over a bank's vectors, and whom it brings.

use crate::resident::{Bits, Resident};
use crate::unit::Kind;

/// Cosine from which a memory is near enough to be brought (hindsight 1.1).
pub(crate) const FLOOR: f64 = 0.3;

/// Cosines by place, for the places in `allowed`; 0 elsewhere and without a vector.
pub(crate) fn cosines(bank: &Resident, query: Option<&[f32]>, allowed: &Bits) -> Vec<f32> {
    match query {
        Some(query) => bank.matrix().scan(query, allowed),
        None => vec![0.0; bank.span()],
    }
}

/// The nearest places of each kind, at least `floor` near and at most `most` of a kind; nearest first.
pub(crate) fn nearest(
    bank: &Resident,
    cosines: &[f32],
    allowed: &Bits,
    floor: f32,
    most: usize,
) -> Vec<usize> {
    let mut kinds: [Vec<usize>; Kind::ALL.len()] = Default::default();
    for (place, cosine) in cosines.iter().enumerate() {
        if *cosine >= floor
            && allowed.has(place)
            && let Some(held) = bank.at(place).filter(|held| held.encoded)
            && let Some(kind) = kinds.get_mut(held.kind as usize - 1)
        {
            kind.push(place);
        }
    }
    let cosine = |place: &usize| cosines.get(*place).copied().unwrap_or(0.0);
    let unit = |place: &usize| bank.at(*place).map_or(0, |held| held.unit);
    let order = |a: &usize, b: &usize| cosine(b).total_cmp(&cosine(a)).then_with(|| unit(a).cmp(&unit(b)));
    let mut found = Vec::new();
    for mut kind in kinds {
        if kind.len() > most {
            kind.select_nth_unstable_by(most, order);
            kind.truncate(most);
        }
        found.append(&mut kind);
    }
    found.sort_unstable_by(order);
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::recall::testing::row;
    use crate::resident::Row;

    #[test]
    fn the_nearest_of_each_kind_are_brought_with_ties_in_the_order_of_writing() {
        let kind = |unit, kind, x: f32| Row { kind, ..row(unit, &[x, 1.0]) };
        let bank = Resident::of(vec![
            kind(1, Kind::World, 0.5),
            kind(2, Kind::World, 0.75),
            kind(3, Kind::World, 0.75),
            kind(4, Kind::Observation, 0.5),
            kind(5, Kind::World, 0.125),
            Row { vector: None, ..kind(6, Kind::World, 1.0) },
        ]);
        let mut allowed = Bits::new(6);
        (0..6).for_each(|place| allowed.add(place));
        let cosines = cosines(&bank, Some(&[1.0, 0.0]), &allowed);
        let units = |floor, most| -> Vec<i64> {
            let places = nearest(&bank, &cosines, &allowed, floor, most);
            places.into_iter().map(|place| bank.at(place).unwrap().unit).collect()
        };
        assert_eq!(units(0.3, 10), [2, 3, 1, 4]);
        assert_eq!(units(0.3, 2), [2, 3, 4]);
        assert_eq!(units(0.0, 10), [2, 3, 1, 4, 5]);
    }
}

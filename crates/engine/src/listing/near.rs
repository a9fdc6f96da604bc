//! Pairs of memories that stand near each other, in time or in meaning. Pure; places are indexes into the lists.

/// Memories further apart have no edge in time, and nearer ones weigh at least this (hindsight 1.1).
const WITHIN_MS: i64 = 24 * 3_600_000;
const LEAST_WEIGHT: f64 = 0.3;
/// Neighbours in time of one memory, and in meaning (hindsight 1.1).
const MOST_IN_TIME: usize = 20;
const MOST_IN_MEANING: usize = 50;
/// Cosine from which two memories mean much the same (hindsight 1.1).
const ALIKE: f32 = 0.7;
/// Memories that are compared by meaning, each with each: a fifth of a second's work.
pub(crate) const MOST_COMPARED: usize = 2_000;

/// Pairs within a day of each other with 1 for the same moment, less the further apart; the nearest pairs
/// when there are more than `most`.
pub(crate) fn in_time(times: &[i64], most: usize) -> Vec<(usize, usize, f64)> {
    let mut order: Vec<usize> = (0..times.len()).collect();
    let at = |place: usize| times.get(place).copied().unwrap_or_default();
    order.sort_by_key(|place| at(*place));
    let mut found = Vec::new();
    for (n, later) in order.iter().enumerate() {
        // Each pair is met at its later one, so half of the neighbours stand before it.
        let before = order.iter().take(n).rev().take(MOST_IN_TIME / 2);
        for earlier in before.take_while(|earlier| at(*later) - at(**earlier) <= WITHIN_MS) {
            let apart = (at(*later) - at(*earlier)) as f64 / WITHIN_MS as f64;
            found.push((*later, *earlier, (1.0 - apart).max(LEAST_WEIGHT)));
        }
    }
    strongest(found, most)
}

/// Pairs whose vectors (of length 1; empty ones are near to nothing) are alike, with their cosine.
pub(crate) fn in_meaning(vectors: &[Vec<f32>], most: usize) -> Vec<(usize, usize, f64)> {
    let mut found = Vec::new();
    for (a, vector) in vectors.iter().enumerate().filter(|(_, vector)| !vector.is_empty()) {
        let mut near: Vec<(usize, usize, f64)> = vectors
            .iter()
            .enumerate()
            .skip(a + 1)
            .filter(|(_, other)| other.len() == vector.len())
            .map(|(b, other)| (b, vector.iter().zip(other).map(|(x, y)| x * y).sum::<f32>()))
            .filter(|(_, cosine)| *cosine >= ALIKE)
            .map(|(b, cosine)| (a, b, f64::from(cosine.min(1.0))))
            .collect();
        near.sort_by(|one, other| other.2.total_cmp(&one.2));
        near.truncate(MOST_IN_MEANING);
        found.extend(near);
    }
    strongest(found, most)
}

/// All pairs of these places, in order.
pub(crate) fn pairs(places: &[usize]) -> impl Iterator<Item = (usize, usize)> {
    places.iter().enumerate().flat_map(move |(n, a)| places.iter().skip(n + 1).map(move |b| (*a, *b)))
}

fn strongest(mut found: Vec<(usize, usize, f64)>, most: usize) -> Vec<(usize, usize, f64)> {
    if found.len() > most {
        found.sort_by(|one, other| other.2.total_cmp(&one.2));
        found.truncate(most);
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: i64 = 3_600_000;

    #[test]
    fn the_nearer_in_time_the_heavier_and_beyond_a_day_nothing() {
        let found = in_time(&[0, 12 * HOUR, 23 * HOUR, 48 * HOUR], 99);
        let weight = |a, b| found.iter().find(|pair| (pair.0, pair.1) == (a, b)).map(|pair| pair.2);
        assert_eq!(weight(1, 0), Some(0.5));
        assert_eq!(weight(2, 0), Some(LEAST_WEIGHT));
        assert!(found.iter().all(|(later, ..)| *later != 3), "{found:?}");
    }

    #[test]
    fn many_at_one_moment_have_few_neighbours_each() {
        let found = in_time(&[7; 100], usize::MAX);
        for place in 0..100 {
            let neighbours = found.iter().filter(|pair| pair.0 == place || pair.1 == place).count();
            assert!(neighbours <= MOST_IN_TIME, "{place}: {neighbours}");
        }
        assert_eq!(in_time(&[7; 100], 5).len(), 5);
    }

    #[test]
    fn what_means_the_same_is_joined_and_what_is_not_encoded_is_not() {
        let vectors = [vec![1.0, 0.0], vec![0.8, 0.6], vec![0.0, 1.0], Vec::new()];
        let found = in_meaning(&vectors, 99);
        assert_eq!(found.iter().map(|pair| (pair.0, pair.1)).collect::<Vec<_>>(), [(0, 1)]);
        assert!((found[0].2 - 0.8).abs() < 1e-6);
    }
}

//! The vectors of a bank, side by side in half precision, and the pass over them.
//!
//! Segments of fixed size: adding a memory never moves the others. Which rows are looked at and what becomes
//! of the cosines is `recall`'s business.

use super::Bits;
use half::f16;
use pulp::Arch;

/// Rows of one allocation: 3 MB at 384 numbers.
const SEGMENT: usize = 4096;
/// Sums kept side by side: four registers of AVX2, so that additions need not wait for each other.
const LANES: usize = 32;
/// What [`widen`] leaves out of a half's exponent.
const UNSCALE: f32 = f32::from_bits((127 + 112) << 23);

/// Vectors by place. A memory without a vector has zeros there.
#[derive(Debug, Default)]
pub(crate) struct Matrix {
    dim: usize,
    rows: usize,
    segments: Vec<Vec<f16>>,
}

impl Matrix {
    /// Room for vectors of `dim` numbers.
    pub(super) fn new(dim: usize) -> Self {
        Self { dim, ..Self::default() }
    }

    /// Numbers of a vector; 0 as long as there is none.
    pub(crate) fn dim(&self) -> usize {
        self.dim
    }

    /// Makes room for rows up to `rows`, all zeros.
    pub(super) fn grow(&mut self, rows: usize) {
        while self.dim > 0 && self.rows < rows {
            if self.rows.is_multiple_of(SEGMENT) {
                self.segments.push(Vec::with_capacity(SEGMENT * self.dim));
            }
            let more = (rows - self.rows).min(SEGMENT - self.rows % SEGMENT);
            if let Some(segment) = self.segments.last_mut() {
                segment.resize(segment.len() + more * self.dim, f16::ZERO);
            }
            self.rows += more;
        }
    }

    /// Sets a row; `None` or a vector of another length makes it zeros. Answers whether it holds a vector now.
    pub(super) fn set(&mut self, place: usize, vector: Option<&[f16]>) -> bool {
        self.grow(place + 1);
        let at = (place % SEGMENT) * self.dim;
        let row = self.segments.get_mut(place / SEGMENT).and_then(|s| s.get_mut(at..at + self.dim));
        match (row, vector) {
            (Some(row), Some(vector)) if vector.len() == row.len() && !row.is_empty() => {
                row.copy_from_slice(vector);
                true
            }
            (row, _) => {
                row.unwrap_or_default().fill(f16::ZERO);
                false
            }
        }
    }

    /// The vector at a place; empty when there is none.
    pub(crate) fn row(&self, place: usize) -> &[f16] {
        let at = (place % SEGMENT) * self.dim;
        self.segments.get(place / SEGMENT).and_then(|s| s.get(at..at + self.dim)).unwrap_or_default()
    }

    /// The products of `query` with the rows in `wanted`, by place; 0 for the others. With vectors of length 1
    /// these are cosines. A query of another length is near to nothing.
    pub(crate) fn scan(&self, query: &[f32], wanted: &Bits) -> Vec<f32> {
        let mut out = vec![0.0; self.rows];
        if query.len() != self.dim || self.dim == 0 {
            return out;
        }
        let scaled: Vec<f32> = query.iter().map(|number| number * UNSCALE).collect();
        for (index, (segment, out)) in self.segments.iter().zip(out.chunks_mut(SEGMENT)).enumerate() {
            let first = index * SEGMENT;
            Arch::new().dispatch(|| {
                for (place, (row, out)) in segment.chunks_exact(scaled.len()).zip(out).enumerate() {
                    if wanted.has(first + place) {
                        *out = product(&scaled, row);
                    }
                }
            });
        }
        out
    }

    /// The products of one row with others.
    pub(crate) fn among(&self, place: usize, others: &[usize]) -> Vec<f32> {
        let scaled: Vec<f32> = self.row(place).iter().map(|half| widen(*half) * UNSCALE * UNSCALE).collect();
        let mut out = vec![0.0; others.len()];
        Arch::new().dispatch(|| {
            for (out, other) in out.iter_mut().zip(others) {
                *out = product(&scaled, self.row(*other));
            }
        });
        out
    }
}

/// The product of a row with a query that was multiplied by [`UNSCALE`].
#[inline(always)]
fn product(scaled: &[f32], row: &[f16]) -> f32 {
    let mut lanes = [0.0_f32; LANES];
    let (numbers, numbers_rest) = scaled.as_chunks::<LANES>();
    let (halves, halves_rest) = row.as_chunks::<LANES>();
    for (numbers, halves) in numbers.iter().zip(halves) {
        for ((lane, number), half) in lanes.iter_mut().zip(numbers).zip(halves) {
            *lane += number * widen(*half);
        }
    }
    let rest: f32 = numbers_rest.iter().zip(halves_rest).map(|(number, half)| number * widen(*half)).sum();
    lanes.iter().sum::<f32>() + rest
}

/// A half as a single whose exponent is 112 too small: sign, exponent and fraction only have to be moved, which
/// compilers make into three instructions for a whole register, on machines that cannot convert halves too.
#[inline(always)]
fn widen(half: f16) -> f32 {
    let spread = i32::from(half.to_bits().cast_signed()) << 13;
    f32::from_bits(spread.cast_unsigned() & 0x8fff_e000)
}

#[cfg(test)]
mod tests {
    use super::*;
    use half::slice::HalfFloatSliceExt as _;

    /// Numbers between -1 and 1 that look random and are the same in every run.
    fn noise(seed: u64) -> impl Iterator<Item = f32> {
        let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
        std::iter::repeat_with(move || {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            (state >> 40) as f32 / 8_388_608.0 - 1.0
        })
    }

    #[test]
    fn a_scan_of_a_hundred_thousand_rows_is_what_a_plain_loop_gives() {
        const DIM: usize = 40; // not a multiple of the lanes
        let query: Vec<f32> = noise(1).take(DIM).collect();
        let (mut matrix, mut wanted) = (Matrix::new(DIM), Bits::new(100_000));
        let mut expected = Vec::new();
        let mut numbers = noise(2);
        for place in 0..100_000 {
            let row: Vec<f32> = numbers.by_ref().take(DIM).collect();
            let mut halves = vec![f16::ZERO; DIM];
            halves.convert_from_f32_slice(&row);
            assert!(matrix.set(place, Some(&halves)));
            let plain: f32 = halves.iter().zip(&query).map(|(a, b)| a.to_f32() * b).sum();
            if place % 3 != 0 {
                wanted.add(place);
            }
            expected.push(if place % 3 == 0 { 0.0 } else { plain });
        }
        let found = matrix.scan(&query, &wanted);
        assert_eq!(found.len(), expected.len());
        let worst = found.iter().zip(&expected).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
        assert!(worst < 1e-4, "{worst}");
    }

    #[test]
    fn the_smallest_halves_are_widened_exactly() {
        for half in [f16::MIN_POSITIVE_SUBNORMAL, f16::MIN_POSITIVE, f16::MAX, f16::NEG_ONE, f16::ZERO] {
            assert_eq!(widen(half) * UNSCALE, half.to_f32());
        }
    }

    #[test]
    fn a_vector_of_another_length_is_near_to_nothing() {
        let mut matrix = Matrix::new(3);
        assert!(!matrix.set(1, Some(&[f16::ONE; 2])));
        let mut wanted = Bits::new(2);
        wanted.add(1);
        assert_eq!(matrix.scan(&[1.0; 3], &wanted), [0.0, 0.0]);
        assert_eq!(matrix.scan(&[1.0; 4], &wanted), [0.0, 0.0]);
    }
}

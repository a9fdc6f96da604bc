//! How a body is cut into pieces, how the list of its pieces is written, how large values are packed.
//!
//! Pure bytes; the tables are in `body` and `record`. A recipe is a run of variable-length numbers: an
//! odd one names a segment by its distance from the one before, an even one is the length of the bytes
//! that follow. It is packed, because the bytes between messages repeat.

use rearview_domain::record::Span;
use std::collections::BTreeSet;
use std::ops::Range;

/// Pieces below this size in bytes stand in the recipe itself: naming them would cost as much.
const SMALLEST_SEGMENT: usize = 64;
/// The zstd level of everything in `records.db`: its own default.
const LEVEL: i32 = 3;

/// A piece of a body.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Piece {
    /// Bytes that stand in the recipe.
    Inline(Vec<u8>),
    /// A segment.
    Segment(i64),
}

/// Cuts a body of `len` bytes at the borders of its spans. Neighbouring small pieces are joined. The
/// flag says whether a piece is a segment. Spans that are out of order or reach too far do no harm.
pub(crate) fn cut(len: usize, spans: &[Span]) -> Vec<(Range<usize>, bool)> {
    let borders: BTreeSet<usize> = spans
        .iter()
        .flat_map(|span| [span.start, span.end])
        .filter_map(|at| usize::try_from(at).ok())
        .filter(|at| *at < len)
        .chain([len])
        .collect();
    let mut pieces: Vec<(Range<usize>, bool)> = Vec::new();
    let mut start = 0;
    for end in borders {
        if end == start {
            continue;
        }
        let large = end - start >= SMALLEST_SEGMENT;
        match pieces.last_mut() {
            Some((last, false)) if !large => last.end = end,
            _ => pieces.push((start..end, large)),
        }
        start = end;
    }
    pieces
}

/// Writes a recipe.
pub(crate) fn write(pieces: &[Piece]) -> Vec<u8> {
    let mut out = Vec::new();
    let mut before = 0i64;
    for piece in pieces {
        match piece {
            Piece::Inline(bytes) => {
                put_number(&mut out, (bytes.len() as u64) << 1);
                out.extend_from_slice(bytes);
            }
            Piece::Segment(id) => {
                let step = id.wrapping_sub(before);
                // Zigzag: small steps in both directions become small numbers.
                put_number(&mut out, ((((step << 1) ^ (step >> 63)) as u64) << 1) | 1);
                before = *id;
            }
        }
    }
    out
}

/// Reads a recipe; `None` when it is damaged.
pub(crate) fn read(mut bytes: &[u8]) -> Option<Vec<Piece>> {
    let mut pieces = Vec::new();
    let mut before = 0i64;
    while !bytes.is_empty() {
        let number = take_number(&mut bytes)?;
        if number & 1 == 1 {
            let zigzag = number >> 1;
            before = before.wrapping_add((zigzag >> 1) as i64 ^ -((zigzag & 1) as i64));
            pieces.push(Piece::Segment(before));
        } else {
            let (inline, rest) = bytes.split_at_checked(usize::try_from(number >> 1).ok()?)?;
            pieces.push(Piece::Inline(inline.to_vec()));
            bytes = rest;
        }
    }
    Some(pieces)
}

fn put_number(out: &mut Vec<u8>, mut number: u64) {
    while number >= 0x80 {
        out.push((number as u8) | 0x80);
        number >>= 7;
    }
    out.push(number as u8);
}

fn take_number(bytes: &mut &[u8]) -> Option<u64> {
    let mut number = 0u64;
    for shift in (0..64).step_by(7) {
        let (first, rest) = bytes.split_first()?;
        *bytes = rest;
        number |= u64::from(first & 0x7f) << shift;
        if first & 0x80 == 0 {
            return Some(number);
        }
    }
    None
}

/// Packs bytes with zstd when that makes them smaller; whether it did.
pub(crate) fn pack(bytes: &[u8]) -> (Vec<u8>, bool) {
    match zstd::bulk::compress(bytes, LEVEL) {
        Ok(packed) if packed.len() < bytes.len() => (packed, true),
        _ => (bytes.to_vec(), false),
    }
}

/// Undoes `pack`; `None` when the bytes are damaged or not `len` long.
pub(crate) fn unpack(data: Vec<u8>, packed: bool, len: u32) -> Option<Vec<u8>> {
    let len = usize::try_from(len).ok()?;
    let bytes = if packed { zstd::bulk::decompress(&data, len).ok()? } else { data };
    (bytes.len() == len).then_some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use rearview_domain::record::Origin;

    fn span(start: u32, end: u32) -> Span {
        Span { start, end, origin: Origin::System }
    }

    #[test]
    fn small_neighbours_are_joined_and_large_pieces_stand_alone() {
        let pieces = cut(300, &[span(0, 10), span(20, 120), span(130, 140)]);
        assert_eq!(pieces, [(0..20, false), (20..120, true), (120..140, false), (140..300, true)]);
    }

    proptest! {
        #[test]
        fn pieces_cover_the_body_without_gap_or_overlap(
            len in 0usize..2_000,
            spans in prop::collection::vec((0u32..3_000, 0u32..3_000), 0..20),
        ) {
            let spans: Vec<Span> = spans.into_iter().map(|(a, b)| span(a, b)).collect();
            let mut at = 0;
            for (range, _) in cut(len, &spans) {
                prop_assert_eq!(range.start, at);
                prop_assert!(range.end > range.start);
                at = range.end;
            }
            prop_assert_eq!(at, len);
        }

        #[test]
        fn a_recipe_reads_back_as_it_was_written(
            pieces in prop::collection::vec(
                prop_oneof![
                    prop::collection::vec(any::<u8>(), 0..200).prop_map(Piece::Inline),
                    (0i64..=(1 << 61)).prop_map(Piece::Segment),
                ],
                0..40,
            )
        ) {
            prop_assert_eq!(read(&write(&pieces)), Some(pieces));
        }

        #[test]
        fn a_damaged_recipe_is_an_answer_and_never_a_crash(bytes in prop::collection::vec(any::<u8>(), 0..100)) {
            if let Some(pieces) = read(&bytes) {
                prop_assert!(pieces.len() <= bytes.len());
            }
        }
    }
}

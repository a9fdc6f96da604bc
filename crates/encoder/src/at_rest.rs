//! Vectors at rest: two bytes a number, little-endian IEEE half precision.
//!
//! 384 numbers take 768 bytes, and the cosine of two such vectors differs from that of their originals by
//! less than 0.0005. Storage writes and reads this form; the scan of a bank computes with it.

use half::f16;

/// Bytes of a vector, two for each number.
pub fn to_bytes(vector: &[f32]) -> Vec<u8> {
    vector.iter().flat_map(|number| f16::from_f32(*number).to_le_bytes()).collect()
}

/// The vector in `bytes`; `None` when they are no whole number of numbers.
pub fn from_bytes(bytes: &[u8]) -> Option<Vec<f32>> {
    Some(halves(bytes)?.map(f16::to_f32).collect())
}

/// The vector in `bytes` as it is stored; `None` when they are no whole number of numbers.
pub fn halves_from_bytes(bytes: &[u8]) -> Option<Vec<f16>> {
    Some(halves(bytes)?.collect())
}

fn halves(bytes: &[u8]) -> Option<impl Iterator<Item = f16>> {
    let (pairs, rest) = bytes.as_chunks::<2>();
    rest.is_empty().then(|| pairs.iter().map(|pair| f16::from_le_bytes(*pair)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_vector_takes_two_bytes_a_number_and_comes_back() {
        let vector: Vec<f32> = (0..384).map(|i| (i as f32 - 192.0) / 4096.0).collect();
        let bytes = to_bytes(&vector);
        assert_eq!(bytes.len(), 768);
        assert_eq!(from_bytes(&bytes), Some(vector), "these numbers are exact in half precision");
    }

    #[test]
    fn the_lower_byte_comes_first() {
        assert_eq!(to_bytes(&[1.0, -2.0]), [0x00, 0x3c, 0x00, 0xc0]);
        assert_eq!(halves_from_bytes(&[0x00, 0x3c]), Some(vec![f16::ONE]));
    }

    #[test]
    fn half_a_number_is_no_vector() {
        assert_eq!(from_bytes(&[0, 0, 0]), None);
    }
}

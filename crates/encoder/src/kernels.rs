//! The arithmetic between the matrix products: sums, norms, activation, attention, pooling.
//!
//! Plain loops over slices, compiled for the widest registers of the machine by `pulp` and run where the
//! vectors lie, so that nothing is copied and nothing is padded. The products themselves are candle's
//! (`layers`), the only caller.

use pulp::Arch;
use std::ops::Range;

/// Added to a variance before its root is taken; all-MiniLM-L6-v2's `layer_norm_eps`.
const NORM_EPSILON: f32 = 1e-12;

/// e to the power of `x`, to about two units in the last place for the range that softmax and erf need
/// (-87 to 0). Written without branches, so that the compiler makes vectors of it; `f32::exp` is a call.
#[inline(always)]
fn exp(x: f32) -> f32 {
    // Adding and taking away 1.5 * 2^23 rounds to a whole number, which then stands in the low bits.
    const ROUND: f32 = 12_582_912.0;
    const LN_2_HIGH: f32 = 0.693_359_4;
    const LN_2_LOW: f32 = -2.121_944_4e-4;
    let x = x.clamp(-87.0, 88.0);
    let shifted = x * std::f32::consts::LOG2_E + ROUND;
    let whole = shifted - ROUND;
    let rest = x - whole * LN_2_HIGH - whole * LN_2_LOW;
    let mut series = 1.0 / 720.0;
    for factor in [1.0 / 120.0, 1.0 / 24.0, 1.0 / 6.0, 0.5, 1.0, 1.0] {
        series = series * rest + factor;
    }
    let exponent = shifted.to_bits().wrapping_sub(ROUND.to_bits()).wrapping_add(127) << 23;
    series * f32::from_bits(exponent)
}

/// The error function, to 1.5e-7: Abramowitz and Stegun, Handbook of Mathematical Functions, 7.1.26.
#[inline(always)]
fn erf(x: f32) -> f32 {
    let size = x.abs();
    let t = 1.0 / (1.0 + 0.327_591_1 * size);
    let mut series = 1.061_405_4;
    for factor in [-1.453_152, 1.421_413_7, -0.284_496_74, 0.254_829_6] {
        series = series * t + factor;
    }
    (1.0 - series * t * exp(-size * size)).copysign(x)
}

/// Adds `bias` to each row of `rows`.
pub(super) fn add_bias(rows: &mut [f32], bias: &[f32]) {
    Arch::new().dispatch(|| {
        for row in rows.chunks_exact_mut(bias.len()) {
            for (value, bias) in row.iter_mut().zip(bias) {
                *value += bias;
            }
        }
    });
}

/// Adds `bias` to each row, then applies the exact Gaussian error linear unit.
pub(super) fn add_bias_and_gelu(rows: &mut [f32], bias: &[f32]) {
    Arch::new().dispatch(|| {
        for row in rows.chunks_exact_mut(bias.len()) {
            for (value, bias) in row.iter_mut().zip(bias) {
                let x = *value + bias;
                *value = 0.5 * x * (1.0 + erf(x * std::f32::consts::FRAC_1_SQRT_2));
            }
        }
    });
}

/// Makes `rows` the layer norm of `rows + bias + residual`, row by row.
pub(super) fn add_and_norm(
    rows: &mut [f32],
    bias: &[f32],
    residual: &[f32],
    (weight, shift): (&[f32], &[f32]),
) {
    let width = bias.len();
    Arch::new().dispatch(|| {
        for (row, residual) in rows.chunks_exact_mut(width).zip(residual.chunks_exact(width)) {
            for ((value, bias), residual) in row.iter_mut().zip(bias).zip(residual) {
                *value += bias + residual;
            }
            norm_row(row, weight, shift);
        }
    });
}

/// Layer norm of each row.
pub(super) fn norm(rows: &mut [f32], weight: &[f32], shift: &[f32]) {
    Arch::new().dispatch(|| {
        for row in rows.chunks_exact_mut(weight.len()) {
            norm_row(row, weight, shift);
        }
    });
}

#[inline(always)]
fn norm_row(row: &mut [f32], weight: &[f32], shift: &[f32]) {
    let width = row.len() as f32;
    let mean = sum(row, |value| value) / width;
    let variance = sum(row, |value| (value - mean) * (value - mean)) / width;
    let scale = 1.0 / (variance + NORM_EPSILON).sqrt();
    for ((value, weight), shift) in row.iter_mut().zip(weight).zip(shift) {
        *value = (*value - mean) * scale * weight + shift;
    }
}

/// A sum in sixteen lanes: the compiler may not reorder additions of floats by itself, so one lane is slow.
#[inline(always)]
fn sum(values: &[f32], of: impl Fn(f32) -> f32) -> f32 {
    let mut lanes = [0.0_f32; 16];
    let chunks = values.chunks_exact(lanes.len());
    let rest: f32 = chunks.remainder().iter().map(|value| of(*value)).sum();
    for chunk in chunks {
        for (lane, value) in lanes.iter_mut().zip(chunk) {
            *lane += of(*value);
        }
    }
    lanes.iter().sum::<f32>() + rest
}

/// Numbers of a token in one attention head: 384 over 12 heads.
const HEAD: usize = 32;

/// Attention of every token to the tokens of its own text, over all heads.
///
/// `qkv` has a row for each token: its query, key and value, each `width` numbers. `texts` are the rows of
/// each text. Into `out` goes a row of `width` numbers for each token.
pub(super) fn attention(qkv: &[f32], texts: &[Range<usize>], width: usize, out: &mut [f32]) {
    Arch::new().dispatch(|| {
        let longest = texts.iter().map(Range::len).max().unwrap_or(0);
        let mut keys = vec![0.0; longest * HEAD];
        let mut values = vec![0.0; longest * HEAD];
        let mut scores = vec![0.0; longest];
        for text in texts {
            let qkv = &qkv[text.start * width * 3..text.end * width * 3];
            let out = &mut out[text.start * width..text.end * width];
            let (keys, values) = (&mut keys[..text.len() * HEAD], &mut values[..text.len() * HEAD]);
            for head in (0..width).step_by(HEAD) {
                attention_head(qkv, head, width, (keys, values, &mut scores[..text.len()]), out);
            }
        }
    });
}

/// One head of one text. `keys` is filled with a row for each dimension, so that a query is compared with
/// many tokens at a time; `values` with a row for each token.
#[inline(always)]
fn attention_head(
    qkv: &[f32],
    head: usize,
    width: usize,
    (keys, values, scores): (&mut [f32], &mut [f32], &mut [f32]),
    out: &mut [f32],
) {
    let tokens = scores.len();
    let scale = 1.0 / (HEAD as f32).sqrt();
    for (token, row) in qkv.chunks_exact(width * 3).enumerate() {
        let key = &row[width + head..width + head + HEAD];
        for (dimension, number) in key.iter().enumerate() {
            keys[dimension * tokens + token] = *number;
        }
        let value = &row[width * 2 + head..width * 2 + head + HEAD];
        values[token * HEAD..][..HEAD].copy_from_slice(value);
    }
    for (row, out) in qkv.chunks_exact(width * 3).zip(out.chunks_exact_mut(width)) {
        scores.fill(0.0);
        // Four dimensions a time, so that the scores are not read and written for each of them.
        for (query, keys) in row[head..head + HEAD].chunks_exact(4).zip(keys.chunks_exact(tokens * 4)) {
            let (first, keys) = keys.split_at(tokens);
            let (second, keys) = keys.split_at(tokens);
            let (third, fourth) = keys.split_at(tokens);
            let parts = first.iter().zip(second).zip(third).zip(fourth);
            for (score, (((first, second), third), fourth)) in scores.iter_mut().zip(parts) {
                *score += query[0] * first + query[1] * second + query[2] * third + query[3] * fourth;
            }
        }
        let highest = scores.iter().copied().fold(f32::NEG_INFINITY, f32::max);
        for score in scores.iter_mut() {
            *score = exp((*score - highest) * scale);
        }
        let total = sum(scores, |score| score);
        let mut mixed = [0.0_f32; HEAD];
        for (score, value) in scores.iter().zip(values.chunks_exact(HEAD)) {
            for (mixed, value) in mixed.iter_mut().zip(value) {
                *mixed += score * value;
            }
        }
        for (out, mixed) in out[head..head + HEAD].iter_mut().zip(mixed) {
            *out = mixed / total;
        }
    }
}

/// The mean of the rows of one text, of length one.
pub(super) fn pool(rows: &[f32], width: usize) -> Vec<f32> {
    let mut mean = vec![0.0; width];
    // The division by the number of rows would only be undone by the division by the length.
    for row in rows.chunks_exact(width) {
        for (mean, value) in mean.iter_mut().zip(row) {
            *mean += value;
        }
    }
    let length = sum(&mean, |value| value * value).sqrt();
    if length > 0.0 {
        mean.iter_mut().for_each(|value| *value /= length);
    }
    mean
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_exponential_agrees_with_the_library() {
        for step in 0..=8_700 {
            let x = -(step as f32) / 100.0;
            let (ours, theirs) = (exp(x), x.exp());
            assert!((ours - theirs).abs() <= theirs * 5e-7, "exp({x}) is {theirs}, not {ours}");
        }
    }

    #[test]
    fn the_error_function_has_its_known_values() {
        // DLMF 7.23, rounded.
        let known = [(0.0, 0.0), (0.5, 0.520_499_9), (1.0, 0.842_700_8), (2.0, 0.995_322_3), (4.0, 1.0)];
        for (x, value) in known {
            assert!((erf(x) - value).abs() < 3e-7, "erf({x}) is {value}, not {}", erf(x));
            assert!((erf(-x) + value).abs() < 3e-7, "erf is odd");
        }
    }

    #[test]
    fn a_normed_row_has_mean_zero_and_variance_one() {
        let mut row: Vec<f32> = (0..384).map(|i| (i * i % 17) as f32).collect();
        norm(&mut row, &[1.0; 384], &[0.0; 384]);
        assert!(row.iter().sum::<f32>().abs() < 1e-3);
        assert!((row.iter().map(|x| x * x).sum::<f32>() / 384.0 - 1.0).abs() < 1e-4);
    }

    #[test]
    fn tokens_attend_to_their_own_text_alone() {
        let width = HEAD;
        let text = |seed: usize| -> Vec<f32> {
            (0..3 * width * 3).map(|i| ((i * 31 + seed) % 13) as f32 / 13.0).collect()
        };
        let mut alone = vec![0.0; 3 * width];
        attention(&text(5), std::slice::from_ref(&(0..3)), width, &mut alone);
        let both: Vec<f32> = [text(1), text(5)].concat();
        let mut beside = vec![0.0; 6 * width];
        attention(&both, &[0..3, 3..6], width, &mut beside);
        assert_eq!(beside[3 * width..], alone);
    }

    #[test]
    fn equal_keys_give_the_mean_of_the_values() {
        let width = HEAD;
        let mut qkv = vec![0.0; 2 * width * 3];
        qkv[width * 2..width * 3].fill(1.0);
        qkv[width * 5..width * 6].fill(3.0);
        let mut out = vec![0.0; 2 * width];
        attention(&qkv, std::slice::from_ref(&(0..2)), width, &mut out);
        assert!(out.iter().all(|x| (x - 2.0).abs() < 1e-6));
    }
}

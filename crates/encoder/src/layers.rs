//! The transformer: six layers of all-MiniLM-L6-v2, from token numbers to one vector for each text.
//!
//! Texts lie one after another without padding: matrix products take the tokens of all texts as rows, and
//! attention (`kernels`) knows where each text begins. Everything is computed in 32 bits; the table of words,
//! two thirds of the model, is kept in 16, of which only rows are looked up. Called by `encoder`.

use super::EncodeError;
use super::kernels::{add_and_norm, add_bias, add_bias_and_gelu, attention, norm, pool};
use super::parts::Parts;
use candle_core::{Device, Tensor};
use half::f16;
use std::ops::Range;
use std::path::Path;

/// Numbers of a vector: the model's hidden size.
pub const DIMENSIONS: usize = 384;

/// All tensors, in the form they are computed with.
pub(super) struct Model {
    /// A row for each word piece.
    pub(super) words: Vec<f16>,
    /// Position embeddings, with that of the only token type.
    pub(super) positions: Vec<f32>,
    pub(super) norm: Norm,
    pub(super) layers: Vec<Layer>,
}

/// Attention, and the two products after it.
pub(super) struct Layer {
    /// Query, key and value in one product.
    pub(super) qkv: Product,
    pub(super) attended: Product,
    pub(super) attended_norm: Norm,
    pub(super) inner: Product,
    pub(super) outer: Product,
    pub(super) outer_norm: Norm,
}

/// What a layer norm multiplies with and adds.
pub(super) struct Norm {
    pub(super) weight: Vec<f32>,
    pub(super) shift: Vec<f32>,
}

/// `rows x weight`, where the weight is stored with a row for each input, the order that products read.
pub(super) struct Product {
    pub(super) weight: Tensor,
    pub(super) bias: Vec<f32>,
}

impl Product {
    fn of(&self, rows: Vec<f32>) -> Result<Vec<f32>, EncodeError> {
        let input = self.weight.dim(0)?;
        let rows = Tensor::from_vec(rows, ((), input), &Device::Cpu)?;
        Ok(rows.matmul(&self.weight)?.flatten_all()?.to_vec1()?)
    }
}

impl Model {
    /// Reads and checks the tensors.
    pub(super) fn load(folder: &Path) -> Result<Self, EncodeError> {
        Parts::read(folder)?.model()
    }

    /// One vector of length one for each text.
    pub(super) fn vectors(&self, texts: &[Vec<u32>]) -> Result<Vec<Vec<f32>>, EncodeError> {
        let mut places: Vec<Range<usize>> = Vec::with_capacity(texts.len());
        for text in texts {
            let start = places.last().map_or(0, |place| place.end);
            places.push(start..start + text.len());
        }
        let mut rows = self.embedded(texts);
        for layer in &self.layers {
            rows = layer.forward(rows, &places)?;
        }
        let of = |place: Range<usize>| &rows[place.start * DIMENSIONS..place.end * DIMENSIONS];
        Ok(places.into_iter().map(|place| pool(of(place), DIMENSIONS)).collect())
    }

    fn embedded(&self, texts: &[Vec<u32>]) -> Vec<f32> {
        let mut rows = Vec::with_capacity(texts.iter().map(Vec::len).sum::<usize>() * DIMENSIONS);
        for text in texts {
            for (token, position) in text.iter().zip(self.positions.chunks_exact(DIMENSIONS)) {
                let word = &self.words[*token as usize * DIMENSIONS..][..DIMENSIONS];
                rows.extend(word.iter().zip(position).map(|(word, position)| word.to_f32() + position));
            }
        }
        norm(&mut rows, &self.norm.weight, &self.norm.shift);
        rows
    }
}

impl Layer {
    fn forward(&self, rows: Vec<f32>, texts: &[Range<usize>]) -> Result<Vec<f32>, EncodeError> {
        let mut qkv = self.qkv.of(rows.clone())?;
        add_bias(&mut qkv, &self.qkv.bias);
        let mut mixed = vec![0.0; rows.len()];
        attention(&qkv, texts, DIMENSIONS, &mut mixed);
        let mut attended = self.attended.of(mixed)?;
        add_and_norm(&mut attended, &self.attended.bias, &rows, self.attended_norm.slices());
        let mut inner = self.inner.of(attended.clone())?;
        add_bias_and_gelu(&mut inner, &self.inner.bias);
        let mut outer = self.outer.of(inner)?;
        add_and_norm(&mut outer, &self.outer.bias, &attended, self.outer_norm.slices());
        Ok(outer)
    }
}

impl Norm {
    fn slices(&self) -> (&[f32], &[f32]) {
        (&self.weight, &self.shift)
    }
}

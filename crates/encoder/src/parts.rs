//! From the tensors of the file to the model: which are needed, of what shape, and how they are laid out.
//!
//! Weights of products are turned round once, here, so that a product reads them in order; the three of
//! attention become one. Called by `layers`; reading and checking is `weights`'.

use super::EncodeError;
use super::layers::{DIMENSIONS, Layer, Model, Norm, Product};
use super::tokens::LONGEST;
use super::weights::{Stream, TENSORS, read_tensors};
use candle_core::{Device, Tensor};
use half::f16;
use half::slice::HalfFloatSliceExt;
use safetensors::tensor::TensorInfo;
use std::collections::HashMap;
use std::path::{Path, PathBuf};

/// Width of the second half of a layer.
const INNER: usize = 1536;
/// Word pieces in the vocabulary.
const WORDS: usize = 30_522;
/// Positions that the file has, of which only the first [`LONGEST`] are ever used.
const POSITIONS: usize = 512;
/// Layers.
const LAYERS: usize = 6;

const WORD_TABLE: &str = "embeddings.word_embeddings.weight";
const POSITION_TABLE: &str = "embeddings.position_embeddings.weight";
const TYPE_TABLE: &str = "embeddings.token_type_embeddings.weight";

/// What has been read, by name.
pub(super) struct Parts {
    path: PathBuf,
    words: Vec<f16>,
    named: HashMap<String, Vec<f32>>,
}

/// The shape that a tensor of this name has to have; `None` for one that vectors do not need.
fn shape_of(name: &str) -> Option<Vec<usize>> {
    match name {
        POSITION_TABLE => return Some(vec![POSITIONS, DIMENSIONS]),
        TYPE_TABLE => return Some(vec![2, DIMENSIONS]),
        "embeddings.LayerNorm.weight" | "embeddings.LayerNorm.bias" => return Some(vec![DIMENSIONS]),
        _ => {}
    }
    let (_layer, part) = name.strip_prefix("encoder.layer.")?.split_once('.')?;
    let outputs = if part.starts_with("intermediate.") { INNER } else { DIMENSIONS };
    let inputs = if part.starts_with("output.dense.") { INNER } else { DIMENSIONS };
    match part.ends_with(".dense.weight") || part.starts_with("attention.self.") && part.ends_with(".weight")
    {
        true => Some(vec![outputs, inputs]),
        false => Some(vec![outputs]),
    }
}

/// A matrix of so many rows and columns, turned round.
fn turned(numbers: &[f32], rows: usize, columns: usize) -> Vec<f32> {
    let mut turned = vec![0.0; numbers.len()];
    for (index, row) in numbers.chunks_exact(columns).enumerate() {
        for (column, number) in row.iter().enumerate() {
            turned[column * rows + index] = *number;
        }
    }
    turned
}

impl Parts {
    /// Reads and checks the file.
    pub(super) fn read(folder: &Path) -> Result<Self, EncodeError> {
        let mut parts = Self { path: folder.join(TENSORS), words: Vec::new(), named: HashMap::new() };
        read_tensors(folder, |name, tensor, file| parts.take(name, tensor, file))?;
        Ok(parts)
    }

    fn take(&mut self, name: &str, tensor: &TensorInfo, file: &mut Stream) -> Result<(), EncodeError> {
        if name == WORD_TABLE {
            self.words.reserve_exact(WORDS * DIMENSIONS);
            return file.floats(name, tensor, &[WORDS, DIMENSIONS], |piece| {
                let read = self.words.len();
                self.words.resize(read + piece.len(), f16::ZERO);
                self.words[read..].convert_from_f32_slice(piece);
            });
        }
        let Some(shape) = shape_of(name) else { return Ok(()) };
        let mut numbers = Vec::with_capacity(shape.iter().product());
        file.floats(name, tensor, &shape, |piece| numbers.extend_from_slice(piece))?;
        self.named.insert(name.to_owned(), numbers);
        Ok(())
    }

    /// Puts the model together.
    pub(super) fn model(mut self) -> Result<Model, EncodeError> {
        let words = std::mem::take(&mut self.words);
        if words.is_empty() {
            return Err(self.missing(WORD_TABLE));
        }
        let mut positions = self.named(POSITION_TABLE)?;
        positions.truncate(LONGEST * DIMENSIONS);
        positions.shrink_to_fit();
        let types = self.named(TYPE_TABLE)?;
        for position in positions.chunks_exact_mut(DIMENSIONS) {
            position.iter_mut().zip(&types).for_each(|(position, kind)| *position += kind);
        }
        let norm = self.norm("embeddings")?;
        let layers = (0..LAYERS).map(|layer| self.layer(&format!("encoder.layer.{layer}")));
        let layers = layers.collect::<Result<_, _>>()?;
        Ok(Model { words, positions, norm, layers })
    }

    fn layer(&mut self, layer: &str) -> Result<Layer, EncodeError> {
        Ok(Layer {
            qkv: self.product(&["query", "key", "value"].map(|it| format!("{layer}.attention.self.{it}")))?,
            attended: self.product(&[format!("{layer}.attention.output.dense")])?,
            attended_norm: self.norm(&format!("{layer}.attention.output"))?,
            inner: self.product(&[format!("{layer}.intermediate.dense")])?,
            outer: self.product(&[format!("{layer}.output.dense")])?,
            outer_norm: self.norm(&format!("{layer}.output"))?,
        })
    }

    /// Products of the same input as one: their outputs stand side by side.
    fn product(&mut self, names: &[String]) -> Result<Product, EncodeError> {
        let (mut weight, mut bias) = (Vec::new(), Vec::new());
        for name in names {
            weight.append(&mut self.named(&format!("{name}.weight"))?);
            bias.append(&mut self.named(&format!("{name}.bias"))?);
        }
        let (outputs, inputs) = (bias.len(), weight.len() / bias.len());
        let weight = turned(&weight, outputs, inputs);
        Ok(Product { weight: Tensor::from_vec(weight, (inputs, outputs), &Device::Cpu)?, bias })
    }

    fn norm(&mut self, of: &str) -> Result<Norm, EncodeError> {
        let weight = self.named(&format!("{of}.LayerNorm.weight"))?;
        Ok(Norm { weight, shift: self.named(&format!("{of}.LayerNorm.bias"))? })
    }

    fn named(&mut self, name: &str) -> Result<Vec<f32>, EncodeError> {
        self.named.remove(name).ok_or_else(|| self.missing(name))
    }

    fn missing(&self, name: &str) -> EncodeError {
        EncodeError::Malformed { path: self.path.clone(), reason: format!("`{name}` is missing") }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_part_of_a_layer_has_its_shape() {
        let shape = |part: &str| shape_of(&format!("encoder.layer.0.{part}"));
        assert_eq!(shape("attention.self.query.weight"), Some(vec![384, 384]));
        assert_eq!(shape("attention.output.dense.weight"), Some(vec![384, 384]));
        assert_eq!(shape("attention.output.LayerNorm.weight"), Some(vec![384]));
        assert_eq!(shape("intermediate.dense.weight"), Some(vec![1536, 384]));
        assert_eq!(shape("intermediate.dense.bias"), Some(vec![1536]));
        assert_eq!(shape("output.dense.weight"), Some(vec![384, 1536]));
        assert_eq!(shape("output.LayerNorm.bias"), Some(vec![384]));
        assert_eq!(shape_of("pooler.dense.weight"), None);
    }

    #[test]
    fn a_matrix_turns_round() {
        assert_eq!(turned(&[1.0, 2.0, 3.0, 4.0, 5.0, 6.0], 2, 3), [1.0, 4.0, 2.0, 5.0, 3.0, 6.0]);
    }
}

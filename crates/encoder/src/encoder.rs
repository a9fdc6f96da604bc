//! The encoder: texts in, vectors out, on the calling thread and the few it has of its own.
//!
//! It blocks for as long as it computes. Who may compute when, and whether the weights are in memory at all,
//! is decided by `local`, which async code talks to; benchmarks and tests use this directly.

use super::EncodeError;
use super::layers::Model;
use super::tokens::Tokens;
use std::path::Path;
use std::thread::available_parallelism;

/// Texts that are computed at once: more do not go faster, and a query waits for them.
const SLICE_TEXTS: usize = 16;
/// Tokens that are computed at once, unless a single text has more. 512 by 1536 numbers fit the second-level
/// cache of a processor core, and take about 50 ms.
const SLICE_TOKENS: usize = 512;
/// Threads at most: products of 20 rows gain little from more.
const MOST_THREADS: usize = 4;

/// all-MiniLM-L6-v2 in memory, about 66 MB.
pub struct Encoder {
    tokens: Tokens,
    model: Model,
    threads: rayon::ThreadPool,
}

impl Encoder {
    /// Reads the weights from `folder` and checks every byte of them; takes a fraction of a second.
    ///
    /// # Errors
    /// When a file is missing, cut off, damaged or of another model, or when there are no threads.
    pub fn load(folder: &Path) -> Result<Self, EncodeError> {
        let cores = available_parallelism().map_or(1, usize::from);
        Self::load_with_threads(folder, (cores / 2).clamp(1, MOST_THREADS))
    }

    /// As [`Encoder::load`], with as many threads as the caller wants.
    ///
    /// # Errors
    /// As [`Encoder::load`].
    pub fn load_with_threads(folder: &Path, threads: usize) -> Result<Self, EncodeError> {
        let tokens = Tokens::load(folder)?;
        let model = Model::load(folder)?;
        let threads = rayon::ThreadPoolBuilder::new().num_threads(threads);
        let threads = threads.thread_name(|index| format!("encoder-{index}")).build();
        let threads = threads.map_err(|error| EncodeError::Threads(error.to_string()))?;
        Ok(Self { tokens, model, threads })
    }

    /// A vector of length one for each text, of its first 256 tokens.
    ///
    /// # Errors
    /// When the tokenizer or the tensor library refuse, which no text is known to cause.
    pub fn encode<T: AsRef<str>>(&self, texts: &[T]) -> Result<Vec<Vec<f32>>, EncodeError> {
        let mut vectors = Vec::with_capacity(texts.len());
        while vectors.len() < texts.len() {
            vectors.append(&mut self.encode_slice(&texts[vectors.len()..])?);
        }
        Ok(vectors)
    }

    /// Vectors of the first few of `texts`, at least one: as many as are computed at once.
    pub(super) fn encode_slice<T: AsRef<str>>(&self, texts: &[T]) -> Result<Vec<Vec<f32>>, EncodeError> {
        let (mut slice, mut tokens) = (Vec::new(), 0);
        for text in texts.iter().take(SLICE_TEXTS) {
            let ids = self.tokens.of(text.as_ref())?;
            tokens += ids.len();
            if tokens > SLICE_TOKENS && !slice.is_empty() {
                break;
            }
            slice.push(ids);
        }
        self.threads.install(|| self.model.vectors(&slice))
    }

    /// The numbers of the word pieces that a vector of `text` is made from, markers included.
    ///
    /// # Errors
    /// When the tokenizer refuses.
    pub fn tokens(&self, text: &str) -> Result<Vec<u32>, EncodeError> {
        self.tokens.of(text)
    }

    /// How many word pieces all of `text` has, without markers.
    ///
    /// # Errors
    /// When the tokenizer refuses.
    pub fn count_tokens(&self, text: &str) -> Result<usize, EncodeError> {
        self.tokens.count(text)
    }
}

//! The encoder against vectors that sentence-transformers made, and against weights that are not whole.
//!
//! They need the weights. Without them they say so and pass, except where `CI=true` promises that they are there.

use super::weights::{TENSORS, TOKENIZER};
use super::*;
use std::fs;
use std::io::{Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use std::time::Duration;

/// The weights' folder, or `None` with a line that says so.
#[expect(clippy::print_stderr, reason = "a test that did not run must not look like one that passed")]
fn weights() -> Option<PathBuf> {
    let folder = beside_program();
    if folder.is_none() {
        assert!(std::env::var("CI").as_deref() != Ok("true"), "CI runs scripts/weights.sh first");
        eprintln!("skipped: no weights; scripts/weights.sh fetches them");
    }
    folder
}

/// One encoder for all tests: reading the weights takes longer than most of them.
fn encoder() -> Option<&'static Encoder> {
    static ENCODER: OnceLock<Option<Encoder>> = OnceLock::new();
    ENCODER.get_or_init(|| weights().map(|folder| Encoder::load(&folder).unwrap())).as_ref()
}

fn cosine(a: &[f32], b: &[f32]) -> f64 {
    let dot = |a: &[f32], b: &[f32]| a.iter().zip(b).map(|(a, b)| f64::from(*a) * f64::from(*b)).sum::<f64>();
    dot(a, b) / (dot(a, a) * dot(b, b)).sqrt()
}

#[derive(serde::Deserialize)]
struct Reference {
    text: String,
    ids: Vec<u32>,
    vector: Vec<f32>,
}

/// 44 texts in many scripts with the tokens and vectors of sentence-transformers 5.7 (transformers 4.57,
/// torch 2.15, the same weights, one text at a time).
fn reference() -> Vec<Reference> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/data/encoder/reference.json");
    serde_json::from_slice(&fs::read(path).unwrap()).unwrap()
}

#[test]
fn every_script_is_cut_into_the_tokens_the_model_was_trained_with() {
    let Some(encoder) = encoder() else { return };
    for Reference { text, ids, .. } in reference() {
        assert_eq!(encoder.tokens(&text).unwrap(), ids, "tokens of {text:?}");
    }
}

#[test]
fn vectors_agree_with_sentence_transformers_also_beside_others() {
    let Some(encoder) = encoder() else { return };
    let reference = reference();
    let texts: Vec<&str> = reference.iter().map(|reference| reference.text.as_str()).collect();
    for (Reference { text, vector, .. }, ours) in reference.iter().zip(encoder.encode(&texts).unwrap()) {
        let cosine = cosine(vector, &ours);
        assert!(cosine >= 0.999_99, "{text:?} is off: cosine {cosine}");
        let length: f32 = ours.iter().map(|number| number * number).sum();
        assert!((length - 1.0).abs() < 1e-5, "{text:?} has length {length}");
    }
}

#[test]
fn only_the_first_256_tokens_count() {
    let Some(encoder) = encoder() else { return };
    let long = "word ".repeat(254);
    let longer = format!("{long} and something else entirely");
    assert_eq!(encoder.tokens(&longer).unwrap().len(), 256);
    let vectors = encoder.encode(&[long.as_str(), longer.as_str()]).unwrap();
    assert!(cosine(&vectors[0], &vectors[1]) > 0.999_999);
}

#[test]
fn tokens_are_counted_without_markers_and_without_a_limit() {
    let Some(encoder) = encoder() else { return };
    assert_eq!(encoder.count_tokens("").unwrap(), 0);
    assert_eq!(encoder.count_tokens(&"word ".repeat(1_000)).unwrap(), 1_000);
}

#[test]
fn a_text_of_megabytes_without_a_word_costs_no_more_than_its_beginning() {
    let Some(encoder) = encoder() else { return };
    let blank = format!("hello{}there", " ".repeat(1 << 24));
    assert_eq!(encoder.tokens(&blank).unwrap(), encoder.tokens("hello").unwrap());
}

/// A copy of the weights that a test may damage.
fn copy(weights: &Path) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for name in [TENSORS, TOKENIZER] {
        fs::copy(weights.join(name), folder.path().join(name)).unwrap();
    }
    folder
}

fn refusal(folder: &Path) -> EncodeError {
    Encoder::load(folder).err().expect("damaged weights must not load")
}

#[test]
fn missing_files_are_told_by_name() {
    let folder = tempfile::tempdir().unwrap();
    let error = refusal(folder.path());
    assert!(matches!(&error, EncodeError::Open { path, .. } if path.ends_with(TOKENIZER)), "{error}");
    let Some(weights) = weights() else { return };
    fs::copy(weights.join(TOKENIZER), folder.path().join(TOKENIZER)).unwrap();
    let error = refusal(folder.path());
    assert!(matches!(&error, EncodeError::Open { path, .. } if path.ends_with(TENSORS)), "{error}");
}

#[test]
fn a_file_that_was_cut_off_is_told_from_a_damaged_one() {
    let Some(weights) = weights() else { return };
    let folder = copy(&weights);
    let file = fs::File::options().write(true).open(folder.path().join(TENSORS)).unwrap();
    file.set_len(file.metadata().unwrap().len() - 1).unwrap();
    let error = refusal(folder.path());
    assert!(matches!(error, EncodeError::Truncated { .. }), "{error}");
}

#[test]
fn one_flipped_byte_is_found() {
    let Some(weights) = weights() else { return };
    for name in [TENSORS, TOKENIZER] {
        let folder = copy(&weights);
        let mut file = fs::File::options().write(true).open(folder.path().join(name)).unwrap();
        let middle = file.metadata().unwrap().len() / 2;
        file.seek(SeekFrom::Start(middle)).unwrap();
        file.write_all(b"\x01").unwrap();
        let error = refusal(folder.path());
        assert!(matches!(&error, EncodeError::Checksum { path, .. } if path.ends_with(name)), "{error}");
    }
}

#[test]
fn a_byte_after_the_end_is_found() {
    let Some(weights) = weights() else { return };
    let folder = copy(&weights);
    let mut file = fs::File::options().append(true).open(folder.path().join(TENSORS)).unwrap();
    file.write_all(b"\0").unwrap();
    let error = refusal(folder.path());
    assert!(matches!(error, EncodeError::Checksum { .. }), "{error}");
}

#[test]
fn another_models_tensors_are_refused_before_they_are_read() {
    let Some(weights) = weights() else { return };
    let folder = copy(&weights);
    let header = r#"{"embeddings.LayerNorm.bias":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}"#;
    let mut file = (header.len() as u64).to_le_bytes().to_vec();
    file.extend(header.bytes().chain([0; 8]));
    fs::write(folder.path().join(TENSORS), file).unwrap();
    let error = refusal(folder.path()).to_string();
    assert!(error.contains("`embeddings.LayerNorm.bias` is F32 [2], not F32 [384]"), "{error}");
}

#[test]
fn a_header_that_claims_the_whole_memory_is_refused() {
    let Some(weights) = weights() else { return };
    let folder = copy(&weights);
    fs::write(folder.path().join(TENSORS), [0xff; 64]).unwrap();
    let error = refusal(folder.path());
    assert!(matches!(error, EncodeError::Malformed { .. }), "{error}");
}

#[tokio::test]
async fn without_weights_the_answer_is_none_and_the_state_says_why() {
    let embedder = LocalEmbedder::new(None, IDLE_AFTER);
    assert_eq!(embedder.query("who?").await, None);
    let error = embedder.embed(vec!["a fact".to_owned()]).await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "could not embed `1` texts with `all-MiniLM-L6-v2`: the model `all-MiniLM-L6-v2` is not installed"
    );
    assert!(matches!(embedder.state(), EncoderState::Absent { .. }));
}

#[tokio::test]
async fn weights_that_come_later_are_found_when_asked_for_again() {
    let Some(weights) = weights() else { return };
    let folder = tempfile::tempdir().unwrap();
    let embedder = LocalEmbedder::new(Some(folder.path().to_owned()), IDLE_AFTER);
    assert_eq!(embedder.texts(vec!["a fact".to_owned()]).await, None);
    for name in [TENSORS, TOKENIZER] {
        fs::copy(weights.join(name), folder.path().join(name)).unwrap();
    }
    assert_eq!(embedder.texts(vec!["a fact".to_owned()]).await, None, "nobody asked for another try");
    embedder.load();
    embedder.watch().wait_for(|state| *state == EncoderState::Ready).await.unwrap();
    assert_eq!(embedder.texts(vec!["a fact".to_owned()]).await.unwrap().len(), 1);
}

#[tokio::test]
async fn a_batch_of_many_slices_comes_back_in_order() {
    let Some(weights) = weights() else { return };
    let embedder = LocalEmbedder::new(Some(weights), IDLE_AFTER);
    let texts: Vec<String> = (0..50).map(|number| format!("fact number {number}")).collect();
    let (batch, query) = tokio::join!(embedder.embed(texts), embedder.query("fact number 37"));
    let (batch, query) = (batch.unwrap(), query.unwrap());
    assert_eq!(batch.len(), 50);
    let nearest = (0..50).max_by(|a, b| cosine(&batch[*a], &query).total_cmp(&cosine(&batch[*b], &query)));
    assert_eq!(nearest, Some(37));
    assert_eq!(embedder.texts(Vec::new()).await, Some(Vec::new()));
}

#[tokio::test]
async fn a_query_asked_again_is_answered_from_memory() {
    let Some(weights) = weights() else { return };
    let embedder = LocalEmbedder::new(Some(weights), IDLE_AFTER);
    let (first, second) = (embedder.query("who?").await.unwrap(), embedder.query("who?").await.unwrap());
    assert!(std::sync::Arc::ptr_eq(&first, &second));
}

#[tokio::test]
async fn weights_are_let_go_when_idle_and_read_again_on_demand() {
    let Some(weights) = weights() else { return };
    let embedder = LocalEmbedder::new(Some(weights), Duration::ZERO);
    assert_eq!(embedder.state(), EncoderState::Idle, "nothing was asked for yet");
    let mut states = embedder.watch();
    for text in ["once", "again"] {
        assert!(embedder.query(text).await.is_some());
        states.wait_for(|state| *state == EncoderState::Idle).await.unwrap();
    }
}

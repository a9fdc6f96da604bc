//! Embeddings by hashing: each word adds to one of 256 dimensions, and the vector has length 1. Texts with
//! common words are near, others are not; that is all that a test needs.

use axum::Json;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

/// Dimensions. The database fixes them at its first start.
const DIMENSIONS: usize = 256;

/// `POST /v1/embeddings`: plain numbers, or little-endian floats in base64 when asked for.
pub(super) async fn embeddings(Json(request): Json<Value>) -> Json<Value> {
    let in_base64 = request["encoding_format"] == "base64";
    let texts: Vec<&str> = match &request["input"] {
        Value::Array(texts) => texts.iter().filter_map(Value::as_str).collect(),
        text => text.as_str().into_iter().collect(),
    };
    let data = texts.iter().enumerate().map(|(index, text)| {
        let vector = vector(text);
        let embedding = match in_base64 {
            true => json!(STANDARD.encode(vector.iter().flat_map(|n| n.to_le_bytes()).collect::<Vec<u8>>())),
            false => json!(vector),
        };
        json!({"object": "embedding", "index": index, "embedding": embedding})
    });
    Json(json!({
        "object": "list", "data": data.collect::<Vec<_>>(), "model": "scripted",
        "usage": {"prompt_tokens": 1, "total_tokens": 1}
    }))
}

fn vector(text: &str) -> Vec<f32> {
    let mut vector = vec![0f32; DIMENSIONS];
    for word in
        text.to_lowercase().split(|sign: char| !sign.is_alphanumeric()).filter(|word| !word.is_empty())
    {
        // One byte of the hash is one of 256 dimensions.
        let dimension = Sha256::digest(word.as_bytes()).first().copied().unwrap_or_default();
        if let Some(value) = vector.get_mut(usize::from(dimension)) {
            *value += 1.0;
        }
    }
    let length = vector.iter().map(|n| n * n).sum::<f32>().sqrt();
    match length > 0.0 {
        true => vector.iter().map(|n| n / length).collect(),
        // A vector without direction has no cosine; an empty text gets a direction of its own.
        false => vec![(DIMENSIONS as f32).sqrt().recip(); DIMENSIONS],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cosine(a: &str, b: &str) -> f32 {
        vector(a).iter().zip(vector(b)).map(|(a, b)| a * b).sum()
    }

    #[test]
    fn texts_that_share_words_are_near_and_others_are_not() {
        assert!(cosine("Ana lives in Lisbon", "Where in Lisbon lives Ana?") > 0.8);
        assert!(cosine("Ana lives in Lisbon", "purple tractors") < 0.3);
    }

    #[test]
    fn every_vector_has_length_one() {
        for text in ["", "…", "a", "a b b c"] {
            let length: f32 = vector(text).iter().map(|n| n * n).sum();
            assert!((length - 1.0).abs() < 1e-5, "{text:?}: {length}");
        }
    }
}

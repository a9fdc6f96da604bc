//! An OpenAI-compatible `POST /v1/embeddings` over the app's own encoder, on loopback.
//!
//! Gives a real Hindsight server the same vectors as the embedded engine has, so that the two can be compared
//! by what they make of them. Whole vectors, floats or base64; called by suites that run both.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::{Json, Router, routing::post};
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use rearview_engine::encode::{Embedder, IDLE_AFTER, LocalEmbedder, beside_program};
use serde::Deserialize;
use serde_json::{Value, json};
use std::io;
use std::net::Ipv4Addr;
use std::sync::Arc;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

/// A running server. Stops when dropped.
pub struct EmbeddingsServer {
    url: String,
    task: JoinHandle<()>,
}

/// One or several texts, as the API has it.
#[derive(Deserialize)]
#[serde(untagged)]
enum Input {
    One(String),
    Many(Vec<String>),
}

/// The form in which vectors are wanted.
#[derive(Clone, Copy, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
enum EncodingFormat {
    #[default]
    Float,
    /// Little-endian 32-bit floats.
    Base64,
}

#[derive(Deserialize)]
struct Request {
    model: String,
    input: Input,
    #[serde(default)]
    encoding_format: EncodingFormat,
}

impl EmbeddingsServer {
    /// Starts on a free port, with the weights of this build; `None` when there are none.
    ///
    /// # Errors
    /// When the port cannot be had.
    pub async fn start() -> io::Result<Option<Self>> {
        let Some(weights) = beside_program() else { return Ok(None) };
        let embedder = LocalEmbedder::new(Some(weights), IDLE_AFTER);
        Self::over(Arc::new(embedder)).await.map(Some)
    }

    /// Starts over any source of vectors.
    ///
    /// # Errors
    /// When the port cannot be had.
    pub async fn over(embedder: Arc<dyn Embedder>) -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let url = format!("http://{}/v1", listener.local_addr()?);
        let routes = Router::new().route("/v1/embeddings", post(embeddings)).with_state(embedder);
        let task = tokio::spawn(async move {
            if let Err(error) = axum::serve(listener, routes).await {
                tracing::warn!(%error, "the embeddings server ended");
            }
        });
        Ok(Self { url, task })
    }

    /// The base address, which ends with `/v1`.
    pub fn url(&self) -> &str {
        &self.url
    }
}

impl Drop for EmbeddingsServer {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn embeddings(State(embedder): State<Arc<dyn Embedder>>, Json(request): Json<Request>) -> Response {
    let texts = match request.input {
        Input::One(text) => vec![text],
        Input::Many(texts) => texts,
    };
    // What clients do with it is add it up; a word is near enough to a token.
    let tokens: usize = texts.iter().map(|text| text.split_whitespace().count()).sum();
    let vectors = match embedder.embed(texts).await {
        Ok(vectors) => vectors,
        Err(error) => {
            let error = json!({"error": {"message": error.to_string(), "type": "server_error"}});
            return (StatusCode::SERVICE_UNAVAILABLE, Json(error)).into_response();
        }
    };
    let data: Vec<Value> = vectors
        .iter()
        .enumerate()
        .map(|(index, vector)| {
            let vector = match request.encoding_format {
                EncodingFormat::Float => json!(vector),
                EncodingFormat::Base64 => {
                    let bytes: Vec<u8> = vector.iter().flat_map(|number| number.to_le_bytes()).collect();
                    json!(BASE64_STANDARD.encode(bytes))
                }
            };
            json!({"object": "embedding", "index": index, "embedding": vector})
        })
        .collect();
    let usage = json!({"prompt_tokens": tokens, "total_tokens": tokens});
    Json(json!({"object": "list", "model": request.model, "data": data, "usage": usage})).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;
    use async_trait::async_trait;
    use rearview_engine::encode::EmbedError;

    /// A source whose vectors are known: the length of each text, and minus a half.
    struct Lengths;

    #[async_trait]
    impl Embedder for Lengths {
        fn model(&self) -> String {
            "lengths".to_owned()
        }

        fn dim(&self) -> usize {
            2
        }

        async fn embed(&self, texts: Vec<String>) -> Result<Vec<Vec<f32>>, EmbedError> {
            if texts.iter().any(|text| text == "refuse") {
                return Err(EmbedError {
                    model: self.model(),
                    texts: texts.len(),
                    reason: "asked to".into(),
                });
            }
            Ok(texts.iter().map(|text| vec![text.len() as f32, -0.5]).collect())
        }
    }

    async fn ask(url: &str, body: Value) -> (StatusCode, Value) {
        let answer =
            reqwest::Client::new().post(format!("{url}/embeddings")).json(&body).send().await.unwrap();
        (answer.status(), answer.json().await.unwrap())
    }

    #[tokio::test]
    async fn each_text_has_its_vector_in_its_place() {
        let server = EmbeddingsServer::over(Arc::new(Lengths)).await.unwrap();
        let (_, answer) = ask(server.url(), json!({"model": "any", "input": ["a", "two words"]})).await;
        assert_eq!(
            answer,
            json!({"object": "list", "model": "any", "usage": {"prompt_tokens": 3, "total_tokens": 3}, "data": [
                {"object": "embedding", "index": 0, "embedding": [1.0, -0.5]},
                {"object": "embedding", "index": 1, "embedding": [9.0, -0.5]},
            ]})
        );
    }

    #[tokio::test]
    async fn base64_holds_little_endian_floats() {
        let server = EmbeddingsServer::over(Arc::new(Lengths)).await.unwrap();
        let body = json!({"model": "any", "input": "one", "encoding_format": "base64"});
        let (_, answer) = ask(server.url(), body).await;
        let vector = answer["data"][0]["embedding"].as_str().unwrap();
        assert_eq!(BASE64_STANDARD.decode(vector).unwrap(), [0, 0, 0x40, 0x40, 0, 0, 0, 0xbf]);
    }

    #[tokio::test]
    async fn a_source_without_vectors_is_an_error_and_not_an_empty_list() {
        let server = EmbeddingsServer::over(Arc::new(Lengths)).await.unwrap();
        let (status, answer) = ask(server.url(), json!({"model": "any", "input": "refuse"})).await;
        assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE);
        assert_eq!(answer["error"]["message"], "could not embed `1` texts with `lengths`: asked to");
    }

    #[tokio::test]
    #[expect(clippy::print_stderr, reason = "a test that did not run must not look like one that passed")]
    async fn the_apps_own_encoder_answers_with_its_vectors() {
        let Some(server) = EmbeddingsServer::start().await.unwrap() else {
            assert!(std::env::var("CI").as_deref() != Ok("true"), "CI runs scripts/weights.sh first");
            eprintln!("skipped: no weights; scripts/weights.sh fetches them");
            return;
        };
        let encoder = LocalEmbedder::new(beside_program(), IDLE_AFTER);
        let (_, answer) = ask(server.url(), json!({"model": "any", "input": "who?"})).await;
        let vector: Vec<f32> = serde_json::from_value(answer["data"][0]["embedding"].clone()).unwrap();
        assert_eq!(vector, encoder.query("who?").await.unwrap().to_vec());
    }
}

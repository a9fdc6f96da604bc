//! The scripted model behind a real Hindsight server: chat completions and embeddings in the OpenAI form,
//! answered by rules. It is no model, and it is named so.
//!
//! Extraction makes one fact of each sentence that a person said (`USER:` lines). Consolidation makes one
//! observation of each fact, updates the one that says the same already, or makes none when switched off.
//! Reflect walks through the tools it is offered and
//! answers with the facts it was given. Embeddings are hashed words, so texts that share words are near.
//! Called by `hindsight_server`; what a reply must look like is Hindsight 1.1's business.

mod embed;
pub(crate) mod extract;
mod reflect;

use axum::extract::State;
use axum::routing::post;
use axum::{Json, Router};
use serde_json::{Value, json};
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use tokio::sync::oneshot;

/// A running scripted model. Dropping it stops it.
pub struct ScriptedMemoryModel {
    address: SocketAddr,
    observes: Arc<AtomicBool>,
    _stop: oneshot::Sender<()>,
}

impl ScriptedMemoryModel {
    /// Starts on a free port, on a thread of its own: one test's runtime ends before the next test's begins.
    ///
    /// # Errors
    /// When no port, thread or runtime can be had.
    pub fn start() -> io::Result<Self> {
        let listener = std::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        listener.set_nonblocking(true)?;
        let address = listener.local_addr()?;
        let observes = Arc::new(AtomicBool::new(true));
        let app = Router::new()
            .route("/v1/chat/completions", post(complete))
            .route("/v1/embeddings", post(embed::embeddings))
            .with_state(Arc::clone(&observes));
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let (stop, stopped) = oneshot::channel::<()>();
        thread::Builder::new().name("scripted-memory-model".to_owned()).spawn(move || {
            runtime.block_on(async move {
                let listener = tokio::net::TcpListener::from_std(listener)?;
                tokio::select! {
                    served = async { axum::serve(listener, app).await } => served,
                    _ = stopped => Ok(()),
                }
            })
        })?;
        Ok(Self { address, observes, _stop: stop })
    }

    /// The base URL for chat completions and embeddings.
    pub fn url(&self) -> String {
        format!("http://{}/v1", self.address)
    }

    /// Whether consolidation makes observations from now on.
    pub fn observe(&self, on: bool) {
        self.observes.store(on, Ordering::Relaxed);
    }
}

async fn complete(State(observes): State<Arc<AtomicBool>>, Json(request): Json<Value>) -> Json<Value> {
    let message = match request["tools"].as_array() {
        Some(tools) if !tools.is_empty() => reflect::step(&request, tools),
        _ => text_message(&json_reply(&request, observes.load(Ordering::Relaxed))),
    };
    let finish_reason = if message.get("tool_calls").is_some() { "tool_calls" } else { "stop" };
    Json(json!({
        "id": "chatcmpl-scripted", "object": "chat.completion", "created": 0, "model": "scripted",
        "choices": [{"index": 0, "message": message, "finish_reason": finish_reason}],
        "usage": {"prompt_tokens": 10, "completion_tokens": 5, "total_tokens": 15}
    }))
}

fn text_message(reply: &Value) -> Value {
    json!({"role": "assistant", "content": reply.to_string()})
}

/// The reply to a request for a JSON object, recognised by words that Hindsight 1.1 puts into its prompts.
fn json_reply(request: &Value, observes: bool) -> Value {
    let prompt = words(request);
    if prompt.contains("Extract facts from the following chunk") {
        return extract::facts(&prompt);
    }
    if prompt.contains("You reconcile long-term memory observations") {
        return json!({"action": "keep", "text": "", "reason": "scripted"});
    }
    if prompt.contains("REQUIRED OUTPUT FORMAT") {
        return extract::structured(&prompt);
    }
    // The rest of what Hindsight asks: consolidation, or changes to a document that it wrote before.
    if request["messages"].to_string().contains("output a JSON object ``{\\\"operations\\\"") {
        return json!({"operations": []});
    }
    match observes {
        true => extract::observations(&prompt),
        false => json!({"creates": [], "updates": [], "deletes": []}),
    }
}

/// What the caller's side of a conversation says, in one text.
fn words(request: &Value) -> String {
    let messages = request["messages"].as_array().into_iter().flatten();
    let users =
        messages.filter(|message| message["role"] == "user").map(|message| match &message["content"] {
            Value::Array(parts) => {
                parts.iter().filter_map(|part| part["text"].as_str()).collect::<Vec<_>>().join("\n")
            }
            content => content.as_str().unwrap_or_default().to_owned(),
        });
    users.collect::<Vec<_>>().join("\n")
}

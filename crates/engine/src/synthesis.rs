//! The door to a language model: extraction, consolidation, reflect and mental models go through it.
//!
//! Whoever starts the engine brings the model; the engine brings the prompts. Every call is kept as an LLM
//! request (`llm`), so what was sent can be looked at. Without a model the engine works by rules.

use async_trait::async_trait;
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// What a call is for. The words are the API's `operation` of an LLM request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Purpose {
    /// Facts out of a text.
    Retain,
    /// Observations out of facts.
    Consolidation,
    /// An answer out of memory.
    Reflect,
    /// The content of a mental model.
    MentalModel,
}

/// Who speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Rules.
    System,
    /// The text and the task.
    User,
    /// What the model said before.
    Assistant,
}

/// One message of a prompt.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Message {
    /// Who speaks.
    pub role: Role,
    /// Plain text.
    pub content: String,
}

/// What a model is asked.
#[derive(Clone, Debug)]
pub struct Prompt {
    /// What for.
    pub purpose: Purpose,
    /// In order; a system message comes first.
    pub messages: Vec<Message>,
    /// JSON Schema that the answer has to follow; none asks for plain text.
    pub schema: Option<Value>,
    /// Most tokens of the answer.
    pub max_output_tokens: u32,
    /// 0 to 1.
    pub temperature: f32,
}

/// Tokens as the provider counts them; 0 where it does not say.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Usage {
    /// Read by the model.
    pub input_tokens: u64,
    /// Written by it.
    pub output_tokens: u64,
    /// Of the input, read from the provider's cache.
    pub cached_tokens: u64,
    /// Of the output, reasoning.
    pub thoughts_tokens: u64,
}

impl std::ops::AddAssign for Usage {
    fn add_assign(&mut self, other: Self) {
        self.input_tokens += other.input_tokens;
        self.output_tokens += other.output_tokens;
        self.cached_tokens += other.cached_tokens;
        self.thoughts_tokens += other.thoughts_tokens;
    }
}

/// What a model answered.
#[derive(Clone, Debug, Default)]
pub struct Completion {
    /// The answer's text; with a schema it should be JSON, and may not be.
    pub text: String,
    /// It ended at the token limit.
    pub truncated: bool,
    /// What it cost.
    pub usage: Usage,
}

/// Why there is no answer. The text is for people and holds no key and no prompt.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SynthesisError {
    /// No model is set.
    #[error("no model is set for memory")]
    NotConfigured,
    /// The day's tokens are used up; work goes on by itself at `again_at` (ms since 1970).
    #[error("today's token limit for memory is reached")]
    LimitReached {
        /// When to try again.
        again_at: i64,
    },
    /// The provider could not be reached, is busy or failed; worth another try.
    #[error("{message}")]
    Unavailable {
        /// The provider's words.
        message: String,
        /// How long to wait, when it says so.
        retry_after_ms: Option<u64>,
    },
    /// The provider refuses this request or key; the same again would fail again.
    #[error("{message}")]
    Refused {
        /// The provider's words.
        message: String,
        /// The key is missing or wrong.
        auth: bool,
    },
}

impl SynthesisError {
    /// The status that a waiting client sees.
    pub fn status(&self) -> StatusCode {
        match self {
            Self::NotConfigured => StatusCode::BAD_REQUEST,
            Self::LimitReached { .. } => StatusCode::SERVICE_UNAVAILABLE,
            Self::Unavailable { .. } | Self::Refused { .. } => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }
}

/// A model, as the engine sees it.
#[async_trait]
pub trait Synthesis: Send + Sync + 'static {
    /// Whose model it is, e.g. `openai`; for the list of LLM requests.
    fn provider(&self) -> String;

    /// Its name; for the same list.
    fn model(&self) -> String;

    /// Asks once. Dropping the future cancels the call.
    ///
    /// # Errors
    /// [`SynthesisError`]; retries and repairs are the engine's business.
    async fn complete(&self, prompt: &Prompt) -> Result<Completion, SynthesisError>;
}
